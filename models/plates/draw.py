"""Draws number plates of many countries to train the reader with: clean, flat, gray, 96 px high, worn but readable.

usage: /usr/bin/python3 models/plates/draw.py pool --count 40000 --seed 1 --out pool.npz        a pool (about 2 minutes)
       /usr/bin/python3 models/plates/draw.py sheet --kind pk --out sheet.png                   plates to look at
       /usr/bin/python3 models/plates/draw.py sheet --kind in --fonts held-out --out sheet.png

Texts come from the grammar packs of models/plates/regions/. Perspective, blur, low resolution, noise and JPEG are not
drawn here: augment.py makes them anew for every training sample. With fonts='held-out' every plate is set in families
and fonts that training never sees.
"""
from __future__ import annotations

import argparse
import random
import sys
import time
from typing import NamedTuple, Optional

import cv2
import numpy as np

import formats
from drawing import HEIGHT
from drawing.brush import Brush
from drawing.compose import compose

KINDS = ('eu', 'gb', 'us', 'br', 'in', 'pk', 'vn', 'gcc', 'tr', 'any')
SHARES = {'us': 26, 'eu': 17, 'gb': 7, 'br': 15, 'in': 14, 'pk': 10, 'vn': 2, 'gcc': 2, 'tr': 2, 'any': 5}
TWO_LINES = {
    'us': 0.02,
    'eu': 0.1,
    'gb': 0.15,
    'br': 0.12,
    'in': 0.5,
    'pk': 0.6,
    'vn': 0.7,
    'gcc': 0.3,
    'tr': 0.15,
    'any': 0.4,
}
NO_FORMAT = 0.15  # share of texts that follow no format, so that the net learns to see, not only to expect

class Plate(NamedTuple):
    """A drawn plate: uint8 gray [96, W], its text A-Z0-9, kind of KINDS, and 1 or 2 lines."""

    image: np.ndarray
    text: str
    kind: str
    rows: int


class Drawer:
    """Draws plates; equal seed and fonts give equal plates on the same machine."""

    def __init__(self, seed: int | str, fonts: str = 'train') -> None:
        """fonts: 'train', or 'held-out' for plates to measure with."""
        if fonts not in ('train', 'held-out'):
            raise ValueError(f"fonts must be 'train' or 'held-out', not {fonts!r}")
        self.random = random.Random(f'{seed}-{fonts}')
        self.brush = Brush(self.random, fonts == 'held-out')
        self.no_format = NO_FORMAT

    def plate(self, kind: Optional[str] = None, rows: Optional[int] = None) -> Plate:
        """A plate of that kind, or of any by SHARES; rows: 1 or 2 lines, by TWO_LINES if None."""
        rng = self.random
        kind = kind or rng.choices(list(SHARES), list(SHARES.values()))[0]
        if kind not in SHARES:
            raise ValueError(f'kind must be one of {", ".join(KINDS)}, not {kind!r}')
        two = rng.random() < TWO_LINES[kind] if rows is None else rows == 2
        while True:
            lines = self._lines(kind, two)
            canvas = compose(self.brush, kind, lines)
            if canvas.is_readable():
                return Plate(canvas.finish(), ''.join(group for line in lines for group in line), kind, len(lines))

    def _lines(self, kind: str, two: bool) -> list[list[str]]:
        """Printed groups of each line, 3 to 10 characters in all (2 seldom)."""
        while True:
            self.brush.is_free = self.random.random() < self.no_format
            lines = [self._regroup(kind, groups) for groups in self._text(kind, two)]
            count = sum(len(group) for line in lines for group in line)
            if (
                3 <= count <= 10
                and max(sum(map(len, line)) for line in lines) <= (7 if two else 10)
                or count == 2
                and self.random.random() < 0.2
            ):
                if not two or len(lines) == 2:
                    return lines

    def _regroup(self, kind: str, groups: list[str]) -> list[str]:
        """Packs break at every change between letters and digits, real plates only at some of them."""
        rng = self.random
        keep = {'us': 0.5, 'in': 0.72, 'pk': 0.88, 'eu': 0.8, 'gb': 0.95, 'any': 0.6}.get(kind, 0.9)
        most = {'us': 2, 'gb': 2, 'br': 2, 'any': 3}.get(kind, 4)
        joined = [groups[0]]
        for group in groups[1:]:
            if rng.random() < keep and len(joined) < most:
                joined.append(group)
            else:
                joined[-1] += group
        if kind == 'us' and len(joined) == 1 and len(joined[0]) >= 6 and rng.random() < 0.4:
            joined = [joined[0][:3], joined[0][3:]]
        return joined

    def _text(self, kind: str, two: bool) -> list[list[str]]:
        """Groups of each line, before some are joined."""
        rng = self.random
        source = (
            kind
            if kind != 'any'
            else rng.choices(['us', 'eu', 'gb', 'br', 'in', 'tr', 'vn'], [30, 30, 10, 10, 10, 5, 5])[0]
        )
        text = formats.free(rng) if self.brush.is_free else formats.sample(source, rng, two)
        head, tail = text.groups, text.second
        if tail and not self.brush.is_free:
            if source == 'gb':
                head, tail = [''.join(head)], [''.join(tail)]
            elif source == 'br':  # Mercosur has no gap
                tail = [''.join(tail)]
                if not two and not tail[0].isdigit() and rng.random() < 0.9:
                    head, tail = [head[0] + tail[0]], None
            elif source == 'vn' and ''.join(head)[:2].isdigit():
                front, back = ''.join(head), ''.join(tail)
                head = [front] if not two and len(front) == 3 else [front[:2], front[2:]]
                tail = [back[:3], back[3:]] if len(back) == 5 and rng.random() < 0.7 else [back]
        if not two:
            return [head + (tail or [])]
        if tail:
            return [head, tail]
        if len(head) > 1 and rng.random() < 0.7:
            cut = rng.randint(1, len(head) - 1)
            return [head[:cut], head[cut:]]
        plain = ''.join(head)
        if len(plain) < 4:
            return [head]
        cut = rng.randint(2, min(5, len(plain) - 2))
        return [[plain[:cut]], [plain[cut:]]]

