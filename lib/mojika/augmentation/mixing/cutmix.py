from dataclasses import dataclass
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.mixing.mixed import Mixed, Mixer, betas, empty_like
from mojika.augmentation.rectangles import clipped, inside
from mojika.parameters.declaration import FRACTION, POSITIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class CutMix(Mixer):
    """CutMix (Yun et al., arXiv:1905.04899): a box of another image of the batch is pasted at its own place.

    The box has the image's aspect and 1 - λ of its area, λ from Beta(beta, beta); its centre is uniform over the image,
    so part of it may fall outside: weights are the areas that are seen. There is one box per batch, as in the paper, or
    with `per_sample` one per image; in both cases one permutation. With `keep_half` the box has at most half of the
    area: max(λ, 1 - λ) takes the place of λ.
    """

    summary = "a rectangle of another image, arXiv:1905.04899"
    beta: Annotated[float, Parameter("parameter of the Beta distribution of areas", POSITIVE)] = 1.0
    prob: Annotated[float, Parameter("share of batches to which CutMix is applied", FRACTION)] = 1.0
    per_sample: Annotated[bool, Parameter("draw a rectangle for each image, not for each batch")] = False
    keep_half: Annotated[bool, Parameter("never paste more than half of another image")] = False

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        height, width = images.shape[2:]
        boxes = self.draw_boxes(len(images), height, width, generator)
        partners = torch.randperm(len(images), generator=generator)
        top, left, bottom, right = boxes.T
        area = ((bottom - top) * (right - left) / (height * width)).astype(np.float32)
        pasted = torch.from_numpy(area).to(images.device, non_blocking=True)
        others = targets[partners.to(targets.device, non_blocking=True)]
        paste = paste_on_host if images.device.type == "cpu" else paste_on_device
        return Mixed(paste(images, partners, boxes), [(targets, 1 - pasted), (others, pasted)])

    def draw_boxes(self, count: int, height: int, width: int, generator: torch.Generator) -> np.ndarray:
        """`(N, 4) int64`: top, left, bottom, right (exclusive), clipped to the image."""
        draws = count if self.per_sample else 1
        share = betas(self.beta, draws, generator)
        share = np.maximum(share, 1 - share) if self.keep_half else share
        size = np.rint(np.sqrt(1 - share)[:, None] * (height, width))
        centre = torch.rand(draws, 2, dtype=torch.float64, generator=generator).numpy() * (height, width)
        return np.broadcast_to(clipped(np.rint(centre - size / 2), size, height, width), (count, 4)).copy()


def paste_on_host(images: Tensor, partners: Tensor, boxes: np.ndarray) -> Tensor:
    """One copy of the batch, and the boxes."""
    pasted = empty_like(images)
    pixels, out = (tensor.permute(0, 2, 3, 1).numpy() for tensor in (images, pasted))
    for index, (partner, (top, left, bottom, right)) in enumerate(zip(partners.tolist(), boxes.tolist(), strict=True)):
        out[index] = pixels[index]
        out[index, top:bottom, left:right] = pixels[partner, top:bottom, left:right]
    return pasted


def paste_on_device(images: Tensor, partners: Tensor, boxes: np.ndarray) -> Tensor:
    """The same by whole-batch operations, without device-to-host synchronisation."""
    others = images[partners.to(images.device, non_blocking=True)]
    height, width = images.shape[2:]
    return torch.where(inside(boxes, height, width, images.device), others, images)
