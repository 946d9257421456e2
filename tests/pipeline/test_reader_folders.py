"""Every command that takes a `.model` file takes a reader's folder and does the same with it."""

import json
from pathlib import Path

import pandas as pd
import pytest
import torch
from grapheme_files import images_of, write_shard
from grapheme_models import write_model
from reader_models import write_classifier, write_detector
from tiny_detectors import draw_books
from tiny_runs import TINY

from mojika.boxes.page_boxes import read_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.detection.detector_file import load_detector
from mojika.errors import UserError
from mojika.experiment.starting_weights import take_detector_weights
from mojika.training.checkpoints import LAST, load_checkpoint

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def runs(lists, train_main, tmp_path_factory) -> Path:
    """A trained classifier `taught`, a detector that finds something everywhere, and the folder `reader` of both."""
    folder = tmp_path_factory.mktemp("runs")
    flags = ["--epochs", "1", "--l2softmax", "--ema-decay", "0.5", "--model-dir", folder, "--prefix", "taught"]
    assert train_main([*lists, *TINY, *flags]) == 0
    write_detector(folder / "finder.model", seed=1, short_sides=(150, 170))
    models = [str(folder / "finder.model"), str(folder / "taught")]
    assert main(["bundle", *models, "--out", str(folder / "reader")]) == 0
    return folder


def weights(run: Path) -> dict[str, torch.Tensor]:
    state = load_checkpoint(run / LAST)
    return {f"{part}.{name}": value for part in ("model", "head") for name, value in state[part].items()}


@pytest.mark.parametrize("flag", ["--resume", "--pretrained", "--model", "--teacher"])
def test_training_starts_from_a_folder_as_from_the_file(runs, lists, train_main, tmp_path, capsys, flag):
    tiny = [field for field in TINY if field not in ("--model", "test_resnet")]
    tiny = TINY if flag == "--teacher" else [field for field in tiny if field != "--from-scratch"]
    found = []
    for name, model in (("file", runs / "taught" / "best.model"), ("folder", runs / "reader")):
        flags = [flag, model, "--l2softmax", "--steps", "2", "--model-dir", tmp_path, "--prefix", name]
        assert train_main([*lists, *tiny, *flags]) == 0, capsys.readouterr().err
        found.append(weights(tmp_path / name))
    assert found[0].keys() == found[1].keys()
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())


