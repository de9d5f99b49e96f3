#!/usr/bin/python3
"""Measure plates: what `picket analyze --plates` finds and reads, beside its peers, written to models/plates/RESULTS.md.

usage: /usr/bin/python3 models/plates/evaluate.py [--data ../shared/data] [--quick]
example: make eval-plates

Measuring only: this file opens the development sets, which the training recipe never does. Pictures with errors go to
artifacts/plates/errors.png (never into the repository), curves to models/plates/*.png.
"""
from __future__ import annotations

import argparse
import collections
import csv
import glob
import json
import os
import re
import subprocess
import sys
from typing import NamedTuple

import cv2
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from bounds import Bounds  # noqa: E402

REPOSITORY = os.path.normpath(os.path.join(HERE, '..', '..'))
PICKET = os.path.join(REPOSITORY, 'artifacts', 'bin', 'picket')
BENCH = os.path.join(REPOSITORY, 'bench', 'bin', 'Release', 'net10.0', 'Picket.Bench')
FOLDER = os.path.join(REPOSITORY, 'artifacts', 'plates')
REGIONS = {'openalpr_eu': 'eu', 'openalpr_us': 'us', 'openalpr_br': 'br', 'indian': 'in', 'pk-1': 'pk', 'pk-2': 'pk'}
BARS = {'openalpr_eu': (0.89, 0.96, 0.99, 1.25), 'openalpr_us': (0.81, 0.83, 0.98, 1.25), 'openalpr_br': (0.93, 0.94, 0.98, 1.35), 'indian': (0.85, 0.85, 0.98, 1.2)}
SAME_SHAPE = str.maketrans('OIQ', '010')


class Label(NamedTuple):
    """A marked plate: box = left, top, width, height in pixels."""
    box: tuple[float, float, float, float]
    text: str


def labels(manifest: str, prefix: str = '') -> dict[str, list[Label]]:
    """Picture path (absolute) -> its marked plates that have a text."""
    folder = os.path.dirname(manifest)
    found: dict[str, list[Label]] = collections.defaultdict(list)
    with open(manifest, encoding='utf-8') as file:
        for row in csv.DictReader(file):
            if row['text'] and row['path'].startswith(prefix):
                x, y, w, h = (float(row[key]) for key in 'xywh')
                found[os.path.realpath(os.path.join(folder, row['path']))].append(Label((x, y, w, h), row['text']))
    return found


def analyze(paths: list[str], region: str | None) -> dict[str, list[dict]]:
    """What the node says of pictures: path -> plates, best first."""
    found = {path: [] for path in paths}
    for at in range(0, len(paths), 200):
        command = [PICKET, 'analyze', *paths[at:at + 200], '--plates', '--jsonl', *(['--region', region] if region else [])]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            sys.exit(f'evaluate: picket analyze failed with {run.returncode}: {run.stderr[-500:]}')
        for line in run.stdout.splitlines():
            spoken = json.loads(line)
            if 'plates' in spoken:
                found[os.path.realpath(spoken['source'])] = spoken['plates']
    return found


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (left, top, width, height)."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return 0.0 if w <= 0 or h <= 0 else w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def same(a: str, b: str) -> bool:
    """Equal when characters of the same shape (O 0, I 1, Q 0) count as one."""
    return a.translate(SAME_SHAPE) == b.translate(SAME_SHAPE)


def confusions(read: str, truth: str) -> list[tuple[str, str]]:
    """Pairs (truth, read) along a shortest edit path; '-' is nothing."""
    table = np.zeros((len(truth) + 1, len(read) + 1), int)
    table[:, 0], table[0, :] = range(len(truth) + 1), range(len(read) + 1)
    for i, t in enumerate(truth, 1):
        for j, r in enumerate(read, 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (t != r))
    pairs, i, j = [], len(truth), len(read)
    while i or j:
        if i and j and table[i, j] == table[i - 1, j - 1] + (truth[i - 1] != read[j - 1]):
            i, j = i - 1, j - 1
            if truth[i] != read[j]:
                pairs.append((truth[i], read[j]))
        elif i and table[i, j] == table[i - 1, j] + 1:
            i -= 1
            pairs.append((truth[i], '-'))
        else:
            j -= 1
            pairs.append(('-', read[j]))
    return pairs


