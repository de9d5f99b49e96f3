"""What happens before a camera, and what may be said of it: passages with their ways through the picture, drawn by lot.

Standard library alone; scenes.py draws it, evaluate.py has it watched and judges. Lengths are pixels of the picture, times
frames of FPS a second. A clip follows from its seed and number alone, so a run of 200 passages is the beginning of one of 1,000.
"""
from __future__ import annotations

import dataclasses
import random

FPS = 10
SPEEDS = (40, 80, 160, 240, 360, 600)
SIDES = ('left', 'right', 'top', 'bottom')
KINDS = ('enter', 'pass', 'wait', 'hidden', 'follow', 'turn', 'near')
SIZE = (960, 540)
PASSAGES_A_CLIP = 14
SAME_SHAPE = str.maketrans('OIQ', '010')

# A plate's border belongs to it: this much of the target's size round it has to be in the picture and free.
MARGIN = 0.06
# Two looks nearer than this show nearly the same noise.
BEST_APART = 2
BEST = 3
# An event tells of a frame that is at most so much later than the passage's last: the tracker predicts on for a moment.
LATE = 8


def same(a: str, b: str) -> bool:
    """Equal when characters of the same shape (O 0, I 1, Q 0) count as one."""
    return a.translate(SAME_SHAPE) == b.translate(SAME_SHAPE)


@dataclasses.dataclass(frozen=True)
class Pose:
    """Where a target's middle is, how large against its sprite, how unsharp (radius), how far turned away (width by this much)."""
    x: float
    y: float
    scale: float = 1.0
    blur: float = 0.0
    turned: float = 1.0
    away: bool = False
    smear: tuple[float, float] = (0.0, 0.0)


@dataclasses.dataclass(frozen=True)
class Sprite:
    """Size of what is pasted, and of the target (plate, face) in it: left, top, width, height."""
    width: float
    height: float
    target: tuple[float, float, float, float]

    def target_box(self, pose: Pose) -> tuple[float, float, float, float]:
        """Left, top, width, height of the target in the picture."""
        w, h = self.target[2] * pose.scale * pose.turned, self.target[3] * pose.scale
        return (pose.x - w / 2, pose.y - h / 2, w, h)

    def box(self, pose: Pose) -> tuple[float, float, float, float]:
        """Left, top, width, height of all of it in the picture."""
        x, y, w, h = self.target
        across = pose.scale * pose.turned
        return (pose.x - (x + w / 2) * across, pose.y - (y + h / 2) * pose.scale, self.width * across, self.height * pose.scale)


@dataclasses.dataclass
class Passage:
    """One object's visit: who, by which way, and each frame's pose (None: not there)."""
    number: int
    what: str
    kind: str
    side: str
    speed: int
    name: str
    sprite: Sprite
    first: int = 0
    poses: list[Pose | None] = dataclasses.field(default_factory=list)
    # Before it: left, top, width, height for each frame, as long as `poses`; None where nothing is.
    cover: list[tuple[float, float, float, float] | None] = dataclasses.field(default_factory=list)
    cover_look: str = 'post'

    @property
    def last(self) -> int:
        return self.first + len(self.poses) - 1

    def pose(self, frame: int) -> Pose | None:
        return self.poses[frame - self.first] if self.first <= frame <= self.last else None

    def cover_at(self, frame: int) -> tuple[float, float, float, float] | None:
        return self.cover[frame - self.first] if self.first <= frame <= self.last else None


@dataclasses.dataclass
class Clip:
    """One camera's clip."""
    number: int
    what: str
    size: tuple[int, int]
    night: bool
    noise: float
    kilobits: int
    passages: list[Passage]
    frames: int = 0


