"""The networks of the 2019 scripts with random weights, from the packages that they used, and files as they saved them.

Torchvision has the ResNets; the others need the extra `legacy`, and tests of them are skipped without it.
"""

import argparse
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

# as in 2019: by string, not by code point
LABELS = sorted(["U+3042", "U+304B", "U+4E00", "U+20B9F", "U+003F", "U+2000B", "U+9F8D"])
LEGACY = "needs the packages of 2019: pip install -e '.[legacy]'"
_SETTINGS = {
    "train": "input/denoised_train.csv", "scale_size": 124, "input_size": 112, "rgb_mean": [0.0, 0.0, 0.0],
    "rgb_std": [1.0, 1.0, 1.0], "interpolation": "BICUBIC", "l2softmax": True, "l2softmax_temp": 0.05, "epochs": 90,
    "lr_step_epochs": [20, 40], "cutmix_beta": None,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class NetworkOf2019:
    """`logits` is what it gave in 2019, here in float64, `content` what was saved of it, in float32."""

    body: nn.Module
    head: nn.Module
    content: dict[str, Any]

    def logits(self, images: Tensor, *, activation: bool = False) -> Tensor:
        """With `activation` an EfficientNet keeps that behind its last convolution, which 2019 had removed."""
        if hasattr(self.body, "_conv_head"):
            maps: list[Tensor] = []
            hook = self.body._bn1.register_forward_hook(lambda module, inputs, output: maps.append(output))
            maps.append(self.body.extract_features(images))
            hook.remove()
            features = maps[activation].mean((2, 3))
        else:
            features = self.body(images).flatten(1)
        return F.linear(F.normalize(features), F.normalize(self.head.W)) / 0.05


class ClassVectors(nn.Module):
    def __init__(self, features: int, classes: int):
        super().__init__()
        self.W = nn.Parameter(torch.randn(classes, features))


def efficientnet(arch: str, size: int, labels: Sequence[str] = LABELS) -> NetworkOf2019:
    """With padding for `size` pixels in every layer, one channel and its head embedded."""
    package = pytest.importorskip("efficientnet_pytorch", reason=LEGACY)
    body = package.EfficientNet.from_name(arch, override_params={"num_classes": 1, "image_size": size})
    stem = body._conv_stem
    stem.weight = nn.Parameter(stem.weight.detach()[:, :1].clone())
    body._fc = ClassVectors(body._fc.in_features, len(labels))
    _stir(body)
    own = {"scale_size": size + 20, "input_size": size, "rgb_mean": [0.589], "rgb_std": [0.364], "grayscale": True}
    content = {"model": body.state_dict(), "metrics_type": "embedded_l2softmax"}
    return NetworkOf2019(body.eval().double(), body._fc, _content(arch, labels, own) | content)


def cut(arch: str, *, gray: bool, labels: Sequence[str] = LABELS) -> NetworkOf2019:
    """A network of cnn-finetune without its classifier, beside class vectors of its own; gray by another stem."""
    if arch.startswith("resnet"):  # as cnn-finetune cuts it
        from torchvision import models

        whole = getattr(models, arch)(weights=None)
        features, width = nn.Sequential(*list(whole.children())[:-2]), whole.fc.in_features
    else:
        package = pytest.importorskip("cnn_finetune", reason=LEGACY)
        pytest.importorskip("pretrainedmodels", reason=LEGACY)
        with warnings.catch_warnings(action="ignore"):
            whole = package.make_model(arch, num_classes=1, pretrained=False)
        features, width = whole._features, whole._classifier.in_features
    if gray:
        stem = nn.Conv2d(1, 64, 7, 2, 3, bias=False)
        if arch.startswith("resnet"):
            features[0] = stem
        else:
            features[0][0] = stem
    body, head = nn.Sequential(features, nn.AdaptiveAvgPool2d(1)), ClassVectors(width, len(labels))
    _stir(body)
    content = {"model": body.state_dict(), "metric_fc": head.state_dict(), "metric_in_features": width}
    content |= {"metrics_type": "l2softmax", **_content(arch, labels, {"grayscale": gray})}
    return NetworkOf2019(body.eval().double(), head.double(), content)


def save_as_in_2019(path: Path, content: Any) -> None:
    """In the format of torch 1.2, from before its archives were zip files."""
    torch.save(content, path, _use_new_zipfile_serialization=False)


def _content(arch: str, labels: Sequence[str], own: dict[str, Any]) -> dict[str, Any]:
    """All but the weights; the optimizer's state and the schedule's are among it."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(3))], 0.1, momentum=0.9)
    sum(group["params"][0].sum() for group in optimizer.param_groups).backward()
    optimizer.step()
    return {
        "optimizer": optimizer.state_dict(),
        "scheduler": {"milestones": Counter({20: 1, 40: 1}), "gamma": 0.1, "base_lrs": [0.1], "last_epoch": 60},
        "arch": arch,
        "num_classes": len(labels),
        "class_names": list(labels),
        "args": argparse.Namespace(**_SETTINGS | {"model": arch} | own),
        "epoch": 60,
        "acc1": 0.9667,
    }


@torch.no_grad()
def _stir(network: nn.Module) -> None:
    """Statistics, scales and shifts of batch normalisation as training leaves them: none is 0 or 1."""
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            for tensor in (module.weight, module.running_var):
                tensor.uniform_(0.5, 1.5)
            for tensor in (module.bias, module.running_mean):
                tensor.normal_(0, 0.2)
