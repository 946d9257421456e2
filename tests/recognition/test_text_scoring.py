"""Read pages against labelled ones: three columns of which one is read in the wrong place, with a wrong character."""

import json

import numpy as np
import pytest

from mojika.boxes.page_boxes import truth_boxes
from mojika.cli.main import main
from mojika.errors import UserError
from mojika.formats.page_json import page_json
from mojika.reading.page import Block, Candidate, Character, Column, Page
from mojika.recognition.text_scoring import boxes_of_pages, score_text

RIGHT, LEFT = "いろは國", "ちりぬる"


def column(text: str, x: float, **kind) -> Column:
    readings = [(Candidate(f"U+{ord(char):04X}", char, 0.9),) for char in text]
    corners = [(x, 100.0 * i, x + 80, 100.0 * i + 90) for i in range(len(text))]
    return Column(tuple(Character(box, 0.8, each) for box, each in zip(corners, readings, strict=True)), **kind)


def page(name: str, *columns: Column) -> Page:
    return Page(name, f"{name}.jpg", 400, 500, (Block(columns),) if columns else ())


@pytest.fixture
def truth(tmp_path):
    labels = [
        f"U+{ord(char):04X} {x} {100 * i} 80 90"
        for text, x in ((RIGHT, 300), (LEFT, 100))
        for i, char in enumerate(text)
    ]
    path = tmp_path / "train.csv"
    path.write_text(f"image_id,labels\na,{' '.join(labels)}\nempty,\n")
    return truth_boxes(path)


def scored(truth, *pages: Page) -> dict:
    return score_text(boxes_of_pages(pages, truth.pages["image_id"]), truth)


def test_a_page_read_right_has_no_errors(truth):
    read = page("folder/a", column(RIGHT, 300), column(LEFT, 100))
    assert scored(truth, read, page("empty")) == {"cer": 0, "cer_new_forms": 0, "order_error": 0}


def test_furigana_is_not_read_aloud(truth):
    read = page("a", column(RIGHT, 300), column("いろ", 385, kind="furigana", base=(0, 1)), column(LEFT, 100))
    assert scored(truth, read)["cer"] == 0


def test_new_forms_wrong_characters_and_order_count_apart(truth):
    read = page("a", column("いろは国", 300), column("ちりぬわ", 100))
    assert scored(truth, read) == {"cer": 2 / 8, "cer_new_forms": 1 / 8, "order_error": 0}
    turned = page("a", column(LEFT, 100), column(RIGHT, 300))
    assert scored(truth, turned) == {"cer": 1, "cer_new_forms": 1, "order_error": 4 / 8}


def test_nothing_to_divide_by(truth):
    assert np.isnan([*scored(truth, page("empty")).values()][2])
    assert scored(truth, page("a"))["cer"] == 1


def test_an_unknown_page_is_named(truth):
    with pytest.raises(UserError, match="not in the truth: other"):
        scored(truth, page("other", column("い", 0)))


def test_the_command_scores_a_folder_that_recognize_wrote(truth, tmp_path, capsys):
    folder = tmp_path / "read"
    folder.mkdir()
    (folder / "a.json").write_text(page_json(page("a", column("いろは国", 300), column("ちりぬわ", 100))))
    (folder / "pages.coco.json").write_text("{}")
    command = ["score", "--labels", str(tmp_path / "train.csv"), "--read", str(folder), "--predicted-pages", "--json"]
    assert main(command) == 0
    numbers = json.loads(capsys.readouterr().out)
    assert (numbers["cer"], numbers["cer_new_forms"], numbers["order_error"]) == (2 / 8, 1 / 8, 0)
    assert (numbers["f1"], numbers["detection_recall"], numbers["accuracy"]) == (0.75, 1, 0.75)
    (folder / "a.json").unlink()
    assert main(command) == 2
    assert "expected the JSON of pages in it, found none" in capsys.readouterr().err
