"""Models of the 2019 scripts, small ones: what is read of them, and what is refused. The released five: pipeline."""

import argparse
import json
import pickle
from pathlib import Path

import pytest
import torch
from networks_of_2019 import LABELS, cut, efficientnet, save_as_in_2019
from torch.nn import functional as F

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.training.checkpoints import load_checkpoint, save_checkpoint
from mojika.training.model_file import load_model

CPU = torch.device("cpu")
PARTS = ("weight", "bias")


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return cut("resnet18", gray=True)


@pytest.fixture
def published(resnet, tmp_path) -> Path:
    save_as_in_2019(tmp_path / "02.model", resnet.content)
    return tmp_path / "02.model"


def imported(published: Path, *flags: str) -> Path:
    out = published.with_name("ours.model")
    assert main(["import-model", str(published), "--out", str(out), *flags]) == 0
    return out


def logits(path: Path, images: torch.Tensor) -> torch.Tensor:
    """Ours, in float64, with the labels in the order of 2019."""
    model = load_model(path, CPU)
    labels = model.classes["label"].labels
    return model.network.double()(images)[0][:, [labels.index(label) for label in LABELS]]


def refusal(content: object, tmp_path: Path, capsys) -> str:
    """The one line; nothing was written."""
    save_as_in_2019(tmp_path / "broken.model", content)
    assert main(["import-model", str(tmp_path / "broken.model"), "--out", str(tmp_path / "out" / "a.model")]) == 2
    assert not (tmp_path / "out").exists()
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


def test_logits_are_those_of_2019_by_label_not_by_position(resnet, published):
    path, images = imported(published), torch.rand(2, 1, 64, 64, dtype=torch.float64)
    labels = load_model(path, CPU).classes["label"].labels
    assert labels == ClassList.from_labels(LABELS).labels != tuple(LABELS)
    torch.testing.assert_close(logits(path, images), resnet.logits(images), rtol=0, atol=1e-10)


def test_it_wants_to_be_shown_what_2019_showed_it(published):
    spec = load_model(imported(published), CPU).spec
    assert spec == InputSpec(
        channels=1, mean=(0.0,), std=(1.0,), scale_size=120, input_size=112, interpolation="bicubic",
        page_preprocessing=("ben-graham", "denoise"), channels_exchanged=True,
    )  # fmt: skip


@pytest.mark.parametrize(("size", "scale"), [(112, 120), (190, 200), (64, 70)])
def test_the_scale_is_that_of_the_tests_of_2019_where_they_had_one(resnet, tmp_path, size, scale):
    args = argparse.Namespace(**vars(resnet.content["args"]) | {"input_size": size, "scale_size": 70})
    save_as_in_2019(tmp_path / "a.model", resnet.content | {"args": args})
    assert load_model(imported(tmp_path / "a.model"), CPU).spec.scale_size == scale


def test_a_whole_network_with_a_linear_classifier_is_imported_too(resnet, tmp_path):
    body = {name.replace("0.", "_features.", 1): value for name, value in resnet.content["model"].items()}
    body |= {"_classifier.weight": torch.randn(len(LABELS), 512), "_classifier.bias": torch.randn(len(LABELS))}
    content = {key: resnet.content[key] for key in ("arch", "class_names", "args", "epoch")} | {"model": body}
    save_as_in_2019(tmp_path / "a.model", content)
    images, (weight, bias) = torch.rand(2, 1, 64, 64).double(), (body[f"_classifier.{name}"] for name in PARTS)
    expected = F.linear(resnet.body(images).flatten(1), weight.double(), bias.double())
    torch.testing.assert_close(logits(imported(tmp_path / "a.model"), images), expected, rtol=1e-10, atol=1e-10)


def test_an_import_is_up_to_date_and_overwrites_only_when_told(resnet, published, tmp_path, capsys):
    out = imported(published)
    assert capsys.readouterr().out == f"{out}: resnet18 with 7 classes, gray\n"
    content = out.read_bytes()
    imported(published, "--json")
    assert json.loads(capsys.readouterr().out) == {"classes": 7, "epoch": 60}
    save_as_in_2019(published, resnet.content | {"epoch": 61})
    assert main(["import-model", str(published), "--out", str(out)]) == 2
    assert f"--out {out}: exists and is not made from {published}" in capsys.readouterr().err
    assert out.read_bytes() == content
    assert load_checkpoint(imported(published, "--force"))["epoch"] == 61
    assert main(["import-model", str(published)]) == 0
    assert (tmp_path / "02.imported.model").exists()


