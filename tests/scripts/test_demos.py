"""The demos' summaries: which number each takes from which report, with and without real data."""

import json
from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, value

SCORE = {
    "f1": 0.5,
    "precision": 0.25,
    "recall": 0.75,
    "detection_precision": 0.125,
    "detection_recall": 1.0,
    "pages": 3,
}
ACCURACIES = ("accuracy", "macro_recall", "accuracy_unshared", "macro_recall_unshared")
EVALUATION = {name: number / 8 for number, name in enumerate(ACCURACIES)}


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    """With what `mojika sample` would generate, and real data where `MOJIKA_REAL_DATA` is made."""
    made = make_stages(tmp_path)
    sample = made.root / "models" / "demo" / "sample"
    for folder in ("hidden", "train_images", "preprocessed/train_images"):
        (sample / folder).mkdir(parents=True)
    for name in ("train.csv", "hidden/test.csv", "train_images/200015779_1.jpg",
                 "preprocessed/train_images/200015779_1.png"):  # fmt: skip
        (sample / name).touch()
    made.environment["MOJIKA_REAL_DATA"] = str(tmp_path / "real")
    made.let_print("score", json.dumps(SCORE))
    made.let_print("evaluate", json.dumps(EVALUATION))
    return made


def summary_of(stages: Stages, folder: str) -> dict:
    return json.loads((stages.root / "models" / folder / "summary.json").read_text())


GENERATED = {f"valid_{name}": EVALUATION[name] for name in ACCURACIES} | {
    "detection_precision": 0.125, "detection_recall": 1.0,
    **{f"f1_{stage}": 0.5 for stage in ("first", "nms", "filter", "final")},
}  # fmt: skip
REAL = {"real_accuracy": 0.0, "real_f1": 0.5, "real_detection_precision": 0.125, "real_detection_recall": 1.0}


@pytest.mark.parametrize("real", [False, True])
def test_the_demo_sums_up_all_stages_and_the_real_page_where_there_is_one(stages, tmp_path, real):
    if real:
        pages = tmp_path / "real" / "kuzushiji_pages"
        (pages / "train_images").mkdir(parents=True)
        (pages / "train.csv").write_text("image_id,labels\n100241706_00004_2,\n100241706_00007_2,\n")
        (pages / "train_images" / "100241706_00007_2.jpg").touch()
    done = stages.run("scripts/demo.sh")
    assert done.returncode == 0, done.stderr
    summary = summary_of(stages, "demo")
    assert list(summary) == [*GENERATED, *(REAL if real else {}), "seconds"]
    assert summary == GENERATED | (REAL if real else {}) | {"seconds": summary["seconds"]}
    calls = stages.calls()
    readers = [value(call, "--out") for call in calls if call[1] == "bundle"]
    assert readers == ["models/demo/reader", "models/demo/reader_real"][: 1 + real]
    assert [value(call, "--models") for call in calls if call[1] == "recognize"] == readers
    lists = [call[2] for call in calls if call[1] == "train.py" and "real_" in value(call, "--prefix")]
    assert lists == [f"models/demo/sample/splits/real/100241706_00007_2/{pack}/train.csv"
                     for pack in ("gray54", "rgb54") if real]  # fmt: skip


def test_the_bengali_demo_sums_up_its_three_readings(stages):
    shares = {name: number / 8 for number, name in enumerate(
        ("score", "score_seen", "score_unseen", "recall_root", "recall_vowel", "recall_consonant"))}  # fmt: skip
    stages.let_print("infer-graphemes", json.dumps(shares | {"images": 9}))
    stages.let_print("evaluate", json.dumps(EVALUATION | {"score": 0.375, "samples": 8}))
    done = stages.run("scripts/bengali/demo.sh")
    assert done.returncode == 0, done.stderr
    summary = summary_of(stages, "bengali_demo")
    assert list(summary) == [
        "score",
        "score_ensemble",
        "score_reweighted",
        *list(shares)[1:],
        "valid_score",
        "valid_samples",
        "seconds",
    ]
    assert {name: summary[name] for name in shares} == shares
    assert (summary["valid_score"], summary["valid_samples"]) == (0.375, 8)
    (bundle,) = (call for call in stages.calls() if call[1] == "bundle")
    assert value(bundle, "--out") == "models/bengali_demo/reader" and value(bundle, "--mean") == "geometric"
    assert summary["score_ensemble"] == summary["score_reweighted"] == shares["score"]
