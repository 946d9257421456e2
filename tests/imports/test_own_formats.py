"""What `mojika recognize` writes comes back as labelled pages; pycocotools agrees on COCO's boxes."""

from pathlib import Path

import pytest
from made import draw, imported
from pycocotools.coco import COCO

from mojika.data.page_labels import read_page_labels
from mojika.formats.format import PageOnImage
from mojika.formats.registry import write_all, write_page
from mojika.reading.page import Block, Candidate, Character, Column, Page

BOXES = {"U+304C": (10.0, 20.0, 30.0, 60.0), "U+3042": (10.0, 70.0, 30.0, 110.0), "U+1B001": (50.0, 25.0, 70.0, 65.0)}


def read_page(folder: Path) -> PageOnImage:
    """The three characters in two columns on `1.png`; か with its mark is two code points."""
    characters = [
        Character(box, 0.9, (Candidate(label, char, 0.8), Candidate("U+3044", "い", 0.1)))
        for (label, box), char in zip(BOXES.items(), ("か\u3099", "あ", "𛀁"), strict=True)
    ]
    columns = (Column(tuple(characters[:2])), Column(tuple(characters[2:])))
    page = Page("1", str(folder / "1.png"), 100, 200, (Block(columns),))
    return PageOnImage(page, lambda: pytest.fail("no pixels are needed"), original=folder / "1.png")


@pytest.mark.parametrize("name", ["alto", "page", "page-2013", "coco"])
def test_pages_that_were_read_come_back(tmp_path: Path, capsys, name):
    scans = draw(tmp_path / "scans", "1.png", size=(100, 200))
    texts = tmp_path / "texts"
    texts.mkdir()
    if name == "coco":
        write_all([read_page(scans)], texts, ["coco"])
    else:
        write_page(read_page(scans), texts, [name])
    report = imported(capsys, texts, "--images", str(scans))
    assert report["faults"] == []
    (page,) = read_page_labels(tmp_path / "out" / "train.csv")
    assert (page.image_id, dict(zip(page.labels, map(tuple, page.boxes.tolist()), strict=True))) == ("1", BOXES)
    if name == "coco":
        coco = COCO(texts / "coco.json")
        boxes = [coco.anns[number]["bbox"] for number in coco.getAnnIds()]
        assert [(x, y, x + w, y + h) for x, y, w, h in boxes] == list(BOXES.values())
