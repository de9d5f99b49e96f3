"""usage: python3 -m unittest discover -s models/passages/tests -p test_evaluate.py      (a second; needs PIL and numpy, as the bench does)"""
import contextlib
import io
import json
import os
import sys
import tempfile
import types
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

import evaluate
import truth

SPRITE = truth.Sprite(200, 100, (50, 60, 100, 20))


def judged(what: str, reference: bool, told: bool, news: int = 1) -> evaluate.Judged:
    passage = truth.Passage(0, what, 'enter', 'left', 80, 'ABC123', SPRITE, 0, [truth.Pose(300, 200)])
    clip = truth.Clip(0, 'face' if what in ('face', 'stranger') else what, (960, 540), False, 2.0, 800, [passage], 10)
    return evaluate.Judged(clip, passage, [0], [], reference, told, news)


class ReportTests(unittest.TestCase):
    def report(self, items: list, wrong: int, today: list, what=('drawn',), dropped=0.0) -> tuple[int, str]:
        """Exit code and what is printed, with the figures of today as given; nothing of the repository is written."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'today.json')
            with open(path, 'w', encoding='utf-8') as file:
                json.dump({'commit': 'x', 'runs': today}, file)
            options = types.SimpleNamespace(seed=7, passages=len(items), store_today=None)
            false = [(items[0].clip, evaluate.Told('c0', str(i), 1, 'X', 'new')) for i in range(wrong)]
            out = io.StringIO()
            with mock.patch.multiple(evaluate, ARTIFACTS=folder, TODAY=path), contextlib.redirect_stdout(out):
                return evaluate.report(options, list(what), items, false, dropped), out.getvalue()

    def today(self, count: int, wrong: int, seed: int = 7, of: int | None = None) -> dict:
        return {'seed': seed, 'passages': count, 'what': ['drawn'], 'wrong': {'plates': wrong}, 'rows': {'plates': [of or count, count, count, 0, 0]}}

    def test_ninety_seven_of_a_hundred_are_enough_ninety_six_are_not(self):
        for told, code in ((97, 0), (96, 1)):
            items = [judged('drawn', True, i < told) for i in range(100)]
            found, text = self.report(items, 0, [self.today(100, 0)])
            self.assertEqual(found, code, text)
            self.assertEqual('MISSED' in text, code == 1)

    def test_what_is_told_beyond_the_reference_does_not_make_up_for_what_was_missed(self):
        items = [judged('drawn', True, i < 90) for i in range(100)] + [judged('drawn', False, True) for _ in range(50)]
        self.assertEqual(self.report(items, 0, [self.today(150, 0)])[0], 1)

    def test_one_wrong_more_than_today_is_too_much(self):
        items = [judged('drawn', True, True)] * 100
        self.assertEqual(self.report(items, 5, [self.today(100, 5)])[0], 0)
        self.assertEqual(self.report(items, 6, [self.today(100, 5)])[0], 1)

    def test_a_seed_that_was_not_measured_has_the_share_of_those_that_were(self):
        # 9 wrong in 100: of 100, 9 and two deviations (6) are allowed.
        items = [judged('drawn', True, True)] * 100
        today = [self.today(100, 9, seed=1)]
        self.assertEqual(self.report(items, 15, today)[0], 0)
        self.assertEqual(self.report(items, 16, today)[0], 1)

    def test_nothing_that_could_be_told_is_no_pass(self):
        self.assertEqual(self.report([judged('drawn', False, False)] * 3, 0, [self.today(3, 0)])[0], 1)

    def test_every_figure_has_a_line_with_its_bound(self):
        items = [judged('drawn', True, True), judged('face', True, True), judged('stranger', False, False)]
        _, text = self.report(items, 0, [], what=('drawn', 'face'))
        bounded = [line for line in text.splitlines() if line.startswith('bound: passages: ')]
        self.assertEqual(len([line for line in bounded if 'passages: plates, ' in line]), 2)
        self.assertEqual(len([line for line in bounded if 'passages: faces, ' in line]), 2)
        self.assertTrue(any('% of frames dropped' in line for line in bounded))


class ResultsTests(unittest.TestCase):
    def test_section_is_replaced_and_all_else_stays(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'RESULTS.md')
            with mock.patch.object(evaluate, 'RESULTS', path):
                with open(path, 'w', encoding='utf-8') as file:
                    file.write('# A\n\nb\n\n## C\n\nd\n')
                evaluate.write_results(7, 200, ['figures one'])
                with open(path, 'a', encoding='utf-8') as file:
                    file.write('\n## E\n\nf\n')
                evaluate.write_results(7, 200, ['figures two'])
                evaluate.write_results(7, 200, ['figures three'])
            with open(path, encoding='utf-8') as file:
                text = file.read()
        self.assertTrue(text.startswith('# A\n\nb\n\n## C\n\nd\n\n' + evaluate.HEADING))
        self.assertTrue(text.endswith('figures three\n\n## E\n\nf\n'), text[-60:])
        self.assertNotIn('figures two', text)


class PlanTests(unittest.TestCase):
    def test_plan_has_as_many_passages_as_asked_and_a_longer_one_begins_like_it(self):
        for count in (1, 14, 15, 200):
            clips = evaluate.plan(7, count, ['drawn', 'real', 'face'])
            self.assertEqual(sum(most for _, _, most in clips), count)
        long = evaluate.plan(7, 1000, ['drawn', 'real', 'face'])
        self.assertEqual(evaluate.plan(7, 140, ['drawn', 'real', 'face']), long[:10])

    def test_clips_of_a_kind_are_the_same_whatever_else_is_wanted(self):
        together = [c for c in evaluate.plan(7, 500, ['drawn', 'real', 'face']) if c[1] == 'face']
        alone = evaluate.plan(7, 500, ['face'])
        self.assertEqual(alone[:len(together) - 1], together[:-1])


if __name__ == '__main__':
    unittest.main()
