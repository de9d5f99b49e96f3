"""From a plate to what a camera and the detector make of it: one gray 64 x 128 crop for the reader.

usage: /usr/bin/python3 models/plates/augment.py POOL.npz sheet.png      draws 120 samples to look at

A plate is placed in front of a background as seen from an angle, cut by a box as the detector cuts it (a little loose, seldom a
little tight), brought to the few pixels a camera gives it, blurred, lit, compressed, and stretched to the reader's input.
"""
from __future__ import annotations

import random
import string
import sys

import cv2
import numpy as np

from reader import HEIGHT, WIDTH

TARGET = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)


class Augment:
    """Makes training crops; ``strength`` 0..1 scales the distortions (0.5 at the start of training)."""

    def __init__(self, seed: str, backgrounds: list[np.ndarray], mined: list[tuple[int, list[float]]] | None = None) -> None:
        """backgrounds: gray pictures without plates; patches of them lie behind drawn plates. mined: places in them that a detector
        takes for plates, number of the picture and box."""
        self.mined = mined or []
        self.random = random.Random(seed)
        self.backgrounds = backgrounds
        generator = np.random.default_rng(self.random.getrandbits(32))
        self.noise = generator.standard_normal((4, 256, 512)).astype(np.float32)
        self.strength = 1.0

    def drawn(self, plate: np.ndarray) -> np.ndarray:
        """uint8 [H, W], a plate and nothing else -> uint8 [64, 128]."""
        u, s = self.random.uniform, self.strength
        height, width = plate.shape
        aspect = width / height * u(0.88, 1.12)
        pixels = float(np.exp(u(np.log(max(38, 16 * aspect)), np.log(240))))   # plate's width at the camera
        h, w = pixels / aspect, pixels
        quad = (TARGET - 0.5) * [w, h]
        quad[:, 0] *= u(1 - 0.3 * s, 1)                                  # yaw narrows
        quad[:, 0] += quad[:, 1] * self.random.gauss(0, 0.1 * s)         # sheared upright strokes
        quad[:, 1] += quad[:, 0] * self.random.gauss(0, 0.05 * s)
        bend = self.random.gauss(0, 0.05 * s)
        quad[[0, 3], 1] *= 1 + bend
        quad[[1, 2], 1] *= 1 - bend
        tilt = self.random.gauss(0, 0.05 * s) if self.random.random() < 0.88 else u(-0.2, 0.2) * s
        turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        quad = (quad @ turn).astype(np.float32)
        low, high = quad.min(0), quad.max(0)
        size = high - low
        left, right = u(-0.02, 0.07), u(-0.02, 0.07)
        top, bottom = u(-0.03, 0.14), u(-0.03, 0.14)
        low, high = low - size * [left, top], high + size * [right, bottom]
        out_w, out_h = max(12, int(round(high[0] - low[0]))), max(8, int(round(high[1] - low[1])))
        quad = (quad - low) * np.array([out_w, out_h]) / (high - low)
        shrink = width / pixels
        if shrink > 1.3:
            plate = cv2.resize(plate, (max(8, int(width / shrink * 1.15)), max(8, int(height / shrink * 1.15))), interpolation=cv2.INTER_AREA)
        matrix = cv2.getPerspectiveTransform(TARGET * np.array([plate.shape[1], plate.shape[0]], np.float32), quad.astype(np.float32))
        behind = self._background(out_w, out_h, float(plate.mean()))
        image = cv2.warpPerspective(plate, matrix, (out_w, out_h), behind, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
        return self._camera(image, s)

    def real(self, image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
        """uint8 gray crop and the plate's box in it -> uint8 [64, 128]."""
        u, s = self.random.uniform, self.strength
        left, top, right, bottom = box
        w, h = right - left, bottom - top
        center = np.array([(left + right) / 2 + u(-0.03, 0.03) * w, (top + bottom) / 2 + u(-0.06, 0.06) * h])
        quad = (TARGET - 0.5) * [w * u(0.97, 1.14), h * u(0.95, 1.28)]
        quad[:, 0] += quad[:, 1] * self.random.gauss(0, 0.07 * s)
        tilt = self.random.gauss(0, 0.05 * s)
        turn = np.array([[np.cos(tilt), np.sin(tilt)], [-np.sin(tilt), np.cos(tilt)]])
        jitter = np.array([[self.random.gauss(0, 0.01 * w), self.random.gauss(0, 0.02 * h)] for _ in range(4)])
        quad = (quad @ turn + center + jitter * s).astype(np.float32)
        pixels = min(w, float(np.exp(u(np.log(64), np.log(256))))) if self.random.random() < 0.6 else w
        out_w, out_h = max(12, int(pixels)), max(8, int(pixels * h / w))
        if w > 1.4 * out_w:
            factor = out_w * 1.2 / w
            image = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            quad = quad * factor
        matrix = cv2.getPerspectiveTransform(quad, TARGET * np.array([out_w, out_h], np.float32))
        seen = cv2.warpPerspective(image, matrix, (out_w, out_h), borderMode=cv2.BORDER_REPLICATE)
        return self._camera(seen, 0.6 * s)

    def nothing(self) -> np.ndarray:
        """uint8 [64, 128] of what is no plate: a place that a detector took for one, any place, or lettering of other kinds."""
        u, kind = self.random.uniform, self.random.random()
        if kind < 0.25:
            return self._camera(self._lettering(), self.strength)
        if kind < 0.7 and self.mined:
            number, (left, top, right, bottom) = self.random.choice(self.mined)
            picture, w, h = self.backgrounds[number], right - left, bottom - top
            left, right = left + w * u(-0.15, 0.1), right + w * u(-0.1, 0.15)
            top, bottom = top + h * u(-0.2, 0.12), bottom + h * u(-0.12, 0.2)
        else:
            picture = self.random.choice(self.backgrounds)
            w = min(picture.shape[1] * 0.6, float(np.exp(u(np.log(40), np.log(320)))))
            h = min(picture.shape[0] * 0.6, w / u(1.1, 5))
            left, top = u(0, picture.shape[1] - w), u(0, picture.shape[0] - h)
            right, bottom = left + w, top + h
        x0, y0 = max(0, int(left)), max(0, int(top))
        part = picture[y0:max(y0 + 8, int(bottom)), x0:max(x0 + 12, int(right))]
        if part.shape[0] < 8 or part.shape[1] < 12:
            return self._camera(self._lettering(), self.strength)
        if self.random.random() < 0.4:
            part = part[:, ::-1]
        pixels = min(part.shape[1], int(np.exp(u(np.log(48), np.log(240)))))
        part = cv2.resize(part, (pixels, max(8, part.shape[0] * pixels // part.shape[1])), interpolation=cv2.INTER_AREA)
        return self._camera(np.ascontiguousarray(part), 0.7 * self.strength)

    def _lettering(self) -> np.ndarray:
        """What signs and vehicles carry and no plate does: small letters, sentences, several short lines, uint8 [h, w]."""
        u, rng = self.random.uniform, self.random
        height, width = rng.randint(40, 90), rng.randint(100, 260)
        paper, ink = u(0, 255), u(0, 255)
        if abs(paper - ink) < 50:
            ink = (paper + 128) % 256
        image = np.full((height, width), paper, np.uint8) if rng.random() < 0.5 else self._background(width, height, paper)
        lines = rng.choice((1, 1, 2, 3, 4))
        for line in range(lines):
            letters = string.ascii_lowercase if lines < 3 else string.ascii_lowercase + string.ascii_uppercase + string.digits
            words = [''.join(rng.choice(letters) for _ in range(rng.randint(2, 9))) for _ in range(rng.randint(1, 3))]
            text = ' '.join(word.capitalize() if rng.random() < 0.5 else word for word in words)
            face, thick = rng.choice((0, 2, 3, 4, 6, 7)), rng.choice((1, 2, 2, 3))
            scale = min(height / lines / u(30, 44), width * u(0.7, 1.3) / max(1, cv2.getTextSize(text, face, 1, thick)[0][0]))
            cv2.putText(image, text, (int(u(-0.05, 0.1) * width), int((line + 0.75) * height / lines)), face, scale, ink, thick, cv2.LINE_AA)
        return image

    def _background(self, width: int, height: int, level: float) -> np.ndarray:
        if not self.backgrounds or self.random.random() < 0.35:
            return np.full((height, width), np.clip(level * self.random.uniform(0.1, 1.3), 0, 255), np.uint8)
        picture = self.random.choice(self.backgrounds)
        h, w = min(height, picture.shape[0]), min(width, picture.shape[1])
        y, x = self.random.randint(0, picture.shape[0] - h), self.random.randint(0, picture.shape[1] - w)
        patch = picture[y:y + h, x:x + w]
        return patch.copy() if (h, w) == (height, width) else cv2.resize(patch, (width, height))

    def _camera(self, image: np.ndarray, s: float) -> np.ndarray:
        u, chance = self.random.uniform, self.random.random
        h, w = image.shape
        if chance() < 0.12 * s:                                          # motion
            length = self.random.randint(2, max(2, w // 28))
            kernel = np.zeros((length, length), np.float32)
            slope = u(-0.4, 0.4)
            for i in range(length):
                kernel[int(np.clip(length / 2 + (i - length / 2) * slope, 0, length - 1)), i] = 1 / length
            image = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        if chance() < 0.35:
            image = cv2.GaussianBlur(image, (0, 0), u(0.3, 0.4 + 0.008 * w * s + 0.3 * s))
        x = image.astype(np.float32)
        if chance() < 0.3 * s:                                           # shadow or light along a line
            nx, ny = u(-1, 1) / w, u(-1, 1) / h
            ramp = (np.arange(w, dtype=np.float32) * nx)[None] + (np.arange(h, dtype=np.float32) * ny)[:, None]
            ramp = np.clip((ramp - u(-0.4, 0.6)) * (u(1, 3) if chance() < 0.6 else 40), 0, 1)
            x *= 1 - ramp * u(0.15, 0.65)
        if chance() < 0.06 * s:                                          # headlight bloom
            cx, cy, r = u(0, w), u(0, h), u(0.1, 0.5) * w
            d = ((np.arange(w, dtype=np.float32) - cx) ** 2)[None] + ((np.arange(h, dtype=np.float32) - cy) ** 2)[:, None]
            x += np.exp(-d / (2 * r * r)) * u(40, 160)
        contrast = u(1 - 0.65 * s, 1.25)
        x = (x - 128) * contrast + 128 + u(-60, 50) * s
        if chance() < 0.3:
            x = 255 * (np.clip(x, 0, 255) / 255) ** u(0.5, 2)
        if chance() < 0.45:
            layer, y0, x0 = self.random.randrange(4), self.random.randint(0, 255 - min(h, 250)), self.random.randint(0, 511 - min(w, 500))
            if h <= 250 and w <= 500:
                x += self.noise[layer, y0:y0 + h, x0:x0 + w] * u(1, 9 * s + 2) * (0.3 + contrast)
        image = np.clip(x, 0, 255).astype(np.uint8)
        if chance() < 0.35:                                              # JPEG; low quality looks like a starved H.264 as well
            image = cv2.imdecode(cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, self.random.randint(18, 85)])[1], cv2.IMREAD_GRAYSCALE)
        if chance() < 0.04:
            image = 255 - image
        shrinks = w > WIDTH or h > HEIGHT
        return cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        sys.exit(2)
    import data
    import draw
    plates = draw.load_pool(sys.argv[1])
    augment = Augment('sheet', [cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in data.negatives()[0]])
    real = data.crops()[0]
    cells = []
    for number in range(120):
        if number % 4 == 3:
            crop = augment.random.choice(real)
            image, text = augment.real(crop.image, crop.box), crop.text
        else:
            plate = plates[augment.random.randrange(len(plates))]
            image, text = augment.drawn(plate.image), plate.text
        cell = cv2.copyMakeBorder(image, 2, 18, 2, 2, cv2.BORDER_CONSTANT, value=255)
        cv2.putText(cell, text, (4, 80), cv2.FONT_HERSHEY_SIMPLEX, 0.45, 0, 1, cv2.LINE_AA)
        cells.append(cell)
    cv2.imwrite(sys.argv[2], np.vstack([np.hstack(cells[i:i + 12]) for i in range(0, 120, 12)]))


if __name__ == '__main__':
    main()
