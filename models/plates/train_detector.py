#!/usr/bin/python3
"""Train the plate detector in slices; each slice goes on where the last one stopped.

usage:   /usr/bin/python3 models/plates/train_detector.py --minutes 20 [--run NAME] [--width a] [--samples N] [--decay-from N] [--drawn 0.45]
         /usr/bin/python3 models/plates/train_detector.py --validate [--run NAME]
         /usr/bin/python3 models/plates/train_detector.py --mined models/plates/mined.json    what it takes for plates and is none
example: /usr/bin/python3 models/plates/train_detector.py --minutes 20         begins or goes on with artifacts/plates/detector.pt

State (weights, their average, optimizer, samples seen, mined places) is saved every two minutes, at the end and on SIGTERM.
Samples follow from the seed and their number, the learning rate from the number of samples: a rise, constant, and from
--decay-from on a half cosine down to nothing at --samples. Log: models/plates/log/NAME.csv, and NAME-validation.csv for the
average's figures on pictures kept out of training: real scenes and negatives as the node sees them (384x640, letterboxed), and drawn
plates on kept-out pictures.
"""
from __future__ import annotations

import argparse
import csv
import json
import math
import os
import signal
import sys
import time

import cv2
import numpy as np
import torch

import data
import draw
import detector_samples as samples_of
from detector import CORNER_UNIT, STRIDE, WIDTHS, PlateDetector, decode_box

HERE = os.path.dirname(os.path.abspath(__file__))
SEED = 20261122
BATCH = 12
RATE = 1.5e-3
WARM_BATCHES = 200
CLIP = 5.0
AVERAGE_KEEP = 0.998
LOG_EVERY = 2_400
VALIDATE_EVERY = 24_000
MINE_AT = (18_000, 48_000, 96_000, 144_000, 192_000, 240_000)
# Sets mined beside the negatives. Romania is left out: distant plates there have no box and would be mined as faults.
MINED_SETS = {'negative': 0.12, 'us_wild': 0.35, 'mixed300': 0.35, 'us_states_scene': 0.2, 'vietnam_scene': 0.3, 'misc_scene': 0.3}
INPUT_HEIGHT, INPUT_WIDTH = 384, 640
VALIDATION_SCORES = (0.3, 0.4, 0.5)
READER_MINED_SCORE = 0.12  # low, so that the reader learns to be silent on more than a handful of places
FOUND_IOU = 0.4
LOG_FIELDS = ['samples', 'cpuSeconds', 'rate', 'score', 'box', 'corners', 'generating', 'mined']


class Losses:
    """Running means of the losses between two log lines."""

    def __init__(self) -> None:
        self.sums, self.count = np.zeros(3), 0

    def add(self, *values: float) -> None:
        self.sums += values
        self.count += 1

    def take(self) -> list[float]:
        means = self.sums / max(1, self.count)
        self.sums, self.count = np.zeros(3), 0
        return [round(float(value), 4) for value in means]


