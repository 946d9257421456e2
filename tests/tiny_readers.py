"""Readers of a few kilobytes, untrained: what they read means nothing, but is always the same."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from mojika.data.class_list import ClassList
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.training.checkpoints import save_checkpoint

CLASSES = ClassList(("U+3042", "U+3044", "U+3046", "U+3048", "U+304A", "U+304B"), (1,) * 6)
SETTINGS = ["--score-threshold", "0", "--at-most", "12", "--tta", "1"]  # an untrained detector is sure of nothing


def write_tiny_reader(folder: Path, *, steps: tuple[str, ...] = ()) -> list[str]:
    """`.model` files of a detector and a classifier; the latter wants pages that went through `steps`."""
    torch.manual_seed(7)
    detector = Detector(DetectorArchitecture("centernet", "test_resnet", width=8))
    torch.nn.init.constant_(detector.network.size[-1].bias, 4)  # cells of 4 pixels
    own = detector.architecture
    spec = PageInputSpec(channels=3, mean=own.mean, std=own.std, page_preprocessing=(), short_sides=(90, 120))
    state = {"detector": own.to_plain(), "input": spec.to_plain(), "precision": "off", "model": detector.state_dict()}
    save_checkpoint(folder / "detector.model", state)
    architecture = Architecture("test_resnet", 1, 24)
    classifier = Classifier(architecture, {"label": len(CLASSES)})
    sees = InputSpec(
        channels=1, mean=(0.5,), std=(0.3,), scale_size=28, input_size=24, interpolation="bilinear",
        page_preprocessing=steps,
    )  # fmt: skip
    state = {
        "arch": architecture.to_plain(), "input": sees.to_plain(), "precision": "off",
        "classes": {"label": CLASSES.to_plain()}, "model": classifier.backbone.state_dict(),
        "head": classifier.heads.state_dict(), "ema": None,
    }  # fmt: skip
    save_checkpoint(folder / "classifier.model", state)
    return [str(folder / "detector.model"), str(folder / "classifier.model")]


def draw_page(path: Path, seed: int = 0, size: tuple[int, int] = (160, 120)) -> Path:
    """A page with dark squares on light paper."""
    page = np.full((*size, 3), (230, 215, 190), np.uint8)
    generator = np.random.default_rng(seed)
    for y, x in generator.integers(0, np.array(size) - 20, (6, 2)):
        page[y : y + 16, x : x + 16] = 30
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(page).save(path)
    return path
