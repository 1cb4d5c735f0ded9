"""Networks of the light kinds with random weights, as ONNX files: their real architectures, but narrow."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from engine.neural import midas


def depth_anything(file: Path, folder: Path) -> Path:
    """Depth Anything V2 with a narrow transformer, sides left open. folder: of a model that transformers saved."""
    from transformers import DepthAnythingForDepthEstimation

    model = DepthAnythingForDepthEstimation.from_pretrained(folder, attn_implementation="eager").eval()
    asked = torch.zeros(1, 3, 70, 84)
    axes = {"pixel_values": {2: "height", 3: "width"}, "predicted_depth": {1: "height", 2: "width"}}
    return _exported(_Depth(model), (asked,), file, ["pixel_values"], ["predicted_depth"], axes)


def midas_small(file: Path, seed: int = 0) -> Path:
    """MiDaS 2.1 Small with a narrow decoder, for squares of 256 pixels."""
    torch.manual_seed(seed)
    return _exported(midas.Small(8).eval(), (torch.zeros(1, 3, 256, 256),), file, ["picture"], ["disparity"])


def u2net(file: Path, side: int = 320, seed: int = 0) -> Path:
    """A small network of U2-Net's kind, whose first output of several is the one that counts."""
    torch.manual_seed(seed)
    return _exported(_U2Net().eval(), (torch.zeros(1, 3, side, side),), file, ["picture"], ["told", "side"])


def migan(file: Path, seed: int = 0) -> Path:
    """A graph of MI-GAN's pipeline: bytes of any size in and out, 255 is known; what is known stays."""
    torch.manual_seed(seed)
    asked = torch.zeros(1, 3, 512, 512, dtype=torch.uint8), torch.full((1, 1, 512, 512), 255, dtype=torch.uint8)
    axes = {name: {2: "height", 3: "width"} for name in ("image", "mask", "result")}
    return _exported(_Pipeline(_Painter()).eval(), asked, file, ["image", "mask"], ["result"], axes)


def lama(file: Path, seed: int = 0, fourier: bool = True) -> Path:
    """A graph of LaMa's kind: shares of white and a mask of which 1 is the hole in, 0 to 255 out; its transform is matrices."""
    torch.manual_seed(seed)
    asked = torch.zeros(1, 3, 512, 512), torch.zeros(1, 1, 512, 512)
    return _exported(_Lama(fourier).eval(), asked, file, ["image", "mask"], ["output"])


def smooth(file: Path, bytewise: bool = True) -> Path:
    """A painter that knows its trade, without training: it spreads what is known over the hole, coarse to fine."""
    if bytewise:
        asked = torch.zeros(1, 3, 512, 512, dtype=torch.uint8), torch.full((1, 1, 512, 512), 255, dtype=torch.uint8)
        return _exported(_Pipeline(_Spread()).eval(), asked, file, ["image", "mask"], ["result"])
    return _exported(_SpreadLama().eval(), (torch.zeros(1, 3, 512, 512), torch.zeros(1, 1, 512, 512)), file, ["image", "mask"], ["output"])


def _exported(model: nn.Module, asked: tuple, file: Path, inputs: list[str], outputs: list[str], axes: dict | None = None) -> Path:
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, asked, str(file), input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=17,
                          dynamo=False)
    return file


class _Depth(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixel_values):
        return self.model(pixel_values).predicted_depth


def _block(before: int, after: int, dilation: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(before, after, 3, padding=dilation, dilation=dilation), nn.BatchNorm2d(after), nn.ReLU())


class _U2Net(nn.Module):
    def __init__(self, width: int = 8):
        super().__init__()
        self.first, self.second, self.third = _block(3, width), _block(width, width), _block(width, width, 2)
        self.joined, self.last = _block(2 * width, width), _block(2 * width, width)
        self.told, self.side = nn.Conv2d(width, 1, 3, padding=1), nn.Conv2d(width, 1, 3, padding=1)

    def forward(self, x):
        first = self.first(x)
        second = self.second(functional.max_pool2d(first, 2, 2, ceil_mode=True))
        third = self.third(functional.max_pool2d(second, 2, 2, ceil_mode=True))
        up = functional.interpolate(third, size=second.shape[2:], mode="bilinear", align_corners=False)
        joined = self.joined(torch.cat((up, second), 1))
        last = self.last(torch.cat((functional.interpolate(joined, size=first.shape[2:], mode="bilinear", align_corners=False), first), 1))
        side = functional.interpolate(self.side(joined), size=x.shape[2:], mode="bilinear", align_corners=False)
        return torch.sigmoid(4.0 * self.told(last)), torch.sigmoid(side)


