"""Outlines of plate typefaces that no font package has: every character as round-ended strokes, its shape by parameters.

usage: /usr/bin/python3 models/plates/glyphs.py sheet.png      draws all 36 characters of every family

A style is drawn at random within its family: how square the bowls are, how heavy the strokes, whether 1 is a bare bar, how deep the
middle of W and M reaches, how 0 differs from O, and so on. Coordinates are 0..1 in the character's box, y downward.
"""
from __future__ import annotations

import random
import sys
from typing import NamedTuple

import cv2
import numpy as np

Path = list[tuple[float, float]]
CHARACTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'


class Style(NamedTuple):
    """One typeface: shape parameters, all characters of a plate share them."""
    square: float        # exponent of the superellipse: 2 = ellipse, 4 = nearly a rounded rectangle
    weight: float        # stroke width / height
    width: float         # character width / height
    one: str             # 'bar', 'flag', 'base'
    zero: float          # width of 0 beside O
    slashed: bool
    w_middle: float      # height of W's middle: 0 = top, 1 = bottom
    m_middle: float
    w_slope: float       # how far W's and M's outer strokes lean
    q_tail: int
    g_bar: int
    flat_three: bool
    straight_six: bool
    four: float
    open_four: bool
    seven: float
    hook_j: bool
    serif_i: bool
    waist: float         # height of B's, P's and R's waist
    leg: float           # where R's leg leaves the bowl
    fork: float          # height of Y's fork
    arm: float           # height of K's joint
    crossbar: float      # height of A's bar
    flat_a: float        # width of A's top
    wide: float          # W and M beside the others
    round_d: float


# Ranges by family: (low, high), or the choices. What a family does not name is as in ANY.
ANY = {
    'square': (2.0, 4.2), 'weight': (0.11, 0.2), 'width': (0.46, 0.62), 'one': ['bar', 'flag', 'flag', 'base'], 'zero': (0.75, 1.0), 'slashed': 0.05,
    'w_middle': (0.0, 0.55), 'm_middle': (0.35, 1.0), 'w_slope': (0.0, 0.25), 'q_tail': [0, 1, 2], 'g_bar': [0, 1, 2], 'flat_three': 0.25,
    'straight_six': 0.5, 'four': (0.6, 0.85), 'open_four': 0.2, 'seven': (0.2, 0.5), 'hook_j': 0.35, 'serif_i': 0.25, 'waist': (0.45, 0.6),
    'leg': (0.45, 0.6), 'fork': (0.4, 0.6), 'arm': (0.25, 0.45), 'crossbar': (0.56, 0.76), 'flat_a': (0.0, 0.16), 'wide': (1.0, 1.28), 'round_d': (0.3, 0.7)}
FAMILIES = {
    'any': {},
    'din': {'square': (2.6, 3.4), 'weight': (0.13, 0.17), 'one': ['flag'], 'flat_three': 0.0, 'w_middle': (0.2, 0.5), 'slashed': 0.0, 'serif_i': 0.0},
    'fe': {'square': (2.0, 3.2), 'weight': (0.12, 0.16), 'width': (0.5, 0.6), 'one': ['flag', 'base'], 'zero': (0.8, 0.95), 'slashed': 0.1, 'flat_three': 0.6, 'serif_i': 0.7,
           'w_middle': (0.25, 0.55), 'm_middle': (0.4, 0.65), 'straight_six': 0.8},
    'mandatory': {'square': (2.8, 4.2), 'weight': (0.15, 0.2), 'width': (0.5, 0.66), 'one': ['bar', 'bar', 'flag'], 'zero': (1.0, 1.0), 'slashed': 0.0, 'm_middle': (0.6, 1.0), 'serif_i': 0.05,
                  'flat_three': 0.0},
    'us': {'square': (2.4, 4.2), 'weight': (0.11, 0.17), 'width': (0.44, 0.58), 'one': ['flag', 'flag', 'bar', 'base'], 'zero': (0.72, 1.0), 'slashed': 0.1, 'w_slope': (0.0, 0.12),
           'm_middle': (0.35, 0.8), 'wide': (1.0, 1.1)},
    'brazil': {'square': (2.6, 4.0), 'weight': (0.13, 0.18), 'width': (0.5, 0.64), 'one': ['bar', 'bar', 'bar', 'flag'], 'zero': (0.85, 1.0), 'slashed': 0.0, 'serif_i': 0.1, 'flat_three': 0.1},
    'india': {'square': (2.0, 4.0), 'weight': (0.1, 0.2), 'width': (0.42, 0.62), 'one': ['bar', 'flag', 'flag', 'base']},
    'pakistan': {'square': (2.2, 4.0), 'weight': (0.11, 0.19), 'width': (0.46, 0.64), 'one': ['bar', 'flag', 'flag']},
    'vietnam': {'square': (2.4, 3.4), 'weight': (0.14, 0.18), 'width': (0.5, 0.6), 'one': ['flag'], 'slashed': 0.0, 'serif_i': 0.0},
}
# Kept out of training: drawn plates for measuring are set in these alone.
HELD_OUT = {'square': (4.6, 5.6), 'weight': (0.125, 0.16), 'width': (0.5, 0.58), 'one': ['flag'], 'seven': (0.52, 0.6), 'waist': (0.61, 0.66), 'crossbar': (0.5, 0.55), 'arm': (0.46, 0.52)}