class SetScore:
    """What was found and read of one set."""

    def __init__(self, name: str, marked: dict[str, list[Label]], found: dict[str, list[dict]]) -> None:
        self.name = name
        self.count = sum(len(plates) for plates in marked.values())
        self.pictures = len(marked)
        self.boxes = sum(len(found[path]) for path in marked)
        self.found = self.tight = self.exact = self.merged = self.doubles = 0
        self.reads: list[tuple[float, bool, bool]] = []
        self.pairs: collections.Counter = collections.Counter()
        self.wrong: list[tuple[str, Label, dict | None]] = []
        matched_boxes = 0
        for path, plates in marked.items():
            boxes = found[path]
            self.doubles += sum(overlap(a['box'], b['box']) > 0.3 for i, a in enumerate(boxes) for b in boxes[i + 1:])
            matched_boxes += sum(any(overlap(label.box, box['box']) >= 0.5 for label in plates) for box in boxes)
            for label in plates:
                best = max(boxes, key=lambda box: overlap(label.box, box['box']), default=None)
                score = overlap(label.box, best['box']) if best else 0.0
                self.found += score >= 0.4
                self.tight += score >= 0.5
                read = best.get('text') or '' if best and score >= 0.4 else ''
                self.exact += read == label.text
                self.merged += same(read, label.text)
                if score >= 0.4 and read:
                    self.reads.append((float(best['confidence']), read == label.text, same(read, label.text)))
                    self.pairs.update(confusions(read, label.text))
                if not same(read, label.text):
                    self.wrong.append((path, label, best if score >= 0.4 else None))
        self.precision = matched_boxes / max(1, self.boxes)

    def row(self) -> str:
        n = self.count
        return (f'| {self.name} | {n} | {self.found / n:.3f} | {self.tight / n:.3f} / {self.precision:.3f} | {self.exact / n:.3f} | {self.merged / n:.3f} '
                f'| {self.boxes / self.pictures:.2f} | {self.doubles} |')


def tracks(clip: str, region: str | None) -> list[dict]:
    """The closing line of each plate track of a clip."""
    command = [PICKET, 'analyze', clip, '--plates', '--jsonl', *(['--region', region] if region else [])]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in map(json.loads, run.stdout.splitlines()) if line.get('kind') == 'plate']


def bench(*arguments: str) -> list[str]:
    """Lines that a bench section prints."""
    run = subprocess.run([BENCH, *arguments], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    if run.returncode != 0:
        sys.exit(f'evaluate: bench {" ".join(arguments)} failed with {run.returncode}: {(run.stderr or run.stdout)[-500:]}')
    return run.stdout.splitlines()


def haar(marked: dict[str, list[Label]]) -> tuple[float, float, float]:
    """Debian's Haar cascade for plates: share found at IoU 0.5, at 0.3, boxes per picture."""
    path = next(iter(glob.glob('/usr/share/opencv*/haarcascades/haarcascade_russian_plate_number.xml')), None)
    if path is None:
        sys.exit('evaluate: the Haar cascade is not there; install it with: apt-get install opencv-data')
    cascade = cv2.CascadeClassifier(path)
    tight = loose = count = boxes = 0
    for picture, plates in marked.items():
        found = cascade.detectMultiScale(cv2.imread(picture, cv2.IMREAD_GRAYSCALE), 1.1, 3)
        boxes += len(found)
        for label in plates:
            best = max((overlap(label.box, tuple(map(float, box))) for box in found), default=0.0)
            count, tight, loose = count + 1, tight + (best >= 0.5), loose + (best >= 0.3)
    return tight / count, loose / count, boxes / len(marked)


def contact_sheet(scores: list[SetScore], path: str, most: int = 96) -> int:
    """Every misread or missed plate, the marked box with what was read; returns how many there were."""
    wrong = [(score.name, *item) for score in scores for item in score.wrong]
    cells = []
    for name, picture, label, box in wrong[:most]:
        image = cv2.imread(picture)
        x, y, w, h = label.box
        margin = 0.25 * w
        x0, y0 = int(max(0, x - margin)), int(max(0, y - margin))
        x1, y1 = int(min(image.shape[1], x + w + margin)), int(min(image.shape[0], y + h + margin))
        part = image[y0:y1, x0:x1].copy()
        if box:
            bx, by, bw, bh = (int(v) for v in box['box'])
            cv2.rectangle(part, (bx - x0, by - y0), (bx + bw - x0, by + bh - y0), (0, 0, 255), 1)
        scale = min(236 / part.shape[1], 120 / part.shape[0])
        part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        cell = np.full((164, 240, 3), 255, np.uint8)
        cell[2:2 + part.shape[0], 2:2 + part.shape[1]] = part
        read = f'{box.get("text", "")} {box.get("confidence", 0):.2f}' if box else 'not found'
        cv2.putText(cell, f'{name}: {label.text}', (4, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 110, 0), 1, cv2.LINE_AA)
        cv2.putText(cell, f'read {read}', (4, 157), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 180), 1, cv2.LINE_AA)
        cells.append(cell)
    while cells and len(cells) % 6:
        cells.append(np.full((164, 240, 3), 255, np.uint8))
    if cells:
        cv2.imwrite(path, np.vstack([np.hstack(cells[i:i + 6]) for i in range(0, len(cells), 6)]))
    return len(wrong)


