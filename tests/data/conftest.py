from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pack_writer import write_pack
from mojika.data.page_labels import PageLabels, format_page_labels

Page = tuple[str, tuple[int, int], Sequence[tuple[str, Sequence[float]]]]


@pytest.fixture
def make_pack(tmp_path: Path) -> Callable[..., Pack]:
    """`make_pack(labels, groups=…, classes=…)`: a pack in `tmp_path/<name>` whose image i is filled with i mod 256."""

    def make(
        labels: Sequence[str],
        *,
        name: str = "pack",
        groups: Sequence[str] | None = None,
        classes: ClassList | None = None,
        size: int = 4,
        channels: int = 1,
    ) -> Pack:
        count = len(labels)
        samples = pd.DataFrame({"label": labels, "group": groups or ["book"] * count, "weight": np.float32(1)})
        with write_pack(tmp_path / name, size=size, channels=channels, expected_count=count) as writer:
            levels = (np.arange(count) % 256).astype(np.uint8)
            writer.append(np.broadcast_to(levels[:, None, None, None], (count, size, size, channels)))
            made_from = {"name": name, "labels": list(labels), "size": size, "channels": channels}
            writer.finish(samples, {"label": classes or ClassList.from_labels(labels)}, made_from)
        return Pack.open(tmp_path / name)

    return make


@pytest.fixture
def make_pages(tmp_path: Path) -> Callable[..., Path]:
    """`make_pages([(image_id, (width, height), [(label, (x1, y1, x2, y2)), …]), …])`: a folder in Kaggle's layout.

    Every page is a gray ramp of its own; returns the label file.
    """

    def make(pages: Sequence[Page]) -> Path:
        (tmp_path / "train_images").mkdir()
        rows = []
        for number, (image_id, (width, height), entries) in enumerate(pages):
            ramp = np.add.outer(np.arange(height), 2 * np.arange(width)) + 10 * number
            Image.fromarray((ramp % 256).astype(np.uint8)).save(tmp_path / "train_images" / f"{image_id}.png")
            boxes = np.array([box for _, box in entries], np.float32).reshape(-1, 4)
            rows.append(PageLabels(image_id, tuple(label for label, _ in entries), boxes))
        (tmp_path / "train.csv").write_text(format_page_labels(rows))
        return tmp_path / "train.csv"

    return make
