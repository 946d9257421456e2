"""scripts/settings/2019.sh in the stages: which flags they pass, and that nothing of the ordinary settings is lost."""

from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, value

DATA = "input/kuzushiji-recognition"


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    made = make_stages(tmp_path)
    made.environment["MOJIKA_SETTINGS"] = "scripts/settings/2019.sh"
    pages = made.root / DATA / "preprocessed" / "train_images"
    pages.mkdir(parents=True)
    (pages / "brsk001-002.png").touch()
    return made


def calls(stages: Stages, *scripts: str) -> list[list[str]]:
    for script in scripts:
        done = stages.run(f"scripts/{script}.sh")
        assert done.returncode == 0, done.stderr
    return stages.calls()


def test_lists_and_pseudo_labels_lie_apart_from_ours_and_pages_and_packs_do_not(stages):
    written = [value(call, "--out") for call in calls(stages, "02_pack", "03_split", "10_pseudo_labels")]
    apart = [path for path in written if path.startswith(f"{DATA}/2019/")]
    assert [path for path in written if path not in apart] == [
        f"{DATA}/packs/{n}" for n in ("gray210", "gray124", "rgb124")
    ]
    assert f"{DATA}/2019/splits/200015779/gray210" in apart and f"{DATA}/2019/packs/rgb124_pseudo" in apart


def test_the_worse_of_two_boxes_goes_before_reading_and_only_certain_pseudo_labels_are_taken(stages):
    found = calls(stages, "07_detect", "10_pseudo_labels")
    assert {value(call, "--iou") for call in found if call[1] == "detect"} == {"0.3"}
    assert {value(call, "--min-prob") for call in found if call[1] == "pseudo-label"} == {"1"}


def test_lists_repeat_rare_classes_and_the_filter_is_trained_as_in_2019(stages):
    found = calls(stages, "03_split", "09_first_submission", "10_pseudo_labels")
    splits = [call for call in found if call[1] == "split"]
    assert splits and all({"--copy-rare", "--extra-copy"} <= set(call) for call in splits)
    assert {value(call, "--min-valid") for call in splits} == {"20"}
    (trained,) = (call for call in found if call[1] == "filter-train")
    flags = ("--max-depth", "--rounds", "--stop-by", "--seed")
    assert [value(trained, flag) for flag in flags] == ["7", "200", "2019", "7"]


def test_runs_filters_and_boxes_have_folders_of_their_own(stages):
    found = calls(stages, "04_first_training", "06_detector", "08_first_reading", "11_second_training", "12_refinement")
    trained = [call for call in found if "--prefix" in call]
    assert len(trained) == 16 and {value(call, "--model-dir") for call in trained} == {"models/2019"}
    lists = {call[2] for call in trained if call[1] == "train.py"}
    assert all(path.startswith(f"{DATA}/2019/splits/") for path in lists) and len(lists) == 8
    assert all(value(call, "--out").startswith("output/2019/") for call in found if call[1] == "classify")


def test_models_read_at_the_scales_of_2019_and_ties_go_to_the_first_label(stages):
    found = calls(stages, "08_first_reading", "13_final_reading")
    read = [call for call in found if call[1] == "classify"]
    assert {(value(call, "--tta"), value(call, "--scale-size")) for call in read} == {("7", "210:200,124:120")}
    assert {value(call, "--ties") for call in found if call[1] == "vote"} == {"label"}
