import csv
import json
from itertools import product

import numpy as np
import pytest
import torch
from grapheme_files import images_of
from grapheme_models import write_model
from PIL import Image
from reader_models import CLASSES, write_classifier

from mojika.cli.main import main
from mojika.data.grapheme_labels import HEADS
from mojika.recognition.graphemes.inference import prepare
from mojika.recognition.predictions import likeliest
from mojika.samples.graphemes.components import compose_parts
from mojika.training.model_file import load_model


@pytest.fixture
def crops(tmp_path):
    """Colour images of other sizes than the networks', in a folder and one below it."""
    generator = np.random.default_rng(3)
    (tmp_path / "crops" / "more").mkdir(parents=True)
    for name, size in (("10", (40, 30)), ("9", (28, 28)), ("more/1", (64, 20))):
        Image.fromarray(generator.integers(0, 256, (*size, 3), np.uint8)).save(tmp_path / "crops" / f"{name}.png")
    return tmp_path / "crops"


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def predict(*arguments):
    return main(["predict", *map(str, arguments), "--device", "cpu", "--workers", "1"])


def test_crops_of_a_folder_are_read_in_the_order_of_people_and_once(crops, tmp_path, capsys):
    """Two models of other channels; by hand: Pillow's gray and RGB, bicubic, the centre, softmax of summed logits."""
    models, out = [tmp_path / "gray.model", tmp_path / "colour.model"], tmp_path / "out.csv"
    for seed, (model, channels) in enumerate(zip(models, (1, 3), strict=True)):
        write_classifier(model, seed=seed, channels=channels)
    arguments = [*models, crops, "--top", 2, "--out", out]
    assert predict(*arguments) == 0
    told = capsys.readouterr()
    assert told.out.startswith(f"{out}: 3 images read by 2 models, mean probability ")
    assert told.err.count("after ben-graham, denoise (`mojika preprocess`); the images are read as they are") == 2
    rows = rows_of(out)
    assert [row["file"] for row in rows] == [str(crops / name) for name in ("9.png", "10.png", "more/1.png")]
    assert list(rows[0])[1:] == [
        f"{name}{place}" for place in ("", "_2") for name in ("label", "character", "probability")
    ]
    for row in rows:
        logits = 0
        for model, mode in zip(models, ("L", "RGB"), strict=True):
            image = Image.open(row["file"]).convert(mode).resize((28, 28), Image.Resampling.BICUBIC)
            pixels = torch.from_numpy(np.array(image)).reshape(28, 28, -1).permute(2, 0, 1)[None, :, 2:26, 2:26]
            with torch.inference_mode():
                logits = logits + load_model(model, torch.device("cpu")).logits((pixels / 255 - 0.5) / 0.25)[0]
        best = logits.softmax(1)[0].topk(2)
        assert [row["label"], row["label_2"]] == [CLASSES.labels[place] for place in best.indices]
        assert [row["character"], row["character_2"]] == [CLASSES.chars[place] for place in best.indices]
        found = [float(row["probability"]), float(row["probability_2"])]
        assert found == pytest.approx(best.values.tolist(), abs=1e-4)
    assert predict(*arguments) == 0
    assert "up to date, 3 images" in capsys.readouterr().out
    assert predict(*arguments, "--top", 1) == 2
    assert "top was 2, now 1" in capsys.readouterr().err


def test_bad_image_is_named_or_left_out(crops, tmp_path, capsys):
    write_classifier(tmp_path / "a.model")
    (crops / "9.png").write_bytes((crops / "9.png").read_bytes()[:500])
    out = tmp_path / "out.csv"
    assert predict(tmp_path / "a.model", crops, "--out", out) == 2
    error = capsys.readouterr().err
    assert f"{crops}/9.png: expected a readable image, found a broken one" in error and "--skip-bad" in error
    assert not out.exists()
    assert predict(tmp_path / "a.model", crops, "--out", out, "--skip-bad", "--json") == 0
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["images"], numbers["left_out"], len(rows_of(out))) == (2, 1, 2)
    assert [row["file"] for row in rows_of(tmp_path / "out.skipped.csv")] == [str(crops / "9.png")]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (["crops", "a.model"], "crops: expected a .model file or a reader's folder first"),
        (["crops"], "crops: expected a .model file or a reader's folder first"),
        (["a.model", "a.model"], "expected images behind the models"),
        (["a.model", "b.model", "crops"], "a.model reads label, "),
    ],
)
def test_what_cannot_be_read_is_one_line(crops, tmp_path, capsys, monkeypatch, given, line):
    monkeypatch.chdir(tmp_path)
    write_classifier(tmp_path / "a.model")
    write_classifier(tmp_path / "b.model", classes={"sign": CLASSES})
    assert predict(*given, "--out", "out.csv") == 2
    assert line in capsys.readouterr().err


def test_graphemes_become_text_and_the_labels_of_their_parts(tmp_path):
    model, out = tmp_path / "one.model", tmp_path / "out.csv"
    write_model(model, 0, scale_size=32, input_size=32, form="crop:32")
    image = images_of(1)[0]
    Image.fromarray(image).save(tmp_path / "0.png")
    assert predict(model, tmp_path / "0.png", "--top", 3, "--out", out) == 0
    [row] = rows_of(out)
    loaded = load_model(model, torch.device("cpu"))
    with torch.inference_mode():
        best = [logits.softmax(1)[0].max(0) for logits in loaded.logits(prepare(image[None], loaded.spec))]
    labels = [str(int(each.indices)) for each in best]
    assert [row[head] for head in HEADS] == labels and row["label"] == "-".join(labels)
    chars = [loaded.classes[head].chars[int(label)] for head, label in zip(HEADS, labels, strict=True)]
    assert row["character"] == compose_parts(*chars)
    assert float(row["probability"]) == pytest.approx(np.prod([float(each.values) for each in best]), abs=1e-5)
    assert {"label_2", "character_3"} <= row.keys()


def test_likeliest_combinations_equal_those_among_all():
    generator = torch.Generator().manual_seed(0)
    heads = [torch.rand((4, count), generator=generator).softmax(1) for count in (5, 2, 4)]
    probs, places = likeliest(heads, 7)
    for row in range(4):
        chances = {at: float(heads[0][row, at[0]] * heads[1][row, at[1]] * heads[2][row, at[2]]) for at in
                   product(range(5), range(2), range(4))}  # fmt: skip
        expected = sorted(chances, key=chances.get, reverse=True)[:7]
        assert [tuple(each) for each in places[row].tolist()] == expected
        assert probs[row].tolist() == pytest.approx([chances[at] for at in expected])
    assert likeliest([heads[1]], 5)[0].shape == (4, 2)
