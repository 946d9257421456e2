"""Write a stored checkpoint with the code of its commit, and what that code says of it.

    python tests/pipeline/checkpoints/write.py NAME …        # in a clone with its whole history

`NAME.model` is `last.model` of a training of seconds, as it was written; `NAME.json` what the same commit's `mojika
evaluate` (`mojika detect` for a detector) then printed and found.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "tests")]

import tiny_networks  # noqa: E402, F401 (registers the networks)

CHARACTERS = [
    "--model", "tiny_net", "--from-scratch", "--grayscale", "--scale-size", "28", "--input-size", "24",
    "--rgb-mean", "0.7", "--rgb-std", "0.2", "--batch-size", "8", "--val-batch-size", "16", "--warmup-epochs", "1",
    "--base-lr", "0.1", "--amp", "off", "--device", "cpu", "--workers", "1", "--epochs", "6",
    "--random-horizontal-flip", "0",
]  # fmt: skip
DETECTOR = [
    "--architecture", "centernet", "--backbone", "tiny_maps", "--width", "4", "--from-scratch", "--tile-size", "64",
    "--short-side", "150,170", "--batch-size", "2", "--iterations", "4", "--snapshot-every", "4", "--lr-steps", "1000",
    "--warmup-steps", "1", "--device", "cpu", "--amp", "off", "--workers", "1", "--hold-out", "200",
]  # fmt: skip
# name: the commit, what it trains, and flags of its own
WRITTEN = {
    "first_training": ("f9e2382", "characters", ["--l2softmax"]),
    "flags_of_2019": ("a5d3674", "characters", 
        ["--arcface", "--arcface-s", "8", "--ema-decay", "0.5", "--interpolation", "BILINEAR"]),
    "rectangles": ("9b4e496", "characters", ["--scale-size", "28x32", "--input-size", "24x30"]),
    "best_by_loss": ("52ff477", "characters", ["--cosface", "--best-by", "loss"]),
    "neck_and_gate": ("8b7bf9e", "characters", ["--neck", "6", "--head-gate"]),
    "grapheme_form": ("184e3f8", "graphemes", ["--scale-size", "28", "--input-size", "24"]),
    "before_shear": ("7b2feb1", "characters", ["--adacos"]),
    "before_input_spec": ("d081981", "characters", []),
    "input_spec": ("f49d8c8", "characters", ["--l2softmax"]),
    "exchanged_channels": ("9c81262", "characters", ["--exchange-channels", "--bn-momentum", "0.05"]),
    "first_detector": ("1577485", "detector", []),
    "detector_before_input_spec": ("2bb3b3b", "detector", []),
}  # fmt: skip


def make_data(kind: str, folder: Path, main: Callable) -> list[str]:
    """What a kind trains on, in the given folder; returns the first arguments of its training."""
    from grapheme_files import images_of, write_class_map, write_labels, write_shard
    from tiny_detectors import draw_books
    from tiny_runs import draw

    if kind == "characters":
        return [str(draw(folder, "train", 12, 3, 1)), str(draw(folder, "valid", 4, 3, 2))]
    if kind == "detector":
        draw_books(folder, 3)
        return ["--labels", str(folder / "train.csv"), "--images", str(folder / "images")]
    rows = [[f"Train_{i}", i % 11, i % 3, i % 2] for i in range(12)]
    labels = write_labels(folder / "labels.csv", rows)
    write_class_map(folder / "class_map.csv")
    shard = write_shard(folder / "train_image_data_0.parquet", [row[0] for row in rows], images_of(12))
    pack = ["--labels", labels, "--shards", shard, "--grapheme-size", "crop:30", "--out", folder / "pack"]
    assert not main(list(map(str, ["pack", *pack])))
    header = "grapheme_root,vowel_diacritic,consonant_diacritic,pack,row"
    lines = [f"{','.join(map(str, row[1:]))},pack,{number}" for number, row in enumerate(rows)]
    (folder / "list.csv").write_text("\n".join([header, *lines]) + "\n")
    return [str(folder / "list.csv")] * 2


def read(kind: str, model: Path, folder: Path, main: Callable, out: Path) -> dict:
    """What `mojika` says of a model and of what `make_data` made: the numbers, and the readings or boxes."""
    import contextlib
    import io

    import pandas as pd

    said = io.StringIO()
    if kind == "detector":
        command = ["detect", model, "--images", folder / "images", "--out", out / "boxes.parquet", "--workers", "1"]
        command += ["--short-sides", "160", "--score-threshold", "0", "--at-most", "20"]
    else:
        listed = folder / ("list.csv" if kind == "graphemes" else "valid.csv")
        command = ["evaluate", model, listed, "--predictions", out / "predictions.csv"]
    with contextlib.redirect_stdout(said):
        assert not main([*map(str, command), "--json", "--device", "cpu"])
    numbers = json.loads(said.getvalue().splitlines()[-1])
    if kind == "detector":
        boxes = pd.read_parquet(out / "boxes.parquet")[["image_id", "x1", "y1", "x2", "y2", "box_score"]]
        return {"numbers": numbers, "boxes": boxes.round(4).values.tolist()}
    return {"numbers": numbers, "readings": pd.read_csv(out / "predictions.csv", dtype=str).values.tolist()}


def write(name: str) -> None:
    """In a process with the commit's library."""
    import runpy

    from mojika.cli.main import main

    commit, kind, own = WRITTEN[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        os.environ["MOJIKA_CACHE"] = str(folder / "cache")
        flags = [*make_data(kind, folder, main), *(DETECTOR if kind == "detector" else CHARACTERS), *own]
        flags += ["--model-dir", str(folder), "--prefix", "run"]
        if kind == "detector":
            assert not main(["train-detector", *flags])
        else:
            sys.argv = ["train.py", *flags]
            try:
                runpy.run_path("train.py", run_name="__main__")
            except SystemExit as end:
                assert not end.code
        (HERE / f"{name}.model").write_bytes((folder / "run" / "last.model").read_bytes())
        found = {"commit": commit, "kind": kind, **read(kind, folder / "run" / "last.model", folder, main, folder)}
    (HERE / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n")


def main(names: list[str]) -> None:
    for name in names or WRITTEN:
        with tempfile.TemporaryDirectory() as tree:
            archive = subprocess.run(["git", "archive", WRITTEN[name][0]], cwd=ROOT, check=True, stdout=subprocess.PIPE)
            subprocess.run(["tar", "x", "-C", tree], input=archive.stdout, check=True)
            program = [sys.executable, __file__, "--here", name]
            subprocess.run(program, cwd=tree, env={**os.environ, "PYTHONPATH": f"{tree}/lib:{tree}"}, check=True)


if __name__ == "__main__":
    write(sys.argv[2]) if sys.argv[1:2] == ["--here"] else main(sys.argv[1:])
