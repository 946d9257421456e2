from dataclasses import dataclass
from typing import Annotated

import cv2
import torch
from torch import Tensor

from mojika.augmentation.mixing.mixed import Mixed, Mixer, betas, empty_like, same_weight
from mojika.parameters.declaration import POSITIVE, Parameter


@dataclass(frozen=True, kw_only=True)
class MixUp(Mixer):
    """mixup (Zhang et al., arXiv:1710.09412): each image is blended with another one of its batch.

    The share of the image itself is drawn from Beta(alpha, alpha), once per batch, as the paper's own code does.
    """

    summary = "blend pairs of images, arXiv:1710.09412"
    alpha: Annotated[float, Parameter("parameter of the Beta distribution of the images' shares", POSITIVE)] = 0.2

    def __call__(self, images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        share = betas(self.alpha, 1, generator).item()
        partners = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
        parts = [(targets, same_weight(images, share)), (targets[partners], same_weight(images, 1 - share))]
        return Mixed(_blend(images, partners, share), parts)


def _blend(images: Tensor, partners: Tensor, share: float) -> Tensor:
    if images.device.type != "cpu":
        return torch.lerp(images[partners], images, share)
    blended = empty_like(images)
    pixels, out = (tensor.permute(0, 2, 3, 1).numpy() for tensor in (images, blended))
    for index, partner in enumerate(partners.tolist()):  # image by image they meet in the cache
        cv2.addWeighted(pixels[index], share, pixels[partner], 1 - share, 0, out[index])
    return blended
