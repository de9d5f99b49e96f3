"""What happens to a plate: screws, dirt, scratches, holders, dents, light."""
from __future__ import annotations

import cv2
import numpy as np

from drawing import HEIGHT
from drawing.canvas import Canvas
from drawing.words import WORDS


def fixings(canvas: Canvas) -> None:
    """Screws and bolts: at the usual places, some through a character's edge."""
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    if rng.random() < 0.55:
        y = rng.choice([0.1, 0.12, 0.9, 0.5]) if not canvas.two else rng.choice([0.06, 0.94, 0.5])
        xs = rng.choice([(0.2, 0.8), (0.25, 0.75), (0.05, 0.95), (0.5,), (0.12, 0.88)])
        if y == 0.5 and not canvas.two:
            xs = rng.choice([(0.02, 0.98), (0.34, 0.66)])
        gray, radius = u(0, 220), u(1.5, 4.2)
        for x in xs:
            centre = (int(w * x), int(HEIGHT * y))
            cv2.circle(canvas.image, centre, int(radius), gray, -1, cv2.LINE_AA)
            if rng.random() < 0.4:
                cv2.circle(canvas.image, centre, int(radius), 255 - gray, 1, cv2.LINE_AA)
    if rng.random() < 0.25:
        for y in (0.09, 0.91):
            for x in (0.16, 0.84):
                cv2.ellipse(canvas.image, (int(w * x), int(HEIGHT * y)), (5, 2), 0, 0, 360, u(20, 120), -1, cv2.LINE_AA)


def soil(canvas: Canvas) -> None:
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    if rng.random() < 0.25:  # dirt, from below or in clouds
        field = canvas.brush.cloud(rng.randint(4, 12), rng.randint(6, 24), HEIGHT, w)
        if rng.random() < 0.4:
            field = field * np.linspace(0.3, 1.3, HEIGHT, dtype=np.float32)[:, None]
        amount = np.clip((field - 0.6) * 2, 0, 1) * u(0.15, 0.6)
        canvas.image += (u(40, 140) - canvas.image) * amount
    if rng.random() < 0.12:  # mud drops, paint chips
        for _ in range(rng.randint(2, 12)):
            cv2.circle(
                canvas.image,
                (rng.randrange(w), rng.randrange(HEIGHT)),
                rng.choice([1, 1, 2, 3]),
                u(30, 200),
                -1,
                cv2.LINE_AA,
            )
    if rng.random() < 0.12:  # scratches
        for _ in range(rng.randint(1, 5)):
            a = (rng.randrange(w), rng.randrange(HEIGHT))
            b = (a[0] + rng.randint(-60, 60), a[1] + rng.randint(-25, 25))
            cv2.line(canvas.image, a, b, u(40, 230), 1, cv2.LINE_AA)


def frame(canvas: Canvas) -> None:
    """A holder whose rim may cut into the characters a little, never by more than an eighth."""
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    gray = u(0, 70) if rng.random() < 0.8 else u(150, 240)
    x0, y0 = min(b[0] for b in canvas.boxes), min(b[1] for b in canvas.boxes)
    x1, y1 = max(b[2] for b in canvas.boxes), max(b[3] for b in canvas.boxes)
    height = (y1 - y0) / (2 if canvas.two else 1)
    first, last = canvas.boxes[0], max(canvas.boxes, key=lambda b: b[2])
    foot = min(HEIGHT * u(0.04, 0.15), HEIGHT - y1 + height * u(-0.03, 0.08))
    top = min(HEIGHT * u(0.03, 0.13), y0 + height * u(-0.03, 0.07))
    left = min(u(2, 9), x0 + max(2.0, (first[2] - first[0]) * 0.12))
    right = min(u(2, 9), w - x1 + max(2.0, (last[2] - last[0]) * 0.12))
    foot, top = max(0.0, foot), max(0.0, top)
    if foot >= 1:
        canvas.image[HEIGHT - int(foot) :] = gray
    if top >= 1:
        canvas.image[: int(top)] = gray
    canvas.image[:, : int(max(1, left))] = gray
    canvas.image[:, w - int(max(1, right)) :] = gray
    ink = 235 - gray * 0.8 if gray < 130 else 30
    if foot > 8 and rng.random() < 0.75:
        canvas.write(rng.choice(WORDS['dealer']), w / 2, HEIGHT - foot + 2, foot - 4, ink, w * 0.8)
    if top > 9 and rng.random() < 0.6:
        canvas.write(rng.choice(WORDS['dealer']), w / 2, 2, top - 4, ink, w * 0.8)
    if rng.random() < 0.25:  # shade of the rim
        canvas.image[int(top) : int(top) + 3] *= u(0.5, 0.9)


