"""A small student taught by another run."""

import pytest
import torch
from grapheme_lists import RECTANGLES, draw_graphemes
from tiny_runs import TINY

from mojika.training.checkpoints import LAST, load_checkpoint


@pytest.fixture(scope="module")
def graphemes(tmp_path_factory) -> list[str]:
    return draw_graphemes(tmp_path_factory.mktemp("graphemes"))


@pytest.fixture(scope="module")
def teacher(graphemes, train_main, tmp_path_factory):
    folder = tmp_path_factory.mktemp("teacher")
    flags = ["--scale-size", "30x44", "--input-size", "27x39", "--rgb-mean", "0.2", "--ema-decay", "0.9"]
    assert train_main([*graphemes, *TINY, *flags, "--epochs", "1", "--model-dir", folder, "--prefix", "run"]) == 0
    return folder / "run" / LAST


@pytest.fixture
def train(graphemes, train_main, tmp_path):
    def start(*flags, data=graphemes, prefix="run", tiny=TINY):
        argv = [*data, *tiny, *RECTANGLES, "--model-dir", tmp_path, "--prefix", prefix, *flags]
        return train_main(argv), tmp_path / prefix

    return start


def test_a_student_learns_from_its_teacher_and_resumes_exactly(train, teacher):
    flags = ["--teacher", teacher, "--teacher-weight", "0.7", "--teacher-temperature", "3", "--cutmix"]
    status, whole = train(*flags, "--epochs", "2", "--head-weights", "2,1,1")
    assert status == 0
    for epochs in ("1", "2"):
        status, parts = train(*flags, "--epochs", epochs, "--head-weights", "2,1,1", prefix="parts")
        assert status == 0
    first, second = (load_checkpoint(folder / LAST) for folder in (whole, parts))
    for part in ("model", "head"):
        assert not [name for name, value in first[part].items() if not torch.equal(value, second[part][name])]
    assert first["metrics"]["train_loss"] == second["metrics"]["train_loss"]


def test_a_teacher_of_weight_zero_changes_nothing(train, teacher):
    heads = []
    for prefix, flags in (("alone", []), ("taught", ["--teacher", teacher, "--teacher-weight", "0"])):
        status, folder = train("--steps", "3", *flags, prefix=prefix)
        assert status == 0
        heads.append(load_checkpoint(folder / LAST)["head"])
    assert not [name for name, value in heads[0].items() if not torch.equal(value, heads[1][name])]


def test_another_teacher_is_another_run(train, teacher, tmp_path, capsys):
    own = tmp_path / "teacher.model"
    own.write_bytes(teacher.read_bytes())
    assert train("--epochs", "1", "--teacher", own)[0] == 0
    assert train("--epochs", "2", "--teacher", teacher)[0] == 2
    assert "--teacher" in capsys.readouterr().err
    state = torch.load(own, weights_only=True)
    torch.save({**state, "step": 1}, own)  # the same name, another content
    assert train("--epochs", "2", "--teacher", own)[0] == 2
    assert f"changed: the file --teacher {own}" in capsys.readouterr().err


def test_a_teacher_that_does_not_fit_is_refused_in_one_line(train, teacher, lists, tmp_path, capsys):
    for message, flags in (
        ("nowhere.model: no such", ["--teacher", "nowhere.model"]),
        ("of another shape than --input-size 20", ["--input-size", "20", "--scale-size", "20", "--teacher", teacher]),
        ("--teacher-weight 2.0: expected a fraction", ["--teacher", teacher, "--teacher-weight", "2"]),
    ):
        assert train(*flags)[0] == 2
        assert message in capsys.readouterr().err.splitlines()[-1]
    assert train("--teacher", teacher, data=lists)[0] == 2
    assert "reads grapheme_root, vowel_diacritic, consonant_diacritic; the lists have label" in capsys.readouterr().err
    in_colour = [flag for flag in TINY if flag != "--grayscale"]
    assert train("--teacher", teacher, "--dry-run", tiny=in_colour)[0] == 2
    assert "sees 1 channel; train with --grayscale" in capsys.readouterr().err
