"""The numbered stages: what each hands to the next, on which pages, and what happens when one of them fails."""

import fcntl
import json
import re
from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, positional, value

DATA = "input/kuzushiji-recognition"
BOOKS = ["brsk", "200014740", "200003967", "200006663", "200003076"]


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    """With one preprocessed page of each book."""
    made = make_stages(tmp_path)
    pages = made.root / DATA / "preprocessed" / "train_images"
    pages.mkdir(parents=True)
    for name in ("brsk001-002", "200014740-00002_1", "200003967_00004_2", "200003076_00004_1", "100241706_00004_2"):
        (pages / f"{name}.png").touch()
    return made


def test_the_stages_come_in_order_and_each_reads_what_was_written_before(stages):
    done = stages.run("scripts/reproduce.sh")
    assert done.returncode == 0, done.stderr
    assert "== scripts/06_detector.sh\nstage 5 of 15\n" in done.stdout
    calls = stages.calls()
    names = [call[1] for call in calls]
    trained = [value(call, "--prefix") for call in calls if "--prefix" in call]
    assert names[-3:] == ["table", "summary", "bundle"]  # of no scores: there are no labels here
    assert list(dict.fromkeys(names[:-3])) == [
        "preprocess", "pack", "split", "train.py", "train-detector", "detect", "classify", "nms", "filter-search",
        "filter-train", "filter-apply", "submit", "score", "pseudo-label", "vote"]  # fmt: skip
    five = ["01", "02", "03", "04", "05"]
    assert [name[:2] for name in trained] == [*five, "00", *five, *five]
    assert [name.count("pseudo") + 2 * name.count("refine") for name in trained] == [0] * 6 + [1] * 5 + [2] * 5

    written = {f"models/00_detector/iteration-{snapshot}.model" for snapshot in ("060000", "100000")}
    inputs = ("--boxes", "--params", "--submission", "--append", "--filter", "--scores")
    for call in calls:
        read = [value(call, flag) for flag in inputs if flag in call]
        if call[1] in ("detect", "classify", "vote", "nms", "filter-search", "filter-train", "filter-apply", "submit",
                       "split", "pseudo-label", "bundle"):  # fmt: skip
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


def test_pages_of_books_that_are_no_val_books_any_more_are_not_val_pages(stages, elsewhere):
    settings = elsewhere / "settings.sh"
    for books in ("100 200", "200"):
        settings.write_text(settings.read_text().replace("val_books=(100)", f"val_books=({books})"))
        assert stages.run("scripts/07_detect.sh", "--split", "val").returncode == 0
        linked = sorted(link.name for link in (elsewhere / "pages" / "val_images").iterdir())
        assert linked == [f"{book}_1.png" for book in books.split()]
        settings.write_text(settings.read_text().replace(f"val_books=({books})", "val_books=(100)"))


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
    assert again[: len(calls)] == calls
    assert [call[1] for call in again[-3:]] == ["table", "summary", "bundle"]


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


SETTINGS = """
data="{work}/pages" output="{work}/boxes" models="{work}/runs" recipes="{work}/recipes"
packs=("tiny24 24 1") held_out_books=(100 200)
split_options=(--min-train 7) val_books=(100)
snapshots=(000010 000020 000030)
detector_sees=original detect_options=(--short-sides 300) read_options=(--tta 1)
search_options=(--trials 3) pseudo_options=(--min-prob 0.25)
"""


@pytest.fixture
def elsewhere(stages, tmp_path) -> Path:
    """Settings of its own, with one classifier, that keep all in this folder; its pages are not preprocessed yet."""
    work = tmp_path / "else where"
    for stage, run in (("", "01_small"), ("pseudo_labeling", "01_small_pseudo"), ("pseudo_refine", "01_refined")):
        (work / "recipes" / stage).mkdir(parents=True, exist_ok=True)
        lists = f'"{work}/pages/splits/100/tiny24/train.csv" "{work}/pages/splits/100/tiny24/valid.csv"'
        recipe = f'python train.py {lists} --prefix {run} --model-dir "{work}/runs" "$@"\n'
        (work / "recipes" / stage / f"{run}.sh").write_text(recipe)
    pages = f'--labels "{work}/pages/train.csv" --images "{work}/pages/train_images" --hold-out 100'
    detector = f'mojika train-detector {pages} --prefix 00_detector --model-dir "{work}/runs" "$@"\n'
    (work / "recipes" / "00_detector.sh").write_text(detector)
    for folder in ("train_images", "preprocessed/train_images"):
        (work / "pages" / folder).mkdir(parents=True)
        for name in ("100_1.png", "200_1.png"):
            (work / "pages" / folder / name).touch()
    (work / "settings.sh").write_text(SETTINGS.format(work=work))
    stages.environment["MOJIKA_SETTINGS"] = str(work / "settings.sh")
    return work


