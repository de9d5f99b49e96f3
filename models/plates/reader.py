"""The reader's net: a gray plate crop, 64 x 128, to 96 CTC steps over blank, 0-9, A-Z.

usage: /usr/bin/python3 models/plates/reader.py          prints the size of the net and of its variants

The 96 steps are three blocks of 32 columns: the whole height, the upper half, the lower half. A one-line plate is read by the first
block, a two-line plate by the other two; convolutions along the row and one transformer encoder layer over all 96 steps give the
context that single columns lack (letters before digits, as many as fit).
"""
from __future__ import annotations

import sys
from typing import NamedTuple

import torch
from torch import nn

ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'
HEIGHT, WIDTH = 64, 128
COLUMNS = 32
BLOCKS = 3
CLASSES = len(ALPHABET) + 1


class Shape(NamedTuple):
    """Channels of the four stages, width of the steps, and whether the steps see each other (context layer)."""
    channels: tuple[int, int, int, int] = (32, 48, 80, 128)
    width: int = 160
    context: bool = True


SHAPES = {'standard': Shape(), 'narrow': Shape((16, 32, 48, 80), 96), 'no-context': Shape(context=False)}


def conv(inputs: int, outputs: int, kernel: int | tuple[int, int] = 3, stride: int | tuple[int, int] = 1) -> nn.Sequential:
    """Convolution, batch normalization, rectifier; padded to keep the size at stride 1."""
    kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
    padding = (kernel[0] // 2, kernel[1] // 2)
    return nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True))


class Residual(nn.Module):
    """Two 3 x 3 convolutions beside the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Encoder(nn.Module):
    """One pre-norm transformer encoder layer over [N, steps, width]."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.heads, self.scale = heads, (width // heads) ** -0.5
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        steps, width = x.shape[1], x.shape[2]
        q, k, v = self.qkv(self.norm1(x)).reshape(-1, steps, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = ((q @ k.transpose(-1, -2)) * self.scale).softmax(-1) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(-1, steps, width))
        return x + self.feed(self.norm2(x))


class PlateReader(nn.Module):
    """float32 [N, 1, 64, 128], luma 0..255 -> float32 [N, 96, 37]: log-softmax, class 0 the CTC blank."""

    def __init__(self, shape: Shape = Shape()) -> None:
        super().__init__()
        c, d = shape.channels, shape.width
        self.trunk = nn.Sequential(
            conv(1, c[0], 3, 2), conv(c[0], c[1], 3, 2), Residual(c[1]),
            conv(c[1], c[2], 3, (2, 1)), Residual(c[2]),
            conv(c[2], c[3], 3, (2, 1)), Residual(c[3]))
        self.whole = nn.Sequential(nn.Conv2d(c[3], d, (4, 1), bias=False), nn.BatchNorm2d(d), nn.ReLU(True))
        self.halves = nn.Sequential(nn.Conv2d(c[3], d, (2, 1), (2, 1), bias=False), nn.BatchNorm2d(d), nn.ReLU(True))
        self.along = nn.Sequential(conv(d, d, (1, 5)), conv(d, d, (1, 5)))
        self.position = nn.Parameter(torch.randn(1, BLOCKS * COLUMNS, d) * 0.02)
        self.context = Encoder(d) if shape.context else None
        self.classes = nn.Linear(d, CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)
        spread = ((x - mean) ** 2).mean((1, 2, 3), keepdim=True).sqrt()
        x = self.trunk((x - mean) / (spread + 10))
        x = self.along(torch.cat([self.whole(x), self.halves(x)], 2))
        x = x.flatten(2).transpose(1, 2)
        x = x + self.position
        if self.context is not None:
            x = self.context(x)
        return self.classes(x).float().log_softmax(-1)


def with_breaks(logp: torch.Tensor) -> torch.Tensor:
    """[N, 96, 37] -> [N, 98, 37]: a sure blank between the blocks, so that AB/BA is not read as ABA."""
    blank = logp.new_full((logp.shape[0], 1, CLASSES), -30.0)
    blank[:, :, 0] = 0
    first, second, third = logp.split(COLUMNS, 1)
    return torch.cat([first, blank, second, blank, third], 1)


def greedy(logp: torch.Tensor) -> list[str]:
    """Best path of [N, 96, 37], repeats and blanks taken out, no grammar."""
    texts = []
    for row in with_breaks(logp).argmax(-1).tolist():
        texts.append(''.join(ALPHABET[c - 1] for i, c in enumerate(row) if c and (i == 0 or c != row[i - 1])))
    return texts


def main() -> None:
    if sys.argv[1:]:
        print(__doc__)
        sys.exit(0 if sys.argv[1] in ('-h', '--help') else 2)
    for name, shape in SHAPES.items():
        print(f'{name}: {sum(p.numel() for p in PlateReader(shape).parameters()) / 1e6:.2f} M parameters')


if __name__ == '__main__':
    main()
