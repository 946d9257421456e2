"""`train-detector` and `detect`: what a run leaves, how it goes on, what it refuses, what it finds."""

import re
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from tiny_detectors import CHARACTER, PAGES, TINY_DETECTOR, draw_books

from mojika.boxes.page_boxes import read_boxes
from mojika.cli.main import main
from mojika.detection.detection_task import Detection
from mojika.experiment import run
from mojika.models.input_spec import PageInputSpec
from mojika.training.checkpoints import load_checkpoint
from mojika.training.distributed import World


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return draw_books(tmp_path_factory.mktemp("pages"))


def train(data: Path, models: Path, *flags: str) -> int:
    where = ["--labels", data / "train.csv", "--images", data / "images", "--model-dir", models]
    return main(["train-detector", *map(str, where), "--hold-out", "200", *TINY_DETECTOR, *flags])


def assert_same(one, other) -> None:
    """Nests of dicts and lists with equal tensors, bit for bit."""
    if isinstance(one, torch.Tensor):
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in set(one) - {"seconds"}:
            assert_same(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_same(*pair)
    else:
        assert one == other or (one != one and other != other)


def test_a_run_that_was_interrupted_in_the_middle_of_an_epoch_ends_bit_for_bit_as_one_that_was_not(
    data, tmp_path, stop_in_call, capsys
):
    length = ["--iterations", "12", "--snapshot-every", "6", "--snapshots", "6,12", "--disp-batches", "3"]
    assert train(data, tmp_path / "whole", *length, "--log-images", "1") == 0
    folder = tmp_path / "whole" / "detector"
    names = {path.name for path in folder.iterdir()}
    assert {"last.model", "iteration-000006.model", "iteration-000012.model", "metrics.csv", "args.yaml"} <= names
    assert load_checkpoint(folder / "iteration-000006.model")["position"]["global_step"] == 6

    stop_in_call(Detection, "step", 8)
    assert train(data, tmp_path / "parts", *length) == 75
    # pages that do not fit into the cache, other threads, and pictures of tiles make no difference
    again = [*length, "--cache-gib", "0", "--workers", "2", "--logger", "csv"]
    assert train(data, tmp_path / "parts", *again) == 0
    assert "resuming from epoch 2, step 2" in capsys.readouterr().out
    whole, parts = (load_checkpoint(tmp_path / name / "detector" / "last.model") for name in ("whole", "parts"))
    for part in ("model", "optimizer", "position"):
        assert_same(whole[part], parts[part])
    spec = PageInputSpec.from_plain(whole["input"])
    assert (list(spec.short_sides), spec.page_preprocessing) == (whole["args"]["short_side"], ())

    assert train(data, tmp_path / "parts", *again) == 0
    assert "finished, 12 iterations" in capsys.readouterr().out
    assert train(data, tmp_path / "parts", *again, "--seed", "1") == 2
    assert "--seed 0 -> 1" in one_line(capsys)


def test_a_detector_finds_what_it_was_trained_on(data, tmp_path, capsys):
    assert train(data, tmp_path, "--iterations", "240", "--snapshot-every", "240") == 0
    state = load_checkpoint(tmp_path / "detector" / "best.model")
    assert state["metrics"]["valid_ap"] > 0.9
    out = tmp_path / "boxes.parquet"
    find = ["detect", str(tmp_path / "detector" / "best.model"), "--images", str(data / "images"), "--out", str(out),
            "--short-sides", "150,160,170", "--gray", "--score-threshold", "0.3", "--device", "cpu",
            "--iou", "0.3"]  # fmt: skip
    assert main(find) == 0
    found = read_boxes(out)
    assert len(found.pages) == 2 * PAGES and found.class_list is None
    counts = found.boxes.groupby("image_id").size()
    assert abs(len(found) - 2 * 9 * (PAGES - 1)) <= 6
    assert counts.get(f"200_{PAGES - 1}", 0) == 0
    sides = found.coordinates[:, 2:] - found.coordinates[:, :2]
    np.testing.assert_allclose(np.median(sides, axis=0), CHARACTER, atol=3)
    capsys.readouterr()

    assert main(find) == 0
    assert "up to date" in capsys.readouterr().out
    assert main([*find, "--at-most", "5"]) == 2
    assert "at_most" in one_line(capsys)
    assert main([*find, "--at-most", "5", "--force"]) == 0
    assert len(read_boxes(out)) == 5 * 2 * (PAGES - 1)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (["--hold-out", "300"], "nothing called 300"),
        (["--hold-out", "100,200"], "no page to train on"),
        (["--hold-out", "200", "--repeat-books", "100,200"], "no page of 200 to repeat among those to train on"),
        (["--hold-out", "200", "--iterations", "10", "--snapshot-every", "4"], "--iterations 10: expected multiples"),
        (["--hold-out", "200", "--short-side", "1600,1000"], "--short-side 1600,1000"),
        (["--hold-out-pages", f"200_{PAGES - 1}"], "no character"),
        (["--hold-out", "200", "--architecture", "faster-rcnn", "--shared-head"], "expected --architecture centernet"),
    ],
)
def test_refusals_take_one_line(flags, says, data, tmp_path, capsys):
    where = ["--labels", data / "train.csv", "--images", data / "images", "--model-dir", tmp_path]
    assert main(["train-detector", *map(str, where), *TINY_DETECTOR, *flags]) == 2
    assert says in one_line(capsys)


