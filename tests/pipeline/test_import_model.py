"""`mojika import-model` on a small network of 2019: the same logits by label, the same input, and how one goes on."""

import json
from pathlib import Path

import pytest
import torch
from networks_of_2019 import LABELS, cut, save_as_in_2019
from torch.nn import functional as F

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.experiment.arguments import build_parser
from mojika.experiment.starting_weights import take_weights
from mojika.experiment.training_setup import build_architecture
from mojika.experiment.validation import adopt, resolve
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import load_model

CPU = torch.device("cpu")
PARTS = ("weight", "bias")


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return cut("resnet18", gray=True)


@pytest.fixture(scope="module")
def published(resnet, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("published") / "02.model"
    save_as_in_2019(path, resnet.content)
    return path


@pytest.fixture(scope="module")
def ours(published) -> Path:
    return imported(published)


def imported(published: Path, *flags: str) -> Path:
    out = published.with_name("ours.model")
    assert main(["import-model", str(published), "--out", str(out), *flags]) == 0
    return out


def logits(path: Path, images: torch.Tensor) -> torch.Tensor:
    """Ours, in float64, with the labels in the order of 2019."""
    model = load_model(path, CPU)
    labels = model.classes["label"].labels
    return model.network.double()(images)[0][:, [labels.index(label) for label in LABELS]]


def test_logits_are_those_of_2019_by_label_not_by_position(resnet, ours):
    images = torch.rand(2, 1, 64, 64, dtype=torch.float64)
    labels = load_model(ours, CPU).classes["label"].labels
    assert labels == ClassList.from_labels(LABELS).labels != tuple(LABELS)
    torch.testing.assert_close(logits(ours, images), resnet.logits(images), rtol=0, atol=1e-10)


def test_it_wants_to_be_shown_what_2019_showed_it(ours):
    assert load_model(ours, CPU).spec == InputSpec(
        channels=1, mean=(0.0,), std=(1.0,), scale_size=120, input_size=112, interpolation="bicubic",
        page_preprocessing=("ben-graham", "denoise"), channels_exchanged=True,
    )  # fmt: skip


def test_a_whole_network_with_a_linear_classifier_is_imported_too(resnet, tmp_path):
    body = {name.replace("0.", "_features.", 1): value for name, value in resnet.content["model"].items()}
    body |= {"_classifier.weight": torch.randn(len(LABELS), 512), "_classifier.bias": torch.randn(len(LABELS))}
    content = {key: resnet.content[key] for key in ("arch", "class_names", "args", "epoch")} | {"model": body}
    save_as_in_2019(tmp_path / "a.model", content)
    images, (weight, bias) = (
        torch.rand(2, 1, 64, 64).double(),
        (body[f"_classifier.{name}"] for name in ("weight", "bias")),
    )
    expected = F.linear(resnet.body(images).flatten(1), weight.double(), bias.double())
    torch.testing.assert_close(logits(imported(tmp_path / "a.model"), images), expected, rtol=1e-10, atol=1e-10)


def test_an_import_is_up_to_date_and_overwrites_only_when_told(resnet, tmp_path, capsys):
    published = tmp_path / "02.model"
    save_as_in_2019(published, resnet.content)
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


def test_training_goes_on_from_it(ours):
    """The flags are completed by the file, and `take_weights` finds the class list that it wrote."""
    state = load_checkpoint(ours)
    flags = ["t", "v", "--resume", str(ours), "--l2softmax", "--grayscale", "--scale-size", "120"]
    flags += ["--input-size", "112"]
    recipe = resolve(adopt(build_parser().parse_args(flags), state))
    assert recipe.model == "resnet18" and not recipe.exchange_channels  # the usual packs are gray already
    model = Classifier(build_architecture(recipe), {"label": 7})
    take_weights(model, state, str(ours), {"label": ClassList.from_labels(LABELS)})
    assert torch.equal(model.heads["label"].weight, state["head"]["label.weight"])
