from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image
from tiny_readers import write_tiny_reader

from mojika.data.prepared_pages import PreparedPages
from mojika.data.preprocess_pages import preprocess_pages
from mojika.detection.detect_pages import Search, detect_pages
from mojika.detection.detector_file import load_detector
from mojika.errors import UserError
from mojika.reader.preparation import searched_sides
from mojika.reader.settings import ReaderSettings
from mojika.reader.torch_engine import TorchEngine
from mojika.recognition.box_crops import CropFormat, cut_page
from mojika.recognition.classify_pages import classify_pages
from mojika.training.model_file import load_model

CPU = torch.device("cpu")
SETTINGS = ReaderSettings(short_sides=(90, 110), score_threshold=0, at_most=40, views=5)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "pages").mkdir()
    noise = np.random.default_rng(3).integers(0, 255, (16, 12, 3)).astype(np.uint8)
    Image.fromarray(cv2.resize(noise, (130, 170))).save(tmp_path / "pages" / "one.png")
    return tmp_path / "pages"


def test_it_finds_and_reads_what_the_commands_do_one_after_the_other(pages, tmp_path):
    detector_file, classifier_file = map(Path, write_tiny_reader(tmp_path, steps=("ben-graham", "denoise")))
    engine = TorchEngine.load([detector_file, detector_file], [classifier_file] * 2, SETTINGS, CPU)
    pixels = np.asarray(Image.open(pages / "one.png"))
    boxes, scores = engine.find(pixels)
    probabilities = engine.read(pixels, boxes)

    detector = load_detector(detector_file, CPU)
    search = Search(short_sides=(90, 110), gray=False, score_threshold=0, at_most=40, iou=0.5)
    found = detect_pages(
        [(detector.network, detector.precision)] * 2, {"one": pages / "one.png"}, search,
        made_from={}, workers=1, leave_out=pytest.fail, progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(boxes, found.coordinates)
    np.testing.assert_array_equal(scores, found.boxes["box_score"])

    preprocess_pages(pages, tmp_path / "prepared", steps=["ben-graham", "denoise"], workers=1)
    model = load_model(classifier_file, CPU)
    read, _ = classify_pages(
        [model, model], found, tmp_path / "prepared", made_from={}, views=5, batch_size=64, workers=1
    )  # fmt: skip
    labels = [engine.classes.labels[place] for place in probabilities.argmax(axis=1)]
    assert labels == read.boxes["label"].tolist()
    np.testing.assert_allclose(probabilities.max(axis=1), read.boxes["prob"], atol=1e-6)


def test_no_boxes_are_read_as_nothing(pages, tmp_path):
    detector_file, classifier_file = map(Path, write_tiny_reader(tmp_path))
    engine = TorchEngine.load([detector_file], [classifier_file], SETTINGS, CPU)
    assert engine.read(np.zeros((50, 60, 3), np.uint8), np.empty((0, 4), np.float32)).shape == (0, 6)


def test_pages_that_only_a_later_version_can_prepare_are_refused(tmp_path):
    files = list(map(Path, write_tiny_reader(tmp_path, steps=("ben-graham", "sharpen"))))
    with pytest.raises(UserError, match=r"classifier\.model: its pages went through sharpen; this version knows"):
        TorchEngine.load(files[:1], files[1:], SETTINGS, CPU)


def test_a_page_is_prepared_once_for_all_who_want_the_same():
    prepared, page = PreparedPages(), np.full((30, 20, 3), 99, np.uint8)
    assert prepared.form(page, None) is page and prepared.form(page, ()) is page
    once = prepared.form(page, ["ben-graham"])
    assert prepared.form(page, ("ben-graham",)) is once
    assert prepared.form(page.copy(), ("ben-graham",)) is not once


@pytest.mark.parametrize("count", [0, 3, 60])  # 60 of them are larger than the page: it is denoised as a whole
def test_around_boxes_a_page_is_prepared_as_if_it_were_as_a_whole(count):
    generator = np.random.default_rng(count)
    page = generator.integers(0, 255, (150, 120, 3)).astype(np.uint8)
    first = generator.integers(0, 90, (count, 2))
    rectangles = np.concatenate([first, first + generator.integers(5, 30, (count, 2))], axis=1)
    steps = ("ben-graham", "denoise")
    around = PreparedPages().around(page, steps, rectangles)
    form = CropFormat(3, 28)
    crops, expected = (cut_page(each, rectangles, [form])[form] for each in (around, PreparedPages().form(page, steps)))
    np.testing.assert_array_equal(crops, expected)


def test_a_page_of_extreme_proportions_is_searched_in_a_size_that_fits_into_memory():
    assert searched_sides(np.empty((1500, 1000, 3), np.uint8), (800, 1200)) == [800, 1200]
    [side] = searched_sides(np.empty((100_000, 2, 3), np.uint8), (800, 1200))
    assert side == pytest.approx((20e6 * 2 / 100_000) ** 0.5) and side * side * 50_000 <= 20e6 * 1.001
