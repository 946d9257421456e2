"""CenterNet: a heat map of character centres with their sizes (arXiv:1904.07850), on any backbone with feature maps."""

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from mojika.detection.centernet_targets import decode, draw_heat_maps, find_centres, focal_loss, mean_distance
from mojika.detection.feature_maps import FeatureMaps, pad_to_multiple
from mojika.training.distributed import World

_SIZE_WEIGHT = 0.1
_CENTRE_BIAS = -2.19  # a probability of 0.1 everywhere to begin with


class CenterNet(nn.Module):
    """Backbone, a neck that brings its maps down to stride 4, and three heads.

    Sizes are learned as they are, in cells, with no logarithm, by L1 at weight 0.1, as in the paper. `width` is the
    number of channels of neck and heads. With `shared_head` the heads have their first convolution in common, which
    on a small backbone saves a quarter of all arithmetic. Characters neither overlap nor share a centre, so peaks need
    no NMS.
    """

    def __init__(self, backbone: FeatureMaps, width: int, shared_head: bool = False):
        super().__init__()
        self.backbone = backbone
        self.neck = TopDownNeck(backbone.channels, width)
        self.common = nn.Sequential(*(_hidden(width) if shared_head else ()))
        self.heat, self.size, self.offset = (_head(width, channels, shared_head) for channels in (1, 2, 2))
        *_, bias = self.heat.parameters()
        nn.init.constant_(bias, _CENTRE_BIAS)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Heat logits `(N, 1, h, w)`, sizes and offsets `(N, 2, h, w)` in cells, all float32, of `(N, 3, H, W)`."""
        features = self.common(self.neck(self.backbone(pad_to_multiple(images, 32))))
        return self.heat(features).float(), self.size(features).float(), self.offset(features).float()

    def losses(self, images: Tensor, boxes: Sequence[Tensor], world: World = World()) -> dict[str, Tensor]:  # noqa: B008 (frozen)
        """Focal loss of the centres, L1 of sizes (weighted) and offsets at them, over the centres of all processes."""
        heat, size, offset = self(images)
        centres = find_centres(boxes, *heat.shape[2:])
        at_centres = centres.image, slice(None), centres.row, centres.column
        return {
            "heat": focal_loss(heat, draw_heat_maps(centres, len(images), *heat.shape[2:]), world),
            "size": _SIZE_WEIGHT * mean_distance(size[at_centres], centres.size, world),
            "offset": mean_distance(offset[at_centres], centres.offset, world),
        }

    def detect(self, images: Tensor, score_threshold: float, at_most: int) -> list[tuple[Tensor, Tensor]]:
        """Boxes `(K, 4)` in pixels and scores `(K,)` of every image, by falling score."""
        heat, size, offset = self(images)
        return decode(heat.sigmoid(), size, offset, threshold=score_threshold, at_most=at_most)


class TopDownNeck(nn.Module):
    """Maps `(N, channels[i], h / 2^i, w / 2^i)` to one `(N, width, h, w)`.

    From the coarsest on, a map is enlarged twofold, the next finer one is added through a 1x1 convolution and the sum
    goes through a 3x3 convolution: the top-down path of feature pyramids (arXiv:1612.03144) with its last map only.
    """

    def __init__(self, channels: Sequence[int], width: int):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(count, width, 1) for count in channels)
        self.smooth = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
            )
            for _ in channels[1:]
        )

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        *finer, merged = (lateral(features) for lateral, features in zip(self.lateral, maps, strict=True))
        for features, smooth in zip(reversed(finer), self.smooth, strict=True):
            merged = smooth(F.interpolate(merged, scale_factor=2.0) + features)
        return merged


def _head(width: int, channels: int, shared: bool) -> nn.Sequential:
    return nn.Sequential(*(() if shared else _hidden(width)), nn.Conv2d(width, channels, 1))


def _hidden(width: int) -> list[nn.Module]:
    return [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(inplace=True)]
