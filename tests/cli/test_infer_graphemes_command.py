import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from grapheme_files import images_of, write_labels, write_shard
from grapheme_models import CLASSES, write_model
from PIL import Image
from scipy import stats

from mojika.cli.main import main
from mojika.errors import Interrupted
from mojika.preprocessing.graphemes import crop_and_resize
from mojika.recognition.graphemes import reading
from mojika.recognition.graphemes.probabilities import read_probabilities
from mojika.runtime.signals import StopRequest
from mojika.training import model_file

IDS = ["Test_4", "Test_1", "Test_2", "Test_0", "Test_3"]
SHARDS = ("test_image_data_9.parquet", "test_image_data_10.parquet")


def inputs() -> list[torch.Tensor]:
    """By Pillow, image by image: crops of 24 from 28 pixels for one network, of 20 x 26 from 20 x 30 for the other."""
    ink = 255 - images_of(5)
    cropped = [Image.fromarray(crop_and_resize(image, 30)).resize((28, 28), Image.BICUBIC) for image in ink]
    squares = np.stack([np.asarray(image)[None, 2:26, 2:26] for image in cropped])
    scaled = [Image.fromarray(image).convert("RGB").resize((30, 20), Image.BICUBIC) for image in ink]
    wides = np.stack([np.asarray(image)[:, 2:28].transpose(2, 0, 1) for image in scaled])
    return [
        (torch.from_numpy(pixels) / 255 - torch.tensor(mean)[:, None, None]) / 0.3
        for pixels, mean in ((squares, [0.1]), (wides, [0.1, 0.2, 0.3]))
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, list]:
    """Five images in two shards, and two networks that are shown them in different forms."""
    folder = tmp_path_factory.mktemp("graphemes")
    for name, part in zip(SHARDS, (slice(0, 3), slice(3, 5)), strict=True):
        write_shard(folder / name, IDS[part], images_of(5)[part])
    shown = inputs()
    gray = {"scale_size": 28, "input_size": 24, "shown": shown[0]}
    square = write_model(folder / "square.model", 0, **gray, form="crop:30")
    colour = {"scale_size": (20, 30), "input_size": (20, 26), "channels": 3, "shown": shown[1]}
    wide = write_model(folder / "wide.model", 1, **colour, form="native")
    write_model(folder / "untold.model", 0, **gray)
    write_model(folder / "other.model", 0, scale_size=28, input_size=24, form="crop:30",
                classes={**CLASSES, "vowel_diacritic": replace(CLASSES["vowel_diacritic"], labels=("0", "2", "1"))},
    )  # fmt: skip
    write_model(folder / "one.model", 0, scale_size=28, input_size=24, classes={"label": CLASSES["grapheme_root"]})
    return folder, [square, wide]


@pytest.fixture
def command(made, tmp_path):
    """`command(*more, models=("square", …), out="submission.csv") -> argv`."""

    def build(*more: object, models=("square",), out="submission.csv") -> list[str]:
        paths = [made[0] / f"{name}.model" for name in models]
        where = ["--shards", made[0] / "test_image_data_*.parquet", "--out", tmp_path / out, "--device", "cpu"]
        return list(map(str, ["infer-graphemes", "--models", *paths, *where, "--workers", 1, *more]))

    return build


