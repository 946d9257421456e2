from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from scipy.special import softmax
from torch import Tensor, nn
from torchvision.transforms.functional import five_crop

from mojika.boxes.page_boxes import PageBoxes
from mojika.data.class_list import ClassList
from mojika.errors import Interrupted, UserError
from mojika.models.input_spec import InputSpec
from mojika.recognition.classify_pages import classify_pages
from mojika.training.model_file import ReadingModel
from mojika.training.precision import choose_precision

LEVELS = (30, 90, 150, 210, 240, 0)  # the gray of the classes A, B, C, …
CLASSES = ClassList(tuple("ABCDEF"), (1,) * 6)
FLOAT32 = choose_precision("off", torch.device("cpu"))


class GrayLevel(nn.Module):
    """The nearer a class's level is to the mean of a view, the higher its logit."""

    def forward(self, images: Tensor) -> list[Tensor]:
        levels = 255 * (images.mean((1, 2, 3)) * 0.25 + 0.5)
        return [-(levels[:, None] - torch.tensor(LEVELS)).abs() / 10]


def reader(
    network: nn.Module, scale_size: int, input_size: int, mean: tuple, std: tuple, classes: ClassList = CLASSES
) -> ReadingModel:
    sizes = {"scale_size": scale_size, "input_size": input_size, "interpolation": "bilinear"}
    spec = InputSpec(channels=len(mean), mean=mean, std=std, **sizes)
    return ReadingModel("a model", network, {"label": classes}, spec, FLOAT32)


def gray_reader(classes: ClassList = CLASSES) -> ReadingModel:
    return reader(GrayLevel(), 8, 6, (0.5,), (0.25,), classes)


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[PageBoxes, list[str]]:
    """Five pages, two of them empty, of boxes of the classes' levels on white paper, and their labels."""
    generator = np.random.default_rng(5)
    (tmp_path / "pages").mkdir()
    rows, labels, pages = [], [], []
    for image_id, count in {"p3": 4, "p1": 0, "p2": 5, "p5": 0, "p4": 2}.items():
        page = np.full((60, 150), 255, np.uint8)
        for place in range(count):
            label = int(generator.integers(len(LEVELS)))
            x1, y1 = 4 + 28 * place, 6 + place
            page[y1 - 4 : y1 + 29, x1 - 4 : x1 + 24] = LEVELS[label]
            rows.append((image_id, x1, y1, x1 + 20, y1 + 25, 1 - place / 10))
            labels.append("ABCDEF"[label])
        Image.fromarray(page).save(tmp_path / "pages" / f"{image_id}.png")
        pages.append((image_id, 150, 60))
    return as_page_boxes(rows, pages), labels


def as_page_boxes(rows: list[tuple], pages: list[tuple[str, int, int]]) -> PageBoxes:
    names = ["x1", "y1", "x2", "y2", "box_score"]
    boxes = pd.DataFrame(rows, columns=["image_id", *names]).astype({"image_id": "str", **dict.fromkeys(names, "f4")})
    table = pd.DataFrame(pages, columns=["image_id", "width", "height"]).astype({"image_id": "str"})
    return PageBoxes(table, boxes, None, {"stage": "drawn"})


def classify(page_boxes, folder, models=None, *, views=7, batch_size=4, workers=2, **more):
    return classify_pages(
        models or [gray_reader()], page_boxes, folder / "pages", made_from={"stage": "test"}, views=views,
        batch_size=batch_size, workers=workers, **more,
    )  # fmt: skip


@pytest.mark.parametrize("views", [1, 5, 7])
def test_every_box_gets_its_label_in_its_row_and_empty_pages_stay(drawn, tmp_path, views):
    page_boxes, labels = drawn
    found, faults = classify(page_boxes, tmp_path, views=views)
    assert found.boxes["label"].tolist() == labels and not faults
    assert found.class_list.digest == CLASSES.digest and found.made_from == {"stage": "test"}
    pd.testing.assert_frame_equal(found.pages, page_boxes.pages)
    pd.testing.assert_frame_equal(found.boxes[page_boxes.boxes.columns.tolist()], page_boxes.boxes)
    assert found.boxes["prob"].dtype == np.float32
    for _, row in found.boxes.iterrows():
        assert row["top5_labels"][0] == row["label"] and row["top5_probs"][0] == row["prob"]
        assert len(set(row["top5_labels"])) == 5
        assert all(np.diff(row["top5_probs"]) <= 0) and sum(row["top5_probs"]) <= 1 + 1e-6


@pytest.mark.parametrize(("batch_size", "workers"), [(1, 1), (3, 4), (100, 2)])
def test_batch_size_and_threads_change_nothing(drawn, tmp_path, batch_size, workers):
    expected, _ = classify(drawn[0], tmp_path)
    found, _ = classify(drawn[0], tmp_path, batch_size=batch_size, workers=workers)
    pd.testing.assert_frame_equal(found.boxes, expected.boxes)


class Weighted(nn.Module):
    """Logits that are products of the mean colour, squared so that averaging logits is not averaging views."""

    def __init__(self, weights: np.ndarray):
        super().__init__()
        self.weights = torch.from_numpy(weights).float()

    def forward(self, images: Tensor) -> list[Tensor]:
        return [images.mean((2, 3)).square() @ self.weights]


