"""From a resolved recipe to the objects that the training loop is given."""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from mojika.augmentation.image import ImageAugmentation
from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import SplitList
from mojika.experiment.validation import to_plain
from mojika.models.architecture import Architecture
from mojika.models.batch_norm import start_from_one
from mojika.models.classifier import Classifier
from mojika.models.heads import HEADS
from mojika.models.input_spec import InputSpec
from mojika.parameters.flags import Flags
from mojika.training.criterion import Criterion
from mojika.training.distributed import World
from mojika.training.loop_settings import LoopSettings
from mojika.training.losses import LOSSES, HardestOf
from mojika.training.optimizers import create_optimizer
from mojika.training.precision import Precision
from mojika.training.schedules import (
    Schedule,
    cosine,
    multi_step,
    one_cycle,
    plateau,
    warm_up_cosine,
    with_warm_up,
    with_warm_up_of_2019,
)


def build_input_spec(recipe: argparse.Namespace, split: SplitList) -> InputSpec:
    steps = split.preprocessing.get("page_preprocessing")
    return InputSpec(
        channels=1 if recipe.grayscale else 3,
        mean=recipe.rgb_mean,
        std=recipe.rgb_std,
        scale_size=recipe.scale_size,
        input_size=recipe.input_size,
        interpolation=recipe.interpolation.lower(),
        grapheme_form=split.preprocessing.get("grapheme_size"),
        page_preprocessing=None if steps is None else tuple(steps),
        channels_exchanged=recipe.exchange_channels,
    )


def build_architecture(recipe: argparse.Namespace) -> Architecture:
    return Architecture(
        model=recipe.model,
        channels=1 if recipe.grayscale else 3,
        input_size=recipe.input_size,
        head=recipe.head_kind,
        head_parameters=Flags(HEADS[recipe.head_kind], recipe.head_kind).arguments(recipe),
        pooling=recipe.pooling,
        activation=recipe.activation,
        blur_pool=recipe.blur_pool,
        dropout=recipe.dropout,
        neck=recipe.neck,
        gate=recipe.head_gate,
        drop_path_rate=recipe.drop_path_rate,
        batch_norm_momentum=recipe.bn_momentum,
        static_padding=recipe.static_padding,
        signed_features=recipe.signed_features,
        gate_reduction=recipe.head_gate_reduction,
        neck_layout=recipe.neck_layout,
        neck_activation=recipe.neck_activation,
        neck_shared=recipe.neck_shared,
    )


def build_model(recipe: argparse.Namespace, split: SplitList, pretrained: str | None) -> Classifier:
    """The network with weights drawn from the recipe's seed, or `pretrained` ("timm", or a file in timm's layout)."""
    torch.manual_seed(recipe.seed)
    class_counts = {name: len(classes) for name, classes in split.classes.items()}
    model = Classifier(build_architecture(recipe), class_counts, pretrained)
    if recipe.unit_gamma and not pretrained:
        start_from_one(model)
    return model


def build_augmentation(recipe: argparse.Namespace) -> ImageAugmentation:
    return ImageAugmentation(
        input_size=recipe.input_size,
        scale_size=recipe.scale_size,
        **Flags(ImageAugmentation).arguments(recipe),
        interpolation=recipe.interpolation.lower(),
        mean=recipe.rgb_mean,
        std=recipe.rgb_std,
    )


def build_criterion(recipe: argparse.Namespace) -> Criterion:
    target_loss, hardest, hardest_of = LOSSES[recipe.loss]

    def own(component: Callable) -> dict[str, Any]:
        return Flags(component, recipe.loss).arguments(recipe)

    return Criterion(
        partial(target_loss, label_smoothing=recipe.label_smoothing, **own(target_loss)),
        hardest and partial(hardest, **own(hardest)),
        recipe.onehot,
        recipe.head_weights,
        recipe.teacher_weight,
        recipe.teacher_temperature,
        hardest_of(**own(hardest_of)) if hardest_of else HardestOf(),
    )


def build_inputs(
    recipe: argparse.Namespace, splits: tuple[SplitList, SplitList], device: torch.device, world: World
) -> tuple[InputPipeline, InputPipeline]:
    augmentation = build_augmentation(recipe)
    train, valid = (
        InputPipeline(
            split,
            augmentation,
            device,
            residency=recipe.residency,
            workers=recipe.workers,
            seed=recipe.seed,
            rank=world.rank,
            processes=world.size,
        )
        for split in splits
    )
    return train, valid


