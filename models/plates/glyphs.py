"""Outlines of plate typefaces that no font package has: characters as strokes whose shape is set by parameters.

usage: /usr/bin/python3 models/plates/glyphs.py sheet.png      all characters of every family, held-out ones below

A style is drawn at random within its family: how square the bowls are, how heavy the strokes, whether 1 is a bare bar,
how deep the middle of W and M reaches, how 0 differs from O, whether strokes end round (stamped, milled) or cut
(printed), and so on. Coordinates are 0..1 in the box of the strokes' centre lines, y downward.
"""
from __future__ import annotations

import functools
import glob
import os
import random
import sys
from typing import NamedTuple, Union

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

Path = list  # of (x, y)
CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

# fmt: off
# Debian packages whose fonts are mixed in where present; nothing is needed but
# fonts-dejavu-core (packaging/setup.sh --training installs all).
FONT_PACKAGES = (
    'fonts-dejavu-core', 'fonts-opendin', 'fonts-roadgeek', 'fonts-routed-gothic', 'fonts-osifont',
    'fonts-bebas-neue', 'fonts-league-mono', 'fonts-adf-gillius', 'fonts-adf-universalis', 'fonts-texgyre',
    'fonts-roboto-unhinted', 'fonts-open-sans',
)
TRAIN_FONTS = (
    'DejaVuSans-Bold', 'DejaVuSansCondensed-Bold', 'DejaVuSansMono-Bold', 'OSP-DIN', 'RG2014C', 'RG2014D', 'RG2014E',
    'RG2014B', 'BebasNeue-Regular', 'BebasNeue-Bold', 'LeagueMono-CondensedBold', 'LeagueMono-CondensedSemiBold',
    'LeagueMono-NarrowBold', 'LeagueMono-Bold', 'GilliusADF-BoldCond', 'GilliusADF-Bold', 'GilliusADFNo2-BoldCond',
    'texgyreheros-bold', 'texgyreheroscn-bold', 'texgyreheroscn-regular', 'RobotoCondensed-Bold',
    'RobotoCondensed-Medium', 'Roboto-Bold', 'Roboto-Medium',
)
HELD_OUT_FONTS = (
    'routed-gothic', 'routed-gothic-narrow', 'osifont', 'UniversalisADFStd-BoldCond', 'UniversalisADFStd-Bold',
    'OpenSans-CondBold', 'OpenSans-Bold', 'texgyreadventor-bold',
)
# Small words beside the number: serif, script-like and slanted faces as well.
WORD_FONTS = (
    'DejaVuSans-Bold', 'DejaVuSans', 'DejaVuSerif-Bold', 'DejaVuSansCondensed-Bold', 'DejaVuSerif-BoldItalic',
    'DejaVuSerifCondensed-Italic', 'texgyrebonum-bold', 'texgyrebonum-bolditalic', 'texgyrechorus-mediumitalic',
    'texgyretermes-bold', 'texgyreheroscn-bold', 'Roboto-BoldItalic', 'BebasNeue-Regular',
)
# fmt: on


class Style(NamedTuple):
    """One typeface: shape parameters that all characters of a plate share."""

    square: float  # exponent of the superellipse: 2 = ellipse, 4 = nearly a rounded rectangle
    weight: float  # stroke width / height
    width: float  # character width / height
    cut: bool  # strokes end cut off; else round
    one: str  # 'bar', 'flag', 'beak' (short steep flag), 'base'
    zero: str  # 'plain', 'slash', 'dot', 'gap'
    zero_width: float  # width of 0 beside O
    o_square: float  # O's exponent beside 0's
    w_middle: float  # height of W's middle: 0 = top, 1 = bottom
    m_middle: float
    w_slope: float  # how far W's outer strokes lean
    m_slope: float
    q_tail: int
    g_bar: int
    three: str  # 'round', 'flat', 'notch' (flat with an upright step)
    six: str  # 'curl', 'straight', 'hook' (open, short hook)
    four: float  # height of 4's bar
    open_four: bool
    seven: float  # foot of 7
    seven_lip: float  # small downstroke at 7's left end
    bent_seven: bool
    hook_j: int  # 0 none, 1 to the left, 2 both sides
    serif_i: bool
    waist: float  # height of B's, P's and R's waist
    leg: float  # where R's leg leaves the bowl
    leg_foot: float  # where it ends
    fork: float  # height of Y's fork
    cup_y: bool  # Y's arms begin upright
    arm: float  # height of K's joint
    stem_k: bool  # K's strokes meet at the stem
    crossbar: float  # height of A's bar
    flat_a: float  # half width of A's top
    wide: float  # W and M beside the others
    round_d: float
    open_c: float  # half the opening of C and G, degrees
    straight_two: bool
    upright_n: float  # how far N's diagonal starts below the top
    middle_e: float  # length of E's and F's middle bar
    lift_f: float  # F's middle bar lower than E's
    eight: float  # width of 8's upper bowl
    warp: float  # hand-made irregularity


