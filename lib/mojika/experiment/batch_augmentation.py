"""What a recipe does to a whole batch: operations before mixing, one way of mixing, operations after it."""

import argparse
from collections.abc import Mapping

import torch
from torch import Tensor

from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.mixing import MIXERS, BatchAugmentation, Mixed, no_mixing
from mojika.augmentation.operations import AFTER_MIXING, BEFORE_MIXING
from mojika.parameters.flags import Flags


def build_batch_augmentation(recipe: argparse.Namespace) -> BatchAugmentation:
    """A function of images, targets and the step's generator; the way of mixing is drawn for every batch."""
    before, after = _switched_on(BEFORE_MIXING, recipe), _switched_on(AFTER_MIXING, recipe)
    mixers = {name: MIXERS[name](**Flags(MIXERS[name], name).arguments(recipe)) for name in recipe.mixing}

    def augment_batch(images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        for operation in before:
            images = operation(images, generator)
        chosen = _choose(recipe.mixing, generator)
        images, parts = mixers[chosen](images, targets, generator) if chosen else no_mixing(images, targets)
        for operation in after:
            images = operation(images, generator)
        return Mixed(images, parts)

    return augment_batch


def _switched_on(operations: Mapping[str, type[BatchOperation]], recipe: argparse.Namespace) -> list[BatchOperation]:
    return [
        operation(**Flags(operation, name).arguments(recipe), mean=recipe.rgb_mean, std=recipe.rgb_std)
        for name, operation in operations.items()
        if getattr(recipe, name)
    ]


def _choose(shares: dict[str, float], generator: torch.Generator) -> str | None:
    """The way of mixing for this batch; None for a plain one."""
    point = torch.rand((), generator=generator).item() if shares else 1.0
    for name, share in shares.items():
        if point < share:
            return name
        point -= share
    return None
