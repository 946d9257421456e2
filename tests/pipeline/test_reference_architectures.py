"""Each of the five reference scripts trains its real network on a tiny pack on a CPU, and goes on where it stopped.

One of them, an SE-ResNeXt on coloured crops, is in every run of the whole tier; the others are left to --tier all.
"""

import os
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_runs import ROOT

from mojika.training.checkpoints import LAST, load_checkpoint

SCRIPTS = sorted((ROOT / "train_scripts").glob("0[1-5]_*.sh"))
CASES = [
    pytest.param(script, id=script.name[:2], marks=[] if script.name.startswith("04") else [pytest.mark.rest])
    for script in SCRIPTS
]
FLAGS = [
    "--from-scratch", "--batch-size", "4", "--val-batch-size", "4", "--device", "cpu", "--workers", "1",
    "--warmup-epochs", "1", "--base-lr", "0.001", "--disp-batches", "1",
]  # fmt: skip


@pytest.fixture(scope="module")
def kuzushiji(tmp_path_factory) -> Path:
    """The splits that the scripts look for, as header-less lists of twelve noise images of three classes."""
    folder, generator = tmp_path_factory.mktemp("kuzushiji"), np.random.default_rng(0)
    lines = []
    for number in range(12):
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), generator.integers(0, 256, (124, 124, 3), dtype=np.uint8))
        lines.append(f"U+{0x3042 + number % 3:04X},{path}\n")
    for book in ("200015779", "200003076"):
        for pack in ("gray210", "gray124", "rgb124"):
            split = folder / "splits" / book / pack
            split.mkdir(parents=True)
            (split / "train.csv").write_text("".join(lines[:9]))
            (split / "valid.csv").write_text("".join(lines[9:]))
    return folder


def run(path: str, script: Path, folder: Path, models: Path, *flags: str) -> str:
    environment = os.environ | {
        "PATH": path,
        "MOJIKA_KUZUSHIJI": str(folder),
        "MOJIKA_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        ["bash", str(script), *FLAGS, "--model-dir", str(models), *flags],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("script", CASES)
def test_an_epoch_completes_and_the_next_goes_on_from_it(script, kuzushiji, programs, tmp_path):
    first = run(programs.path, script, kuzushiji, tmp_path, "--epochs", "1")
    assert "step 2/2" in first and "finished: accuracy" in first
    assert "resuming from epoch 2, step 0" in run(programs.path, script, kuzushiji, tmp_path, "--epochs", "2")
    state = load_checkpoint(tmp_path / script.stem / LAST)
    assert state["epoch"] == 2
    assert all(value.isfinite().all() for value in state["model"].values())
    shutil.rmtree(tmp_path / script.stem)  # half a gigabyte each
