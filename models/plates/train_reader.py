#!/usr/bin/python3
"""Train the plate reader in slices; each slice goes on where the last one stopped.

usage: /usr/bin/python3 models/plates/train_reader.py --minutes 20 [--run NAME] [--shape standard] [--samples N] [--decay-from N]
example: /usr/bin/python3 models/plates/train_reader.py --minutes 20         begins or goes on with artifacts/plates/reader

State (weights, average, optimizer, samples seen) is saved every two minutes and at the end, so a slice may be ended at any time.
The learning rate goes by samples, not by time: a short rise, constant, and from --decay-from on down to nothing at --samples.
Drawn plates come from the pools of --pools, made by draw.py; real ones from the allowed sets of data.py, less in the beginning.
The log, one JSON object a line, is models/plates/log/NAME.jsonl.
"""
from __future__ import annotations

import argparse
import glob
import json
import os
import random
import signal
import sys
import time

import cv2
import numpy as np
import torch
import torch.nn.functional as F

import data
import draw
from augment import Augment
from reader import ALPHABET, COLUMNS, HEIGHT, SHAPES, WIDTH, PlateReader, greedy, with_breaks

HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 48
RATE = 1.5e-3
WARM_BATCHES = 300
SEED = 20261122
SURE_ZERO = -30.0
NOTHING = 0.04  # of the samples: no plate, nothing to be read
NOTHING_FROM = 100_000  # samples; with it from the start the net stays silent on everything (at 30,000 samples it still read nothing)


class Real:
    """Draws real crops: Romania by its texts (the same few cars fill most of the set), the others by crop."""

    SHARES = (('romania_text', 0.30), ('mixed300_text', 0.34), ('us_states', 0.22), ('vietnam', 0.11), ('misc', 0.03))

    def __init__(self, crops: list[data.Crop]) -> None:
        self.texts: dict[str, list[data.Crop]] = {}
        self.sets: dict[str, list[data.Crop]] = {}
        for crop in crops:
            if crop.set == 'romania_text':
                self.texts.setdefault(crop.text, []).append(crop)
            self.sets.setdefault(crop.set, []).append(crop)
        self.keys = sorted(self.texts)

    def choose(self, rng: random.Random) -> data.Crop:
        name = rng.choices([name for name, _ in self.SHARES], [share for _, share in self.SHARES])[0]
        return rng.choice(self.texts[rng.choice(self.keys)]) if name == 'romania_text' else rng.choice(self.sets[name])


def rows_of(crop: data.Crop) -> int:
    """1 where a set has one-line plates only, else 0: not known."""
    return 1 if crop.set in ('romania_text', 'us_states') else 0


def restrict(logp: torch.Tensor, rows: list[int]) -> torch.Tensor:
    """Only the blocks that a plate of known rows may be read by keep their characters; the others must be blank."""
    mask = torch.zeros(len(rows), 3 * COLUMNS, 1)
    for i, count in enumerate(rows):
        if count == 1:
            mask[i, COLUMNS:] = 1
        elif count == 2:
            mask[i, :COLUMNS] = 1
    blocked = logp + mask * (SURE_ZERO * 10)
    return torch.cat([logp[..., :1], blocked[..., 1:]], -1)


def loss_of(logp: torch.Tensor, texts: list[str], rows: list[int]) -> torch.Tensor:
    """Mean CTC loss over [N, 96, 37]."""
    steps = with_breaks(restrict(logp, rows))
    labels = torch.tensor([ALPHABET.index(c) + 1 for text in texts for c in text])
    sizes = torch.tensor([len(text) for text in texts])
    return F.ctc_loss(steps.transpose(0, 1), labels, torch.full((len(texts),), steps.shape[1]), sizes, zero_infinity=True)


def rate_at(samples: int, planned: int, decay_from: int) -> float:
    warm = min(1.0, (samples / BATCH + 1) / WARM_BATCHES)
    left = 1.0 if samples < decay_from else max(0.0, (planned - samples) / (planned - decay_from))
    return RATE * warm * left + 1e-6


def real_share(samples: int, planned: int, most: float) -> float:
    """Real crops: few while the net learns to read at all, ``most`` in the last third."""
    part = samples / planned
    return most * (0.2 if part < 0.1 else 0.5 if part < 0.65 else 1.0)