class _Painter(nn.Module):
    """Depthwise convolutions down and up again, as MI-GAN's generator."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.rgb = nn.Conv2d(4, width, 1)
        self.down = nn.ModuleList([nn.Conv2d(width, width, 3, 2, 1, groups=width) for _ in range(3)])
        self.mix = nn.ModuleList([nn.Conv2d(width, width, 1) for _ in range(6)])
        self.told = nn.Conv2d(width, 3, 1)

    def forward(self, x):
        x, skips = self.rgb(x), []
        for down, mix in zip(self.down, self.mix):
            skips.append(x)
            x = functional.leaky_relu(mix(down(x)), 0.2)
        for skip, mix in zip(reversed(skips), self.mix[3:]):
            x = mix(functional.interpolate(x, scale_factor=2.0, mode="nearest")) + skip
        return torch.tanh(self.told(x))


class _Pipeline(nn.Module):
    def __init__(self, painter: nn.Module):
        super().__init__()
        self.painter = painter

    def forward(self, image, mask):
        known = (mask.to(torch.float32) > 127.0).to(torch.float32)
        seen = image.to(torch.float32) / 127.5 - 1.0
        painted = self.painter(torch.cat((known - 0.5, seen * known), 1))
        mixed = seen * known + painted * (1.0 - known)
        return torch.clamp(mixed * 127.5 + 127.5 + 0.5, 0.0, 255.0).to(torch.uint8)


class _Spread(nn.Module):
    """The known colors' means over smaller and smaller neighborhoods."""

    def forward(self, x):
        known, colors = x[:, :1] + 0.5, x[:, 1:]
        found = torch.zeros_like(colors)
        for size in (512, 256, 128, 64, 32, 16, 8):
            share = functional.avg_pool2d(known, size)
            mean, sure = functional.avg_pool2d(colors, size) / torch.clamp(share, min=1e-3), torch.clamp(share * 4.0, max=1.0)
            here, told = (functional.interpolate(one, scale_factor=float(size), mode="bilinear", align_corners=False)
                          for one in (sure, mean * sure))
            found = found * (1.0 - here) + told
        return found


class _SpreadLama(nn.Module):
    def __init__(self):
        super().__init__()
        self.spread = _Spread()

    def forward(self, image, mask):
        painted = self.spread(torch.cat((0.5 - mask, image * (1.0 - mask)), 1))
        return torch.clamp((image * (1.0 - mask) + painted * mask) * 255.0, 0.0, 255.0)


class _Lama(nn.Module):
    """A convolution beside a spectral one, whose transforms are products with matrices."""

    def __init__(self, fourier: bool, width: int = 6):
        super().__init__()
        self.fourier = fourier
        self.first, self.local = nn.Conv2d(4, width, 7, 4, 3), nn.Conv2d(width, width, 3, padding=1)
        self.spectral, self.told = nn.Conv2d(2 * width, 2 * width, 1), nn.Conv2d(width, 3, 3, padding=1)
        side = torch.arange(128, dtype=torch.float32)
        angle = 2.0 * torch.pi * side[:, None] * side[None, :] / 128.0
        self.register_buffer("cosine", torch.cos(angle) / 128.0**0.5)
        self.register_buffer("sine", torch.sin(angle) / 128.0**0.5)

    def forward(self, image, mask):
        x = functional.relu(self.first(torch.cat((image * (1.0 - mask), mask), 1)))
        if self.fourier:
            real, imaginary = x @ self.cosine, -(x @ self.sine)
            real, imaginary = functional.relu(self.spectral(torch.cat((real, imaginary), 1))).chunk(2, 1)
            x = x + real @ self.cosine - imaginary @ self.sine
        x = functional.interpolate(functional.relu(self.local(x)), scale_factor=4.0, mode="bilinear", align_corners=False)
        painted = torch.sigmoid(self.told(x))
        return torch.clamp((image * (1.0 - mask) + painted * mask) * 255.0, 0.0, 255.0)
