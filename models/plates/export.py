#!/usr/bin/python3
"""Write the average weights of a training state as the ONNX file that ships.

usage:   /usr/bin/python3 models/plates/export.py detector|reader --state STATE.pt --out FILE.onnx
example: /usr/bin/python3 models/plates/export.py detector --state artifacts/plates/detector.pt --out models/plates/weights/plate-detect.onnx

Opset 14, names as in the model card, normalization inside the graph; the detector's height and width and the reader's number of
crops are free. The same state gives the same bytes. Prints the sha256, which belongs into the card.
"""
from __future__ import annotations

import argparse
import hashlib
import io
import os
import sys

import onnx
import torch
from torch import nn

from detector import WIDTHS, DecodedDetector, PlateDetector
from reader import HEIGHT, SHAPES, WIDTH, PlateReader

OPSET = 14


def detector(state: dict[str, object]) -> tuple[nn.Module, torch.Tensor, list[str], dict[str, dict[int, str]]]:
    """The detector, an example of its input, names of its outputs, and which dimensions are free."""
    network = PlateDetector(WIDTHS[state['width']])
    network.load_state_dict(state['average'])
    outputs = list(DecodedDetector.output_names)
    free = {'image': {2: 'height', 3: 'width'}} | {name: {2: 'rows', 3: 'columns'} for name in outputs}
    return DecodedDetector(network), torch.zeros(1, 3, 384, 640), outputs, free


def reader(state: dict[str, object]) -> tuple[nn.Module, torch.Tensor, list[str], dict[str, dict[int, str]]]:
    """The reader, likewise."""
    network = PlateReader(SHAPES[state['shape']])
    network.load_state_dict(state['average'])
    return network, torch.zeros(2, 1, HEIGHT, WIDTH), ['logp'], {'image': {0: 'crops'}, 'logp': {0: 'crops'}}


def to_onnx(module: nn.Module, example: torch.Tensor, outputs: list[str], free: dict[str, dict[int, str]]) -> bytes:
    """The checked graph's bytes, without paths and notes of the machine that wrote it."""
    buffer = io.BytesIO()
    torch.onnx.export(module.eval(), example, buffer, opset_version=OPSET, input_names=['image'], output_names=outputs, dynamic_axes=free)
    model = onnx.load_model_from_string(buffer.getvalue())
    for node in model.graph.node:
        node.doc_string = ''
    model.doc_string = ''
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', choices=['detector', 'reader'])
    parser.add_argument('--state', required=True, help='file that the training keeps in artifacts/plates')
    parser.add_argument('--out', required=True)
    options = parser.parse_args()
    if not os.path.exists(options.state):
        sys.exit(f'{options.state} is not there; train first')
    torch.set_num_threads(1)
    state = torch.load(options.state, map_location='cpu')
    content = to_onnx(*{'detector': detector, 'reader': reader}[options.model](state))
    os.makedirs(os.path.dirname(os.path.abspath(options.out)), exist_ok=True)
    with open(options.out + '.part', 'wb') as file:
        file.write(content)
    os.replace(options.out + '.part', options.out)
    seen = state['seen'] if options.model == 'detector' else state['samples']
    print(f'{options.out}: {len(content)} bytes after {seen} samples, {state["cpu"]:.0f} CPU-seconds\nsha256 {hashlib.sha256(content).hexdigest()}')


if __name__ == '__main__':
    main()