def stretch(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """The middle one of the crops that the node reads: the box with 2 % and 5 % around it."""
    left, top, right, bottom = box
    w, h = right - left, bottom - top
    x0, y0 = max(0, int(left - 0.02 * w)), max(0, int(top - 0.05 * h))
    x1, y1 = min(image.shape[1], int(right + 0.02 * w) + 1), min(image.shape[0], int(bottom + 0.05 * h) + 1)
    part = image[y0:y1, x0:x1]
    return cv2.resize(part, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA if part.shape[1] > WIDTH else cv2.INTER_LINEAR)


def read(net: PlateReader, images: list[np.ndarray]) -> list[str]:
    """Greedy texts of uint8 [64, 128] crops."""
    texts: list[str] = []
    with torch.no_grad():
        for at in range(0, len(images), 64):
            texts += greedy(net(torch.from_numpy(np.stack(images[at:at + 64]))[:, None].float()))
    return texts


def mined() -> list[tuple[int, list[float]]]:
    """The places of mined.json (train_detector.py --mined): number of the training negative, box."""
    numbers = {os.path.basename(path): i for i, path in enumerate(data.negatives()[0])}
    with open(os.path.join(HERE, 'mined.json'), encoding='utf-8') as file:
        return [(numbers[name], box) for name, *box in json.load(file) if name in numbers]


def validate(net: PlateReader, held: list[data.Crop], drawn: list[tuple[str, np.ndarray, str]]) -> dict[str, float]:
    """Share of exact greedy readings by set; drawn plates by kind."""
    net.eval()
    items = [(crop.set, stretch(crop.image, crop.box), crop.text) for crop in held] + drawn
    right: dict[str, list[bool]] = {}
    for (name, _, text), found in zip(items, read(net, [image for _, image, _ in items])):
        right.setdefault(name, []).append(text == found)
    net.train()
    return {name: round(float(np.mean(values)), 4) for name, values in sorted(right.items())}


def drawn_validation(backgrounds: list[np.ndarray]) -> list[tuple[str, np.ndarray, str]]:
    """40 augmented plates a kind in typefaces kept out of training, on backgrounds kept out of training."""
    drawer, augment = draw.Drawer(SEED + 1, fonts='held-out'), Augment('validation', backgrounds)
    augment.strength = 0.7
    items = []
    for kind in ('eu', 'us', 'br', 'in', 'pk'):
        for _ in range(40):
            plate = drawer.plate(kind)
            items.append((f'drawn-{kind}', augment.drawn(plate.image), plate.text))
    items += [('nothing', augment.nothing(), '') for _ in range(80)]
    return items


def save(path: str, state: dict[str, object]) -> None:
    torch.save(state, path + '.part')
    os.replace(path + '.part', path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=20, help='length of this slice')
    parser.add_argument('--run', default='reader', help='name of the run: state and log carry it')
    parser.add_argument('--shape', choices=sorted(SHAPES), default='standard')
    parser.add_argument('--samples', type=int, default=640_000, help='planned length of the run')
    parser.add_argument('--decay-from', type=int, default=360_000, help='samples at which the rate begins to fall')
    parser.add_argument('--real', type=float, default=0.35, help='share of real crops in the last third; 0 = drawn plates only')
    parser.add_argument('--nothing', type=float, default=NOTHING, help='share of samples that are no plate')
    parser.add_argument('--pools', default=os.path.join(data.REPOSITORY, 'artifacts', 'plates', 'pool-*.npz'))
    options = parser.parse_args()
    decay_from = min(options.decay_from, int(0.6 * options.samples))
    stopped: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))   # ends the slice after this batch
    torch.set_num_threads(1)
    cv2.setNumThreads(1)

    folder = os.path.join(data.REPOSITORY, 'artifacts', 'plates')
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, options.run + '.pt')
    torch.manual_seed(SEED)
    net = PlateReader(SHAPES[options.shape]).to(memory_format=torch.channels_last)
    average = PlateReader(SHAPES[options.shape])
    average.load_state_dict(net.state_dict())
    optimizer = torch.optim.AdamW(net.parameters(), RATE, betas=(0.9, 0.98), weight_decay=0.02)
    samples, cpu, slices = 0, 0.0, 0
    if os.path.exists(path):
        state = torch.load(path, map_location='cpu')
        if state['shape'] != options.shape:
            sys.exit(f'{path} holds a net of shape {state["shape"]}; name another run with --run')
        net.load_state_dict(state['net'])
        average.load_state_dict(state['average'])
        optimizer.load_state_dict(state['optimizer'])
        samples, cpu, slices = state['samples'], state['cpu'], state['slices']
    seed = f'{SEED}-{samples}'
    rng = random.Random(seed)
    pools = sorted(glob.glob(options.pools))
    if not pools:
        sys.exit(f'no pool of drawn plates at {options.pools}; draw one with: models/plates/draw.py pool --count 40000 --seed 1 --out ...')
    plates = [plate for pool in pools for plate in draw.load_pool(pool)]
    train, held = data.crops()
    real = Real(train)
    seen, apart = ([cv2.imread(p, cv2.IMREAD_GRAYSCALE) for p in part] for part in data.negatives())
    augment, drawn = Augment(seed, seen, mined()), drawn_validation(apart)
    log = open(os.path.join(HERE, 'log', options.run + '.jsonl'), 'a', encoding='utf-8')
    note = {'slice': slices, 'samples': samples, 'seed': seed, 'shape': options.shape, 'planned': options.samples, 'decay_from': decay_from,
            'real': options.real, 'nothing': options.nothing, 'pools': [os.path.basename(pool) for pool in pools], 'plates': len(plates), 'crops': len(train)}
    print(json.dumps(note), file=log, flush=True)
    print(json.dumps(note), file=sys.stderr, flush=True)

    begun, cpu0, saved, steps, told = time.monotonic(), time.process_time() - cpu, time.monotonic(), 0, samples // 25_000
    loss_mean, right, drawing = 0.0, 0.0, 0.0
    while not stopped and samples < options.samples and time.monotonic() - begun < 60 * options.minutes:
        for group in optimizer.param_groups:
            group['lr'] = rate_at(samples, options.samples, decay_from)
        augment.strength = min(1.0, 0.4 + 6 * samples / options.samples)
        mark = time.process_time()
        images, texts, rows = [], [], []
        count = int(BATCH * real_share(samples, options.samples, options.real) + rng.random())
        for _ in range(count):
            crop = real.choose(rng)
            images.append(augment.real(crop.image, crop.box))
            texts.append(crop.text)
            rows.append(rows_of(crop))
        nothing = int(BATCH * options.nothing + rng.random()) if samples >= NOTHING_FROM else 0
        for _ in range(nothing):
            images.append(augment.nothing())
            texts.append('')
            rows.append(0)
        for _ in range(BATCH - count - nothing):
            plate = plates[rng.randrange(len(plates))]
            images.append(augment.drawn(plate.image))
            texts.append(plate.text)
            rows.append(plate.rows)
        drawing += time.process_time() - mark
        batch = torch.from_numpy(np.stack(images))[:, None].float().contiguous(memory_format=torch.channels_last)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            logp = net(batch)
        loss = loss_of(logp, texts, rows)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 3.0)
        optimizer.step()
        samples += BATCH
        steps += 1
        keep = min(0.999, (1 + samples / BATCH) / (10 + samples / BATCH))
        with torch.no_grad():
            for mean, value in zip(average.state_dict().values(), net.state_dict().values()):
                mean.lerp_(value, 1 - keep) if mean.dtype.is_floating_point else mean.copy_(value)
        loss_mean += loss.item()
        if steps % 10 == 0:
            right = 0.95 * right + 0.05 * float(np.mean([a == b for a, b in zip(greedy(logp.detach()), texts)]))
        if samples // 25_000 > told or steps % 200 == 0:
            line = {'samples': samples, 'cpu_s': round(time.process_time() - cpu0), 'rate': round(optimizer.param_groups[0]['lr'], 6),
                    'loss': round(loss_mean / 200, 4), 'train_exact': round(right, 4), 'augment_s': round(drawing)}
            if steps % 200 == 0:
                loss_mean = 0.0
                print(json.dumps(line), file=sys.stderr, flush=True)
            if samples // 25_000 > told:
                told = samples // 25_000
                line['held_out'] = validate(average, held, drawn)
                print(json.dumps(line), file=log, flush=True)
                print(json.dumps(line), file=sys.stderr, flush=True)
        if time.monotonic() - saved > 120:
            saved = time.monotonic()
            save(path, {'net': net.state_dict(), 'average': average.state_dict(), 'optimizer': optimizer.state_dict(), 'samples': samples,
                        'cpu': time.process_time() - cpu0, 'slices': slices, 'shape': options.shape})
    save(path, {'net': net.state_dict(), 'average': average.state_dict(), 'optimizer': optimizer.state_dict(), 'samples': samples,
                'cpu': time.process_time() - cpu0, 'slices': slices + 1, 'shape': options.shape})
    end = {'samples': samples, 'cpu_s': round(time.process_time() - cpu0), 'end_of_slice': slices, 'held_out': validate(average, held, drawn)}
    print(json.dumps(end), file=log, flush=True)
    print(json.dumps(end), file=sys.stderr, flush=True)


if __name__ == '__main__':
    main()
