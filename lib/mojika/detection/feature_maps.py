"""Feature maps at strides 4, 8, 16 and 32 from any timm network that has them."""

from typing import Any

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mojika.errors import ParameterError
from mojika.models.backbones import create_backbone, timm_name

STRIDES = (4, 8, 16, 32)
_TRIAL_SIDE = 128  # pixels


class FeatureMaps(nn.Module):
    """Images `(N, 3, H, W)`, H and W multiples of 32, to maps `(N, channels[i], H / STRIDES[i], W / STRIDES[i])`.

    `name` is a timm model or an alias of the 2019 scripts; `pretrained` is as `create_backbone` has it. Raises
    `UserError` where the network offers no such maps, or its weights cannot be had.
    """

    def __init__(self, name: str, pretrained: str | None = None):
        super().__init__()
        resolved, indices = find_maps(name)
        weights: dict[str, Any] = {}
        if pretrained is not None:
            state = create_backbone(name, 3, _TRIAL_SIDE, pretrained)[0].state_dict()
            weights = {"pretrained": True, "pretrained_cfg_overlay": {"state_dict": state}}
        backbone: Any = timm.create_model(resolved, features_only=True, out_indices=indices, **weights)
        self.backbone: nn.Module = backbone
        self.channels: tuple[int, ...] = tuple(backbone.feature_info.channels())

    def forward(self, images: Tensor) -> list[Tensor]:
        return self.backbone(images)


def pad_to_multiple(images: Tensor, multiple: int) -> Tensor:
    """Images `(N, C, H, W)` with zeros to the right and below, until both sides are multiples of `multiple`."""
    height, width = images.shape[-2:]
    return F.pad(images, (0, -width % multiple, 0, -height % multiple))


def find_maps(name: str) -> tuple[str, tuple[int, ...]]:
    """The timm name, and which of the network's maps have `STRIDES`; tried on the meta device, which costs nothing.

    Raises `UserError` as `FeatureMaps` does.
    """
    try:
        resolved = timm_name(name)
    except ParameterError as error:
        raise ParameterError(error.text.replace("{model}", "{backbone}")) from None
    refusal = f"{{backbone}} {name}: expected a network with feature maps at strides 4, 8, 16 and 32"
    advice = "use a ResNet, EfficientNet, DenseNet or ConvNeXt"
    with torch.device("meta"), torch.no_grad():
        try:
            network: Any = timm.create_model(resolved, features_only=True).eval()
        except (AttributeError, RuntimeError, ValueError) as error:  # timm's several ways to say that it cannot
            raise ParameterError(f"{refusal}, found none that timm can take out; {advice}") from error
        strides = network.feature_info.reduction()
        if not set(STRIDES) <= set(strides):
            raise ParameterError(f"{refusal}, found {', '.join(map(str, strides))}; {advice}")
        sides = dict(zip(strides, _sides(network), strict=True))
    if any(sides[stride] != (_TRIAL_SIDE // stride, _TRIAL_SIDE // stride) for stride in STRIDES):
        raise ParameterError(f"{refusal}, found maps of other sizes or for one image size only; {advice}")
    return resolved, tuple(strides.index(stride) for stride in STRIDES)


def _sides(network: Any) -> list[tuple[int, int] | None]:
    """Height and width of every map of a square image; None where the network takes images of its own size only."""
    try:
        maps = network(torch.empty(1, 3, _TRIAL_SIDE, _TRIAL_SIDE, device="meta"))
    except (AssertionError, RuntimeError):  # by a check of its own, or where shapes clash
        return [None] * len(network.feature_info)
    return [tuple(features.shape[2:]) for features in maps]
