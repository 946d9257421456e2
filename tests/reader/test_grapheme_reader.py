import json

import numpy as np
import pytest
import torch
from grapheme_files import images_of
from grapheme_models import CLASSES, write_model
from PIL import Image

from mojika.cli.main import main
from mojika.data.grapheme_labels import HEADS
from mojika.recognition.graphemes.canvas import on_canvas
from mojika.recognition.graphemes.inference import prepare
from mojika.samples.graphemes.components import compose_parts
from mojika.training.model_file import load_model


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("ক", "া", "0"), "কা"),
        (("ক", "0", "ঁ"), "কঁ"),
        (("ক", "ি", "র্"), "র্কি"),  # reph is written before the root
        (("র", "া", "্য"), "র\u200d্যা"),  # without the joiner it would be য with a reph
        (("ক", "া", "?"), "কা?"),
    ],
)
def test_parts_are_composed_as_unicode_writes_them(parts, text):
    assert compose_parts(*parts) == text


def test_images_of_graphemes_become_text_with_alternatives(tmp_path, capsys):
    (tmp_path / "images").mkdir()
    images = images_of(2)
    for number, image in enumerate(images):
        Image.fromarray(image).save(tmp_path / "images" / f"{number}.png")
    models = [tmp_path / "one.model", tmp_path / "two.model"]
    for seed, model in enumerate(models):
        write_model(model, seed, scale_size=32, input_size=32, form="crop:32")
    given = [str(tmp_path / "images"), "--models", *map(str, models), "--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main(["recognize", *given]) == 0
    assert capsys.readouterr().out == "2 read, 0 up to date, 0 failed\n"

    loaded = [load_model(model, torch.device("cpu")) for model in models]
    for number, image in enumerate(images):
        logits = [model.logits(prepare(image[None], model.spec)) for model in loaded]
        of_heads = [(logits[0][head].softmax(1) + logits[1][head].softmax(1))[0] / 2 for head in range(3)]
        expected = [int(probabilities.argmax()) for probabilities in of_heads]
        [box] = json.loads((tmp_path / "out" / "images" / f"{number}.json").read_text())["boxes"]
        assert box["label"] == "-".join(map(str, expected)) and len(box["top5"]) == 5
        assert box["char"] == compose_parts(*(CLASSES[h].chars[p] for h, p in zip(HEADS, expected, strict=True)))
        likeliest = np.prod([float(probabilities.max()) for probabilities in of_heads])
        assert box["prob"] == pytest.approx(likeliest, abs=1e-5)
        assert [box[corner] for corner in ("x1", "y1", "x2", "y2")] == [0, 0, 236, 137]
        assert (tmp_path / "out" / "images" / f"{number}.txt").read_text() == box["char"] + "\n"

    assert main(["recognize", *given, "--short-sides", "500"]) == 2
    assert "leave --short-sides out" in capsys.readouterr().err


def test_images_of_other_proportions_lie_on_paper_of_their_own_tone():
    square = np.full((200, 200, 3), 222, np.uint8)
    square[80:120, 80:120] = 10
    canvas = on_canvas(square)
    assert canvas.shape == (137, 236) and set(canvas[:, :49].ravel()) == {222} and canvas[68, 118] == 10
    ink = np.argwhere(canvas < 100)
    np.testing.assert_allclose(ink.mean(axis=0), [68, 117.5], atol=1)
    as_given = images_of(1)[0]
    assert (on_canvas(np.stack([as_given] * 3, axis=2)) == as_given).all()
