"""Texts of plates, sampled from the grammar packs of models/plates/regions/.

usage: /usr/bin/python3 models/plates/formats.py pk     prints 20 texts of that pack, `/` where a two-line plate breaks
"""
from __future__ import annotations

import functools
import json
import os
import random
import re
import string
import sys
from typing import NamedTuple

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'regions')
TOKEN = re.compile(
    r"(?P<break>/)|(?P<space>\s+)|(?:'(?P<literal>[A-Z0-9]+)'|@(?P<word>\w+)|\[(?P<set>[^\]]+)\]|(?P<class>[LDA]))"
    r"(?:\{(?P<low>\d+)(?:,(?P<high>\d+))?\})?"
)


class Text(NamedTuple):
    """Groups before and after the place where a two-line plate breaks (None when the format has no such place)."""

    groups: list[str]
    second: list[str] | None

    @property
    def plain(self) -> str:
        """What is to be read: no separators."""
        return ''.join(self.groups + (self.second or []))


@functools.lru_cache(maxsize=None)
def pack(region: str) -> dict:
    """The grammar pack of that region."""
    with open(os.path.join(FOLDER, region + '.json'), encoding='utf-8') as file:
        return json.load(file)


def sample(region: str, rng: random.Random, two_lines: bool) -> Text:
    """A text by the pack's weights; of a format that may break in two lines, if asked for."""
    data = pack(region)
    formats = [f for f in data['formats'] if not two_lines or '/' in f['pattern']] or data['formats']
    pattern = rng.choices(formats, [f['weight'] for f in formats])[0]['pattern']
    letters = (
        data['letters'] if rng.random() > 0.06 or not data['rareLetters'] else data['letters'] + 2 * data['rareLetters']
    )
    lines: list[list[str]] = [['']]
    for token in TOKEN.finditer(pattern):
        if token['break']:
            lines.append([''])
            continue
        if token['space']:
            lines[-1].append('')
            continue
        low = int(token['low'] or 1)
        lengths = range(low, int(token['high'] or low) + 1)
        # a serial number that counts up has most digits most of the time: each further digit twice as often
        for _ in range(rng.choices(lengths, [2 ** n if token['class'] == 'D' else 1 for n in lengths])[0]):
            lines[-1][-1] += (
                token['literal']
                if token['literal']
                else rng.choice(data['words'][token['word']])
                if token['word']
                else rng.choice(_members(token['set']))
                if token['set']
                else rng.choice({'L': letters, 'D': string.digits, 'A': letters + string.digits}[token['class']])
            )
    first, *rest = ([group for group in line if group] for line in lines)
    return Text(first, rest[0] if rest and rest[0] else None) if first else sample(region, rng, two_lines)


def free(rng: random.Random) -> Text:
    """4 to 9 letters and digits that follow no format: the net must read what is there."""
    alphabet = rng.choice(
        [string.ascii_uppercase + string.digits, string.ascii_uppercase, string.digits + string.ascii_uppercase[:8]]
    )
    text = ''.join(rng.choice(alphabet) for _ in range(rng.randint(4, 9)))
    at = rng.randint(1, len(text) - 1)
    return Text([text[:at], text[at:]] if rng.random() < 0.6 else [text], None)


@functools.lru_cache(maxsize=None)
def _members(text: str) -> str:
    return re.sub(r'(.)-(.)', lambda m: ''.join(map(chr, range(ord(m[1]), ord(m[2]) + 1))), text)


def main() -> None:
    if len(sys.argv) != 2 or sys.argv[1] in ('-h', '--help'):
        print(__doc__)
        sys.exit(2)
    rng = random.Random(1)
    for number in range(20):
        text = sample(sys.argv[1], rng, number % 2 == 1)
        print(' '.join(text.groups) + (' / ' + ' '.join(text.second) if text.second else ''))


if __name__ == '__main__':
    main()
