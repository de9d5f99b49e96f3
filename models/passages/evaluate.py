#!/usr/bin/python3
"""Passages with truth: what `picket run` tells of vehicles and people that pass, beside what their best shots give as single pictures.

usage: /usr/bin/python3 models/passages/evaluate.py [--passages 200] [--seed 7] [--what drawn,real,face] [--data ../shared/data]
example: make eval-passages PASSAGES=1000 SEED=7

The reference of a passage: its three best whole shots by the truth (large, sharp, turned to the camera, nothing before them), taken out
of the same compressed clip, read by `picket analyze --plates` or embedded by `picket embed --all` as single pictures. What was found at
the truth's place is fused as simply as possible: a text that two shots read alike (one of them with confidence 0.5) or that one shot is
sure of (0.89, 70 pixels wide); of faces the mean of the embeddings, compared with the list at the node's threshold. A passage whose
reference gives its true name could have been told; of these at least 97 % have to be. What is told of nobody who is there is wrong.

A line for each figure with its bound goes to standard output and artifacts/eval-passages.txt, the tables to models/RESULTS.md, pictures of
what was missed to artifacts/passages. Exit code 1: a bound is missed. 2: the run says nothing (too many frames dropped, no picture).
"""
from __future__ import annotations

import argparse
import collections
import concurrent.futures
import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

import numpy as np
import truth

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from bounds import Bounds  # noqa: E402

try:
    import scenes
except ImportError as missing:
    sys.exit(f'eval-passages: {missing}; install with: packaging/setup.sh')

REPOSITORY = scenes.REPOSITORY
ARTIFACTS = os.path.join(REPOSITORY, 'artifacts')
RESULTS = os.path.join(REPOSITORY, 'models', 'RESULTS.md')
TODAY = os.path.join(scenes.HERE, 'today.json')
FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1'
HEADING = '## Passages: told of what could be told'

# The bound: of what the best shots give.
LEAST_TOLD = 0.97
# Two of five clips drawn, one real, two of faces.
ORDER = ('drawn', 'face', 'real', 'drawn', 'face')
# So many cameras at once keep two cores busy and leave a look its 125 ms.
CLIPS_AT_ONCE = 5
# A clip is played in real time; a node that can't keep up drops frames, and then the machine is measured, not the node.
MOST_DROPPED = 0.01
SLOWEST = 0.05
GROUPS = {'drawn': 'plates', 'real': 'plates', 'face': 'faces', 'stranger': 'strangers'}


def say(text: str) -> None:
    print(f'eval-passages: {text}', file=sys.stderr, flush=True)


class Judged(NamedTuple):
    """One passage: whether its best shots give its name, and whether the node told it; how often it was told anew."""
    clip: truth.Clip
    passage: truth.Passage
    shots: list[int]
    reads: list
    reference: bool
    told: bool
    news: int


def plan(seed: int, count: int, wanted: list[str]) -> list[tuple[int, str, int]]:
    """Number, kind and passages of each clip; the clips of a kind are the same whatever else is wanted."""
    clips, left, number = [], count, 0
    while left > 0:
        what = ORDER[number % len(ORDER)]
        if what in wanted:
            clips.append((number, what, min(left, truth.PASSAGES_A_CLIP)))
            left -= truth.PASSAGES_A_CLIP
        number += 1
    return clips


def draw(job: tuple) -> truth.Clip:
    seed, number, what, most, data, folder = job
    os.nice(5)
    crowd = crowd_of(data, seed) if what == 'face' else None
    clip, objects = scenes.clip_of(seed, number, what, data, crowd, most)
    scenes.write_clip(os.path.join(folder, f'{number}.mp4'), clip, objects, seed)
    return clip


def crowd_of(data: str, seed: int) -> scenes.People | None:
    return scenes.people(data, seed) or scenes.franck()


# ---- the node

def configure(folder: str, clips: list[truth.Clip], gallery: str | None) -> None:
    lines = ['node: node-1', 'state: state', 'cameras:']
    for clip in clips:
        plates = clip.what != 'face'
        lines.append(f'  - {{name: c{clip.number}, url: {clip.number}.mp4, faces: {str(not plates).lower()}, plates: {str(plates).lower()}}}')
    if gallery and any(clip.what == 'face' for clip in clips):
        lines.append(f'faceList: {{folder: {gallery}}}')
    with open(os.path.join(folder, 'picket.yaml'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines) + '\n')