def bend(canvas: Canvas) -> None:
    """A plate that is curved or dented: columns move up and down by a few pixels."""
    u = canvas.random.uniform
    x = np.arange(canvas.width, dtype=np.float32) / canvas.width
    shift = u(-3.5, 3.5) * (4 * (x - 0.5) ** 2 - 0.3) + u(0, 1.5) * np.sin(x * u(3, 12) + u(0, 6))
    columns = np.tile(np.arange(canvas.width, dtype=np.float32), (HEIGHT, 1))
    rows = np.arange(HEIGHT, dtype=np.float32)[:, None] + shift[None].astype(np.float32)
    canvas.image = cv2.remap(canvas.image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    canvas.letters = cv2.remap(canvas.letters, columns, rows, cv2.INTER_LINEAR)
    for i, (left, top, right, bottom) in enumerate(canvas.boxes):
        there = -shift[max(0, left) : max(1, right)]
        canvas.boxes[i] = (
            left,
            max(0, top + int(np.floor(there.min()))),
            right,
            min(HEIGHT, bottom + int(np.ceil(there.max()))),
        )


def light(canvas: Canvas) -> None:
    """Shade across the plate, lamps, night, haze."""
    rng, u, w = canvas.random, canvas.random.uniform, canvas.width
    if rng.random() < 0.14:  # edge of a shadow
        layer = np.zeros((HEIGHT, w), np.float32)
        a, b, side = u(-0.2, 1.2) * w, u(-0.2, 1.2) * w, rng.choice([0, w])
        if rng.random() < 0.5:
            cv2.fillPoly(layer, [np.array([[side, 0], [a, 0], [b, HEIGHT], [side, HEIGHT]], np.int32)], 1)
        else:
            y0, y1 = u(0.1, 0.9) * HEIGHT, u(0.1, 0.9) * HEIGHT
            cv2.fillPoly(layer, [np.array([[0, 0], [w, 0], [w, y1], [0, y0]], np.int32)], 1)
        canvas.image *= 1 - cv2.GaussianBlur(layer, (0, 0), u(0.8, 5)) * u(0.25, 0.6)
    if rng.random() < 0.3:  # uneven light
        slope = (
            np.linspace(u(-0.25, 0.25), u(-0.25, 0.25), w, dtype=np.float32)[None]
            + np.linspace(u(-0.2, 0.2), u(-0.2, 0.2), HEIGHT, dtype=np.float32)[:, None]
        )
        canvas.image *= 1 + slope
    if rng.random() < 0.06:  # lamp: bright spot that fades out
        x, y = u(0, 1) * w, u(-0.2, 1.2) * HEIGHT
        yy, xx = np.mgrid[0:HEIGHT, 0:w].astype(np.float32)
        canvas.image += u(30, 90) * np.exp(
            -(((xx - x) / (w * u(0.15, 0.4))) ** 2 + ((yy - y) / (HEIGHT * u(0.3, 0.8))) ** 2)
        )
    way = rng.random()
    if way < 0.1:  # hazy or faded: little contrast
        middle, share = u(90, 180), u(0.3, 0.6)
        canvas.image = middle + (canvas.image - float(canvas.image.mean())) * share
    elif way < 0.2:  # dim
        canvas.image *= u(0.35, 0.7)
    elif way < 0.25:  # over-exposed, letters thin and gray
        canvas.image = canvas.image * u(0.6, 0.8) + u(60, 100)
    elif way < 0.29:  # infrared at night: the sheet glares and eats into the strokes
        canvas.image = (cv2.GaussianBlur(np.clip(canvas.image, 0, 255), (0, 0), u(0.8, 1.6)) - u(20, 50)) * u(1.2, 1.8)
