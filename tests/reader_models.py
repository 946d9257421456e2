"""A detector and classifiers of characters as training leaves them, untrained, for tests of readers."""

from pathlib import Path
from typing import Any

import torch

from mojika.data.class_list import ClassList
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.training.checkpoints import save_checkpoint

CLASSES = ClassList(("U+3042", "U+304B", "U+4E00", "U+5B57"), (4, 3, 2, 1))
PREPROCESSED = ("ben-graham", "denoise")


def write_detector(path: Path, *, seed: int = 0, short_sides: tuple[int, int] = (500, 800), **changes: Any) -> None:
    torch.manual_seed(seed)
    architecture = DetectorArchitecture("centernet", "test_resnet", width=8, shared_head=True)
    spec = PageInputSpec(channels=3, mean=architecture.mean, std=architecture.std, short_sides=short_sides)
    state = {
        "input": spec.to_plain() | {"page_preprocessing": []},
        "precision": "off",
        "detector": architecture.to_plain(),
        "model": Detector(architecture).state_dict(),
        "ema": None,
        "metrics": {"valid_ap": 0.75, "train_loss": 2.0},
    }
    save_checkpoint(path, state | changes)


def write_classifier(
    path: Path,
    *,
    seed: int = 0,
    channels: int = 1,
    classes: dict[str, ClassList] | None = None,
    preprocessed: tuple[str, ...] | None = PREPROCESSED,
    **changes: Any,
) -> None:
    torch.manual_seed(seed)
    classes = classes or {"label": CLASSES}
    architecture = Architecture("test_resnet", channels, input_size=24, head="l2softmax")
    model = Classifier(architecture, {head: len(labels) for head, labels in classes.items()})
    spec = InputSpec(
        channels=channels,
        mean=(0.5,) * channels,
        std=(0.25,) * channels,
        page_preprocessing=preprocessed,
        scale_size=28,
        input_size=24,
        interpolation="bilinear",
    )
    state = {
        "input": spec.to_plain(),
        "precision": "off",
        "arch": architecture.to_plain(),
        "classes": {head: labels.to_plain() for head, labels in classes.items()},
        "class_list_digest": {head: labels.digest for head, labels in classes.items()},
        "model": model.backbone.state_dict(),
        "head": model.heads.state_dict(),
        "ema": None,
        "epoch": 3,
        "metrics": {"valid_accuracy": 0.875, "train_loss": float("nan")},
    }
    save_checkpoint(path, state | changes)


def enlarge(path: Path) -> None:
    """Let an untrained detector see boxes of some size."""
    state = torch.load(path, weights_only=True)
    state["model"]["network.size.0.bias"].fill_(5.0)
    torch.save(state, path)
