"""`.model` files of the 2019 scripts: what is read of them, and what is refused, without running anything."""

import argparse
import pickle
from pathlib import Path

import pytest
import torch
from networks_of_2019 import cut, save_as_in_2019

from mojika.cli.main import main
from mojika.errors import UserError
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_of_2019 import read_model_of_2019


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return cut("resnet18", gray=True)


@pytest.fixture
def slim(resnet) -> dict:
    """What was saved, with little more of the weights than the first layer."""
    weights = resnet.content["model"]
    return resnet.content | {"model": {name: weights[name] for name in list(weights)[:6]}}


def refusal(content: object, tmp_path: Path, capsys) -> str:
    """The one line; nothing was written."""
    save_as_in_2019(tmp_path / "broken.model", content)
    assert main(["import-model", str(tmp_path / "broken.model"), "--out", str(tmp_path / "out" / "a.model")]) == 2
    assert not (tmp_path / "out").exists()
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


@pytest.mark.parametrize(("size", "scale"), [(112, 120), (190, 200), (64, 70)])
def test_the_scale_is_that_of_the_tests_of_2019_where_they_had_one(slim, tmp_path, size, scale):
    args = argparse.Namespace(**vars(slim["args"]) | {"input_size": size, "scale_size": 70})
    save_as_in_2019(tmp_path / "a.model", slim | {"args": args})
    assert read_model_of_2019(tmp_path / "a.model").spec.scale_size == scale


class Hostile:
    """What unpickling it would do."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("place", ["args", "optimizer", "arch"])
def test_a_hostile_file_is_refused_without_running_anything(slim, tmp_path, capsys, place):
    trace = tmp_path / "it ran"
    content = {**slim, place: Hostile(trace)}
    assert "nothing of it was executed" in refusal(content, tmp_path, capsys)
    assert not trace.exists()
    with open(tmp_path / "broken.model", "rb") as file:  # it would have, as a plain pickle
        assert b"touch" in file.read()
    pickle.loads(pickle.dumps(Hostile(trace)))
    assert trace.exists()


def test_a_hostile_attribute_of_the_settings_is_refused(slim, tmp_path, capsys):
    args = argparse.Namespace(**vars(slim["args"]), extra=Hostile(tmp_path / "it ran"))
    assert "nothing of it was executed" in refusal({**slim, "args": args}, tmp_path, capsys)
    assert not (tmp_path / "it ran").exists()


@pytest.mark.parametrize(("changes", "found"), [
    ({"arch": "vgg16"}, "found the network vgg16, which cannot be imported"),
    ({"arch": "resnet34"}, "the weights are not those of resnet34: "),
    ({"arch": "se_resnet50"}, "expected the settings and the first layer of a se_resnet50"),
    ({"class_names": []}, "found 0 labels for 7 classes"),
    ({"class_names": ["a"] * 7}, "found 7 labels for 7 classes"),
    ({"class_names": [1, 2]}, "found no class names"),
    ({"metrics_type": "adacos"}, "found the head adacos, which cannot be imported"),
    ({"metric_fc": {}}, "found no class vectors in metric_fc"),
    ({"args": argparse.Namespace(input_size=112)}, "expected the settings and the first layer of a resnet18"),
    ({"args": {"input_size": 112}}, "found other kinds of values"),
    ({"schema": 1}, "found a checkpoint of Mojika, which needs no import"),
])  # fmt: skip
def test_another_file_is_named_for_what_it_is(slim, tmp_path, capsys, changes, found):
    assert found in refusal({**slim, **changes}, tmp_path, capsys)


def test_what_is_no_model_at_all_is_one_line(tmp_path, capsys):
    assert "found something else" in refusal([1, 2], tmp_path, capsys)
    assert "found none of model, arch, class_names, args" in refusal({}, tmp_path, capsys)
    for content in (b"", b"nothing", b"PK\x03\x04"):
        (tmp_path / "a.model").write_bytes(content)
        assert main(["import-model", str(tmp_path / "a.model")]) == 2
        assert "a.model: expected a classifier of the 2019 scripts; damaged" in capsys.readouterr().err


def test_a_file_of_2019_that_was_not_imported_says_how(slim, tmp_path):
    save_as_in_2019(tmp_path / "02.model", slim)
    with pytest.raises(UserError, match="02.model: a file of torch before 1.6, as those of 2019: `mojika imp"):
        load_checkpoint(tmp_path / "02.model")


def test_a_file_that_was_saved_from_a_gpu_is_read_without_one(slim, tmp_path):
    """As its optimizer's state was: the same bytes under torch.cuda's name of the storage, at cuda:0."""
    path = tmp_path / "02.model"
    save_as_in_2019(path, slim)
    moved = path.read_bytes()
    for before, after in (
        (b"ctorch\nFloatStorage\n", b"ctorch.cuda\nFloatStorage\n"),
        (b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0"),
    ):
        assert before in moved
        moved = moved.replace(before, after)
    path.write_bytes(moved)
    assert torch.equal(read_model_of_2019(path).head, slim["metric_fc"]["W"])
