"""The Bengali recipes say what their solutions did, and their networks can be built."""

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from mojika.experiment.training_setup import build_architecture, build_criterion, build_schedule
from mojika.experiment.validation import resolve
from mojika.models.classifier import Classifier

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "train_scripts" / "bengali").glob("0[1-9]_*.sh"))
HEADS = {"grapheme_root": 168, "vowel_diacritic": 11, "consonant_diacritic": 7}

UPRIGHT = {"random_horizontal_flip": 0, "random_vertical_flip": 0, "jitter_brightness": 0, "jitter_contrast": 0}
COMMON = UPRIGHT | {"grayscale": True, "pretrained": "timm", "drop_last": True, "model_dir": "models/bengali"}
CROPPED = {"scale_size": 128, "input_size": 128, "rgb_mean": (0.0692,), "rgb_std": (0.2051,)}
A = COMMON | CROPPED | {
    "activation": "mish", "mixing": {"mixup": 0.3, "cutmix": 0.5}, "loss": "ohem", "ohem_start": 30, "ohem_scale": 60,
    "ohem_floor": 0.65, "head_weights": (0.7, 0.2, 0.1), "schedule": "plateau", "epochs": 210, "best_by": "loss",
    "neck": 512, "neck_layout": "norm-drop-linear", "dropout": 0.5,
}  # fmt: skip
CUTOUT = {"cutout": True, "cutout_p": 0.2, "cutout_holes": 16, "cutout_length": 128 // 14}
GRIDMASK = {"gridmask": True, "gridmask_p": 0.2, "gridmask_keep": 0.5}
AUGMIX = {"augmix": True, "augmix_p": 0.2, "augmix_severity": 1, "augmix_width": 1}
TABLE = {
    "01": A | CUTOUT | {"model": "se_resnext50_32x4d", "pooling": "avgmax"},
    "02": A | GRIDMASK | {"model": "se_resnext101_32x4d", "pooling": "avgmax"},
    "03": A | AUGMIX | {"model": "densenet121", "pooling": "gem", "neck_activation": "silu"},
    "04": A | CUTOUT | AUGMIX | {"model": "efficientnet-b4", "pooling": "gem", "activation": "silu"},
    "05": A | GRIDMASK | {"model": "ghostnet_100", "pooling": "gem"},
    "06": COMMON | {
        "model": "tf_efficientnet_b4.ns_jft_in1k", "scale_size": (192, 330), "input_size": (192, 330),
        "rgb_mean": (0.053,), "rgb_std": (0.165,), "dropout": 0.5, "head_gate": True, "head_gate_reduction": 8,
        "mixing": {"cutmix": 1.0}, "cutmix_beta": 1, "cutmix_per_sample": True, "cutmix_keep_half": True,
        "optimizer": "ranger", "loss": "ce",
        "head_weights": (2, 1, 1), "schedule": "warmup-cosine", "eval_every": 1000, "best_by": "score", "amp": "auto",
        "random_rotate_degree": 0, "random_resized_crop_scale": (1, 1), "random_resized_crop_ratio": (1, 1),
    },
    "07": COMMON | CROPPED | {
        "model": "efficientnet-b3", "pooling": "gem", "neck": 512, "optimizer": "lars", "mixing": {},
    },
}  # fmt: skip
ERASING = ("cutout", "gridmask", "augmix", "random_erasing")


@pytest.fixture
def recipe_of(flags_of) -> Callable[..., argparse.Namespace]:
    """`recipe_of(script, *more)`: the recipe that a script trains by."""
    return lambda script, *more: resolve(flags_of(script, *more))


def test_there_are_seven():
    assert [script.name[:2] for script in SCRIPTS] == list(TABLE)
    folder = SCRIPTS[0].parent
    assert all(len(script.read_text().splitlines()) <= 40 for script in folder.rglob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name[:2])
def test_script_says_what_its_solution_did(recipe_of, script):
    recipe, expected = recipe_of(script), TABLE[script.name[:2]]
    assert {name: getattr(recipe, name) for name in expected} == expected
    assert [name for name in ERASING if getattr(recipe, name)] == [name for name in ERASING if name in expected]
    assert recipe.prefix == script.stem
    pack = script.stem.rsplit("_", 1)[1]  # by which the stage of evaluation finds the list
    assert (recipe.train, recipe.valid) == tuple(
        f"da ta/splits/fold0_unseen/{pack}/{n}.csv" for n in ("train", "valid")
    )
    assert recipe_of(script, "--lists", f"fold0/{pack}").train == f"da ta/splits/fold0/{pack}/train.csv"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name[:2])
def test_network_has_one_channel_and_three_heads(recipe_of, script):
    recipe = recipe_of(script)
    with torch.device("meta"):
        model = Classifier(build_architecture(recipe), HEADS)
    assert next(module for module in model.backbone.modules() if isinstance(module, nn.Conv2d)).in_channels == 1
    for name, classes in HEADS.items():
        sizes = [module.out_features for module in model.heads[name].modules() if isinstance(module, nn.Linear)]
        assert classes in sizes and (512 in sizes) == (recipe.neck == 512) and (len(sizes) > 2) == recipe.head_gate
    mish = {type(module).__name__ for module in model.backbone.modules()} & {"Mish", "ReLU", "SiLU", "Swish"}
    assert (mish == {"Mish"}) == (recipe.activation == "mish")


def test_all_samples_count_until_epoch_30_and_at_least_65_percent_later(recipe_of):
    rate = build_criterion(recipe_of(SCRIPTS[0])).hardest
    assert [round(rate(epoch), 4) for epoch in (0, 30, 45, 60, 209)] == [1, 1, 0.7788, 0.65, 0.65]


def test_a_fifth_of_the_steps_is_warm_up_and_the_last_step_has_nearly_no_rate(recipe_of):
    recipe, steps_per_epoch = recipe_of(SCRIPTS[5]), 50
    schedule, steps = build_schedule(recipe, steps_per_epoch), recipe.epochs * steps_per_epoch
    rates = [schedule(step) for step in range(steps)]
    assert rates.index(max(rates)) == steps // 5 - 1 and max(rates) == recipe.base_lr
    assert rates[(steps - steps // 5) // 2 + steps // 5] == pytest.approx(recipe.base_lr / 2)
    assert rates[-1] < 1e-5 * recipe.base_lr
    by_steps = build_schedule(recipe_of(SCRIPTS[5], "--steps", "80"), steps_per_epoch)
    assert [by_steps(step) / recipe.base_lr for step in (0, 15, 16, 48, 80)] == pytest.approx([1 / 16, 1, 1, 0.5, 0])


def test_flags_behind_a_script_win(recipe_of):
    for script in SCRIPTS:
        recipe = recipe_of(script, "--epochs", "13", "--batch-size", "4", "--prefix", "mine")
        assert (recipe.epochs, recipe.batch_size, recipe.prefix) == (13, 4, "mine")
