"""Setting the number: groups, separators, size and spacing, ink."""
from __future__ import annotations

import random

import cv2
import numpy as np

import glyphs
from drawing import HEIGHT, Area
from drawing.brush import Look
from drawing.canvas import Canvas

# between groups: name, lowest and highest width / height of the line
SEPARATORS = {
    'space': (0.25, 0.5),
    'tight': (0.0, 0.0),
    'dash': (0.36, 0.46),
    'dot': (0.24, 0.34),
    'star': (0.4, 0.5),
    'picture': (0.5, 0.8),
    'map': (0.5, 0.7),
    'seals': (0.42, 0.54),
    'seal': (0.42, 0.54),
    'arms': (0.4, 0.5),
    'square': (0.36, 0.44),
    'bar': (0.26, 0.34),
}


def set_number(canvas: Canvas, area: Area) -> None:
    rng, u = canvas.random, canvas.random.uniform
    look = canvas.brush.look(canvas.kind, canvas.mercosur)
    if not canvas.two:
        _line(canvas, canvas.lines[0], area, look, small_year=canvas.kind == 'pk')
    else:
        height, between = area.bottom - area.top, HEIGHT * u(0.05, 0.1)
        share = 0.5 if rng.random() < 0.6 else u(0.4, 0.5) if rng.random() < 0.75 else u(0.5, 0.56)
        first = (height - between) * share
        _line(canvas, canvas.lines[0], area._replace(bottom=area.top + first), look, small_year=canvas.kind == 'pk')
        _line(
            canvas,
            canvas.lines[1],
            area._replace(top=area.top + first + between),
            look if rng.random() < 0.93 else look._replace(width=look.width * u(0.85, 1.15)),
        )
    if look.slant:
        _slanted(canvas, look.slant)
    _print(canvas)


def _line(canvas: Canvas, groups: list[str], area: Area, look: Look, small_year: bool = False) -> None:
    """Sets one line into the area: full height if it fits when narrowed a little, else smaller."""
    rng, u = canvas.random, canvas.random.uniform
    height, room = area.bottom - area.top, area.right - area.left
    if look.slant:
        room -= abs(look.slant) * height
    first = rng.choice(look.separators)
    kinds = [first if rng.random() < 0.85 else rng.choice(look.separators) for _ in groups[1:]]
    if canvas.kind == 'vn':
        kinds = [
            'dot' if before.isdigit() and after.isdigit() else kind
            for kind, before, after in zip(kinds, groups, groups[1:])
        ]
    spaces = [u(*SEPARATORS[kind]) for kind in kinds]
    small = [
        small_year
        and 0 < i
        and len(group) == 2
        and group.isdigit()
        and not canvas.two
        and len(groups) == 3
        and rng.random() < 0.5
        for i, group in enumerate(groups)
    ]
    floor = narrowest(look.face)

    def total(width: float, gap: float) -> float:
        """Length of the line / its height."""
        length = gap * (sum(len(group) for group in groups) - len(groups)) + sum(spaces) + 2 * gap * len(spaces)
        for group, little in zip(groups, small):
            length += sum(max(floor, width if look.even else glyphs.share(c, look.face) * width) for c in group) * (
                0.6 if little else 1.0
            )
        return length

    width, gap = look.width, look.gap
    if total(width, gap) * height > room:
        squeeze = max(0.72, room / (total(width, gap) * height))
        width, gap = width * squeeze, gap * squeeze
        if total(width, gap) * height > room:
            height *= room / (total(width, gap) * height) * 0.995
    elif rng.random() < (0.75 if len(''.join(groups)) > 4 else 0.35):  # spread to fill
        stretch = min(1.35, room * u(0.86, 1.0) / (total(width, gap) * height))
        if stretch > 1:
            width, gap = width * (1 + (stretch - 1) * 0.7), gap * (1 + (stretch - 1) * 1.6)
            if total(width, gap) * height > room:
                gap = look.gap
                width = look.width
    height = max(12.0, height)
    top = area.top + (area.bottom - area.top - height) * u(0.35, 0.65)
    slack = room - total(width, gap) * height
    x = area.left + max(0.0, slack) * (u(0.3, 0.7) if rng.random() < 0.85 else u(0, 1))
    if look.slant < 0:
        x += -look.slant * height
    _set(canvas, groups, kinds, spaces, small, look, x, top, height, width, gap)


