"""A detector is shown pages as those of its training were, whatever it is given."""

import shutil
from pathlib import Path

import pytest
import torch
from tiny_readers import draw_page

from mojika.boxes.page_boxes import read_boxes
from mojika.cli.main import main
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.models.input_spec import PageInputSpec
from mojika.training.checkpoints import save_checkpoint


@pytest.fixture
def scans(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for number in range(2):
        draw_page(tmp_path / "scans" / f"{number}.jpg", number)
    return Path("scans")


def write_detector(path: str, steps: tuple[str, ...] | None) -> None:
    torch.manual_seed(7)
    own = DetectorArchitecture("centernet", "test_resnet", width=8)
    spec = PageInputSpec(channels=3, mean=own.mean, std=own.std, short_sides=(100, 120), page_preprocessing=steps)
    detector = Detector(own)
    torch.nn.init.constant_(detector.network.size[-1].bias, 4)  # cells of 4 pixels
    model = detector.state_dict()
    save_checkpoint(
        Path(path), {"detector": own.to_plain(), "input": spec.to_plain(), "precision": "off", "model": model}
    )


def detect(images: str, out: str, *flags: str) -> int:
    common = ["--score-threshold", "0", "--at-most", "9", "--short-sides", "110", "--device", "cpu", "--workers", "1"]
    return main(["detect", "detector.model", "--images", images, "--out", out, *common, *flags])


def test_raw_pages_are_prepared_once_and_searched_as_prepared_ones_are(scans, capsys):
    write_detector("detector.model", ("ben-graham",))
    assert main(["preprocess", "scans", "done", "--steps", "ben-graham"]) == 0
    assert detect("done", "done.parquet") == 0
    assert "prepared" not in capsys.readouterr().err
    assert detect("scans", "raw.parquet") == 0
    assert "scans: pages are prepared as those of the training were: ben-graham" in capsys.readouterr().err
    raw, done = (read_boxes(Path(name)) for name in ("raw.parquet", "done.parquet"))
    assert raw.boxes.equals(done.boxes) and len(raw.boxes) > 9

    kept = list(Path("cache", "prepared").glob("*/*.png"))
    before = [path.stat().st_mtime_ns for path in kept]
    assert detect("scans", "again.parquet", "--iou", "0.4") == 0 and len(kept) == 2
    assert before == [path.stat().st_mtime_ns for path in kept]
    assert detect("scans", "raw.parquet") == 0 and "up to date" in capsys.readouterr().out
    assert detect("scans", "told.parquet", "--page-preprocessing", "ben-graham") == 0
    assert not read_boxes(Path("told.parquet")).boxes.equals(done.boxes)


def test_pages_that_went_through_other_steps_are_refused(scans, capsys):
    write_detector("detector.model", ())
    assert main(["preprocess", "scans", "done", "--steps", "ben-graham"]) == 0
    assert detect("done", "out.parquet") == 2 and not Path("out.parquet").exists()
    assert "trained on pages as they came, these are pages after ben-graham" in capsys.readouterr().err
    assert detect("done", "out.parquet", "--page-preprocessing", "none") == 0
    write_detector("detector.model", None)
    shutil.rmtree("done")
    assert detect("scans", "old.parquet") == 0
