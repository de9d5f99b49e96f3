"""One plate while it is drawn: its surface, what is put on it, and whether it can still be read."""
from __future__ import annotations

import cv2
import numpy as np

from drawing import HEIGHT, Area
from drawing.brush import Brush


class Canvas:
    """One plate while it is drawn, gray float32 [96, w].

    ``letters`` is the number's alpha mask, ``boxes`` its characters' left, top, right, bottom in pixels.
    """

    def __init__(self, brush: Brush, kind: str, lines: list[list[str]]) -> None:
        self.brush, self.random, self.kind, self.lines = brush, brush.random, kind, lines
        self.two = len(lines) == 2
        text = ''.join(group for line in lines for group in line)
        # Brazil's two generations: the letter among the last four characters goes with its own typeface and a blue bar.
        self.mercosur = kind == 'br' and (len(text) == 7 and not text[3:].isdigit()) != (self.random.random() < 0.05)
        self.rim = 0.0
        self.boxes: list[tuple[int, int, int, int]] = []  # boxes of the characters, for what must not cover them

    def prime(self, width: int, ground: float, ink: float) -> None:
        """Gives it its size and its two grays: before anything is put on it."""
        self.width, self.ground, self.ink = width, ground, ink
        self.dark = ground < ink
        self.image = np.full((HEIGHT, width), ground, np.float32)
        self.letters = np.zeros((HEIGHT, width), np.uint8)

    def is_readable(self) -> bool:
        """Whether every character still stands out from what is around it: what nobody can read must not train."""
        for x0, y0, x1, y1 in self.boxes:
            x0, y0, x1, y1 = max(0, x0 - 2), max(0, y0 - 2), min(self.width, x1 + 2), min(HEIGHT, y1 + 2)
            mask, part = self.letters[y0:y1, x0:x1], self.image[y0:y1, x0:x1]
            if mask.size == 0:
                return False
            ink, ground = mask > 200, mask < 20
            count = int(ink.sum())
            if count < 20:
                return False
            inside, outside = np.clip(part[ink], 0, 255), np.clip(part[ground], 0, 255)
            difference = float(outside.mean() - inside.mean()) * (-1 if self.dark else 1)
            if difference < 30 or difference < 0.8 * float(inside.std()):
                return False
        return True

    def finish(self) -> np.ndarray:
        """uint8 [96, W]."""
        return np.clip(self.image, 0, 255).astype(np.uint8)

    def blend(self, mask: np.ndarray, x: int, y: int, gray: float) -> None:
        """Puts a mask at x, y in that gray; what lies outside is cut off."""
        h, w = mask.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(self.width, x + w), min(HEIGHT, y + h)
        if x1 > x0 and y1 > y0:
            alpha = mask[y0 - y : y1 - y, x0 - x : x1 - x].astype(np.float32) / 255
            part = self.image[y0:y1, x0:x1]
            part += (gray - part) * alpha

    def write(
        self, word: str, x: float, y: float, height: float, gray: float, most: float, face: int | None = None
    ) -> int:
        """Small word centred at x with its top at y, at most ``most`` px wide; returns its width."""
        mask = self.brush.word(word, max(5, int(height)), face)
        if mask.shape[1] > most:
            mask = cv2.resize(mask, (max(3, int(most)), mask.shape[0]), interpolation=cv2.INTER_AREA)
        self.blend(mask, int(x - mask.shape[1] / 2), int(y), gray)
        return mask.shape[1]

    def soft_ink(self) -> float:
        """Gray of furniture: the ink or something else that shows."""
        u = self.random.uniform
        return self.ink if self.random.random() < 0.5 else u(0, 130) if not self.dark else u(140, 255)

    def margins(self, top: tuple[float, float], bottom: tuple[float, float], left: float = 0, right: float = 0) -> Area:
        u = self.random.uniform
        return Area(
            max(left, self.rim) + u(3, 9),
            HEIGHT * u(*top),
            self.width - max(right, self.rim) - u(3, 9),
            HEIGHT * u(*bottom),
        )

    def picture(self, x: float, y: float, w: float, h: float) -> None:
        """A logo of some ellipses, lines and blobs, now and then L-shaped: never a character."""
        rng, u = self.random, self.random.uniform
        for _ in range(rng.randint(2, 5)):
            gray = self.ground + (self.ink - self.ground) * u(0.15, 0.9)
            cx, cy = x + w * u(0.25, 0.75), y + h * u(0.2, 0.8)
            match rng.randrange(4):
                case 0:
                    cv2.ellipse(
                        self.image,
                        (int(cx), int(cy)),
                        (int(w * u(0.1, 0.4)) + 1, int(h * u(0.08, 0.35)) + 1),
                        u(0, 180),
                        0,
                        360,
                        gray,
                        -1,
                        cv2.LINE_AA,
                    )
                case 1:
                    points = np.array([[x + w * u(0, 1), y + h * u(0, 1)] for _ in range(rng.randint(3, 7))])
                    cv2.fillPoly(self.image, [np.round(points).astype(np.int32)], gray, cv2.LINE_AA)
                case 2:  # an L or a T, fainter, thinner and lower than any character
                    faint = self.ground + (self.ink - self.ground) * u(0.1, 0.45)
                    top, end = y + h * u(0, 0.3), y + h * u(0.55, 0.85)
                    across, thick = rng.choice([top, end]), rng.randint(1, 2)
                    cv2.line(self.image, (int(cx), int(top)), (int(cx), int(end)), faint, thick, cv2.LINE_AA)
                    left = x + w * u(0, 0.4)
                    cv2.line(self.image, (int(left), int(across)), (int(x + w), int(across)), faint, thick, cv2.LINE_AA)
                case _:
                    cv2.circle(
                        self.image,
                        (int(cx), int(cy)),
                        max(1, int(min(w, h) * u(0.15, 0.45))),
                        gray,
                        rng.choice([1, 2, -1]),
                        cv2.LINE_AA,
                    )