# fmt: off
# Ranges by family: (low, high), choices, or a chance. What a family does not name is as in ANY.
ANY: dict[str, object] = {
    'square': (2.1, 4.2), 'weight': (0.105, 0.2), 'width': (0.46, 0.64), 'cut': 0.35,
    'one': ['bar', 'flag', 'flag', 'beak', 'base'], 'zero': ['plain'] * 17 + ['slash', 'dot'],
    'zero_width': (0.74, 1.0), 'o_square': (0.75, 1.1), 'w_middle': (0.0, 0.55), 'm_middle': (0.35, 1.0),
    'w_slope': (0.0, 0.25), 'm_slope': (0.0, 0.2), 'q_tail': [0, 1, 2, 3], 'g_bar': [0, 1, 2, 3],
    'three': ['round', 'round', 'round', 'flat'], 'six': ['curl', 'curl', 'straight', 'hook'], 'four': (0.6, 0.82),
    'open_four': 0.15, 'seven': (0.2, 0.5), 'seven_lip': [0.0, 0.0, 0.0, 0.12], 'bent_seven': 0.15,
    'hook_j': [0, 0, 0, 1, 1, 2], 'serif_i': 0.25, 'waist': (0.46, 0.6), 'leg': (0.4, 0.62), 'leg_foot': (0.92, 1.0),
    'fork': (0.4, 0.6), 'cup_y': 0.08, 'arm': (0.26, 0.45), 'stem_k': 0.25, 'crossbar': (0.58, 0.76),
    'flat_a': [0.0, 0.0, 0.05, 0.1, 0.16], 'wide': (1.0, 1.28), 'round_d': (0.3, 0.7), 'open_c': (30, 48),
    'straight_two': 0.3, 'upright_n': (0.0, 0.12), 'middle_e': (0.7, 1.0), 'lift_f': (0.0, 0.06),
    'eight': (0.84, 0.98), 'warp': 0.0,
}
FAMILIES: dict[str, dict[str, object]] = {
    'any': {},
    # DIN 1451 Mittelschrift and its kin: FR, RO, PL, IT, CZ, HU
    'din': {
        'square': (2.5, 3.3), 'weight': (0.125, 0.165), 'width': (0.5, 0.62), 'cut': 0.8, 'one': ['flag'],
        'zero': ['plain'], 'zero_width': (0.9, 1.0), 'three': ['round'], 'w_middle': (0.1, 0.5),
        'm_middle': (0.55, 0.8), 'w_slope': (0.15, 0.25), 'm_slope': (0.0, 0.06), 'serif_i': 0.0, 'q_tail': [0, 1],
        'seven_lip': [0.0], 'open_four': 0.0, 'cup_y': 0.0,
    },
    # FE-Schrift: made hard to forge; flag of 1, cut 0, stepped 3, serif I, low F, open curls
    'fe': {
        'square': (2.2, 3.0), 'weight': (0.12, 0.15), 'width': (0.54, 0.64), 'cut': 0.9, 'one': ['flag', 'base'],
        'zero': ['gap', 'gap', 'plain'], 'zero_width': (0.84, 0.94), 'o_square': (0.72, 0.85),
        'three': ['notch', 'notch', 'flat'], 'six': ['hook', 'hook', 'curl'], 'serif_i': 0.8, 'w_middle': (0.3, 0.5),
        'm_middle': (0.4, 0.6), 'w_slope': (0.12, 0.22), 'm_slope': (0.0, 0.03), 'q_tail': [0, 3],
        'lift_f': (0.06, 0.12), 'eight': (0.74, 0.86), 'seven_lip': [0.0, 0.12], 'open_four': 0.3,
        'middle_e': (0.75, 0.9), 'wide': (1.0, 1.1), 'hook_j': [1], 'open_c': (34, 48), 'straight_two': 0.7,
    },
    # UK Mandatory (Charles Wright 2001) and older
    'mandatory': {
        'square': (2.9, 4.2), 'weight': (0.155, 0.2), 'width': (0.56, 0.7), 'cut': 0.85,
        'one': ['bar', 'bar', 'bar', 'flag'], 'zero': ['plain'], 'zero_width': (1.0, 1.0), 'o_square': (1.0, 1.0),
        'm_middle': (0.5, 1.0), 'm_slope': (0.0, 0.03), 'w_slope': (0.1, 0.2), 'w_middle': (0.0, 0.4),
        'serif_i': 0.03, 'three': ['round'], 'six': ['curl'], 'seven_lip': [0.0], 'g_bar': [1, 2], 'hook_j': [0],
        'cup_y': 0.0,
    },
    # stamped US dies: narrow, round ends, squarish bowls
    'us': {
        'square': (2.5, 4.2), 'weight': (0.1, 0.15), 'width': (0.42, 0.56), 'cut': 0.1,
        'one': ['flag', 'beak', 'bar', 'bar', 'base'], 'zero_width': (0.72, 1.0), 'zero': ['plain'] * 9 + ['slash'],
        'w_slope': (0.0, 0.12), 'm_slope': (0.0, 0.05), 'm_middle': (0.3, 0.8), 'wide': (1.0, 1.12),
        'w_middle': (0.15, 0.6), 'serif_i': 0.35, 'o_square': (0.85, 1.0),
    },
    # flat printed US plates
    'us-flat': {
        'square': (2.2, 3.6), 'weight': (0.1, 0.15), 'width': (0.42, 0.56), 'cut': 1.0,
        'one': ['flag', 'flag', 'beak', 'bar', 'base'], 'w_slope': (0.05, 0.2), 'wide': (1.0, 1.15), 'serif_i': 0.4,
    },
    # Brazil before Mercosur (Mandatory, as in Britain): 1 a bare bar, wide, O and 0 alike: upright sides, round corners; D's left
    # corners are sharp, which is all that tells it from O
    'brazil': {
        'square': (3.4, 8.0), 'weight': (0.13, 0.18), 'width': (0.54, 0.7), 'cut': 0.92,
        'one': ['bar', 'bar', 'bar', 'bar', 'flag'], 'zero': ['plain'], 'zero_width': (1.0, 1.0), 'o_square': (1.0, 1.0), 'serif_i': 0.04,
        'three': ['round'], 'six': ['curl', 'curl', 'straight'], 'seven_lip': [0.0], 'm_slope': (0.0, 0.06),
        'w_middle': (0.0, 0.4),
    },
    'mercosur': {
        'square': (2.3, 3.0), 'weight': (0.115, 0.15), 'width': (0.54, 0.64), 'cut': 0.9, 'one': ['flag'],
        'zero': ['gap', 'plain', 'plain'], 'zero_width': (0.84, 0.96), 'three': ['notch', 'flat', 'round'],
        'six': ['hook', 'curl'], 'serif_i': 0.8, 'm_middle': (0.4, 0.6), 'm_slope': (0.0, 0.03),
        'w_middle': (0.3, 0.5), 'lift_f': (0.04, 0.12), 'wide': (1.0, 1.1),
    },
    # India: high-security plates, and everything else
    'hsrp': {
        'square': (2.4, 3.4), 'weight': (0.12, 0.17), 'width': (0.5, 0.62), 'cut': 0.4,
        'one': ['flag', 'flag', 'bar', 'base'], 'zero': ['plain'], 'serif_i': 0.1,
    },
    'india': {
        'square': (2.1, 4.0), 'weight': (0.09, 0.2), 'width': (0.42, 0.64),
        'one': ['bar', 'flag', 'flag', 'beak', 'base'],
    },
    'painted': {
        'square': (2.1, 3.6), 'weight': (0.09, 0.19), 'width': (0.42, 0.7), 'cut': 0.3, 'warp': (0.01, 0.035),
        'three': ['round', 'flat'], 'seven_lip': [0.0, 0.12],
    },
    'punjab': {
        'square': (2.5, 3.8), 'weight': (0.12, 0.18), 'width': (0.48, 0.64), 'cut': 0.4,
        'one': ['bar', 'flag', 'flag'], 'zero': ['plain'], 'serif_i': 0.05,
    },
    'sindh': {
        'square': (2.4, 4.2), 'weight': (0.11, 0.17), 'width': (0.44, 0.6), 'cut': 0.3,
        'one': ['bar', 'bar', 'flag', 'beak'], 'zero': ['plain'], 'serif_i': 0.05,
    },
    'fancy': {
        'square': (2.1, 4.2), 'weight': (0.08, 0.21), 'width': (0.5, 0.8), 'cup_y': 0.3, 'warp': [0.0, 0.0, 0.015],
    },
    'vietnam': {
        'square': (2.4, 3.2), 'weight': (0.13, 0.17), 'width': (0.48, 0.6), 'cut': 0.3, 'one': ['flag'],
        'zero': ['plain'], 'serif_i': 0.0, 'three': ['round'], 'six': ['straight', 'curl'], 'zero_width': (0.9, 1.0),
        'm_slope': (0.0, 0.05),
    },
}
# Kept out of training: drawn plates for measuring are set in these alone (in two or more shapes each lies outside all of those above).
HELD_OUT_RANGES: dict[str, dict[str, object]] = {
    'held-square': {
        'square': (4.6, 6.0), 'weight': (0.12, 0.16), 'width': (0.5, 0.6), 'seven': (0.52, 0.6),
        'waist': (0.61, 0.65), 'crossbar': (0.77, 0.8),
    },
    'held-round': {
        'square': (1.92, 2.05), 'weight': (0.12, 0.165), 'width': (0.52, 0.64), 'seven': (0.1, 0.18),
        'arm': (0.47, 0.52), 'fork': (0.62, 0.68),
    },
    'held-painted': {
        'square': (4.4, 5.0), 'weight': (0.13, 0.17), 'width': (0.5, 0.6), 'warp': (0.012, 0.02),
        'four': (0.83, 0.86), 'waist': (0.42, 0.45),
    },
}
# fmt: on
HELD_OUT = tuple(HELD_OUT_RANGES)


