"""A canvas divided into four rectangles at one random point, each filled from other images of the batch."""

from collections.abc import Callable

import torch
from torch import Tensor

from mojika.augmentation.mixing.mixed import Mixed, betas, empty_like, same_weight


def random_point(images: Tensor, beta: float, generator: torch.Generator) -> tuple[int, int]:
    """`x, y` from Beta(beta, beta): a whole number of columns and rows, from none to all."""
    height, width = images.shape[2:]
    x, y = (round(extent * betas(beta, 1, generator).item()) for extent in (width, height))
    return x, y


def four_patches(
    images: Tensor,
    targets: Tensor,
    point: tuple[int, int],
    generator: torch.Generator,
    source_of: Callable[[slice, int], slice],
) -> Mixed:
    """`source_of(patch, extent)`: along one axis, where a patch of the canvas is taken from."""
    (height, width), (x, y) = images.shape[2:], point
    canvas, parts = empty_like(images), []
    for rows, columns in (
        (slice(0, y), slice(0, x)),
        (slice(0, y), slice(x, width)),
        (slice(y, height), slice(0, x)),
        (slice(y, height), slice(x, width)),
    ):
        sources = torch.randperm(len(images), generator=generator).to(images.device, non_blocking=True)
        patches = images[:, :, source_of(rows, height), source_of(columns, width)]
        torch.index_select(patches, 0, sources, out=canvas[:, :, rows, columns])
        area = (rows.stop - rows.start) * (columns.stop - columns.start)
        parts.append((targets[sources], same_weight(images, area / (height * width))))
    return Mixed(canvas, parts)
