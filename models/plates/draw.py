#!/usr/bin/python3
"""Draw number plates of many countries: clean, gray, seen from the front, with the text that is to be read.

usage: draw.py pool --count 40000 --seed 1 --out pool.npz        a pool for training
       draw.py sheet --kind pk --out sheet.png                   plates with their texts, to look at
       draw.py heldout --kind pk --rows 2 --count 300 --out DIR  scenes for measuring: typefaces and backgrounds kept out of training

Texts come from the grammar packs (formats.py), characters from glyphs.py and, for a quarter of the plates, from Debian's fonts.
Seen angle, blur, light and compression come later and anew for each sample (augment.py).
"""
from __future__ import annotations

import argparse
import csv
import glob
import os
import random
import string
import sys
import time
from typing import NamedTuple

import cv2
import numpy as np

import formats
import glyphs

HEIGHT = 96
KINDS = {'us': 26, 'eu': 17, 'gb': 7, 'br': 13, 'in': 15, 'pk': 10, 'vn': 3, 'gcc': 2, 'tr': 2, 'any': 5}
TWO_LINES = {'in': 0.5, 'pk': 0.6, 'vn': 0.75, 'eu': 0.1, 'gb': 0.1, 'br': 0.12, 'gcc': 0.3, 'tr': 0.15}
FAMILIES = {'us': ['us', 'us', 'us', 'any'], 'eu': ['din', 'fe', 'fe', 'any'], 'gb': ['mandatory', 'mandatory', 'any'], 'br': ['brazil', 'brazil', 'fe', 'any'], 'in': ['india', 'india', 'any'],
            'pk': ['pakistan', 'pakistan', 'any'], 'vn': ['vietnam'], 'gcc': ['any'], 'tr': ['din', 'fe'], 'any': ['any']}
ASPECTS = {'us': (1.85, 2.15), 'eu': (4.0, 4.9), 'gb': (4.2, 4.9), 'br': (2.8, 3.3), 'in': (3.4, 4.9), 'pk': (1.7, 4.8), 'vn': (3.9, 4.6), 'gcc': (2.0, 4.8), 'tr': (4.2, 4.8), 'any': (1.8, 5.0)}
FREE_SHARE = 0.14    # texts that follow no format
FONT_SHARE = 0.25    # characters from Debian's fonts
DARK_SHARE = 0.16    # light characters on dark

# Debian packages whose typefaces come near to plates; any of them may be absent.
FONT_PACKAGES = 'fonts-opendin fonts-roadgeek fonts-routed-gothic fonts-osifont fonts-bebas-neue fonts-league-mono fonts-liberation fonts-roboto-unhinted fonts-open-sans fonts-adf-gillius ' \
    'fonts-adf-universalis fonts-texgyre fonts-dejavu-core'.split()
FONT_FILES = ('OSP-DIN', 'RG2014', 'routed-gothic.', 'routed-gothic-narrow.', 'osifont', 'BebasNeue-Bold', 'BebasNeue-Regular', 'LeagueMono-CondensedBold', 'LeagueMono-NarrowBold', 'LeagueMono-NarrowSemiBold',
              'LeagueMono-Bold', 'LiberationSans-Bold.', 'LiberationSansNarrow-Bold.', 'Roboto-Bold.', 'Roboto-Medium.', 'RobotoCondensed-Bold.', 'OpenSans-CondBold', 'OpenSans-Bold.', 'GilliusADF-BoldCond.',
              'UniversalisADFStd-BoldCond.', 'texgyreheros-bold.', 'texgyreheroscn-bold.', 'DejaVuSans-Bold.', 'DejaVuSansMono-Bold.')
HELD_OUT_FONTS = ('UniversalisADFStd-BoldCond.', 'LeagueMono-Bold', 'OpenSans-CondBold')
WORDS = {
    'us': ['CALIFORNIA', 'TEXAS', 'FLORIDA', 'NEW YORK', 'OHIO', 'Georgia', 'Illinois', 'WASHINGTON', 'Pennsylvania', 'ARIZONA', 'COLORADO', 'Missouri', 'OREGON', 'UTAH', 'Maine', 'IDAHO', 'Tennessee'],
    'br': ['SP-SAO PAULO', 'RJ-RIO DE JANEIRO', 'PR-CURITIBA', 'MG-BELO HORIZONTE', 'RS-PORTO ALEGRE', 'BA-SALVADOR', 'BRASIL', 'SC-JOINVILLE'],
    'pk': ['PUNJAB', 'SINDH', 'ICT-ISLAMABAD', 'KHYBER PAKHTUNKHWA', 'PESHAWAR', 'QUETTA', 'BALOCHISTAN', 'KARACHI', 'LAHORE', 'GOVT OF SINDH', 'GOVT OF PUNJAB', 'AZAD KASHMIR'],
    'gcc': ['DUBAI', 'KSA', 'SHARJAH', 'ABU DHABI', 'AJMAN'],
}