def style(rng: random.Random, family: str = 'any') -> Style:
    """A typeface of that family (of FAMILIES or HELD_OUT)."""
    ranges = {**ANY, **(FAMILIES.get(family) or HELD_OUT_RANGES.get(family, {}))}
    values = {}
    for name in Style._fields:
        entry = ranges[name]
        values[name] = (
            rng.uniform(*entry)
            if isinstance(entry, tuple)
            else rng.choice(entry)
            if isinstance(entry, list)
            else rng.random() < entry
            if name in ('cut', 'open_four', 'bent_seven', 'serif_i', 'cup_y', 'stem_k', 'straight_two')
            else entry
        )
    return Style(**values)


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, square: float, points: int = 18) -> Path:
    """Part of a superellipse, degrees counter-clockwise from the right."""
    c, c_sign, s, s_sign = _circle(start, end, points)
    power = 2 / square
    return list(zip((cx + rx * c_sign * c**power).tolist(), (cy - ry * s_sign * s**power).tolist()))


@functools.lru_cache(maxsize=2048)
def _circle(start: float, end: float, points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    angle = np.deg2rad(np.linspace(start, end, points))
    c, s = np.cos(angle), np.sin(angle)
    return np.abs(c), np.sign(c), np.abs(s), np.sign(s)


@functools.lru_cache(maxsize=256)
def strokes(character: str, s: Style) -> tuple[list[Path], float]:
    """The strokes of a character and its width beside the style's."""
    return (
        _digit(character, s)
        if character.isdigit()
        else _straight(character, s)
        if character in 'AEFHIKLMNTVWXYZ'
        else _round(character, s)
    )


def _digit(character: str, s: Style) -> tuple[list[Path], float]:
    n = s.square
    if character == '0':
        if s.zero == 'gap':
            return [arc(0.5, 0.5, 0.5, 0.5, 58, 404, n, 36)], 0.95 * s.zero_width
        more = {'slash': [[(0.2, 0.76), (0.8, 0.24)]], 'dot': [[(0.5, 0.48), (0.5, 0.52)]]}.get(s.zero, [])
        return [arc(0.5, 0.5, 0.5, 0.5, 0, 360, n, 40), *more], 0.95 * s.zero_width
    if character == '1':
        return {
            'bar': ([[(0.5, 0), (0.5, 1)]], 0.0),
            'flag': ([[(0, 0.24), (0.62, 0), (0.62, 1)]], 0.56),
            'beak': ([[(0, 0.14), (0.75, 0), (0.75, 1)]], 0.46),
            'base': ([[(0.08, 0.2), (0.5, 0), (0.5, 1)], [(0, 1), (1, 1)]], 0.7),
        }[s.one]
    if character == '2':
        foot = [(0, 0.96), (0, 1), (1, 1)]
        return [
            arc(0.5, 0.28, 0.48, 0.28, 170, -35 if s.straight_two else -22, n)
            + ([(0.5, 0.62), *foot] if not s.straight_two else foot)
        ], 0.9
    if character == '3':
        if s.three == 'notch':
            return [
                [(0.03, 0), (0.95, 0), (0.95, 0.12), (0.45, 0.43), (0.55, 0.43)]
                + arc(0.5, 0.715, 0.5, 0.285, 72, -165, n)
            ], 0.9
        if s.three == 'flat':
            return [[(0.03, 0), (0.95, 0), (0.42, 0.42), (0.55, 0.43)] + arc(0.5, 0.715, 0.5, 0.285, 72, -165, n)], 0.9
        return [
            arc(0.5, 0.25, 0.45, 0.25, 165, -90, n) + [(0.35, 0.5)],
            [(0.35, 0.5)] + arc(0.5, 0.745, 0.5, 0.255, 90, -165, n),
        ], 0.9
    if character == '4':
        if s.open_four:
            return [[(0.72, 1), (0.72, 0.36)], [(0.36, 0), (0, s.four), (1, s.four)]], 0.95
        return [[(0.72, 1), (0.72, 0), (0, s.four), (1, s.four)]], 0.95
    if character == '5':
        return [[(0.93, 0), (0.12, 0), (0.06, 0.5)] + arc(0.48, 0.69, 0.5, 0.31, 140, -160, n)], 0.9
    if character in '69':
        back = {
            'curl': arc(0.5, 0.5, 0.5, 0.5, 46, 180, n) + [(0, 0.69)],
            'straight': [(0.78, 0), (0.5, 0.1), (0.05, 0.6)],
            'hook': arc(0.6, 0.55, 0.6, 0.55, 68, 180, min(n, 2.6)) + [(0, 0.69)],
        }[s.six]
        six = [arc(0.5, 0.69, 0.5, 0.31, 0, 360, n, 36), back]
        return (six if character == '6' else [[(1 - x, 1 - y) for x, y in path] for path in six]), 0.92
    if character == '7':
        lip = [(0, s.seven_lip)] if s.seven_lip else []
        return [
            lip + [(0, 0), (1, 0)] + ([(1, 0.14), (0.62, 0.55), (s.seven, 1)] if s.bent_seven else [(s.seven, 1)])
        ], 0.88
    r = s.eight / 2
    return [arc(0.5, 0.24, r, 0.24, 0, 360, n, 32), arc(0.5, 0.74, 0.5, 0.26, 0, 360, n, 32)], 0.92


def _round(character: str, s: Style) -> tuple[list[Path], float]:
    n, h = s.square, s.waist

    def bowl(top: float, bottom: float, right: float) -> Path:
        return (
            [(0, top), (0.5, top)]
            + arc(0.5, (top + bottom) / 2, right - 0.5, (bottom - top) / 2, 90, -90, n)
            + [(0, bottom)]
        )

    if character in 'OQ':
        ring = arc(0.5, 0.5, 0.5, 0.5, 0, 360, max(2.0, n * s.o_square), 40)
        tail = (
            [(0.5, 0.62), (1, 1.02)],
            [(0.58, 0.7), (0.98, 1.06)],
            [(0.42, 0.74), (1.0, 1.0)],
            [(0.6, 0.56), (0.92, 1.04)],
        )[s.q_tail]
        return ([ring] if character == 'O' else [ring, tail]), 0.97
    if character == 'C':
        return [arc(0.5, 0.5, 0.5, 0.5, s.open_c, 360 - s.open_c, n, 36)], 0.92
    if character == 'G':
        bar = (
            [(1, 0.97), (1, 0.56), (0.58, 0.56)],
            [(1, 0.8), (1, 0.56), (0.55, 0.56)],
            [(1, 1), (1, 0.53), (0.66, 0.53)],
            [(1, 0.8), (1, 0.6), (0.72, 0.6)],
        )[s.g_bar]
        return [arc(0.5, 0.5, 0.5, 0.5, s.open_c, 335, n, 36), bar], 0.95
    if character == 'D':
        d = s.round_d
        return [[(d, 0), (0, 0), (0, 1), (d, 1)] + arc(d, 0.5, 1 - d, 0.5, -90, 90, n, 26)], 0.92
    if character == 'U':
        return [[(0, 0), (0, 0.6)] + arc(0.5, 0.6, 0.5, 0.4, 180, 360, n) + [(1, 0.6), (1, 0)]], 0.92
    if character == 'J':
        top = [[], [(0.42, 0)], []][s.hook_j]
        serif = [[(0.6, 0), (1.25, 0)]] if s.hook_j == 2 else []
        return [top + [(1, 0), (1, 0.65)] + arc(0.5, 0.65, 0.5, 0.35, 0, -165, n), *serif], 0.8
    if character == 'B':
        return [bowl(0, h - 0.05, 0.95), bowl(h - 0.05, 1, 1), [(0, 0), (0, 1)]], 0.92
    if character == 'P':
        return [bowl(0, h, 1), [(0, 0), (0, 1)]], 0.88
    if character == 'R':
        return [bowl(0, h, 0.97), [(0, 0), (0, 1)], [(s.leg, h), (s.leg_foot, 1)]], 0.92
    if character == 'S':
        return [arc(0.5, 0.25, 0.48, 0.25, 14, 270, n) + arc(0.5, 0.75, 0.5, 0.25, 90, -166, n)], 0.9
    raise ValueError(f'no outline for {character!r}')


def _straight(character: str, s: Style) -> tuple[list[Path], float]:
    match character:
        case 'A':
            c, f = s.crossbar, s.flat_a
            return [
                [(0, 1), (0.5 - f, 0), (0.5 + f, 0), (1, 1)],
                [((0.5 - f) * (1 - c), c), (1 - (0.5 - f) * (1 - c), c)],
            ], 1.0
        case 'E':
            return [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, 0.49), (s.middle_e, 0.49)]], 0.82
        case 'F':
            return [[(1, 0), (0, 0), (0, 1)], [(0, 0.49 + s.lift_f), (s.middle_e, 0.49 + s.lift_f)]], 0.8
        case 'H':
            return [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(0, 0.5), (1, 0.5)]], 0.92
        case 'I':
            return (
                ([[(0.5, 0), (0.5, 1)], [(0, 0), (1, 0)], [(0, 1), (1, 1)]], 0.52)
                if s.serif_i
                else ([[(0.5, 0), (0.5, 1)]], 0.0)
            )
        case 'K':
            if s.stem_k:
                return [[(0, 0), (0, 1)], [(1, 0), (0.06, 0.52), (1, 1)]], 0.95
            return [[(0, 0), (0, 1)], [(1, 0), (0, 0.62)], [(s.arm, 0.42), (1, 1)]], 0.95
        case 'L':
            return [[(0, 0), (0, 1), (1, 1)]], 0.8
        case 'M':
            return [[(0, 1), (s.m_slope, 0), (0.5, s.m_middle), (1 - s.m_slope, 0), (1, 1)]], 1.08 * s.wide
        case 'N':
            return [[(0, 1), (0, 0)], [(0, s.upright_n), (1, 1 - s.upright_n)], [(1, 1), (1, 0)]], 0.95
        case 'T':
            return [[(0, 0), (1, 0)], [(0.5, 0), (0.5, 1)]], 0.9
        case 'V':
            return [[(0, 0), (0.5, 1), (1, 0)]], 1.0
        case 'W':
            lean = max(0.04, s.w_slope)
            return [[(0, 0), (lean, 1), (0.5, s.w_middle), (1 - lean, 1), (1, 0)]], 1.12 * s.wide
        case 'X':
            return [[(0, 0), (1, 1)], [(0, 1), (1, 0)]], 0.95
        case 'Y':
            if s.cup_y:
                return [
                    [(0, 0), (0, 0.25)] + arc(0.5, 0.25, 0.5, 0.27, 180, 360, s.square) + [(1, 0.25), (1, 0)],
                    [(0.5, 0.5), (0.5, 1)],
                ], 0.95
            return [[(0, 0), (0.5, s.fork), (1, 0)], [(0.5, s.fork), (0.5, 1)]], 0.95
        case 'Z':
            return [[(0, 0), (1, 0), (0, 1), (1, 1)]], 0.9
    raise ValueError(f'no outline for {character!r}')


