"""One face for both detectors: images and boxes in, losses or boxes out."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torchvision.ops import clip_boxes_to_image

from mojika.detection.architecture import DETECTOR_KINDS, DetectorArchitecture
from mojika.detection.centernet import CenterNet
from mojika.detection.faster_rcnn import FasterRcnn
from mojika.detection.feature_maps import FeatureMaps
from mojika.training.distributed import World


class Detector(nn.Module):
    """Finds characters, all of one class, in images `(N, 3, H, W) float32`, normalised; gray ones have equal channels.

    `pretrained` is as `create_backbone` has it, for the backbone. Raises `UserError` where that offers no feature maps.
    """

    def __init__(self, architecture: DetectorArchitecture, pretrained: str | None = None):
        super().__init__()
        self.architecture = architecture
        self.network = _create_network(architecture, FeatureMaps(architecture.backbone, pretrained))

    def forward(self, images: Tensor, boxes: Sequence[Tensor], world: World = World()) -> dict[str, Tensor]:  # noqa: B008 (frozen)
        """`losses`: what DistributedDataParallel calls."""
        return self.losses(images, boxes, world)

    def losses(self, images: Tensor, boxes: Sequence[Tensor], world: World = World()) -> dict[str, Tensor]:  # noqa: B008 (frozen)
        """Scalars by name, weighted: their sum is to be minimised.

        `boxes` has one `(M_i, 4) float32` per image: x1, y1, x2, y2 in its pixels, within it and with an area; M_i may
        be 0. Where several processes of `world` have a part of the batch each, the mean of their losses is the loss of
        the whole batch. Needs training mode.
        """
        if not self.training:
            raise ValueError("losses need training mode: call detector.train() before")
        return self.network.losses(images, boxes, world)

    @torch.no_grad()
    def detect(self, images: Tensor, *, score_threshold: float, at_most: int) -> list[tuple[Tensor, Tensor]]:
        """Boxes `(K, 4) float32`, clipped to the image, and scores `(K,)` of every image, by falling score.

        At most `at_most` boxes an image, with scores of `score_threshold` or more. Needs evaluation mode.
        """
        if self.training:
            raise ValueError("detection needs evaluation mode: call detector.eval() before")
        found = []
        for boxes, scores in self.network.detect(images, score_threshold, at_most):
            boxes = clip_boxes_to_image(boxes, tuple(images.shape[2:]))
            with_area = (boxes[:, 2:] > boxes[:, :2]).all(1)
            found.append((boxes[with_area], scores[with_area]))
        return found

    def normalised(self, images: Tensor) -> Tensor:
        """`(N, 3, H, W) float32` from RGB pixels `(N, H, W, 3) uint8`, on their device."""
        mean, std = (
            torch.tensor(values, device=images.device) for values in (self.architecture.mean, self.architecture.std)
        )
        return ((images / 255 - mean) / std).permute(0, 3, 1, 2)


def _create_network(architecture: DetectorArchitecture, backbone: FeatureMaps) -> CenterNet | FasterRcnn:
    match architecture.kind:
        case "faster-rcnn":
            return FasterRcnn(backbone, architecture.width)
        case "centernet":
            return CenterNet(backbone, architecture.width, architecture.shared_head)
    raise ValueError(f"detector {architecture.kind!r}: expected one of {DETECTOR_KINDS}")
