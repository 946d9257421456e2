import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.metrics import accuracy_score, recall_score
from tiny_runs import TINY
from torchvision.transforms.functional import five_crop

from mojika.cli.main import main
from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import read_split_lists
from mojika.files.cache import cache_folder
from mojika.files.reader_folder import model_digest
from mojika.pictures.contact_sheet import CAPTION, CELL, MARGIN
from mojika.pictures.lines import GREEN, VERMILION
from mojika.recognition.test_time_augmentation import read_views, views_augmentation
from mojika.training.checkpoints import BEST, LAST, load_checkpoint
from mojika.training.model_file import load_model


@pytest.fixture(scope="module")
def run(lists, train_main, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluated")
    flags = ["--l2softmax", "--epochs", "8", "--model-dir", folder, "--prefix", "run"]
    assert train_main([*lists, *TINY, *flags]) == 0
    return folder / "run"


def test_numbers_equal_those_of_training_and_of_scikit_learn(run, lists, capsys, tmp_path):
    table = tmp_path / "predictions.csv"
    assert main(["evaluate", str(run / LAST), lists[1], "--json", "--device", "cpu", "--predictions", str(table)]) == 0
    result = json.loads(capsys.readouterr().out)
    rows = pd.read_csv(table, dtype=str)
    assert result["samples"] == len(rows) == 24
    assert result["accuracy"] == pytest.approx(accuracy_score(rows["label"], rows["predicted_label"]))
    expected = recall_score(rows["label"], rows["predicted_label"], average="macro", zero_division=0)
    assert result["macro_recall"] == pytest.approx(expected)
    assert result["accuracy"] == pytest.approx(load_checkpoint(run / LAST)["metrics"]["valid_accuracy"])
    assert rows["prob_label"].astype(float).between(0, 1).all()
    assert rows["file"].tolist() == [line.split(",")[1] for line in Path(lists[1]).read_text().splitlines()]


def test_loose_images_are_read_as_those_of_a_list(run, lists, tmp_path):
    table, predictions = tmp_path / "listed.csv", tmp_path / "loose.csv"
    files = [line.split(",")[1] for line in Path(lists[1]).read_text().splitlines()]
    for views in ("1", "7"):
        common = ["--tta", views, "--device", "cpu"]
        more = ["--topk", "2", "--predictions", str(table)]
        assert main(["evaluate", str(run / BEST), lists[1], *common, *more]) == 0
        more = ["--top", "2", "--out", str(predictions), "--batch-size", "5", "--force"]
        assert main(["predict", str(run / BEST), *files, *common, *more]) == 0
        listed, loose = (pd.read_csv(each, dtype={"label": str}) for each in (table, predictions))
        assert loose["file"].tolist() == files
        assert loose["label"].tolist() == listed["predicted_label"].astype(str).tolist()
        np.testing.assert_allclose(loose["probability"], listed["prob_label"], atol=2e-5)
        np.testing.assert_allclose(loose["probability_2"], listed["prob_label_2"], atol=2e-5)


def test_views_scale_best_of_several_and_the_report_of_classes(run, lists, capsys, tmp_path):
    table, report = tmp_path / "predictions.csv", tmp_path / "classes.csv"
    command = ["evaluate", str(run / LAST), lists[1], "--json", "--device", "cpu"]
    more = ["--tta", "7", "--topk", "2", "--predictions", str(table), "--report", str(report)]
    assert main([*command, *more]) == 0
    result, rows = json.loads(capsys.readouterr().out), pd.read_csv(table, dtype=str)
    assert result["accuracy"] == pytest.approx(accuracy_score(rows["label"], rows["predicted_label"]))
    hits = (rows["label"] == rows["predicted_label"]) | (rows["label"] == rows["predicted_label_2"])
    assert result["top2_accuracy"] == pytest.approx(hits.mean())
    classes = pd.read_csv(report, dtype={"label": str})
    assert classes["support"].sum() == result["samples"]
    assert np.average(classes["recall"], weights=classes["support"]) == pytest.approx(result["accuracy"], abs=1e-6)
    assert main([*command, "--scale-size", "9"]) == 2
    assert "--scale-size 9" in capsys.readouterr().err


def test_views_of_a_list_are_those_of_its_images(run, lists):
    """Logits by hand: five crops of the scaled image, normalised, and averaged."""
    model = load_model(run / LAST, torch.device("cpu"))
    spec = model.spec
    (split,) = read_split_lists([lists[1]], scale_size=spec.scale_size, channels=spec.channels, cache=cache_folder())
    pipeline = InputPipeline(split, views_augmentation(spec, 5), torch.device("cpu"), workers=1)
    (found,) = next(read_views(model, pipeline, 5, 4))
    images = torch.from_numpy(pipeline.gather(np.arange(4))).permute(0, 3, 1, 2) / 255
    mean, std = (torch.tensor(values)[:, None, None] for values in (spec.mean, spec.std))
    with torch.inference_mode():
        crops = five_crop((images - mean) / std, [spec.input_size] * 2)
        expected = torch.stack([model.logits(crop)[0] for crop in crops]).mean(0)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_list_with_fewer_and_unknown_classes_is_matched_by_label(run, lists, capsys, tmp_path):
    """Class 2 alone, and a class that the model never saw: numbers are by label, not by position in the list."""
    lines = [line for line in Path(lists[1]).read_text().splitlines() if line.startswith("2,")]
    other = tmp_path / "other.csv"
    other.write_text("\n".join([*lines, "7," + lines[0].split(",")[1].replace("2_0", "2_1")]) + "\n")
    assert main(["evaluate", str(run / BEST), str(other), "--json", "--device", "cpu"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["samples"], result["classes"], result["samples_of_unknown_classes"]) == (len(lines) + 1, 1, 1)
    assert result["accuracy"] > 0.5


def test_contact_sheet_has_a_cell_for_every_crop_wrong_ones_first(run, lists, tmp_path):
    table, picture = tmp_path / "predictions.csv", tmp_path / "sheet.png"
    command = ["evaluate", str(run / BEST), lists[1], "--device", "cpu", "--contact-sheet", str(picture)]
    assert main([*command, "--predictions", str(table)]) == 0
    rows = pd.read_csv(table, dtype=str)
    wrong = (rows["label"] != rows["predicted_label"]).to_numpy()
    paths = [line.split(",")[1] for line in Path(lists[1]).read_text().splitlines()]
    crops = [Image.open(paths[number]) for number in [*np.flatnonzero(wrong), *np.flatnonzero(~wrong)]]
    sheet = np.asarray(Image.open(picture))
    for number, crop in enumerate(crops):
        y, x = MARGIN + number // 16 * (CELL + CAPTION + MARGIN), MARGIN + number % 16 * (CELL + MARGIN)
        expected = np.asarray(crop.resize((CELL, CELL), Image.Resampling.BICUBIC))[:-1, :-1]
        assert (sheet[y : y + CELL - 1, x : x + CELL - 1] == expected[:, :, None]).all(), number
        assert tuple(sheet[y - 1, x]) == (VERMILION if number < wrong.sum() else GREEN)


def test_a_calibrated_model_is_as_sure_as_it_is_right_wherever_it_is_used(run, lists, capsys, tmp_path):
    """Its logits are divided by the temperature: by `evaluate`, and out of a reader's folder."""
    made, report = tmp_path / "calibrated.model", tmp_path / "report"
    command = ["evaluate", str(run / LAST), lists[1], "--json", "--device", "cpu"]
    assert main([*command, "--calibrate", str(made), "--report", str(report)]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"index.html", "samples.csv", "confusions.csv"} <= {path.name for path in report.iterdir()}
    before, after = (load_model(path, torch.device("cpu")) for path in (run / LAST, made))
    assert after.temperatures == {"label": pytest.approx(result["temperature"])} and before.temperatures == {}
    images = torch.randn(3, 1, 24, 24, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        expected = before.logits(images)[0] / result["temperature"]
        torch.testing.assert_close(after.logits(images)[0], expected)
    assert main(["bundle", str(made), "--out", str(tmp_path / "reader")]) == 0
    assert load_model(tmp_path / "reader", torch.device("cpu")).temperatures == after.temperatures
    digests = {model_digest(path, "classifier") for path in (run / LAST, made, tmp_path / "reader")}
    assert len(digests) == 3

    capsys.readouterr()
    for wrong in (run / LAST, tmp_path / "calibrated"):
        assert main([*command, "--calibrate", str(wrong)]) == 2
        assert "--calibrate" in capsys.readouterr().err


def test_damaged_model_file_is_a_one_line_error(lists, tmp_path, capsys):
    (tmp_path / "broken.model").write_bytes(b"nothing")
    assert main(["evaluate", str(tmp_path / "broken.model"), lists[1]]) == 2
    assert "broken.model: expected a .model file, found something else" in capsys.readouterr().err
    (tmp_path / "broken.model").write_bytes(b"PK\x03\x04nothing")
    assert main(["evaluate", str(tmp_path / "broken.model"), lists[1]]) == 2
    assert "truncated or damaged" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path), lists[1]]) == 2
    assert "expected a .model file or a reader's folder, found another folder" in capsys.readouterr().err


def test_missing_list_is_a_one_line_error(run, lists, tmp_path, capsys):
    assert main(["evaluate", str(run / BEST), str(tmp_path / "none.csv")]) == 2
    assert "none.csv: no such split list" in capsys.readouterr().err
