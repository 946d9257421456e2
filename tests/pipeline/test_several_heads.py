"""Runs on rectangles with three labels each."""

import numpy as np
import pytest
import torch
from grapheme_lists import RECTANGLES, draw_graphemes
from PIL import Image
from tiny_runs import TINY

from mojika.cli.main import main
from mojika.training.checkpoints import LAST, load_checkpoint


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
        status, parts = train(*flags, "--epochs", epochs, prefix="parts")
        assert status == 0
    assert_same(weights(parts.with_name("run")), weights(parts))
    assert load_checkpoint(parts / LAST)["arch"]["input_size"] == (18, 26)
    capsys.readouterr()
    assert main(["evaluate", str(parts / LAST), graphemes[1], "--device", "cpu"]) == 0
    assert "accuracy_grapheme_root" in capsys.readouterr().out


def test_image_dump_shows_rectangles(train):
    status, folder = train("--image-dump")
    assert status == 0
    picture = np.asarray(Image.open(folder / "samples.png"))
    assert picture.shape[1] == 12 * (26 + 2) + 2 and picture.shape[0] == 2 * (18 + 2) + 2
