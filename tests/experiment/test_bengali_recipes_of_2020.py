"""The Bengali recipes as they were: what train_scripts/bengali/2020 resolves to, beside what the public code says."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.training_setup import build_architecture, build_criterion, build_schedule
from mojika.experiment.validation import resolve
from mojika.models.classifier import Classifier

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "train_scripts" / "bengali" / "2020").glob("0[1-9]_*.sh"))
HEADS = {"grapheme_root": 168, "vowel_diacritic": 11, "consonant_diacritic": 7}

STILL = {
    "random_resized_crop_scale": (1, 1), "random_resized_crop_ratio": (1, 1), "random_horizontal_flip": 0,
    "random_vertical_flip": 0, "random_rotate_degree": 0, "jitter_brightness": 0, "jitter_contrast": 0, "elastic": 0,
    "random_erasing": False, "grayscale": True, "pretrained": "timm",
}  # fmt: skip
NOISY = ("gaussian_noise", "blur", "gaussian_blur", "gamma")
A = STILL | {
    "scale_size": (137, 236), "input_size": (137, 236), "rgb_mean": (0,), "rgb_std": (1,), "batch_size": 32,
    "activation": "mish", "neck": 512, "neck_layout": "norm-drop-linear", "neck_activation": None, "dropout": 0.5,
    "neck_shared": False, "head_gate": False, "mixing": {"mixup": 0.3, "cutmix": 0.5}, "cutmix_per_sample": False,
    "cutmix_keep_half": False, "loss": "ohem", "ohem_per_target": True, "ohem_mixed_only": True,
    "head_weights": (0.7, 0.2, 0.1), "optimizer": "adam", "base_lr": 1.25e-3 / 50, "wd": 0, "schedule": "plateau",
    "lr_patience": 5, "lr_factor": 0.5, "min_lr": 1e-7, "warmup_epochs": 0, "epochs": 210, "best_by": "loss",
    "shift_scale_rotate_p": 0.9, "shift_scale_rotate_scale": 0.25, "shift_scale_rotate_shift": 0.0625,
    "shift_scale_rotate_rotate": 45, "cutout_holes": 10, "cutout_length": 128 // 16, "gridmask_keep": 0.5,
    "augmix_p": 0.05, "augmix_severity": 1, "augmix_width": 1, "drop_last": False,
    "gaussian_noise_variance": 0.01, "blur_kernel": 7, "gaussian_blur_kernel": 3, "gamma_range": (0.8, 1.2),
} | dict.fromkeys((*NOISY, "shift_scale_rotate", "cutout", "gridmask", "augmix"), True)  # fmt: skip
EFFICIENTNET = {"drop_path_rate": 0.2, "bn_momentum": 0.01}
TABLE = {
    "01": A | {"model": "se_resnext50_32x4d", "pooling": "avgmax"},
    "02": A | {"model": "se_resnext101_32x4d", "pooling": "avgmax"},
    "03": A | {"model": "densenet121", "pooling": "gem", "neck_activation": "silu"},
    "04": A | EFFICIENTNET | {"model": "efficientnet-b4", "pooling": "gem", "activation": "silu"},
    "05": A | {"model": "ghostnet_100", "pooling": "gem"},
    "06": STILL | EFFICIENTNET | {
        "model": "tf_efficientnet_b4.ns_jft_in1k", "scale_size": (192, 330), "input_size": (192, 330),
        "rgb_mean": (0.053,), "rgb_std": (0.165,), "batch_size": 64 * 8, "grad_accumulation": 8, "dropout": 0.5,
        "neck": None, "head_gate": False, "pooling": "default", "activation": None, "loss": "ce",
        "head_weights": (2, 1, 1), "optimizer": "radam", "base_lr": 4e-3, "wd": 0, "steps": 20_010, "eval_every": 2000,
        "disp_batches": 500, "schedule": "warmup-cosine", "warmup_share": 0.2, "min_lr": 1e-4 * 4e-3,
        "best_by": "score", "mixing": {"cutmix": 1.0}, "cutmix_beta": 1, "cutmix_per_sample": True,
        "cutmix_keep_half": True,
    } | dict.fromkeys((*NOISY, "shift_scale_rotate"), False),
    "07": STILL | EFFICIENTNET | {
        "model": "efficientnet-b3", "scale_size": 128, "input_size": 128, "rgb_mean": (0,), "pooling": "gem",
        "neck": 512, "neck_layout": "linear-norm", "neck_shared": True, "dropout": 0.2, "batch_size": 16, "epochs": 15,
        "loss": "ce", "head_weights": (2, 1, 1), "optimizer": "lars", "momentum": 0, "wd": 1e-3, "mixing": {},
        "shift_scale_rotate_p": 1, "shift_scale_rotate_scale": 0.1, "shift_scale_rotate_rotate": 45,
        "grid_distortion_p": 0.1, "grid_distortion_steps": 5, "grid_distortion_limit": 0.05,
        "optical_distortion_p": 0.1, "optical_distortion_limit": 0.05, "gamma_p": 0.8,
    } | dict.fromkeys((*NOISY, "shift_scale_rotate", "grid_distortion", "optical_distortion"), True),
}  # fmt: skip


@pytest.fixture
def recipe_of(flags_of) -> Callable[..., argparse.Namespace]:
    return lambda script, *more: resolve(flags_of(script, *more))


def test_there_are_seven():
    assert [script.name[:2] for script in SCRIPTS] == list(TABLE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name[:2])
def test_script_says_what_was_done_in_2020(recipe_of, script):
    recipe, expected = recipe_of(script), TABLE[script.name[:2]]
    found = {name: getattr(recipe, name) for name in expected}
    assert found == {name: pytest.approx(value) if type(value) is float else value for name, value in expected.items()}
    assert recipe.prefix == script.stem and recipe.model_dir == "models/bengali_2020"
    fold = "root0" if script.name.startswith("06") else "fold1"  # (b): a sixth, by root
    assert recipe.valid == f"da ta/splits/{fold}/{script.stem.rsplit('_', 1)[1]}/valid.csv"
    build_batch_augmentation(recipe)


@pytest.mark.parametrize("number", [0, 2, 3, 6])
def test_networks_can_be_built(recipe_of, number):
    recipe = recipe_of(SCRIPTS[number])
    with torch.device("meta"):
        model = Classifier(build_architecture(recipe), HEADS)
    hidden = [module for module in model.heads["grapheme_root"].neck if isinstance(module, nn.Linear)]
    assert [layer.out_features for layer in hidden] == [512]
    necks = {id(head.neck) for head in model.heads.values()}
    assert len(necks) == (1 if recipe.neck_shared else 3)


def test_one_of_noise_blurs_and_gamma_has_the_shares_that_albumentations_draws(recipe_of):
    """Of a choice with probability 0.4 between steps of probabilities 0.5, 0.5, 0.5 (and 0.8), each by its weight."""
    recipe = recipe_of(SCRIPTS[0])
    shares = [getattr(recipe, f"{name}_p") for name in NOISY]
    assert shares == pytest.approx([0.4 * weight / 2.3 for weight in (0.5, 0.5, 0.5, 0.8)], abs=1e-3)
    assert [recipe.cutout_p, recipe.gridmask_p] == pytest.approx([0.2 * 0.3, 0.2 * 0.7])
    recipe = recipe_of(SCRIPTS[6])
    assert [getattr(recipe, f"{name}_p") for name in NOISY[:3]] == pytest.approx([0.4 / 3] * 3, abs=1e-3)
    assert recipe.gaussian_noise_variance == pytest.approx(1 / 255**2, rel=2e-3)


def test_the_share_of_the_hardest_falls_without_a_floor(recipe_of):
    """The column of the reference in a run of both."""
    rate = build_criterion(recipe_of(SCRIPTS[0])).hardest
    found = [rate(epoch) for epoch in (30, 45, 55, 60, 100, 209)]
    assert found == pytest.approx([1, 0.779, 0.659, 0.607, 0.311, 0.051], abs=1e-3)


def test_learning_rates_of_b_and_c_rise_and_fall_as_theirs(recipe_of):
    schedule = build_schedule(recipe_of(SCRIPTS[5]), steps_per_epoch=300)
    assert [schedule(step) for step in (4001, 12_006, 20_010)] == pytest.approx([4e-3, 2e-3, 4e-7], rel=1e-3)
    schedule = build_schedule(recipe_of(SCRIPTS[6]), steps_per_epoch=100)
    assert [0.001 * schedule(step) for step in (0, 750, 1500)] == pytest.approx([2e-3, 1.01e-3, 2e-5])


def test_levels_of_c_are_unscaled(recipe_of):
    recipe = recipe_of(SCRIPTS[6])
    assert (recipe.rgb_mean, 255 * recipe.rgb_std[0]) == ((0,), pytest.approx(1))
