"""What a plate is drawn with: chance, grain, small words, and the choice of a typeface."""
from __future__ import annotations

import random
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw

import glyphs

# family of glyphs.py: weight, by kind; 'font' = a font of this machine
FACES = {
    'eu': {'fe': 30, 'din': 30, 'any': 14, 'font': 26},
    'gb': {'mandatory': 70, 'any': 10, 'font': 20},
    'us': {'us': 56, 'us-flat': 16, 'any': 14, 'font': 14},
    'br': {'brazil': 80, 'any': 8, 'font': 12},
    'mercosur': {'mercosur': 78, 'any': 8, 'font': 14},
    'in': {'hsrp': 25, 'india': 32, 'painted': 13, 'any': 8, 'font': 22},
    'pk': {'punjab': 30, 'sindh': 22, 'fancy': 12, 'painted': 10, 'any': 8, 'font': 18},
    'vn': {'vietnam': 80, 'any': 8, 'font': 12},
    'gcc': {'din': 30, 'any': 35, 'font': 35},
    'tr': {'din': 55, 'fe': 5, 'any': 20, 'font': 20},
    'any': {'any': 45, 'us': 8, 'din': 8, 'mandatory': 8, 'painted': 5, 'font': 26},
}
HELD_OUT_FACES = {**{family: 22 for family in glyphs.HELD_OUT}, 'font': 34}


class Look(NamedTuple):
    """How the characters are set."""

    face: glyphs.Face
    width: float  # character width / height
    gap: float  # between characters / height
    even: bool  # every character in a cell of the same width
    slant: float
    separators: tuple  # what may stand between groups, of SEPARATORS


class Brush:
    """One for all plates of a Drawer, whose order of random numbers it shares."""

    def __init__(self, rng: random.Random, held_out: bool) -> None:
        """held_out: families and fonts that training never sees."""
        self.random, self.held_out = rng, held_out
        self.fonts = glyphs.fonts(glyphs.HELD_OUT_FONTS if held_out else glyphs.TRAIN_FONTS)
        self.words = glyphs.word_faces()
        generator = np.random.default_rng(rng.getrandbits(32))
        self.grain = generator.random((512, 1024), np.float32)
        self.is_free = False  # the text follows no format
        self.word_masks: dict[tuple, np.ndarray] = {}

    def look(self, kind: str, mercosur: bool = False) -> Look:
        """A typeface and a setting for a plate of that kind; mercosur: Brazil's newer generation."""
        rng = self.random
        weights = HELD_OUT_FACES if self.held_out else FACES['mercosur' if mercosur else kind]
        family = rng.choices(list(weights), list(weights.values()))[0]
        if family == 'font' and self.fonts:
            face: glyphs.Face = rng.choice(self.fonts)
            width = rng.uniform(0.44, 0.64) if kind != 'us' else rng.uniform(0.4, 0.56)
        else:
            face = glyphs.style(
                rng, family if family != 'font' else rng.choice(glyphs.HELD_OUT) if self.held_out else 'any'
            )
            if self.is_free:  # no format tells I from 1 and O from 0: their shapes must
                face = face._replace(
                    one='flag' if face.one == 'bar' else face.one,
                    zero_width=min(face.zero_width, 0.84),
                    o_square=min(face.o_square, 0.85),
                )
            width = face.width
        gap = {'us': (0.05, 0.14), 'gb': (0.07, 0.16), 'br': (0.08, 0.2), 'eu': (0.08, 0.18)}.get(kind, (0.06, 0.2))
        separators = {
            'eu': ('space', 'dash', 'dash', 'seals', 'seal', 'arms', 'space', 'square', 'dot'),
            'gb': ('space',),
            'us': ('space', 'space', 'dash', 'dot', 'star', 'picture', 'picture', 'map'),
            'br': ('dot', 'dot', 'dash', 'space'),
            'in': ('space', 'space', 'space', 'dash', 'dot', 'tight'),
            'pk': ('space', 'space', 'dash', 'dash', 'dot', 'star', 'arms'),
            'vn': ('dash', 'dash', 'space'),
            'gcc': ('space', 'picture', 'bar'),
            'tr': ('space',),
        }.get(kind, ('space', 'dash', 'dot', 'star', 'picture', 'tight'))
        slant = rng.gauss(0, 0.12) if kind in ('pk', 'in', 'any') and rng.random() < 0.12 else 0.0
        return Look(
            face,
            width,
            rng.uniform(*gap),
            rng.random() < (0.65 if kind in ('us', 'br', 'vn', 'in', 'pk') else 0.3),
            slant,
            separators,
        )

    def cloud(self, rows: int, columns: int, height: int, width: int) -> np.ndarray:
        """Smooth random field 0..1, float32 [height, width], with about rows x columns hills."""
        y, x = self.random.randrange(512 - rows), self.random.randrange(1024 - columns)
        return cv2.resize(self.grain[y : y + rows, x : x + columns], (width, height), interpolation=cv2.INTER_CUBIC)

    def word(self, text: str, height: int, face: int | None = None) -> np.ndarray:
        """Small text as an alpha mask uint8 [height, w]."""
        index = self.random.randrange(len(self.words)) if face is None else face % len(self.words)
        key = text, index
        if key not in self.word_masks:
            if len(self.word_masks) > 4000:
                self.word_masks.clear()
            font = self.words[index]
            left, top, right, bottom = font.getbbox(text)
            image = Image.new('L', (max(4, right - left + 2), max(4, bottom - top + 2)), 0)
            ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font=font)
            self.word_masks[key] = np.asarray(image)
        mask = self.word_masks[key]
        return cv2.resize(mask, (max(3, mask.shape[1] * height // mask.shape[0]), height), interpolation=cv2.INTER_AREA)