def style(rng: random.Random, family: str = 'any', held_out: bool = False) -> Style:
    """A typeface of that family; with ``held_out`` one whose parameters training never draws."""
    ranges = {**ANY, **FAMILIES[family], **(HELD_OUT if held_out else {})}
    values = {}
    for name in Style._fields:
        entry = ranges[name]
        values[name] = rng.uniform(*entry) if isinstance(entry, tuple) else rng.choice(entry) if isinstance(entry, list) else rng.random() < entry
    return Style(**values)


def arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, square: float, points: int = 22) -> Path:
    """Part of a superellipse, degrees counter-clockwise from the right."""
    angle = np.deg2rad(np.linspace(start, end, points))
    c, s, power = np.cos(angle), np.sin(angle), 2 / square
    return list(zip((cx + rx * np.sign(c) * np.abs(c) ** power).tolist(), (cy - ry * np.sign(s) * np.abs(s) ** power).tolist()))


def strokes(character: str, s: Style) -> tuple[list[Path], float]:
    """The strokes of a character and its width beside the style's."""
    n, h = s.square, s.waist

    def bowl(top: float, bottom: float, left: float = 0.0) -> Path:
        """A bowl to the right of a stem."""
        middle = (top + bottom) / 2
        return [(left, top), (0.5, top)] + arc(0.5, middle, 0.47, (bottom - top) / 2, 90, -90, n) + [(left, bottom)]

    match character:
        case 'O':
            return [arc(0.5, 0.5, 0.5, 0.5, 0, 360, n, 44)], 0.95
        case '0':
            slash = [[(0.18, 0.78), (0.82, 0.22)]] if s.slashed else []
            return [arc(0.5, 0.5, 0.5, 0.5, 0, 360, n, 44), *slash], 0.95 * s.zero
        case 'Q':
            tail = ([(0.55, 0.68), (1, 1.03)], [(0.62, 0.74), (0.98, 1.08)], [(0.5, 0.8), (0.95, 0.98)])[s.q_tail]
            return [arc(0.5, 0.5, 0.5, 0.5, 0, 360, n, 44), tail], 0.95
        case 'C':
            return [arc(0.5, 0.5, 0.5, 0.5, 38, 322, n, 40)], 0.92
        case 'G':
            bar = ([(1, 0.95), (1, 0.56), (0.58, 0.56)], [(1, 0.8), (1, 0.56), (0.55, 0.56)], [(1, 0.98), (1, 0.53), (0.66, 0.53)])[s.g_bar]
            return [arc(0.5, 0.5, 0.5, 0.5, 38, 335, n, 40), bar], 0.95
        case 'D':
            d = s.round_d
            return [[(d, 0), (0, 0), (0, 1), (d, 1)] + arc(d, 0.5, 1 - d, 0.5, -90, 90, n, 30)], 0.92
        case 'U':
            return [[(0, 0), (0, 0.6)] + arc(0.5, 0.6, 0.5, 0.4, 180, 360, n) + [(1, 0.6), (1, 0)]], 0.92
        case 'J':
            return [([(0.4, 0)] if s.hook_j else []) + [(1, 0), (1, 0.65)] + arc(0.5, 0.65, 0.5, 0.35, 0, -170, n)], 0.8
        case 'B':
            return [bowl(0, h - 0.05), bowl(h - 0.05, 1), [(0, 0), (0, 1)]], 0.92
        case 'P':
            return [bowl(0, h), [(0, 0), (0, 1)]], 0.88
        case 'R':
            return [bowl(0, h), [(0, 0), (0, 1)], [(s.leg, h), (1, 1)]], 0.92
        case 'S':
            return [arc(0.5, 0.25, 0.48, 0.25, 15, 270, n) + arc(0.5, 0.75, 0.5, 0.25, 90, -165, n)], 0.9
        case '2':
            return [arc(0.5, 0.28, 0.48, 0.28, 172, -25, n) + [(0, 0.97), (0, 1), (1, 1)]], 0.9
        case '3':
            top = [(0.03, 0), (0.95, 0), (0.42, 0.42)] if s.flat_three else arc(0.5, 0.25, 0.44, 0.25, 165, -90, n) + [(0.35, 0.5)]
            return [top + arc(0.5, 0.73, 0.5, 0.27, 75 if s.flat_three else 90, -165, n)], 0.9
        case '5':
            return [[(0.93, 0), (0.12, 0), (0.05, 0.5)] + arc(0.48, 0.69, 0.5, 0.31, 140, -160, n)], 0.9
        case '6' | '9':
            back = arc(0.5, 0.5, 0.5, 0.5, 48, 180, n) + [(0, 0.69)] if not s.straight_six else [(0.78, 0), (0.5, 0.1), (0.05, 0.6)]
            six = [arc(0.5, 0.69, 0.5, 0.31, 0, 360, n, 44), back]
            return (six if character == '6' else [[(1 - x, 1 - y) for x, y in path] for path in six]), 0.92
        case '8':
            return [arc(0.5, 0.24, 0.44, 0.24, 0, 360, n, 40), arc(0.5, 0.74, 0.5, 0.26, 0, 360, n, 40)], 0.92
        case '4':
            if s.open_four:
                return [[(0.72, 1), (0.72, 0.35)], [(0.3, 0), (0, s.four), (1, s.four)]], 0.95
            return [[(0.72, 1), (0.72, 0), (0, s.four), (1, s.four)]], 0.95
        case '7':
            return [[(0, 0), (1, 0), (s.seven, 1)]], 0.88
        case '1':
            paths = {'bar': [[(0.5, 0), (0.5, 1)]], 'flag': [[(0, 0.22), (0.6, 0), (0.6, 1)]], 'base': [[(0.05, 0.2), (0.5, 0), (0.5, 1)], [(0, 1), (1, 1)]]}
            return paths[s.one], {'bar': 0.0, 'flag': 0.38, 'base': 0.55}[s.one]
        case 'I':
            return ([[(0.5, 0), (0.5, 1)], [(0, 0), (1, 0)], [(0, 1), (1, 1)]], 0.5) if s.serif_i else ([[(0.5, 0), (0.5, 1)]], 0.0)
        case 'A':
            c, f = s.crossbar, s.flat_a
            return [[(0, 1), (0.5 - f, 0), (0.5 + f, 0), (1, 1)], [((0.5 - f) * (1 - c), c), (1 - (0.5 - f) * (1 - c), c)]], 1.0
        case 'E':
            return [[(1, 0), (0, 0), (0, 1), (1, 1)], [(0, 0.49), (0.85, 0.49)]], 0.82
        case 'F':
            return [[(1, 0), (0, 0), (0, 1)], [(0, 0.5), (0.85, 0.5)]], 0.8
        case 'H':
            return [[(0, 0), (0, 1)], [(1, 0), (1, 1)], [(0, 0.5), (1, 0.5)]], 0.92
        case 'K':
            return [[(0, 0), (0, 1)], [(1, 0), (0, 0.62)], [(s.arm, 0.42), (1, 1)]], 0.95
        case 'L':
            return [[(0, 0), (0, 1), (1, 1)]], 0.8
        case 'M':
            lean = 0.8 * s.w_slope
            return [[(0, 1), (lean, 0), (0.5, s.m_middle), (1 - lean, 0), (1, 1)]], 1.08 * s.wide
        case 'N':
            return [[(0, 1), (0, 0), (1, 1), (1, 0)]], 0.95
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
            return [[(0, 0), (0.5, s.fork), (1, 0)], [(0.5, s.fork), (0.5, 1)]], 0.95
        case 'Z':
            return [[(0, 0), (1, 0), (0, 1), (1, 1)]], 0.9
    raise ValueError(f'no outline for {character!r}')


