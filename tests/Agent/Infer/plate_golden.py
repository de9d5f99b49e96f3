#!/usr/bin/python3
"""What torch computes with the plate detector's weights for the picture of InferenceRunTests.Run_PlateDetector_EqualsTorch.

usage: /usr/bin/python3 tests/Agent/Infer/plate_golden.py artifacts/plates/detector.pt      (the state that was exported)
"""
import os
import sys

import numpy as np
import torch

REPOSITORY = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..')
sys.path.insert(0, os.path.join(REPOSITORY, 'models', 'plates'))
from detector import WIDTHS, DecodedDetector, PlateDetector  # noqa: E402


def picture() -> np.ndarray:
    """A slope, and on it a light board of 120 x 26 pixels with dark bars."""
    y, x = np.mgrid[0:384, 0:640]
    planes = np.stack([60 + (x + 2 * y + 16 * c) % 48 for c in range(3)]).astype(np.float32)
    board = (x >= 260) & (x < 380) & (y >= 180) & (y < 206)
    planes[:, board] = 230
    planes[:, board & (x >= 266) & (x < 374) & (y >= 185) & (y < 201) & ((x - 266) % 14 < 7)] = 30
    return planes


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        sys.exit(0 if sys.argv[1:] in (['-h'], ['--help']) else 2)
    torch.set_num_threads(1)
    state = torch.load(sys.argv[1], map_location='cpu')
    network = PlateDetector(WIDTHS[state['width']])
    network.load_state_dict(state['average'])
    with torch.no_grad():
        score, box, corners = (map_[0].numpy() for map_ in DecodedDetector(network).eval()(torch.from_numpy(picture())[None]))
    row, column = np.unravel_index(score[0].argmax(), score[0].shape)
    print(f'after {state["seen"]} samples: row {row}, column {column}')
    for name, values in (('score', score), ('box', box), ('corners', corners)):
        print(name, ', '.join(f'{value:.6g}f' for value in values[:, row, column]))
    print(f'sum of the scores {score.sum():.6g}')


if __name__ == '__main__':
    main()
