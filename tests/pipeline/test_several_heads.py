"""Runs on rectangles with three labels each."""

import csv
import json

import numpy as np
import pytest
import torch
from grapheme_lists import HEADS, RECTANGLES, draw_graphemes
from PIL import Image
from tiny_runs import TINY

from mojika.cli.main import main
from mojika.training.checkpoints import BEST, LAST, load_checkpoint


@pytest.fixture(scope="module")
def graphemes(tmp_path_factory) -> list[str]:
    return draw_graphemes(tmp_path_factory.mktemp("graphemes"))


@pytest.fixture
def train(graphemes, train_main, tmp_path):
    """`train(*flags, prefix="run") -> (exit status, run folder)`."""

    def start(*flags, prefix="run"):
        argv = [*graphemes, *TINY, *RECTANGLES, "--model-dir", tmp_path, "--prefix", prefix, *flags]
        return train_main(argv), tmp_path / prefix

    return start


def weights(folder):
    state = load_checkpoint(folder / LAST)
    return {**state["model"], **state["head"]}


def assert_same(first, second):
    assert first.keys() == second.keys()
    assert not [name for name in first if not torch.equal(first[name], second[name])]


def test_rectangles_train_and_resume_exactly_with_everything_on(train, graphemes, capsys):
    flags = ["--cutmix", "--cutmix-per-sample", "--gridmask", "--cutout", "--cutout-length", "6", "--pooling", "gem"]
    assert train(*flags, "--epochs", "2")[0] == 0
    for epochs in ("1", "2"):
        status, parts = train(*flags, "--epochs", epochs, "--log-images", "1", prefix="parts")
        assert status == 0
    assert_same(weights(parts.with_name("run")), weights(parts))
    assert load_checkpoint(parts / LAST)["arch"]["input_size"] == (18, 26)
    capsys.readouterr()
    assert main(["evaluate", str(parts / LAST), graphemes[1], "--device", "cpu"]) == 0
    assert "accuracy_grapheme_root" in capsys.readouterr().out


def test_weights_of_heads_decide_what_is_learned(train, graphemes, capsys):
    """A head of weight 0 stays as it was drawn; the log, the table and `mojika evaluate` tell the same score."""
    flags = ["--wd", "0", "--epochs", "3", "--head-weights", "2,1,0"]
    status, folder = train(*flags)
    said = capsys.readouterr().out
    assert status == 0
    state, untrained = load_checkpoint(folder / LAST), train(*flags, "--steps", "1", "--base-lr", "1e-12", prefix="no")
    before = load_checkpoint(untrained[1] / LAST)["head"]
    torch.testing.assert_close(
        state["head"]["consonant_diacritic.weight"], before["consonant_diacritic.weight"], rtol=0, atol=1e-6
    )
    assert not torch.equal(state["head"]["grapheme_root.weight"], before["grapheme_root.weight"])
    metrics = state["metrics"]
    recalls = [metrics[f"valid_union_recall_{head}"] for head in HEADS]
    assert metrics["valid_score"] == pytest.approx((2 * recalls[0] + recalls[1] + recalls[2]) / 4)
    assert f"score {metrics['valid_score']:.4f}" in said and "macro recall vowel diacritic" in said
    with (folder / "metrics.csv").open() as file:
        assert float(list(csv.DictReader(file))[-1]["valid_score"]) == pytest.approx(metrics["valid_score"])
    capsys.readouterr()
    assert main(["evaluate", str(folder / LAST), graphemes[1], "--device", "cpu", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["score"] == pytest.approx(metrics["valid_score"])
    assert found["accuracy_grapheme_root"] == pytest.approx(metrics["valid_accuracy_grapheme_root"])


def test_three_heads_are_learned_and_the_best_score_is_kept(train):
    status, folder = train("--epochs", "6", "--head-weights", "2,1,1", "--mix-schedule", "mixup=0.3,cutmix=0.3")
    assert status == 0
    history = load_checkpoint(folder / LAST)["position"]["history"]
    best = max(history, key=lambda row: row["valid_score"])
    assert load_checkpoint(folder / BEST)["epoch"] == best["epoch"]
    assert best["valid_score"] > 0.6  # 0.3 by chance


def test_another_number_of_head_weights_is_refused(train, capsys):
    assert train("--head-weights", "2,1")[0] == 2
    assert "--head-weights: expected 3 numbers, for grapheme_root, vowel_diacritic" in capsys.readouterr().err


def test_image_dump_shows_rectangles(train):
    status, folder = train("--image-dump")
    assert status == 0
    picture = np.asarray(Image.open(folder / "samples.png"))
    assert picture.shape[1] == 12 * (26 + 2) + 2 and picture.shape[0] == 2 * (18 + 2) + 2
