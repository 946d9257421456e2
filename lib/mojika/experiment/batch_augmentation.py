"""What a recipe does to a whole batch: bends strokes, AugMix, then one way of mixing, then erasing."""

import argparse

import torch
from torch import Tensor

from mojika.augmentation.augmix import augmix
from mojika.augmentation.erasing import random_erasing
from mojika.augmentation.handwriting import elastic, stroke_width
from mojika.augmentation.masking import cutout, gridmask
from mojika.augmentation.mixing import MIXERS, Mixed, no_mixing
from mojika.parameters.flags import Flags
from mojika.training.step import BatchAugmentation


def build_batch_augmentation(recipe: argparse.Namespace) -> BatchAugmentation:
    """A function of images, targets and the step's generator; the way of mixing is chosen anew for every batch."""
    mixers = {name: mixer(**Flags(mixer, name).arguments(recipe)) for name, mixer in MIXERS.items()}

    def augment_batch(images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        if recipe.elastic:
            images = elastic(images, recipe.elastic, recipe.elastic_points, generator)
        if recipe.stroke_width:
            images = stroke_width(images, recipe.stroke_width, generator)
        if recipe.augmix:
            images = _augmix(images, recipe, generator)
        chosen = _choose(recipe.mixing, generator)
        mixed = mixers[chosen](images, targets, generator) if chosen else no_mixing(images, targets)
        return Mixed(_erase(mixed.images, recipe, generator), mixed.parts)

    return augment_batch


def _choose(shares: dict[str, float], generator: torch.Generator) -> str | None:
    """The way of mixing for this batch; None for a plain one."""
    point = torch.rand((), generator=generator).item() if shares else 1.0
    for name, share in shares.items():
        if point < share:
            return name
        point -= share
    return None


def _augmix(images: Tensor, recipe: argparse.Namespace, generator: torch.Generator) -> Tensor:
    return augmix(
        images,
        recipe.rgb_mean,
        recipe.rgb_std,
        severity=recipe.augmix_severity,
        width=recipe.augmix_width,
        depth=recipe.augmix_depth,
        alpha=recipe.augmix_alpha,
        generator=generator,
        p=recipe.augmix_p,
    )


def _erase(images: Tensor, recipe: argparse.Namespace, generator: torch.Generator) -> Tensor:
    """Once per sample, whatever was mixed; in place."""
    if recipe.cutout:
        images = cutout(images, recipe.cutout_holes, recipe.cutout_length, generator, recipe.cutout_p)
    if recipe.random_erasing:
        images = random_erasing(
            images,
            p=recipe.random_erasing_p,
            sl=recipe.random_erasing_sl,
            sh=recipe.random_erasing_sh,
            r1=recipe.random_erasing_r1,
            r2=recipe.random_erasing_r2,
            mean=recipe.rgb_mean,
            std=recipe.rgb_std,
            generator=generator,
        )
    if recipe.gridmask:
        images = gridmask(
            images,
            p=recipe.gridmask_p,
            period=recipe.gridmask_period,
            keep=recipe.gridmask_keep,
            rotate_degree=recipe.gridmask_rotate,
            generator=generator,
        )
    return images