def test_faster_rcnn_trains_with_the_same_flags(data, tmp_path):
    flags = ["--architecture", "faster-rcnn", "--iterations", "2", "--snapshot-every", "2", "--base-lr", "0.001"]
    assert train(data, tmp_path, *flags) == 0
    state = load_checkpoint(tmp_path / "detector" / "last.model")
    assert state["detector"]["kind"] == "faster-rcnn"
    assert all(value.isfinite().all() for value in state["model"].values())


def test_training_as_in_2019_keeps_batch_norm_and_turns_biases_faster(data, tmp_path, capsys):
    flags = ["--repeat-books", "100", "--random-grayscale-prob", "1", "--jitter-hue", "0.2", "--freeze-bn",
             "--freeze-bn-affine", "--warmup-start", "0.333", "--warmup-steps", "4", "--bias-lr-factor", "2",
             "--bias-wd", "0", "--iterations", "2", "--snapshot-every", "1"]  # fmt: skip
    assert train(data, tmp_path, *flags) == 0
    state = load_checkpoint(tmp_path / "detector" / "last.model")
    _, biases = state["optimizer"]["param_groups"]
    assert (biases["lr_factor"], biases["weight_decay"]) == (2, 0)
    norms = [name for name in state["model"] if name.endswith("bn1.weight")]
    assert norms and all((state["model"][name] == 1).all() for name in norms)
    assert train(data, tmp_path, *flags) == 0 and "finished" in capsys.readouterr().out
    assert train(data, tmp_path, *flags, "--repeats", "3") == 2


def test_fewer_tiles_than_processes_are_refused(data, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(run, "joined_world", lambda: nullcontext(World(size=5)))
    assert train(data, tmp_path) == 2
    assert "--batch-size 4: too few tiles for 5 processes" in one_line(capsys)


def test_a_page_without_image_is_named(data, tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text((data / "train.csv").read_text() + "100_99,\n")
    where = ["--labels", str(labels), "--images", str(data / "images"), "--hold-out", "200"]
    assert main(["train-detector", *where, *TINY_DETECTOR]) == 2
    assert "100_99" in one_line(capsys)


def test_a_dry_run_checks_the_backbone_and_writes_nothing(data, tmp_path, capsys):
    assert train(data, tmp_path, "--dry-run", "--backbone", "resnet9000") == 2
    assert "--backbone resnet9000: neither an alias of the 2019 scripts nor a timm model" in one_line(capsys)
    assert train(data, tmp_path, "--dry-run") == 0
    settings = yaml.safe_load(capsys.readouterr().out)
    assert settings["train_pages"] > 0 and "lr_factor" not in settings and list(tmp_path.iterdir()) == []


def test_a_page_that_is_not_readable_is_named_or_left_out(data, tmp_path, capsys):
    assert train(data, tmp_path, "--iterations", "1", "--snapshot-every", "1") == 0
    images, out = tmp_path / "images", tmp_path / "boxes.parquet"
    images.mkdir()
    (images / "a.png").write_bytes((data / "images" / "100_0.png").read_bytes())
    (images / "b.png").write_bytes(b"no image")
    find = ["detect", str(tmp_path / "detector" / "last.model"), "--images", str(images), "--out", str(out),
            "--short-sides", "160", "--device", "cpu"]  # fmt: skip
    capsys.readouterr()
    assert main(find) == 2
    assert "b.png" in one_line(capsys)
    assert not out.exists()
    assert main([*find, "--skip-bad"]) == 0
    assert read_boxes(out).pages["image_id"].tolist() == ["a"]
    assert "b.png" in out.with_suffix(".skipped.csv").read_text()


def one_line(capsys) -> str:
    """The error that was printed last: one line."""
    errors = [line for line in capsys.readouterr().err.splitlines() if re.match("mojika [a-z-]+: error:", line)]
    assert len(errors) == 1
    return errors[0]
