"""Files of `mojika export-onnx`, read by onnxruntime and onnx alone, say what the checkpoints say in torch."""

import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from reader_models import CLASSES, write_classifier
from torch import nn

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.detection.detector_file import load_detector
from mojika.errors import UserError
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.reader.onnx_export import expect_equal, export
from mojika.training.model_file import ReadingModel, load_model
from mojika.training.precision import choose_precision

CPU = torch.device("cpu")
SETTINGS = {"at_most": 1300}


def outputs_of(file: Path | bytes, images: np.ndarray, *names: str) -> list[np.ndarray]:
    source = file if isinstance(file, bytes) else str(file)
    return onnxruntime.InferenceSession(source, providers=["CPUExecutionProvider"]).run(names, {"images": images})


def header_of(file: Path) -> dict:
    (entry,) = onnx.load(file).metadata_props
    assert entry.key == "mojika"
    return json.loads(entry.value)


def pixels(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


def drawn(model: ReadingModel, images: np.ndarray) -> list[np.ndarray]:
    spec = model.spec
    normalised = (images.astype(np.float64) / 255 - spec.mean) / spec.std
    with torch.inference_mode():
        return [each.numpy() for each in model.network(torch.from_numpy(normalised.transpose(0, 3, 1, 2)).float())]


def test_a_classifier_says_the_same_of_any_number_of_crops(runs, exported):
    (found,) = outputs_of(exported / "01_gray.onnx", images := pixels(5, 24, 24, 1), "label")
    (wanted,) = drawn(load_model(runs / "01_gray" / "best.model", CPU), images)
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-4)
    onnx.checker.check_model(str(exported / "01_gray.onnx"), full_check=True)


def test_the_file_says_what_the_network_reads_and_wants(runs, exported):
    header, spec = header_of(exported / "01_gray.onnx"), load_model(runs / "01_gray" / "best.model", CPU).spec
    assert ClassList.from_plain(header["classes"]["label"]) == CLASSES
    assert header["class_list_digest"] == {"label": CLASSES.digest}
    assert InputSpec.from_plain(header["input"]) == spec and spec.page_preprocessing
    assert header["settings"] == {"views": 5, "padding": 0.1}
    settings = header_of(exported / "00_detector.onnx")["settings"]
    assert settings["score_threshold"] == 0.25 and settings["short_sides"] == [560, 710]


@pytest.mark.parametrize("shape", [(70, 150), (33, 32), (140, 60)])
def test_a_detector_finds_the_same_on_pages_of_any_size(runs, exported, shape):
    image = pixels(*shape, 3)
    detector = load_detector(runs / "00_detector" / "iteration-000500.model", CPU).network
    ((wanted, scores),) = detector.detect(
        detector.normalised(torch.from_numpy(image[None])), score_threshold=0.01, at_most=40
    )
    (boxes, found) = (each[0] for each in outputs_of(exported / "00_detector.onnx", image[None], "boxes", "scores"))
    good = (boxes[:, 2:] > boxes[:, :2]).all(axis=1) & (found >= 0.01)
    assert len(scores) > 5
    np.testing.assert_allclose(found[good], scores.numpy(), atol=1e-4)
    np.testing.assert_allclose(boxes[good], wanted.numpy(), atol=1e-2)


def test_every_kind_of_head_and_pooling_and_several_heads_at_once():
    heads = {"root": ClassList(tuple("abcdefg"), (1,) * 7), "vowel": ClassList(tuple("abc"), (1,) * 3)}
    options: list[dict] = [
        {"head": "arcface", "pooling": "gem", "neck": 8, "gate": True},
        {"head": "adacos", "pooling": "avgmax", "activation": "mish"},
        {"head": "cosface", "blur_pool": True},
        {"model": "test_efficientnet", "head": "linear", "activation": "hard_swish"},
    ]
    for option in options:
        torch.manual_seed(0)
        network = Classifier(
            Architecture(**{"model": "test_resnet", "channels": 3, "input_size": (40, 32), **option}),
            {name: len(classes) for name, classes in heads.items()},
        )
        spec = InputSpec(
            channels=3,
            mean=(0.4, 0.5, 0.6),
            std=(0.2,) * 3,
            scale_size=40,
            input_size=(40, 32),
            interpolation="bicubic",
        )
        model = ReadingModel(str(option), network.eval(), heads, spec, choose_precision("off", CPU))
        content, difference = export(model, SETTINGS, {})
        found = outputs_of(content, images := pixels(2, 40, 32, 3), *heads)
        assert difference < 1e-4
        for one, other in zip(found, drawn(model, images), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4, err_msg=str(option))


class _AsIfConstant(nn.Module):
    """Depends on the images by a number that tracing takes for a constant."""

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        return [images.mean((2, 3)).repeat(1, 4) * float(images.std())]


def test_a_file_that_says_something_else_is_not_written():
    spec = InputSpec(channels=1, mean=(0.5,), std=(0.2,), scale_size=8, input_size=8, interpolation="bilinear")
    model = ReadingModel("a.model", _AsIfConstant(), {"label": CLASSES}, spec, choose_precision("off", CPU))
    with pytest.raises(UserError, match=r"^a\.model: ONNX differs from torch by .*more than 0\.0001; nothing written"):
        export(model, SETTINGS, {})
    assert expect_equal("a", 9e-5) == 9e-5
    with pytest.raises(UserError):
        expect_equal("a", float("nan"))


def test_equal_models_make_equal_files_and_another_is_refused(runs, exported, tmp_path, capsys):
    out, model = tmp_path / "again.onnx", runs / "01_gray" / "best.model"
    assert main(["export-onnx", str(model), "--out", str(out)]) == 0
    assert out.read_bytes() == (exported / "01_gray.onnx").read_bytes()
    assert "largest difference from torch" in capsys.readouterr().out
    assert main(["export-onnx", str(model), "--out", str(out)]) == 0
    assert "up to date" in capsys.readouterr().out
    write_classifier(tmp_path / "other.model", seed=9)
    assert main(["export-onnx", str(tmp_path / "other.model"), "--out", str(out)]) == 2
    assert main(["export-onnx", str(model), "--out", str(tmp_path / "out")]) == 2
    assert "ends in .onnx" in capsys.readouterr().err