def run(picket: str, folder: str, pace: float) -> float:
    """Runs the node over the folder's clips, its clock `pace` times as fast as ours; the share of frames that it dropped."""
    shutil.rmtree(os.path.join(folder, 'state'), ignore_errors=True)
    environment = dict(os.environ)
    if pace != 1:
        environment |= {'LD_PRELOAD': FAKETIME, 'FAKETIME': f'+0 x{pace:g}'}
    with open(os.path.join(folder, 'log'), 'w', encoding='utf-8') as log:
        done = subprocess.run([picket, 'run', '--config', os.path.join(folder, 'picket.yaml')], env=environment, stdout=log, stderr=log, check=False)
    if done.returncode != 0:
        sys.exit(f'eval-passages: picket run failed with {done.returncode}: {open(os.path.join(folder, "log"), encoding="utf-8").read()[-600:]}')
    with open(os.path.join(folder, 'state', 'telemetry.json'), encoding='utf-8') as file:
        cameras = json.load(file)['cameras']
    return sum(camera['dropped'] for camera in cameras) / max(1, sum(camera['frames'] for camera in cameras))


class Told(NamedTuple):
    """What an event says: camera, its passage's id, frame, name (text, person), phase."""
    camera: str
    passage: str
    frame: int
    name: str
    phase: str


def events(folder: str) -> list[Told]:
    told = []
    with sqlite3.connect(os.path.join(folder, 'state', 'outbox.db')) as database:
        for (body,) in database.execute('select body from outbox order by seq'):
            event = json.loads(body)
            if event['kind'] == 'plate.read' and event['phase'] != 'end':
                plate = event['body']['plate']
                told.append(Told(event['camera'], event['passage'], plate['frame'], plate['text'], event['phase']))
            elif event['kind'] == 'face.match' and event['phase'] != 'end':
                face = event['body']['face']
                told.append(Told(event['camera'], event['passage'], face['frame'], face['person'], event['phase']))
    return told


# ---- the reference

def pictures(folder: str, clip: truth.Clip, wanted: list[int]) -> dict[int, str]:
    """The clip's frames of those numbers as single pictures."""
    numbers = sorted(set(wanted))
    if not numbers:
        return {}
    out = os.path.join(folder, f'shots-{clip.number}')
    os.makedirs(out, exist_ok=True)
    chosen = '+'.join(f'eq(n\\,{n})' for n in numbers)
    subprocess.run(['ffmpeg', '-v', 'error', '-y', '-i', os.path.join(folder, f'{clip.number}.mp4'), '-vf', f'select={chosen}', '-vsync', '0', '-start_number', '0',
                    os.path.join(out, '%05d.png')], check=True)
    return {n: os.path.join(out, f'{i:05d}.png') for i, n in enumerate(numbers)}


def asked(picket: str, verb: list[str], paths: list[str]) -> list[dict]:
    lines = []
    for at in range(0, len(paths), 200):
        done = subprocess.run([picket, verb[0], *paths[at:at + 200], *verb[1:], '--jsonl'], capture_output=True, text=True, check=False)
        if not done.stdout:
            sys.exit(f'eval-passages: picket {verb[0]} said nothing: {done.stderr[-500:]}')
        lines += [json.loads(line) for line in done.stdout.splitlines()]
    return lines


def overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    """Intersection over union."""
    w, h = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0]), min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return 0.0 if w <= 0 or h <= 0 else w * h / (a[2] * a[3] + b[2] * b[3] - w * h)


def at_place(found: list[dict], box: tuple, least: float) -> dict | None:
    best = max(found, key=lambda f: overlap(f['box'], box), default=None)
    return best if best is not None and overlap(best['box'], box) >= least else None


