#!/usr/bin/python3
"""Write ctc-golden.json: log-likelihoods of texts by torch.nn.functional.ctc_loss, for CtcLikelihoodTests.

usage: /usr/bin/python3 tests/Agent/Plates/make_ctc_golden.py            (needs Debian's python3-torch)

The reader's outputs are not stored: both sides compute them as log_softmax of 2*sin(12.9898*(37*t + c) + 78.233*seed), plus 9 for
the class that "peaks" names at a frame, in 64-bit floats. The frames between the blocks are blank with probability 1.
"""
import argparse
import json
import os

import torch

CLASSES, BLOCK = 37, 32
ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
TEXTS = ['A', 'AB', 'AA', '11', 'LEB1234', 'ABC0001', 'KA01MG2784', '000000', 'HR26DD7022', 'ZZ', 'AAAAAAAA', 'SP02WAO']


def outputs(seed: int, peaks: 'dict[int, str]') -> torch.Tensor:
    t = torch.arange(3 * BLOCK, dtype=torch.float64)[:, None]
    c = torch.arange(CLASSES, dtype=torch.float64)[None]
    logits = 2 * torch.sin(12.9898 * (CLASSES * t + c) + 78.233 * seed)
    for frame, character in peaks.items():
        logits[frame, 1 + ALPHABET.index(character) if character != '-' else 0] += 9
    return logits.log_softmax(-1)


def lattice(logp: torch.Tensor) -> torch.Tensor:
    blank = torch.full((1, CLASSES), -1e5, dtype=torch.float64)
    blank[0, 0] = 0
    return torch.cat([logp[:BLOCK], blank, logp[BLOCK:2 * BLOCK], blank, logp[2 * BLOCK:]])


def peaks_of(text: str, rows: int) -> 'dict[int, str]':
    """Blank everywhere but for the characters: in the first block, or half of them in each of the others."""
    peaks = {t: '-' for t in range(3 * BLOCK)}
    if rows == 1:
        places = [2 + 3 * i for i in range(len(text))]
    else:
        half = len(text) // 2
        places = [BLOCK + 2 + 3 * i for i in range(half)] + [2 * BLOCK + 2 + 3 * i for i in range(len(text) - half)]
    peaks.update(zip(places, text))
    return peaks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', default=os.path.join(os.path.dirname(os.path.abspath(__file__)), 'ctc-golden.json'))
    options = parser.parse_args()
    cases = []
    for seed, (drawn, rows) in enumerate([('', 1), ('LEB1234', 1), ('AABB11', 1), ('HR26DD7022', 2), ('ABAB', 2), ('AA', 2)]):
        peaks = peaks_of(drawn, rows) if drawn else {}
        frames = lattice(outputs(seed, peaks))
        for text in sorted({drawn, *TEXTS} - {''}):
            target = torch.tensor([[1 + ALPHABET.index(character) for character in text]])
            loss = torch.nn.functional.ctc_loss(
                frames[:, None], target, torch.tensor([len(frames)]), torch.tensor([len(text)]), reduction='none')
            cases.append({'seed': seed, 'drawn': drawn, 'rows': rows, 'text': text, 'logLikelihood': round(-loss.item(), 5)})
    with open(options.out, 'w', encoding='utf-8') as file:
        file.write('[\n' + ',\n'.join('  ' + json.dumps(case) for case in cases) + '\n]\n')
    print(f'{len(cases)} cases -> {options.out}')


if __name__ == '__main__':
    main()
