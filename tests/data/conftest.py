from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.pack_writer import write_pack


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
        with write_pack(tmp_path / name, size=(size, size), channels=channels, expected_count=count) as writer:
            levels = (np.arange(count) % 256).astype(np.uint8)
            writer.append(np.broadcast_to(levels[:, None, None, None], (count, size, size, channels)))
            made_from = {"name": name, "labels": list(labels), "size": size, "channels": channels}
            writer.finish(samples, {"label": classes or ClassList.from_labels(labels)}, made_from)
        return Pack.open(tmp_path / name)

    return make
