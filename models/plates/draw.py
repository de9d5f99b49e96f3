"""Draws number plates of many countries to train the reader with: clean, flat, gray, 96 px high, worn but readable.

usage: /usr/bin/python3 models/plates/draw.py pool --count 40000 --seed 1 --out pool.npz        a pool (about 2 minutes)
       /usr/bin/python3 models/plates/draw.py sheet --kind pk --out sheet.png                   plates to look at
       /usr/bin/python3 models/plates/draw.py sheet --kind in --fonts held-out --out sheet.png
       /usr/bin/python3 models/plates/draw.py heldout --kind pk --rows 2 --count 300 --out DIR  scenes for measuring

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
from PIL import Image, ImageDraw

import formats
import glyphs
from drawing.canvas import HEIGHT, Canvas
from drawing.lettering import Look

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
        self.held_out = fonts == 'held-out'
        self.fonts = glyphs.fonts(glyphs.HELD_OUT_FONTS if self.held_out else glyphs.TRAIN_FONTS)
        self.words = glyphs.word_faces()
        generator = np.random.default_rng(self.random.getrandbits(32))
        self.grain = generator.random((512, 1024), np.float32)
        self.no_format = NO_FORMAT
        self.is_free = False
        self.word_masks: dict[tuple, np.ndarray] = {}

    def plate(self, kind: Optional[str] = None, rows: Optional[int] = None) -> Plate:
        """A plate of that kind, or of any by SHARES; rows: 1 or 2 lines, by TWO_LINES if None."""
        rng = self.random
        kind = kind or rng.choices(list(SHARES), list(SHARES.values()))[0]
        if kind not in SHARES:
            raise ValueError(f'kind must be one of {", ".join(KINDS)}, not {kind!r}')
        two = rng.random() < TWO_LINES[kind] if rows is None else rows == 2
        while True:
            lines = self._lines(kind, two)
            canvas = Canvas(self, kind, lines)
            canvas.compose()
            if canvas.is_readable():
                return Plate(canvas.finish(), ''.join(group for line in lines for group in line), kind, len(lines))

    def _lines(self, kind: str, two: bool) -> list[list[str]]:
        """Printed groups of each line, 3 to 10 characters in all (2 seldom)."""
        while True:
            self.is_free = self.random.random() < self.no_format
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
        text = formats.free(rng) if self.is_free else formats.sample(source, rng, two)
        head, tail = text.groups, text.second
        if tail and not self.is_free:
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
    apart = commands.add_parser('heldout', help='scenes for measuring: typefaces and backgrounds kept out of training')
    apart.add_argument('--count', type=int, default=300)
    apart.add_argument('--kind', choices=KINDS, default='pk')
    apart.add_argument('--rows', type=int, choices=(1, 2), default=1)
    for command in (make, look, apart):
        command.add_argument('--seed', type=int, default=1)
        command.add_argument('--out', required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.command == 'pool':
        pool(options.count, options.seed, options.out, options.kind)
    elif options.command == 'heldout':
        import scenes  # needs the data's folder, the rest does not

        scenes.write(options.kind, options.rows, options.count, options.seed, options.out)
    else:
        sheet(options.kind, options.seed, options.fonts, options.count, options.out, options.rows)


if __name__ == '__main__':
    main()
