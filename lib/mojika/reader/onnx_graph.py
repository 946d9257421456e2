"""Networks as other programs want them: from the pixels of images to logits, or to boxes with scores.

The input is `images (N, H, W, C) uint8`, RGB or gray, as image files hold them; normalising is part of the graph. A
classifier takes crops of its `input_size`, a detector pages of any size; N is free.
"""

from collections.abc import Sequence
from operator import truediv

import torch
from torch import Tensor, nn

from mojika.detection.centernet import CenterNet
from mojika.detection.centernet_targets import find_boxes, peaks_of
from mojika.detection.detector import Detector
from mojika.models.classifier import Classifier


class _Normalised(nn.Module):
    """What `network` says of images in levels of 0 to 255, channels last."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: Sequence[float], std: Sequence[float]):
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("std", torch.tensor(std))

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.network(((images / 255 - self.mean) / self.std).permute(0, 3, 1, 2)))


class ClassifierGraph(_Normalised):
    """`(N, h, w, C) uint8` to logits `(N, classes) float32`, one tensor for each head, divided by the `temperatures` of
    the heads where there are some."""

    def __init__(
        self, network: Classifier, mean: Sequence[float], std: Sequence[float], temperatures: Sequence[float] = ()
    ):
        super().__init__(network, mean, std)
        self.temperatures = tuple(temperatures)

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        logits = super().forward(images)
        return tuple(map(truediv, logits, self.temperatures)) if self.temperatures else logits


class CenterNetGraph(_Normalised):
    """`(N, H, W, 3) uint8` to boxes `(N, K, 4) float32`, cut off at the image, and scores `(N, K)`, by falling score.

    K is `at_most`, or the number of cells of a small image; boxes of any score are among them. Behind them come the
    maps that they are made of: probabilities of centres `(N, 1, h, w)`, sizes and offsets `(N, 2, h, w)` in cells.
    """

    def __init__(self, detector: Detector, at_most: int):
        assert isinstance(detector.network, CenterNet)
        super().__init__(detector.network, detector.architecture.mean, detector.architecture.std)
        self.at_most = at_most

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        logits, size, offset = super().forward(images)
        heat = logits.sigmoid()
        return *self.find(heat, size, offset, images), heat, size, offset

    def find(self, heat: Tensor, size: Tensor, offset: Tensor, images: Tensor) -> tuple[Tensor, Tensor]:
        """The boxes in the maps of `images`, and their scores."""
        # sizes as tensors: as numbers they would stay those of the images that are traced
        cells, height, width = (torch.as_tensor(n) for n in (heat.flatten(1).shape[1], *images.shape[1:3]))
        count = torch.minimum(cells, torch.tensor(self.at_most))
        boxes, scores = find_boxes(peaks_of(heat), size, offset, count)
        return torch.minimum(boxes.clamp(min=0), torch.stack([width, height, width, height]).to(boxes)), scores
