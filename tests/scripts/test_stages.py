"""The numbered stages: what each hands to the next, on which pages, and what happens when one of them fails."""

import fcntl
from pathlib import Path

import pytest
from fake_stages import Stages, make_stages

DATA = "input/kuzushiji-recognition"
BOOKS = ["brsk", "200014740", "200003967", "200006663", "200003076"]


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    """With one preprocessed page of each book and the recipe of the detector."""
    made = make_stages(tmp_path)
    pages = made.root / DATA / "preprocessed" / "train_images"
    pages.mkdir(parents=True)
    for name in ("brsk001-002", "200014740-00002_1", "200003967_00004_2", "200003076_00004_1", "100241706_00004_2"):
        (pages / f"{name}.png").touch()
    detector = made.root / "train_scripts" / "00_detector.sh"
    detector.write_text('#!/usr/bin/env bash\nmojika train-detector --prefix 00_detector "$@"\n')
    return made


def value(call: list[str], flag: str) -> str:
    """That of the last one, as argparse has it."""
    return call[len(call) - call[::-1].index(flag)]


def positional(call: list[str]) -> list[str]:
    """What stands between the subcommand and the first flag."""
    flags = [number for number, word in enumerate(call) if word.startswith("--")]
    return call[2 : flags[0]]


def test_the_stages_come_in_order_and_each_reads_what_was_written_before(stages):
    done = stages.run("scripts/reproduce.sh")
    assert done.returncode == 0, done.stderr
    calls = stages.calls()
    names = [call[1] for call in calls]
    trained = [value(call, "--prefix") for call in calls if "--prefix" in call]
    assert list(dict.fromkeys(names)) == [
        "preprocess", "pack", "split", "train.py", "train-detector", "detect", "classify", "nms", "filter-search",
        "filter-train", "filter-apply", "submit", "score", "pseudo-label", "vote"]  # fmt: skip
    five = ["01", "02", "03", "04", "05"]
    assert [name[:2] for name in trained] == [*five, "00", *five, *five]
    assert [name.count("pseudo") + 2 * name.count("refine") for name in trained] == [0] * 6 + [1] * 5 + [2] * 5

    written = {f"models/00_detector/iteration-{snapshot}.model" for snapshot in ("060000", "100000")}
    inputs = ("--boxes", "--params", "--submission", "--append", "--filter")
    for call in calls:
        read = [value(call, flag) for flag in inputs if flag in call]
        if call[1] in ("detect", "classify", "vote", "nms", "filter-search", "filter-train", "filter-apply", "submit",
                       "split", "pseudo-label"):  # fmt: skip
            read += positional(call)
        if call[1] == "train.py":
            read += [call[2].removesuffix("/train.csv")] + ([value(call, "--resume")] if "--resume" in call else [])
            written.add(f"models/{value(call, '--prefix')}/best.model")
        assert set(read) <= written, call
        if "--out" in call:
            assert value(call, "--out") not in written, call
            written.add(value(call, "--out"))
    assert "output/test/final_submission.csv" in written


def test_both_detections_are_read_by_five_models_softly_and_later_by_each_refined_one(stages):
    stages.run("scripts/08_first_reading.sh", "--split", "test")
    *soft, nms = stages.calls()
    assert [len(positional(call)) for call in soft] == [5, 5]
    assert [value(call, "--boxes") for call in soft] == [
        "output/test/detected_060000.parquet", "output/test/detected_100000.parquet"]  # fmt: skip
    assert positional(nms) == [value(call, "--out") for call in soft]

    stages.run("scripts/13_final_reading.sh", "--split", "test")
    calls = stages.calls()
    assert [call[1] for call in calls] == [*["classify"] * 5, "vote", *["classify"] * 5, "vote", "nms"]
    assert positional(calls[5]) == [value(call, "--out") for call in calls[:5]]
    assert positional(calls[-1]) == [value(calls[5], "--out"), value(calls[11], "--out")]
    assert len({positional(call)[0] for call in calls[:5]}) == 5


def test_pages_of_the_val_split_are_those_of_the_validation_books(stages):
    assert stages.run("scripts/07_detect.sh", "--split", "val").returncode == 0
    calls = stages.calls()
    assert {value(call, "--images") for call in calls} == {f"{DATA}/preprocessed/val_images"}
    links = sorted((stages.root / DATA / "preprocessed" / "val_images").iterdir())
    assert [link.stem for link in links] == [
        "200003076_00004_1", "200003967_00004_2", "200014740-00002_1", "brsk001-002"]  # fmt: skip
    assert all(link.resolve().parent.name == "train_images" and link.exists() for link in links)


