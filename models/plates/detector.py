"""The plate detector's network: anchor-free, plain 3x3 convolutions, one head at stride 8.

usage: /usr/bin/python3 models/plates/detector.py            prints size and multiply-adds of each width

Depthwise convolutions are slower to train on a CPU and no faster in ONNX Runtime; its fast CPU path works in blocks of 16
channels (AVX-512), so all widths are multiples of 16.
"""
from __future__ import annotations

import sys
from typing import NamedTuple

import torch
from torch import nn

STRIDE = 8
CORNER_UNIT = 16.0  # corner offsets leave the network in this many pixels
MAX_LOG_BOX = 4.5  # e^4.5 * 8 = 720 px from centre to side: more than the widest input has
CHANNELS_OUT = 13  # score, 4 box sides, 4 corners


class Width(NamedTuple):
    """Channels at strides 2, 4, 8, 16, 32 and residual blocks at strides 8, 16, 32."""
    channels: tuple[int, int, int, int, int]
    blocks: tuple[int, int, int]


# a ships; b has more channels and fewer layers for the same time in ONNX Runtime (0.69 and 0.71 of PP-OCRv4's recognition).
WIDTHS = {
    'a': Width((16, 16, 32, 64, 96), (2, 2, 2)),
    'b': Width((16, 32, 48, 64, 96), (1, 1, 1)),
}


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3x3 convolution, batch normalization, ReLU."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(True))


class Residual(nn.Module):
    """Two 3x3 convolutions round a shortcut (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.relu(x + self.second(self.first(x)))


def _stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(convolution(inputs, outputs, 2), *[Residual(outputs) for _ in range(blocks)])


class PlateDetector(nn.Module):
    """Pictures [N, 3, H, W] RGB 0..255 (H, W multiples of 32) to raw maps [N, 13, H/8, W/8]: score logit, logarithms of
    the distances left, top, right, bottom in strides, corner offsets in CORNER_UNIT."""

    def __init__(self, width: Width) -> None:
        super().__init__()
        stem, quarter, c8, c16, c32 = width.channels
        self.stem = nn.Sequential(convolution(3, stem, 2), convolution(stem, quarter, 2))
        self.stage8 = _stage(quarter, c8, width.blocks[0])
        self.stage16 = _stage(c8, c16, width.blocks[1])
        self.stage32 = _stage(c16, c32, width.blocks[2])
        self.lateral8 = nn.Conv2d(c8, c8, 1)
        self.lateral16 = nn.Conv2d(c16, c8, 1)
        self.lateral32 = nn.Conv2d(c32, c8, 1)
        self.up = nn.Upsample(scale_factor=2, mode='nearest')
        self.head = convolution(c8, c8)
        self.out = nn.Conv2d(c8, CHANNELS_OUT, 1)
        with torch.no_grad():
            self.out.bias.zero_()
            self.out.bias[0] = -4.6  # sigmoid = 0.01: most cells hold no plate (RetinaNet's start)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        at8 = self.stage8(self.stem((x - 114.0) / 64.0))
        at16 = self.stage16(at8)
        at32 = self.stage32(at16)
        return self.out(self.head(self.lateral8(at8) + self.up(self.lateral16(at16) + self.up(self.lateral32(at32)))))


def decode_box(raw: torch.Tensor) -> torch.Tensor:
    """Raw box channels to distances in pixels."""
    return torch.exp(raw.clamp(-4.0, MAX_LOG_BOX)) * STRIDE


class DecodedDetector(nn.Module):
    """What is exported: the same network, with score, box and corners in the units of the model card."""

    input_name = 'image'
    output_names = ('score', 'box', 'corners')

    def __init__(self, network: PlateDetector) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        raw = self.network(image)
        return torch.sigmoid(raw[:, :1]), decode_box(raw[:, 1:5]), raw[:, 5:] * CORNER_UNIT


def multiply_adds(network: nn.Module, height: int, width: int) -> int:
    """Multiply-adds of the convolutions for one picture."""
    total = 0

    def count(layer: nn.Module, _: object, output: torch.Tensor) -> None:
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel()

    hooks = [layer.register_forward_hook(count) for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    with torch.no_grad():
        network(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return total


def main() -> None:
    if sys.argv[1:]:
        print(__doc__)
        sys.exit(0 if sys.argv[1] in ('-h', '--help') else 2)
    for name, width in WIDTHS.items():
        network = PlateDetector(width).eval()
        size = sum(weight.numel() for weight in network.parameters())
        print(f'{name}: channels {width.channels}, blocks {width.blocks}: {size / 1e6:.2f} M weights, '
              f'{multiply_adds(network, 384, 640) / 1e6:.0f} M multiply-adds at 384x640')


if __name__ == '__main__':
    main()
