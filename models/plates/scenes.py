"""Pictures with one drawn plate each, to measure kinds of plates of which no free pictures exist.

usage: /usr/bin/python3 models/plates/scenes.py --kind pk --rows 2 --count 300 --out DIR

Typefaces (fonts='held-out') and backgrounds (every ninth negative) are kept out of training. The plate sits on a piece
of a vehicle and is seen up to 45 degrees from the side and 25 from above; then blur, noise, JPEG. The manifest has the
columns that the scorer of the measuring sets reads.
"""
from __future__ import annotations

import argparse
import csv
import os
import random

import cv2
import numpy as np

import data
import draw

WIDTH, HEIGHT = 960, 540
CORNERS = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
FOCAL_WIDTHS = 6  # distance to the camera in widths of the plate: how strong perspective is


def write(kind: str, rows: int, count: int, seed: int, folder: str) -> None:
    """Writes pictures and manifest.csv (path,x,y,w,h,text,source); the box bounds the plate's four corners."""
    drawer = draw.Drawer(f'scenes-{kind}-{rows}-{seed}', 'held-out')
    drawer.no_format = 0.0
    rng = random.Random(f'{kind}-{rows}-{seed}')
    generator = np.random.default_rng(rng.getrandbits(32))
    backgrounds = [cv2.imread(path) for path in data.negatives()[1]]
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'manifest.csv'), 'w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(['path', 'x', 'y', 'w', 'h', 'text', 'source'])
        for number in range(count):
            plate = drawer.plate(kind, rows)
            while True:
                picture, quad = scene(plate.image, rng, generator, rng.choice(backgrounds), 64 if rows == 2 else 84)
                if _stands_out(picture, quad):
                    break
            name = f'{kind}{rows}_{number:04}.jpg'
            cv2.imwrite(os.path.join(folder, name), picture, [cv2.IMWRITE_JPEG_QUALITY, rng.randint(50, 92)])
            low, high = quad.min(0), quad.max(0)
            table.writerow(
                [name, *(round(float(v), 1) for v in (*low, *(high - low))), plate.text, 'drawn, held-out typefaces']
            )


