"""How subcommands over boxes leave their output: made once, replaced only when it was asked for."""

from pathlib import Path

from mojika.data.boxes import PageBoxes, is_made_from, write_boxes


def leave_boxes(path: Path, page_boxes: PageBoxes, *, force: bool) -> bool:
    """Write the boxes unless `path` holds them already, which is returned; raises `UserError` where it holds others."""
    if not force and is_made_from(path, page_boxes.made_from):
        return True
    write_boxes(path, page_boxes)
    return False
