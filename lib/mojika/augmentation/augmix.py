"""AugMix (Hendrycks et al., arXiv:1912.02781): an image blended with chains of operations on it.

Strong operations one after the other leave a picture that no scanner makes; a blend of several short chains with the
picture itself stays near it, and yet no two are alike. The paper's loss that pulls the predictions for such blends
together (Jensen-Shannon) is not part of this.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.augmix_operations import OPERATIONS, apply_operation
from mojika.augmentation.randomness import numpy_generator
from mojika.errors import UserError

END = -1  # in `Chains.operations`: the chain is over


class Chains(NamedTuple):
    """What is drawn for a batch of N images."""

    operations: np.ndarray  # (N, width, depth) int: an index into OPERATIONS, END after a chain's last one
    strengths: np.ndarray  # (N, width, depth) float64 in (-1, 1): the paper's level of 10, with its direction
    weights: np.ndarray  # (N, width) float32: of the chains among each other
    share: np.ndarray  # (N,) float32: of the chains together in the result


def augmix(
    images: Tensor,
    mean: Sequence[float],
    std: Sequence[float],
    *,
    severity: float,
    width: int,
    depth: int,
    alpha: float,
    generator: torch.Generator,
    p: float = 1.0,
) -> Tensor:
    """A new batch like `images (N, C, H, W) float32`, normalised by `mean` and `std`; `images` stay as they are.

    With probability `p`, an image goes through `width` chains of 1 to `depth` operations (as many as often), each of
    them one of OPERATIONS with a strength up to `severity` of 10. Chains work on 8-bit levels and are blended, weighted
    by Dirichlet(`alpha`); the blend's share in the result is from Beta(`alpha`, `alpha`), the image keeps the rest.
    Raises `UserError` for numbers without meaning.
    """
    if not 0 <= p <= 1:
        raise UserError(f"augmix: expected 0 <= p <= 1, found p={p}; change --augmix-p")
    blended = np.flatnonzero(torch.rand(len(images), generator=generator).numpy() < p)
    chains = draw_chains(len(blended), severity, width, depth, alpha, generator)
    if len(blended) == len(images):
        return blend_chains(images, mean, std, chains)
    chosen = torch.from_numpy(blended).to(images.device, non_blocking=True)
    return images.clone().index_copy_(0, chosen, blend_chains(images[chosen], mean, std, chains))


def draw_chains(
    count: int, severity: float, width: int, depth: int, alpha: float, generator: torch.Generator
) -> Chains:
    """Chains for `count` images; an operation's level is uniform from 0.1 (or `severity`, where that is less)."""
    if not (0 <= severity <= 10 and width >= 1 and depth >= 1 and alpha > 0):
        raise UserError(
            "augmix: expected 0 <= severity <= 10, width >= 1, depth >= 1 and alpha > 0, "
            f"found severity={severity}, width={width}, depth={depth}, alpha={alpha}; change the --augmix-… flags"
        )
    random, shape = numpy_generator(generator), (count, width, depth)
    length = random.integers(1, depth + 1, (count, width, 1))
    operations = np.where(np.arange(depth) < length, random.integers(len(OPERATIONS), size=shape), END)
    levels = random.uniform(min(0.1, severity), severity, shape)
    strengths = levels / 10 * random.choice([-1, 1], shape)
    weights = random.dirichlet([alpha] * width, count).astype(np.float32)
    return Chains(operations, strengths, weights, random.beta(alpha, alpha, count).astype(np.float32))


def blend_chains(images: Tensor, mean: Sequence[float], std: Sequence[float], chains: Chains) -> Tensor:
    """Apply drawn `chains` to `images (N, C, H, W)` and blend; see `augmix`."""
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
