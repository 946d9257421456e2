"""Settings files: which one the stages and recipes read, in which order recipes are run, and which lists they read."""

from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, positional, value

DATA = "input/kuzushiji-recognition"


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return make_stages(tmp_path)


def test_ten_and_more_recipes_are_trained_and_read_in_the_order_of_their_numbers(stages):
    recipes = stages.root / "recipes"
    recipes.mkdir()
    names = [f"{number:02}_small" for number in range(1, 12)] + ["100_small"]
    for name in [*names, "00_detector", "shared"]:
        (recipes / f"{name}.sh").write_text('source scripts/lib.sh kuzushiji; train 100/tiny --model resnet18 "$@"')
    (stages.root / "mine.sh").write_text(
        "source scripts/settings/kuzushiji.sh\nrecipes=recipes detector_sees=original\n"
    )
    stages.environment["MOJIKA_SETTINGS"] = "mine.sh"
    assert stages.run("scripts/04_first_training.sh").returncode == 0
    assert [value(call, "--prefix") for call in stages.calls()] == names
    assert stages.run("scripts/08_first_reading.sh", "--split", "test").returncode == 0
    assert positional(stages.calls()[0]) == [f"models/{name}/best.model" for name in names]


def test_a_folder_without_recipes_is_named(stages):
    (stages.root / "mine.sh").write_text("source scripts/settings/kuzushiji.sh\nrecipes=scripts/settings\n")
    stages.environment["MOJIKA_SETTINGS"] = "mine.sh"
    done = stages.run("scripts/04_first_training.sh")
    assert done.returncode == 2
    assert done.stderr == "04_first_training.sh: scripts/settings: no recipe of a classifier, such as 01_NAME.sh\n"


@pytest.mark.parametrize("script", ["scripts/02_pack.sh", "scripts/bengali/02_pack.sh", "train_scripts/00_detector.sh"])
def test_settings_that_are_not_there_are_named(stages, script):
    stages.environment["MOJIKA_SETTINGS"] = "mine.sh"
    done = stages.run(script)
    assert done.returncode == 2
    assert done.stderr == f"{Path(script).name}: MOJIKA_SETTINGS: mine.sh: no such file\n"


@pytest.mark.parametrize("name", ["MOJIKA_FLOW", "MOJIKA_BENGALI_FLOW", "MOJIKA_LISTS", "MOJIKA_REAL_PAGE"])
@pytest.mark.parametrize(
    "script", ["scripts/reproduce.sh", "scripts/bengali/demo.sh", "train_scripts/bengali/01_seresnext50_crop128.sh"]
)
def test_a_variable_of_before_is_refused_and_nothing_is_done(stages, script, name):
    stages.environment[name] = "mine.sh"
    done = stages.run(script)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert f"{name} is not read any more" in done.stderr
    assert stages.calls() == []


def test_recipes_and_extra_stages_obey_the_settings(stages):
    (stages.root / "mine.sh").write_text("source scripts/settings/kuzushiji.sh\ndata='da ta' models=mo\n")
    stages.environment["MOJIKA_SETTINGS"] = "mine.sh"
    assert stages.run("scripts/extra/books.sh").returncode == 0
    assert stages.run("train_scripts/pseudo_refine/04_refine_seresnext101_l2softmax_rgb112.sh").returncode == 0
    calls = stages.calls()
    assert [value(call, "--model-dir") for call in calls if call[1] == "train.py"] == ["mo", "mo"]
    assert calls[-1][2] == "da ta/splits/200003076/rgb124_pseudo/train.csv"
    assert value(calls[-1], "--resume").startswith("mo/04_")
    assert value(calls[3], "--out") == "mo/book_title_classifier/test_books.csv"
    assert not any(DATA in word for call in calls for word in call)


def test_a_recipe_reads_its_own_lists_or_those_that_are_named_behind_it(stages):
    recipe = "train_scripts/02_resnet152_val15779_l2softmax_mixup_re_gray112.sh"
    for flags in ([], ["--epochs", "1", "--lists", "mine/gray124", "--seed", "2"]):
        assert stages.run(recipe, *flags).returncode == 0
    own, other = stages.calls()
    assert [call[2:4] for call in (own, other)] == [
        [f"{DATA}/splits/{lists}/{name}.csv" for name in ("train", "valid")]
        for lists in ("200015779/gray124", "mine/gray124")]  # fmt: skip
    assert other[4:] == [*own[4:], "--epochs", "1", "--seed", "2"]


def test_lists_without_a_name_are_refused(stages):
    done = stages.run("train_scripts/demo/01_arcface_gray48.sh", "--lists")
    assert (
        done.returncode == 2 and "--lists: expected the name of a folder below models/demo/sample/splits" in done.stderr
    )
    assert stages.calls() == []
