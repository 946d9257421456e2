"""The Bengali stages: what each hands to the next, and what happens when one of them fails."""

import fcntl
import os
from fnmatch import fnmatch
from pathlib import Path

import pytest
from fake_stages import Stages, make_stages, positional, value

DATA, OUTPUT, MODELS = "input/bengaliai-cv19", "output/bengali", "models/bengali"
RECIPES = [
    "01_seresnext50_crop128", "02_seresnext101_crop128", "03_densenet121_crop128", "04_efficientnet_b4_crop128",
    "05_ghostnet_crop128", "06_efficientnet_b4_192x330", "07_efficientnet_b3_crop128",
]  # fmt: skip
BEST = [f"{MODELS}/{name}/best.model" for name in RECIPES]


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return make_stages(tmp_path)


def values(call: list[str], flag: str) -> list[str]:
    """All words behind a flag, up to the next one."""
    behind = call[call.index(flag) + 1 :]
    return behind[: next((number for number, word in enumerate(behind) if word.startswith("--")), len(behind))]


def test_the_stages_come_in_order_and_each_reads_what_was_written_before(stages):
    done = stages.run("scripts/bengali/reproduce.sh")
    assert done.returncode == 0, done.stderr
    calls = [call for call in stages.calls() if call[1] != "table"]
    names = [call[1] for call in calls]
    assert list(dict.fromkeys(names)) == ["check", "pack", "split", "train.py", "evaluate", "infer-graphemes", "bundle"]
    assert [value(call, "--prefix") for call in calls if call[1] == "train.py"] == [
        *RECIPES, "05_ghostnet_crop128_taught"]  # fmt: skip

    written = set()
    for call in calls:
        match call[1]:
            case "split":
                assert set(positional(call)) <= written, call
            case "train.py":
                assert call[2].removesuffix("/train.csv") == call[3].removesuffix("/valid.csv")
                assert call[2].removesuffix("/train.csv") in written, call
                assert "--teacher" not in call or value(call, "--teacher") in written
                written.add(f"{value(call, '--model-dir')}/{value(call, '--prefix')}/best.model")
            case "evaluate":
                model, valid = positional(call)
                assert model in written and valid.removesuffix("/valid.csv") in written, call
            case "infer-graphemes":
                assert values(call, "--models") == BEST and set(BEST) <= written
        if "--out" in call:
            assert value(call, "--out") not in written, call
            written.add(value(call, "--out"))
    assert {f"{OUTPUT}/submission.csv", f"{OUTPUT}/submission_reweighted.csv"} <= written


def test_each_model_is_evaluated_on_the_list_that_it_was_validated_on(stages):
    assert stages.run("scripts/bengali/04_train.sh").returncode == 0
    validated = {f"{MODELS}/{value(call, '--prefix')}/best.model": call[3] for call in stages.calls()}
    assert stages.run("scripts/bengali/05_evaluate.sh", "--device", "cpu").returncode == 0
    *evaluated, table = stages.calls()
    assert dict(map(positional, evaluated)) == validated and len(validated) == 7
    assert all(value(call, "--device") == "cpu" and "--json" in call for call in evaluated)
    assert table[1] == "table" and positional(table) == [f"{OUTPUT}/valid/{name}.json" for name in RECIPES]
    numbers = (stages.root / OUTPUT / "valid").iterdir()
    assert sorted(file.name for file in numbers) == [f"{name}.json" for name in RECIPES]


def test_recipes_of_2020_are_evaluated_on_their_own_folds(stages):
    stages.environment["MOJIKA_SETTINGS"] = "scripts/settings/bengali_2020.sh"
    assert stages.run("scripts/bengali/04_train.sh").returncode == 0
    lists = {value(call, "--prefix"): call[3] for call in stages.calls()}
    assert lists["06_efficientnet_b4_192x330"] == f"{DATA}/splits/root0/192x330/valid.csv"
    assert lists["01_seresnext50_native"] == f"{DATA}/splits/fold1/native/valid.csv"
    assert stages.run("scripts/bengali/05_evaluate.sh").returncode == 0
    *evaluated, _ = stages.calls()
    validated = {f"models/bengali_2020/{name}/best.model": valid for name, valid in lists.items()}
    assert dict(map(positional, evaluated)) == validated and len(validated) == 7


def test_a_model_is_evaluated_again_only_when_it_or_its_list_is_newer(stages):
    stages.run("scripts/bengali/05_evaluate.sh")
    stages.calls()
    model = stages.root / BEST[2]
    model.parent.mkdir(parents=True)
    model.touch()
    os.utime(model, (2e9, 2e9))
    done = stages.run("scripts/bengali/05_evaluate.sh")
    assert [positional(call)[0] for call in stages.calls() if call[1] == "evaluate"] == [BEST[2]]
    assert done.stderr.count("is up to date") == 6


def test_an_evaluation_that_fails_leaves_no_numbers(stages):
    stages.fail(RECIPES[1], 2)
    assert stages.run("scripts/bengali/05_evaluate.sh").returncode == 2
    left = {file.name for file in (stages.root / OUTPUT / "valid").iterdir()}
    assert f"{RECIPES[0]}.json" in left and f"{RECIPES[1]}.json" not in left
    stages.heal()
    stages.calls()
    assert stages.run("scripts/bengali/05_evaluate.sh").returncode == 0
    assert len([call for call in stages.calls() if call[1] == "evaluate"]) == 6


