"""The script that makes the reader of the repository: from what, and that nothing of the measured book is in it."""

from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, positional, value


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    made = make_stages(tmp_path)
    for name in ("get_fonts.sh", "get_strokes.sh"):
        (made.root / "scripts" / name).write_text('printf "%q " "$0" "$@" >>"$LOG/fetched"\n')
    made.environment["MOJIKA_REAL_DATA"] = str(tmp_path / "real")
    return made


def test_the_starter_is_made_of_generated_data(stages):
    done = stages.run("scripts/starter_reader.sh")
    assert done.returncode == 0, done.stderr
    calls = stages.calls()
    assert [call[1] if call[0] == "mojika" else call[0] for call in calls] == [
        "sample", "split", "python", "sample", "train-detector", "bundle"
    ]  # fmt: skip
    (bundle,) = (call for call in calls if call[1] == "bundle")
    assert positional(bundle)[:1] == ["models/starter_runs/00_detector"] and value(bundle, "--out") == "models/starter"
    assert value(bundle, "--weights") == "int8" and value(bundle, "--at-most-mb") == "12"
    assert not [call for call in calls if "--labels-from" in call]


def test_label_sets_lend_their_frequencies_without_the_book_that_is_measured(stages, tmp_path):
    labels = tmp_path / "real" / "kuzushiji_labels" / "labels.csv"
    labels.parent.mkdir(parents=True)
    labels.write_text("image_id,labels\n100241706_00004_2,\nbrsk001,\n")
    assert stages.run("scripts/starter_reader.sh").returncode == 0
    samples = [call for call in stages.calls() if call[1] == "sample"]
    assert [value(call, "--labels-from") for call in samples] == ["input/starter/labels.csv"] * 2
    assert (stages.root / "input/starter/labels.csv").read_text() == "image_id,labels\nbrsk001,\n"


def test_both_go_on_learning_from_real_writing_where_it_is_there(stages, tmp_path):
    for file in ("kmnist/hiragana28.npz", "kuzushiji_pages/train.csv", "kuzushiji_pages/train_images/a.jpg"):
        (tmp_path / "real" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "real" / file).write_text("image_id,labels\na,\n")
    generated = stages.root / "input/starter/pages"
    (generated / "train_images").mkdir(parents=True)
    (generated / "train.csv").write_text("image_id,labels\nb,\n")
    assert stages.run("scripts/starter_reader.sh").returncode == 0
    (bundle,) = (call for call in stages.calls() if call[1] == "bundle")
    assert positional(bundle) == [f"models/starter_runs/{run}" for run in (
        "00_detector_real", "01_resnet10t_gray64_real/last.model")]  # fmt: skip
    assert (stages.root / "input/starter/mixed_pages/train_images/a.jpg").exists()
    assert (stages.root / "input/starter/mixed_pages/train.csv").read_text() == "image_id,labels\nb,\na,\n"
    assert "KMNIST" in " ".join(bundle)