def glyph(character: str, s: Style, height: int, width: float | None = None) -> np.ndarray:
    """uint8 alpha mask [height, w]; ``width`` = character width / height, the style's when None."""
    paths, share = strokes(character, s)
    thick = max(2.0, s.weight * height)
    inner_h, inner_w = height - thick, max(0.0, share * (width or s.width) * height - thick)
    mask = np.zeros((height, int(inner_w + thick) + 2), np.uint8)
    for path in paths:
        points = np.round((np.array(path) * [inner_w, inner_h] + thick / 2) * 16).astype(np.int32)
        cv2.polylines(mask, [points[:, None]], False, 255, max(1, int(round(thick))), cv2.LINE_AA, 4)
    return mask


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        sys.exit(2)
    rng, lines = random.Random(1), []
    for family in FAMILIES:
        for held_out in (False, False, True):
            s = style(rng, family, held_out)
            lines.append(np.hstack([cv2.copyMakeBorder(glyph(c, s, 48), 5, 5, 3, 3, cv2.BORDER_CONSTANT) for c in CHARACTERS]))
    widest = max(line.shape[1] for line in lines)
    cv2.imwrite(sys.argv[1], np.vstack([np.pad(line, ((0, 0), (0, widest - line.shape[1]))) for line in lines]))


if __name__ == '__main__':
    main()
