"""Networks of the 2019 scripts that timm lacks, from torchvision; timm knows them by name once this module is imported.

Keys of weights are torchvision's, so its files load. GoogLeNet's weights expect pixels in [-1, 1] (mean and standard
deviation 0.5), where torchvision itself rescales those that are normalised as usual.
"""

from collections import OrderedDict
from functools import partial
from typing import Any

import torchvision
from timm.layers import SelectAdaptivePool2d
from timm.models import build_model_with_cfg, register_model
from torch import nn

_HEADS = ("avgpool", "dropout", "classifier", "fc", "aux1", "aux2")
_FEATURES = {"alexnet": 256, "squeezenet1_0": 512, "squeezenet1_1": 512, "googlenet": 1024}
_FEATURES |= {f"shufflenet_v2_x{width}": 2048 if width == "2_0" else 1024 for width in ("0_5", "1_0", "1_5", "2_0")}
TORCHVISION_NAMES = tuple(_FEATURES)


class TorchvisionNetwork(nn.Sequential):
    """The layers of a torchvision network that make a map, then global average pooling.

    `(N, in_chans, h, w) -> (N, num_features)`. There is no classifier, so `num_classes` must be 0, and no dropout.
    """

    def __init__(self, name: str, *, in_chans: int = 3, num_classes: int = 0, drop_rate: float = 0.0):
        if num_classes or drop_rate:
            raise ValueError(f"{name}: expected neither classes nor dropout")
        own = {"aux_logits": False, "init_weights": True} if name == "googlenet" else {}
        network = torchvision.models.get_model(name, weights=None, **own)
        layers = [(key, layer) for key, layer in network.named_children() if key not in _HEADS]
        super().__init__(OrderedDict([*layers, ("global_pool", SelectAdaptivePool2d(flatten=True))]))
        self.num_classes, self.num_features = num_classes, _FEATURES[name]
        if in_chans != 3:
            stem = self.get_submodule(_stem(name))
            assert isinstance(stem, nn.Conv2d)
            alike: dict[str, Any] = {key: getattr(stem, key) for key in ("kernel_size", "stride", "padding")}
            bias = stem.bias is not None
            self.set_submodule(_stem(name), nn.Conv2d(in_chans, stem.out_channels, **alike, bias=bias))


def _stem(name: str) -> str:
    return {"googlenet": "conv1.conv", "alexnet": "features.0"}.get(
        name, "features.0" if name.startswith("squeezenet") else "conv1.0"
    )


def _config(name: str) -> dict[str, Any]:
    """What timm wants to know of a network and its ImageNet weights."""
    return {
        "url": torchvision.models.get_model_weights(name).DEFAULT.url,
        "num_classes": 1000,
        "input_size": (3, 224, 224),
        "first_conv": _stem(name),
        "classifier": ("classifier", "fc", "aux1", "aux2"),
        "license": "bsd-3-clause",
    }


default_cfgs = {name: _config(name) for name in TORCHVISION_NAMES}  # where timm's registry looks


def _register(name: str) -> None:
    def create(pretrained: bool = False, **options: Any) -> nn.Module:
        return build_model_with_cfg(partial(TorchvisionNetwork, name), name, pretrained, **options)

    create.__name__ = name
    register_model(create)


for _name in TORCHVISION_NAMES:
    _register(_name)