def _set(
    canvas: Canvas,
    groups: list[str],
    kinds: list[str],
    spaces: list[float],
    small: list[bool],
    look: Look,
    x: float,
    top: float,
    height: float,
    width: float,
    gap: float,
) -> None:
    rng = canvas.random
    floor = narrowest(look.face)
    made: dict[tuple[str, int], np.ndarray] = {}
    painted = isinstance(look.face, glyphs.Style) and look.face.warp > 0
    for i, group in enumerate(groups):
        if i:
            _separator(canvas, kinds[i - 1], x, top, spaces[i - 1] * height, height)
            x += (spaces[i - 1] + gap) * height
        size = int(round(height * (0.6 if small[i] else 1.0)))
        for character in group:
            key = character, size
            if key not in made or painted:
                made[key] = glyphs.draw(
                    character,
                    look.face,
                    size,
                    width
                    * (
                        min(1.0, 1.04 / glyphs.share(character, look.face))
                        if look.even and character in 'MWQA'
                        else 1.0
                    ),
                    rng,
                )
            mask = made[key]
            cell = max(floor, width if look.even else glyphs.share(character, look.face) * width) * size
            at = int(round(x + (cell - mask.shape[1]) / 2)) if look.even else int(round(x))
            y = int(round(top + (rng.uniform(-0.015, 0.015) * height if painted else 0)))
            _stamp(canvas, mask, at, y)
            x += cell + gap * height * (0.7 if small[i] else 1.0)


def _stamp(canvas: Canvas, mask: np.ndarray, x: int, y: int) -> None:
    h, w = mask.shape
    x0, y0, x1, y1 = max(0, x), max(0, y), min(canvas.width, x + w), min(HEIGHT, y + h)
    part = canvas.letters[y0:y1, x0:x1]
    np.maximum(part, mask[y0 - y : y1 - y, x0 - x : x1 - x], out=part)
    canvas.boxes.append((x, y, x + w, y + h))


def _separator(canvas: Canvas, kind: str, x: float, top: float, w: float, h: float) -> None:
    """What stands between two groups."""
    rng, u = canvas.random, canvas.random.uniform
    cx, cy = x + w / 2, top + h / 2
    if kind == 'dash':
        thick = h * u(0.08, 0.14)
        cv2.rectangle(
            canvas.letters,
            (int(cx - h * 0.14), int(cy - thick / 2)),
            (int(cx + h * 0.14), int(cy + thick / 2)),
            255,
            -1,
        )
    elif kind == 'dot':
        cv2.circle(
            canvas.letters,
            (int(cx), int(cy if rng.random() < 0.7 else top + h * 0.92)),
            max(2, int(h * u(0.06, 0.1))),
            255,
            -1,
            cv2.LINE_AA,
        )
    elif kind == 'star':
        radius = min(w * 0.45, h * 0.2)
        points = [
            [
                cx + radius * (1 if k % 2 == 0 else 0.45) * np.sin(k * np.pi / 5),
                cy - radius * (1 if k % 2 == 0 else 0.45) * np.cos(k * np.pi / 5),
            ]
            for k in range(10)
        ]
        cv2.fillPoly(canvas.image, [np.round(points).astype(np.int32)], canvas.soft_ink(), cv2.LINE_AA)
    elif kind in ('seals', 'seal', 'arms'):
        radius = min(w * 0.42, h * 0.19)
        for y in (top + h * 0.25, top + h * 0.74) if kind == 'seals' else (top + h * u(0.3, 0.6),):
            gray = canvas.ground + (canvas.ink - canvas.ground) * u(0.15, 0.85)
            cv2.circle(canvas.image, (int(cx), int(y)), max(2, int(radius)), gray, -1, cv2.LINE_AA)
            if rng.random() < 0.7:
                cv2.circle(
                    canvas.image,
                    (int(cx), int(y)),
                    max(1, int(radius * 0.6)),
                    u(60, 240),
                    rng.choice([1, -1]),
                    cv2.LINE_AA,
                )
        if kind == 'arms' and rng.random() < 0.5:
            canvas.picture(x, top + h * 0.15, w, h * 0.7)
    elif kind == 'square':
        gray = canvas.ground + (canvas.ink - canvas.ground) * u(0.1, 0.6)
        cv2.rectangle(
            canvas.image,
            (int(x + w * 0.1), int(top + h * u(0.1, 0.3))),
            (int(x + w * 0.9), int(top + h * u(0.7, 0.95))),
            gray,
            -1,
        )
    elif kind in ('picture', 'map'):
        canvas.picture(x, top + h * (0.1 if kind == 'picture' else 0.3), w, h * (0.8 if kind == 'picture' else 0.4))
    elif kind == 'bar':
        cv2.line(canvas.image, (int(cx), int(top)), (int(cx), int(top + h)), canvas.ink, 1)


