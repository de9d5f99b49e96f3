"""usage: /usr/bin/python3 -m unittest discover -s models/plates/tests     (seconds; skipped without OpenCV or PIL)"""
import os
import random
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
try:
    import cv2  # noqa: F401
    import numpy as np
    from PIL import Image  # noqa: F401
except ImportError as missing:
    raise unittest.SkipTest(f'{missing}; install with: packaging/setup.sh --training')

import draw
import glyphs
import scenes
from drawing.compose import compose


class DrawTests(unittest.TestCase):
    def test_plate_every_kind_is_gray_96_high_with_readable_text(self):
        for fonts in ('train', 'held-out'):
            drawer = draw.Drawer(5, fonts)
            for kind in draw.KINDS:
                for rows in (None, 1, 2):
                    plate = drawer.plate(kind, rows)
                    self.assertEqual((plate.image.dtype, plate.image.shape[0], plate.kind), (np.uint8, 96, kind))
                    self.assertTrue(96 <= plate.image.shape[1] <= 96 * 5.1, plate.image.shape)
                    self.assertTrue(
                        2 <= len(plate.text) <= 10 and set(plate.text) <= set(glyphs.CHARACTERS), plate.text
                    )
                    self.assertIn(plate.rows, (rows,) if rows else (1, 2))
                    self.assertGreater(float(plate.image.std()), 5)

    def test_plate_two_lines_ink_in_both_halves(self):
        """Characters of a two-line plate lie above and below the middle, and none of a line crosses into the other."""
        drawer = draw.Drawer(6)
        for _ in range(60):
            canvas = compose(drawer.brush, 'in', drawer._lines('in', True))
            upper = len(''.join(canvas.lines[0]))
            self.assertLessEqual(
                max(box[3] for box in canvas.boxes[:upper]), min(box[1] for box in canvas.boxes[upper:]) + 1
            )

    def test_plate_every_character_inside_the_picture(self):
        drawer = draw.Drawer(7)
        for number in range(200):
            kind = draw.KINDS[number % len(draw.KINDS)]
            canvas = compose(drawer.brush, kind, drawer._lines(kind, number % 3 == 0))
            self.assertEqual(len(canvas.boxes), sum(len(group) for line in canvas.lines for group in line))
            for left, top, right, bottom in canvas.boxes:
                self.assertTrue(
                    left >= -1 and top >= 0 and right <= canvas.width + 1 and bottom <= draw.HEIGHT,
                    (kind, canvas.lines),
                )

    def test_plate_same_seed_same_bytes(self):
        first, second, other = draw.Drawer(1), draw.Drawer(1), draw.Drawer(2)
        a, b, c = ([drawer.plate() for _ in range(20)] for drawer in (first, second, other))
        self.assertTrue(all(x.text == y.text and np.array_equal(x.image, y.image) for x, y in zip(a, b)))
        self.assertNotEqual([x.text for x in a], [x.text for x in c])

    def test_held_out_families_and_fonts_are_disjoint(self):
        self.assertFalse(set(glyphs.TRAIN_FONTS) & set(glyphs.HELD_OUT_FONTS))
        self.assertFalse(set(glyphs.FAMILIES) & set(glyphs.HELD_OUT))
        numbers = [name for name in glyphs.Style._fields if isinstance(glyphs.ANY[name], tuple)]
        rng, ranges = random.Random(1), {}
        for family in (*glyphs.FAMILIES, *glyphs.HELD_OUT):
            styles = [glyphs.style(rng, family) for _ in range(300)]
            values = {name: [getattr(style, name) for style in styles] for name in numbers}
            ranges[family] = {name: (min(values[name]), max(values[name])) for name in numbers}
        for held in glyphs.HELD_OUT:
            for family in glyphs.FAMILIES:
                apart = [n for n in numbers if ranges[held][n][0] > ranges[family][n][1] or ranges[held][n][1] < ranges[family][n][0]]
                self.assertGreaterEqual(len(apart), 2, (held, family, apart))  # of the shapes that make a typeface

    def test_pool_saved_and_loaded_is_the_same(self):
        drawer = draw.Drawer(8)
        plates = [drawer.plate() for _ in range(12)]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'pool.npz')
            draw.save_pool(path, plates)
            for saved, plate in zip(draw.load_pool(path), plates):
                self.assertTrue(np.array_equal(saved.image, plate.image))
                self.assertEqual(saved[1:], plate[1:])


class GlyphTests(unittest.TestCase):
    def test_glyph_every_character_of_every_family_fills_its_height(self):
        rng = random.Random(2)
        for family in [*glyphs.FAMILIES, *glyphs.HELD_OUT]:
            face = glyphs.style(rng, family)
            for character in glyphs.CHARACTERS:
                mask = glyphs.glyph(character, face, 48, face.width, rng)
                self.assertEqual(mask.shape[0], 48)
                rows = np.nonzero((mask > 100).any(1))[0]
                self.assertTrue(rows[0] <= 8 and rows[-1] >= 39, (family, character, rows[0], rows[-1]))

    def test_glyph_confusable_characters_differ(self):
        """Pairs that a plate's format need not decide have different shapes in every family."""
        rng = random.Random(3)
        for family in [*glyphs.FAMILIES, *glyphs.HELD_OUT]:
            for _ in range(10):
                face = glyphs.style(rng, family)
                for a, b in ('8B', '5S', '2Z', 'MN', 'VU', 'OQ', 'CG', 'PR', 'EF', '6G', '38', '17', 'DO'):
                    width = max(glyphs.share(a, face), glyphs.share(b, face)) * face.width
                    first, second = (
                        cv2.resize(glyphs.glyph(c, face, 64, face.width), (max(8, int(width * 64)), 64)) for c in (a, b)
                    )
                    self.assertGreater(float(np.abs(first.astype(int) - second).mean()), 5, (family, a, b))


class SceneTests(unittest.TestCase):
    def test_scene_plate_lies_inside_the_picture_where_the_corners_say(self):
        """A white plate on a dark vehicle and background: bright pixels lie within the corners' box."""
        rng, generator = random.Random(9), np.random.default_rng(9)
        for _ in range(10):
            plate = np.full((draw.HEIGHT, 300), 255, np.uint8)
            picture, quad = scenes.scene(plate, rng, generator, np.zeros((600, 900, 3), np.uint8), 84)
            low, high = quad.min(0), quad.max(0)
            self.assertEqual(picture.shape, (540, 960, 3))
            self.assertTrue((low >= 0).all() and (high <= [960, 540]).all())
            x, y = quad.mean(0).astype(int)
            self.assertGreater(int(picture[y, x].max()), 100)
