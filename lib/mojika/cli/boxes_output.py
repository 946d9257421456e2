"""How subcommands over boxes leave their output: made once, replaced only when it was asked for."""

from collections.abc import Sequence
from pathlib import Path

from mojika.boxes.page_boxes import BOXES, PageBoxes, write_boxes
from mojika.files.faults import Fault, write_faults


def leave_boxes(path: Path, page_boxes: PageBoxes, *, force: bool) -> bool:
    """Write the boxes unless `path` holds them already, which is returned; raises `UserError` where it holds others."""
    if not force and BOXES.is_made_from(path, page_boxes.made_from):
        return True
    write_boxes(path, page_boxes)
    return False


def write_with_faults(path: Path, page_boxes: PageBoxes, faults: Sequence[Fault]) -> None:
    """Write the boxes, and beside them what had to be left out, where anything had to."""
    if faults:
        write_faults(faults_file(path), faults)
    else:
        faults_file(path).unlink(missing_ok=True)
    write_boxes(path, page_boxes)


def faults_file(path: Path) -> Path:
    return path.with_suffix(".skipped.csv")
