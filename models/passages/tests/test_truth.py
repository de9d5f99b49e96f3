"""usage: python3 -m unittest discover -s models/passages/tests      (a second; standard library alone)"""
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import truth
from truth import Clip, Passage, Pose, Sprite

PLATE = Sprite(200, 100, (50, 60, 100, 20))


def clip_with(*passages: Passage) -> Clip:
    return Clip(0, 'drawn', (960, 540), False, 2.0, 800, list(passages), 100)


def passage(poses: list, number: int = 0, first: int = 0, what: str = 'drawn', name: str = 'ABC123', cover: list | None = None) -> Passage:
    return Passage(number, what, 'enter', 'left', 100, name, PLATE, first, poses, cover or [None] * len(poses))


def make(rng: random.Random):
    return 'drawn', truth.plain(truth.plate_text(rng)[1]), PLATE


class WholeTests(unittest.TestCase):
    def test_box_of_a_pose_is_that_of_the_target_and_its_sprite_lies_round_it(self):
        pose = Pose(300, 200, 0.5)
        self.assertEqual(PLATE.target_box(pose), (275, 195, 50, 10))
        # The target begins 50 to the right and 60 below the sprite's corner, at half the size.
        self.assertEqual(PLATE.box(pose), (250, 165, 100, 50))

    def test_whole_needs_the_target_and_its_margin_in_the_picture(self):
        # 100 wide and a margin of 6 a side: the middle has to be 56 from the edge.
        for x, whole in ((56.5, True), (55.5, False), (903.5, True), (904.5, False), (-200, False)):
            mine = passage([Pose(x, 200)])
            self.assertEqual(truth.is_whole(clip_with(mine), mine, 0), whole, x)

    def test_whole_is_not_what_something_stands_before(self):
        covers = [None, (0, 0, 200, 540), (245, 0, 10, 540), (360, 0, 10, 540)]
        mine = passage([Pose(300, 200)] * 4, cover=covers)
        self.assertEqual([truth.is_whole(clip_with(mine), mine, i) for i in range(4)], [True, True, False, True])

    def test_whole_is_not_what_a_later_passage_is_painted_over(self):
        below, above = passage([Pose(300, 200)]), passage([Pose(320, 210)], number=1)
        clip = clip_with(below, above)
        self.assertFalse(truth.is_whole(clip, below, 0))
        self.assertTrue(truth.is_whole(clip, above, 0))

    def test_whole_is_not_what_is_turned_away_or_not_there(self):
        mine = passage([Pose(300, 200, away=True), None, Pose(300, 200)])
        self.assertEqual([truth.is_whole(clip_with(mine), mine, i) for i in (-1, 0, 1, 2, 3)], [False, False, False, True, False])


class BestShotTests(unittest.TestCase):
    def test_best_are_the_large_sharp_ones_and_not_neighbors(self):
        poses = [Pose(300, 200, 0.5), Pose(300, 200, 1, blur=2), Pose(300, 200), Pose(300, 200), Pose(300, 200), Pose(10, 200, 2), Pose(300, 200, turned=0.9)]
        mine = passage(poses)
        # 2 and 4 are the best, 3 lies between; then the turned one; the large one is cut by the edge.
        self.assertEqual(truth.best_whole(clip_with(mine), mine), [2, 4, 6])

    def test_best_of_a_passage_that_is_never_whole_are_none(self):
        mine = passage([Pose(10, 200)] * 20)
        self.assertEqual(truth.best_whole(clip_with(mine), mine), [])

    def test_worth_falls_with_blur_smear_turn_and_distance(self):
        best = truth.worth(passage([Pose(300, 200)]), 0)
        for worse in (Pose(300, 200, 0.9), Pose(300, 200, blur=0.5), Pose(300, 200, smear=(3, 0)), Pose(300, 200, turned=0.8)):
            self.assertLess(truth.worth(passage([worse]), 0), best)


class TellingTests(unittest.TestCase):
    def test_a_telling_counts_while_it_is_there_and_a_moment_later(self):
        mine = passage([Pose(300, 200)] * 10, first=20)
        late = mine.last + truth.LATE
        self.assertEqual([truth.tells(mine, f, 'ABC123') for f in (19, 20, 29, late, late + 1)], [False, True, True, True, False])

    def test_characters_of_one_shape_are_the_same_others_are_not(self):
        mine = passage([Pose(300, 200)], name='B0I')
        self.assertTrue(truth.tells(mine, 0, 'BO1'))
        self.assertFalse(truth.tells(mine, 0, 'B01X'))
        self.assertFalse(truth.tells(mine, 0, '801'))
        self.assertFalse(truth.tells(passage([Pose(300, 200)], what='face', name='bo'), 0, 'b0'))

    def test_wrong_is_a_name_of_nobody_there_and_any_name_of_a_stranger(self):
        clip = clip_with(passage([Pose(300, 200)] * 5), passage([Pose(300, 200)] * 5, number=1, first=50, what='stranger', name='x'))
        self.assertFalse(truth.is_wrong(clip, 3, 'ABC123'))
        self.assertTrue(truth.is_wrong(clip, 3, 'ABC12'))
        self.assertTrue(truth.is_wrong(clip, 52, 'ABC123'))
        self.assertTrue(truth.is_wrong(clip, 52, 'x'))