def test_every_pack_has_a_stratified_split_and_one_with_graphemes_kept_out(stages):
    stages.run("scripts/bengali/02_pack.sh")
    packs = stages.calls()
    stages.run("scripts/bengali/03_split.sh", "--seed", "3")
    splits = stages.calls()
    assert [(value(call, "--out"), value(call, "--grapheme-size")) for call in packs] == [
        (f"{DATA}/packs/crop128", "crop:128"), (f"{DATA}/packs/192x330", "192x330")]  # fmt: skip
    assert all(fnmatch(f"{DATA}/train_image_data_10.parquet", value(call, "--shards")) for call in packs)
    assert [(value(call, "--out"), positional(call), "--unseen" in call) for call in splits] == [
        (f"{DATA}/splits/{name}/{pack}", [f"{DATA}/packs/{pack}"], name.endswith("unseen"))
        for name in ("fold0", "fold0_unseen") for pack in ("crop128", "192x330")]  # fmt: skip
    for call in splits:
        assert (value(call, "--folds"), value(call, "--fold"), value(call, "--seed")) == ("5", "0", "3")


def test_the_shards_are_read_once_and_submitted_with_and_without_reweighting(stages):
    assert stages.run("scripts/bengali/06_infer.sh", "--device", "cpu").returncode == 0
    plain, reweighted = stages.calls()
    assert "--reweight" not in plain and value(reweighted, "--reweight") == "1.2"
    for flag in ("--models", "--shards", "--test", "--mean", "--probabilities", "--device"):
        assert values(plain, flag) == values(reweighted, flag)
    assert value(plain, "--shards") == f"{DATA}/test_image_data_*.parquet"  # the pattern itself, quoted
    assert "--labels" not in plain and value(reweighted, "--plot") == f"{OUTPUT}/classes"


@pytest.mark.parametrize("name", ["test_labels.csv", "hidden/test_labels.csv"])
def test_submissions_are_scored_where_the_test_labels_are_known(stages, name):
    truth = stages.root / DATA / name
    truth.parent.mkdir(parents=True)
    truth.touch()
    stages.run("scripts/bengali/06_infer.sh")
    for call in stages.calls():
        assert value(call, "--labels") == f"{DATA}/{name}"
        assert value(call, "--train-labels") == f"{DATA}/splits/fold0_unseen/crop128/train.csv"  # seen by the models


def test_a_student_differs_from_its_own_recipe_in_teacher_and_name_only(stages):
    stages.run("scripts/bengali/04_train.sh")
    alone = next(call for call in stages.calls() if value(call, "--prefix") == "05_ghostnet_crop128")
    assert stages.run("scripts/bengali/07_teacher_student.sh", "--epochs", "3").returncode == 0
    taught, evaluated, _ = stages.calls()
    name = "05_ghostnet_crop128_taught"
    assert taught == [*alone, "--prefix", name, "--teacher", BEST[1], "--epochs", "3"]
    assert positional(evaluated) == [f"{MODELS}/{name}/best.model", alone[3]]


@pytest.mark.parametrize("status", [1, 2, 75])
def test_a_stage_that_fails_ends_the_run_with_its_status_and_the_next_run_goes_on(stages, status):
    stages.fail("fold0_unseen/192x330/train.csv", status)
    assert stages.run("scripts/bengali/reproduce.sh").returncode == status
    assert value(stages.calls()[-1], "--prefix") == RECIPES[5]
    stages.heal()
    assert stages.run("scripts/bengali/reproduce.sh").returncode == 0
    assert [call[1] for call in stages.calls()[-3:]] == ["evaluate", "table", "bundle"]


@pytest.mark.parametrize("script, name", [("04_train", RECIPES[0]), ("07_teacher_student", RECIPES[1])])
def test_a_run_that_another_process_trains_is_not_taken_for_done(stages, script, name):
    run = stages.root / MODELS / name
    run.mkdir(parents=True)
    with open(run / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = stages.run(f"scripts/bengali/{script}.sh")
    assert done.returncode == 75 and "still being trained by another process" in done.stderr
    assert all(value(call, "--prefix") == name for call in stages.calls())


def test_another_file_takes_the_place_of_the_settings(stages):
    (stages.root / "mine.sh").write_text("data=da\noutput=out\nmodels=m\npacks=('small crop:32')\n")
    stages.environment["MOJIKA_SETTINGS"] = "mine.sh"
    assert stages.run("scripts/bengali/02_pack.sh").returncode == 0
    (call,) = stages.calls()
    assert (value(call, "--out"), value(call, "--grapheme-size")) == ("da/packs/small", "crop:32")


def test_the_reproduction_can_be_left_to_cron(stages):
    assert stages.run("scripts/keep_running.sh", "scripts/bengali/reproduce.sh").returncode == 0
    assert [call[1] for call in stages.calls()[-3:]] == ["evaluate", "table", "bundle"]
