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


@pytest.fixture
def with_pages(stages: Stages) -> Stages:
    folder = stages.root / "input/kuzushiji-recognition/preprocessed/train_images"
    folder.mkdir(parents=True)
    (folder / "brsk001-002.png").touch()
    return stages


def test_released_detections_are_read_by_released_models_and_nothing_is_trained(with_pages):
    done = with_pages.run("scripts/extra/released_2019.sh", "--batch-size", "8")
    assert done.returncode == 0, done.stderr
    calls = with_pages.calls()[6:]  # behind get_models.sh
    assert not {"train.py", "detect", "train-detector", "filter-search", "filter-train"} & {call[1] for call in calls}
    read = [call for call in calls if call[1] == "classify"]
    assert len(read) == 2 * 2 * 5 and {value(call, "--batch-size") for call in read} == {"8"}
    assert {value(call, "--scale-size") for call in read} == {"210:200,124:120"}
    recipes = sorted(path.stem for path in (with_pages.root / "train_scripts/2019/pseudo_refine").glob("0[1-9]*.sh"))
    assert {*sum((positional(call) for call in read), [])} == {f"{MODELS}/{name}/best.model" for name in recipes}
    assert [call[1] for call in calls if call[1].startswith("import-")] == ["import-detections"] * 4 + ["import-filter"]
    assert [value(call, "--out") for call in calls if call[1] == "submit"] == [
        f"output/released_2019/{split}/final_submission.csv" for split in ("val", "test")
    ]


def test_every_file_is_fetched_before_it_is_used_and_boxes_are_suppressed_before_they_are_read(with_pages):
    assert with_pages.run("scripts/extra/released_2019.sh", "--split", "test").returncode == 0
    calls = with_pages.calls()[6:]
    names = {address.rsplit("/", 1)[1] for address in positional(calls[0])}
    imported = [call for call in calls if call[1].startswith("import-")]
    used = {Path(path).name for call in imported for path in positional(call)}
    used |= {Path(value(call, "--pages")).name for call in imported if call[1] == "import-detections"}
    assert used == names and len(names) == 4
    detected = [call for call in calls if call[1] == "nms" and "box_score" in call]
    assert [value(call, "--out") for call in detected] == [
        f"output/released_2019/test/detected_{snapshot}.parquet" for snapshot in ("060000", "100000")
    ]
    assert {value(call, "--boxes") for call in calls if call[1] == "classify"} == {
        value(call, "--out") for call in detected
    }


def test_pages_that_were_not_preprocessed_are_asked_for(stages):
    done = stages.run("scripts/extra/released_2019.sh", "--split", "val")
    assert done.returncode == 2 and "run scripts/01_preprocess.sh" in done.stderr