def plot_calibration(reads: list[tuple[float, bool, bool]], path: str) -> list[tuple[float, float, int, float]]:
    """Reads by confidence: mean confidence, share right (same shapes merged), count, share strictly right of each bin."""
    from matplotlib import pyplot
    edges = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0001]
    bins = []
    for low, high in zip(edges, edges[1:]):
        part = [read for read in reads if low <= read[0] < high]
        if part:
            bins.append((float(np.mean([p[0] for p in part])), float(np.mean([p[2] for p in part])), len(part), float(np.mean([p[1] for p in part]))))
    pyplot.figure(figsize=(4.2, 4))
    pyplot.plot([0, 1], [0, 1], color='0.8')
    pyplot.plot([b[0] for b in bins], [b[1] for b in bins], 'o-', label='O/0, I/1 merged')
    pyplot.plot([b[0] for b in bins], [b[3] for b in bins], 's--', label='strict')
    pyplot.xlabel('confidence')
    pyplot.ylabel('share right')
    pyplot.title('Calibration, all measuring sets')
    pyplot.legend()
    pyplot.tight_layout()
    pyplot.savefig(path, dpi=90)
    pyplot.close()
    return bins


def plot_training(path: str) -> None:
    """Held-out share read over the samples seen, for every logged run."""
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6))
    for log in sorted(glob.glob(os.path.join(HERE, 'log', 'reader*.jsonl'))):
        points = [(entry['samples'], entry['held_out']) for entry in map(json.loads, open(log, encoding='utf-8')) if 'held_out' in entry]
        if not points:
            continue
        name = os.path.basename(log)[:-6]
        for axis, prefix in ((axes[0], ('romania_text', 'mixed300_text', 'us_states')), (axes[1], ('drawn-',))):
            axis.plot([p[0] / 1000 for p in points], [np.mean([v for k, v in p[1].items() if k.startswith(prefix)]) for p in points], '.-', label=name)
    for axis, title in zip(axes, ('held-out real crops', 'held-out drawn plates')):
        axis.set_xlabel('samples, thousands')
        axis.set_title(f'{title}: exact, greedy')
        axis.grid(alpha=0.3)
    axes[0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    pyplot.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--data', default=os.path.join(REPOSITORY, '..', 'shared', 'data'))
    parser.add_argument('--scorer', default=os.path.join(REPOSITORY, '..', 'shared', 'tools', 'score_plates.py'))
    parser.add_argument('--quick', action='store_true', help='the development sets only; nothing is written')
    options = parser.parse_args()
    if not os.path.exists(os.path.join(options.data, 'plates', 'dev', 'manifest.csv')):
        sys.exit(f'evaluate: {options.data}/plates/dev is not there; name the data with --data')
    import matplotlib
    matplotlib.use('Agg')
    os.makedirs(FOLDER, exist_ok=True)
    dev = os.path.join(options.data, 'plates', 'dev')

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    scores = []
    for name, region in list(REGIONS.items())[:4]:
        marked = labels(os.path.join(dev, 'manifest.csv'), name + '/')
        scores.append(SetScore(name, marked, analyze(list(marked), region)))
        say(scores[-1].row())
    wrong = contact_sheet(scores, os.path.join(FOLDER, 'errors.png'))
    say(f'{wrong} errors on artifacts/plates/errors.png')
    reads = [read for score in scores for read in score.reads]
    sure = [read for read in reads if read[0] >= 0.9]
    if options.quick:
        print(f'confidence >= 0.9: {len(sure)} of {len(reads)} reads, right {np.mean([r[2] for r in sure]) if sure else 0:.3f} merged')
        return 0

    judged = subprocess.run([sys.executable, options.scorer, dev], capture_output=True, text=True, check=False, cwd=REPOSITORY)
    lines = ['# What the plate models reach here', '',
             'Written by `make eval-plates`. Times are those of a shared two-core machine: only ratios within one run count.', '',
             '## The scorer on the development sets', '', '```', *judged.stdout.splitlines()[:-1], '```', '']

    lines += ['## Found and read, one configuration but for the region', '',
              '| set | plates | found (IoU 0.4) | recall / precision at IoU 0.5 | exact | merged | boxes a picture | doubles |', '|---|---|---|---|---|---|---|---|']
    lines += [score.row() for score in scores]
    for rows in (1, 2):
        folder = os.path.join(FOLDER, f'heldout-pk-{rows}')
        if not os.path.exists(os.path.join(folder, 'manifest.csv')):
            subprocess.run([sys.executable, os.path.join(HERE, 'scenes.py'), '--kind', 'pk', '--rows', str(rows), '--count', '300', '--out', folder], check=True)
        marked = labels(os.path.join(folder, 'manifest.csv'))
        drawn = SetScore(f'drawn pk, {rows} line{"s" if rows > 1 else ""}', marked, analyze(list(marked), 'pk'))
        say(drawn.row())
        lines.append(drawn.row())
    lines += ['', 'Precision counts every box off the marked plate as wrong, other cars\' plates too, which are not marked. Merged: O and 0, I and 1, Q and 0 count as one. '
              'Drawn Pakistani plates: typefaces and backgrounds kept out of training, seen up to 45 degrees from the side.', '']

    bounds = Bounds()
    say('negatives')
    folder = os.path.join(options.data, 'plates', 'negatives')
    grey = sorted(glob.glob(os.path.join(folder, 'bg_*.jpg')))
    colour = [path for i, path in enumerate(sorted(glob.glob(os.path.join(folder, 'col_*.jpg')))) if i % 9 == 0]
    lines += ['## No plate there', '']
    for title, paths in (('grey negatives, never trained on', grey), ('colour negatives, held out', colour)):
        false = {path: plates for path, plates in analyze([os.path.realpath(p) for p in paths], None).items() if plates}
        count = sum(len(plates) for plates in false.values())
        lines.append(f'- {title}: {count} false plates in {len(paths)} pictures ({100 * count / len(paths):.2f} per 100; limit 1)')
        bounds.at_most(f'plates: false ones in 100 {title}', 100 * count / len(paths), 1)
        say(lines[-1])
    for clip, region in (('intel_car-detection.mp4', None), ('aiguys_license_plate.mp4', None), ('aiguys_license_plate.mp4', 'eu')):
        told = tracks(os.path.join(options.data, 'video', clip), region)
        texts = ', '.join(sorted(f'{t["text"]} {t["confidence"]:.2f}' for t in told if t.get('text'))) or 'none'
        lines.append(f'- `{clip}`{f" with --region {region}" if region else ""}: tracks read: {texts}')
        say(lines[-1])

    say('peers')
    lines += ['', '## Peers, on the marked boxes', '', 'Reading: the same crop given to both, no grammar for either (greedy), share exact / merged. Finding: share found at IoU 0.5 / 0.3, boxes a picture.', '',
              '| set | plates | plate-read, greedy | PP-OCRv4 recognition | Haar cascade | plate-detect |', '|---|---|---|---|---|---|']
    sets = [('dev', name) for name in list(REGIONS)[:4]] + [('train', name) for name in ('ocr_us', 'ocr_br', 'ocr_eu2')]
    for part, name in sets:
        results = [json.loads(line) for line in bench('plate-peer', os.path.join(options.data, 'plates', part), name + '/') if line.startswith('{')]
        ours = [(r['ours'] == r['text'], same(r['ours'], r['text'])) for r in results]
        peer = [(r['peer'] == r['text'], same(r['peer'], r['text'])) for r in results]
        cells = [f'{np.mean([a for a, _ in pairs]):.3f} / {np.mean([b for _, b in pairs]):.3f}' for pairs in (ours, peer)]
        score = next((s for s in scores if s.name == name), None)
        found = '{:.3f} / {:.3f}, {:.2f}'.format(*haar(labels(os.path.join(dev, 'manifest.csv'), name + '/'))) if score else ''
        lines.append(f'| {name} | {len(results)} | {cells[0]} | {cells[1]} | {found} | {f"{score.tight / score.count:.3f} at 0.5, {score.boxes / score.pictures:.2f}" if score else ""} |')
        say(lines[-1])
    lines += ['', 'The `ocr_` sets are crops of cameras\' and other sources\' plates, for measuring only.', '']

    bins = plot_calibration(reads, os.path.join(HERE, 'calibration.png'))
    lines += ['## Confidence', '', f'Of {len(sure)} reads at 0.9 or more (of {len(reads)}), {100 * np.mean([r[2] for r in sure]) if sure else 0:.1f} % are right merged, '
              f'{100 * np.mean([r[1] for r in sure]) if sure else 0:.1f} % strictly (limit 97).', '', '![calibration](calibration.png)', '',
              '| mean confidence | right, merged | right, strict | reads |', '|---|---|---|---|'] + [f'| {b[0]:.3f} | {b[1]:.3f} | {b[3]:.3f} | {b[2]} |' for b in bins] + ['']
    pairs = sum((score.pairs for score in scores), collections.Counter())
    lines += ['## Confusions', '', 'Marked -> read, `-` is nothing: ' + ', '.join(f'{a}->{b} {n}' for (a, b), n in pairs.most_common(30)), '',
              f'{wrong} plates misread or missed: `artifacts/plates/errors.png` after the command.', '']
    say('times')
    lines += ['## Times', '', '```', *[re.sub(r'\x1b\[[0-9;]*m', '', line) for line in bench('plates')], '```', '']
    plot_training(os.path.join(HERE, 'training.png'))
    lines += ['## Training', '', '![training](training.png)', '']
    notes = os.path.join(HERE, 'VARIANTS.md')
    if os.path.exists(notes):
        lines += [open(notes, encoding='utf-8').read()]
    with open(os.path.join(HERE, 'RESULTS.md'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines).rstrip() + '\n')
    say('written to models/plates/RESULTS.md')
    print('\n'.join(lines))
    for score in scores:
        strict, merged, found, boxes = BARS[score.name]
        n = score.count
        bounds.at_least(f'plates: {score.name}, read exactly', score.exact / n, strict)
        bounds.at_least(f'plates: {score.name}, read, same shapes merged', score.merged / n, merged)
        bounds.at_least(f'plates: {score.name}, found', score.found / n, found)
        bounds.at_most(f'plates: {score.name}, boxes a picture', score.boxes / score.pictures, boxes)
        bounds.at_most(f'plates: {score.name}, doubles', score.doubles, 0)
    bounds.at_least('plates: of reads at 0.9 or more, right merged', float(np.mean([r[2] for r in sure])) if sure else 0, 0.97)
    return bounds.finish(os.path.join(REPOSITORY, 'artifacts', 'eval-plates.txt'))


if __name__ == '__main__':
    sys.exit(main())