def test_a_list_is_evaluated_by_a_folder_and_by_one_of_its_files(runs, lists, capsys):
    printed = []
    for model in (runs / "taught" / "best.model", runs / "reader", runs / "reader" / "taught.safetensors"):
        assert main(["evaluate", str(model), lists[1], "--device", "cpu", "--workers", "1", "--json"]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1] == printed[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    """Two books, and a reader of one detector and two classifiers."""
    folder = draw_books(tmp_path_factory.mktemp("pages"), 2)
    write_detector(folder / "finder.model", seed=1, short_sides=(150, 170))
    write_classifier(folder / "one.model", seed=2)
    write_classifier(folder / "two.model", seed=3, channels=3)
    models = [str(folder / f"{name}.model") for name in ("finder", "one", "two")]
    assert main(["bundle", *models, "--out", str(folder / "reader")]) == 0
    return folder


def test_pages_are_searched_and_read_by_all_fitting_models_of_a_folder(pages, tmp_path, capsys):
    common = ["--images", str(pages / "images"), "--device", "cpu", "--workers", "1"]
    found = []
    for name, finder, readers in (("file", ["finder.model"], ["one.model", "two.model"]),
                                  ("folder", ["reader"], ["reader"])):  # fmt: skip
        out = tmp_path / f"{name}.parquet"
        search = ["--short-sides", "160", "--score-threshold", "0.02", "--at-most", "7"]
        assert main(["detect", *(str(pages / each) for each in finder), *common, *search, "--out", str(out)]) == 0
        read = ["--boxes", str(out), "--out", str(tmp_path / f"{name}_read.parquet"), "--tta", "1"]
        assert main(["classify", *(str(pages / each) for each in readers), *common, *read]) == 0
        found.append(read_boxes(tmp_path / f"{name}_read.parquet").boxes)
        assert main(["classify", *(str(pages / each) for each in readers), *common, *read]) == 0
        assert "up to date" in capsys.readouterr().out
    assert len(found[0]) > 4
    pd.testing.assert_frame_equal(found[0], found[1])


def test_pages_are_searched_at_scales_of_the_training(pages, tmp_path, capsys):
    """Half-way, on a logarithmic scale, between 150 and 170: 159.7, in tens."""
    common = ["--images", str(pages / "images"), "--device", "cpu", "--workers", "1", "--at-most", "7"]
    found = []
    for name, flags in (("default", []), ("given", ["--short-sides", "160"])):
        out = tmp_path / f"{name}.parquet"
        assert main(["detect", str(pages / "finder.model"), *common, *flags, "--out", str(out)]) == 0
        found.append(read_boxes(out))
        assert ("--short-sides 160: the detector was trained at 150 to 170" in capsys.readouterr().err) is (not flags)
    assert found[0].made_from == found[1].made_from
    assert main(["detect", str(pages / "one.model"), *common, "--out", str(tmp_path / "none.parquet")]) == 2
    assert "expected a detector, found a classifier" in capsys.readouterr().err


def test_pages_as_they_came_are_read_as_those_of_the_training_were(pages, tmp_path, capsys):
    """Prepared page by page, they say what the pages say that `mojika preprocess` wrote, to the last bit."""
    common = ["--device", "cpu", "--workers", "1"]
    search = ["--images", str(pages / "images"), "--short-sides", "160", "--score-threshold", "0.02", "--at-most", "7"]
    boxes = tmp_path / "boxes.parquet"
    assert main(["detect", str(pages / "finder.model"), *common, *search, "--out", str(boxes)]) == 0
    assert main(["preprocess", str(pages / "images"), str(tmp_path / "prepared"), "--workers", "1"]) == 0
    capsys.readouterr()
    models = [str(pages / "one.model"), str(pages / "two.model")]
    found, told = [], []
    for number, images in enumerate((pages / "images", tmp_path / "prepared")):
        out = tmp_path / f"{number}.parquet"
        where = ["--boxes", str(boxes), "--images", str(images), "--tta", "1", "--out", str(out)]
        assert main(["classify", *models, *common, *where]) == 0
        found.append(read_boxes(out))
        told.append(capsys.readouterr().err)
    pd.testing.assert_frame_equal(found[0].boxes, found[1].boxes)
    assert "pages are prepared as those of the training were: ben-graham, denoise" in told[0]
    assert "prepared as" not in told[1] and "prepared" not in found[1].made_from

    write_classifier(tmp_path / "raw.model", preprocessed=())
    where = ["--boxes", str(boxes), "--images", str(tmp_path / "prepared"), "--out", str(tmp_path / "raw.parquet")]
    assert main(["classify", str(tmp_path / "raw.model"), *common, *where]) == 2
    line = "raw.model: was trained on pages as they came, these are pages after ben-graham, denoise"
    assert line in capsys.readouterr().err
    assert main(["classify", str(tmp_path / "raw.model"), *common, *where, "--page-preprocessing", "none"]) == 0


def test_where_one_model_is_needed_and_several_are_there_the_line_names_them(pages, lists, capsys):
    assert main(["evaluate", str(pages / "reader"), lists[1]]) == 2
    assert capsys.readouterr().err.endswith(
        f"{pages}/reader: expected one classifier, found 2; name one of them: {pages}/reader/one.safetensors, "
        f"{pages}/reader/two.safetensors\n"
    )
    assert main(["detect", str(pages / "reader" / "one.safetensors"), "--images", str(pages / "images"),
                 "--out", str(pages / "none.parquet")]) == 2  # fmt: skip
    assert "expected a detector, found a classifier" in capsys.readouterr().err


def test_a_detector_starts_from_that_of_a_folder(pages):
    detector = load_detector(pages / "finder.model", CPU).network
    wanted = {name: value.clone() for name, value in detector.state_dict().items()}
    for parameter in detector.parameters():
        torch.nn.init.zeros_(parameter)
    take_detector_weights(detector, pages / "reader")
    assert all(torch.equal(value, wanted[name]) for name, value in detector.state_dict().items())
    with pytest.raises(UserError, match="expected a .model file or a reader's folder"):
        take_detector_weights(detector, pages / "images")


def test_books_are_told_by_a_folder(tmp_path, pages, capsys):
    classes = ClassList(("100", "200"), (2, 2))
    write_classifier(tmp_path / "books.model", classes={"label": classes})
    assert main(["bundle", str(tmp_path / "books.model"), "--out", str(tmp_path / "reader")]) == 0
    capsys.readouterr()
    printed = []
    for model in ("books.model", "reader"):
        images = ["--images", str(pages / "images"), "--device", "cpu", "--workers", "1"]
        assert main(["classify-books", str(tmp_path / model), *images, "--json"]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0] == printed[1]


def test_graphemes_are_read_by_all_models_of_a_folder(tmp_path):
    write_shard(tmp_path / "test_image_data_0.parquet", ["Test_0", "Test_1"], images_of(2))
    for seed, name in enumerate(("one", "two")):
        write_model(tmp_path / f"{name}.model", seed, scale_size=28, input_size=24, form="crop:30")
    models = [str(tmp_path / f"{name}.model") for name in ("one", "two")]
    assert main(["bundle", *models, "--mean", "geometric", "--out", str(tmp_path / "reader")]) == 0
    for name, given in (("file", models), ("folder", [str(tmp_path / "reader")])):
        shards = ["--shards", str(tmp_path / "test_image_data_0.parquet"), "--weights", "2,1"]
        out = ["--out", str(tmp_path / f"{name}.csv"), "--device", "cpu", "--workers", "1"]
        assert main(["infer-graphemes", "--models", *given, *shards, *out]) == 0
    assert (tmp_path / "file.csv").read_text() == (tmp_path / "folder.csv").read_text()
