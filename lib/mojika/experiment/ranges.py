"""Which numbers the flags of `train.py` may have."""

import argparse
import math

from mojika.errors import UserError

_POSITIVE = (
    *("epochs", "steps", "batch_size", "val_batch_size", "grad_accumulation", "workers", "eval_every", "neck"),
    "teacher_temperature",
    *(
        "undersampling",
        "lr_patience",
        "cosine_annealing_t_max",
        "cosine_annealing_mult",
    ),
    *(
        "ohem_scale",
        "pseudo_weight",
    ),
)
_NOT_NEGATIVE = (
    *("start_epoch", "disp_batches", "save_minutes", "warmup_epochs", "lr_factor", "min_lr"),
    *("cosine_annealing_eta_min", "focal_gamma", "ohem_start", "random_rotate_degree"),
    *("random_shear_degree",),
    *("jitter_brightness", "jitter_contrast", "jitter_saturation", "pca_noise", "seed"),
)
_FRACTIONS = (
    *("random_horizontal_flip", "random_vertical_flip", "random_grayscale_prob"),
    "ohem_floor",
    *(
        "teacher_weight",
        "warmup_share",
    ),
)
_BELOW_ONE = ("label_smoothing", "dropout", "ema_decay")


def check_ranges(recipe: argparse.Namespace) -> None:
    """Raises `UserError` for the first number of a recipe that has no meaning."""
    for names, holds, expected in (
        (_POSITIVE, lambda value: 0 < value < math.inf, "a positive number"),
        (_NOT_NEGATIVE, lambda value: 0 <= value < math.inf, "zero or a positive number"),
        (_FRACTIONS, lambda value: 0 <= value <= 1, "a fraction from 0 to 1"),
        (_BELOW_ONE, lambda value: 0 <= value < 1, "a fraction from 0 to below 1"),
        (("jitter_hue",), lambda value: 0 <= value <= 0.5, "0 to 0.5 of the colour circle"),
    ):
        for name in names:
            value = getattr(recipe, name)
            if value is not None and not holds(value):
                raise UserError(f"--{name.replace('_', '-')} {value}: expected {expected}")
    if not recipe.steps and recipe.start_epoch >= recipe.epochs:
        raise UserError(f"--start-epoch {recipe.start_epoch}: leaves nothing of --epochs {recipe.epochs}")
    if recipe.grad_accumulation > recipe.batch_size:
        raise UserError(f"--grad-accumulation {recipe.grad_accumulation}: more parts than --batch-size has images")
    if recipe.schedule in ("plateau", "warmup-cosine") and recipe.min_lr > recipe.base_lr:
        raise UserError(f"--min-lr {recipe.min_lr} is larger than --base-lr {recipe.base_lr}")
