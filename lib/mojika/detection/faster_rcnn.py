"""Faster R-CNN (arXiv:1506.01497) on a feature pyramid (arXiv:1612.03144), set up for pages full of characters.

torchvision's proposals and box heads do the work. Its own resizing and normalisation are passed by: images come in
the size and in the levels in which they are to be seen.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.faster_rcnn import FasterRCNN, FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

from mojika.detection.feature_maps import FeatureMaps, pad_to_multiple
from mojika.training.distributed import World

ANCHOR_SIZES = (8, 16, 32, 64, 128)  # pixels, one for each level of the pyramid: strides 4 to 64
ANCHOR_RATIOS = (0.5, 0.85, 1.0, 2.0)  # height / width
_BEFORE_NMS, _AFTER_NMS = 4000, 3000  # proposals per level, and per image: more than twice the 1,300 boxes of a page
_LAST_STRIDE = 64
_BOX_FEATURES, _BOX_SIDE = 1024, 7


class FasterRcnn(nn.Module):
    """Class-agnostic: class 1 is a character, 0 the background. `width` is the number of channels of the pyramid."""

    def __init__(self, backbone: FeatureMaps, width: int):
        super().__init__()
        levels = [str(level) for level in range(len(ANCHOR_SIZES) - 1)]  # the pooled one proposes, but boxes skip it
        anchors = ExactAnchors(tuple((size,) for size in ANCHOR_SIZES), (ANCHOR_RATIOS,) * len(ANCHOR_SIZES))
        self.parts = FasterRCNN(
            Pyramid(backbone, width),
            rpn_anchor_generator=anchors,
            rpn_head=_Float32RpnHead(width, len(ANCHOR_RATIOS)),
            rpn_pre_nms_top_n_train=_BEFORE_NMS,
            rpn_pre_nms_top_n_test=_BEFORE_NMS,
            rpn_post_nms_top_n_train=_AFTER_NMS,
            rpn_post_nms_top_n_test=_AFTER_NMS,
            box_roi_pool=MultiScaleRoIAlign(levels, _BOX_SIDE, sampling_ratio=2),
            box_head=TwoMLPHead(width * _BOX_SIDE**2, _BOX_FEATURES),
            box_predictor=_Float32Predictor(_BOX_FEATURES, num_classes=2),
        )

    def losses(self, images: Tensor, boxes: Sequence[Tensor], world: World = World()) -> dict[str, Tensor]:  # noqa: B008 (frozen)
        """The losses of proposals (`objectness`, `rpn_box_reg`) and of boxes (`classifier`, `box_reg`).

        Each is a mean over what torchvision samples, equally much on each image where there is enough; of several
        processes each counts by its number of images. Only in training mode: in evaluation there are none.
        """
        targets = [{"boxes": lot, "labels": lot.new_ones(len(lot), dtype=torch.int64)} for lot in boxes]
        _, losses = self._run(images, targets)
        count = images.new_full((), len(images))
        share = count * world.size / world.sum(count.clone())
        return {name.removeprefix("loss_"): loss * share for name, loss in losses.items()}

    def detect(self, images: Tensor, score_threshold: float, at_most: int) -> list[tuple[Tensor, Tensor]]:
        """Boxes `(K, 4)` in pixels and scores `(K,)` of every image, by falling score, after NMS at IoU 0.5."""
        self.parts.roi_heads.score_thresh = score_threshold
        self.parts.roi_heads.detections_per_img = at_most
        found, _ = self._run(images, None)
        return [(page["boxes"], page["scores"]) for page in found]

    def _run(self, images: Tensor, targets: list[dict] | None) -> tuple[list[dict], dict[str, Tensor]]:
        padded = pad_to_multiple(images, _LAST_STRIDE)
        seen = ImageList(padded, [tuple(images.shape[2:])] * len(images))
        features = {level: features.float() for level, features in self.parts.backbone(padded).items()}
        proposals, proposal_losses = self.parts.rpn(seen, features, targets)
        found, box_losses = self.parts.roi_heads(features, proposals, seen.image_sizes, targets)
        return found, proposal_losses | box_losses


class Pyramid(nn.Module):
    """Images to maps of `out_channels` at strides 4 to 64, named "0" to "3" and "pool"."""

    def __init__(self, backbone: FeatureMaps, out_channels: int):
        super().__init__()
        self.backbone = backbone
        self.fpn = FeaturePyramidNetwork(list(backbone.channels), out_channels, extra_blocks=LastLevelMaxPool())
        self.out_channels = out_channels

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        return self.fpn({str(level): features for level, features in enumerate(self.backbone(images))})


class ExactAnchors(AnchorGenerator):
    """Anchors of `size / sqrt(ratio)` by `size * sqrt(ratio)` pixels.

    torchvision rounds their corners, and then at 8 pixels the ratios 0.85 and 1 are the same anchor.
    """

    def generate_anchors(
        self,
        scales: Sequence[int],
        aspect_ratios: Sequence[float],
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> Tensor:
        root = torch.tensor(aspect_ratios, dtype=dtype, device=device).sqrt()[:, None]
        sizes = torch.tensor(scales, dtype=dtype, device=device)
        half = torch.stack([sizes / root, sizes * root], 2).flatten(0, 1) / 2
        return torch.cat([-half, half], 1)


class _Float32RpnHead(RPNHead):
    """Under autocast the convolutions run in 16 bits; boxes made from 16 bits would be pixels off at the far edge."""

    def forward(self, x: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        objectness, deltas = super().forward(x)
        return [level.float() for level in objectness], [level.float() for level in deltas]


class _Float32Predictor(FastRCNNPredictor):
    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        scores, deltas = super().forward(x)
        return scores.float(), deltas.float()