class FaceReference:
    """The enrolled people's embeddings and the node's threshold."""

    def __init__(self, picket: str, gallery: str) -> None:
        paths = sorted(os.path.join(at, name) for at, _, names in os.walk(gallery) for name in names)
        rows = [(os.path.basename(os.path.dirname(line['source'])), unit(line['embedding'])) for line in asked(picket, ['embed'], paths) if 'embedding' in line]
        self.names = [name for name, _ in rows]
        self.rows = np.stack([row for _, row in rows])
        with open(os.path.join(ARTIFACTS, 'models', 'face-embed.json'), encoding='utf-8') as file:
            curve = [(point['rate'], point['cosine']) for point in json.load(file)['falseMatchCurve']]
        # falseAlertsPerFace: 0.0001, the default.
        self.threshold = truth.false_match_cosine(curve, 1e-4 / len(rows))

    def name(self, embeddings: list[np.ndarray]) -> tuple[str | None, float]:
        if not embeddings:
            return None, 0.0
        cosines = self.rows @ unit(np.sum(embeddings, 0))
        best = int(np.argmax(cosines))
        return (self.names[best] if cosines[best] >= self.threshold else None), float(cosines[best])


def unit(vector) -> np.ndarray:
    vector = np.asarray(vector, np.float64)
    return vector / np.linalg.norm(vector)


def judge(picket: str, folder: str, clips: list[truth.Clip], told: list[Told], faces: FaceReference | None) -> tuple[list[Judged], list[tuple[truth.Clip, Told]]]:
    """Each passage, and each wrong telling (once for a passage of the node's and a name)."""
    best = {clip.number: [truth.best_whole(clip, passage) for passage in clip.passages] for clip in clips}
    shots = {clip.number: pictures(folder, clip, [n for frames in best[clip.number] for n in frames]) for clip in clips}
    found: dict[str, list[dict]] = collections.defaultdict(list)
    plates = [path for clip in clips if clip.what != 'face' for path in shots[clip.number].values()]
    heads = [path for clip in clips if clip.what == 'face' for path in shots[clip.number].values()]
    for line in asked(picket, ['analyze', '--plates'], plates) if plates else []:
        if 'plates' in line:
            found[line['source']] = line['plates']
    for line in asked(picket, ['embed', '--all'], heads) if heads else []:
        if 'embedding' in line:
            found[line['source']].append(line)
    judged, wrong = [], []
    for clip in clips:
        mine = [t for t in told if t.camera == f'c{clip.number}']
        for passage in clip.passages:
            seen = []
            for frame in best[clip.number][passage.number]:
                box = passage.sprite.target_box(passage.pose(frame))
                seen.append((frame, at_place(found[shots[clip.number][frame]], box, 0.3 if clip.what != 'face' else 0.2)))
            if clip.what == 'face':
                name, cosine = faces.name([unit(face['embedding']) for _, face in seen if face])
                reads = [name, round(cosine, 3)]
                given = name == passage.name and passage.what == 'face'
            else:
                reads = [(plate['text'], plate['confidence'], plate['box'][2]) for _, plate in seen if plate]
                fused = truth.fused_plate(reads)
                given = fused is not None and truth.same(fused, passage.name)
            of_it = [t for t in mine if truth.tells(passage, t.frame, t.name)] if passage.what != 'stranger' else []
            judged.append(Judged(clip, passage, best[clip.number][passage.number], reads, given, bool(of_it), sum(t.phase == 'new' for t in of_it)))
        seen_wrong = set()
        for t in mine:
            if truth.is_wrong(clip, t.frame, t.name) and (t.passage, t.name) not in seen_wrong:
                seen_wrong.add((t.passage, t.name))
                wrong.append((clip, t))
        for item, path in [(j, shots[clip.number].get(j.shots[0]) if j.shots else None) for j in judged if j.clip is clip and j.reference and not j.told]:
            keep_missed(item, path, mine)
        for t in [t for c, t in wrong if c is clip]:
            say(f'wrong: clip {clip.number} ({clip.what}) frame {t.frame}: {t.name} ({t.phase}); there: '
                + (', '.join(f'{p.name} ({p.kind} {p.side} {p.speed}, frames {p.first}-{p.last})' for p in clip.passages if p.first - 5 <= t.frame <= p.last + 20) or 'nobody'))
    return judged, wrong


def keep_missed(item: Judged, path: str | None, told: list[Told]) -> None:
    passage, clip = item.passage, item.clip
    near = [f'{t.name}@{t.frame}' for t in told if passage.first - 5 <= t.frame <= passage.last + 20]
    picture = os.path.join(ARTIFACTS, 'passages', f'missed-{clip.number}-{passage.number}.png')
    if path:
        shutil.copyfile(path, picture)
    whole = [f for f in range(passage.first, passage.last + 1) if truth.is_whole(clip, passage, f)]
    width = passage.sprite.target_box(passage.pose(item.shots[0]))[2] if item.shots else 0
    say(f'missed: clip {clip.number} passage {passage.number} ({passage.what}, {passage.kind}, {passage.side}, {passage.speed} px/s{", night" if clip.night else ""}, {width:.0f} px) {passage.name}: '
        f'frames {passage.first}-{passage.last}, {len(whole)} whole, {whole[0] if whole else "-"}-{whole[-1] if whole else "-"}; best {item.shots} gave {item.reads}; told there: {near or "nothing"}; {os.path.relpath(picture, REPOSITORY)}')