@pytest.mark.parametrize("method", ["arithmetic", "geometric", "harmonic"])
def test_each_model_sees_what_it_was_trained_on_and_the_mean_is_submitted(made, command, tmp_path, method):
    files = ["--probabilities", tmp_path / "means.parquet", "--mean", method, "--weights", "1,3"]
    assert main(command(*files, "--batch-size", 2, models=("square", "wide"))) == 0
    with torch.inference_mode():
        separate = [
            {head: scores.softmax(1).numpy() for head, scores in zip(CLASSES, model(shown), strict=True)}
            for model, shown in zip(made[1], inputs(), strict=True)
        ]
    means = {"arithmetic": stats.pmean, "geometric": stats.gmean, "harmonic": stats.hmean}
    more, predicted = {"p": 1} if method == "arithmetic" else {}, {}
    found = read_probabilities(tmp_path / "means.parquet")
    assert found.image_ids == tuple(IDS) and found.classes == CLASSES
    for head in CLASSES:
        both = np.stack([of_model[head] for of_model in separate])
        expected = means[method](both, axis=0, weights=np.array([1, 3])[:, None, None], **more)
        expected /= expected.sum(1, keepdims=True)
        np.testing.assert_allclose(found.of_heads[head], expected, atol=2e-3)
        predicted[head] = found.of_heads[head].argmax(1)
    assert len(set(predicted["grapheme_root"])) > 1
    rows = [
        [f"{image_id}_{head}", predicted[head][number]]
        for number, image_id in enumerate(IDS)
        for head in sorted(CLASSES)
    ]
    assert pd.read_csv(tmp_path / "submission.csv").to_numpy().tolist() == rows
    assert not list(tmp_path.glob("*.parts"))


def test_a_submission_is_made_once_and_anew_only_when_forced(command, tmp_path, capsys, monkeypatch):
    out = tmp_path / "submission.csv"
    assert main(command()) == 0
    assert capsys.readouterr().out == f"{out}: 5 images read by 1 model\n"
    with monkeypatch.context() as patch:
        patch.delattr(model_file, "load_model")
        assert main(command()) == 0
        assert capsys.readouterr().out == f"{out}: up to date, 5 images read by 1 model\n"
        assert main(command("--mean", "harmonic")) == 2
        assert 'method was "arithmetic", now "harmonic"' in capsys.readouterr().err
        assert main(command("--reweight")) == 2
        assert "reweight was null, now 1.2" in capsys.readouterr().err
        out.write_text(out.read_text() + "more\n")
        assert main(command()) == 2
        assert "submission.json is missing or does not belong to it; --force replaces both" in capsys.readouterr().err
    assert main(command("--mean", "harmonic", "--force")) == 0
    assert json.loads((tmp_path / "submission.json").read_text())["made_from"]["method"] == "harmonic"


def test_kept_probabilities_are_read_once_for_several_submissions(command, tmp_path, capsys, monkeypatch):
    keep = ["--probabilities", tmp_path / "means.parquet"]
    assert main(command(*keep)) == 0
    monkeypatch.delattr(model_file, "load_model")
    assert main(command(*keep, "--reweight", 5, "--json", out="reweighted.csv")) == 0
    report = json.loads(capsys.readouterr().out.splitlines()[-1])
    plain, other = (pd.read_csv(tmp_path / name)["target"] for name in ("submission.csv", "reweighted.csv"))
    changed = int((plain != other).sum())
    assert report == {"images": 5, "models": 1, "rows": 15, "changed": changed} and changed > 0
    assert main(command(*keep, "--mean", "harmonic", out="third.csv")) == 2
    assert "means.parquet: exists, made differently: method" in capsys.readouterr().err


