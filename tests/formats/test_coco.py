import json
from pathlib import Path

import pytest
from read_pages import book_page, on_paper

from mojika.formats.coco import write
from mojika.reading.page import Page

coco = pytest.importorskip("pycocotools.coco", reason="needs pycocotools")


@pytest.fixture
def loaded(tmp_path: Path):
    path = tmp_path / "coco.json"
    with path.open("wb") as file:
        write(
            [on_paper(page) for page in (book_page("a"), Page("leer", "leer.png", 10, 20, ()), book_page("b/a"))], file
        )
    return coco.COCO(path)


def test_pages_are_images(loaded):
    images = loaded.loadImgs(loaded.getImgIds())
    assert [image["file_name"] for image in images] == ["a.jpg", "leer.png", "b/a.jpg"]
    assert (images[1]["width"], images[1]["height"]) == (10, 20)


def test_characters_are_annotations_in_reading_order(loaded):
    for image, count in zip(loaded.getImgIds(), [23, 0, 23], strict=True):
        found = loaded.loadAnns(loaded.getAnnIds(imgIds=[image]))
        assert [each["order"] for each in found] == list(range(count))
        labels = [category["name"] for category in loaded.loadCats([each["category_id"] for each in found])]
        assert labels == [each.label for each in book_page().characters][:count]
    assert found[4] | {"segmentation": 0, "id": 0, "category_id": 0} == {
        "id": 0,
        "image_id": 3,
        "category_id": 0,
        "bbox": [280, 20, 40, 40],
        "area": 1600,
        "segmentation": 0,
        "iscrowd": 0,
        "score": 0.9,
        "box_score": 0.8,
        "order": 4,
        "column": 1,
        "kind": "text",
        "block": 1,
    }


def test_labels_are_categories_each_once(loaded):
    categories = loaded.loadCats(loaded.getCatIds())
    labels = [category["name"] for category in categories]
    assert len(set(labels)) == len(labels) == len({each.label for each in book_page().characters})
    assert categories[0] == {"id": 1, "name": "U+4F0A", "supercategory": "character", "char": "伊"}


def test_the_boxes_are_results_that_can_be_scored(loaded):
    evaluation = pytest.importorskip("pycocotools.cocoeval").COCOeval(
        loaded, loaded.loadRes([json.loads(json.dumps(each)) for each in loaded.dataset["annotations"]]), "bbox"
    )
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == pytest.approx(1)