# ---- figures

class Figures(NamedTuple):
    passages: int
    reference: int
    told: int
    beyond: int
    twice: int

    @staticmethod
    def of(judged: list[Judged]) -> Figures:
        return Figures(len(judged), sum(j.reference for j in judged), sum(j.reference and j.told for j in judged),
                       sum(j.told and not j.reference for j in judged), sum(j.news > 1 for j in judged))

    @property
    def share(self) -> float:
        return self.told / self.reference if self.reference else math.nan


def rows_of(judged: list[Judged]) -> dict[str, Figures]:
    """Every row of the tables by its name."""
    rows: dict[str, Figures] = {}
    for group in ('plates', 'faces'):
        mine = [j for j in judged if GROUPS[j.passage.what] == group]
        if not mine:
            continue
        rows[group] = Figures.of(mine)
        cuts = [('drawn' if group == 'plates' else 'face', lambda j: j.passage.what), ('', lambda j: j.passage.kind), ('', lambda j: f'{j.passage.speed} px/s'), ('', lambda j: f'from {j.passage.side}'),
                ('', lambda j: 'night' if j.clip.night else 'day')]
        for i, (_, key) in enumerate(cuts):
            if i == 0 and group == 'faces':
                continue
            values = sorted({key(j) for j in mine}, key=lambda v: (len(v), v) if v.endswith('px/s') else (0, v))
            for value in values:
                rows[f'{group}, {value}'] = Figures.of([j for j in mine if key(j) == value])
    return rows


def runs_of_today() -> list[dict]:
    """What the node of commit 5e56c40 told, as stored by --store-today."""
    if not os.path.exists(TODAY):
        return []
    with open(TODAY, encoding='utf-8') as file:
        return json.load(file)['runs']


def stored(seed: int, count: int, wanted: list[str]) -> dict | None:
    return next((run for run in runs_of_today() if (run['seed'], run['passages'], run['what']) == (seed, count, wanted)), None)


def allowed_wrong(seed: int, count: int, wanted: list[str], group: str, passages: int) -> tuple[int, str]:
    """How many wrong tellings the node of the issue's day had; of a seed that it was not measured with, its share and two deviations."""
    if (today := stored(seed, count, wanted)) is not None:
        return today['wrong'].get(group, 0), 'as many as today'
    runs = runs_of_today()
    wrong = sum(run['wrong'].get(group, 0) for run in runs)
    share = wrong / max(1, sum(run['rows'][group][0] for run in runs if group in run['rows']))
    expected = share * passages
    return math.ceil(expected + 2 * math.sqrt(max(expected, 0.25))), "today's share and two deviations, no run of today with this seed"


def table(rows: dict[str, Figures], wrong: dict[str, int], today: dict | None) -> list[str]:
    lines = ['| passages | count | best shots give it | of these told | share | told beyond | told anew | 5e56c40: told | share |', '|---|---|---|---|---|---|---|---|---|']
    for name, f in rows.items():
        before = Figures(*today['rows'][name]) if today and name in today['rows'] else None
        bold = '**' if name in ('plates', 'faces') else ''
        lines.append(f'| {bold}{name}{bold} | {f.passages} | {f.reference} | {f.told} | {f.share:.3f} | {f.beyond} | {f.twice} | '
                     + (f'{before.told} of {before.reference} | {before.share:.3f} |' if before else '| |'))
    lines += ['', 'Wrong tellings (a name of nobody who is there): ' + '; '.join(
        f'{group} {count}' + (f' (5e56c40: {today["wrong"].get(group, 0)})' if today else '') for group, count in wrong.items()) + '.']
    return lines


