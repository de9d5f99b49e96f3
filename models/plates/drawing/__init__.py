"""Parts of draw.py: brush (chance, words, typefaces), canvas (one plate), its painters ground (shape, colour), furniture (beside
the number), lettering and wear, and compose, which calls them in turn."""
from __future__ import annotations

from typing import NamedTuple

HEIGHT = 96  # pixels of a drawn plate


class Area(NamedTuple):
    """Where the number stands, pixels."""

    left: float
    top: float
    right: float
    bottom: float
