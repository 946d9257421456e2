"""Characters and code points name the same classes where weights are taken over."""

import pytest
import torch

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.experiment.starting_weights import fine_tune_from, take_weights
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier

ARCHITECTURE = Architecture("test_resnet", 1, 24, head="l2softmax")


def model_of(labels, seed):
    torch.manual_seed(seed)
    classes = {"label": ClassList.from_labels(labels)}
    return Classifier(ARCHITECTURE, {"label": len(labels)}), classes


def saved(labels):
    model, classes = model_of(labels, 0)
    return {
        "arch": ARCHITECTURE.to_plain(), "ema": None, "model": model.backbone.state_dict(),
        "head": model.heads.state_dict(), "classes": {"label": classes["label"].to_plain()},
        "class_list_digest": {"label": classes["label"].digest},
    }  # fmt: skip


def test_class_vectors_of_code_points_are_those_of_their_characters():
    old, lines = saved(["U+3042", "U+304B", "U+4E00"]), []
    model, classes = model_of(["か", "一", "x"], 1)
    fine_tune_from(model, old, "old.model", classes, lines.append)
    rows = dict(zip(classes["label"].labels, model.heads["label"].weight, strict=True))
    assert torch.equal(rows["か"], old["head"]["label.weight"][1])
    assert torch.equal(rows["一"], old["head"]["label.weight"][2])
    assert "3 classes of label, 2 of which start from their vectors" in lines[0]


def test_all_weights_are_those_of_the_same_characters_in_the_same_order():
    old = saved(["U+3042", "U+304B"])
    model, classes = model_of(["あ", "か"], 1)
    take_weights(model, old, "old.model", classes)
    assert torch.equal(model.heads["label"].weight, old["head"]["label.weight"])
    other, classes = model_of(["あ", "き"], 1)
    with pytest.raises(UserError, match="class list of label differs.*; class 1 is "):
        take_weights(other, old, "old.model", classes)