def test_models_of_different_formats_vote_by_the_sum_of_their_logits(tmp_path):
    generator = np.random.default_rng(1)
    pixels = generator.integers(0, 256, (50, 70, 3)).astype(np.uint8)
    (tmp_path / "pages").mkdir()
    Image.fromarray(pixels).save(tmp_path / "pages" / "one.png")
    page_boxes = as_page_boxes([("one", 10, 10, 30, 30, 0.5), ("one", 30, 15, 60, 45, 0.4)], [("one", 70, 50)])
    gray, rgb = generator.normal(0, 2, (1, 6)), generator.normal(0, 2, (3, 6))
    models = [
        reader(Weighted(gray), 12, 9, (0.4,), (0.3,)),
        reader(Weighted(rgb), 9, 6, (0.5, 0.4, 0.3), (0.2, 0.3, 0.25)),
    ]
    found, _ = classify(page_boxes, tmp_path, models, views=5)
    image = Image.fromarray(pixels)
    for row, rectangle in enumerate([(8, 8, 32, 32), (27, 12, 63, 48)]):
        logits = np.zeros(6)
        for mode, size, view, mean, std, weights in [
            ("L", 12, 9, [0.4], [0.3], gray),
            ("RGB", 9, 6, [0.5, 0.4, 0.3], [0.2, 0.3, 0.25], rgb),
        ]:
            crop = image.convert(mode).resize((size, size), Image.Resampling.BICUBIC, box=rectangle)
            seen = [np.asarray(part).reshape(view, view, -1) / 255 for part in five_crop(crop, [view, view])]
            colours = [(((part - mean) / std).mean((0, 1))) for part in seen]
            logits += np.mean([colour**2 @ weights for colour in colours], axis=0)
        expected, order = softmax(logits), np.argsort(-logits)
        assert found.boxes["label"][row] == "ABCDEF"[order[0]]
        assert found.boxes["top5_labels"][row] == ["ABCDEF"[index] for index in order[:5]]
        np.testing.assert_allclose(found.boxes["top5_probs"][row], expected[order[:5]], rtol=1e-4)


def test_fewer_than_five_classes_give_as_many_candidates(drawn, tmp_path):
    two = reader(Weighted(np.array([[1.0, -1.0]])), 8, 6, (0.5,), (0.2,), ClassList(("A", "B"), (1, 1)))
    found, _ = classify(drawn[0], tmp_path, [two])
    assert all(sorted(candidates) == ["A", "B"] for candidates in found.boxes["top5_labels"])


def test_models_of_other_classes_do_not_vote(drawn, tmp_path):
    others = ClassList(tuple("ABCDFE"), (1,) * 6)
    with pytest.raises(UserError, match=f"{CLASSES.digest[:12]}.*{others.digest[:12]}.*class 4 is E in one and F"):
        classify(drawn[0], tmp_path, [gray_reader(), gray_reader(others)])


def test_no_boxes_at_all_give_no_boxes(drawn, tmp_path):
    empty = drawn[0].with_boxes(drawn[0].boxes.iloc[:0])
    found, _ = classify(empty, tmp_path)
    assert len(found.boxes) == 0 and len(found.pages) == 5
    assert {"label", "prob", "top5_labels", "top5_probs"} <= set(found.boxes.columns)


def test_missing_pages_are_named_together_and_left_out_when_asked_for(drawn, tmp_path):
    page_boxes, labels = drawn
    for image_id in ("p1", "p3", "p4"):  # p1 is empty: it is not needed
        (tmp_path / "pages" / f"{image_id}.png").unlink()
    with pytest.raises(UserError, match="2 faults: pages/p3: no such image, but 4 boxes on it, pages/p4: .* 2 boxes"):
        classify(page_boxes, tmp_path)
    found, faults = classify(page_boxes, tmp_path, skip_bad=True)
    assert found.boxes["label"].tolist() == labels[4:9] and len(faults) == 2
    assert found.pages["image_id"].tolist() == ["p3", "p1", "p2", "p5", "p4"]


def test_an_unreadable_page_stops_the_work_or_is_left_out(drawn, tmp_path):
    page_boxes, labels = drawn
    path = tmp_path / "pages" / "p2.png"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"pages/p2\.png: expected a readable image.*skip_bad"):
        classify(page_boxes, tmp_path)
    found, faults = classify(page_boxes, tmp_path, skip_bad=True)
    assert found.boxes["label"].tolist() == labels[:4] + labels[9:] and [f.file for f in faults] == ["pages/p2.png"]


def test_a_box_beside_its_page_is_named(drawn, tmp_path):
    page_boxes, labels = drawn
    moved = page_boxes.boxes.copy()
    moved.loc[1, ["x1", "x2"]] = [150, 160]
    with pytest.raises(UserError, match=r"p3\.png: the box 150 7 160 32 lies beside the page of 150 x 60 pixels"):
        classify(page_boxes.with_boxes(moved), tmp_path)
    found, _ = classify(page_boxes.with_boxes(moved), tmp_path, skip_bad=True)
    assert found.boxes["label"].tolist() == labels[:1] + labels[2:]


def test_work_stops_before_a_batch(drawn, tmp_path):
    batches = []

    def stop_at_the_third() -> None:
        batches.append(len(batches))
        if len(batches) == 3:
            raise Interrupted("SIGTERM")

    with pytest.raises(Interrupted):
        classify(drawn[0], tmp_path, batch_size=2, before_batch=stop_at_the_third)
    assert len(batches) == 3


def test_each_page_is_read_once_for_all_models(drawn, tmp_path, monkeypatch):
    from mojika.data import pages

    read, read_image = [], pages.read_image
    monkeypatch.setattr(pages, "read_image", lambda path, channels: (read.append(path), read_image(path, channels))[1])
    rgb = reader(Weighted(np.ones((3, 6))), 10, 8, (0.5,) * 3, (0.2,) * 3)
    classify(drawn[0], tmp_path, [gray_reader(), rgb])
    assert sorted(path.stem for path in read) == ["p2", "p3", "p4"]
