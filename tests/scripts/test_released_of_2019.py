"""The route from what was released in 2019: which files are fetched, and what is made of them."""

from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, positional, value

MODELS = "models/released_2019"


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return make_stages(tmp_path)


def test_the_five_models_are_fetched_and_imported_under_the_names_of_their_recipes(stages):
    done = stages.run("scripts/get_models.sh", "2019")
    assert done.returncode == 0, done.stderr
    fetched, *imported = stages.calls()
    release = "https://github.com/knjcode/kaggle-kuzushiji-recognition-2019/releases/download/0.0.1/"
    addresses = positional(fetched)
    assert len(addresses) == 5 and all(address.startswith(release) for address in addresses)
    assert value(fetched, "--out") == f"{MODELS}/released"
    assert [positional(call) for call in imported] == [
        [f"{MODELS}/released/{address.removeprefix(release)}"] for address in addresses
    ]
    recipes = sorted(path.stem for path in (stages.root / "train_scripts/2019/pseudo_refine").glob("0[1-9]*.sh"))
    assert [value(call, "--out") for call in imported] == [f"{MODELS}/{name}/best.model" for name in recipes]


def test_another_server_is_named_by_a_variable(stages):
    stages.environment["MOJIKA_RELEASE"] = "http://127.0.0.1:9"
    assert stages.run("scripts/get_models.sh", "2019").returncode == 0
    assert positional(stages.calls()[0])[1] == "http://127.0.0.1:9/02_refine_resnet152_l2softmax_gray112-0069.model"


def test_nothing_is_imported_where_fetching_failed(stages):
    stages.fail("fetch", 2)
    assert stages.run("scripts/get_models.sh", "2019").returncode == 2
    assert [call[1] for call in stages.calls()] == ["fetch"]


@pytest.mark.parametrize("arguments", [[], ["2020"]])
def test_other_models_are_refused_in_a_line(stages, arguments):
    done = stages.run("scripts/get_models.sh", *arguments)
    assert (done.returncode, done.stderr) == (2, "get_models.sh: expected which models: 2019\n")
    assert stages.calls() == []