def build_optimizer(recipe: argparse.Namespace, model: torch.nn.Module, precision: Precision) -> torch.optim.Optimizer:
    """Fused, except under fp16: where the scaler skips the first step, fused SGD's momentum starts from garbage."""
    arguments = Flags(create_optimizer).arguments(recipe)
    return create_optimizer(model.parameters(), **arguments, fused=precision.dtype != torch.float16)


def build_schedule(recipe: argparse.Namespace, steps_per_epoch: int) -> Schedule:
    total_steps = recipe.steps or recipe.epochs * steps_per_epoch
    warm_up_steps = round(recipe.warmup_epochs * steps_per_epoch)
    if recipe.warmup_share is not None:
        warm_up_steps = round(recipe.warmup_share * total_steps)
    if recipe.schedule == "one-cycle":
        return one_cycle(recipe.base_lr, total_steps, warm_up_steps)
    if recipe.schedule == "warmup-cosine":
        return warm_up_cosine(recipe.base_lr, total_steps, warm_up_steps, recipe.min_lr)
    if recipe.schedule == "cosine":
        cycles = Flags(cosine, "cosine_annealing").arguments(recipe)
        schedule = cosine(recipe.base_lr, steps_per_epoch, **cycles, first_step=warm_up_steps)
    elif recipe.schedule == "plateau":
        peak = recipe.base_lr
        if recipe.warmup_form == "2019" and recipe.warmup_epochs:  # it went on from where the warm-up ended
            peak *= recipe.warmup_epochs / (recipe.warmup_epochs + 1)
        schedule = plateau(peak, recipe.lr_patience, recipe.lr_factor, recipe.min_lr)
    else:
        # a refined model starts with the full --base-lr, however many milestones its training has passed
        passed = recipe.start_epoch if recipe.refine else -1
        milestones = tuple(epoch for epoch in recipe.lr_step_epochs if epoch > passed)
        rates = recipe.lr_rates and recipe.lr_rates[len(recipe.lr_step_epochs) - len(milestones) :]
        schedule = multi_step(recipe.base_lr, steps_per_epoch, milestones, recipe.lr_factor, rates)
    if recipe.warmup_form == "2019":
        restored = recipe.schedule == "multi-step"
        return with_warm_up_of_2019(schedule, recipe.base_lr, steps_per_epoch, recipe.warmup_epochs, restored=restored)
    return with_warm_up(schedule, recipe.base_lr, warm_up_steps)


def build_loop_settings(recipe: argparse.Namespace, steps_per_epoch: int, channels_last: bool) -> LoopSettings:
    return LoopSettings(
        epochs=recipe.epochs,
        steps_per_epoch=steps_per_epoch,
        batch_size=recipe.batch_size,
        valid_batch_size=recipe.val_batch_size,
        first_epoch=recipe.start_epoch,
        steps=recipe.steps,
        drop_last=recipe.drop_last,
        undersampling=recipe.undersampling,
        accumulation=recipe.grad_accumulation,
        freeze_batch_norm=recipe.freeze_bn,
        compile=recipe.compile,
        keep=recipe.keep,
        best_by=recipe.best_by,
        validate_every=recipe.eval_every,
        seed=recipe.seed,
        log_every=recipe.disp_batches,
        save_minutes=recipe.save_minutes,
        pictures_every=recipe.log_images or 1,
        channels_last=channels_last,
    )


def describe(
    recipe: argparse.Namespace, split: SplitList, data: str, processes: int, teacher: str | None = None
) -> dict[str, Any]:
    """What a checkpoint carries besides the state: enough to read with it and to judge whether a rerun matches."""
    return {
        "args": to_plain(recipe),
        "arch": build_architecture(recipe).to_plain(),
        "input": build_input_spec(recipe, split).to_plain(),
        "precision": recipe.amp,
        "classes": {name: classes.to_plain() for name, classes in split.classes.items()},
        "class_list_digest": {name: classes.digest for name, classes in split.classes.items()},
        "data": data,
        "processes": processes,
        "teacher": teacher,
        "preprocessing": split.preprocessing,
    }