def _slanted(canvas: Canvas, slant: float) -> None:
    """Shears the number; the layout left room for it."""
    ys = np.nonzero(canvas.letters.any(1))[0]
    if len(ys):
        middle = (ys[0] + ys[-1]) / 2 if not canvas.two else HEIGHT / 2
        matrix = np.array([[1, -slant, slant * middle], [0, 1, 0]], np.float32)
        columns = np.nonzero(canvas.letters.any(0))[0]
        reach = abs(slant) * (ys[-1] - ys[0]) / 2
        if columns[0] - reach > 1 and columns[-1] + reach < canvas.width - 2:
            canvas.letters = cv2.warpAffine(canvas.letters, matrix, (canvas.width, HEIGHT))


def _print(canvas: Canvas) -> None:
    """Ink on the ground: plain, stamped with lit edges, with a shadow or an outline."""
    rng, u = canvas.random, canvas.random.uniform
    alpha = canvas.letters.astype(np.float32) / 255
    contrast = canvas.ink - canvas.ground
    way = rng.random()
    if way < 0.45:  # stamped: light falls on one side of the edges
        soft = cv2.GaussianBlur(alpha, (0, 0), u(0.8, 1.8))
        angle, depth = u(0, 2 * np.pi), u(10, 45)
        dx, dy = int(round(np.cos(angle) * 1.5)), int(round(np.sin(angle) * 1.5))
        edge = np.roll(soft, (dy, dx), (0, 1)) - np.roll(soft, (-dy, -dx), (0, 1))
        canvas.image += edge * depth
        canvas.image += (canvas.ink - canvas.image) * alpha
        canvas.image += edge * depth * 0.4
    elif way < 0.5 and canvas.kind in ('pk', 'in', 'us', 'any', 'gb'):  # outline in another gray, close to the ground
        wide = cv2.dilate(canvas.letters, np.ones((3, 3), np.uint8)).astype(np.float32) / 255
        canvas.image += (canvas.ground + contrast * u(-0.3, 0.45) - canvas.image) * wide
        canvas.image += (canvas.ink - canvas.image) * alpha
    elif way < 0.55 and canvas.kind in ('pk', 'in', 'any', 'gb'):  # shadow touching the strokes
        shadow = np.roll(alpha, (rng.choice([1, 2]), rng.choice([-1, 1])), (0, 1))
        canvas.image += (canvas.ground + contrast * u(0.2, 0.5) - canvas.image) * shadow
        canvas.image += (canvas.ink - canvas.image) * alpha
    else:
        canvas.image += (canvas.ink - canvas.image) * alpha
    if rng.random() < 0.12:  # worn ink
        patchy = np.clip(
            (canvas.brush.cloud(12, max(12, canvas.width // 8), HEIGHT, canvas.width) - u(0.6, 0.8)) * 4, 0, 1
        ) * u(0.3, 0.7)
        canvas.image -= contrast * alpha * patchy


def narrowest(face: glyphs.Face) -> float:
    """Width / height that even a bare bar takes."""
    return face.weight if isinstance(face, glyphs.Style) else 0.1