def glyph(character: str, s: Style, height: int, width: float, rng: random.Random | None = None) -> np.ndarray:
    """uint8 alpha mask [height, w]; ``width`` = usual character width / height. ``rng`` bends hand-made styles."""
    paths, share = strokes(character, s)
    scale = 2 if height < 64 else 1
    full_h = height * scale
    thick = max(2.0, min(s.weight, 0.29 * width) * full_h)  # narrow characters have thinner strokes
    share_w = share * width * full_h
    inner_h, inner_w = full_h - thick, max(0.0, share_w - thick)
    pen = max(1, int(round(thick)))
    box_w = max(scale, int(round((inner_w + thick) / scale)) * scale)
    pad = pen
    size = np.array([inner_w, inner_h])
    total = np.zeros((full_h + 2 * pad, box_w + 2 * pad), np.uint8)
    for path in paths:
        points = np.array(path)
        if s.warp and rng:
            points = (
                points
                + [[rng.gauss(0, s.warp), rng.gauss(0, s.warp)] for _ in (points[0], points[-1])][0]
                + np.sin(points[:, ::-1] * 3 + rng.uniform(0, 6)) * s.warp
            )
        points = points * size + thick / 2
        mask = total if not s.cut or len(paths) == 1 else np.zeros_like(total)
        whole = np.round((points + pad) * 16).astype(np.int32)
        cv2.polylines(mask, [whole[:, None]], False, 255, pen, cv2.LINE_AA, 4)
        if s.cut:
            _cut_ends(mask, points, thick, pad)
            _square_corners(mask, points, thick, pad)
        if mask is not total:
            np.maximum(total, mask, out=total)
    mask = total[pad : pad + full_h, pad : pad + box_w]
    return (
        cv2.resize(mask, (box_w // scale, height), interpolation=cv2.INTER_AREA)
        if scale > 1
        else np.ascontiguousarray(mask)
    )


def _cut_ends(mask: np.ndarray, points: np.ndarray, thick: float, pad: int) -> None:
    """Cuts a path's round ends off square; an end on the box's edge is drawn on beyond it, so that it fills the box."""
    half = thick / 2
    if np.abs(points[0] - points[-1]).max() < 1:
        return
    low, high = np.array([half, half]), np.array([mask.shape[1] - 2 * pad - half, mask.shape[0] - 2 * pad - half])
    for end, before in ((points[0], points[1]), (points[-1], points[-2])):
        direction = end - before
        length = float(np.hypot(*direction)) or 1.0
        direction = direction / length
        # an upright or slanting end on top or bottom edge, a level one on a side edge: go on to the box's edge
        outward = (abs(direction[1]) > 0.5 and (end[1] <= low[1] + 1 or end[1] >= high[1] - 1)) or (
            abs(direction[0]) > 0.9 and (end[0] <= low[0] + 1 or end[0] >= high[0] - 1)
        )
        if outward:
            far = end + direction * thick * 1.2
            cv2.line(mask, _fixed(end, pad), _fixed(far, pad), 255, max(1, int(round(thick))), cv2.LINE_AA, 4)
            continue
        across = np.array([-direction[1], direction[0]]) * (half + 1)
        corner = [
            end + across,
            end + across + direction * (half + 2),
            end - across + direction * (half + 2),
            end - across,
        ]
        cv2.fillConvexPoly(mask, np.round((np.array(corner) + pad) * 16).astype(np.int32), 0, cv2.LINE_AA, 4)


def _square_corners(mask: np.ndarray, points: np.ndarray, thick: float, pad: int) -> None:
    """Fills the outer corner where a level and an upright stroke meet."""
    for i in range(1, len(points) - 1):
        a, b = points[i] - points[i - 1], points[i + 1] - points[i]
        level = (abs(a[1]) < 0.01 and abs(b[0]) < 0.01) or (abs(a[0]) < 0.01 and abs(b[1]) < 0.01)
        if level and min(np.abs(a).max(), np.abs(b).max()) > thick * 0.6:
            half = thick / 2
            cv2.rectangle(
                mask, _fixed(points[i] - half, pad), _fixed(points[i] + half - 0.5, pad), 255, -1, cv2.LINE_AA, 4
            )


def _fixed(point: np.ndarray, pad: int) -> tuple[int, int]:
    return int(round((point[0] + pad) * 16)), int(round((point[1] + pad) * 16))


class Font:
    """A font of the machine for the characters of a plate; masks are kept at 96 px and scaled."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.face = ImageFont.truetype(path, 96)
        self.masks: dict[str, np.ndarray] = {}
        self.usual = float(np.mean([self._mask(c).shape[1] / self._mask(c).shape[0] for c in 'HE08A']))

    def _mask(self, character: str) -> np.ndarray:
        if character not in self.masks:
            left, top, right, bottom = self.face.getbbox(character)
            image = Image.new('L', (max(1, right - left), max(1, bottom - top)), 0)
            ImageDraw.Draw(image).text((-left, -top), character, 255, font=self.face)
            self.masks[character] = np.asarray(image)
        return self.masks[character]

    def share(self, character: str) -> float:
        """Width beside the usual character's."""
        mask = self._mask(character)
        return mask.shape[1] / mask.shape[0] / self.usual

    def glyph(self, character: str, height: int, width: float) -> np.ndarray:
        """uint8 alpha mask [height, w]."""
        w = max(2, int(round(self.share(character) * width * height)))
        return cv2.resize(self._mask(character), (w, height), interpolation=cv2.INTER_AREA)


Face = Union[Style, Font]


def share(character: str, face: Face) -> float:
    """Width of a character beside the face's usual one."""
    return face.share(character) if isinstance(face, Font) else strokes(character, face)[1]


def draw(character: str, face: Face, height: int, width: float, rng: random.Random) -> np.ndarray:
    """uint8 alpha mask [height, w] of a character in a stroke style or a font."""
    return (
        face.glyph(character, height, width) if isinstance(face, Font) else glyph(character, face, height, width, rng)
    )


def fonts(names: tuple[str, ...]) -> list[Font]:
    """The fonts of that list that this machine has, in the list's order."""
    there = {
        os.path.splitext(os.path.basename(path))[0]: path
        for path in sorted(glob.glob('/usr/share/fonts/**/*.[ot]tf', recursive=True))
    }
    return [Font(there[name]) for name in names if name in there]


def word_faces(size: int = 40) -> list[ImageFont.FreeTypeFont]:
    """Faces for small words."""
    there = {
        os.path.splitext(os.path.basename(path))[0]: path
        for path in sorted(glob.glob('/usr/share/fonts/**/*.[ot]tf', recursive=True))
    }
    return [ImageFont.truetype(there[name], size) for name in WORD_FONTS if name in there]


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        sys.exit(2)
    rng, lines = random.Random(1), []
    for family in [*FAMILIES, *HELD_OUT]:
        for _ in range(2):
            s = style(rng, family)
            lines.append(
                np.hstack(
                    [
                        cv2.copyMakeBorder(glyph(c, s, 48, s.width, rng), 5, 5, 3, 3, cv2.BORDER_CONSTANT)
                        for c in CHARACTERS
                    ]
                )
            )
    widest = max(line.shape[1] for line in lines)
    cv2.imwrite(sys.argv[1], np.vstack([np.pad(line, ((0, 0), (0, widest - line.shape[1]))) for line in lines]))


if __name__ == '__main__':
    main()
