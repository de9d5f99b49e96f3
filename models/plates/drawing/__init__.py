"""Parts of draw.py: canvas (one plate), ground (shape, colour), furniture (beside the number), lettering, wear."""
from __future__ import annotations

from typing import NamedTuple

HEIGHT = 96  # pixels of a drawn plate


class Area(NamedTuple):
    """Where the number stands, pixels."""

    left: float
    top: float
    right: float
    bottom: float
