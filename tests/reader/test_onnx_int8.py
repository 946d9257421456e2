"""Networks in 8 bits: a quarter of the size, nearly the same words, and the difference is counted."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from reader_models import enlarge, write_classifier, write_detector

from mojika.cli.main import main
from mojika.data.images import write_png
from mojika.reader.onnx_int8 import reduce_classifier, same_boxes
from mojika.reader.onnx_network import ONNX, OnnxClassifier


def blotches(generator: np.random.Generator, *shape: int) -> np.ndarray:
    noise = cv2.GaussianBlur(generator.normal(0, 1, shape).astype(np.float32), (0, 0), 3).reshape(shape)
    return np.clip(150 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)


@pytest.fixture
def pages(tmp_path) -> Path:
    generator = np.random.default_rng(1)
    for number in range(2):
        write_png(tmp_path / "pages" / f"{number}.png", blotches(generator, 130, 110, 3))
    return tmp_path / "pages"


def test_a_classifier_says_nearly_the_same_and_its_loss_is_counted(exported, tmp_path):
    path = tmp_path / "gray.onnx"
    path.write_bytes((exported / "01_gray.onnx").read_bytes())
    before = OnnxClassifier.load(path)
    generator = np.random.default_rng(0)
    images = np.stack([blotches(generator, 24, 24, 1) for _ in range(64)])
    wanted = before.logits(images)[0]
    loss = reduce_classifier(path, images, wanted.argmax(axis=1, keepdims=True))
    found = OnnxClassifier.load(path).logits(images)[0]
    assert path.stat().st_size < (exported / "01_gray.onnx").stat().st_size / 2
    assert ONNX.read(path)["weights"] == "int8" and ONNX.read(path)["classes"] == before.header["classes"]
    assert 0 < np.abs(found - wanted).max() < 0.2 * np.ptp(wanted)
    same = (found.argmax(axis=1) == wanted.argmax(axis=1))[1::2].mean()
    assert loss == {"same_readings": same, "accuracy_before": 1.0, "accuracy_after": same}


def test_a_reader_in_8_bits_is_calibrated_on_pages(pages, tmp_path, capsys):
    write_detector(tmp_path / "detector.model")
    enlarge(tmp_path / "detector.model")
    write_classifier(tmp_path / "gray.model", preprocessed=())
    models = [str(tmp_path / "detector.model"), str(tmp_path / "gray.model")]
    flags = ["--short-sides", "120", "--score-threshold", "0.05", "--at-most", "20"]
    assert main(["bundle", *models, "--out", str(tmp_path / "reader"), *flags]) == 0
    command = ["export-onnx", str(tmp_path / "reader"), "--out", str(tmp_path / "int8"), "--int8", str(pages)]
    assert main(command) == 0
    assert "of the boxes are the same" in capsys.readouterr().out
    assert main(command) == 0
    assert "up to date" in capsys.readouterr().out
    assert {ONNX.read(file)["weights"] for file in (tmp_path / "int8").glob("*.onnx")} == {"int8"}
    assert main(["bundle", "--check", str(tmp_path / "int8")]) == 0
    (pages / "1.png").unlink()
    assert main([*command, "--force"]) == 2
    assert "expected two pages or more" in capsys.readouterr().err


def test_boxes_are_paired_with_those_that_they_overlap_most():
    first = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]], np.float32)
    second = np.array([[21, 0, 31, 10], [1, 0, 11, 10], [0, 0, 10, 9.5], [80, 80, 90, 90]], np.float32)
    one, other = same_boxes(first, second)
    assert dict(zip(one.tolist(), other.tolist(), strict=True)) == {0: 2, 1: 0}
