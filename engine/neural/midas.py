"""MiDaS: networks that see depth, built so that their authors' files load. Parts are called as they are in those files.

R. Ranftl et al.: "Towards Robust Monocular Depth Estimation: Mixing Datasets for Zero-shot Cross-dataset Transfer", TPAMI 2022, and
R. Ranftl, A. Bochkovskiy, V. Koltun: "Vision Transformers for Dense Prediction", ICCV 2021.
"""

from __future__ import annotations

from collections.abc import Sequence

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

HEAD = 64  # channels of one head of attention
TAPPED = 8, 11  # blocks of the transformer whose output is used


class Small(nn.Module):
    """MiDaS 2.1 Small: an EfficientNet, and a decoder that doubles the size of what it sees four times.

    features: channels at the decoder's end. Takes (n, 3, h, w) with h and w in multiples of 32, gives (n, h, w).
    """

    def __init__(self, features: int = 64):
        super().__init__()
        net = timm.create_model("tf_efficientnet_lite3")
        self.pretrained = nn.Module()
        self.pretrained.layer1 = nn.Sequential(net.conv_stem, net.bn1, nn.Identity(), *net.blocks[:2])  # its norm activates as well
        self.pretrained.layer2 = nn.Sequential(net.blocks[2])
        self.pretrained.layer3 = nn.Sequential(*net.blocks[3:5])
        self.pretrained.layer4 = nn.Sequential(*net.blocks[5:7])
        self.scratch = _decoder((32, 48, 136, 384), [features, 2 * features, 4 * features, 8 * features], align_corners=False)

    def forward(self, picture: Tensor) -> Tensor:
        levels, level = [], picture
        for layer in (self.pretrained.layer1, self.pretrained.layer2, self.pretrained.layer3, self.pretrained.layer4):
            level = layer(level)
            levels.append(level)
        return _decoded(self.scratch, levels)