def losses_of(raw: torch.Tensor, targets: list[samples_of.Targets]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Score: focal loss with bells (Law & Deng 2018); box: generalized IoU (Rezatofighi et al. 2019); corners: L1 in plate heights."""
    score, box, corners, box_weight, corner_weight = (torch.from_numpy(np.stack(maps)) for maps in zip(*targets))
    likely = raw[:, 0].sigmoid().clamp(1e-4, 1 - 1e-4)
    peak = score.eq(1).float()
    focal = peak * (1 - likely) ** 2 * likely.log() + (1 - peak) * (1 - score) ** 4 * likely ** 2 * (1 - likely).log()
    score_loss = -focal.sum() / peak.sum().clamp(min=1)
    where = box_weight > 0
    if not where.any():
        return score_loss, torch.zeros(()), torch.zeros(())
    weight = box_weight[where]
    found, wanted = decode_box(raw[:, 1:5].permute(0, 2, 3, 1)[where]), box.permute(0, 2, 3, 1)[where]
    inner, outer = torch.minimum(found, wanted), torch.maximum(found, wanted)
    common = (inner[:, 0] + inner[:, 2]).clamp(min=0) * (inner[:, 1] + inner[:, 3]).clamp(min=0)
    union = (found[:, 0] + found[:, 2]) * (found[:, 1] + found[:, 3]) + (wanted[:, 0] + wanted[:, 2]) * (wanted[:, 1] + wanted[:, 3]) - common
    hull = (outer[:, 0] + outer[:, 2]) * (outer[:, 1] + outer[:, 3])
    box_loss = ((1 - common / union + (hull - union) / hull) * weight).sum() / weight.sum()
    known = corner_weight[where]
    off = (raw[:, 5:].permute(0, 2, 3, 1)[where] * CORNER_UNIT - corners.permute(0, 2, 3, 1)[where]).abs().mean(1)
    height = (wanted[:, 1] + wanted[:, 3]).clamp(min=4.0)
    corner_loss = (off / height * known).sum() / known.sum().clamp(min=1)
    return score_loss, box_loss, corner_loss


def rate_at(seen: int, planned: int, decay_from: int) -> float:
    """Learning rate after that many samples."""
    warm = min(1.0, (seen / BATCH + 1) / WARM_BATCHES)
    part = min(1.0, max(0.0, (seen - decay_from) / (planned - decay_from)))
    return RATE * warm * (0.5 + 0.5 * math.cos(math.pi * part)) + 1e-6


def letterbox(image: np.ndarray, height: int = INPUT_HEIGHT, width: int = INPUT_WIDTH) -> tuple[np.ndarray, float]:
    """The picture in the middle of a gray [height, width] one, and its scale there; pictures are enlarged as well."""
    scale = min(height / image.shape[0], width / image.shape[1])
    h, w = round(image.shape[0] * scale), round(image.shape[1] * scale)
    part = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    whole = np.full((height, width, 3), samples_of.GRAY, np.uint8)
    top, left = (height - h) // 2, (width - w) // 2
    whole[top:top + h, left:left + w] = part
    return whole, scale


def detect(net: PlateDetector, image: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Boxes [n, 4], scores [n], corners [n, 4, 2] in pixels of ``image`` (uint8 RGB, sides multiples of 32), best first, one a plate."""
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float().contiguous(memory_format=torch.channels_last)
    with torch.no_grad(), torch.autocast('cpu', dtype=torch.bfloat16):
        raw = net(tensor)[0].float()
    score = raw[0].sigmoid().numpy()
    rows, columns = np.where((score >= cv2.dilate(score, np.ones((3, 3)))) & (score >= least))
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    sides = decode_box(raw[1:5]).numpy()[:, rows, columns]
    quads = (raw[5:].numpy()[:, rows, columns] * CORNER_UNIT).T.reshape(-1, 4, 2) + np.stack([x, y], 1)[:, None]
    boxes = np.stack([x - sides[0], y - sides[1], x + sides[2], y + sides[3]], 1)
    scores, kept = score[rows, columns], []
    for i in np.argsort(-scores, kind='stable'):
        inner = [np.clip(np.minimum(boxes[i, 2:], boxes[j, 2:]) - np.maximum(boxes[i, :2], boxes[j, :2]), 0, None).prod() for j in kept]
        areas = [(boxes[j, 2:] - boxes[j, :2]).prod() for j in kept]
        area = (boxes[i, 2:] - boxes[i, :2]).prod()
        if not any(c > 0.25 * (area + a - c) or c > 0.6 * min(area, a) for c, a in zip(inner, areas)):
            kept.append(i)
    return boxes[kept], scores[kept], quads[kept]


class Tally:
    """Counts what was found among labelled plates, at one score."""

    def __init__(self) -> None:
        self.plates = self.found = self.false = self.pictures = 0
        self.ious: list[float] = []

    def add(self, boxes: np.ndarray, labels: np.ndarray) -> list[tuple[int, int]]:
        """Adds a picture; returns pairs of label and the box that found it."""
        self.pictures += 1
        self.plates += len(labels)
        pairs, used = [], set()
        for number, label in enumerate(labels):
            ious = samples_of.overlap(label, boxes) if len(boxes) else np.zeros(0)
            if len(ious) and ious.max() >= FOUND_IOU:
                self.found += 1
                self.ious.append(float(ious.max()))
                pairs.append((number, int(ious.argmax())))
                used.update(np.where(ious >= FOUND_IOU)[0].tolist())
        self.false += len(boxes) - len(used)
        return pairs


def validate(net: PlateDetector, scenes: list[data.Scene], negatives: list[str], plates: list[draw.Plate]) -> dict[str, float]:
    """Figures on kept-out pictures: share found at IoU 0.4 and false boxes a picture, by score; drawn plates at 0.4 by width."""
    net.eval()
    real = {score: Tally() for score in VALIDATION_SCORES}
    empty = {score: Tally() for score in VALIDATION_SCORES}
    drawn = {name: Tally() for name in ('below24', '24to64', '64to160', 'from160')}
    drawn_all, corner_off = Tally(), []
    pictures = samples_of.load_pictures(scenes, negatives)
    for group in pictures.values():
        for picture in group:
            image, scale = letterbox(picture.sizes[0])
            height, width = picture.sizes[0].shape[:2]
            shift = np.array([(INPUT_WIDTH - round(width * scale)) // 2, (INPUT_HEIGHT - round(height * scale)) // 2] * 2)
            boxes, scores, _ = detect(net, image, min(VALIDATION_SCORES))
            labels = picture.boxes * scale + shift
            labels = labels[(labels[:, 2] - labels[:, 0]) >= samples_of.NARROWEST]
            for score in VALIDATION_SCORES:
                (real if len(picture.boxes) else empty)[score].add(boxes[scores >= score], labels)
    sampler = samples_of.Sampler(pictures, plates, 'validation', drawn_share=1.0)
    for number in range(200):
        sample = sampler.sample(number)
        boxes, scores, quads = detect(net, sample.image, 0.4)
        widths = sample.boxes[:, 2] - sample.boxes[:, 0]
        is_drawn = sample.is_drawn > 0
        for low, high, name in ((0, 24, 'below24'), (24, 64, '24to64'), (64, 160, '64to160'), (160, 999, 'from160')):
            drawn[name].add(boxes, sample.boxes[is_drawn & (widths >= low) & (widths < high)])
        for label, box in drawn_all.add(boxes, sample.boxes):
            if is_drawn[label]:
                height = sample.boxes[label, 3] - sample.boxes[label, 1]
                corner_off.append(float(np.abs(quads[box] - sample.corners[label]).mean() / max(4.0, height)))
    figures = {'plates': real[0.3].plates, 'negatives': empty[0.3].pictures}
    for score in VALIDATION_SCORES:
        figures[f'found@{score}'] = round(real[score].found / max(1, real[score].plates), 4)
        figures[f'false@{score}'] = round(real[score].false / max(1, real[score].pictures), 4)
        figures[f'falseNegative@{score}'] = round(empty[score].false / max(1, empty[score].pictures), 4)
    figures['iou'] = round(float(np.mean(real[0.3].ious or [0])), 4)
    for name, tally in drawn.items():
        figures['drawn ' + name] = round(tally.found / max(1, tally.plates), 4)
    figures['drawn false'] = round(drawn_all.false / drawn_all.pictures, 4)
    figures['drawn iou'] = round(float(np.mean([v for t in drawn.values() for v in t.ious] or [0])), 4)
    figures['drawn corners off'] = round(float(np.mean(corner_off or [0])), 4)
    return figures


def mine(net: PlateDetector, pictures: dict[str, list[samples_of.Picture]]) -> list[samples_of.Hard]:
    """Places where the network sees a plate that is none, at two sizes of each picture."""
    net.eval()
    places = []
    for name, least in MINED_SETS.items():
        for number, picture in enumerate(pictures.get(name, [])):
            for level in (0, 1):
                image = picture.sizes[level]
                if max(image.shape) > 1000:
                    continue
                whole = np.full((math.ceil(image.shape[0] / 32) * 32, math.ceil(image.shape[1] / 32) * 32, 3), samples_of.GRAY, np.uint8)
                whole[:image.shape[0], :image.shape[1]] = image
                boxes, _, _ = detect(net, whole, least)
                for box in boxes * 2 ** level:
                    if not len(picture.boxes) or samples_of.overlap(box, picture.boxes).max() < 0.02:
                        places.append(samples_of.Hard(name, number, float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2, max(8.0, float(box[2] - box[0]))))
    return places


def write_mined(net: PlateDetector, paths: list[str], file: str) -> int:
    """Writes what the network takes for plates on pictures without one, at two sizes: picture's name, box in its pixels."""
    net.eval()
    found = []
    for path in paths:
        picture = cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB)
        for scale in (1.0, 0.5):
            image = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            whole = np.full((math.ceil(image.shape[0] / 32) * 32, math.ceil(image.shape[1] / 32) * 32, 3), samples_of.GRAY, np.uint8)
            whole[:image.shape[0], :image.shape[1]] = image
            boxes, _, _ = detect(net, whole, READER_MINED_SCORE)
            found += [[os.path.basename(path), *(round(float(v / scale)) for v in box)] for box in boxes]
    with open(file, 'w', encoding='utf-8') as out:
        out.write('[\n' + ',\n'.join(json.dumps(entry) for entry in found) + '\n]\n')
    return len(found)


def append(path: str, row: dict[str, object]) -> None:
    """A line at the end of a CSV file, with a head where the file is new."""
    is_new = not os.path.exists(path)
    with open(path, 'a', newline='', encoding='utf-8') as file:
        table = csv.DictWriter(file, list(row))
        if is_new:
            table.writeheader()
        table.writerow(row)


def cut_log(path: str, seen: int) -> None:
    """Drops the lines that a killed slice wrote after its last saved state."""
    if not os.path.exists(path):
        return
    with open(path, encoding='utf-8') as file:
        head, *lines = file.read().splitlines()
    kept = [line for line in lines if int(line.split(',')[0]) <= seen]
    with open(path, 'w', encoding='utf-8') as file:
        file.write('\n'.join([head, *kept]) + '\n')


class Run:
    """One training run: its network, average, optimizer and place in the plan, and the file they are kept in."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.path = os.path.join(data.REPOSITORY, 'artifacts', 'plates', options.run + '.pt')
        torch.manual_seed(SEED)
        self.net = PlateDetector(WIDTHS[options.width]).to(memory_format=torch.channels_last)
        self.average = PlateDetector(WIDTHS[options.width]).to(memory_format=torch.channels_last)
        self.average.load_state_dict(self.net.state_dict())
        self.optimizer = torch.optim.AdamW(self.net.parameters(), RATE, weight_decay=0.02)
        self.seen, self.cpu, self.mined, self.hard = 0, 0.0, 0, []
        if os.path.exists(self.path):
            state = torch.load(self.path, map_location='cpu')
            if state['width'] != options.width:
                sys.exit(f'{self.path} holds a net of width {state["width"]}; name another run with --run')
            self.net.load_state_dict(state['net'])
            self.average.load_state_dict(state['average'])
            self.optimizer.load_state_dict(state['optimizer'])
            self.seen, self.cpu, self.mined = state['seen'], state['cpu'], state['mined']
            self.hard = [samples_of.Hard(*place) for place in state['hard']]
        elif options.validate or options.mined:
            sys.exit(f'{self.path} is not there; train first')
        self._cpu_start = time.process_time() - self.cpu

    def cpu_seconds(self) -> float:
        return time.process_time() - self._cpu_start

    def save(self) -> None:
        state = {'width': self.options.width, 'net': self.net.state_dict(), 'average': self.average.state_dict(), 'optimizer': self.optimizer.state_dict(),
                 'seen': self.seen, 'cpu': self.cpu_seconds(), 'mined': self.mined, 'hard': [tuple(place) for place in self.hard],
                 'planned': self.options.samples, 'decayFrom': self.options.decay_from, 'seed': SEED}
        torch.save(state, self.path + '.part')
        os.replace(self.path + '.part', self.path)

    def step(self, sampler: samples_of.Sampler) -> tuple[list[float], float]:
        """One batch; returns the three losses and the seconds its pictures took to make."""
        mark = time.process_time()
        items = [sampler.sample(self.seen + i) for i in range(BATCH)]
        targets = [samples_of.targets(item) for item in items]
        generating = time.process_time() - mark
        batch = torch.from_numpy(np.stack([item.image for item in items])).permute(0, 3, 1, 2).float().contiguous(memory_format=torch.channels_last)
        for group in self.optimizer.param_groups:
            group['lr'] = rate_at(self.seen, self.options.samples, self.options.decay_from)
        with torch.autocast('cpu', dtype=torch.bfloat16):
            raw = self.net(batch)
        score, box, corners = losses_of(raw.float(), targets)
        self.optimizer.zero_grad(set_to_none=True)
        (score + 2 * box + corners).backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), CLIP)
        self.optimizer.step()
        self.seen += BATCH
        steps = self.seen / BATCH
        keep = min(AVERAGE_KEEP, (1 + steps) / (10 + steps))
        with torch.no_grad():
            for mean, value in zip(self.average.state_dict().values(), self.net.state_dict().values()):
                mean.lerp_(value, 1 - keep) if mean.dtype.is_floating_point else mean.copy_(value)
        return [score.item(), box.item(), corners.item()], generating


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--minutes', type=float, default=20, help='length of this slice')
    parser.add_argument('--run', default='detector', help='name of the run: state and log carry it')
    parser.add_argument('--width', choices=sorted(WIDTHS), default='a')
    parser.add_argument('--samples', type=int, default=216_000, help='planned length of the run')
    parser.add_argument('--decay-from', type=int, help='samples at which the rate begins to fall; default 0.65 of --samples')
    parser.add_argument('--drawn', type=float, default=0.45, help='share of pictures that get drawn plates')
    parser.add_argument('--pool', default=os.path.join(data.REPOSITORY, 'artifacts', 'plates', 'pool-1.npz'), help='drawn plates; every 40th is kept for validation')
    parser.add_argument('--mined', help='write the places of the training negatives that the average takes for plates, and end')
    parser.add_argument('--validate', action='store_true', help="print the average's figures on kept-out pictures and end")
    options = parser.parse_args()
    options.decay_from = options.decay_from or int(0.65 * options.samples)
    return options


def main() -> None:
    options = parse()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    if not os.path.exists(options.pool):
        sys.exit(f'{options.pool} is not there; draw it with: models/plates/draw.py pool --count 40000 --seed 1 --out {options.pool}')
    run = Run(options)
    if options.mined:
        print(f'{write_mined(run.average, data.negatives()[0], options.mined)} places')
        return
    plates = draw.load_pool(options.pool)
    scenes, held_scenes = data.scenes()
    negatives, held_negatives = data.negatives()
    kept_out = (held_scenes, held_negatives, plates[::40])
    if options.validate:
        for name, figure in validate(run.average, *kept_out).items():
            print(f'{name:20} {figure}')
        return
    log = os.path.join(HERE, 'log', options.run + '.csv')
    validation_log = os.path.join(HERE, 'log', options.run + '-validation.csv')
    os.makedirs(os.path.dirname(log), exist_ok=True)
    for path in (log, validation_log):
        cut_log(path, run.seen)
    pictures = samples_of.load_pictures(scenes, negatives)
    sampler = samples_of.Sampler(pictures, [p for i, p in enumerate(plates) if i % 40], str(SEED), options.drawn)
    sampler.hard = run.hard

    is_stopped = False

    def stop(*_: object) -> None:
        nonlocal is_stopped
        is_stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    begun = saved = time.monotonic()
    losses, generating, cpu_mark = Losses(), 0.0, run.cpu_seconds()
    print(f'{options.run}: width {options.width}, from {run.seen} of {options.samples} samples, rate falls from {options.decay_from}', flush=True)
    while run.seen < options.samples and not is_stopped and time.monotonic() - begun < 60 * options.minutes:
        if run.mined < len(MINE_AT) and run.seen >= MINE_AT[run.mined]:
            run.mined += 1
            run.hard = sampler.hard = mine(run.average, pictures)
        run.net.train()
        values, seconds = run.step(sampler)
        losses.add(*values)
        generating += seconds
        if run.seen % LOG_EVERY == 0:
            cpu = run.cpu_seconds()
            row = dict(zip(LOG_FIELDS, [run.seen, round(cpu), round(rate_at(run.seen, options.samples, options.decay_from), 7), *losses.take(),
                                        round(generating / (cpu - cpu_mark), 3), len(run.hard)]))
            append(log, row)
            print(row, flush=True)
            generating, cpu_mark = 0.0, cpu
        if run.seen % VALIDATE_EVERY == 0 or run.seen == VALIDATE_EVERY // 2:
            row = {'samples': run.seen, 'cpuSeconds': round(run.cpu_seconds()), **validate(run.average, *kept_out)}
            append(validation_log, row)
            print(row, flush=True)
        if time.monotonic() - saved > 120:
            saved = time.monotonic()
            run.save()
    run.save()
    print(f'{options.run}: {run.seen} samples, {run.cpu_seconds():.0f} CPU-seconds in all slices', flush=True)


if __name__ == '__main__':
    main()
