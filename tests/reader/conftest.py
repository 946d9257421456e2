"""The runs of a small pipeline, and a reader's folder that was made of them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from reader_models import write_classifier, write_detector

from mojika.cli.main import main


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Path:
    """`00_detector` with two snapshots, `01_gray` and `02_rgb`."""
    folder = tmp_path_factory.mktemp("models")
    for number, name in enumerate(("00_detector/iteration-000400", "00_detector/iteration-000500", "00_detector/best")):
        write_detector(folder / f"{name}.model", seed=number)
    write_classifier(folder / "01_gray" / "best.model", seed=3)
    write_classifier(folder / "02_rgb" / "best.model", seed=4, channels=3)
    return folder


@pytest.fixture(scope="session")
def bundle(runs) -> Callable[..., Path]:
    """`bundle(out, *flags)`: the folder that `mojika bundle` makes of the last snapshot and both classifiers."""

    def make(out: Path, *flags: str) -> Path:
        models = [runs / "00_detector/iteration-000500.model", runs / "01_gray", runs / "02_rgb"]
        assert main(["bundle", *map(str, models), "--out", str(out), *flags]) == 0
        return out

    return make


@pytest.fixture(scope="session")
def reader(bundle, tmp_path_factory) -> Path:
    return bundle(tmp_path_factory.mktemp("readers") / "small")


@pytest.fixture(scope="session")
def exported(runs, tmp_path_factory) -> Path:
    """`00_detector.onnx`, which gives 40 boxes, and `01_gray.onnx`."""
    folder = tmp_path_factory.mktemp("exported")
    detector = [str(runs / "00_detector" / "iteration-000500.model"), "--at-most", "40", "--score-threshold", "0.25"]
    assert main(["export-onnx", *detector, "--out", str(folder / "00_detector.onnx")]) == 0
    assert main(["export-onnx", str(runs / "01_gray" / "best.model"), "--out", str(folder / "01_gray.onnx")]) == 0
    return folder