def test_other_settings_have_data_runs_recipes_and_outputs_of_their_own(stages, elsewhere):
    before = sorted(stages.root.rglob("*"))
    for script in ("reproduce.sh", "extra/second_reading.sh"):
        done = stages.run(f"scripts/{script}")
        assert done.returncode == 0, done.stderr
    calls = stages.calls()
    assert sorted(stages.root.rglob("*")) == before  # nothing was made in the reference's folders
    touched = [word for call in calls for word in call if re.search(r"\b(input|models|output|train_scripts)/", word)]
    assert touched == []
    assert {value(call, "--prefix") for call in calls if "--prefix" in call} == {
        "00_detector", "01_small", "01_small_pseudo", "01_refined"}  # fmt: skip
    named = {name: [call for call in calls if call[1] == name] for name in ("pack", "split", "detect", "classify")}
    assert [value(call, "--scale-size") for call in named["pack"]] == ["24"]
    assert [value(call, "--hold-out") for call in named["split"]] == ["100", "200"] * 2
    assert {value(call, "--min-train") for call in named["split"]} == {"7"}
    assert len(named["detect"]) == 2 * 3 and {value(call, "--short-sides") for call in named["detect"]} == {"300"}
    assert len(named["classify"]) == 2 * 3 * 3 and {value(call, "--tta") for call in named["classify"]} == {"1"}
    for call in calls:
        if call[1] in ("filter-search", "filter-train"):
            assert call[call.index("--books") + 1] == "100" and call[call.index("--books") + 2].startswith("--")
        if call[1] == "filter-search":
            assert value(call, "--trials") == "3"
        if call[1] == "pseudo-label":
            assert value(call, "--min-prob") == "0.25"


def test_a_detector_may_see_pages_as_they_came_while_classifiers_do_not(stages, elsewhere):
    for script in ("07_detect", "08_first_reading"):
        assert stages.run(f"scripts/{script}.sh", "--split", "val").returncode == 0
    pages = [(call[1], value(call, "--images")) for call in stages.calls() if "--images" in call]
    assert set(pages) == {("detect", f"{elsewhere}/pages/val_images"),
                          ("classify", f"{elsewhere}/pages/preprocessed/val_images")}  # fmt: skip
    for folder in ("val_images", "preprocessed/val_images"):
        (link,) = (elsewhere / "pages" / folder).iterdir()
        assert link.name == "100_1.png" and link.resolve() == link.parent.parent / "train_images" / link.name


def test_the_second_models_read_softly_and_have_a_filter_of_their_own(stages):
    assert stages.run("scripts/extra/second_reading.sh", "--device", "cpu", "--split", "test").returncode == 0
    *soft, nms, search, train, clean, submit = stages.calls()
    assert [call[1] for call in soft] == ["classify"] * 2 and all(value(call, "--device") == "cpu" for call in soft)
    assert all(len(positional(call)) == 5 for call in soft)
    assert all(Path(model).parent.name.endswith("_pseudo") for call in soft for model in positional(call))
    assert positional(nms) == [value(call, "--out") for call in soft]
    assert positional(search) == ["output/val/second_nms.parquet"]  # of a run without --split, or with val
    assert positional(clean) == [value(nms, "--out")] and value(clean, "--filter") == value(train, "--out")
    assert positional(submit) == [value(clean, "--out")] == ["output/test/second_filtered.parquet"]
    assert {Path(value(call, "--out")).parts[1] for call in (search, train)} == {"second_filter"}


SCORE = {"f1": 0.5, "precision": 0.25, "recall": 0.75, "detection_precision": 0.125, "detection_recall": 1.0}
BOXES = {"first": "first_100000", "nms": "first_nms", "filter": "first_filtered", "second": "second_filtered",
         "final": "final_filtered"}  # fmt: skip


def test_the_summary_has_the_scores_of_all_stages_that_left_boxes_on_pages_whose_labels_are_known(stages):
    stages.let_print("score", json.dumps(SCORE | {"pages": 3}))
    (stages.root / DATA / "train.csv").touch()
    for split in ("val", "test"):
        (stages.root / "output" / split).mkdir(parents=True)
        for stage in ("first", "nms", "filter", "final"):
            (stages.root / "output" / split / f"{BOXES[stage]}.parquet").touch()

    def summarise() -> tuple[dict, list[str], str]:
        done = stages.run("scripts/15_summary.sh")
        assert done.returncode == 0, done.stderr
        scored = [value(call, "--boxes") for call in stages.calls() if call[1] == "score"]
        return json.loads((stages.root / "output" / "summary.json").read_text()), scored, done.stdout

    def expected(*splits: str, stages: tuple[str, ...]) -> dict[str, float]:
        return {f"{split}_{name}_{stage}": SCORE[name] for split in splits for stage in stages for name in SCORE}

    summary, scored, table = summarise()
    assert summary == expected("val", stages=("first", "nms", "filter", "final"))
    assert sorted(scored) == sorted(f"output/val/{BOXES[stage]}.parquet" for stage in BOXES if stage != "second")
    assert [line.split()[:2] for line in table.splitlines()[1:-1]] == [
        ["val", stage] for stage in ("first", "nms", "filter", "final")]  # fmt: skip

    (stages.root / DATA / "hidden").mkdir()
    (stages.root / DATA / "hidden" / "test.csv").touch()
    for split in ("val", "test"):
        (stages.root / "output" / split / "second_filtered.parquet").touch()
    summary, scored, _ = summarise()
    assert summary == expected("val", "test", stages=tuple(BOXES)) and len(scored) == 2 * len(BOXES)

    (stages.root / "output" / "val" / "final_filtered.parquet").unlink()  # what is gone is not in the next summary
    summary, *_ = summarise()
    assert "val_f1_final" not in summary and "test_f1_final" in summary


def test_a_score_that_fails_leaves_the_summary_as_it_was(stages):
    (stages.root / DATA / "train.csv").touch()
    (stages.root / "output" / "val").mkdir(parents=True)
    (stages.root / "output" / "val" / "first_nms.parquet").touch()
    (stages.root / "output" / "summary.json").write_text("{}")
    stages.fail("score", 2)
    assert stages.run("scripts/15_summary.sh").returncode == 2
    assert (stages.root / "output" / "summary.json").read_text() == "{}"
