"""From a resolved recipe to the objects that the training loop is given."""

import argparse
from typing import Any

import torch
from torch import Tensor

from mojika.augmentation.erasing import random_erasing
from mojika.augmentation.mixing import Mixed, icap, mixup, no_mixing
from mojika.augmentation.recipe import AugmentationRecipe
from mojika.data.split_list import SplitList
from mojika.models.classifier import Architecture, Classifier
from mojika.training.precision import Precision
from mojika.training.schedules import Schedule, cosine, multi_step, with_warm_up
from mojika.training.step import BatchAugmentation


def build_architecture(recipe: argparse.Namespace) -> Architecture:
    return Architecture(
        model=recipe.model,
        channels=1 if recipe.grayscale else 3,
        input_size=recipe.input_size,
        head="l2softmax" if recipe.l2softmax else "linear",
        temperature=recipe.l2softmax_temp,
    )


def build_model(recipe: argparse.Namespace, split: SplitList) -> Classifier:
    """The network with weights drawn from the recipe's seed, or pretrained."""
    torch.manual_seed(recipe.seed)
    class_counts = {name: len(classes) for name, classes in split.classes.items()}
    return Classifier(build_architecture(recipe), class_counts, recipe.pretrained)


def build_augmentation(recipe: argparse.Namespace) -> AugmentationRecipe:
    return AugmentationRecipe(
        input_size=recipe.input_size,
        scale_size=recipe.scale_size,
        rotate_degree=recipe.random_rotate_degree,
        crop_scale=recipe.random_resized_crop_scale,
        crop_ratio=recipe.random_resized_crop_ratio,
        horizontal_flip=recipe.random_horizontal_flip,
        vertical_flip=recipe.random_vertical_flip,
        brightness=recipe.jitter_brightness,
        contrast=recipe.jitter_contrast,
        saturation=recipe.jitter_saturation,
        hue=recipe.jitter_hue,
        grayscale_prob=recipe.random_grayscale_prob,
        pca_noise=recipe.pca_noise,
        interpolation=recipe.interpolation.lower(),
        mean=recipe.rgb_mean,
        std=recipe.rgb_std,
    )


def build_batch_augmentation(recipe: argparse.Namespace) -> BatchAugmentation:
    """Mixing (or none), then erasing once per sample."""

    def mix(images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        if recipe.mixup:
            return mixup(images, targets, recipe.mixup_alpha, generator)
        if recipe.icap and torch.rand((), generator=generator) < recipe.icap_prob:  # anew for every batch
            return icap(images, targets, recipe.icap_beta, generator)
        return no_mixing(images, targets)

    def augment_batch(images: Tensor, targets: Tensor, generator: torch.Generator) -> Mixed:
        mixed = mix(images, targets, generator)
        if not recipe.random_erasing:
            return mixed
        erased = random_erasing(
            mixed.images,
            p=recipe.random_erasing_p,
            sl=recipe.random_erasing_sl,
            sh=recipe.random_erasing_sh,
            r1=recipe.random_erasing_r1,
            r2=recipe.random_erasing_r2,
            mean=recipe.rgb_mean,
            std=recipe.rgb_std,
            generator=generator,
        )
        return Mixed(erased, mixed.parts)

    return augment_batch


def build_optimizer(recipe: argparse.Namespace, model: torch.nn.Module, precision: Precision) -> torch.optim.Optimizer:
    """Fused, except under fp16: where the scaler skips the first step, fused SGD's momentum starts from garbage."""
    return torch.optim.SGD(
        model.parameters(),
        lr=recipe.base_lr,
        momentum=recipe.momentum,
        weight_decay=recipe.wd,
        fused=precision.dtype != torch.float16,
    )


def build_schedule(recipe: argparse.Namespace, steps_per_epoch: int) -> Schedule:
    warm_up_steps = round(recipe.warmup_epochs * steps_per_epoch)
    if recipe.cosine_annealing_t_max:
        schedule = cosine(
            recipe.base_lr,
            steps_per_epoch,
            recipe.cosine_annealing_t_max,
            recipe.cosine_annealing_eta_min,
            recipe.cosine_annealing_mult,
            first_step=warm_up_steps,
        )
    else:
        schedule = multi_step(recipe.base_lr, steps_per_epoch, recipe.lr_step_epochs, recipe.lr_factor)
    return with_warm_up(schedule, recipe.base_lr, warm_up_steps)


def describe(recipe: dict[str, Any], architecture: Architecture, split: SplitList, data: str) -> dict[str, Any]:
    """What a checkpoint carries besides the state: enough to build the model and to judge whether a rerun matches."""
    return {
        "args": recipe,
        "arch": architecture.to_plain(),
        "classes": {name: classes.to_plain() for name, classes in split.classes.items()},
        "class_list_digest": {name: classes.digest for name, classes in split.classes.items()},
        "data": data,
    }
