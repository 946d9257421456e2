"""AugMix (Hendrycks et al., arXiv:1912.02781): an image blended with chains of operations on it.

Strong operations one after the other leave a picture that no scanner makes; a blend of several short chains with the
picture itself stays near it, and yet no two are alike. The paper's loss that pulls the predictions for such blends
together (Jensen-Shannon) is not part of this.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.augmix_operations import OPERATIONS, apply_operation
from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.randomness import numpy_generator
from mojika.parameters.declaration import FRACTION, POSITIVE, Parameter, Range

_SEVERITY = Range("0 to 10", lambda value: 0 <= value <= 10)
END = -1  # in `Chains.operations`: the chain is over


class Chains(NamedTuple):
    """What is drawn for a batch of N images."""

    operations: np.ndarray  # (N, width, depth) int: an index into OPERATIONS, END after a chain's last one
    strengths: np.ndarray  # (N, width, depth) float64 in (-1, 1): the paper's level of 10, with its direction
    weights: np.ndarray  # (N, width) float32: of the chains among each other
    share: np.ndarray  # (N,) float32: of the chains together in the result


@dataclass(frozen=True, kw_only=True)
class AugMix(BatchOperation):
    """A new batch of blended images.

    With probability `p`, an image goes through `width` chains of 1 to `depth` operations (as many as often), each of
    them one of OPERATIONS with a strength up to `severity` of 10. Chains work on 8-bit levels and are blended, weighted
    by Dirichlet(`alpha`); the blend's share in the result is from Beta(`alpha`, `alpha`), the image keeps the rest.
    """

    summary = "blend chains of operations, arXiv:1912.02781"
    p: Annotated[float, Parameter("share of images to which AugMix is applied", FRACTION)] = 1.0
    severity: Annotated[float, Parameter("strength of the operations, 0 to 10", _SEVERITY)] = 3.0
    width: Annotated[int, Parameter("number of chains per image", POSITIVE)] = 3
    depth: Annotated[int, Parameter("largest number of operations in a chain", POSITIVE)] = 3
    alpha: Annotated[float, Parameter("parameter of the Dirichlet and Beta distributions", POSITIVE)] = 1.0

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        blended = np.flatnonzero(torch.rand(len(images), generator=generator).numpy() < self.p)
        chains = self.draw_chains(len(blended), generator)
        if len(blended) == len(images):
            return blend_chains(images, self.mean, self.std, chains)
        chosen = torch.from_numpy(blended).to(images.device, non_blocking=True)
        return images.clone().index_copy_(0, chosen, blend_chains(images[chosen], self.mean, self.std, chains))

    def draw_chains(self, count: int, generator: torch.Generator) -> Chains:
        """Chains for `count` images; an operation's level is uniform from 0.1 (or `severity`, where that is less)."""
        random, shape = numpy_generator(generator), (count, self.width, self.depth)
        length = random.integers(1, self.depth + 1, (count, self.width, 1))
        operations = np.where(np.arange(self.depth) < length, random.integers(len(OPERATIONS), size=shape), END)
        levels = random.uniform(min(0.1, self.severity), self.severity, shape)
        strengths = levels / 10 * random.choice([-1, 1], shape)
        weights = random.dirichlet([self.alpha] * self.width, count).astype(np.float32)
        share = random.beta(self.alpha, self.alpha, count).astype(np.float32)
        return Chains(operations, strengths, weights, share)


def blend_chains(images: Tensor, mean: Sequence[float], std: Sequence[float], chains: Chains) -> Tensor:
    """Apply drawn `chains` to `images (N, C, H, W)` and blend; see `AugMix`."""
    width = chains.weights.shape[1]
    scale, shift = (_per_channel([255 * value for value in values], images) for values in (std, mean))
    levels = torch.addcmul(shift, images, scale).round_().clamp_(0, 255).to(torch.uint8)
    ends = _run(levels.repeat_interleave(width, 0), chains).view(len(images), width, *images.shape[1:])
    weights, share = (
        torch.from_numpy(array).to(images.device, non_blocking=True) for array in (chains.weights, chains.share)
    )
    blend = torch.zeros_like(images)
    for chain, weight in zip(ends.unbind(1), weights.unbind(1), strict=True):
        blend.addcmul_(chain, weight.view(-1, 1, 1, 1))
    return blend.sub_(shift).div_(scale).lerp_(images, 1 - share.view(-1, 1, 1, 1))


def _run(levels: Tensor, chains: Chains) -> Tensor:
    """`levels (N·width, C, H, W) uint8`, each with its own chain; those that need the same operation go together."""
    operations, strengths = (array.reshape(-1, array.shape[2]).T for array in chains[:2])  # (depth, N·width)
    for drawn, strength in zip(operations, strengths, strict=True):
        for index, operation in enumerate(OPERATIONS):
            rows = np.flatnonzero(drawn == index)
            if len(rows):
                chosen = torch.from_numpy(rows).to(levels.device, non_blocking=True)
                levels[chosen] = apply_operation(operation, levels[chosen], strength[rows])
    return levels


def _per_channel(values: Sequence[float], images: Tensor) -> Tensor:
    return torch.tensor(values, dtype=torch.float32).to(images.device, non_blocking=True).view(-1, 1, 1)
