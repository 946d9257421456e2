"""How the networks of the 2019 scripts named their layers, and what timm calls them.

Those of cnn-finetune (torchvision's ResNets, Cadene's squeeze-and-excitation networks) were cut into numbered parts
`0.N`, or `_features.N` where they kept their own classifier; EfficientNets numbered their blocks through.
"""

import re
from collections.abc import Mapping

from torch import Tensor, nn

_TORCHVISION = re.compile(r"resnet\d+|resnext50_32x4d|resnext101_32x8d")
_CADENE = re.compile(r"se_resne(t|xt)\d+(_32x4d)?|senet154")
_EFFICIENTNET = re.compile(r"efficientnet-b\d")
_CUT, _WHOLE = "0.", "_features."
_RESNET_PARTS = ("conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
_SENET_PARTS = ("layer0", "layer1", "layer2", "layer3", "layer4")
_OUTER = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2"}
_GATE = {"_se_reduce": "se.conv_reduce", "_se_expand": "se.conv_expand"}
_EXPANDING = _GATE | {
    "_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2", "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}  # fmt: skip
_SEPARABLE = _GATE | {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}


def is_known(arch: str) -> bool:
    """Whether weights of this network of 2019 can be renamed."""
    return is_efficientnet(arch) or any(family.fullmatch(arch) for family in (_TORCHVISION, _CADENE))


def is_efficientnet(arch: str) -> bool:
    return bool(_EFFICIENTNET.fullmatch(arch))


def stem_of(arch: str, weights: Mapping[str, Tensor]) -> Tensor:
    """The kernels of the first convolution, `(F, channels, k, k)`; raises `KeyError` where there are none."""
    if is_efficientnet(arch):
        return weights["_conv_stem.weight"]
    own = "0.weight" if _TORCHVISION.fullmatch(arch) else "0.conv1.weight"
    return weights[_prefix(weights) + own]


def backbone_weights(arch: str, weights: Mapping[str, Tensor], backbone: nn.Module) -> dict[str, Tensor]:
    """The `weights` of the network `arch`, its classifier aside, by the names of timm's `backbone`.

    What belongs to no layer keeps its name, so that loading refuses it. Raises `KeyError` for a block too many.
    """
    if is_efficientnet(arch):
        return _efficientnet(weights, backbone)
    prefix = _prefix(weights)
    parts = _RESNET_PARTS if _TORCHVISION.fullmatch(arch) else _SENET_PARTS
    renamed = {}
    for name, value in weights.items():
        if name.startswith("_classifier."):
            continue
        part, _, rest = name.removeprefix(prefix).partition(".")
        known = name.startswith(prefix) and part.isdigit() and int(part) < len(parts)
        renamed[f"{parts[int(part)]}.{rest}" if known else name] = value
    return renamed


def _prefix(weights: Mapping[str, Tensor]) -> str:
    return _WHOLE if any(name.startswith(_WHOLE) for name in weights) else _CUT


def _efficientnet(weights: Mapping[str, Tensor], backbone: nn.Module) -> dict[str, Tensor]:
    places: dict[str, tuple[str, dict[str, str]]] = {}  # "7" -> "blocks.2.1", and how its layers are called
    for stage, blocks in enumerate(backbone.get_submodule("blocks").children()):
        for index, block in enumerate(blocks.children()):
            own = _EXPANDING if hasattr(block, "conv_pwl") else _SEPARABLE
            places[str(len(places))] = f"blocks.{stage}.{index}", own
    renamed = {}
    for name, value in weights.items():
        outer, _, rest = name.partition(".")
        if outer == "_fc":
            continue
        if outer == "_blocks":
            number, layer, kind = rest.split(".", 2)
            place, own = places[number]
            renamed[f"{place}.{own.get(layer, layer)}.{kind}"] = value
        else:
            renamed[f"{_OUTER.get(outer, outer)}.{rest}"] = value
    return renamed