class Hybrid(nn.Module):
    """DPT-hybrid: a vision transformer over the features of a ResNet, and a decoder as above.

    width: channels of the transformer. features: of the decoder. grid: places along a side that it has positions for.
    """

    def __init__(self, width: int = 768, features: int = 256, grid: int = 24):
        super().__init__()
        self.pretrained = nn.Module()
        self.pretrained.model = timm.create_model("vit_base_r50_s16_384", num_classes=0, img_size=16 * grid, embed_dim=width,
                                                  num_heads=max(1, width // HEAD))
        self.pretrained.act_postprocess3 = nn.Sequential(_Readout(width), nn.Identity(), nn.Identity(), nn.Conv2d(width, width, 1))
        self.pretrained.act_postprocess4 = nn.Sequential(_Readout(width), nn.Identity(), nn.Identity(), nn.Conv2d(width, width, 1),
                                                         nn.Conv2d(width, width, 3, stride=2, padding=1))
        self.scratch = _decoder((256, 512, width, width), [features] * 4, align_corners=True)

    def forward(self, picture: Tensor) -> Tensor:
        vit = self.pretrained.model
        levels, level = [], vit.patch_embed.backbone.stem(picture)
        for stage in vit.patch_embed.backbone.stages:
            level = stage(level)
            levels.append(level)
        places = level.shape[2:]
        tokens = vit.patch_embed.proj(level).flatten(2).transpose(1, 2)
        tokens = torch.cat([vit.cls_token.expand(len(tokens), -1, -1), tokens], dim=1) + _positions(vit.pos_embed, places)
        tapped = []
        for number, block in enumerate(vit.blocks):
            tokens = block(tokens)
            if number in TAPPED:
                tapped.append(tokens)
        after = self.pretrained.act_postprocess3, self.pretrained.act_postprocess4
        return _decoded(self.scratch, [*levels[:2], *(part[3:](part[0](seen).transpose(1, 2).unflatten(2, places))
                                                      for part, seen in zip(after, tapped))])


class _Readout(nn.Module):
    """Tells each place of a transformer what its class token says of the whole."""

    def __init__(self, width: int):
        super().__init__()
        self.project = nn.Sequential(nn.Linear(2 * width, width), nn.GELU())

    def forward(self, tokens: Tensor) -> Tensor:
        places = tokens[:, 1:]
        return self.project(torch.cat([places, tokens[:, :1].expand_as(places)], dim=2))


class _Residual(nn.Module):
    def __init__(self, features: int):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(features, features, 3, padding=1) for _ in range(2))

    def forward(self, level: Tensor) -> Tensor:
        return level + self.conv2(functional.relu(self.conv1(functional.relu(level))))


class _Fusion(nn.Module):
    """One level of the decoder: adds what was seen at this size to what comes from below, and doubles it."""

    def __init__(self, features: int, onto: int):
        super().__init__()
        self.out_conv = nn.Conv2d(features, onto, 1)
        self.resConfUnit1, self.resConfUnit2 = (_Residual(features) for _ in range(2))

    def forward(self, seen: Tensor, below: Tensor | None) -> Tensor:
        level = seen if below is None else below + self.resConfUnit1(seen)
        level = functional.interpolate(self.resConfUnit2(level), scale_factor=2, mode="bilinear", align_corners=True)
        return self.out_conv(level)


def _decoder(channels: Sequence[int], features: Sequence[int], align_corners: bool) -> nn.Module:
    """channels: of the four levels that are seen, fine to coarse. features: of the decoder's own. align_corners: of its last doubling."""
    scratch = nn.Module()
    for number, (seen, own) in enumerate(zip(channels, features), 1):
        setattr(scratch, f"layer{number}_rn", nn.Conv2d(seen, own, 3, padding=1, bias=False))
        setattr(scratch, f"refinenet{number}", _Fusion(own, features[max(number - 2, 0)]))
    last = features[0]
    scratch.output_conv = nn.Sequential(nn.Conv2d(last, last // 2, 3, padding=1),
                                        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=align_corners),
                                        nn.Conv2d(last // 2, 32, 3, padding=1), nn.ReLU(), nn.Conv2d(32, 1, 1), nn.ReLU())
    return scratch


def _decoded(scratch: nn.Module, levels: Sequence[Tensor]) -> Tensor:
    level = None
    for number in (4, 3, 2, 1):
        seen = getattr(scratch, f"layer{number}_rn")(levels[number - 1])
        level = getattr(scratch, f"refinenet{number}")(seen, level)
    return scratch.output_conv(level)[:, 0]


def _positions(embedded: Tensor, places: Sequence[int]) -> Tensor:
    """The positions of a transformer, (1, 1 + n * n, width), for another number of places than it was trained for."""
    grid = embedded[:, 1:].transpose(1, 2).unflatten(2, (_side(embedded), -1))
    grid = functional.interpolate(grid, size=tuple(places), mode="bilinear")
    return torch.cat([embedded[:, :1], grid.flatten(2).transpose(1, 2)], dim=1)


def _side(embedded: Tensor) -> int:
    return round((embedded.shape[1] - 1) ** 0.5)


def is_small(state: dict[str, Tensor]) -> bool:
    return "pretrained.layer1.0.weight" in state


def is_hybrid(state: dict[str, Tensor]) -> bool:
    return "pretrained.model.patch_embed.backbone.stem.conv.weight" in state


def small(state: dict[str, Tensor]) -> Small:
    """The network of a file's weights, with channels as many as these have. Raises as torch does where they do not fit."""
    network = Small(len(state["scratch.layer1_rn.weight"]))
    network.load_state_dict(state)
    return network


def hybrid(state: dict[str, Tensor]) -> Hybrid:
    """As `small`."""
    embedded = state["pretrained.model.pos_embed"]
    network = Hybrid(embedded.shape[2], len(state["scratch.layer1_rn.weight"]), _side(embedded))
    network.load_state_dict({name: value for name, value in state.items() if not name.startswith("pretrained.model.head.")})
    return network