def save_pool(path: str, plates: list[Plate]) -> None:
    """Images one after another in one array, with their widths, texts, kinds and rows."""
    np.savez(
        path,
        pixels=np.concatenate([plate.image.ravel() for plate in plates]),
        widths=np.array([plate.image.shape[1] for plate in plates], np.int32),
        texts=np.array([plate.text for plate in plates]),
        kinds=np.array([plate.kind for plate in plates]),
        rows=np.array([plate.rows for plate in plates], np.int8),
    )


def load_pool(path: str) -> list[Plate]:
    """The plates of a pool; their images share one array."""
    with np.load(path) as file:
        pixels, widths = file['pixels'], file['widths']
        ends = np.cumsum(widths.astype(np.int64) * HEIGHT)
        return [
            Plate(pixels[end - width * HEIGHT : end].reshape(HEIGHT, width), str(text), str(kind), int(rows))
            for end, width, text, kind, rows in zip(
                ends.tolist(), widths.tolist(), file['texts'], file['kinds'], file['rows']
            )
        ]


def pool(count: int, seed: int, path: str, kind: str | None) -> None:
    """Draws a pool and prints how it goes."""
    drawer, plates, begun, told = Drawer(seed), [], time.monotonic(), time.monotonic()
    for number in range(count):
        plates.append(drawer.plate(kind))
        if time.monotonic() - told > 15:
            told = time.monotonic()
            print(
                f'draw: {number + 1} of {count}, {(told - begun) / (number + 1) * 1000:.2f} ms a plate',
                file=sys.stderr,
                flush=True,
            )
    save_pool(path, plates)
    two = sum(plate.rows == 2 for plate in plates)
    print(
        f'draw: {count} plates, {two / count:.0%} of two lines, '
        f'{(time.monotonic() - begun) / count * 1000:.2f} ms a plate, {path}',
        file=sys.stderr,
    )


def sheet(kind: str | None, seed: int, fonts: str, count: int, path: str, rows: int | None) -> None:
    """Plates with their texts below, to look at."""
    drawer, tiles, wide = Drawer(seed, fonts), [], 8
    for _ in range(count):
        plate = drawer.plate(kind, rows)
        scale = min(1.0, 236 / plate.image.shape[1])
        image = cv2.resize(plate.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        tile = np.full((118, 244), 128, np.uint8)
        tile[2 : 2 + image.shape[0], 4 : 4 + image.shape[1]] = image
        cv2.putText(
            tile,
            f'{plate.text} {plate.kind}{plate.rows}',
            (4, 114),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.45,
            255,
            1,
            cv2.LINE_AA,
        )
        tiles.append(tile)
    while len(tiles) % wide:
        tiles.append(np.full((118, 244), 128, np.uint8))
    cv2.imwrite(path, np.vstack([np.hstack(tiles[i : i + wide]) for i in range(0, len(tiles), wide)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest='command', required=True)
    make = commands.add_parser('pool', help='draw many plates into one file')
    make.add_argument('--count', type=int, default=40_000)
    make.add_argument('--kind', choices=KINDS, help='one kind only; all by their shares if left out')
    look = commands.add_parser('sheet', help='draw a contact sheet')
    look.add_argument('--count', type=int, default=72)
    look.add_argument('--kind', choices=KINDS)
    look.add_argument('--rows', type=int, choices=(1, 2))
    look.add_argument('--fonts', choices=('train', 'held-out'), default='train')
    for command in (make, look):
        command.add_argument('--seed', type=int, default=1)
        command.add_argument('--out', required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.command == 'pool':
        pool(options.count, options.seed, options.out, options.kind)
    else:
        sheet(options.kind, options.seed, options.fonts, options.count, options.out, options.rows)


if __name__ == '__main__':
    main()
