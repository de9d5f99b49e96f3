#!/usr/bin/python3
"""Fit the confidence of the plate reader and measure what it confuses: a logistic regression on its reads of plates that it was not trained on.

usage: /usr/bin/python3 models/plates/calibrate.py [--count N] [--again] [--write]
example: /usr/bin/python3 models/plates/calibrate.py --write        puts the coefficients into models/cards/plate-read.json and the
                                                                   confusions into models/plates/confusions.json
         /usr/bin/python3 models/plates/calibrate.py --again        fits the reads of the last run once more

Made: pictures of drawn plates in typefaces and on backgrounds kept out of training, and the real crops kept out of training, each
with boxes as a detector gives them (a little loose, seldom a little tight), in artifacts/plates/calibrate. Picket.Bench plate-reads
reads them with the region known and with all grammar packs. Fitted by Newton's method with a small penalty; real reads count more,
but no text for more than a few of them. Likelihood and a fitting format may only raise the confidence: a coefficient that would be below 0 becomes 0.
Half of the texts are kept out of a first fit, whose confidence the printed table shows; the second fit takes all. Real plates err
more than drawn ones at the same features: the bias is lowered until the real reads of 0.9 or more are right in 98 of 100 (by the
weights of the fit).
Confusions: of the characters read as one, the share that truly were another, from the same reads of plates kept out of training (the
development sets are not touched), each with PRIOR characters of shapes that are known to look alike (ALIKE), so that what by chance was
not seen once is not held for impossible.
Needs 'make build' with the reader in artifacts/models, and a built bench.
"""
from __future__ import annotations

import argparse
import collections
import csv
import json
import os
import random
import re
import subprocess
import sys
import zlib

import cv2
import numpy as np

import data
import draw

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.normpath(os.path.join(HERE, '..', '..'))
BENCH = os.path.join(REPOSITORY, 'bench', 'bin', 'Release', 'net10.0', 'Picket.Bench')
FOLDER = os.path.join(REPOSITORY, 'artifacts', 'plates', 'calibrate')
CONFUSIONS = os.path.join(HERE, 'confusions.json')
CARD = os.path.join(REPOSITORY, 'models', 'cards', 'plate-read.json')
FEATURES = ('posterior', 'mean', 'least', 'fits', 'width')
PARAMETERS = ('confidenceBias', 'confidencePosterior', 'confidenceMean', 'confidenceLeast', 'confidenceFits', 'confidenceWidth')
REGIONS = {'romania_text': 'eu', 'us_states': 'us', 'mixed300_text': None}
BOXES = 4            # of each real crop
REAL_WEIGHT = 3.0    # of a real read against a drawn one
TEXT_WEIGHT = 24.0   # most of all reads of one text together: Romania's few cars are on many frames
RISING = 4           # of FEATURES, the first ones
SURE, SURE_RIGHT = 0.9, 0.98
PENALTY = 0.0002     # per read, on the squares of all coefficients but the bias
# Shapes that look alike on plates: groups whose members are one stroke, bowl or corner apart. PRIOR characters of each read one are added,
# of which ALIKE_SHARE were a member of its group.
ALIKE = ('0OQD', '1I7LT', '8B36', 'CG6', '5S6', '2Z7', '4A', 'UVYJ', 'MNHW', 'KXR', 'PFRE', '980', 'BRE')
PRIOR, ALIKE_SHARE = 100, 0.004
LEAST_SHARE, LEAST_SEEN = 0.002, 3  # smaller ones are left out of the file, and what was seen less often between unlike shapes
# A list is searched among the plates whose characters are of the same groups: a pair across two of them would join them, and a search
# would look at the whole list.
GROUPS = ('4A', 'HMNW', 'JUVY', '127ILTZ', '035689BCDEFGKOPQRSX')
CONFIDENCE_STEPS = 20


