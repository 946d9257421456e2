"""train.py from command line to run folder: what it leaves and how it is resumed."""

import csv
import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from programs import Plainly
from tiny_runs import ROOT, command

from mojika.training.checkpoints import BEST, LAST, load_checkpoint, previous_of


def weights(folder):
    state = load_checkpoint(folder / LAST)
    return {
        **{f"model.{name}": value for name, value in state["model"].items()},
        **{f"head.{name}": value for name, value in state["head"].items()},
        **{f"momentum.{number}": buffers["momentum_buffer"] for number, buffers in state["optimizer"]["state"].items()},
    }


def assert_same_weights(first, second):
    assert first.keys() == second.keys()
    different = [name for name in first if not torch.equal(first[name], second[name])]
    assert not different


@pytest.fixture(scope="module")
def finished(lists, train_main, tmp_path_factory):
    """An uninterrupted run of three epochs."""
    from tiny_runs import TINY

    folder = tmp_path_factory.mktemp("finished")
    assert train_main(command(lists, TINY, folder, "--log-images", "2")) == 0
    return folder / "run"


def test_run_folder_holds_what_the_design_says(finished):
    assert {path.name for path in finished.iterdir()} >= {
        "last.model", "best.model", "args.yaml", "args_min.yaml", "env.yaml", "metrics.csv", "train.log", "tensorboard",
    }  # fmt: skip
    rows = list(csv.DictReader((finished / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[2]["train_loss"]) < float(rows[0]["train_loss"])
    state = load_checkpoint(finished / LAST)
    assert {"model", "head", "optimizer", "ema", "step", "epoch", "metrics", "arch", "classes", "args"} <= state.keys()
    assert state["epoch"] == 3
    assert yaml.safe_load((finished / "args_min.yaml").read_text())["icap_prob"] == 0.5
    assert yaml.safe_load((finished / "args.yaml").read_text())["mixup"] is False
    assert yaml.safe_load((finished / "env.yaml").read_text())["packages"]["torch"]


def test_four_bars_are_told_apart(lists, tiny, train_main, tmp_path):
    flags = ["--l2softmax", "--epochs", "10", "--model-dir", tmp_path, "--prefix", "run"]
    assert train_main([*lists, *tiny, *flags]) == 0
    assert load_checkpoint(tmp_path / "run" / LAST)["metrics"]["valid_accuracy"] > 0.9


def test_best_is_the_epoch_with_the_highest_accuracy(finished):
    history = load_checkpoint(finished / LAST)["position"]["history"]
    best = max(history, key=lambda row: row["valid_accuracy"])  # the first of equals, as the run saw it
    assert load_checkpoint(finished / BEST)["epoch"] == best["epoch"]


def test_tensorboard_has_one_point_an_epoch(finished):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(finished / "tensorboard"))
    events.Reload()
    points = events.Scalars("valid/accuracy")
    assert [point.step for point in points] == [10, 20, 30]  # 80 samples after undersampling, batches of 8
    history = load_checkpoint(finished / LAST)["position"]["history"]
    assert [point.value for point in points] == pytest.approx([row["valid_accuracy"] for row in history])
    assert [picture.step for picture in events.Images("samples")] == [1, 21]
    if any(row["valid_accuracy"] < 1 for row in (history[0], history[-1])):
        assert events.Images("confusions")


def test_rerunning_a_finished_run_says_so_and_changes_nothing(finished, lists, tiny, train_main, capsys):
    before = (finished / LAST).stat().st_mtime_ns
    assert train_main(command(lists, tiny, finished.parent)) == 0
    assert "finished, 3 epochs" in capsys.readouterr().out
    assert (finished / LAST).stat().st_mtime_ns == before


def test_same_command_elsewhere_and_without_pictures_gives_the_same_weights(
    finished, lists, tiny, train_main, tmp_path
):
    assert train_main(command(lists, tiny, tmp_path, "--workers", "2", "--logger", "csv")) == 0
    assert not (tmp_path / "run" / "tensorboard").exists()
    assert_same_weights(weights(finished), weights(tmp_path / "run"))


def test_another_seed_gives_other_weights(finished, lists, tiny, train_main, tmp_path):
    assert train_main(command(lists, tiny, tmp_path, "--seed", "1")) == 0
    assert not torch.equal(weights(finished)["head.label.weight"], weights(tmp_path / "run")["head.label.weight"])


def test_stopping_after_each_epoch_equals_not_stopping(finished, lists, tiny, train_main, tmp_path, capsys):
    for epochs in (1, 2, 3):
        assert train_main(command(lists, tiny, tmp_path, "--epochs", epochs)) == 0
    assert "epochs: 2 -> 3" in capsys.readouterr().out
    assert_same_weights(weights(finished), weights(tmp_path / "run"))
    rows = [
        [{name: row[name] for name in row if name != "seconds"} for row in csv.DictReader(path.open())]
        for path in (finished / "metrics.csv", tmp_path / "run" / "metrics.csv")
    ]
    assert rows[0] == rows[1]


def start(programs, lists, tiny, folder, *flags):
    arguments = [ROOT / "train.py", *command(lists, tiny, folder, *flags)]
    return programs.start(arguments, stderr=None, env=os.environ | {"PYTHONUNBUFFERED": "1"})


def wait_for(process, text):
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the run ended without saying {text!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signal_in_the_middle_of_an_epoch_saves_and_resumes_exactly(
    finished, lists, tiny, train_main, tmp_path, programs, number
):
    process = start(programs, lists, tiny, tmp_path, "--disp-batches", "1")
    wait_for(process, "epoch 2/3  step 3/10")
    process.send_signal(number)
    process.stdout.read()
    assert process.wait(60) == 75
    state = load_checkpoint(tmp_path / "run" / LAST)
    assert state["epoch"] == 1 and 3 <= state["step"] < 10
    assert train_main(command(lists, tiny, tmp_path)) == 0
    assert_same_weights(weights(finished), weights(tmp_path / "run"))


def test_kill_at_any_moment_and_rerun_equals_uninterrupted_run(finished, lists, tiny, train_main, tmp_path, programs):
    """Saved after every step (--save-minutes 0), killed at four random moments without warning, then finished."""
    generator = np.random.default_rng(0)
    for _ in range(4):
        process = start(programs, lists, tiny, tmp_path, "--save-minutes", "0", "--disp-batches", "1")
        wait_for(process, "step")
        time.sleep(generator.uniform(0, 0.5))
        process.kill()
        process.communicate()
    assert train_main(command(lists, tiny, tmp_path)) == 0
    assert_same_weights(weights(finished), weights(tmp_path / "run"))


def test_second_process_on_a_running_run_says_so_and_exits_0(lists, tiny, train_main, tmp_path, capsys):
    process = start(Plainly(), lists, tiny, tmp_path, "--epochs", "200")
    try:
        wait_for(process, "step")
        assert train_main(command(lists, tiny, tmp_path, "--epochs", "200")) == 0
        assert f"is being trained by process {process.pid}" in capsys.readouterr().out
    finally:
        process.kill()
        process.wait(60)


def copy_of(finished, tmp_path):
    import shutil

    shutil.copytree(finished, tmp_path / "run")
    return tmp_path / "run"


def test_corrupt_last_checkpoint_falls_back_and_reaches_the_same_weights(
    finished, lists, tiny, train_main, tmp_path, capsys
):
    run = copy_of(finished, tmp_path)
    previous = load_checkpoint(previous_of(run / LAST))
    assert previous["epoch"] == 2
    (run / LAST).write_bytes((run / LAST).read_bytes()[:5000])
    assert train_main(command(lists, tiny, tmp_path)) == 0
    assert "last.previous.model" in capsys.readouterr().out
    assert_same_weights(weights(finished), weights(run))


def test_changed_flags_are_refused_with_the_difference(finished, lists, tiny, train_main, tmp_path, capsys):
    run = copy_of(finished, tmp_path)
    before = weights(run)
    assert train_main(command(lists, tiny, tmp_path, "--batch-size", "4", "--epochs", "5")) == 2
    message = capsys.readouterr().err
    assert "--batch-size 8 -> 4" in message and "--fresh" in message and message.count("\n") == 1
    assert_same_weights(before, weights(run))


def test_changed_data_are_refused(finished, lists, tiny, train_main, tmp_path, capsys):
    copy_of(finished, tmp_path)
    shorter = tmp_path / "shorter.csv"
    shorter.write_text("".join(Path(lists[0]).read_text().splitlines(True)[:-1]))
    assert train_main(command([shorter, lists[1]], tiny, tmp_path, "--epochs", "5")) == 2
    assert "lists or packs" in capsys.readouterr().err


def test_fresh_moves_the_old_run_aside_and_starts_anew(finished, lists, tiny, train_main, tmp_path):
    copy_of(finished, tmp_path)
    assert train_main(command(lists, tiny, tmp_path, "--fresh", "--epochs", "1", "--seed", "5")) == 0
    (old,) = tmp_path.glob("run.2*")
    assert_same_weights(weights(finished), weights(old))
    assert load_checkpoint(tmp_path / "run" / LAST)["epoch"] == 1


def test_resume_file_starts_a_new_run_from_its_weights(finished, lists, tiny, train_main, tmp_path):
    flags = ["--resume", finished / LAST, "--base-lr", "1e-12", "--epochs", "1"]
    assert train_main(command(lists, tiny, tmp_path, *flags)) == 0
    first, second = weights(finished), weights(tmp_path / "run")
    torch.testing.assert_close(second["head.label.weight"], first["head.label.weight"], rtol=0, atol=1e-6)
    assert load_checkpoint(tmp_path / "run" / LAST)["epoch"] == 1


def test_resume_from_another_class_list_is_refused(finished, lists, tiny, train_main, tmp_path, capsys):
    fewer = tmp_path / "fewer.csv"
    fewer.write_text("".join(line for line in Path(lists[0]).read_text().splitlines(True) if not line.startswith("3,")))
    status = train_main(command([fewer, fewer], tiny, tmp_path, "--resume", finished / LAST))
    assert status == 2
    assert "class list" in capsys.readouterr().err


def test_diverging_run_stops_with_a_diagnosis_and_saves_nothing_broken(lists, tiny, train_main, tmp_path, capsys):
    status = train_main(command(lists, tiny, tmp_path, "--base-lr", "1e30", "--warmup-epochs", "0"))
    assert status == 2
    assert "infinite or NaN" in capsys.readouterr().err
    for path in (tmp_path / "run").glob("*.model"):
        assert all(value.isfinite().all() for value in load_checkpoint(path)["model"].values())


def test_the_settings_of_a_run_are_a_command_line(lists, tiny, train_main, tmp_path, capsys):
    assert train_main(command(lists, tiny, tmp_path, "--epochs", "1")) == 0
    settings = ["--config", str(tmp_path / "run" / "args.yaml"), "--json"]
    capsys.readouterr()
    assert train_main(settings) == 0  # the same run, which is finished
    said = capsys.readouterr()
    numbers = json.loads(said.out)
    assert (numbers["run"], numbers["epochs"]) == (str(tmp_path / "run"), 1)
    assert numbers["best"] == pytest.approx(numbers["valid_accuracy"]) and "finished, 1 epochs" in said.err
    assert train_main([*settings, "--prefix", "second"]) == 0
    assert json.loads(capsys.readouterr().out)["valid_accuracy"] == numbers["valid_accuracy"]
    assert_same_weights(*(weights(tmp_path / name) for name in ("run", "second")))


@pytest.mark.parametrize("amp", ["bf16", pytest.param("fp16", marks=pytest.mark.rest)])
def test_mixed_precision_trains_and_resumes_exactly(lists, tiny, train_main, tmp_path, amp):
    flags = ["--amp", amp, "--undersampling", "4"]  # few steps: without its instructions bfloat16 is slow
    assert train_main(command(lists, tiny, tmp_path / "whole", *flags, "--epochs", "2")) == 0
    for epochs in (1, 2):
        assert train_main(command(lists, tiny, tmp_path / "parts", *flags, "--epochs", epochs)) == 0
    assert_same_weights(weights(tmp_path / "whole" / "run"), weights(tmp_path / "parts" / "run"))
    scaler = load_checkpoint(tmp_path / "parts" / "run" / LAST)["scaler"]
    assert bool(scaler) == (amp == "fp16")


@pytest.mark.parametrize("mixing", [[], ["--mixup"]])
def test_device_residency_gives_the_same_weights_as_host(lists, tiny, train_main, tmp_path, mixing):
    for residency in ("host", "device"):
        flags = [*lists, *tiny, *mixing, "--model-dir", tmp_path, "--prefix", residency, "--epochs", "1"]
        assert train_main([*flags, "--residency", residency]) == 0
    assert_same_weights(weights(tmp_path / "host"), weights(tmp_path / "device"))


def test_steps_that_are_left_out_are_told_at_the_end(lists, tiny, train_main, tmp_path, capsys, monkeypatch):
    from mojika.training.criterion import Criterion

    plain, calls = Criterion.__call__, []

    def faulty(self, *args):
        calls.append(True)
        return plain(self, *args) * (float("nan") if len(calls) in (3, 12, 13) else 1)

    monkeypatch.setattr(Criterion, "__call__", faulty)
    assert train_main(command(lists, tiny, tmp_path, "--grad-accumulation", "2", "--ema-decay", "0.9")) == 0
    finished = [line for line in capsys.readouterr().out.splitlines() if line.startswith("finished")]
    assert finished[0].endswith("  3 steps left out")
    assert "steps_left_out" in (tmp_path / "run" / "metrics.csv").read_text()