class LotTests(unittest.TestCase):
    def test_clip_follows_from_seed_and_number_and_a_short_one_is_the_beginning_of_a_long_one(self):
        whole, again = truth.draw_clip(7, 3, 'drawn', make), truth.draw_clip(7, 3, 'drawn', make)
        short, other = truth.draw_clip(7, 3, 'drawn', make, 5), truth.draw_clip(8, 3, 'drawn', make)
        self.assertEqual(whole, again)
        self.assertEqual([(p.name, p.first, p.poses) for p in short.passages], [(p.name, p.first, p.poses) for p in whole.passages[:5]])
        self.assertNotEqual([p.name for p in whole.passages], [p.name for p in other.passages])

    def test_passages_enter_from_every_side_at_every_speed_in_every_kind_from_outside_the_picture(self):
        clips = [truth.draw_clip(7, number, 'drawn', make) for number in range(40)]
        passages = [(clip, p) for clip in clips for p in clip.passages]
        self.assertEqual({p.kind for _, p in passages}, set(truth.KINDS))
        self.assertEqual({(p.side, p.speed) for _, p in passages}, {(side, speed) for side in truth.SIDES for speed in truth.SPEEDS})
        for clip, p in passages:
            self.assertEqual(len(p.poses), len(p.cover))
            self.assertLess(p.last, clip.frames)
            if p.kind in ('enter', 'pass', 'hidden'):
                step = max(abs(p.poses[1].x - p.poses[0].x), abs(p.poses[1].y - p.poses[0].y))
                self.assertAlmostEqual(step, p.speed / truth.FPS, 6)
                x, y, w, h = p.sprite.box(p.poses[0])
                inside = min(x + w, 960 - x, y + h, 540 - y)
                self.assertLessEqual(inside, 2 * step, (p.kind, p.side, p.speed))

    def test_what_waits_is_cut_then_whole_what_is_hidden_is_hidden_then_whole(self):
        for number in range(20):
            clip = truth.draw_clip(7, number, 'drawn', make)
            for p in clip.passages:
                whole = [truth.is_whole(clip, p, f) for f in range(p.first, p.last + 1)]
                if p.kind in ('enter', 'turn', 'near', 'wait', 'hidden', 'follow'):
                    self.assertGreaterEqual(sum(whole), 15, (number, p.kind, p.side, p.speed))
                if p.kind in ('wait', 'hidden'):
                    self.assertGreaterEqual(whole.count(False), 10, (number, p.kind, p.side))

    def test_followers_come_within_three_seconds(self):
        gaps = set()
        for number in range(40):
            passages = truth.draw_clip(7, number, 'drawn', make).passages
            followers = [p for p in passages if p.kind == 'follow']
            gaps |= {b.first - a.last - 1 for a, b in zip(followers[::2], followers[1::2])}
        self.assertTrue({0, 3, 10, 20, 30} >= gaps and {0, 30} <= gaps, gaps)

    def test_texts_fit_their_formats(self):
        rng, seen = random.Random(1), set()
        for _ in range(2000):
            region, text, lines = truth.plate_text(rng)
            seen.add(region)
            self.assertEqual(text.count('/'), lines - 1)
            self.assertTrue(5 <= len(truth.plain(text)) <= 10, text)
            self.assertFalse(set('IOQ') & set(truth.plain(text)), text)
        self.assertEqual(seen, set(truth.FORMATS))
        texts = {truth.plain(truth.plate_text(rng)[1]) for _ in range(500)}
        self.assertTrue(any(t.startswith('MH') and t[2:4].isdigit() and t[4:6].isalpha() and t[6:].isdigit() for t in texts))


class FusionTests(unittest.TestCase):
    def test_two_alike_or_one_sure_decide(self):
        cases = [
            ([('A1', 0.6, 50), ('A1', 0.3, 50), ('B1', 0.88, 100)], 'A1'),
            ([('A1', 0.4, 50), ('A1', 0.3, 50)], None),
            ([('A1', 0.6, 50), ('B1', 0.88, 100)], None),
            ([('A1', 0.6, 50), ('B1', 0.89, 70)], 'B1'),
            ([('B1', 0.95, 69)], None),
            ([('A1', 0.5, 50), ('A1', 0.5, 50), ('B1', 0.95, 100)], 'A1'),
            ([('', 0.99, 100), ('', 0.99, 100)], None),
            ([], None),
        ]
        for reads, text in cases:
            self.assertEqual(truth.fused_plate(reads), text, reads)

    def test_cosine_lies_on_straight_lines_over_the_logarithm_of_the_rate(self):
        curve = [(1e-3, 0.3), (1e-4, 0.4), (1e-5, 0.45)]
        for rate, cosine in ((1e-3, 0.3), (1e-4, 0.4), (1e-5, 0.45), (10 ** -3.5, 0.35), (1e-6, 0.5), (1e-2, 0.2), (1e-30, 1.0)):
            self.assertAlmostEqual(truth.false_match_cosine(curve, rate), cosine, 9)


if __name__ == '__main__':
    unittest.main()
