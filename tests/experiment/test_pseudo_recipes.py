"""The scripts of the second training and of refinement say what the reference solution did."""

from pathlib import Path

import pytest

from mojika.experiment.validation import adopt, resolve

ROOT = Path(__file__).parents[2]
FIRST, SECOND, REFINE = (
    sorted((ROOT / "train_scripts" / folder).glob("0[1-5]_*.sh")) for folder in ("", "pseudo_labeling", "pseudo_refine")
)
NUMBERS = ["01", "02", "03", "04", "05"]
NETWORKS = ["efficientnet-b4", "resnet152", "se_resnext101_32x4d", "se_resnext101_32x4d", "resnet152"]
REFINED = {
    "epochs": 3, "start_epoch": 0, "warmup_epochs": 0, "refine": True, "onehot": True, "pseudo_weight": 0.9,
    "optimizer": "sgd", "momentum": 0.9, "base_lr": 1e-5, "wd": 1e-4, "head_kind": "l2softmax", "l2softmax_temp": 0.05,
    "random_resized_crop_scale": (0.9, 0.9), "random_resized_crop_ratio": (1, 1), "random_horizontal_flip": 0,
    "random_vertical_flip": 0, "random_rotate_degree": 0, "jitter_brightness": 0, "jitter_contrast": 0,
    "jitter_saturation": 0, "jitter_hue": 0, "pca_noise": 0, "random_grayscale_prob": 0, "random_erasing": False,
    "mixing": {}, "undersampling": None, "drop_last": True,
}  # fmt: skip
AS_TRAINED = ("grayscale", "rgb_mean", "rgb_std", "scale_size", "input_size", "train", "valid", "head_kind")
BATCH_SIZES = [96, 96, 96, 64, 96]


def test_there_are_five_of_each():
    for scripts in (FIRST, SECOND, REFINE):
        assert [script.name[:2] for script in scripts] == NUMBERS
        assert all(len(script.read_text().splitlines()) <= 40 for script in scripts)


@pytest.mark.parametrize("number", range(5))
def test_the_second_training_differs_from_the_first_in_lists_and_name_only(flags_of, number):
    first, second = vars(flags_of(FIRST[number])), vars(flags_of(SECOND[number]))
    assert {name for name in first if first[name] != second[name]} == {"train", "valid", "prefix"}
    for name in ("train", "valid"):
        folder = Path(first[name]).parent
        assert second[name] == f"{folder}_pseudo/{name}.csv"
    assert second["prefix"] == SECOND[number].stem == f"{FIRST[number].stem}_pseudo"


@pytest.mark.parametrize("number", range(5))
def test_refinement_goes_on_from_the_second_model_as_the_reference_did(flags_of, number):
    network = NETWORKS[number]
    second, given = resolve(flags_of(SECOND[number])), flags_of(REFINE[number])
    assert given.resume == f"models/{second.prefix}/best.model" and given.model is None
    recipe = resolve(adopt(given, {"arch": {"model": network}, "epoch": 66}))  # the file says which network it holds
    assert {name: getattr(recipe, name) for name in REFINED} == REFINED
    assert {name: getattr(recipe, name) for name in AS_TRAINED} == {name: getattr(second, name) for name in AS_TRAINED}
    assert recipe.batch_size == recipe.val_batch_size == BATCH_SIZES[number]
    assert (recipe.model, recipe.prefix, second.model) == (network, REFINE[number].stem, network)


def test_no_milestone_lowers_the_rate_within_the_three_epochs(flags_of):
    recipe = resolve(flags_of(REFINE[0]))
    assert recipe.schedule == "multi-step" and min(recipe.lr_step_epochs) >= recipe.epochs


@pytest.mark.parametrize("scripts", [SECOND, REFINE], ids=["second", "refine"])
def test_flags_behind_a_script_win(flags_of, scripts):
    recipe = flags_of(scripts[3], "--epochs", "1", "--batch-size", "4")
    assert (recipe.epochs, recipe.batch_size) == (1, 4)