def overlaps(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def is_whole(clip: Clip, passage: Passage, frame: int) -> bool:
    """Whether the target is whole in the picture, turned to the camera, with nothing before it."""
    pose = passage.pose(frame)
    if pose is None or pose.away:
        return False
    x, y, w, h = passage.sprite.target_box(pose)
    x, y, w, h = x - MARGIN * w, y - MARGIN * h, w * (1 + 2 * MARGIN), h * (1 + 2 * MARGIN)
    if x < 0 or y < 0 or x + w > clip.size[0] or y + h > clip.size[1]:
        return False
    cover = passage.cover_at(frame)
    if cover is not None and overlaps((x, y, w, h), cover):
        return False
    return not any(overlaps((x, y, w, h), other.sprite.box(pose_of))
                   for other in clip.passages if other.number > passage.number and (pose_of := other.pose(frame)) is not None)


def worth(passage: Passage, frame: int) -> float:
    """How good a shot of it is by the truth alone: large, sharp, turned to the camera."""
    pose = passage.pose(frame)
    if pose is None:
        return 0.0
    w, h = passage.sprite.target_box(pose)[2:]
    smear = (pose.smear[0] ** 2 + pose.smear[1] ** 2) ** 0.5
    return pose.turned * (w * h) ** 0.5 / (1 + pose.blur + smear / 4)


def best_whole(clip: Clip, passage: Passage, count: int = BEST) -> list[int]:
    """Its best whole shots, best first, none nearer to another than BEST_APART frames; of equal ones the earlier."""
    whole = sorted((f for f in range(passage.first, passage.last + 1) if is_whole(clip, passage, f)),
                   key=lambda f: (-round(worth(passage, f), 3), f))
    taken: list[int] = []
    for frame in whole:
        if all(abs(frame - other) >= BEST_APART for other in taken):
            taken.append(frame)
        if len(taken) == count:
            break
    return taken


def tells(passage: Passage, frame: int, name: str) -> bool:
    """Whether an event of that frame that says that name tells of this passage."""
    return passage.first <= frame <= passage.last + LATE and (name == passage.name if passage.what in ('face', 'stranger') else same(name, passage.name))


def is_wrong(clip: Clip, frame: int, name: str) -> bool:
    """Whether nobody and nothing of that name is or was just there."""
    return not any(tells(passage, frame, name) for passage in clip.passages if passage.what != 'stranger')


# ---- ways

def straight(sprite: Sprite, size: tuple[int, int], side: str, speed: float, stop: tuple[float, float], scale: float) -> list[Pose]:
    """From just outside the picture to the stop, at that speed."""
    x, y = stop
    pose = Pose(x, y, scale)
    left, top, w, h = sprite.box(pose)
    away = {'left': left + w, 'right': size[0] - left, 'top': top + h, 'bottom': size[1] - top}[side]
    dx, dy = {'left': (-1, 0), 'right': (1, 0), 'top': (0, -1), 'bottom': (0, 1)}[side]
    step = speed / FPS
    smear = (abs(dx) * speed * EXPOSURE, abs(dy) * speed * EXPOSURE)
    return [Pose(x + dx * step * i, y + dy * step * i, scale, smear=smear) for i in range(int(away / step), 0, -1)]


# 1/125 s: what a camera at a gate is set to.
EXPOSURE = 1 / 125


def leaving(sprite: Sprite, size: tuple[int, int], side: str, speed: float, stop: tuple[float, float], scale: float) -> list[Pose]:
    return straight(sprite, size, side, speed, stop, scale)[::-1]


def opposite(side: str) -> str:
    return {'left': 'right', 'right': 'left', 'top': 'bottom', 'bottom': 'top'}[side]


def seconds(count: float) -> int:
    return round(count * FPS)


class Lot:
    """Draws one clip's passages."""

    def __init__(self, rng: random.Random, size: tuple[int, int], what: str) -> None:
        self.rng, self.size, self.what = rng, size, what

    def stop(self, sprite: Sprite, side: str, speed: float, scale: float) -> tuple[float, float]:
        """Where it stops: target whole with room round it; a slow one not far from its side, or it would be on the way for a minute."""
        _, _, w, h = sprite.target_box(Pose(0, 0, scale))
        low_x, high_x = 0.75 * w + 8, self.size[0] - 0.75 * w - 8
        low_y, high_y = h + 12, self.size[1] - h - 12
        x = self.rng.uniform(low_x, high_x)
        y = self.rng.uniform(low_y + (high_y - low_y) * 0.25, high_y)
        # At most six seconds from the edge to the stop.
        reach = speed * 6
        if side == 'left':
            x = min(x, low_x + reach)
        elif side == 'right':
            x = max(x, high_x - reach)
        elif side == 'top':
            y = min(y, low_y + reach)
        else:
            y = max(y, high_y - reach)
        return (round(x), round(y))

    def there(self, stop: tuple[float, float], scale: float, wait: float, **more) -> list[Pose]:
        return [Pose(*stop, scale, **more)] * seconds(wait)

    def way(self, kind: str, side: str, speed: int, sprite: Sprite) -> tuple[list[Pose], list, str]:
        """Poses, what is before them, and how that looks."""
        rng, size = self.rng, self.size
        stop = self.stop(sprite, side, speed, 1.0)
        enter = straight(sprite, size, side, speed, stop, 1.0)
        out_side = rng.choice([opposite(side), side])
        out = leaving(sprite, size, out_side, rng.choice((300, 600)), stop, 1.0)
        stand = self.there(stop, 1.0, rng.uniform(2.5, 4))
        cover: list = []
        look = rng.choice(('post', 'person'))
        if kind == 'pass':
            poses = enter + leaving(sprite, size, opposite(side), speed, stop, 1.0)
        elif kind == 'wait':
            # The queue before the gate: it waits with the target cut by the picture's edge, then rolls on.
            x, y, w, h = sprite.target_box(Pose(*stop))
            shown = rng.uniform(0.3, 0.75)
            dx, dy = {'left': (-1, 0), 'right': (1, 0), 'top': (0, -1), 'bottom': (0, 1)}[side]
            distance = {'left': x + w * (1 - shown), 'right': size[0] - x - w * shown, 'top': y + h * (1 - shown), 'bottom': size[1] - y - h * shown}[side]
            cut = (stop[0] + dx * distance, stop[1] + dy * distance)
            step = speed / FPS
            on = [dataclasses.replace(enter[0], x=stop[0] + dx * step * i, y=stop[1] + dy * step * i) for i in range(int(distance / step), 0, -1)] if enter else []
            poses = straight(sprite, size, side, speed, cut, 1.0) + self.there(cut, 1.0, rng.uniform(1.5, 6)) + on + stand + out
        elif kind == 'hidden':
            hidden = seconds(rng.uniform(1, 4))
            x, y, w, h = sprite.target_box(Pose(*stop))
            part = rng.uniform(0.15, 0.5)
            wide = max(24.0, w * part) if look == 'post' else max(60.0, w * 0.6)
            at = x + rng.uniform(0, w - min(w, wide)) if look == 'post' else x + w * rng.uniform(-0.2, 0.6)
            early = seconds(rng.choice((0, 0, 0.5)))
            tall = (at, 0.0, wide, float(size[1])) if look == 'post' else (at, y - 3 * h if self.what != 'face' else y - 0.3 * h, wide, size[1] * 2.0)
            # It stands behind it first, or it stands free for a moment and then somebody steps before it; then both part.
            poses = enter + self.there(stop, 1.0, (early + hidden) / FPS)
            cover = [None] * len(enter) + [None] * early + [tall] * hidden
            if look == 'post':
                cover = [tall] * len(poses)
                # On by as much as brings the target out from behind the post, to the nearer side where there is room.
                right, left = at + wide - x + 0.15 * w, x + w - at + 0.15 * w
                away = 1 if (right <= left and x + w + right < size[0] - 0.1 * w) or x - left < 0.1 * w else -1
                roll = [Pose(stop[0] + away * (right if away > 0 else left) * i / 8, stop[1]) for i in range(1, 9)]
                poses = poses + roll + [roll[-1]] * len(stand)
                cover = [tall] * len(poses)
                stop = (roll[-1].x, roll[-1].y)
                out = leaving(sprite, size, 'left' if away < 0 else 'right', 400, stop, 1.0)
                poses += out
                cover += [tall] * len(out)
            else:
                walk = [(tall[0] + 40 * i, *tall[1:]) for i in range(1, 1 + int((size[0] - tall[0]) / 40))]
                rest = stand + out
                poses = poses + rest
                cover += (walk + [None] * len(rest))[:len(rest)]
        elif kind == 'turn':
            turning = [dataclasses.replace(stand[0], turned=0.25 + 0.75 * i / 15) for i in range(15)]
            before = [dataclasses.replace(stand[0], turned=0.25, away=True)] * seconds(rng.uniform(0.5, 3))
            enter = [dataclasses.replace(p, turned=0.25, away=True) for p in enter]
            # Below 60 degrees of turn nobody reads it.
            turning = [dataclasses.replace(p, away=p.turned < 0.5) for p in turning]
            poses = enter + before + turning + stand + out
        elif kind == 'near':
            far, blur = rng.uniform(0.38, 0.5), rng.uniform(1.2, 2.2)
            # A person may wait far off for long: what looks are for must not be used up by then.
            poses = self.there(stop, far, rng.choice((3, 10, 18) if self.what == 'face' else (1, 3, 6)), blur=blur)
            scale = far
            while scale < 1:
                scale, blur = min(1, scale * rng.choice((1.04, 1.07))), max(0.0, blur - 0.15)
                poses = poses + [Pose(*stop, scale, blur)]
            poses = poses + stand + out
        else:
            poses = enter + stand + out
        cover += [None] * (len(poses) - len(cover))
        return poses, cover, look

    def scene(self, kind: str, make) -> tuple[list[Passage], int]:
        """One scene's passages (frames counted from 0) and its length. `make()` gives what, name and sprite of the next object."""
        rng = self.rng
        side, speed = rng.choice(SIDES), rng.choice(SPEEDS if kind != 'pass' else SPEEDS[2:])
        if kind in ('near', 'turn'):
            speed = rng.choice(SPEEDS[2:])
        what, name, sprite = make()
        if kind != 'follow':
            poses, cover, look = self.way(kind, side, speed, sprite)
            return [Passage(0, what, kind, side, speed, name, sprite, 0, poses, cover, look)], len(poses)
        # Two in the same place, the second from 0 to 3 s after the first has gone; at once means that it stands there the next frame.
        gap = rng.choice((0, 0.3, 1, 2, 3))
        speed = rng.choice(SPEEDS[2:])
        stop = self.stop(sprite, side, speed, 1.0)
        stand = lambda: self.there(stop, 1.0, rng.uniform(2.5, 4))
        cuts = rng.random() < 0.5
        first = straight(sprite, self.size, side, speed, stop, 1.0) + stand()
        if not cuts:
            first += leaving(sprite, self.size, opposite(side), 400, stop, 1.0)
        what_next, name_next, sprite_next = make()
        second = ([] if cuts else straight(sprite_next, self.size, side, speed, stop, 1.0)) + stand() + leaving(sprite_next, self.size, opposite(side), 400, stop, 1.0)
        begin = len(first) + seconds(gap)
        return [Passage(0, what, kind, side, speed, name, sprite, 0, first, [None] * len(first)),
                Passage(1, what_next, kind, side, speed, name_next, sprite_next, begin, second, [None] * len(second))], begin + len(second)


def draw_clip(seed: int, number: int, what: str, make, most: int = PASSAGES_A_CLIP) -> Clip:
    """The clip of that number. `make(rng)` gives what, name and sprite of an object; `most` cuts the last clip short."""
    rng = random.Random(f'{seed}/{number}/{what}')
    size = SIZE
    night = rng.random() < 0.3
    clip = Clip(number, what, size, night, rng.uniform(1, 3.5) * (2 if night else 1), rng.choice((800, 1200, 2000)), [])
    lot = Lot(rng, size, what)
    at, kinds = seconds(1), []
    while len(clip.passages) < most:
        if not kinds:
            kinds = list(KINDS)
            rng.shuffle(kinds)
        passages, length = lot.scene(kinds.pop(), lambda: make(rng))
        for passage in passages[:most - len(clip.passages)]:
            passage.number, passage.first = len(clip.passages), at + passage.first
            clip.passages.append(passage)
        at = clip.passages[-1].last + 1 + seconds(rng.uniform(1.2, 2))
    clip.frames = at + seconds(1)
    return clip


# ---- texts

LETTERS = 'ABCDEFGHJKLMNPRSTUVWXYZ'
FORMATS = {
    'pk': (('LLL DDD', 1), ('LLL DDDD', 1), ('LLL/DDD', 2), ('LL DDDD', 1)),
    'in': (('MH DD LL DDDD', 1), ('DL DD LL DDDD', 1), ('KA DD/LL DDDD', 2)),
    'eu': (('B LL DDDD', 1), ('M LL DDD', 1), ('LL DDD LL', 1), ('DDDD LLL', 1)),
    'gb': (('LLDD LLL', 1),),
    'us': (('LLL DDDD', 1), ('DLLLDDD', 1)),
    'br': (('LLLDLDD', 1), ('LLL DDDD', 1)),
    'tr': (('34 LLL DDD', 1), ('06 LL DDDD', 1)),
    'vn': (('51L DDDDD', 1), ('30L/DDDDD', 2)),
}


def plate_text(rng: random.Random) -> tuple[str, str, int]:
    """Region, text as painted ('/' between lines), lines."""
    region = rng.choice(sorted(FORMATS))
    pattern, lines = rng.choice(FORMATS[region])
    # A format's own letters (MH, B, DL) come before a blank or digits: L and D alone are drawn.
    words = []
    for word in pattern.replace('/', ' / ').split():
        if word in ('MH', 'KA', 'B', 'M', '34', '06', '/') or word == 'DL':
            words.append(word)
        else:
            words.append(''.join(rng.choice(LETTERS) if c == 'L' else str(rng.randint(0, 9)) if c == 'D' else c for c in word))
    text = ' '.join(words).replace(' / ', '/')
    if region == 'gb':
        text = text[:2] + rng.choice(('07', '12', '19', '21', '57', '64', '71')) + text[4:]
    return region, text, lines


def plain(text: str) -> str:
    return ''.join(c for c in text if c.isalnum())


# ---- what single pictures give together

def fused_plate(reads: list[tuple[str, float, float]], agreeing: int = 2, sure: float = 0.89, least: float = 0.5, sure_width: float = 70) -> str | None:
    """The text that the shots give, as simply as possible: one that two shots read alike (at least one of them with confidence `least`),
    or else one that a single shot is `sure` of; the surest wins. `reads`: text, confidence, width in pixels of each shot."""
    best: tuple[float, str] | None = None
    for text in {text for text, _, _ in reads if text}:
        shots = [(confidence, width) for t, confidence, width in reads if t == text]
        top = max(confidence for confidence, _ in shots)
        decided = (len(shots) >= agreeing and top >= least) or any(c >= sure and w >= sure_width for c, w in shots)
        score = sum(confidence for confidence, _ in shots)
        if decided and (best is None or (score, text) > best):
            best = (score, text)
    return best[1] if best else None


def false_match_cosine(curve: list[tuple[float, float]], rate: float) -> float:
    """Cosine at that false-match rate: straight lines over the rate's logarithm. `curve`: (rate, cosine), falling rates."""
    import math
    points = [(math.log10(r), c) for r, c in curve]
    at = math.log10(rate)
    i = next((i for i in range(1, len(points)) if at >= points[i][0]), len(points) - 1)
    (a, ca), (b, cb) = points[i - 1], points[i]
    return min(1.0, ca + (cb - ca) * (at - a) / (b - a))
