"""The dry run of scripts/settings/2019.sh: what its recipes resolve to, beside what was done in 2019."""

from pathlib import Path

import pytest

from mojika.experiment.validation import adopt, resolve, to_plain

ROOT = Path(__file__).parents[2]
ORDINARY = ROOT / "train_scripts"
FIRST, SECOND, REFINE = (
    sorted((ORDINARY / "2019" / folder).glob("0[1-5]_*.sh")) for folder in ("", "pseudo_labeling", "pseudo_refine")
)
NUMBERS = range(5)
ALL = {
    "warmup_form": "2019", "border": "black", "random_erasing_aspect": "uniform", "random_erasing_noise": "normalised",
    "random_erasing": True,
}  # fmt: skip
MIXUP, PLAIN = {"mixing": {"mixup": 1.0}}, {"mixing": {"icap": 0.0}}
OWN = [  # of each model
    {"signed_features": True, "drop_path_rate": 0.2, "static_padding": True, "bn_momentum": 0.01} | MIXUP,
    {"unit_gamma": True} | MIXUP,
    {"exchange_channels": True} | MIXUP,
    {"exchange_channels": True} | PLAIN,
    {"exchange_channels": True} | PLAIN,
]
NEUTRAL = {"model_dir", "train", "valid", "prefix", "log_dir"}


def network(number: int) -> dict[str, dict[str, str] | int]:
    names = ["efficientnet-b4", "resnet152", "se_resnext101_32x4d", "se_resnext101_32x4d", "resnet152"]
    return {"arch": {"model": names[number]}, "epoch": 66}


def test_every_recipe_has_its_counterpart():
    for folder, scripts in (("", FIRST), ("pseudo_labeling", SECOND), ("pseudo_refine", REFINE)):
        ordinary = sorted((ORDINARY / folder).glob("0[1-5]_*.sh"))
        assert [script.name for script in scripts] == [script.name for script in ordinary]
    assert (ORDINARY / "2019" / "00_detector.sh").exists()


@pytest.mark.parametrize("number", NUMBERS)
def test_training_differs_from_the_ordinary_recipe_by_what_2019_did(flags_of, number):
    ours, theirs = (
        to_plain(resolve(flags_of(folder / FIRST[number].name))) for folder in (ORDINARY, ORDINARY / "2019")
    )
    expected = ALL | OWN[number]
    assert {name: theirs[name] for name in expected} == expected
    assert {name for name in theirs if theirs[name] != ours[name]} <= {*expected, "icap_prob", "mixing"} | NEUTRAL


@pytest.mark.parametrize("number", NUMBERS)
def test_the_second_training_is_the_first_with_pseudo_labels(flags_of, number):
    first, second = vars(flags_of(FIRST[number])), vars(flags_of(SECOND[number]))
    assert {name for name in first if first[name] != second[name]} == {"train", "valid", "prefix"}
    assert second["train"] == first["train"].replace("/train.csv", "_pseudo/train.csv")
    assert second["prefix"] == SECOND[number].stem and second["model_dir"] == "models/2019"


@pytest.mark.parametrize("number", NUMBERS)
def test_refinement_has_the_rates_of_2019_by_epoch(flags_of, number):
    given = flags_of(REFINE[number])
    assert given.resume == f"models/2019/{SECOND[number].stem}/best.model"
    recipe = resolve(adopt(given, network(number)))
    rates = [rate_in_epoch(recipe, epoch) for epoch in range(recipe.epochs)]
    slow = [1e-5]
    assert rates == [slow + [1e-3] * 5 + [1e-4] * 10 + slow * 10, slow + [1e-4] * 2, *[slow * 3] * 3][number]
    assert (recipe.refine, recipe.pseudo_weight, recipe.onehot) == (True, 0.9, True)


def rate_in_epoch(recipe, epoch: int) -> float:
    passed = sum(step <= epoch for step in recipe.lr_step_epochs)
    return recipe.lr_rates[passed - 1] if passed and recipe.lr_rates else recipe.base_lr


def test_flags_behind_a_recipe_win(flags_of):
    flags = flags_of(FIRST[3], "--icap-prob", "0.5", "--epochs", "1")
    assert (flags.icap_prob, flags.epochs) == (0.5, 1)
