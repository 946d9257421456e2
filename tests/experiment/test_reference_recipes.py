"""The numbered scripts resolve to the table of the reference solution (five models, held-out books, schedules)."""

from pathlib import Path

import pytest
import yaml

from mojika.cli.train import main
from mojika.experiment.validation import resolve, to_plain

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted((ROOT / "train_scripts").glob("0[1-5]_*.sh"))

COMMON = {
    "optimizer": "sgd", "momentum": 0.9, "base_lr": 0.1, "wd": 1e-4, "warmup_epochs": 5, "l2softmax": True,
    "l2softmax_temp": 0.05, "random_resized_crop_scale": [0.85, 0.9], "random_resized_crop_ratio": [0.875, 1.14285714],
    "random_horizontal_flip": 0, "random_vertical_flip": 0, "undersampling": 2000, "drop_last": True,
    "random_erasing": True, "random_erasing_p": 0.5, "random_erasing_sl": 0.02, "random_erasing_sh": 0.4,
}  # fmt: skip
GRAY_JITTER = {"jitter_brightness": 0.1, "jitter_contrast": 0.1, "jitter_saturation": 0.1, "jitter_hue": 0.05}
STEPS = {"epochs": 80, "lr_step_epochs": [20, 40, 60, 70], "cosine_annealing_t_max": None}
COSINE = {"epochs": 90, "cosine_annealing_t_max": 86, "cosine_annealing_mult": 1}
MIXUP = {"mixup": True, "icap": False}
ICAP = {"mixup": False, "icap": True, "icap_beta": 1.0, "icap_prob": 0.5}
STRONG_JITTER = {
    "jitter_brightness": 0.25, "jitter_contrast": 0.25, "jitter_saturation": 0.25, "jitter_hue": 0.125,
    "pca_noise": 0.125, "random_grayscale_prob": 0.2,
}  # fmt: skip
SMALL = {"scale_size": 124, "input_size": 112}
TABLE = {
    "01": COMMON | GRAY_JITTER | STEPS | MIXUP | {
        "model": "efficientnet-b4", "grayscale": True, "rgb_mean": [0.589], "rgb_std": [0.364], "scale_size": 210,
        "input_size": 190, "batch_size": 128, "random_rotate_degree": 3, "pretrained": None, "book": "200015779",
    },
    "02": COMMON | GRAY_JITTER | STEPS | MIXUP | SMALL | {
        "model": "resnet152", "grayscale": True, "rgb_mean": [0], "rgb_std": [1], "batch_size": 512,
        "random_rotate_degree": 3, "pretrained": None, "book": "200015779",
    },
    "03": COMMON | STEPS | MIXUP | SMALL | {
        "model": "se_resnext101_32x4d", "grayscale": False, "batch_size": 256, "random_rotate_degree": 3,
        "jitter_brightness": 0.2, "jitter_contrast": 0.2, "jitter_saturation": 0.2, "jitter_hue": 0.1,
        "pca_noise": 0.1, "random_grayscale_prob": 0.2, "pretrained": "timm", "book": "200015779",
    },
    "04": COMMON | COSINE | ICAP | SMALL | STRONG_JITTER | {
        "model": "se_resnext101_32x4d", "grayscale": False, "batch_size": 256, "random_rotate_degree": 5,
        "cosine_annealing_eta_min": 1e-6, "pretrained": "timm", "book": "200003076",
    },
    "05": COMMON | COSINE | ICAP | SMALL | STRONG_JITTER | {
        "model": "resnet152", "grayscale": False, "batch_size": 512, "random_rotate_degree": 3,
        "cosine_annealing_eta_min": 1e-7, "pretrained": "timm", "book": "200003076",
    },
}  # fmt: skip


def test_there_are_five():
    assert [script.name[:2] for script in SCRIPTS] == list(TABLE)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name[:2])
def test_script_resolves_to_the_table(flags_of, script):
    resolved = to_plain(resolve(flags_of(script)))
    expected = dict(TABLE[script.name[:2]])
    assert f"/{expected.pop('book')}/" in resolved["train"]
    assert {name: resolved[name] for name in expected} == expected
    assert resolved["prefix"] == script.stem
    assert len(script.read_text().splitlines()) <= 40


def test_a_dry_run_prints_the_recipe_and_names_lists_that_do_not_exist_yet(arguments_of, flags_of, capsys):
    assert main(arguments_of(SCRIPTS[1], "--dry-run", "--all-settings", "--device", "cpu")) == 0
    printed, named = capsys.readouterr()
    assert "da ta/splits" in named
    resolved = to_plain(resolve(flags_of(SCRIPTS[1], "--device", "cpu")))
    printed = yaml.safe_load(printed)
    differing = {name for name in resolved if printed.get(name) != resolved[name]}
    assert differing <= {"train", "valid", "dry_run", "all_settings", "amp"}, differing


def test_flags_behind_a_script_win(flags_of):
    flags = flags_of(SCRIPTS[1], "--epochs", "1", "--batch-size", "4")
    assert (flags.epochs, flags.batch_size) == (1, 4)