def write_results(seed: int, count: int, lines: list[str]) -> None:
    with open(RESULTS, encoding='utf-8') as file:
        text = file.read()
    before, _, rest = text.partition(HEADING)
    after = rest[rest.index('\n## ') + 1:] if '\n## ' in rest else ''
    intro = [HEADING, '', f'`make eval-passages PASSAGES={count} SEED={seed}`: drawn vehicles, real ones and people pasted, at {truth.FPS} frames a second, {truth.SIZE[0]}x{truth.SIZE[1]}, H.264. '
             '"Best shots": the passage\'s three best whole frames by the truth, read as single pictures and fused (`models/passages/evaluate.py` says how). '
             '"Told beyond": told though the three do not give it. "Told anew": more than one passage of the node\'s for one visit.', '']
    with open(RESULTS, 'w', encoding='utf-8') as file:
        file.write(before.rstrip() + '\n\n' + '\n'.join(intro + lines) + '\n' + ('\n' + after if after else ''))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--passages', type=int, default=200)
    parser.add_argument('--seed', type=int, default=7)
    parser.add_argument('--what', metavar='drawn,real,face', default='drawn,real,face', help='which objects: drawn, real (vehicles), face, comma-separated')
    parser.add_argument('--kind', choices=('plates', 'faces'), help='short for --what drawn,real or --what face')
    parser.add_argument('--data', default=os.path.join(REPOSITORY, '..', 'shared', 'data'))
    parser.add_argument('--picket', default=os.path.join(ARTIFACTS, 'bin', 'picket'), help='the program; another build\'s to compare')
    parser.add_argument('--pace', type=float, default=1.5, help='how fast the node\'s clock goes; halved by itself when frames are dropped')
    parser.add_argument('--clips', help='a folder where clips are kept, so that the next run of the same seed need not draw them')
    parser.add_argument('--store-today', metavar='COMMIT', help='stores the figures as those of today')
    options = parser.parse_args()
    if not 1 <= options.passages <= 100_000 or not SLOWEST <= options.pace <= 10:
        parser.error(f'passages from 1 to 100,000, pace from {SLOWEST} to 10')
    if options.kind:
        options.what = 'face' if options.kind == 'faces' else 'drawn,real'
    return options


def main() -> int:
    options = parse()
    seed, count, data = options.seed, options.passages, os.path.realpath(options.data)
    asked_for = [what for what in ('drawn', 'real', 'face') if what in options.what.split(',')]
    wanted = list(asked_for)
    crowd = crowd_of(data, seed) if 'face' in wanted else None
    if 'real' in wanted and not scenes.real_recipes(data):
        say(f'no real plates in {data}: drawn ones alone are judged')
        wanted.remove('real')
    if 'face' in wanted and crowd is None:
        say(f'no faces in {data} and none of the npm packages: plates alone are judged')
        wanted.remove('face')
    os.makedirs(os.path.join(ARTIFACTS, 'passages'), exist_ok=True)
    for old in os.listdir(os.path.join(ARTIFACTS, 'passages')):
        if old.startswith('missed-'):
            os.remove(os.path.join(ARTIFACTS, 'passages', old))
    clips = plan(seed, count, wanted)
    pace = options.pace
    if not os.path.exists(FAKETIME):
        say(f'{FAKETIME} is not there (libfaketime): clips are played in real time')
        pace = 1.0
    judged: list[Judged] = []
    wrong: list[tuple[truth.Clip, Told]] = []
    faces: FaceReference | None = None
    dropped = 0.0
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix='picket-passages-') as folder, concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as workers:
        gallery = os.path.join(folder, 'gallery')
        for name, paths in (crowd.gallery if crowd else {}).items():
            os.makedirs(os.path.join(gallery, name))
            for i, path in enumerate(paths):
                shutil.copyfile(path, os.path.join(gallery, name, f'{i}.jpg'))
        if crowd:
            faces = FaceReference(options.picket, gallery)
        for at in range(0, len(clips), CLIPS_AT_ONCE):
            batch = os.path.join(folder, f'batch-{at}')
            os.makedirs(batch)
            jobs = [(seed, number, what, most, data, batch) for number, what, most in clips[at:at + CLIPS_AT_ONCE]]
            made = list(workers.map(draw_kept if options.clips else draw, [(*job, options.clips) for job in jobs] if options.clips else jobs))
            say(f'clips {at + 1} to {at + len(made)} of {len(clips)} drawn, {sum(clip.frames for clip in made) / truth.FPS:.0f} s of stream; {time.monotonic() - begun:.0f} s')
            configure(batch, made, gallery if crowd else None)
            while (lost := run(options.picket, batch, pace)) > MOST_DROPPED:
                if not os.path.exists(FAKETIME) or pace <= SLOWEST:
                    bounds = Bounds()
                    bounds.at_most('passages: % of frames dropped, so many that the run says nothing', 100 * lost, 100 * MOST_DROPPED)
                    bounds.finish(os.path.join(ARTIFACTS, 'eval-passages.txt'))
                    return 2
                say(f'{100 * lost:.1f} % of the frames were dropped: once more at half the pace')
                pace = max(SLOWEST, pace / 2)
            dropped = max(dropped, lost)
            more, false = judge(options.picket, batch, made, events(batch), faces)
            judged += more
            wrong += false
            shutil.rmtree(batch)
            so_far = {group: Figures.of([j for j in judged if GROUPS[j.passage.what] == group]) for group in ('plates', 'faces')}
            say(f'{len(judged)} of {count} passages; ' + ', '.join(f'{group} told {f.told} of {f.reference}' for group, f in so_far.items() if f.passages) + f', wrong {len(wrong)}; {time.monotonic() - begun:.0f} s')
    return report(options, asked_for, judged, wrong, dropped)