def scene(
    plate: np.ndarray, rng: random.Random, generator: np.random.Generator, background: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Plate uint8 [96, w] -> picture uint8 BGR [540, 960, 3] and the plate's corners [4, 2], pixels.

    ``least`` = smallest width of the plate before it is turned away.
    """
    u = rng.uniform
    picture = _crop(background, rng)
    w = float(np.exp(u(np.log(least), np.log(230))))
    h = w * plate.shape[0] / plate.shape[1]
    scale = 2 * w / plate.shape[1]  # the panel is drawn at twice the size, then warped down
    small = cv2.resize(plate, None, fx=min(1, scale), fy=min(1, scale), interpolation=cv2.INTER_AREA)
    panel, inside = _panel(small, rng, generator)
    yaw, pitch, roll = np.deg2rad(u(-45, 45)), np.deg2rad(u(-25, 25)), np.deg2rad(rng.gauss(0, 3))
    turn = _turn(yaw, pitch, roll)
    # panel's corners in units of pixels of the picture, plate's centre in the middle
    unit = w / (inside[1, 0] - inside[0, 0])
    centre = inside.mean(0)

    def seen(points: np.ndarray) -> np.ndarray:
        flat = np.hstack([(points - centre) * unit, np.zeros((len(points), 1))]) @ turn.T
        distance = FOCAL_WIDTHS * w
        return flat[:, :2] * (distance / (distance + flat[:, 2:3]))

    quad = seen(inside)
    reach = np.abs(quad).max(0) + 4
    shift = np.array([u(reach[0], WIDTH - reach[0]), u(reach[1], HEIGHT - reach[1])])
    outer = seen(CORNERS * [panel.shape[1], panel.shape[0]]) + shift
    matrix = cv2.getPerspectiveTransform(
        (CORNERS * [panel.shape[1], panel.shape[0]]).astype(np.float32), outer.astype(np.float32)
    )
    over = cv2.warpPerspective(panel, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR).astype(np.float32)
    alpha = (
        cv2.GaussianBlur(
            cv2.warpPerspective(np.full(panel.shape[:2], 255, np.uint8), matrix, (WIDTH, HEIGHT)), (0, 0), 1.0
        ).astype(np.float32)[..., None]
        / 255
    )
    picture = picture * (1 - alpha) + over * alpha
    picture = cv2.GaussianBlur(picture.astype(np.uint8), (0, 0), u(0.3, 1.1))
    if rng.random() < 0.2:  # motion
        length, angle = rng.randint(2, 5), u(0, np.pi)
        kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
        cv2.line(
            kernel,
            (int(length - length / 2 * np.cos(angle)), int(length - length / 2 * np.sin(angle))),
            (int(length + length / 2 * np.cos(angle)), int(length + length / 2 * np.sin(angle))),
            1,
        )
        picture = cv2.filter2D(picture, -1, kernel / max(1.0, float(kernel.sum())))
    noise = generator.standard_normal((HEIGHT, WIDTH, 1), dtype=np.float32) * u(0.5, 7)
    return np.clip(picture * u(0.6, 1.05) + noise, 0, 255).astype(np.uint8), quad + shift


def _stands_out(picture: np.ndarray, quad: np.ndarray) -> bool:
    """Whether light and dark still differ in the plate's middle once noise is smoothed away: a person must read it."""
    centre = quad.mean(0)
    (x0, y0), (x1, y1) = ((quad - centre) * 0.6 + centre).min(0), ((quad - centre) * 0.6 + centre).max(0)
    part = cv2.cvtColor(picture[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1], cv2.COLOR_BGR2GRAY)
    low, high = np.percentile(cv2.GaussianBlur(part, (0, 0), 1.0), (4, 90))
    return high - low > 28


def _crop(background: np.ndarray, rng: random.Random) -> np.ndarray:
    """A random piece of a background, brought to the picture's size."""
    height, width = background.shape[:2]
    share = rng.uniform(0.5, 1)
    w = int(min(width, height * WIDTH / HEIGHT) * share)
    h = int(w * HEIGHT / WIDTH)
    x, y = rng.randint(0, width - w), rng.randint(0, height - h)
    piece = background[y : y + h, x : x + w]
    return cv2.resize(
        piece[:, ::-1] if rng.random() < 0.5 else piece,
        (WIDTH, HEIGHT),
        interpolation=cv2.INTER_AREA if w > WIDTH else cv2.INTER_LINEAR,
    )


def _panel(plate: np.ndarray, rng: random.Random, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A piece of a vehicle around the plate, uint8 BGR, and the plate's corners in it."""
    u = rng.uniform
    h, w = plate.shape
    left, right, above, below = (
        int(w * u(0.12, 0.8)),
        int(w * u(0.12, 0.8)),
        int(h * u(0.3, 1.6)),
        int(h * u(0.3, 1.6)),
    )
    height, width = h + above + below, w + left + right
    base = np.array([u(15, 225)] * 3) if rng.random() < 0.7 else np.array([u(10, 200) for _ in range(3)])
    panel = np.tile(base.astype(np.float32), (height, width, 1))
    panel *= (
        np.linspace(u(0.7, 1.2), u(0.7, 1.2), height, dtype=np.float32)[:, None, None]
        * np.linspace(u(0.85, 1.1), u(0.85, 1.1), width, dtype=np.float32)[None, :, None]
    )
    panel += cv2.resize(
        generator.standard_normal((6, 9)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )[..., None] * u(2, 12)
    for _ in range(rng.randint(0, 3)):  # seams and grille bars
        y = rng.choice([rng.randint(0, max(1, above - 2)), rng.randint(above + h + 1, height)])
        cv2.line(panel, (0, y), (width, y + rng.randint(-4, 4)), [u(0, 110)] * 3, rng.randint(1, 5), cv2.LINE_AA)
    if rng.random() < 0.5:  # recess or holder
        margin = rng.randint(2, max(3, h // 8))
        cv2.rectangle(
            panel, (left - margin, above - margin), (left + w + margin, above + h + margin), [u(5, 70)] * 3, -1
        )
    if rng.random() < 0.5:  # shadow that the plate throws
        cv2.rectangle(panel, (left + 2, above + 2), (left + w + 2, above + h + 2), [u(0, 40)] * 3, -1)
    tone = np.array([u(0.85, 1)] * 3 if rng.random() < 0.6 else [u(0.4, 1), u(0.7, 1), u(0.8, 1)], np.float32)
    panel[above : above + h, left : left + w] = plate[..., None] * tone
    return np.clip(panel, 0, 255).astype(np.uint8), np.array([left, above], float) + CORNERS * [w, h]


def _turn(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Rotation about the upright, the level and the viewing axis, radians."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    return (
        np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=300)
    parser.add_argument('--kind', choices=draw.KINDS, default='pk')
    parser.add_argument('--rows', type=int, choices=(1, 2), default=1)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--out', required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    write(options.kind, options.rows, options.count, options.seed, options.out)


if __name__ == '__main__':
    main()
