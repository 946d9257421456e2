import gc
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image
from programs import Forked, Plainly
from tiers import CAMPAIGN, LONG, LONG_TIMEOUT, TESTS, WHOLE, place_among

from mojika.data.page_labels import PageLabels, format_page_labels

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault
settings.register_profile("spread", settings.get_profile("untimed"), max_examples=30)

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[1] / ".." / "shared" / "data")


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "quick: tests of a second; whole: also runs of whole programs (default); all: also what `rest` marks; "
    text += "faults: the campaign of kills and refused writes alone"
    parser.addoption("--tier", choices=["quick", "whole", "all", "faults"], default="whole", help=text)


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("untimed" if config.getoption("tier") == "all" else "spread")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    within = collection_path.is_relative_to(TESTS) and collection_path != TESTS
    if within and (config.getoption("tier") == "faults") != collection_path.is_relative_to(TESTS / CAMPAIGN):
        return True
    if config.getoption("tier") == "quick" and within and place_among(WHOLE, collection_path) < len(WHOLE):
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if place_among(WHOLE, item.path) < len(WHOLE):
            item.add_marker("whole")
        if place_among(LONG, item.path) < len(LONG):
            item.add_marker(pytest.mark.timeout(LONG_TIMEOUT))
    left_out = [item for item in items if item.get_closest_marker("rest") and config.getoption("tier") != "all"]
    config.hook.pytest_deselected(items=left_out)
    items[:] = sorted((item for item in items if item not in left_out), key=lambda item: place_among(WHOLE, item.path))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Of campaigns: what was survived of what was tried."""
    totals: dict[str, list[tuple[int, int]]] = {}
    for report in [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]:
        for name, value in report.user_properties:
            totals.setdefault(name, []).append(value)
    for name, values in totals.items():
        survived, tried = map(sum, zip(*values, strict=True))
        terminalreporter.write_line(f"{name}: {survived:,} / {tried:,}")


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()  # what was loaded stays, and need not be looked through again and again


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("gpu"):
        import torch  # not in runs of tests that need none

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(scope="session")
def programs(pytestconfig: pytest.Config) -> Iterator[Plainly]:
    if pytestconfig.getoption("tier") == "all":
        yield Plainly()
        return
    with TemporaryDirectory() as folder:  # a short name, as the server's is
        forked = Forked(Path(folder))
        yield forked
        forked.end()


Page = tuple[str, tuple[int, int], Sequence[tuple[str, Sequence[float]]]]


@pytest.fixture
def kuzushiji_pages() -> Path:
    folder = REAL_DATA / "kuzushiji_pages"
    if not folder.is_dir():
        pytest.skip(f"needs the real pages ($MOJIKA_REAL_DATA/kuzushiji_pages); {folder} is not there")
    return folder


@pytest.fixture
def pages_in_order() -> Path:
    file = REAL_DATA / "reading_order" / "order.csv"
    if not file.is_file():
        pytest.skip(f"needs pages whose reading order is known ($MOJIKA_REAL_DATA/reading_order); {file} is not there")
    return file


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
