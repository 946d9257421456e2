"""Precision, recall and F1 against thresholds: as counted for each threshold, and the page that shows them."""

import numpy as np
import pandas as pd
import pytest
from lxml import html
from made_boxes import page_boxes

from mojika.boxes.scoring import count_pages, score_detection, summarise
from mojika.boxes.submission import points_of
from mojika.reports.boxes_report import threshold_curve, write_boxes_report


def test_a_curve_is_what_is_counted_at_each_threshold():
    generator = np.random.default_rng(0)
    score, hit, wanted = generator.integers(0, 20, 200) / 20, generator.random(200) < 0.6, 150
    curve = threshold_curve(score, hit, wanted)
    assert curve["threshold"].tolist() == sorted(set(score))
    for row in curve.itertuples():
        kept = score >= row.threshold
        precision, recall = hit[kept].mean(), hit[kept].sum() / wanted
        assert [row.precision, row.recall] == pytest.approx([precision, recall])
        assert row.f1 == pytest.approx(2 * precision * recall / (precision + recall) if precision else 0)
    assert len(threshold_curve(score, np.zeros(200, bool), wanted)) == len(threshold_curve(score[:0], hit[:0], 1)) == 0


def test_the_page_of_a_filtered_file(tmp_path):
    places = [(label, 50.0 * at, 10.0, 50.0 * at + 40, 50.0) for at, label in enumerate("ABCA")]
    truth = page_boxes({"p1": places, "p2": places[:2]})
    read = [("B", *places[0][1:]), *places[1:3], ("A", 700.0, 700.0, 740.0, 740.0)]
    boxes = page_boxes(
        {"p1": read, "p2": places[:2]}, prob=[0.2, 0.9, 0.8, 0.3, 0.95, 0.6], box_score=np.arange(1, 7) / 8
    )
    boxes = boxes.with_boxes(boxes.boxes.assign(keep_prob=[0.1, 0.9, 0.7, 0.2, 0.9, 0.8]))
    numbers = summarise(count_pages(points_of(boxes), truth))
    page = write_boxes_report(tmp_path, boxes, truth, "filtered.parquet", numbers)
    root = html.document_fromstring(page.read_text(encoding="utf-8"))
    assert len(root.xpath("//*[local-name()='svg']")) == 6
    for link in root.xpath("//footer//a/@href"):
        assert (tmp_path / link).is_file()
    curve = pd.read_csv(tmp_path / "filter.csv")
    assert curve.loc[0, "f1"] == pytest.approx(numbers["f1"])
    assert curve["f1"].max() == pytest.approx(2 * 4 / (4 + 6))  # without the two wrong ones
    found = pd.read_csv(tmp_path / "detection_iou_50.csv")
    whole = score_detection(boxes, truth)
    assert found.loc[0, "precision"] == pytest.approx(whole["detection_precision"])
    assert found.loc[0, "recall"] == pytest.approx(whole["detection_recall"])
    assert pd.read_csv(tmp_path / "pages.csv")["image_id"].tolist() == ["p1", "p2"]
