import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from mojika.data.page_labels import PageLabels, format_page_labels

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.load_profile("untimed")

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs of all stages, which take minutes, come first: one worker is busy with them while others do the rest."""
    items.sort(key=lambda item: not item.path.name.endswith("reproduce.py"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu"):
        import torch  # not in runs of tests that need none

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


Page = tuple[str, tuple[int, int], Sequence[tuple[str, Sequence[float]]]]


@pytest.fixture
def kuzushiji_pages() -> Path:
    folder = REAL_DATA / "kuzushiji_pages"
    if not folder.is_dir():
        pytest.skip(f"needs the real pages ($MOJIKA_REAL_DATA/kuzushiji_pages); {folder} is not there")
    return folder


@pytest.fixture
def bengali_graphemes() -> Path:
    folder = REAL_DATA / "bengali_graphemes"
    if not folder.is_dir():
        pytest.skip(f"needs the real graphemes ($MOJIKA_REAL_DATA/bengali_graphemes); {folder} is not there")
    return folder


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
