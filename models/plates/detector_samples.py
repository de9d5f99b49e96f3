#!/usr/bin/python3
"""Training pictures of the plate detector: crops of real scenes, drawn plates set into them, what cameras do to pictures, targets.

usage:   /usr/bin/python3 models/plates/detector_samples.py --pool artifacts/plates/pool-1.npz --out sheet.png [--count 40] [--seed 1]
example: the line above draws forty training pictures with their boxes (green: real, yellow: drawn, with corners) to look at

Everything is uint8 OpenCV work on one core. A sample follows from (seed, number) alone, so that a run can be cut and taken up again.
"""
from __future__ import annotations

import argparse
import math
import random
from typing import NamedTuple

import cv2
import numpy as np

import data
import draw
from detector import STRIDE

SIZE = 384
CELLS = SIZE // STRIDE
NARROWEST, WIDEST = 12.0, 400.0
GRAY = 114  # the letterbox's colour

# Share of each kind of picture, how far its publisher squeezed it to a square at most, how far it may be enlarged, and the
# weight of its boxes: those of us_wild are loose, those of the small scene sets were drawn tightly by eye.
SOURCES = {
    'negative': (0.20, 1.0, 3.0, 0.0),
    'romania': (0.12, 1.0, 3.2, 0.6),
    'romania_rest': (0.17, 1.0, 3.2, 0.6),
    'mixed300': (0.25, 1.55, 4.0, 0.6),
    'us_wild': (0.15, 1.55, 3.5, 0.2),
    'us_states_scene': (0.05, 1.0, 2.5, 1.0),
    'vietnam_scene': (0.045, 1.0, 3.0, 1.0),
    'misc_scene': (0.015, 1.0, 3.0, 1.0),
}
MINED_SHARE = 0.6  # of the negatives, once there are mined places
BLANKED_SHARE = 0.07  # of the pictures with plates: the plates are painted over

# Paper and ink, RGB: private, yellow, taxi, export and diplomatic plates. The gray of a drawn plate blends from ink to paper.
COLOURS = (
    [((250, 250, 250), (12, 12, 15))] * 12 + [((240, 242, 248), (25, 35, 110))] * 2 + [((245, 240, 225), (120, 20, 25))]
    + [((250, 200, 30), (10, 10, 10))] * 3 + [((255, 215, 90), (20, 20, 60)), ((150, 215, 120), (10, 30, 15))]
    + [((240, 245, 240), (15, 95, 50))] * 2 + [((60, 140, 80), (245, 250, 245)), ((200, 40, 40), (250, 250, 250))]
    + [((40, 70, 170), (250, 250, 250)), ((150, 185, 225), (20, 25, 60)), ((30, 30, 32), (235, 235, 230))]
    + [((190, 190, 190), (35, 35, 35))] * 2 + [((245, 150, 60), (20, 15, 10))]
)
LETTERS = 'ABCDEFGHIJKLMNOPRSTUVWYZabcdefghiklmnoprstuvwy0123456789 '


class Picture(NamedTuple):
    """A picture in three sizes, uint8 RGB (whole, half, quarter), boxes [n, 4] in pixels of the whole, and its set."""
    sizes: tuple[np.ndarray, np.ndarray, np.ndarray]
    boxes: np.ndarray
    set: str


class Hard(NamedTuple):
    """A place where the detector saw a plate that is none: picture of a set, centre and width in its pixels."""
    set: str
    picture: int
    x: float
    y: float
    width: float


class Sample(NamedTuple):
    """A training picture uint8 RGB [SIZE, SIZE, 3]; boxes [n, 4]; corners [n, 4, 2]; weight of each box and whether its
    corners are known."""
    image: np.ndarray
    boxes: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    is_drawn: np.ndarray


def load_pictures(scenes: list[data.Scene], negatives: list[str]) -> dict[str, list[Picture]]:
    """Pictures by set; those without a plate under 'negative'."""
    pictures: dict[str, list[Picture]] = {}
    items = [(scene.path, scene.boxes, scene.set) for scene in scenes]
    for path, boxes, name in items + [(path, np.zeros((0, 4), np.float32), 'negative') for path in negatives]:
        image = cv2.imread(path)
        if image is None:
            raise ValueError(f'{path} does not read as a picture')
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        quarter = cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        pictures.setdefault(name, []).append(Picture((image, half, quarter), boxes, name))
    return pictures


def overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Intersection over union of a box [4] with boxes [n, 4]."""
    width = np.clip(np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0]), 0, None)
    height = np.clip(np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1]), 0, None)
    inner = width * height
    areas = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    return inner / ((box[2] - box[0]) * (box[3] - box[1]) + areas - inner)


def perspective_quad(rng: random.Random, aspect: float) -> np.ndarray:
    """Corners [4, 2] of a plate seen from the side by up to 45 degrees, centred, as wide as 1: top-left, top-right,
    bottom-right, bottom-left."""
    steep = rng.random() < 0.4
    yaw = math.radians(rng.uniform(-45, 45) if steep else rng.gauss(0, 12))
    pitch = math.radians(rng.uniform(-45, 45) if steep and rng.random() < 0.6 else rng.gauss(0, 10))
    roll = math.radians(rng.gauss(0, 9 if steep else 4))
    x = np.array([-0.5, 0.5, 0.5, -0.5]) * aspect
    y = np.array([-0.5, -0.5, 0.5, 0.5])
    x, y = x * math.cos(roll) - y * math.sin(roll), x * math.sin(roll) + y * math.cos(roll)
    x, z = x * math.cos(yaw), x * math.sin(yaw)
    y, z = y * math.cos(pitch) - z * math.sin(pitch), y * math.sin(pitch) + z * math.cos(pitch)
    distance = aspect * rng.uniform(2.0, 8.0)
    quad = np.stack([x, y], 1) * (distance / (distance + z))[:, None]
    low, high = quad.min(0), quad.max(0)
    return (quad - (low + high) / 2) / (high[0] - low[0])


class Sampler:
    """Makes training samples; ``hard`` may be replaced between samples."""

    def __init__(self, pictures: dict[str, list[Picture]], plates: list[draw.Plate], seed: str, drawn_share: float = 0.45) -> None:
        self.pictures, self.plates, self.seed, self.drawn_share = pictures, plates, seed, drawn_share
        self.hard: list[Hard] = []
        self.names = [name for name in SOURCES if name in pictures]
        self.shares = [SOURCES[name][0] for name in self.names]
        noise = np.random.default_rng(5)
        coarse = [np.repeat(np.repeat(noise.normal(0, s, (SIZE // 2, SIZE // 2, 1)), 2, 0), 2, 1) for s in (3, 6, 10)]
        fine = [noise.normal(0, s, (SIZE, SIZE, c)) for s in (3, 6, 11) for c in (1, 3)]
        self.noise = [np.broadcast_to(n, (SIZE, SIZE, 3)).astype(np.int16) for n in coarse + fine]

    def sample(self, number: int) -> Sample:
        """The sample of that number."""
        rng = random.Random(f'{self.seed}/{number}')
        name = rng.choices(self.names, self.shares)[0]
        image, boxes, weights = self._crop(rng, name)
        corners = [np.array([[b[0], b[1]], [b[2], b[1]], [b[2], b[3]], [b[0], b[3]]]) for b in boxes]
        is_drawn = [False] * len(boxes)
        is_night = rng.random() < 0.13
        if is_night:
            image = cv2.LUT(image, _curve(rng.uniform(1.2, 2.2), rng.uniform(0.25, 0.8), 0))
            if rng.random() < 0.5:  # infrared light
                image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        if boxes and rng.random() < BLANKED_SHARE:
            for box in boxes:
                _blank(rng, image, box)
            boxes, corners, weights, is_drawn = [], [], [], []
        if rng.random() < 0.3:
            self._distract(rng, image, boxes)
        if rng.random() < self.drawn_share and self.plates:
            for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
                self._set_plate(rng, image, boxes, corners, weights, is_drawn, is_night)
        image = self._camera(rng, image, is_night)
        return Sample(image, np.array(boxes, np.float32).reshape(-1, 4), np.array(corners, np.float32).reshape(-1, 4, 2),
                      np.array(weights, np.float32), np.array(is_drawn, np.float32))

    def _crop(self, rng: random.Random, name: str, depth: int = 0) -> tuple[np.ndarray, list[np.ndarray], list[float]]:
        """A scaled, turned part of a picture with its boxes and their weights; a picture that leaves much of the crop empty
        mostly lies on another one."""
        _, squeeze, largest, weight = SOURCES[name]
        target = math.exp(rng.uniform(math.log(NARROWEST), math.log(WIDEST)))
        if name == 'negative' and self.hard and rng.random() < MINED_SHARE:
            place = rng.choice(self.hard)
            picture, name = self.pictures[place.set][place.picture], place.set
            weight = SOURCES[name][3]
            scale, center = min(target, 250.0) / place.width, (place.x, place.y)
        else:
            picture = rng.choice(self.pictures[name])
            height, width = picture.sizes[0].shape[:2]
            if len(picture.boxes) and rng.random() < 0.8:
                box = picture.boxes[rng.randrange(len(picture.boxes))]
                scale, center = target / max(4.0, float(box[2] - box[0])), ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
            else:
                scale, center = math.exp(rng.uniform(math.log(0.25), math.log(2.0))) * 640 / max(width, height), (rng.uniform(0, width), rng.uniform(0, height))
        height, width = picture.sizes[0].shape[:2]
        wider = rng.uniform(1.0, squeeze)
        across = rng.uniform(0.9, 1.12) * wider
        scale = min(max(scale / wider, 0.12), largest)
        flip = -1.0 if rng.random() < 0.3 else 1.0
        angle = math.radians(rng.gauss(0, 3) if rng.random() < 0.85 else rng.uniform(-20, 20))
        cos, sin = math.cos(angle), math.sin(angle)
        linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag([flip * scale * across, scale])
        shift = np.array([rng.uniform(0.08, 0.92) * SIZE, rng.uniform(0.08, 0.92) * SIZE]) - linear @ np.array(center)
        if rng.random() < 0.9:  # gray beyond the picture only where the picture is smaller than the crop
            outline = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ linear.T + shift
            low, high = outline.min(0), outline.max(0)
            for axis in (0, 1):
                if high[axis] - low[axis] > SIZE:
                    shift[axis] += -low[axis] if low[axis] > 0 else max(0.0, SIZE - high[axis])
        level = 2 if scale < 0.34 else 1 if scale < 0.67 else 0
        moved = np.hstack([linear * 2 ** level, shift[:, None]])
        outline = np.array([[0, 0], [width, 0], [width, height], [0, height]]) @ linear.T + shift
        low, high = outline.min(0), outline.max(0)
        covered = np.clip(np.minimum(high, SIZE) - np.maximum(low, 0), 0, None)
        if covered[0] * covered[1] < 0.6 * SIZE * SIZE and depth < 2 and rng.random() < 0.8:
            image, boxes, weights = self._crop(rng, rng.choices(self.names, self.shares)[0], depth + 1)
            apart = [b[0] > high[0] or b[2] < low[0] or b[1] > high[1] or b[3] < low[1] for b in boxes]
            for box, is_apart in zip(boxes, apart):
                if not is_apart:
                    _blank(rng, image, box)
            boxes = [b for b, is_apart in zip(boxes, apart) if is_apart]
            weights = [w for w, is_apart in zip(weights, apart) if is_apart]
        else:
            image, boxes, weights = np.full((SIZE, SIZE, 3), GRAY, np.uint8), [], []
        cv2.warpAffine(picture.sizes[level], moved, (SIZE, SIZE), image, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
        for box in picture.boxes:
            x, y = linear @ np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2]) + shift
            # The turned plate's own box, not the box round the turned box: that one would be too large.
            w = (box[2] - box[0]) * scale * across
            h = (box[3] - box[1]) * scale
            wide, tall = w * abs(cos) + h * abs(sin) * 0.5, h * abs(cos) + w * abs(sin) * 0.5
            whole = np.array([x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2])
            seen = np.clip(whole, 0, SIZE)
            share = (seen[2] - seen[0]) * (seen[3] - seen[1]) / (wide * tall)
            if share >= 0.5:
                boxes.append(seen)
                weights.append(weight)
            elif share > 0:
                _blank(rng, image, seen)  # a cut plate is neither one nor none
        return image, boxes, weights

    def _set_plate(self, rng: random.Random, image: np.ndarray, boxes: list[np.ndarray], corners: list[np.ndarray],
                   weights: list[float], is_drawn: list[bool], is_night: bool) -> None:
        """Sets a drawn plate into the picture: over a real one, so that it hangs where plates hang, or anywhere."""
        plate = rng.choice(self.plates)
        shape = perspective_quad(rng, plate.image.shape[1] / plate.image.shape[0] * rng.uniform(0.88, 1.14))
        size = np.array([1.0, shape[:, 1].max() - shape[:, 1].min()])
        replaced = None
        real = [i for i, drawn in enumerate(is_drawn) if not drawn]
        if real and rng.random() < 0.5:
            replaced = rng.choice(real)
            old = boxes[replaced]
            w = max(old[2] - old[0], (old[3] - old[1]) / size[1]) * rng.uniform(1.02, 1.3)
            center = (old[:2] + old[2:]) / 2
        else:
            w = math.exp(rng.uniform(math.log(NARROWEST), math.log(WIDEST)))
            center = np.array([rng.uniform(0.1, 0.9) * SIZE if w > 0.7 * SIZE else rng.uniform(-0.1 * w, SIZE + 0.1 * w), rng.uniform(0.02, 0.98) * SIZE])
        if w * size[1] > 0.75 * SIZE or w > 1.25 * SIZE:
            return
        quad = (shape * w + center).astype(np.float32)
        whole = np.concatenate([quad.min(0), quad.max(0)])
        box = np.clip(whole, 0, SIZE)
        if box[2] - box[0] < 6 or (box[2] - box[0]) * (box[3] - box[1]) < 0.6 * (whole[2] - whole[0]) * (whole[3] - whole[1]):
            return
        others = [b for i, b in enumerate(boxes) if i != replaced]
        if others and overlap(whole, np.array(others)).max() > 0:
            return
        if replaced is not None:
            for parts in (boxes, corners, weights, is_drawn):
                del parts[replaced]
        around = image[int(box[1]):int(box[3]) + 1, int(box[0]):int(box[2]) + 1]
        light = float(around.mean()) if around.size else 100.0
        if rng.random() < 0.5:
            _surround(rng, image, quad, center, light)
        _lay(rng, image, quad, self._painted(rng, plate, light, w, is_night), is_night)
        boxes.append(box)
        corners.append(quad)
        weights.append(1.0)
        is_drawn.append(True)

    @staticmethod
    def _painted(rng: random.Random, plate: draw.Plate, light: float, width: float, is_night: bool) -> tuple[np.ndarray, int, int]:
        """The plate in colour and light, shrunk to about the size it is seen at, with its frame's thickness across and down."""
        gray = plate.image
        height, wide = gray.shape
        if width < wide * 0.7:
            factor = max(width * 1.1 / wide, 8 / height)
            gray = cv2.resize(gray, (max(8, round(wide * factor)), max(6, round(height * factor))), interpolation=cv2.INTER_AREA)
        paper, ink = rng.choice(COLOURS)
        if is_night and rng.random() < 0.7:  # the paper throws the light back
            gain = rng.uniform(0.7, 1.15)
        else:
            gain = min(1.12, max(0.22, (light + rng.uniform(-15, 100)) / 175))
        lift = rng.uniform(0, 45) * min(1.0, light / 120)
        ramp = np.arange(256, dtype=np.float32)[:, None] / 255
        table = ramp * np.array(paper, np.float32) + (1 - ramp) * np.array(ink, np.float32)
        table = np.clip(table * gain + lift * (1 - gain * 0.5), 0, 255).astype(np.uint8)
        painted = cv2.LUT(cv2.merge([gray, gray, gray]), table[None])
        if rng.random() < 0.3:  # light falls off to one side
            a, b = rng.uniform(0.45, 1.0), rng.uniform(0.8, 1.1)
            slope = np.linspace(a, b, painted.shape[1], dtype=np.float32)
            painted = cv2.multiply(painted, np.repeat(np.repeat((slope[::rng.choice((1, -1))])[None, :, None], painted.shape[0], 0), 3, 2), dtype=cv2.CV_8U)
        if rng.random() < 0.12:  # the edge of a shadow
            x0, x1 = rng.uniform(0, painted.shape[1]), rng.uniform(0, painted.shape[1])
            shadow = np.array([[0, 0], [x0, 0], [x1, painted.shape[0]], [0, painted.shape[0]]], np.int32)
            mask = np.zeros(painted.shape[:2], np.uint8)
            cv2.fillConvexPoly(mask, shadow, 255)
            painted = np.where(mask[..., None] > 0, cv2.convertScaleAbs(painted, None, rng.uniform(0.35, 0.75)), painted)
        frame_x = frame_y = 0
        if rng.random() < 0.4:
            frame_y = max(1, round(painted.shape[0] * rng.uniform(0.03, 0.14)))
            frame_x = max(1, round(frame_y * rng.uniform(0.6, 1.2)))
            tone = [int(min(255, max(0, rng.choice((15, 15, 30, 90, 170, 220)) * gain + rng.uniform(-8, 8))))] * 3
            painted = cv2.copyMakeBorder(painted, frame_y, frame_y, frame_x, frame_x, cv2.BORDER_CONSTANT, value=tone)
            if frame_y > 6 and rng.random() < 0.5:  # the dealer's name
                word = ''.join(rng.choice(LETTERS) for _ in range(rng.randint(5, 14)))
                cv2.putText(painted, word, (frame_x + painted.shape[1] // 5, painted.shape[0] - 2), cv2.FONT_HERSHEY_SIMPLEX, frame_y / 32, [255 - tone[0]] * 3, 1)
        return painted, frame_x, frame_y

    def _distract(self, rng: random.Random, image: np.ndarray, boxes: list[np.ndarray]) -> None:
        """Things with letters or plate-like shapes that are no plates: lettering, signs, a recorder's clock, grilles, blanks."""
        for _ in range(rng.randint(1, 3)):
            kind = rng.random()
            w, h = rng.uniform(20, 220), rng.uniform(12, 90)
            x, y = rng.uniform(-20, SIZE - 20), rng.uniform(-10, SIZE - 15)
            if kind < 0.25:  # the clock lies at an edge
                w, h, x = rng.uniform(90, 260), rng.uniform(10, 26), rng.choice((4, SIZE - 264, rng.uniform(0, 120)))
                y = rng.choice((2.0, SIZE - h - 3))
            if any(x < b[2] + 8 and x + w > b[0] - 8 and y < b[3] + 8 and y + h > b[1] - 8 for b in boxes):
                continue
            if kind < 0.25:
                _clock(rng, image, int(x), int(y), h)
            elif kind < 0.5:
                word = ''.join(rng.choice(LETTERS) for _ in range(rng.randint(3, 12)))
                tone = [int(rng.uniform(0, 255)) for _ in range(3)] if rng.random() < 0.5 else [int(rng.uniform(0, 255))] * 3
                cv2.putText(image, word, (int(x), int(y + h * 0.7)), rng.choice((0, 2, 3, 4, 6, 7)), h / rng.uniform(30, 70), tone, rng.choice((1, 1, 2, 3)), cv2.LINE_AA)
            elif kind < 0.72:
                _sign(rng, image, int(x), int(y), int(w * 0.7), int(max(h, w * 0.45)))
            elif kind < 0.87:  # a grille or a fence
                tone, step = rng.uniform(0, 140), rng.randint(3, 9)
                cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), [int(tone)] * 3, -1)
                lines = range(int(y), int(y + h), step) if rng.random() < 0.6 else range(int(x), int(x + w), step)
                is_across, lit = rng.random() < 0.6, [int(min(255, tone + rng.uniform(30, 110)))] * 3
                for at in lines:
                    ends = ((int(x), at), (int(x + w), at)) if is_across else ((at, int(y)), (at, int(y + h)))
                    cv2.line(image, ends[0], ends[1], lit, rng.choice((1, 1, 2)))
            else:  # a blank light or dark patch: a lamp, a window, a sticker
                tone = [int(rng.uniform(0, 255)) for _ in range(3)] if rng.random() < 0.4 else [int(rng.choice((20, 200, 240)))] * 3
                _quad_fill(rng, image, x, y, w, h * 0.6, tone)

    def _camera(self, rng: random.Random, image: np.ndarray, is_night: bool) -> np.ndarray:
        """Light, colour, blur, noise and compression of the whole picture."""
        if rng.random() < 0.7:
            image = cv2.LUT(image, _curve(math.exp(rng.uniform(-0.35, 0.35)), rng.uniform(0.7, 1.2), rng.uniform(-25, 35)))
        if rng.random() < 0.4:
            gains = [rng.uniform(0.8, 1.2) for _ in range(3)]
            ramp = np.arange(256, dtype=np.float32)[:, None]
            image = cv2.LUT(image, np.clip(ramp * np.array(gains, np.float32), 0, 255).astype(np.uint8)[None])
        if rng.random() < 0.15:
            image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        blur = rng.random()
        if blur < 0.16:
            image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.5))
        elif blur < 0.28:
            image = cv2.filter2D(image, -1, _streak(rng.randint(3, 11), rng.uniform(0, math.pi) if rng.random() < 0.5 else rng.gauss(0, 0.2)))
        elif blur < 0.33:  # a sub-stream, enlarged
            factor = rng.uniform(0.4, 0.8)
            small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
            image = cv2.resize(small, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
        elif blur < 0.37:
            soft = cv2.GaussianBlur(image, (0, 0), 1.5)
            image = cv2.addWeighted(image, 1.8, soft, -0.8, 0)
        if rng.random() < (0.6 if is_night else 0.28):
            image = cv2.add(image, rng.choice(self.noise), dtype=cv2.CV_8U)
        if rng.random() < 0.28:
            image = _compress(rng, image)
        return image


def _curve(gamma: float, contrast: float, lift: float) -> np.ndarray:
    ramp = np.arange(256, dtype=np.float32) / 255
    return np.clip((ramp ** gamma - 0.5) * contrast * 255 + 127.5 * min(1.0, contrast) + lift, 0, 255).astype(np.uint8)


def _streak(length: int, angle: float) -> np.ndarray:
    kernel = np.zeros((length, length), np.float32)
    c, dx, dy = (length - 1) / 2, math.cos(angle) * length / 2, math.sin(angle) * length / 2
    cv2.line(kernel, (round(c - dx), round(c - dy)), (round(c + dx), round(c + dy)), 1.0)
    kernel[length // 2, length // 2] = 1
    return kernel / kernel.sum()


def _compress(rng: random.Random, image: np.ndarray) -> np.ndarray:
    """JPEG; of coarse quality it also stands for H.264's blocks, then on a grid that does not lie on the picture's corner."""
    quality = int(math.exp(rng.uniform(math.log(8), math.log(80))))
    dx, dy = (rng.randint(0, 7), rng.randint(0, 7)) if quality < 30 else (0, 0)
    ok, code = cv2.imencode('.jpg', image[dy:, dx:], [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not ok:
        raise ValueError('JPEG encoder refused a picture')
    image[dy:, dx:] = cv2.imdecode(code, cv2.IMREAD_COLOR)
    return image


def _blank(rng: random.Random, image: np.ndarray, box: np.ndarray) -> None:
    """Paints over a box with the colours around it."""
    w, h = box[2] - box[0], box[3] - box[1]
    x0, y0, x1, y1 = (int(max(0, box[0] - 0.12 * w - 2)), int(max(0, box[1] - 0.2 * h - 2)),
                      int(min(SIZE, box[2] + 0.12 * w + 3)), int(min(SIZE, box[3] + 0.2 * h + 3)))
    if x1 - x0 < 3 or y1 - y0 < 3:
        return
    part = image[y0:y1, x0:x1]
    top, bottom = part[0].astype(np.float32), part[-1].astype(np.float32)
    ends = cv2.blur(np.stack([top, bottom]), (max(1, (x1 - x0) // 6), 1))
    fill = cv2.resize(ends, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    part[:] = np.clip(fill + rng.uniform(-12, 12), 0, 255).astype(np.uint8)


def _quad_fill(rng: random.Random, image: np.ndarray, x: float, y: float, w: float, h: float, tone: list[int]) -> None:
    jitter = [rng.uniform(-0.12, 0.12) for _ in range(8)]
    quad = np.array([[x + jitter[0] * w, y + jitter[1] * h], [x + w + jitter[2] * w, y + jitter[3] * h],
                     [x + w + jitter[4] * w, y + h + jitter[5] * h], [x + jitter[6] * w, y + h + jitter[7] * h]])
    cv2.fillConvexPoly(image, quad.astype(np.int32), tone, cv2.LINE_AA)


def _surround(rng: random.Random, image: np.ndarray, quad: np.ndarray, center: np.ndarray, light: float) -> None:
    """What plates hang on: a bumper or recess round the plate, or the narrow tail of a motorcycle with its lamp."""
    tone = light * rng.uniform(0.15, 1.25) + rng.uniform(-15, 15)
    colour = [int(min(255, max(0, tone * rng.uniform(0.8, 1.2)))) for _ in range(3)] if rng.random() < 0.4 else [int(min(255, max(0, tone)))] * 3
    side, down = quad[1] - quad[0], quad[3] - quad[0]
    width, height = float(np.hypot(*side)), float(np.hypot(*down))
    if width < 2.6 * height and rng.random() < 0.4:
        a, b = rng.uniform(0.05, 0.25), rng.uniform(0.6, 2.0)
        tail = np.array([quad[0] - side * a - down * b, quad[1] + side * a - down * b, quad[2] + side * a * 0.5 + down * 0.2, quad[3] - side * a * 0.5 + down * 0.2])
        cv2.fillConvexPoly(image, tail.astype(np.int32), colour, cv2.LINE_AA)
        lamp = (quad[0] + quad[1]) / 2 - down * b * 0.5
        cv2.ellipse(image, (int(lamp[0]), int(lamp[1])), (max(1, int(width * 0.3)), max(1, int(height * 0.2))), 0, 0, 360, (int(rng.uniform(90, 255)), 25, 25), -1)
        return
    grow = rng.uniform(0.05, 0.5)
    larger = (quad - center) * np.array([1 + grow * height / width * 2, 1 + grow * 1.6]) + center + np.array([0, rng.uniform(-0.2, 0.2) * height * grow])
    cv2.fillConvexPoly(image, larger.astype(np.int32), colour, cv2.LINE_AA)
    if rng.random() < 0.3:
        darker = [int(c * 0.5) for c in colour]
        cv2.polylines(image, [larger.astype(np.int32)], True, darker, max(1, int(height * 0.05)), cv2.LINE_AA)


def _lay(rng: random.Random, image: np.ndarray, quad: np.ndarray, painted: tuple[np.ndarray, int, int], is_night: bool) -> None:
    """Warps the plate (with its frame outside of ``quad``) into the picture."""
    plate, frame_x, frame_y = painted
    h, w = plate.shape[:2]
    inner = np.array([[frame_x, frame_y], [w - frame_x, frame_y], [w - frame_x, h - frame_y], [frame_x, h - frame_y]], np.float32)
    forward = cv2.getPerspectiveTransform(inner, quad)
    outer = cv2.perspectiveTransform(np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float32), forward)[0]
    x0, y0 = (int(max(0, v - 4)) for v in outer.min(0))
    x1, y1 = (int(min(SIZE, v + 5)) for v in outer.max(0))
    if x1 - x0 < 4 or y1 - y0 < 4:
        return
    moved = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1]], np.float64) @ forward
    size = (x1 - x0, y1 - y0)
    laid = cv2.warpPerspective(plate, moved, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    cv2.fillConvexPoly(mask, np.round((outer - [x0, y0]) * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    if rng.random() < 0.6:
        sigma = rng.uniform(0.3, 1.2)
        laid, mask = cv2.GaussianBlur(laid, (0, 0), sigma), cv2.GaussianBlur(mask, (0, 0), sigma)
    part = image[y0:y1, x0:x1]
    alpha = cv2.merge([mask, mask, mask])
    mixed = cv2.add(cv2.multiply(laid, alpha, scale=1 / 255), cv2.multiply(part, cv2.bitwise_not(alpha), scale=1 / 255))
    if is_night and rng.random() < 0.4:  # the glare of a plate that throws the light back
        mixed = cv2.add(mixed, cv2.convertScaleAbs(cv2.GaussianBlur(cv2.multiply(laid, alpha, scale=1 / 255), (0, 0), max(1.0, size[1] / 8)), None, rng.uniform(0.1, 0.35)))
    part[:] = mixed


def _clock(rng: random.Random, image: np.ndarray, x: int, y: int, height: float) -> None:
    digits = ''.join(rng.choice('0123456789') for _ in range(14))
    word = rng.choice((f'{digits[:4]}-{digits[4:6]}-{digits[6:8]} {digits[8:10]}:{digits[10:12]}:{digits[12:]}', f'{digits[:2]}/{digits[2:4]}/{digits[4:8]} {digits[8:10]}:{digits[10:12]}',
                       f'CAM {digits[:2]}', f'CH{digits[0]} {digits[1:3]}:{digits[3:5]}:{digits[5:7]}', 'Camera 01 GATE', f'{digits[:3]} km/h N{digits[3:5]}.{digits[5:10]} E{digits[10:]}'))
    scale, at = height / 24, (x, int(y + height * 0.9))
    face = rng.choice((0, 0, 1, 2))
    if rng.random() < 0.3:
        (w, h), _ = cv2.getTextSize(word, face, scale, 1)
        cv2.rectangle(image, (x - 2, at[1] - h - 3), (x + w + 2, at[1] + 4), (0, 0, 0), -1)
    elif rng.random() < 0.6:
        cv2.putText(image, word, at, face, scale, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(image, word, at, face, scale, rng.choice(((255, 255, 255), (255, 255, 0), (240, 240, 240), (0, 255, 0))), 1, cv2.LINE_AA)


def _sign(rng: random.Random, image: np.ndarray, x: int, y: int, w: int, h: int) -> None:
    """A road or shop sign: several short lines on a board that is taller than a plate."""
    back, front = rng.choice((((20, 70, 160), (250, 250, 250)), ((10, 110, 70), (250, 250, 250)), ((245, 245, 245), (20, 20, 20)), ((240, 200, 40), (10, 10, 10)),
                              ((190, 30, 40), (250, 250, 250)), ((245, 245, 245), (190, 30, 40))))
    gain = rng.uniform(0.4, 1.0)
    back, front = [int(c * gain) for c in back], [int(c * gain) for c in front]
    if rng.random() < 0.25:
        cv2.circle(image, (x + w // 2, y + h // 2), max(6, min(w, h) // 2), back, -1, cv2.LINE_AA)
        cv2.putText(image, str(rng.randint(1, 12) * 10), (x + w // 4, y + h * 2 // 3), 0, min(w, h) / 60, front, 2, cv2.LINE_AA)
        return
    cv2.rectangle(image, (x, y), (x + w, y + h), back, -1)
    cv2.rectangle(image, (x, y), (x + w, y + h), front, max(1, h // 40))
    lines = rng.randint(3, 6)
    for line in range(lines):
        word = ''.join(rng.choice(LETTERS) for _ in range(rng.randint(2, 14)))
        cv2.putText(image, word, (x + 3, y + (line + 1) * h // (lines + 1)), rng.choice((0, 2, 3)), h / lines / 40, front, 1, cv2.LINE_AA)


class Targets(NamedTuple):
    """Maps [CELLS, CELLS] of one sample: score (1 at a plate's centre, falling off like a bell), box distances [4, ...] and corner
    offsets [8, ...] in pixels from the cell's centre, weights of the boxes and of the corners."""
    score: np.ndarray
    box: np.ndarray
    corners: np.ndarray
    box_weight: np.ndarray
    corner_weight: np.ndarray


_ROWS, _COLUMNS = np.mgrid[0:CELLS, 0:CELLS]
CELL_X = ((_COLUMNS + 0.5) * STRIDE).astype(np.float32)
CELL_Y = ((_ROWS + 0.5) * STRIDE).astype(np.float32)


def targets(sample: Sample) -> Targets:
    """What the network should say about a sample. Bells as in CornerNet (Law & Deng 2018), flatter for flat plates."""
    score = np.zeros((CELLS, CELLS), np.float32)
    box_map, corner_map = np.zeros((4, CELLS, CELLS), np.float32), np.zeros((8, CELLS, CELLS), np.float32)
    box_weight, corner_weight = np.zeros((CELLS, CELLS), np.float32), np.zeros((CELLS, CELLS), np.float32)
    for box, quad, weight, drawn in zip(sample.boxes, sample.corners, sample.weights, sample.is_drawn):
        w, h = box[2] - box[0], box[3] - box[1]
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        spread_x, spread_y = max(w * 0.14, 0.6 * STRIDE), max(h * 0.18, 0.6 * STRIDE)
        bell = np.exp(-((CELL_X - x) ** 2 / (2 * spread_x ** 2) + (CELL_Y - y) ** 2 / (2 * spread_y ** 2)))
        row, column = min(CELLS - 1, int(y // STRIDE)), min(CELLS - 1, int(x // STRIDE))
        bell[row, column] = 1
        np.maximum(score, bell, out=score)
        near = (np.abs(CELL_X - x) < max(STRIDE, w * 0.15)) & (np.abs(CELL_Y - y) < max(0.75 * STRIDE, h * 0.2))
        near &= (CELL_X > box[0]) & (CELL_X < box[2]) & (CELL_Y > box[1]) & (CELL_Y < box[3])
        near[row, column] = True
        box_weight[near], corner_weight[near] = weight, drawn
        for channel, distance in enumerate((CELL_X - box[0], CELL_Y - box[1], box[2] - CELL_X, box[3] - CELL_Y)):
            box_map[channel][near] = distance[near]
        for corner in range(4):
            corner_map[2 * corner][near] = (quad[corner, 0] - CELL_X)[near]
            corner_map[2 * corner + 1][near] = (quad[corner, 1] - CELL_Y)[near]
    return Targets(score, box_map, corner_map, box_weight, corner_weight)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--pool', required=True, help='drawn plates, made by draw.py pool')
    parser.add_argument('--out', required=True, help='PNG to write')
    parser.add_argument('--count', type=int, default=40)
    parser.add_argument('--seed', default='1')
    options = parser.parse_args()
    train, _ = data.scenes()
    sampler = Sampler(load_pictures(train, data.negatives()[0]), draw.load_pool(options.pool), options.seed)
    tiles = []
    for number in range(options.count):
        sample = sampler.sample(number)
        image = cv2.cvtColor(sample.image, cv2.COLOR_RGB2BGR)
        for box, quad, drawn in zip(sample.boxes, sample.corners, sample.is_drawn):
            cv2.rectangle(image, (int(box[0]), int(box[1])), (int(box[2]), int(box[3])), (0, 220, 220) if drawn else (0, 220, 0), 1)
            if drawn:
                cv2.polylines(image, [quad.astype(np.int32)], True, (220, 0, 220), 1)
        tiles.append(cv2.copyMakeBorder(cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA), 1, 1, 1, 1, cv2.BORDER_CONSTANT))
    while len(tiles) % 8:
        tiles.append(np.zeros_like(tiles[0]))
    cv2.imwrite(options.out, np.vstack([np.hstack(tiles[i:i + 8]) for i in range(0, len(tiles), 8)]))


if __name__ == '__main__':
    main()
