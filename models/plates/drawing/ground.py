"""A plate's shape, colours and sheet."""
from __future__ import annotations

import cv2
import numpy as np

from drawing import HEIGHT
from drawing.canvas import Canvas

# gray values (luma) of plate colours: (ground low, high), (characters low, high)
WHITE, YELLOW, ORANGE = ((205, 252), (5, 60)), ((150, 210), (5, 50)), ((120, 170), (5, 45))
RED_ON_WHITE, BLUE_ON_WHITE, GREEN_ON_WHITE = ((205, 252), (70, 110)), ((205, 252), (40, 95)), ((200, 250), (60, 110))
WHITE_ON_BLACK, WHITE_ON_BLUE, WHITE_ON_GREEN, WHITE_ON_RED = (
    ((10, 55), (190, 250)),
    ((35, 95), (190, 250)),
    ((55, 115), (200, 250)),
    ((50, 95), (200, 250)),
)
GRAY = ((125, 190), (10, 60))


def aspect(canvas: Canvas) -> float:
    u, rng = canvas.random.uniform, canvas.random
    if canvas.two:
        low, high = {
            'eu': (1.2, 1.75),
            'gb': (1.25, 1.55),
            'us': (1.4, 2.1),
            'br': (1.05, 1.35),
            'in': (1.3, 2.3),
            'pk': (1.3, 2.2),
            'vn': (1.25, 1.5),
            'gcc': (1.6, 2.3),
            'tr': (1.4, 1.7),
        }.get(canvas.kind, (1.15, 2.3))
        return u(low, high)
    if canvas.kind == 'pk':
        return u(1.8, 2.4) if rng.random() < 0.35 else u(2.6, 5.0)
    if canvas.kind == 'any':
        return u(1.8, 5.0)
    low, high = {
        'eu': (3.9, 4.9),
        'gb': (4.3, 4.9),
        'us': (1.85, 2.2),
        'br': (2.8, 3.4),
        'in': (3.4, 4.9),
        'vn': (4.0, 4.8),
        'gcc': (2.0, 4.8),
        'tr': (4.3, 4.9),
    }[canvas.kind]
    return u(low, high)


def colours(canvas: Canvas) -> tuple[float, float]:
    rng = canvas.random
    schemes = {
        'eu': [
            (WHITE, 70),
            (YELLOW, 10),
            (RED_ON_WHITE, 6),
            (GREEN_ON_WHITE, 3),
            (WHITE_ON_BLACK, 6),
            (WHITE_ON_BLUE, 3),
            (WHITE_ON_RED, 2),
        ],
        'gb': [(WHITE, 45), (YELLOW, 43), (WHITE_ON_BLACK, 12)],
        'us': [
            (WHITE, 34),
            (BLUE_ON_WHITE, 22),
            (RED_ON_WHITE, 8),
            (GREEN_ON_WHITE, 8),
            (YELLOW, 8),
            (ORANGE, 5),
            (WHITE_ON_BLUE, 6),
            (WHITE_ON_GREEN, 4),
            (WHITE_ON_BLACK, 4),
            (WHITE_ON_RED, 2),
        ],
        'br': [(WHITE, 88), (RED_ON_WHITE, 6), (BLUE_ON_WHITE, 4), (GREEN_ON_WHITE, 2)]
        if canvas.mercosur
        else [(GRAY, 68), (WHITE, 12), (WHITE_ON_RED, 16), (WHITE_ON_BLACK, 2), (RED_ON_WHITE, 2)],
        'in': [(WHITE, 68), (YELLOW, 16), (WHITE_ON_BLACK, 10), (WHITE_ON_GREEN, 4), (WHITE_ON_RED, 2)],
        'pk': [
            (WHITE, 45),
            (YELLOW, 26),
            (WHITE_ON_BLACK, 17),
            (WHITE_ON_GREEN, 9),
            (WHITE_ON_BLUE, 2),
            (WHITE_ON_RED, 1),
        ],
        'vn': [(WHITE, 78), (YELLOW, 10), (WHITE_ON_BLUE, 7), (WHITE_ON_RED, 5)],
        'gcc': [(WHITE, 82), (YELLOW, 6), (WHITE_ON_RED, 4), (WHITE_ON_BLUE, 3), (WHITE_ON_BLACK, 5)],
        'tr': [(WHITE, 95), (WHITE_ON_BLACK, 5)],
        'any': [
            (WHITE, 40),
            (YELLOW, 14),
            (ORANGE, 6),
            (GRAY, 6),
            (BLUE_ON_WHITE, 6),
            (RED_ON_WHITE, 6),
            (WHITE_ON_BLACK, 12),
            (WHITE_ON_BLUE, 5),
            (WHITE_ON_GREEN, 5),
        ],
    }[canvas.kind]
    (ground, ink) = rng.choices([scheme for scheme, _ in schemes], [weight for _, weight in schemes])[0]
    return rng.uniform(*ground), rng.uniform(*ink)