@pytest.mark.parametrize("script", ["07_detect", "08_first_reading", "13_final_reading"])
def test_a_split_is_chosen_and_further_options_are_handed_on(stages, script):
    for split in ("val", "test"):
        assert stages.run(f"scripts/{script}.sh", "--device", "cpu", "--split", split).returncode == 0
        calls = stages.calls()
        assert all(f"output/{split}/" in value(call, "--out") for call in calls)
        assert all(value(call, "--device") == "cpu" for call in calls if call[1] in ("detect", "classify"))
        assert all("--split" not in call for call in calls)
    assert stages.run(f"scripts/{script}.sh").returncode == 0
    assert {value(call, "--out").split("/")[1] for call in stages.calls()} == {"val", "test"}


def test_a_split_that_is_none_is_refused(stages):
    done = stages.run("scripts/07_detect.sh", "--split", "train")
    assert done.returncode == 2 and done.stderr == "07_detect.sh: --split: expected val or test, found 'train'\n"
    assert stages.calls() == []


def test_pages_that_were_not_preprocessed_are_named(stages):
    for page in (stages.root / DATA / "preprocessed" / "train_images").iterdir():
        page.unlink()
    done = stages.run("scripts/07_detect.sh", "--split", "val")
    assert done.returncode == 2 and "run scripts/01_preprocess.sh" in done.stderr
    assert stages.calls() == []


@pytest.mark.parametrize("name, script", [("first", "09_first_submission"), ("final", "14_final_submission")])
def test_the_filter_learns_from_val_pages_and_cleans_both_splits(stages, name, script):
    (stages.root / DATA / "sample_submission.csv").touch()
    assert stages.run(f"scripts/{script}.sh").returncode == 0
    calls = stages.calls()
    assert [call[1] for call in calls] == [
        "filter-search", "filter-train", "filter-apply", "submit", "score", "filter-apply", "submit"]  # fmt: skip
    search, train, clean_val, submit_val, score, clean_test, submit_test = calls
    for call in (search, train):
        assert positional(call) == [f"output/val/{name}_nms.parquet"]
        start = call.index("--books") + 1
        assert call[start : start + 5] == BOOKS and call[start + 5].startswith("--")
    assert value(clean_test, "--filter") == value(clean_val, "--filter") == value(train, "--out")
    assert value(score, "--submission") == value(submit_val, "--out") and "--predicted-pages" in score
    assert "--sample" not in submit_val and value(submit_test, "--sample") == f"{DATA}/sample_submission.csv"


def test_pseudo_labels_have_the_classes_and_sizes_of_the_packs_beside_them(stages):
    assert stages.run("scripts/02_pack.sh").returncode == 0
    packs = {value(call, "--out"): call for call in stages.calls()}
    assert stages.run("scripts/10_pseudo_labels.sh").returncode == 0
    calls = stages.calls()
    assert len(packs) == 3 and [call[1] for call in calls] == ["pseudo-label", "split", "split"] * 3
    for label, *splits in (calls[:3], calls[3:6], calls[6:]):
        pack = value(label, "--out").removesuffix("_pseudo")
        for flag in ("--scale-size", "--channels"):
            assert value(label, flag) == value(packs[pack], flag)
        assert value(label, "--classes") == f"{pack}/classes.csv"
        assert [positional(call) for call in splits] == [[pack], [pack]]
        assert [value(call, "--hold-out") for call in splits] == ["200015779", "200003076"]
        assert all(value(call, "--append") == value(label, "--out") for call in splits)


@pytest.mark.parametrize("status", [1, 2, 75])
def test_a_stage_that_fails_ends_the_run_with_its_status_and_the_next_run_goes_on(stages, status):
    stages.fail("_pseudo/train.csv", status)
    assert stages.run("scripts/reproduce.sh").returncode == status
    calls = stages.calls()
    assert calls[-1][1] == "train.py" and value(calls[-1], "--prefix").startswith("01_")
    stages.heal()
    assert stages.run("scripts/reproduce.sh").returncode == 0
    again = stages.calls()
    assert again[: len(calls)] == calls and again[-1][1] == "submit"


def test_a_failure_that_is_printed_into_a_file_ends_the_stage_too(stages):
    stages.fail("score", 2)
    assert stages.run("scripts/14_final_submission.sh", "--split", "val").returncode == 2


def test_a_recipe_that_is_missing_is_named(stages):
    (stages.root / "train_scripts" / "00_detector.sh").unlink()
    done = stages.run("scripts/06_detector.sh")
    assert done.returncode == 2 and done.stderr == "06_detector.sh: train_scripts/00_detector.sh: no such recipe\n"


def test_a_run_that_another_process_trains_is_not_taken_for_done(stages):
    run = stages.root / "models" / "02_resnet152_val15779_l2softmax_mixup_re_gray112"
    run.mkdir(parents=True)
    with open(run / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = stages.run("scripts/04_first_training.sh", "--seed", "7")
    assert done.returncode == 75 and "still being trained by another process" in done.stderr
    calls = stages.calls()
    assert len(calls) == 2 and all(call[-2:] == ["--seed", "7"] for call in calls)
    assert stages.run("scripts/04_first_training.sh").returncode == 0
    assert len(stages.calls()) == 5
