"""Boxes and, beside them, the faults for which others were left out."""

from collections.abc import Sequence
from pathlib import Path

from mojika.boxes.page_boxes import PageBoxes, write_boxes
from mojika.files.faults import Fault, write_faults


def write_with_faults(path: Path, page_boxes: PageBoxes, faults: Sequence[Fault]) -> None:
    """Write the boxes, and beside them what had to be left out, where anything had to."""
    if faults:
        write_faults(faults_file(path), faults)
    else:
        faults_file(path).unlink(missing_ok=True)
    write_boxes(path, page_boxes)


def faults_file(path: Path) -> Path:
    return path.with_suffix(".skipped.csv")