def texture(canvas: Canvas) -> None:
    rng, u = canvas.random, canvas.random.uniform
    room = min(abs(canvas.ground - canvas.ink) - 90, 60)
    if canvas.kind in ('us', 'any') and room > 10:
        if rng.random() < 0.5:  # colour running from top to bottom
            canvas.image += np.linspace(u(-room, 20), u(-room, 20), HEIGHT, dtype=np.float32)[:, None] * (
                -1 if canvas.dark else 1
            )
        if rng.random() < 0.4:  # faint picture
            canvas.image -= (
                canvas.brush.cloud(rng.randint(3, 7), rng.randint(4, 10), HEIGHT, canvas.width) - 0.5
            ) * u(10, room)
        if rng.random() < 0.25:  # mountains, rainbow, sun rays
            _scenery(canvas, u(8, room))
    elif rng.random() < 0.2:  # reflective sheeting
        canvas.image += (canvas.brush.grain[:HEIGHT, : canvas.width] - 0.5) * u(4, 22)
    if canvas.kind == 'pk' and rng.random() < 0.06:  # Ajrak pattern
        canvas.image[:, ::2] -= 12
        canvas.image -= (canvas.brush.cloud(24, min(100, canvas.width // 4), HEIGHT, canvas.width) > 0.6) * u(15, 40)


def _scenery(canvas: Canvas, depth: float) -> None:
    rng, w = canvas.random, canvas.width
    layer = np.zeros((HEIGHT, w), np.uint8)
    points = [(0, HEIGHT)] + [(int(w * i / 8), int(HEIGHT * rng.uniform(0.35, 0.9))) for i in range(9)] + [(w, HEIGHT)]
    cv2.fillPoly(layer, [np.array(points, np.int32)], 255, cv2.LINE_AA)
    canvas.image -= layer.astype(np.float32) / 255 * depth * (-1 if canvas.dark else 1)


def border(canvas: Canvas) -> None:
    rng = canvas.random
    if rng.random() < 0.62:
        thick, inset = rng.randint(1, 4), rng.randint(0, 4)
        canvas.rim = inset + thick / 2 + (1 if rng.random() < 0.85 else -1)
        gray = canvas.ink if rng.random() < 0.75 else rng.uniform(0, 255)
        if rng.random() < 0.6:
            _round_box(canvas, inset, gray, thick, rng.randint(3, 12))
        else:
            cv2.rectangle(canvas.image, (inset, inset), (canvas.width - 1 - inset, HEIGHT - 1 - inset), gray, thick)


def _round_box(canvas: Canvas, inset: int, gray: float, thick: int, radius: int) -> None:
    layer = np.zeros((HEIGHT, canvas.width), np.uint8)
    x0, y0, x1, y1 = inset, inset, canvas.width - 1 - inset, HEIGHT - 1 - inset
    cv2.rectangle(layer, (x0 + radius, y0), (x1 - radius, y1), 255, -1)
    cv2.rectangle(layer, (x0, y0 + radius), (x1, y1 - radius), 255, -1)
    for x, y in (
        (x0 + radius, y0 + radius),
        (x1 - radius, y0 + radius),
        (x0 + radius, y1 - radius),
        (x1 - radius, y1 - radius),
    ):
        cv2.circle(layer, (x, y), radius, 255, -1)
    cv2.drawContours(
        canvas.image,
        cv2.findContours(layer, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0],
        -1,
        gray,
        thick,
        cv2.LINE_AA,
    )
