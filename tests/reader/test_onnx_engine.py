"""A reader of ONNX files finds and reads what torch does, and needs nothing of it."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from reader_models import enlarge, write_classifier, write_detector

from mojika.cli.main import main
from mojika.data.images import write_png
from mojika.detection.multi_scale import best_by_nms
from mojika.formats.page_json_reading import read_page_json
from mojika.reader.onnx_engine import OnnxEngine, best_of
from mojika.reader.settings import ReaderSettings
from mojika.reader.torch_engine import TorchEngine

SETTINGS = ReaderSettings(short_sides=(150, 260), gray=True, score_threshold=0.05, at_most=60, views=7)
WITHOUT_TORCH = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "timm", "onnx"):
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Absent())
from mojika.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def page() -> np.ndarray:
    """Blotches of ink on paper, on which even an untrained detector has opinions."""
    generator = np.random.default_rng(5)
    noise = cv2.GaussianBlur(generator.normal(0, 1, (300, 220, 3)).astype(np.float32), (0, 0), 3)
    return np.clip(150 + 60 * noise / noise.std(), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def readers(tmp_path_factory) -> tuple[Path, Path]:
    """A reader's folder, and the ONNX files of it."""
    folder = tmp_path_factory.mktemp("readers")
    write_detector(folder / "detector.model")
    enlarge(folder / "detector.model")
    write_classifier(folder / "gray.model", seed=1)
    write_classifier(folder / "rgb.model", seed=2, channels=3, preprocessed=("ben-graham",))
    models = [str(folder / f"{name}.model") for name in ("detector", "gray", "rgb")]
    flags = ["--short-sides", "150,260", "--gray", "--score-threshold", "0.05", "--at-most", "60", "--tta", "7"]
    assert main(["bundle", *models, "--out", str(folder / "torch"), *flags]) == 0
    assert main(["export-onnx", str(folder / "torch"), "--out", str(folder / "onnx"), "--at-most", "60"]) == 0
    return folder / "torch", folder / "onnx"


def files(folder: Path) -> tuple[list[Path], list[Path]]:
    suffix = ".onnx" if folder.name == "onnx" else ".safetensors"
    return [folder / f"detector{suffix}"], [folder / f"gray{suffix}", folder / f"rgb{suffix}"]


def test_boxes_and_probabilities_are_those_of_torch(readers, page):
    wanted = TorchEngine.load(*files(readers[0]), SETTINGS, torch.device("cpu"))
    found = OnnxEngine.load(*files(readers[1]), SETTINGS)
    assert found.classes == wanted.classes
    boxes, scores = found.find(page)
    torch_boxes, torch_scores = wanted.find(page)
    assert 10 < len(boxes) <= 60 and boxes.dtype == scores.dtype == np.float32
    np.testing.assert_allclose(boxes, torch_boxes, atol=1e-2)
    np.testing.assert_allclose(scores, torch_scores, atol=1e-5)
    read = found.read(page, boxes)
    assert read.dtype == np.float32 and read.shape == (len(boxes), len(found.classes))
    np.testing.assert_allclose(read, wanted.read(page, torch_boxes), atol=1e-3)
    assert found.read(page, boxes[:0]).shape == (0, len(found.classes))


@pytest.mark.parametrize("iou", [0.3, 0.5])
def test_the_best_boxes_are_those_that_torchvision_leaves(iou):
    generator = np.random.default_rng(3)
    corners = generator.uniform(0, 200, (400, 2))
    boxes = np.concatenate([corners, corners + generator.uniform(5, 60, (400, 2))], axis=1).astype(np.float32)
    scores = generator.choice(np.linspace(0, 1, 50), 400).astype(np.float32)
    np.testing.assert_array_equal(best_of(boxes, scores, iou), best_by_nms(boxes, scores, iou))
    assert len(best_of(boxes[:0], scores[:0], iou)) == 0


def test_recognize_reads_the_same_where_torch_cannot_be_imported(readers, page, tmp_path):
    write_png(tmp_path / "page.png", page)
    folder, image = tmp_path, str(tmp_path / "page.png")
    commands = [["recognize", image, "--models", str(each), "--out", str(folder / each.name)] for each in readers]
    assert main(commands[0]) == 0
    run = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *commands[1]], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    wanted, found = (read_page_json(folder / reader.name / "page.json") for reader in readers)
    assert found.text == wanted.text and found.text and found.made_by["runtime"] == "onnx"
    assert [column.kind for column in found.columns] == [column.kind for column in wanted.columns]
    for one, other in zip(found.characters, wanted.characters, strict=True):
        np.testing.assert_allclose(one.box, other.box, atol=0.02)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--runtime", "torch"], "an ONNX file is read by --runtime onnx only"),
        (["--device", "cuda"], "ONNX networks are computed on the CPU"),
        (["--at-most", "61"], "gives 60 boxes, fewer than 61; export it for so many"),
    ],
)
def test_what_onnx_files_cannot_do_is_one_line(readers, page, tmp_path, capsys, flags, message):
    write_png(tmp_path / "page.png", page)
    command = ["recognize", str(tmp_path / "page.png"), "--models", str(readers[1]), "--out", str(tmp_path / "out")]
    assert main([*command, *flags]) == 2
    assert message in capsys.readouterr().err


def test_a_changed_onnx_file_of_a_reader_is_refused(readers, tmp_path):
    for file in readers[1].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    content = bytearray((tmp_path / "gray.onnx").read_bytes())
    content[2000] ^= 1
    (tmp_path / "gray.onnx").write_bytes(content)
    detectors, classifiers = ([tmp_path / path.name for path in paths] for paths in files(readers[1]))
    with pytest.raises(Exception, match=r"gray\.onnx: another SHA-256"):
        OnnxEngine.load(detectors, classifiers, SETTINGS)


def test_torch_commands_say_that_they_do_not_read_onnx_files(readers, capsys):
    assert main(["export-onnx", str(readers[1] / "gray.onnx"), "--out", "again.onnx"]) == 2
    assert "an ONNX network, which torch does not read" in capsys.readouterr().err
