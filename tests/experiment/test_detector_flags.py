import subprocess
import sys
from pathlib import Path

import pytest

from mojika.errors import UserError
from mojika.experiment.detector_flags import NEUTRAL_FLAGS, build_parser, resolve
from mojika.experiment.detector_run import defaults
from mojika.experiment.run_folder import Identity


def identity(**args) -> Identity:
    description = {"detector": {}, "args": args, "processes": 1, "data": "pages"}
    return Identity(description, neutral=NEUTRAL_FLAGS, defaults=defaults(), files={"data": "the pages"})


def test_a_run_of_before_shared_heads_goes_on_without_one():
    saved = identity(width=48).description
    identity(width=48, shared_head=False).check(saved, Path("models/old"))
    with pytest.raises(UserError, match="changed: --shared-head False -> True"):
        identity(width=48, shared_head=True).check(saved, Path("models/old"))


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"detector": {}, "processes": 1, "data": "other pages"}, "changed: the pages. Use another --prefix"),
        ({"detector": {}, "processes": 2, "data": "pages"}, "changed: processes 2 -> 1 (torchrun)"),
        ({"arch": {}, "processes": 1, "data": "pages"}, "holds the run of a classifier"),
    ],
)
def test_a_rerun_with_other_pages_processes_or_model_is_refused(saved, message):
    with pytest.raises(UserError) as error:
        identity(width=48).check({**saved, "args": {"width": 48}}, Path("models/old"))
    assert message in str(error.value)


def test_the_recipe_of_2019_resolves_to_what_was_done_then(arguments_of):
    """Beside the values of its configuration, and of its program where that did something else."""
    script = Path(__file__).parents[2] / "train_scripts" / "2019" / "00_detector.sh"
    recipe = vars(resolve(build_parser().parse_args(arguments_of(script))))
    expected = {
        "repeat_books": "brsk,200014740,200003967,200006663,200003076", "repeats": 2, "random_grayscale_prob": 1.0,
        "jitter_brightness": 0.2, "jitter_contrast": 0.2, "jitter_saturation": 0.2, "jitter_hue": 0.2,
        "freeze_bn": True, "freeze_bn_affine": True, "base_lr": 0.01, "wd": 1e-4, "bias_lr_factor": 2.0, "bias_wd": 0.0,
        "warmup_steps": 1500, "lr_steps": (50_000,), "iterations": 100_000, "snapshots": (60_000, 100_000),
        "short_side": (1000, 1600),
    }  # fmt: skip
    assert {name: recipe[name] for name in expected} == expected
    assert recipe["warmup_start"] == pytest.approx(1 / 3, abs=1e-4)


def test_epochs_are_kept_as_those_of_classifiers():
    flags = ["--labels", "train.csv", "--images", "pages", "--hold-out", "book"]
    assert [resolve(build_parser().parse_args([*flags, *keep])).keep for keep in ([], ["--keep", "3"])] == ["none", 3]
    with pytest.raises(UserError, match="--keep few: expected none, all or a number of epochs"):
        resolve(build_parser().parse_args([*flags, "--keep", "few"]))


def test_scales_of_batch_norm_are_kept_only_with_its_statistics():
    given = ["--labels", "", "--images", "", "--hold-out", "", "--freeze-bn-affine"]
    with pytest.raises(UserError, match="--freeze-bn-affine: expected --freeze-bn beside it"):
        resolve(build_parser().parse_args(given))


def test_help_does_not_wait_for_torch():
    code = "import sys, mojika.cli.train_detector; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
