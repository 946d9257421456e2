"""Weights from another run: the same network continues with them, another class list gets a new head."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from mojika.data.class_list import ClassList
from mojika.data.code_points import label_named
from mojika.detection.detector import Detector
from mojika.detection.detector_file import load_detector
from mojika.errors import UserError
from mojika.models.classifier import Classifier
from mojika.models.transfer import transfer_weights
from mojika.training.checkpoints import weights_of


def take_weights(model: Classifier, state: dict[str, Any], path: str, classes: dict[str, ClassList]) -> None:
    """`--resume FILE`: all weights, for the same classes in the same order; else a `UserError` says what differs."""
    saved = {name: ClassList.from_plain(plain) for name, plain in state.get("classes", {}).items()}
    for name, own in classes.items():
        if name in saved and _canonical(saved[name]) == _canonical(own):
            continue
        who, remedy = f"--resume {path}: the class list of {name}", f"--pretrained {path} makes a new head"
        if name in saved:
            first, second = (replace(each, labels=_canonical(each)) for each in (own, saved[name]))
            first.expect_same(second, f"{who} differs from that of the model", remedy)
        own.expect_digest(state["class_list_digest"].get(name), who, "that of the model", remedy)
    weights = weights_of(state)
    try:
        model.backbone.load_state_dict(weights["model"])
        model.heads.load_state_dict(weights["head"])
    except RuntimeError as error:
        raise UserError(f"--resume {path}: holds a {_network(state)}, not the network of these flags") from error


def fine_tune_from(
    model: Classifier, state: dict[str, Any], path: str, classes: dict[str, ClassList], report: Callable[[str], None]
) -> None:
    """`--pretrained FILE.model`: the backbone, and the fitting parts of each head; `report` gets a line per head."""
    saved = {name: _canonical(ClassList.from_plain(plain)) for name, plain in state["classes"].items()}
    wanted = {name: _canonical(own) for name, own in classes.items()}
    taken = transfer_weights(model, weights_of(state), wanted, saved)
    for name, rows in taken.items():
        if rows is None:
            report(f"{path}: backbone and head taken over ({name}, {len(classes[name]):,} classes)")
        else:
            report(
                f"{path}: backbone taken over; the head is new: {len(classes[name]):,} classes of {name}, "
                f"{rows:,} of which start from their vectors in the old one"
            )


def take_detector_weights(detector: Detector, path: Path) -> None:
    """`--resume FILE` of a detector: all weights; raises `UserError` where it is another network."""
    other = load_detector(path, torch.device("cpu")).network
    wanted, found = detector.architecture.to_plain(), other.architecture.to_plain()
    different = [f"{name} {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]]
    if different:
        raise UserError(f"--resume {path}: expected a detector of the same kind, found one with {'; '.join(different)}")
    detector.load_state_dict(other.state_dict())


def _canonical(classes: ClassList) -> tuple[str, ...]:
    return tuple(map(label_named, classes.labels))


def _network(state: dict[str, Any]) -> str:
    arch = state["arch"]
    return f"{arch['model']} with {arch['channels']} channel{'s'[: arch['channels'] > 1]} and a {arch['head']} head"