class Plate(NamedTuple):
    """A drawn plate: uint8 gray [96, w], the text to be read, its kind, lines of text."""
    image: np.ndarray
    text: str
    kind: str
    rows: int


class Drawer:
    """Draws plates; the same seed draws the same plates."""

    def __init__(self, seed: int | str, fonts: str = 'train') -> None:
        """fonts: 'train', or 'held-out' for typefaces that training never sees."""
        if fonts not in ('train', 'held-out'):
            raise ValueError(f"fonts must be 'train' or 'held-out', not {fonts!r}")
        self.rng = random.Random(f'{seed}-{fonts}')
        self.noise = np.random.default_rng(self.rng.getrandbits(32))
        self.held_out = fonts == 'held-out'
        found = sorted(path for path in glob.glob('/usr/share/fonts/**/*.[ot]tf', recursive=True) if os.path.basename(path).startswith(FONT_FILES))
        self.fonts = [path for path in found if os.path.basename(path).startswith(HELD_OUT_FONTS) == self.held_out]
        self._loaded: dict[tuple[str, int], object] = {}

    def plate(self, kind: str | None = None, rows: int | None = None) -> Plate:
        """One plate; kind and number of lines by the usual shares unless given."""
        rng = self.rng
        kind = kind or rng.choices(list(KINDS), list(KINDS.values()))[0]
        two = rng.random() < TWO_LINES.get(kind, 0.06) if rows is None else rows == 2
        while True:
            text = formats.free(rng) if kind == 'any' or rng.random() < FREE_SHARE else formats.sample(kind, rng, two)
            if two and text.second is None and len(text.plain) > 2:
                at = rng.randint(1, len(text.plain) - 1) if len(text.groups) < 2 else len(''.join(text.groups[:rng.randint(1, len(text.groups) - 1)]))
                text = formats.Text([text.plain[:at]], [text.plain[at:]])
            if 2 <= len(text.plain) <= 10 and (text.second is None or not two or max(len(''.join(text.groups)), len(''.join(text.second))) <= 7):
                break
        return self._draw(kind, text if two else formats.Text(self._regroup(kind, text.groups + (text.second or [])), None))

    # Printed groups: packs break at every change of letters and digits, real plates only at some.
    def _regroup(self, kind: str, groups: list[str]) -> list[str]:
        keep = {'us': 0.35, 'br': 0.8, 'in': 0.5, 'pk': 0.85}.get(kind, 0.7)
        joined = [groups[0]]
        for group in groups[1:]:
            if self.rng.random() < keep and len(joined) < 4:
                joined.append(group)
            else:
                joined[-1] += group
        if len(joined) == 1 and len(joined[0]) >= 6 and kind in ('us', 'any') and self.rng.random() < 0.5:
            joined = [joined[0][:3], joined[0][3:]]
        return joined

    def _draw(self, kind: str, text: formats.Text) -> Plate:
        rng, u = self.rng, self.rng.uniform
        two = text.second is not None
        low, high = (1.15, 2.2) if two else ASPECTS[kind]
        if kind == 'pk' and not two and rng.random() < 0.5:
            low, high = 3.2, 4.8
        width = int(HEIGHT * u(low, high))
        dark = rng.random() < DARK_SHARE
        back = u(20, 110) if dark else u(140, 250)
        ink = min(255.0, back + u(90, 200)) if dark else u(0, 60) if rng.random() < 0.75 else u(50, max(51, min(140, back - 60)))
        image = np.full((HEIGHT, width), back, np.float32)
        self._ground(image, kind)
        if rng.random() < 0.6:
            inset = rng.randint(0, 4)
            cv2.rectangle(image, (inset, inset), (width - 1 - inset, HEIGHT - 1 - inset), ink if rng.random() < 0.8 else u(0, 255), rng.randint(1, 4))
        left, top, right, bottom = self._decorate(image, kind, two, back, ink, dark)

        face = self._face(kind)
        spacing, cells = u(0.04, 0.18), rng.random() < 0.5
        separator = self._separator(kind)
        if two:
            gap = (bottom - top) * u(0.04, 0.1)
            share = u(0.36, 0.5)
            if kind == 'br' or rng.random() < 0.35:
                share = u(0.3, 0.42)
            heights = ((bottom - top - gap) * share, (bottom - top - gap) * (1 - share))
            y = float(top)
            for groups, line_height in zip((text.groups, text.second), heights):
                self._line(image, self._regroup(kind, groups), face, left, y, right, line_height, spacing, cells, separator, back, ink, 0.35)
                y += line_height + gap
        else:
            self._line(image, text.groups, face, left, top, right, bottom - top, spacing, cells, separator, back, ink, 1.0)
        self._wear(image, kind, dark, back, ink)
        return Plate(np.clip(image, 0, 255).astype(np.uint8), text.plain, kind, 2 if two else 1)

    def _ground(self, image: np.ndarray, kind: str) -> None:
        rng, u = self.rng, self.rng.uniform
        height, width = image.shape
        if kind == 'us' and rng.random() < 0.55 or rng.random() < 0.08:
            image += np.linspace(u(-45, 20), u(-45, 20), height)[:, None]
            if rng.random() < 0.5:                                   # a printed landscape
                image += cv2.resize(self.noise.standard_normal((5, 8)).astype(np.float32) * u(5, 26), (width, height), interpolation=cv2.INTER_CUBIC)
            if rng.random() < 0.2:
                image[:int(height * u(0.15, 0.3))] += u(-90, 40)

    # Bands, names and stickers; returns where the characters may stand: left, top, right, bottom.
    def _decorate(self, image: np.ndarray, kind: str, two: bool, back: float, ink: float, dark: bool) -> tuple[float, float, float, float]:
        rng, u = self.rng, self.rng.uniform
        height, width = image.shape
        left, right = u(3, 9), width - u(3, 9)
        top, bottom = height * (u(0.06, 0.12) if two else u(0.09, 0.2)), height * (u(0.88, 0.94) if two else u(0.8, 0.92))
        band = {'eu': 0.75, 'gb': 0.35, 'tr': 0.9, 'any': 0.3, 'in': 0.4, 'gcc': 0.2, 'pk': 0.15, 'br': 0.0}.get(kind, 0.0) * (0.5 if two else 1)
        if rng.random() < band:
            w = int(height * u(0.26, 0.46))
            tone = u(20, 120) if not dark or rng.random() < 0.5 else u(60, 160)
            if rng.random() < 0.25:
                tone = back * u(0.8, 1.0)
            image[2:height - 2, 2:2 + w] = tone
            light = u(180, 255) if tone < 130 else u(0, 90)
            if rng.random() < 0.8:
                self._put(image, self._small(int(height * u(0.14, 0.25)), ''.join(rng.choices(string.ascii_uppercase, k=rng.randint(1, 3))), w - 4), 4, height * u(0.6, 0.75), light)
            if rng.random() < 0.7:
                cv2.circle(image, (2 + w // 2, int(height * 0.3)), max(2, int(w * 0.3)), u(150, 255), rng.choice([1, 2, -1]), cv2.LINE_AA)
            if rng.random() < 0.3:
                image[height // 3:height // 2, 4:w - 2] = u(0, 255)
            left = w + u(3, 9)
            if not two and rng.random() < 0.12:
                w = int(height * u(0.25, 0.36))
                image[2:height - 2, width - w - 2:width - 2] = u(20, 120)
                right = width - w - u(3, 8)
        if kind == 'us' or kind == 'any' and width < 2.6 * height:
            top, bottom = height * u(0.17, 0.34), height * u(0.7, 0.87)
            if rng.random() < 0.87:
                name = rng.choice(WORDS['us']) if rng.random() < 0.6 else self._letters(rng.randint(4, 13))
                mask = self._small(int(height * u(0.1, 0.21)), name, int(width * 0.8))
                self._put(image, mask, (width - mask.shape[1]) / 2 + u(-12, 12), height * u(0.02, 0.1), rng.choice([ink, u(0, 150)]))
            if rng.random() < 0.7:
                mask = self._small(int(height * u(0.07, 0.14)), self._letters(rng.randint(6, 24)), int(width * 0.9))
                self._put(image, mask, (width - mask.shape[1]) / 2, height * u(0.83, 0.9), rng.choice([ink, u(0, 170)]))
            for center in (0.07, 0.93):
                if rng.random() < 0.35:                              # month and year stickers
                    x, w, h = int(width * center), width // rng.randint(12, 18), int(height * u(0.1, 0.2))
                    cv2.rectangle(image, (x - w, 3), (x + w, 3 + h), u(60, 255), -1)
                    self._put(image, self._small(max(6, h - 4), ''.join(rng.choices(string.digits, k=2)), 2 * w - 2), x - w + 2, 5, u(0, 255))
            if rng.random() < 0.12:                                  # small stacked letters before the number
                stacked, w = ''.join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 3))), int(height * u(0.1, 0.15))
                for i, letter in enumerate(stacked):
                    self._put(image, self._small(int((bottom - top) / len(stacked) * 0.8), letter, w), left, top + i * (bottom - top) / len(stacked), ink)
                left += w + u(3, 8)
        if kind == 'br':
            mercosur = rng.random() < 0.35
            if mercosur:
                image[2:int(height * u(0.2, 0.27)), 2:width - 2] = u(30, 110)
            else:
                top = height * u(0.26, 0.36)
            mask = self._small(int(height * u(0.1, 0.16)), rng.choice(WORDS['br']) if rng.random() < 0.6 else self._letters(rng.randint(8, 18)).upper(), int(width * 0.75))
            self._put(image, mask, (width - mask.shape[1]) / 2, height * u(0.05, 0.12), u(190, 255) if mercosur else ink)
            if not mercosur and rng.random() < 0.6:
                cv2.rectangle(image, (width // 8, 3), (width - width // 8, int(top - 2)), ink + (back - ink) * 0.5, 1)
            top = max(top, height * 0.28)
            bottom = height * u(0.86, 0.94)
        if kind in ('pk', 'gcc') and rng.random() < 0.75:
            word = rng.choice(WORDS[kind]) if rng.random() < 0.8 else self._letters(rng.randint(5, 14)).upper()
            h = height * u(0.08, 0.16)
            tone = ink if rng.random() < 0.6 else u(0, 160)
            if rng.random() < 0.35:                                  # a strip (Punjab green, Ajrak pattern)
                strip = slice(0, int(h * 1.4)) if rng.random() < 0.7 else slice(int(height - h * 1.4), height)
                image[strip] = u(40, 140)
                if rng.random() < 0.5:
                    image[strip] += np.sin(np.arange(width) * u(0.3, 1.2))[None] * u(20, 60)
                tone = u(180, 255)
                if strip.start == 0:
                    top = max(top, h * 1.5)
                else:
                    bottom = min(bottom, height - h * 1.5)
                y = (strip.start or 0) + h * 0.2
            elif rng.random() < 0.6:
                y, top = height * 0.03, max(top, h + height * 0.06)
            else:
                y, bottom = height * 0.96 - h, min(bottom, height * 0.94 - h)
            mask = self._small(int(h), word, int(width * 0.8))
            self._put(image, mask, (width - mask.shape[1]) / 2, y, tone)
            if kind == 'gcc' and rng.random() < 0.6 and not two:      # the Arabic row: curved strokes that are no text of ours
                middle = (top + bottom) / 2
                for _ in range(rng.randint(4, 8)):
                    x = u(left, right)
                    cv2.ellipse(image, (int(x), int(u(top + 6, middle - 4))), (rng.randint(3, 12), rng.randint(2, 7)), u(0, 360), 0, u(90, 300), ink, rng.randint(1, 3), cv2.LINE_AA)
                top = middle
        if kind == 'in' and rng.random() < 0.35:
            self._put(image, self._small(int(height * u(0.08, 0.14)), 'IND', int(height * 0.3)), left, height * u(0.6, 0.8), u(30, 160))
            if rng.random() < 0.6:
                cv2.rectangle(image, (int(left), int(height * 0.2)), (int(left + height * 0.14), int(height * 0.36)), u(80, 200), -1)
            left += height * u(0.18, 0.3)
        return left, top, right, bottom

    # A line of characters, fitted into the box left..right, y..y+height.
    def _line(self, image: np.ndarray, groups: list[str], face: object, left: float, y: float, right: float, height: float,
              spacing: float, cells: bool, separator: str, back: float, ink: float, least: float) -> None:
        rng, u = self.rng, self.rng.uniform
        h = max(12, int(height))
        char_width = u(0.44, 0.64)
        parts: list[np.ndarray] = []
        gap = np.zeros((h, max(1, int(h * spacing))), np.uint8)
        for number, group in enumerate(groups):
            if number:
                parts.append(self._mark(separator, h))
            shrink = 1.0
            for character in group:
                mask = self._character(character, face, h, char_width)
                if cells:
                    cell = int(char_width * h)
                    if mask.shape[1] < cell:
                        space = cell - mask.shape[1]
                        mask = np.pad(mask, ((0, 0), (space // 2, space - space // 2)))
                if shrink < 1:
                    mask = self._lower(mask, shrink)
                parts += [mask, gap]
        mask = np.hstack(parts[:-1])
        room = right - left
        fill = room * u(0.78, 0.99)
        if mask.shape[1] > fill or (least >= 1 and rng.random() < 0.7):
            mask = cv2.resize(mask, (max(8, int(fill)), h), interpolation=cv2.INTER_AREA)
        elif mask.shape[1] < 0.6 * room:
            mask = cv2.resize(mask, (int(room * u(0.6, 0.9)) if len(''.join(groups)) > 2 else mask.shape[1], h), interpolation=cv2.INTER_AREA)
        x = left + (room - mask.shape[1]) * u(0.3, 0.7)
        if rng.random() < 0.4:                                       # embossed: a lit and a shaded edge of the same stroke
            shift = rng.choice([1, 2])
            self._put(image, np.roll(mask, (shift, shift), (0, 1)), x, y, rng.choice([ink * 0.6 + back * 0.4, min(255.0, back * 1.15)]))
        self._put(image, mask, x, y, ink)

    @staticmethod
    def _lower(mask: np.ndarray, share: float) -> np.ndarray:
        height = mask.shape[0]
        small = cv2.resize(mask, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.pad(small, ((height - small.shape[0], 0), (0, 0)))

    def _face(self, kind: str) -> object:
        rng = self.rng
        if self.fonts and rng.random() < FONT_SHARE:
            return rng.choice(self.fonts), rng.choice([0, 0, 0, 2, 3])
        return glyphs.style(rng, rng.choice(FAMILIES[kind]), self.held_out)

    def _character(self, character: str, face: object, height: int, width: float) -> np.ndarray:
        if isinstance(face, glyphs.Style):
            return glyphs.glyph(character, face, height, width)
        path, thicken = face
        from PIL import Image, ImageDraw
        font = self._font(path, 64)
        box = font.getbbox(character)
        mask = Image.new('L', (max(1, box[2] - box[0]), max(1, box[3] - box[1])), 0)
        ImageDraw.Draw(mask).text((-box[0], -box[1]), character, 255, font=font)
        array = np.asarray(mask)
        if thicken:
            array = cv2.dilate(array, np.ones((thicken, thicken), np.uint8))
        usual = max(1, self._font_width(path))
        w = max(2, int(array.shape[1] / usual * width * height))
        return cv2.resize(array, (min(w, int(1.3 * width * height)), height), interpolation=cv2.INTER_AREA)

    def _font(self, path: str, size: int) -> object:
        from PIL import ImageFont
        key = (path, size)
        if key not in self._loaded:
            self._loaded[key] = ImageFont.truetype(path, size)
        return self._loaded[key]

    def _font_width(self, path: str) -> float:
        key = (path, -1)
        if key not in self._loaded:
            boxes = [self._font(path, 64).getbbox(c) for c in 'H0A8']
            self._loaded[key] = float(np.mean([box[2] - box[0] for box in boxes]))
        return self._loaded[key]

    def _separator(self, kind: str) -> str:
        choices = {'us': ['space', 'space', 'picture', 'dash', 'dot', 'star', 'narrow'], 'br': ['dot', 'dot', 'dash', 'space', 'narrow'], 'eu': ['space', 'dash', 'seals', 'seals', 'narrow', 'block'],
                   'in': ['space', 'space', 'narrow', 'dash', 'dot'], 'pk': ['space', 'dash', 'dash', 'narrow', 'dot', 'picture'], 'vn': ['dash', 'dot', 'space'], 'gb': ['space', 'space', 'narrow']}
        return self.rng.choice(choices.get(kind, ['space', 'dash', 'narrow', 'dot', 'block']))

    # What stands between two groups; it is no character.
    def _mark(self, separator: str, h: int) -> np.ndarray:
        rng, u = self.rng, self.rng.uniform
        w = int(h * {'space': u(0.15, 0.5), 'narrow': u(0.05, 0.14), 'dash': u(0.2, 0.45), 'dot': u(0.14, 0.3), 'seals': u(0.24, 0.42), 'block': u(0.2, 0.4), 'picture': u(0.35, 0.75), 'star': u(0.3, 0.5)}[separator]) + 1
        mask, middle = np.zeros((h, w), np.uint8), h // 2
        tone = rng.randint(80, 255)
        if separator == 'dash':
            cv2.rectangle(mask, (w // 6, middle - max(1, h // 18)), (w - w // 6, middle + max(1, h // 26)), 255, -1)
        elif separator == 'dot':
            cv2.circle(mask, (w // 2, middle if rng.random() < 0.7 else int(h * 0.9)), max(2, int(h * u(0.05, 0.1))), 255, -1, cv2.LINE_AA)
        elif separator == 'seals':
            for y in (0.25, 0.75) if rng.random() < 0.7 else (0.3,):
                cv2.circle(mask, (w // 2, int(h * y)), max(2, int(min(w * 0.45, h * 0.18))), tone, -1, cv2.LINE_AA)
                cv2.circle(mask, (w // 2, int(h * y)), max(1, int(min(w * 0.3, h * 0.1))), rng.randint(0, 200), rng.choice([1, -1]), cv2.LINE_AA)
        elif separator == 'block':
            cv2.rectangle(mask, (w // 6, h // 4), (w - w // 6, h * 3 // 4), tone, -1)
        elif separator == 'picture':
            points = [(w / 2 + w * u(0.15, 0.48) * np.cos(a), middle + h * u(0.15, 0.46) * np.sin(a)) for a in np.linspace(0, 2 * np.pi, rng.randint(5, 12), endpoint=False)]
            cv2.fillPoly(mask, [np.array(points, np.int32)], tone, cv2.LINE_AA)
            if rng.random() < 0.5:
                cv2.line(mask, (w // 2, 0), (w // 2, h), rng.randint(0, 160), 1)
        elif separator == 'star':
            points = [(w / 2 + w * (0.46 if i % 2 == 0 else 0.2) * np.sin(i * np.pi / 5), middle - w * (0.46 if i % 2 == 0 else 0.2) * np.cos(i * np.pi / 5)) for i in range(10)]
            cv2.fillPoly(mask, [np.array(points, np.int32)], tone, cv2.LINE_AA)
        return mask

    def _wear(self, image: np.ndarray, kind: str, dark: bool, back: float, ink: float) -> None:
        rng, u = self.rng, self.rng.uniform
        height, width = image.shape
        for _ in range(rng.choice([0, 0, 2, 2, 4])):                 # screws
            x = rng.choice([rng.randint(8, width - 8), width // 4, width * 3 // 4, rng.randint(6, 14), width - rng.randint(6, 14)])
            cv2.circle(image, (x, int(height * rng.choice([0.1, 0.5, 0.9]))), rng.randint(1, 5), u(0, 220), -1, cv2.LINE_AA)
        if rng.random() < 0.22:                                      # dirt
            grime = cv2.resize(self.noise.random((rng.randint(4, 12), rng.randint(6, 24))).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
            share = np.clip((grime - 0.6) * 2, 0, 1) * u(0.2, 0.75)
            image *= 1 - share
            image += share * u(30, 150)
        for _ in range(rng.choice([0] * 8 + [1, 2])):                # scratches
            cv2.line(image, (rng.randint(0, width), rng.randint(0, height)), (rng.randint(0, width), rng.randint(0, height)), u(0, 255), 1, cv2.LINE_AA)
        if rng.random() < 0.06:                                      # worn ink
            worn = cv2.resize(self.noise.random((10, 40)).astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR) > 0.8
            image[worn] = image[worn] * 0.6 + back * 0.4
        if rng.random() < (0.33 if kind in ('us', 'any') else 0.12):  # a dealer's frame, a few pixels into the plate
            tone = u(0, 90) if rng.random() < 0.8 else u(150, 250)
            below, above, side = int(height * u(0.04, 0.13)), int(height * u(0.02, 0.1)), rng.randint(1, 5)
            image[height - below:] = tone
            image[:above] = tone
            image[:, :side] = tone
            image[:, width - side:] = tone
            if below > 8 and rng.random() < 0.6:
                mask = self._small(below - 3, self._letters(rng.randint(6, 20)), int(width * 0.8))
                self._put(image, mask, (width - mask.shape[1]) / 2, height - below + 1, 255 - tone)
        if rng.random() < 0.1:                                       # a bar (tow hook, chain, wire) across the lower edge
            x = rng.randint(0, width)
            cv2.line(image, (x, height), (int(x + u(-0.2, 0.2) * height), int(height * u(0.75, 0.95))), u(0, 120), rng.randint(2, 6), cv2.LINE_AA)

    def _letters(self, count: int) -> str:
        text = ''.join(self.rng.choice(string.ascii_uppercase + '  ') for _ in range(count)).strip() or 'X'
        return self.rng.choice([text, text.title(), text.lower()])

    def _small(self, height: int, text: str, most: int) -> np.ndarray:
        """Small print, alpha mask at most ``most`` wide."""
        rng = self.rng
        height = max(5, height)
        scale = height / 22
        font = rng.choice([cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_COMPLEX_SMALL])
        thick = 1 if height < 14 else rng.choice([1, 2])
        (w, h), _ = cv2.getTextSize(text, font, scale, thick)
        mask = np.zeros((max(4, h + 4), max(4, w + 4)), np.uint8)
        cv2.putText(mask, text, (2, h + 1), font, scale, 255, thick, cv2.LINE_AA)
        w = min(max(3, int(mask.shape[1] * height / mask.shape[0])), max(3, most))
        return cv2.resize(mask, (w, height), interpolation=cv2.INTER_AREA)

    @staticmethod
    def _put(image: np.ndarray, mask: np.ndarray, x: float, y: float, tone: float) -> None:
        x, y = int(round(x)), int(round(y))
        h, w = mask.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(image.shape[1], x + w), min(image.shape[0], y + h)
        if x1 > x0 and y1 > y0:
            share = mask[y0 - y:y1 - y, x0 - x:x1 - x].astype(np.float32) / 255
            part = image[y0:y1, x0:x1]
            part *= 1 - share
            part += share * tone


def save_pool(plates: list[Plate], path: str) -> None:
    """All plates in one file: pixels one after the other, with widths, texts, kinds, rows."""
    np.savez(path, pixels=np.concatenate([plate.image.reshape(-1) for plate in plates]), widths=np.array([plate.image.shape[1] for plate in plates], np.int32),
             texts=np.array([plate.text for plate in plates]), kinds=np.array([plate.kind for plate in plates]), rows=np.array([plate.rows for plate in plates], np.uint8))


def load_pool(path: str) -> list[Plate]:
    """The plates of a pool; their images are views of one array."""
    with np.load(path) as file:
        pixels, widths, texts, kinds, rows = (file[name] for name in ('pixels', 'widths', 'texts', 'kinds', 'rows'))
    ends = np.cumsum(widths.astype(np.int64) * HEIGHT)
    return [Plate(pixels[end - HEIGHT * int(width):end].reshape(HEIGHT, int(width)), str(text), str(kind), int(row))
            for end, width, text, kind, row in zip(ends, widths, texts, kinds, rows)]


def held_out_scenes(kind: str, rows: int, count: int, folder: str) -> None:
    """Pictures with one drawn plate each, seen up to 45 degrees from the side, with a manifest as the scorer reads it."""
    import data
    drawer = Drawer(f'scenes-{kind}-{rows}', 'held-out')
    rng = drawer.rng
    backgrounds = [cv2.imread(path) for path in data.negatives()[1]]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'manifest.csv'), 'w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(['path', 'x', 'y', 'w', 'h', 'text', 'source'])
        for number in range(count):
            plate = drawer.plate(kind, rows)
            picture = cv2.resize(rng.choice(backgrounds), (960, 540), interpolation=cv2.INTER_AREA)
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 2))
            aspect = plate.image.shape[1] / HEIGHT
            w = float(np.exp(rng.uniform(np.log(60 if rows == 2 else 80), np.log(220))))
            h = w / aspect
            yaw, pitch = np.deg2rad(rng.uniform(-45, 45)), np.deg2rad(rng.uniform(-25, 25))
            corners = np.array([[-w / 2, -h / 2, 0], [w / 2, -h / 2, 0], [w / 2, h / 2, 0], [-w / 2, h / 2, 0]])
            around_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
            around_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
            corners = corners @ around_y.T @ around_x.T
            distance = 6 * w
            quad = corners[:, :2] * (distance / (distance + corners[:, 2:3]))
            quad += [rng.uniform(w, 960 - w), rng.uniform(h + 20, 520 - h)]
            tone = np.array([rng.uniform(0.75, 1)] * 3 if rng.random() < 0.6 else [rng.uniform(0.4, 1) for _ in range(3)], np.float32)
            car = ((quad - quad.mean(0)) * [rng.uniform(1.6, 2.6), rng.uniform(2.5, 4)] + quad.mean(0)).astype(np.int32)
            cv2.fillConvexPoly(picture, car, [rng.uniform(10, 200)] * 3, cv2.LINE_AA)
            shrink = plate.image.shape[1] / w
            image = cv2.resize(plate.image, None, fx=min(1, 1.3 / shrink), fy=min(1, 1.3 / shrink), interpolation=cv2.INTER_AREA)
            matrix = cv2.getPerspectiveTransform(np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.array(image.shape[::-1], np.float32), quad.astype(np.float32))
            colored = np.clip(image[..., None] * tone * rng.uniform(0.55, 1.05), 0, 255).astype(np.uint8)
            cv2.warpPerspective(colored, matrix, (960, 540), picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
            picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.1))
            noise = drawer.noise.standard_normal((540, 960, 1)).astype(np.float32) * rng.uniform(0.5, 7)
            picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
            name = f'{kind}{rows}_{number:04}.jpg'
            cv2.imwrite(os.path.join(folder, name), picture, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(45, 90)])
            low, high = quad.min(0), quad.max(0)
            table.writerow([name, *(round(float(v), 1) for v in (*low, *(high - low))), plate.text, 'drawn'])


def sheet(kind: str | None, seed: int, fonts: str, path: str) -> None:
    """60 plates with their texts below."""
    drawer, cells = Drawer(seed, fonts), []
    for _ in range(60):
        plate = drawer.plate(kind)
        image = cv2.resize(plate.image, None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
        cell = np.full((82, 300), 255, np.uint8)
        cell[2:2 + image.shape[0], 4:4 + min(292, image.shape[1])] = image[:, :292]
        cv2.putText(cell, f'{plate.text} {plate.kind}', (4, 76), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1, cv2.LINE_AA)
        cells.append(cell)
    cv2.imwrite(path, np.vstack([np.hstack(cells[i:i + 5]) for i in range(0, 60, 5)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest='verb', required=True)
    pool = verbs.add_parser('pool', help='plates for training in one .npz')
    pool.add_argument('--count', type=int, default=40_000)
    look = verbs.add_parser('sheet', help='a contact sheet')
    look.add_argument('--fonts', choices=['train', 'held-out'], default='train')
    scenes = verbs.add_parser('heldout', help='scenes for measuring')
    scenes.add_argument('--rows', type=int, choices=[1, 2], default=1)
    scenes.add_argument('--count', type=int, default=300)
    for verb in (pool, look, scenes):
        verb.add_argument('--out', required=True)
        verb.add_argument('--seed', type=int, default=1)
        verb.add_argument('--kind', choices=sorted(KINDS))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.verb == 'sheet':
        sheet(options.kind, options.seed, options.fonts, options.out)
        return
    if options.verb == 'heldout':
        held_out_scenes(options.kind or 'pk', options.rows, options.count, options.out)
        return
    drawer, plates, begun = Drawer(options.seed), [], time.monotonic()
    print(f'draw: {len(drawer.fonts)} fonts beside the outlines', file=sys.stderr)
    while len(plates) < options.count:
        plates.append(drawer.plate(options.kind))
        if len(plates) % 5000 == 0:
            print(f'draw: {len(plates)} of {options.count} plates, {time.monotonic() - begun:.0f} s', file=sys.stderr, flush=True)
    save_pool(plates, options.out)


if __name__ == '__main__':
    main()