def test_training_goes_on_from_it(published, capsys):
    """The flags are completed by the file, and `take_weights` finds the class list that it wrote."""
    from mojika.experiment.arguments import build_parser
    from mojika.experiment.starting_weights import take_weights
    from mojika.experiment.training_setup import build_architecture
    from mojika.experiment.validation import adopt, resolve
    from mojika.models.classifier import Classifier

    path = imported(published)
    state = load_checkpoint(path)
    flags = [
        "t",
        "v",
        "--resume",
        str(path),
        "--l2softmax",
        "--grayscale",
        "--scale-size",
        "124",
        "--input-size",
        "112",
    ]
    recipe = resolve(adopt(build_parser().parse_args(flags), state))
    assert recipe.model == "resnet18" and recipe.exchange_channels
    model = Classifier(build_architecture(recipe), {"label": 7})
    take_weights(model, state, str(path), {"label": ClassList.from_labels(LABELS)})
    assert torch.equal(model.heads["label"].weight, state["head"]["label.weight"])


class Hostile:
    """What unpickling it would do."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("place", ["args", "optimizer", "arch"])
def test_a_hostile_file_is_refused_without_running_anything(resnet, tmp_path, capsys, place):
    trace = tmp_path / "it ran"
    content = {**resnet.content, place: Hostile(trace)}
    assert "nothing of it was executed" in refusal(content, tmp_path, capsys)
    assert not trace.exists()
    with open(tmp_path / "broken.model", "rb") as file:  # it would have, as a plain pickle
        assert b"touch" in file.read()
    pickle.loads(pickle.dumps(Hostile(trace)))
    assert trace.exists()


def test_a_hostile_attribute_of_the_settings_is_refused(resnet, tmp_path, capsys):
    args = argparse.Namespace(**vars(resnet.content["args"]), extra=Hostile(tmp_path / "it ran"))
    assert "nothing of it was executed" in refusal({**resnet.content, "args": args}, tmp_path, capsys)
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
def test_another_file_is_named_for_what_it_is(resnet, tmp_path, capsys, changes, found):
    assert found in refusal({**resnet.content, **changes}, tmp_path, capsys)


def test_what_is_no_model_at_all_is_one_line(tmp_path, capsys):
    assert "found something else" in refusal([1, 2], tmp_path, capsys)
    assert "found none of model, arch, class_names, args" in refusal({}, tmp_path, capsys)
    for content in (b"", b"nothing", b"PK\x03\x04"):
        (tmp_path / "a.model").write_bytes(content)
        assert main(["import-model", str(tmp_path / "a.model")]) == 2
        assert "a.model: expected a classifier of the 2019 scripts; damaged" in capsys.readouterr().err


def test_a_file_of_2019_that_was_not_imported_says_how(published):
    with pytest.raises(UserError, match="02.model: a file of torch before 1.6, as those of 2019: `mojika imp"):
        load_checkpoint(published)


def test_a_small_efficientnet_has_no_activation_behind_its_last_convolution(tmp_path):
    """Put back, its logits are others, and so with padding by the size of each map: that is what the options do."""
    torch.manual_seed(0)
    network = efficientnet("efficientnet-b0", 190)
    save_as_in_2019(tmp_path / "01.model", network.content)
    state = load_checkpoint(imported(tmp_path / "01.model"))
    images, found = torch.rand(1, 1, 190, 190, dtype=torch.float64), {}
    for option in (None, "signed_features", "static_padding"):
        changed = state | {"arch": state["arch"] | ({option: False} if option else {})}
        save_checkpoint(tmp_path / "changed.model", changed)
        found[option] = logits(tmp_path / "changed.model", images)
    exactly = {"rtol": 0, "atol": 1e-10}
    torch.testing.assert_close(found[None], network.logits(images), **exactly)
    assert (found["static_padding"] - found[None]).abs().max() > 1e-4
    assert (found["signed_features"] - found[None]).abs().max() > 0.1
    torch.testing.assert_close(found["signed_features"], network.logits(images, activation=True), **exactly)
