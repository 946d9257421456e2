"""`train-detector` by two processes under torchrun: what one does, they do together (gloo, on the CPU)."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torchrun
from programs import TOOLS, Plainly
from tiny_detectors import TINY_DETECTOR, draw_books
from torchrun import finish, refusal, rows, stop_one_of_two, weights

from mojika.training.checkpoints import LAST, load_checkpoint

# five held-out pages and five tiles a batch: no even shares. With the statistics of batch normalisation as they begin,
# a tile does not depend on the others.
RECIPE = [*TINY_DETECTOR, "--batch-size", "5", "--freeze-bn", "--base-lr", "0.005", "--disp-batches", "1",
          "--hold-out-pages", "200_0,200_1,200_2,200_3,200_4"]  # fmt: skip


@pytest.fixture(scope="module")
def start(programs, tmp_path_factory) -> Callable[..., subprocess.Popen]:
    """`start(processes, models, prefix, *flags)`: training by so many processes."""
    data = draw_books(tmp_path_factory.mktemp("books"))

    def training(processes: int, models: Path, prefix: str, *flags: str, **others: Plainly) -> subprocess.Popen:
        where = ["--labels", data / "train.csv", "--images", data / "images", "--model-dir", models, "--prefix", prefix]
        return torchrun.start(
            programs, processes, [TOOLS / "mojika", "train-detector", *RECIPE, *where, *flags], **others
        )

    return training


def test_two_processes_equal_one_on_the_same_batches_and_pages_and_only_one_speaks(start, tmp_path):
    length = ["--snapshot-every", "4", "--iterations", "12"]
    finish(start(1, tmp_path, "one", *length))
    output = finish(start(2, tmp_path, "two", *length))
    one, two = (rows(tmp_path / prefix) for prefix in ("one", "two"))
    assert len(one) == 3 and one[-1]["train_loss"] < one[0]["train_loss"]
    for mine, theirs in zip(one, two, strict=True):
        for name in mine:
            assert theirs[name] == pytest.approx(mine[name], abs=1e-4, rel=1e-4, nan_ok=True), name
    for name, value in weights(tmp_path / "one").items():
        torch.testing.assert_close(weights(tmp_path / "two")[name], value, rtol=1e-3, atol=1e-5)
    assert output.count("epoch 1/3  step 1/4") == output.count("on 2 × cpu") == 1
    assert finish(start(2, tmp_path, "two", *length)).count("finished, 12 iterations") == 1

    refused = start(1, tmp_path, "two", "--snapshot-every", "4", "--iterations", "16")
    assert "processes 2 -> 1 (torchrun)" in refusal(refused) and refused.returncode == 2


def test_a_signal_to_one_process_stops_all_at_the_same_step_and_they_resume_exactly(start, tmp_path):
    long = start(2, tmp_path, "two", "--snapshot-every", "4", "--iterations", "2000", launcher=Plainly())
    rest = stop_one_of_two(long, "epoch 2/500  step 2/4")
    assert "saved at epoch" in rest and "interrupted" in rest, rest
    saved = load_checkpoint(tmp_path / "two" / LAST)
    epochs = saved["epoch"] + 2
    assert 1 <= saved["epoch"] < 100
    for prefix in ("whole", "two"):
        finish(start(2, tmp_path, prefix, "--snapshot-every", "4", "--iterations", str(4 * epochs)))
    first, second = weights(tmp_path / "whole"), weights(tmp_path / "two")
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.rest
def test_faster_rcnn_trains_with_two_processes_too(start, tmp_path):
    flags = ["--architecture", "faster-rcnn", "--iterations", "2", "--snapshot-every", "2", "--base-lr", "0.001"]
    finish(start(2, tmp_path, "two", *flags))
    assert all(value.isfinite().all() for value in weights(tmp_path / "two").values())
