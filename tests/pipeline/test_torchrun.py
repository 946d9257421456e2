"""Two processes under torchrun compute what one does, stop together and go on together (gloo, on the CPU)."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchrun
from programs import Plainly
from tiny_runs import ROOT, TINY
from torchrun import finish, refusal, rows, stop_one_of_two, weights

from mojika.training.checkpoints import LAST, load_checkpoint

# without batch normalisation, whose statistics would be those of half a batch; 88 images, the last batch incomplete
RECIPE = [*TINY, "--model", "test_efficientnet_ln", "--batch-size", "16", "--val-batch-size", "10",
          "--base-lr", "0.002", "--epochs", "3", "--disp-batches", "1"]  # fmt: skip
PREFIXES = ("one", "two")


Start = Callable[..., subprocess.Popen]


@pytest.fixture(scope="module")
def start(programs, lists) -> Start:
    """`start(processes, folder, prefix, *flags)`: training by so many processes."""

    def training(processes: int, folder: Path, prefix: str, *flags: str, **others: Plainly) -> subprocess.Popen:
        program = [ROOT / "train.py", *lists, *RECIPE, "--model-dir", folder, "--prefix", prefix, *flags]
        return torchrun.start(programs, processes, program, **others)

    return training


@pytest.fixture(scope="module")
def finished(start, tmp_path_factory) -> Path:
    """The same recipe by one process and by two."""
    folder = tmp_path_factory.mktemp("finished")
    for processes, prefix in enumerate(PREFIXES, start=1):
        finish(start(processes, folder, prefix))
    return folder


def test_two_processes_equal_one_on_the_same_batches(finished):
    one, two = (rows(finished / prefix) for prefix in PREFIXES)
    assert one[-1]["train_loss"] < one[0]["train_loss"]
    for mine, theirs in zip(one, two, strict=True):
        for name in mine:
            tolerance = 1e-5 if name.endswith("loss") else 0  # counts are exact
            assert theirs[name] == pytest.approx(mine[name], abs=tolerance, rel=tolerance), name
    for name, value in weights(finished / "one").items():
        torch.testing.assert_close(weights(finished / "two")[name], value, rtol=1e-3, atol=1e-5)


def test_only_the_main_process_speaks_and_saves(finished, start):
    output = finish(start(2, finished, "two"))
    assert output.count("finished, 3 epochs") == 1
    log = (finished / "two" / "train.log").read_text()
    assert log.count("epoch 1/3  step 1/6") == 1
    assert log.count("test_efficientnet_ln on 2 × cpu") == 1


def test_another_number_of_processes_is_refused(finished, start):
    process = start(1, finished, "two", "--epochs", "4")
    assert "processes 2 -> 1 (torchrun)" in refusal(process)
    assert process.returncode == 2


def test_a_signal_to_one_process_stops_all_at_the_same_step_and_they_resume_exactly(start, tmp_path):
    rest = stop_one_of_two(start(2, tmp_path, "two", "--epochs", "60", launcher=Plainly()), "epoch 2/60  step 2/6")
    assert "saved at epoch" in rest, rest
    saved = load_checkpoint(tmp_path / "two" / LAST)
    assert 1 <= saved["epoch"] < 7
    for prefix in ("whole", "two"):
        finish(start(2, tmp_path, prefix, "--epochs", "7"))
    first, second = weights(tmp_path / "whole"), weights(tmp_path / "two")
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_too_small_a_batch_and_a_cpu_with_sync_bn_are_refused(start, tmp_path):
    for flags, message in ((["--batch-size", "3"], "too few images for 2 processes"), (["--sync-bn"], "between GPUs")):
        assert message in refusal(start(2, tmp_path, "run", *flags))


WITH_FAULTS = """
import os, sys
from mojika.cli.train import main
from mojika.training.criterion import Criterion

plain, calls = Criterion.__call__, []

def faulty(self, *args):
    calls.append(True)
    of_one = os.environ["RANK"] == "1" and len(calls) in (3, 9, 10, 11)
    return plain(self, *args) * (float("nan") if of_one else 1)

Criterion.__call__ = faulty
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.rest
@pytest.mark.parametrize("amp", ["off", "fp16"])
def test_a_loss_that_is_not_finite_in_one_process_is_a_fault_of_all(programs, lists, tmp_path, amp):
    """Left out by both, once; then three in a row, for which both go back to the end of the first epoch."""
    program = tmp_path / "faulty.py"
    program.write_text(WITH_FAULTS)
    flags = [*RECIPE, "--amp", amp, "--save-minutes", "60", "--model-dir", tmp_path, "--prefix", "two"]
    said = finish(torchrun.start(programs, 2, [program, *lists, *flags]))
    assert said.count("left out, as the loss is infinite or NaN") == 4
    assert said.count("back to epoch 2, step 0, with half the learning rate") == 1
    assert "  4 steps left out" in said.splitlines()[-1]
    assert all(value.isfinite().all() for value in weights(tmp_path / "two").values())
