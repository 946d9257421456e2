"""A model that wants red and blue exchanged reads as its twin that does not, which is shown exchanged images."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from mojika.boxes.page_boxes import read_boxes, truth_boxes, write_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.training.checkpoints import save_checkpoint

CLASSES = ClassList(("U+3042", "U+304B", "U+4E00"), (1, 1, 1))


def write_models(folder: Path, channels: int) -> None:
    """`plain.model` and `exchanged.model` have the same weights."""
    torch.manual_seed(0)
    architecture = Architecture("test_resnet", channels, 32)
    network = Classifier(architecture, {"label": len(CLASSES)})
    torch.nn.init.normal_(network.heads["label"].weight)
    for exchanged in (False, True):
        spec = InputSpec(
            channels=channels, mean=(0.4,) * channels, std=(0.2,) * channels, scale_size=36, input_size=32,
            interpolation="bicubic", channels_exchanged=exchanged,
        )  # fmt: skip
        state = {
            "input": spec.to_plain(), "precision": "off", "arch": architecture.to_plain(), "ema": None,
            "classes": {"label": CLASSES.to_plain()}, "model": network.backbone.state_dict(),
            "head": network.heads.state_dict(),
        }  # fmt: skip
        save_checkpoint(folder / f"{'exchanged' if exchanged else 'plain'}.model", state)


@pytest.fixture(params=[1, 3], ids=["gray", "RGB"])
def folder(request, tmp_path, make_pages, monkeypatch) -> Path:
    """The models, pages of three characters in noise of all colours, the same exchanged, and lists of both."""
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    write_models(tmp_path, request.param)
    boxes = [(label, (20 * i, 2, 20 * i + 18, 28)) for i, label in enumerate(CLASSES.labels)]
    labels = make_pages([("b_1", (60, 30), boxes), ("b_2", (60, 30), boxes)])
    (tmp_path / "swapped").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (2, 6, 12, 3), np.uint8)
    for page, pixels in zip(sorted((tmp_path / "train_images").glob("*.png")), noise, strict=True):
        image = Image.fromarray(pixels).resize((60, 30), Image.Resampling.NEAREST)
        image.save(page)
        Image.merge("RGB", image.split()[::-1]).save(tmp_path / "swapped" / page.name)
    for name in ("train_images", "swapped"):
        lines = [f"U+3042,{tmp_path / name / page}\n" for page in ("b_1.png", "b_2.png")]
        (tmp_path / f"{name}.csv").write_text("".join(lines))
    write_boxes(tmp_path / "boxes.parquet", truth_boxes(labels, tmp_path / "train_images"))
    return tmp_path


def test_classify_exchanges_what_the_model_wants_exchanged(folder):
    probabilities = {}
    for model, images in (("exchanged", "train_images"), ("plain", "swapped"), ("plain", "train_images")):
        out = folder / f"{model}_{images}.parquet"
        command = ["classify", folder / f"{model}.model", "--boxes", folder / "boxes.parquet", "--images",
                   folder / images, "--out", out, "--device", "cpu", "--workers", "1"]  # fmt: skip
        assert main([str(field) for field in command]) == 0
        probabilities[model, images] = read_boxes(out).boxes["prob"].to_numpy()
    np.testing.assert_array_equal(probabilities["exchanged", "train_images"], probabilities["plain", "swapped"])
    assert (probabilities["exchanged", "train_images"] != probabilities["plain", "train_images"]).any()


def test_evaluate_exchanges_what_the_model_wants_exchanged(folder):
    predictions = {}
    for model, images in (("exchanged", "train_images"), ("plain", "swapped"), ("plain", "train_images")):
        table = folder / f"{model}_{images}.csv"
        command = ["evaluate", folder / f"{model}.model", folder / f"{images}.csv", "--predictions", table,
                   "--device", "cpu", "--workers", "1"]  # fmt: skip
        assert main([str(field) for field in command]) == 0
        predictions[model, images] = pd.read_csv(table).drop(columns="file").to_csv()
    assert predictions["exchanged", "train_images"] == predictions["plain", "swapped"]
    assert predictions["exchanged", "train_images"] != predictions["plain", "train_images"]