def loose(rng: random.Random, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The box as a detector might give it: left, top, width, height."""
    left, top, right, bottom = box
    w, h = right - left, bottom - top
    left, right = left - rng.uniform(-0.02, 0.06) * w, right + rng.uniform(-0.02, 0.06) * w
    top, bottom = top - rng.uniform(-0.04, 0.1) * h, bottom + rng.uniform(-0.04, 0.1) * h
    return left, top, right - left, bottom - top


def scene(rng: random.Random, generator: np.random.Generator, plate: np.ndarray, background: np.ndarray) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """A small picture of the plate as a camera sees it, and the plate's box in it: left, top, right, bottom."""
    aspect = plate.shape[1] / plate.shape[0]
    w = float(np.exp(rng.uniform(np.log(max(36, 15 * aspect)), np.log(220))))
    h = w / aspect
    shape = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]]) * [w * rng.uniform(0.75, 1), h]
    shape[:, 0] += shape[:, 1] * rng.gauss(0, 0.12)
    shape[:, 1] += shape[:, 0] * rng.gauss(0, 0.06)
    shape[1:3, 1] *= 1 + rng.gauss(0, 0.05)
    size = shape.max(0) - shape.min(0)
    out_w, out_h = int(size[0] * 1.5) + 2, int(size[1] * 1.6) + 2
    quad = (shape - (shape.max(0) + shape.min(0)) / 2 + [out_w / 2, out_h / 2]).astype(np.float32)
    y, x = rng.randrange(max(1, background.shape[0] - out_h)), rng.randrange(max(1, background.shape[1] - out_w))
    picture = cv2.resize(background[y:y + out_h, x:x + out_w], (out_w, out_h))
    fit = min(1.0, 1.3 * w / plate.shape[1])
    small = cv2.resize(plate, None, fx=fit, fy=fit, interpolation=cv2.INTER_AREA)
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.array(small.shape[::-1], np.float32)
    light = np.clip(small.astype(np.float32) * rng.uniform(0.35, 1.05) + rng.uniform(0, 40), 0, 255).astype(np.uint8)
    cv2.warpPerspective(light, cv2.getPerspectiveTransform(square, quad), (out_w, out_h), picture, cv2.INTER_LINEAR, cv2.BORDER_TRANSPARENT)
    if rng.random() < 0.2:
        length = rng.randint(2, max(2, out_w // 30))
        picture = cv2.blur(picture, (length, 1))
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 0.6 + 0.006 * w))
    noisy = picture + generator.standard_normal(picture.shape).astype(np.float32) * rng.uniform(0.5, 12)
    picture = cv2.imdecode(cv2.imencode('.jpg', np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, rng.randint(25, 90)])[1], cv2.IMREAD_GRAYSCALE)
    return picture, (*quad.min(0).tolist(), *quad.max(0).tolist())


def write_set(name: str, pictures: list[tuple[np.ndarray, list[tuple[float, float, float, float]], str]]) -> None:
    """Pictures with boxes of the same plate, and its text, as a folder with a manifest."""
    folder = os.path.join(FOLDER, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, 'manifest.csv'), 'w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(['path', 'x', 'y', 'w', 'h', 'text', 'source'])
        for number, (image, boxes, text) in enumerate(pictures):
            cv2.imwrite(os.path.join(folder, f'{number:05}.png'), image)
            for box in boxes:
                table.writerow([f'{number:05}.png', *(round(v, 1) for v in box), text, name])


def make(count: int) -> dict[str, str | None]:
    """Writes all sets; set -> region."""
    rng, generator = random.Random(20261122), np.random.default_rng(20261122)
    sets: dict[str, str | None] = {}
    held = data.crops()[1]
    for name, region in REGIONS.items():
        write_set(name, [(crop.image, [loose(rng, crop.box) for _ in range(BOXES)], crop.text) for crop in held if crop.set == name])
        sets[name] = region
    backgrounds = [cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in data.negatives()[1]]
    drawer = draw.Drawer('calibrate', 'held-out')
    for region in ('eu', 'us', 'br', 'in', 'pk', 'vn', 'tr', 'gcc'):
        pictures = []
        for _ in range(count):
            plate = drawer.plate(region)
            picture, box = scene(rng, generator, plate.image, rng.choice(backgrounds))
            pictures.append((picture, [loose(rng, box)], plate.text))
        write_set(f'drawn-{region}', pictures)
        sets[f'drawn-{region}'] = region
    return sets


def reads(name: str, region: str | None) -> list[dict]:
    """What the reader reads of a set."""
    command = [BENCH, 'plate-reads', os.path.join(FOLDER, name), *(['--region', region] if region else [])]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f'calibrate: {" ".join(command)} failed with {run.returncode}: {run.stderr[-500:]}')
    return [json.loads(line) for line in run.stdout.splitlines()]


def fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Coefficients of a logistic regression, the bias first: x [n, k], y 0 or 1; the first RISING of them at least 0."""
    beta = newton(x, y, weight)
    while (beta[1:1 + RISING] < 0).any():
        falling = 1 + int(beta[1:1 + RISING].argmin())
        x = x.copy()
        x[:, falling - 1] = 0
        beta = newton(x, y, weight)
        beta[falling] = 0
    return beta


def newton(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The regression without the condition."""
    design = np.hstack([np.ones((len(x), 1)), x])
    penalty = PENALTY * weight.sum() * np.diag([0.0] + [1.0] * x.shape[1])
    beta = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ beta))
        gradient = design.T @ (weight * (y - p)) - penalty @ beta
        hessian = (design * (weight * p * (1 - p))[:, None]).T @ design + penalty
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-8:
            break
    return beta


def confidence(beta: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Probability of each read that it is right."""
    return 1 / (1 + np.exp(-(beta[0] + x @ beta[1:])))


def shift(beta: np.ndarray, x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> float:
    """By how much the bias must fall for the sure reads to be right often enough."""
    for step in np.arange(0, 6, 0.05):
        sure = confidence(beta, x) >= 1 / (1 + (1 / SURE - 1) * np.exp(-step))
        if not sure.any() or np.average(y[sure], weights=weight[sure]) >= SURE_RIGHT:
            break
    print(f'bias lowered by {step:.2f}')
    return float(step)


def aligned(read: str, truth: str) -> list[tuple[str, str]]:
    """Pairs (read, truth) of the characters of two texts of one length; of others along a shortest edit path, '' is nothing."""
    if len(read) == len(truth):
        return list(zip(read, truth))
    cost = np.zeros((len(truth) + 1, len(read) + 1), int)
    cost[:, 0], cost[0, :] = range(len(truth) + 1), range(len(read) + 1)
    for i, t in enumerate(truth, 1):
        for j, r in enumerate(read, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (t != r))
    pairs, i, j = [], len(truth), len(read)
    while i or j:
        if i and j and cost[i, j] == cost[i - 1, j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((read[j], truth[i]))
        elif i and cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
            pairs.append(('', truth[i]))
        else:
            j -= 1
            pairs.append((read[j], ''))
    return pairs


def confusions(lines: list[dict], weight: np.ndarray, found: np.ndarray) -> dict[str, object]:
    """What models/plates/confusions.json holds: shares of pairs, of wrong characters, and the confidences that come, spread evenly."""
    read = collections.Counter()
    pairs = collections.Counter()
    for line, w in zip(lines, weight):
        for seen, true in aligned(line['text'], line['truth']):
            if seen and true:
                read[seen] += w
                pairs[seen, true] += w
    alphabet = sorted(read)
    wrong = sum(count for (seen, true), count in pairs.items() if seen != true) / sum(read.values())
    shares: dict[str, dict[str, float]] = {}
    for seen in alphabet:
        group = {other for alike in ALIKE if seen in alike for other in alike if other != seen}
        for true in alphabet:
            share = (pairs[seen, true] + PRIOR * (ALIKE_SHARE if true in group else 0)) / (read[seen] + PRIOR)
            is_near = any(seen in letters and true in letters for letters in GROUPS)
            if true != seen and is_near and share >= LEAST_SHARE and (true in group or pairs[seen, true] >= LEAST_SEEN):
                shares.setdefault(seen, {})[true] = round(float(share), 4)
    steps = (np.arange(CONFIDENCE_STEPS) + 0.5) / CONFIDENCE_STEPS
    order = np.argsort(found)
    place = np.cumsum(weight[order]) / weight.sum()
    confidences = [round(float(found[order][min(len(order) - 1, int(np.searchsorted(place, step)))]), 4) for step in steps]
    return {
        'about': 'pairs: of the characters that were read as the first one, the share that truly were the second. confidences: of all readings, '
                 'spread evenly from the least to the most certain. Written by calibrate.py.',
        'source': f'calibrate.py: {len(lines)} reads of plates kept out of training, {int(sum(read.values()))} characters by weight',
        'confidences': confidences, 'wrongCharacters': round(float(wrong), 4), 'pairs': shares,
    }


def write_confusions(table_: dict[str, object]) -> None:
    """A line a character, so that a change can be read."""
    head = {key: value for key, value in table_.items() if key != 'pairs'}
    rows = ',\n'.join(f'    {json.dumps(seen)}: {json.dumps(shares)}' for seen, shares in table_['pairs'].items())
    with open(CONFUSIONS, 'w', encoding='utf-8') as file:
        file.write('{\n' + ''.join(f'  {json.dumps(key)}: {json.dumps(value)},\n' for key, value in head.items()) + '  "pairs": {\n' + rows + '\n  }\n}\n')


def table(title: str, p: np.ndarray, y: np.ndarray) -> None:
    """Prints how right the reads of each confidence are."""
    print(f'{title}: {len(y)} reads, {y.mean():.3f} right, mean confidence {p.mean():.3f}')
    edges = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001]
    for low, high in zip(edges, edges[1:]):
        inside = (p >= low) & (p < high)
        if inside.any():
            print(f'  {low:.2f} to {min(high, 1):.2f}: {inside.sum():5} reads, said {p[inside].mean():.3f}, right {y[inside].mean():.3f}')
    sure = p >= 0.9
    print(f'  at 0.9 or more: {sure.mean():.3f} of the reads, right {y[sure].mean() if sure.any() else float("nan"):.4f}')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=500, help='drawn plates of each region')
    parser.add_argument('--again', action='store_true', help='no new reads')
    parser.add_argument('--write', action='store_true', help='put the coefficients into the card')
    options = parser.parse_args()
    cv2.setNumThreads(1)
    lines = []
    cache = os.path.join(FOLDER, 'reads.json')
    if options.again:
        with open(cache, encoding='utf-8') as file:
            lines = json.load(file)
    else:
        for name, region in make(options.count).items():
            for active in [region, None] if region else [None]:
                found = reads(name, active)
                lines += found
                right = np.mean([line['text'] == line['truth'] for line in found])
                print(f'{name} ({active or "all packs"}): {len(found)} reads, {right:.3f} right', flush=True)
        with open(cache, 'w', encoding='utf-8') as file:
            json.dump(lines, file)
    lines = [line for line in lines if line['text']]
    x = np.array([[line[name] for name in FEATURES] for line in lines])
    y = np.array([float(line['text'] == line['truth']) for line in lines])
    drawn = np.array([line['source'].startswith('drawn-') for line in lines])
    times = collections.Counter(line['truth'] for line in lines)
    weight = np.array([min(1.0 if made else REAL_WEIGHT, TEXT_WEIGHT / times[line['truth']]) for made, line in zip(drawn, lines)])
    kept = np.array([zlib.crc32(line['truth'].encode()) % 2 == 0 for line in lines])
    half = fit(x[~kept], y[~kept], weight[~kept])
    table('texts kept out of the fit, drawn', confidence(half, x[kept & drawn]), y[kept & drawn])
    table('texts kept out of the fit, real', confidence(half, x[kept & ~drawn]), y[kept & ~drawn])
    beta = fit(x, y, weight)
    beta[0] -= shift(beta, x[~drawn], y[~drawn], weight[~drawn])
    table('all texts, the shipped fit, drawn', confidence(beta, x[drawn]), y[drawn])
    table('all texts, the shipped fit, real', confidence(beta, x[~drawn]), y[~drawn])
    found = {name: round(float(value), 4) for name, value in zip(PARAMETERS, beta)}
    print(json.dumps(found))
    measured = confusions(lines, weight, confidence(beta, x))
    print(f"characters read wrong: {measured['wrongCharacters']}")
    if options.write:
        write_confusions(measured)
        with open(CARD, encoding='utf-8') as file:
            card = file.read()
        for name, value in found.items():
            card, times = re.subn(rf'("{name}": )[-+.\deE]+', rf'\g<1>{value}', card)
            if times != 1:
                sys.exit(f'calibrate: {CARD} has {times} parameters {name}, not 1')
        with open(CARD, 'w', encoding='utf-8') as file:
            file.write(card)


if __name__ == '__main__':
    main()
