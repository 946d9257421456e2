"""Images by hand, and `mojika import` of a folder into the folder `out` beside it."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from mojika.cli.main import main


def draw(folder: Path, *names: str, size: tuple[int, int] = (5, 6)) -> Path:
    """Gray images of `size` (width, height), each of its own level; returns the folder."""
    for level, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full(size[::-1], 10 * level, np.uint8)).save(folder / name)
    return folder


def imported(capsys, source: Path, *more: str, out: str = "out") -> dict:
    """The numbers that the command prints."""
    status = main(["import", str(source), "--out", str(source.parent / out), "--json", *more])
    output = capsys.readouterr()
    assert status == 0, output.err
    return json.loads(output.out)
