"""The real pictures that may train shipped weights: the only file of the recipe that names their folders.

usage: /usr/bin/python3 models/plates/data.py            prints what is there, training and validation parts apart

The root is the environment variable PICKET_DATA, else ../shared/data beside the repository. A set that is not named here is for
measuring only (see the data's README: its licence does not allow shipped weights, or it is a development set).
Validation parts are cut by a checksum of the plate's text or the picture's path, so that they stay the same in every run.
"""
from __future__ import annotations

import collections
import csv
import os
import sys
import zlib
from typing import NamedTuple

import cv2
import numpy as np

REPOSITORY = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..'))

# set: licence (source). us_wild asks for its name: roboflow "License Plate Recognition" (objects-in-the-wild), CC BY 4.0.
SCENE_SETS = {
    'romania': 'MIT (RobertLucian/license-plate-dataset)',
    'romania_rest': 'MIT (RobertLucian/license-plate-dataset)',
    'mixed300': 'MIT (roboflow experiment-plates)',
    'us_wild': 'CC BY 4.0 (roboflow License Plate Recognition, objects-in-the-wild)',
    'us_states_scene': 'MIT (GuiltyNeuron/ANPR)',
    'vietnam_scene': 'MIT (mrzaizai2k/VIETNAMESE_LICENSE_PLATE, quangnhat185/Plate_detect_and_recognize)',
    'misc_scene': 'MIT (quangnhat185/Plate_detect_and_recognize)',
}
TEXT_SETS = {
    'romania_text': 'MIT (RobertLucian/license-plate-dataset)',
    'mixed300_text': 'MIT (roboflow experiment-plates)',
    'us_states': 'MIT (GuiltyNeuron/ANPR)',
    'vietnam': 'MIT (mrzaizai2k/VIETNAMESE_LICENSE_PLATE, quangnhat185/Plate_detect_and_recognize)',
    'misc': 'MIT (quangnhat185/Plate_detect_and_recognize)',
}
NEGATIVE_PREFIX = 'col_'  # MIT and Apache-2.0; the grey ones (bg_) are for measuring only


class Scene(NamedTuple):
    """A whole picture with its plates' boxes, float32 [n, 4]: left, top, right, bottom in pixels."""
    path: str
    boxes: np.ndarray
    set: str


class Crop(NamedTuple):
    """A plate crop, uint8 gray; box = left, top, right, bottom of the plate inside it; text A-Z0-9."""
    image: np.ndarray
    box: tuple[float, float, float, float]
    text: str
    set: str


def root() -> str:
    """The folder of the data; exits with a message when it is absent."""
    folder = os.environ.get('PICKET_DATA') or os.path.join(REPOSITORY, '..', 'shared', 'data')
    if not os.path.isdir(os.path.join(folder, 'plates', 'train')):
        sys.exit(f'plates data: {folder}/plates/train is not there; name the folder with PICKET_DATA')
    return folder


def checksum(text: str) -> int:
    """CRC-32: splits stay the same on every machine."""
    return zlib.crc32(text.encode())


def scenes() -> tuple[list[Scene], list[Scene]]:
    """Training and validation pictures of the detector; validation is a tenth of mixed300 and us_wild."""
    boxes: dict[str, list[list[float]]] = collections.defaultdict(list)
    for row in _rows():
        if row['path'].split('/')[0] in SCENE_SETS:
            left, top, width, height = (float(row[key]) for key in 'xywh')
            boxes[row['path']].append([left, top, left + width, top + height])
    train, held = [], []
    for path, found in boxes.items():
        name = path.split('/')[0]
        scene = Scene(os.path.join(root(), 'plates', 'train', path), np.array(found, np.float32), name)
        (held if name in ('mixed300', 'us_wild') and checksum(path) % 10 == 0 else train).append(scene)
    return train, held


def negatives() -> tuple[list[str], list[str]]:
    """Paths of colour pictures without a plate: training, and every ninth held out."""
    folder = os.path.join(root(), 'plates', 'negatives')
    paths = [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if name.startswith(NEGATIVE_PREFIX) and name.endswith('.jpg')]
    return [path for i, path in enumerate(paths) if i % 9], [path for i, path in enumerate(paths) if i % 9 == 0]


def crops() -> tuple[list[Crop], list[Crop]]:
    """Training and validation crops of the reader; validation is by text: a tenth of Romania, a seventh of mixed300_text and us_states."""
    train, held = [], []
    for row in _rows():
        name = row['path'].split('/')[0]
        if name not in TEXT_SETS or not row['text']:
            continue
        image = cv2.imread(os.path.join(root(), 'plates', 'train', row['path']), cv2.IMREAD_GRAYSCALE)
        if image is None:
            raise ValueError(f'{row["path"]} does not read as a picture')
        left, top, width, height = (float(row[key]) for key in 'xywh')
        crop = Crop(image, (left, top, left + width, top + height), row['text'], name)
        is_held = checksum('v' + row['text']) % 10 == 0 if name == 'romania_text' \
            else checksum('w' + row['text']) % 7 == 0 if name in ('mixed300_text', 'us_states') else False
        (held if is_held else train).append(crop)
    return train, held


def _rows() -> list[dict[str, str]]:
    with open(os.path.join(root(), 'plates', 'train', 'manifest.csv'), encoding='utf-8') as file:
        return list(csv.DictReader(file))


def main() -> None:
    if sys.argv[1:]:
        print(__doc__)
        sys.exit(0 if sys.argv[1] in ('-h', '--help') else 2)
    for title, (train, held) in (('scenes', scenes()), ('crops', crops())):
        for part, items in (('train', train), ('held out', held)):
            print(f'{title} {part}: {dict(collections.Counter(item.set for item in items))}')
    train, held = negatives()
    print(f'negatives train: {len(train)}, held out: {len(held)}')


if __name__ == '__main__':
    main()
