"""usage: /usr/bin/python3 -m unittest discover -s models/plates/tests      (seconds; skipped with a reason where torch or OpenCV is absent)"""
import os
import random
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
try:
    import cv2  # noqa: F401
    import numpy as np
    import torch
except ImportError as missing:
    raise unittest.SkipTest(f'{missing}; install with: packaging/setup.sh --training')

import detector
import detector_samples as samples_of
import draw
import train_detector


def sample(*boxes: tuple[float, float, float, float]) -> samples_of.Sample:
    """A gray picture with drawn plates whose corners are their boxes'."""
    array = np.array(boxes, np.float32).reshape(-1, 4)
    corners = np.stack([array[:, [0, 1]], array[:, [2, 1]], array[:, [2, 3]], array[:, [0, 3]]], 1)
    return samples_of.Sample(np.full((samples_of.SIZE, samples_of.SIZE, 3), 90, np.uint8), array, corners, np.ones(len(boxes), np.float32), np.ones(len(boxes), np.float32))


def raw_of(targets: samples_of.Targets) -> torch.Tensor:
    """What a perfect network gives for these targets."""
    raw = torch.full((detector.CHANNELS_OUT, samples_of.CELLS, samples_of.CELLS), -12.0)
    raw[0][torch.from_numpy(targets.score == 1)] = 12.0
    raw[1:5] = torch.log(torch.from_numpy(targets.box).clamp(min=0.2) / detector.STRIDE)
    raw[5:] = torch.from_numpy(targets.corners) / detector.CORNER_UNIT
    return raw


class SampleTests(unittest.TestCase):
    def sampler(self) -> samples_of.Sampler:
        rng = np.random.default_rng(4)
        image = rng.integers(0, 255, (300, 500, 3), np.uint8)
        sizes = (image, np.ascontiguousarray(image[::2, ::2]), np.ascontiguousarray(image[::4, ::4]))
        pictures = {'negative': [samples_of.Picture(sizes, np.zeros((0, 4), np.float32), 'negative')],
                    'romania': [samples_of.Picture(sizes, np.array([[100, 80, 260, 120]], np.float32), 'romania')]}
        drawer = draw.Drawer(3)
        return samples_of.Sampler(pictures, [drawer.plate() for _ in range(8)], 'test')

    def test_sample_follows_from_its_number_alone(self):
        first, second = self.sampler(), self.sampler()
        for number in range(6):
            second.sample(number)
        for number in (5, 0, 17):
            a, b = first.sample(number), second.sample(number)
            self.assertTrue(np.array_equal(a.image, b.image) and np.array_equal(a.boxes, b.boxes), number)

    def test_sample_boxes_lie_inside_and_corners_of_whole_drawn_plates_in_their_boxes(self):
        sampler, drawn, real = self.sampler(), 0, 0
        for number in range(120):
            made = sampler.sample(number)
            self.assertEqual((made.image.shape, made.image.dtype), ((384, 384, 3), np.uint8))
            for box, quad, is_drawn in zip(made.boxes, made.corners, made.is_drawn):
                self.assertTrue(0 <= box[0] < box[2] <= 384 and 0 <= box[1] < box[3] <= 384, box)
                if is_drawn:
                    drawn += 1
                    tight = np.clip(np.concatenate([quad.min(0), quad.max(0)]), 0, 384)
                    np.testing.assert_allclose(tight, box, atol=1e-3)
                else:
                    real += 1
        self.assertGreater(drawn, 20)
        self.assertGreater(real, 20)

    def test_perspective_quad_is_one_wide_and_goes_round_clockwise(self):
        rng = random.Random(2)
        for _ in range(200):
            quad = samples_of.perspective_quad(rng, 4.5)
            self.assertAlmostEqual(quad[:, 0].max() - quad[:, 0].min(), 1.0)
            after = np.roll(quad, -1, 0)
            self.assertGreater((quad[:, 0] * after[:, 1] - after[:, 0] * quad[:, 1]).sum(), 0)  # clockwise where y points down

    def test_overlap_by_hand(self):
        # 10x10 and 10x10 moved by 5: 50 common, 150 together.
        found = samples_of.overlap(np.array([0, 0, 10, 10.]), np.array([[5, 0, 15, 10.], [20, 20, 30, 30.], [0, 0, 10, 10.]]))
        np.testing.assert_allclose(found, [1 / 3, 0, 1])


class LossTests(unittest.TestCase):
    def test_targets_of_a_perfect_network_cost_nothing(self):
        targets = samples_of.targets(sample((100, 150, 180, 170), (20, 20, 44, 34)))
        score, box, corners = train_detector.losses_of(raw_of(targets)[None], [targets])
        self.assertLess(float(score), 1e-3)
        self.assertLess(float(box), 1e-3)
        self.assertLess(float(corners), 1e-4)

    def test_box_loss_by_hand(self):
        # One cell, wanted 16 x 16 px round it, found 8 px to the left and right, 16 above and below: IoU = 256 / 512, hull = union.
        targets = samples_of.targets(sample((188, 188, 204, 204)))
        where = targets.box_weight > 0
        self.assertEqual(int(where.sum()), 1)
        targets.box[:, where] = 8.0
        raw = raw_of(targets)
        raw[2], raw[4] = np.log(2.0), np.log(2.0)
        _, box, _ = train_detector.losses_of(raw[None], [targets])
        self.assertAlmostEqual(float(box), 0.5, places=5)

    def test_rate_rises_stays_and_falls_to_nothing(self):
        rates = [train_detector.rate_at(seen, 1000_000, 500_000) for seen in (0, 1_200, 400_000, 750_000, 1_000_000)]
        np.testing.assert_allclose(rates, [0.0000085, 0.0007585, 0.001501, 0.000751, 0.000001], rtol=1e-3)


class DetectTests(unittest.TestCase):
    class Fixed(torch.nn.Module):
        def __init__(self, raw: torch.Tensor) -> None:
            super().__init__()
            self.raw = raw

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.raw[None]

    def test_detect_gives_one_box_a_plate_with_its_corners(self):
        labelled = sample((100, 150, 180, 170), (20, 20, 44, 34), (250, 200, 370, 260))
        raw = raw_of(samples_of.targets(labelled))
        raw[0, 20, 18] = 11.0  # a second peak beside the first plate's middle
        boxes, scores, quads = train_detector.detect(self.Fixed(raw), labelled.image, 0.4)
        self.assertEqual(len(boxes), 3)
        order = np.argsort(boxes[:, 0])
        np.testing.assert_allclose(boxes[order], labelled.boxes[[1, 0, 2]], atol=0.05)
        np.testing.assert_allclose(quads[order], labelled.corners[[1, 0, 2]], atol=0.05)

    def test_decoded_detector_speaks_in_the_cards_units(self):
        torch.manual_seed(0)
        network = detector.PlateDetector(detector.WIDTHS['a']).eval()
        image = torch.rand(1, 3, 64, 96) * 255
        with torch.no_grad():
            raw = network(image)
            score, box, corners = detector.DecodedDetector(network)(image)
        self.assertEqual((score.shape, box.shape, corners.shape), ((1, 1, 8, 12), (1, 4, 8, 12), (1, 8, 8, 12)))
        np.testing.assert_allclose(score[0, 0], 1 / (1 + np.exp(-raw[0, 0].numpy())), rtol=1e-5)
        np.testing.assert_allclose(box[0, 0], 8 * np.exp(raw[0, 1].numpy()), rtol=1e-5)
        np.testing.assert_allclose(corners[0, 7], 16 * raw[0, 12].numpy(), rtol=1e-5)


if __name__ == '__main__':
    unittest.main()
