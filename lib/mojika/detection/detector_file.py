"""From a `.model` file, or a model of a reader's folder, to a detector that is ready to search pages."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.errors import UserError
from mojika.files.faults import well_formed
from mojika.models.input_spec import PageInputSpec
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import building, fill, read_precision, read_spec
from mojika.training.precision import Precision


@dataclass(frozen=True, eq=False)
class ReadingDetector:
    """A trained detector, in evaluation mode on `precision.device`, and the pages that it has learnt to search."""

    name: str
    network: Detector
    spec: PageInputSpec
    precision: Precision


def load_detector(path: Path, device: torch.device) -> ReadingDetector:
    """The detector of a `.model` file of this version or of any before it, or of a reader's folder.

    Raises `UserError` where the file is no checkpoint of a detector, or one that a later version wrote.
    """
    return reading_detector(load_checkpoint(path, "detector"), path, device)


def reading_detector(state: dict[str, Any], path: Path, device: torch.device) -> ReadingDetector:
    """The detector of a checkpoint that has been loaded from `path`; raises `UserError` as `load_detector` does."""
    _expect_detector(state, path)
    with well_formed(path, "a model"):
        return _detector(state, path, device)


def _detector(state: dict[str, Any], path: Path, device: torch.device) -> ReadingDetector:
    with building(path, state["detector"]):
        detector = Detector(DetectorArchitecture.from_plain(state["detector"]))
    fill(detector, state["model"], path)
    spec = read_spec(PageInputSpec, state, path)
    return ReadingDetector(str(path), detector.to(device).eval(), spec, read_precision(state, path, device))


def read_detector_input(path: Path) -> PageInputSpec:
    """What the detector of a file has learnt to search, without its network; raises as `load_detector` does."""
    state = load_checkpoint(path, "detector", whole=False)
    _expect_detector(state, path)
    return read_spec(PageInputSpec, state, path)


def _expect_detector(state: dict[str, Any], path: Path) -> None:
    if "detector" not in state:
        raise UserError(f"{path}: expected a detector, found a classifier")
