"""usage: python3 -m unittest discover -s models/passages/tests -p test_scenes.py      (seconds; needs PIL and numpy, as the bench does)"""
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import numpy as np

import scenes
import truth


def drawn_clip(number: int = 0) -> tuple[truth.Clip, list[scenes.Object]]:
    return scenes.clip_of(7, number, 'drawn', '/nowhere', None, 6)


class SceneTests(unittest.TestCase):
    def test_plate_stands_where_the_truth_says(self):
        clip, objects = drawn_clip()
        clip.night, clip.noise = False, 0.0
        wanted = {truth.best_whole(clip, p)[0]: (p, o) for p, o in zip(clip.passages, objects)}
        for number, picture in enumerate(scenes.frames(clip, objects, 7)):
            if number not in wanted:
                continue
            passage, thing = wanted[number]
            x, y, w, h = passage.sprite.target_box(passage.pose(number))
            shown = np.asarray(picture.convert('L'), float)[round(y):round(y + h), round(x):round(x + w)]
            tx, ty, tw, th = (round(v) for v in thing.sprite.target)
            drawn = thing.picture.convert('L').crop((tx, ty, tx + tw, ty + th)).resize(shown.shape[::-1])
            likeness = np.corrcoef(shown.ravel(), np.asarray(drawn, float).ravel())[0, 1]
            self.assertGreater(likeness, 0.75, (passage.kind, passage.name))

    def test_frames_follow_from_the_seed_and_are_all_there(self):
        (clip, objects), (again, same) = drawn_clip(1), drawn_clip(1)
        count = 0
        for a, b in zip(scenes.frames(clip, objects, 7), scenes.frames(again, same, 7)):
            count += 1
            if count % 50 == 0:
                self.assertEqual(a.tobytes(), b.tobytes())
        self.assertEqual(count, clip.frames)

    def test_what_stands_before_it_hides_it(self):
        for number in range(9):
            clip, objects = drawn_clip(number)
            passage = next((p for p in clip.passages if p.kind == 'hidden'), None)
            if passage is None:
                continue
            frame = next(f for f in range(passage.first, passage.last + 1)
                         if (cover := passage.cover_at(f)) and passage.pose(f) and truth.overlaps(passage.sprite.target_box(passage.pose(f)), cover) and cover[0] > 0)
            picture = next(p for n, p in enumerate(scenes.frames(clip, objects, 7)) if n == frame)
            x, y, w, h = passage.sprite.target_box(passage.pose(frame))
            cover = passage.cover_at(frame)
            left, right = max(x, cover[0]) + 2, min(x + w, cover[0] + cover[2]) - 2
            part = np.asarray(picture, float)[round(y):round(y + h), round(left):max(round(left) + 1, round(right))]
            # One shade and the noise: letters have far more.
            self.assertLess(part.std(axis=(0, 1)).max(), 12)
            return
        self.fail('no clip with something hidden')

    def test_turned_away_shows_no_plate(self):
        made = scenes.make_object(scenes.Recipe('drawn', 'ABC1234', ('us', 'ABC 1234', 1, 5)))
        back = scenes.back_of(made.picture, made.sprite, 'drawn')
        x, y, w, h = (round(v) for v in made.sprite.target)
        self.assertEqual(np.asarray(back)[y:y + h, x:x + w, :3].std(axis=(0, 1)).max(), 0)
        self.assertGreater(np.asarray(made.picture)[y:y + h, x:x + w, :3].std(axis=(0, 1)).max(), 40)

    def test_every_region_and_number_of_lines_can_be_drawn_within_its_plate(self):
        rng = random.Random(3)
        for region, formats in truth.FORMATS.items():
            for pattern, lines in formats:
                text = pattern.replace('L', 'W').replace('D', '8')
                picture = scenes.plate_picture(rng, region, text, lines, 120)
                self.assertEqual(picture.width, 120)
                gray = np.asarray(picture.convert('L'), float)
                # Left and right of the text there is ground: its letters were not cut off.
                self.assertGreater(gray[8:-8, -6:-5].mean(), 120, (region, text))


if __name__ == '__main__':
    unittest.main()