def test_an_interrupted_run_goes_on_after_the_shards_that_it_has_read(command, tmp_path, monkeypatch):
    assert main(command(out="whole.csv")) == 0
    read, left = [], iter([True, True, False])  # two batches of the first shard, none of the second
    original = reading.read_shard

    def raise_if_requested(_: object) -> None:
        if not next(left):
            raise Interrupted("SIGTERM")

    with monkeypatch.context() as patch:
        patch.setattr(StopRequest, "raise_if_requested", raise_if_requested)
        assert main(command("--batch-size", 2)) == 75
    parts = list((tmp_path / "submission.parts").glob("*.parquet"))
    assert not (tmp_path / "submission.csv").exists()
    monkeypatch.setattr(reading, "read_shard", lambda *a, **k: read.append(a[1].path.name) or original(*a, **k))
    assert main(command("--batch-size", 2)) == 0
    assert len(parts) == 1 and read == [SHARDS[1]]
    assert (tmp_path / "submission.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not list(tmp_path.glob("*.parts"))


def test_labelled_images_are_scored_and_classes_drawn(command, tmp_path, capsys):
    assert main(command()) == 0
    table = pd.read_csv(tmp_path / "submission.csv", dtype=str)["target"].to_numpy().reshape(5, 3)  # c, root, vowel
    truth = table[:, [1, 2, 0]]
    assert len(set(truth[:, 0])) > 1
    write_labels(tmp_path / "truth.csv", [[i, *labels] for i, labels in reversed(list(zip(IDS, truth, strict=True)))])
    write_labels(tmp_path / "train.csv", [["x", *truth[0]]])
    scored = ["--labels", tmp_path / "truth.csv", "--train-labels", tmp_path / "train.csv"]
    capsys.readouterr()
    assert main(command(*scored, "--plot", tmp_path / "classes", "--json")) == 0
    report = json.loads(capsys.readouterr().out)
    alike = int((truth == truth[0]).all(1).sum())
    assert report["score"] == report["recall_root"] == report["recall_vowel"] == report["recall_consonant"] == 1
    assert (report["samples_seen"], report["samples_unseen"]) == (alike, 5 - alike) and report["score_seen"] == 1
    assert {path.name for path in (tmp_path / "classes").iterdir()} == {f"{head}.png" for head in CLASSES}
    wrong = [[i, r, v, (int(c) + 1) % 2] for i, (r, v, c) in zip(IDS, truth, strict=True)]
    write_labels(tmp_path / "truth.csv", wrong)
    assert main(command(*scored)) == 0
    said = capsys.readouterr().out
    assert "up to date" in said and "recall_consonant  0.0000" in said and " score  0.7500" in said


@pytest.mark.parametrize(
    "models, more, message",
    [
        (["square"], ["--weights", "1,2"], "--weights: expected 1 number, one a model, found 2"),
        (["square"], ["--train-labels", "x.csv"], "are scored with --labels only"),
        (["square", "other"], [], "different classes of vowel_diacritic: 3 classes ("),
        (["one"], [], "expected a model that reads grapheme_root, vowel_diacritic, consonant_diacritic, found label"),
        (["untold"], [], "untold.model: does not record the form of its packs; give it with --grapheme-size"),
        (["square"], ["--grapheme-size", "native"], "trained on packs of --grapheme-size crop:30, found native"),
        (["square"], ["--grapheme-size", "small"], "expected native, HEIGHTxWIDTH or crop:SIDE"),
        (["square"], ["--test", "missing.csv"], "missing.csv: no such file"),
        (["missing"], [], "missing.model: no such file"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(command, tmp_path, capsys, models, more, message):
    assert main(command(*more, models=models)) == 2
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1
    assert not list(tmp_path.glob("submission*"))


def test_images_that_stand_twice_or_nowhere_are_named(made, command, tmp_path, capsys):
    shutil.copy(made[0] / SHARDS[1], tmp_path / "again.parquet")
    argv = command()
    argv.insert(argv.index("--out"), str(tmp_path / "again.parquet"))
    assert main(argv) == 2
    said = capsys.readouterr().err
    assert f"again.parquet row 1: Test_0 is already in {SHARDS[1]} row 1; expected each image once" in said
    (tmp_path / "test.csv").write_text("row_id,image_id,component\na,Test_9,grapheme_root\n")
    assert main(command("--test", tmp_path / "test.csv")) == 2
    assert "1 image is not in the shards: Test_9" in capsys.readouterr().err


def test_a_model_that_does_not_tell_its_form_is_told(command, tmp_path):
    assert main(command()) == 0
    assert main(command("--grapheme-size", "crop:30", models=["untold"], out="told.csv")) == 0
    assert (tmp_path / "told.csv").read_bytes() == (tmp_path / "submission.csv").read_bytes()
