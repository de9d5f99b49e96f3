"""Figures beside their bounds, a line each, in the same words as the benches': what a measuring command ends with, and what its exit code follows."""
from __future__ import annotations

import math
import sys


class Bounds:
    """Collects figures; `finish` prints them, writes them to a file and gives the exit code."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.missed = 0

    def at_least(self, figure: str, seen: float, bound: float) -> None:
        self._add(figure, seen, 'at least', bound, seen >= bound)

    def at_most(self, figure: str, seen: float, bound: float) -> None:
        self._add(figure, seen, 'at most', bound, seen <= bound)

    def _add(self, figure: str, seen: float, relation: str, bound: float, is_held: bool) -> None:
        is_held = is_held and not math.isnan(seen)
        self.missed += not is_held
        self.lines.append(f'bound: {figure}: {seen:.4g}, {relation} {bound:.4g}: {"held" if is_held else "MISSED"}')

    def finish(self, path: str) -> int:
        """Prints all figures and writes them to `path`; 0 when every bound is held, else 1. No figure at all is no success."""
        text = '\n'.join(self.lines) + '\n'
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
        print(text, end='', flush=True)
        if not self.lines:
            print('bounds: nothing was measured', file=sys.stderr)
        return 0 if self.lines and not self.missed else 1