def draw_kept(job: tuple) -> truth.Clip:
    """As `draw`; the clip's file is kept in the named folder."""
    *rest, kept = job
    seed, number, what, most, data, folder = rest
    os.makedirs(kept, exist_ok=True)
    path = os.path.join(kept, f'{seed}-{number}-{what}-{most}.mp4')
    if not os.path.exists(path):
        clip = draw(tuple(rest))
        shutil.move(os.path.join(folder, f'{number}.mp4'), path)
    else:
        clip, _ = scenes.clip_of(seed, number, what, data, crowd_of(data, seed) if what == 'face' else None, most)
    os.symlink(os.path.realpath(path), os.path.join(folder, f'{number}.mp4'))
    return clip


def report(options: argparse.Namespace, what: list[str], judged: list[Judged], wrong: list[tuple[truth.Clip, Told]], dropped: float) -> int:
    seed, count = options.seed, options.passages
    rows = rows_of(judged)
    false = {group: sum((clip.what == 'face') == (group == 'faces') for clip, _ in wrong) for group in ('plates', 'faces') if group in rows}
    if options.store_today:
        runs = [run for run in runs_of_today() if (run['seed'], run['passages'], run['what']) != (seed, count, what)]
        runs.append({'seed': seed, 'passages': count, 'what': what, 'wrong': false, 'rows': {name: list(f) for name, f in rows.items()}})
        with open(TODAY, 'w', encoding='utf-8') as file:
            json.dump({'commit': options.store_today, 'runs': sorted(runs, key=lambda run: (run['passages'], run['seed'], run['what']))}, file, indent=1)
            file.write('\n')
    bounds, notes = Bounds(), []
    for group in false:
        f = rows[group]
        bounds.at_least(f'passages: {group}, told {f.told} of {f.reference} that the best shots give', f.share, LEAST_TOLD)
        most, why = allowed_wrong(seed, count, what, group, f.passages)
        bounds.at_most(f'passages: {group}, wrong tellings in {f.passages} passages ({why})', false[group], most)
    if 'faces' in false:
        strangers = sum(j.passage.what == 'stranger' for j in judged)
        notes.append(f'strangers: {strangers} passed; what was told of them counts as wrong above')
    bounds.at_most('passages: % of frames dropped, at most in a run', 100 * dropped, 100 * MOST_DROPPED)
    lines = bounds.lines + notes
    text = table(rows, false, stored(seed, count, what))
    with open(os.path.join(ARTIFACTS, 'eval-passages.txt'), 'w', encoding='utf-8') as file:
        file.write('\n'.join(lines + [''] + text) + '\n')
    if what == ['drawn', 'real', 'face'] and {j.passage.what for j in judged} >= set(what) and count >= 200 and not options.store_today:
        write_results(seed, count, lines_as_list(lines) + [''] + text)
    print('\n'.join(lines))
    return 1 if bounds.missed else 0


def lines_as_list(lines: list[str]) -> list[str]:
    return [f'- {line}' for line in lines]


if __name__ == '__main__':
    sys.exit(main())
