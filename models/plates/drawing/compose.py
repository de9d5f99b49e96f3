"""A plate from nothing: every painter in its turn."""
from __future__ import annotations

from drawing import HEIGHT, furniture, ground, lettering, wear
from drawing.brush import Brush
from drawing.canvas import Canvas


def compose(brush: Brush, kind: str, lines: list[list[str]]) -> Canvas:
    """Shape, ground, furniture, number, wear, frame, light: in this order."""
    canvas = Canvas(brush, kind, lines)
    width = int(HEIGHT * ground.aspect(canvas))
    canvas.prime(width, *ground.colours(canvas))
    rng = canvas.random
    ground.texture(canvas)
    ground.border(canvas)
    area = furniture.furnish(canvas)
    lettering.set_number(canvas, area)
    if rng.random() < 0.08:
        wear.bend(canvas)
    wear.fixings(canvas)
    wear.soil(canvas)
    if rng.random() < {'us': 0.38, 'eu': 0.25, 'any': 0.2, 'in': 0.15, 'pk': 0.15}.get(kind, 0.08):
        wear.frame(canvas)
    wear.light(canvas)
    return canvas
