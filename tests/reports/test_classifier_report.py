"""The page of a report and the tables beside it: whole, offline, and with the numbers of scikit-learn."""

import re

import numpy as np
import pandas as pd
import pytest
import torch
from lxml import html
from sklearn.metrics import classification_report

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.reports.classifier_report import head_readings, write_classifier_report
from mojika.reports.page import PAGE, expect_place
from mojika.training.class_report import class_report
from mojika.training.metrics import count

COUNT = 60
LISTS = {"root": ClassList(("U+304B", "U+3051", "<b>"), (5, 50, 500)), "vowel": ClassList(("0", "1"), (1, 2))}


def report(folder, heads: list[str]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Writes a report of random readings; returns truths and readings of each head."""
    generator, classes = np.random.default_rng(0), {head: LISTS[head] for head in heads}
    truths = {head: generator.integers(-1, len(own), COUNT) for head, own in classes.items()}
    read = {head: generator.integers(0, len(own), COUNT) for head, own in classes.items()}
    best = [(torch.from_numpy(generator.random((COUNT, 2))), torch.from_numpy(read[head])[:, None]) for head in heads]
    rows = {head: truths[head] >= 0 for head in heads}
    counted = {
        head: count(torch.from_numpy(truths[head][rows[head]]), torch.from_numpy(read[head][rows[head]]), len(own))
        for head, own in classes.items()
    }
    images = generator.integers(0, 256, (COUNT, 20, 30, 1), dtype=np.uint8)
    write_classifier_report(
        folder,
        ("run/best", "read on a list"),
        head_readings(classes, truths, best),
        (class_report(counted, classes), pd.DataFrame({"row": range(COUNT)})),
        lambda rows: images[rows],
        {"accuracy": 0.5, "samples": COUNT},
    )
    return {head: (truths[head][rows[head]], read[head][rows[head]]) for head in heads}


@pytest.mark.parametrize("heads", [["root"], ["root", "vowel"]])
def test_the_page_is_whole_and_needs_nothing_else(tmp_path, heads):
    report(tmp_path / "report", heads)
    text = (tmp_path / "report" / PAGE).read_text(encoding="utf-8")
    root = html.document_fromstring(text)
    identifiers = root.xpath("//@id")
    assert len(set(identifiers)) == len(identifiers)
    for link in root.xpath("//a/@href"):
        assert link[1:] in identifiers if link.startswith("#") else (tmp_path / "report" / link).is_file()
    assert all(address.startswith("data:") for address in root.xpath("//img/@src | //link/@href"))
    assert not root.xpath("//script/@src | //b") and all(root.xpath("//img/@alt"))
    assert set(re.findall(r"https?://[^\s\"]+", text)) == {"http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg"}
    levels = [int(heading.tag[1]) for heading in root.xpath("//h1 | //h2 | //h3")]
    section = [1 + len(heads)] * 7  # below a chapter each, where there are several
    assert levels == ([1, 2, *section, 2, *section] if len(heads) > 1 else [1, *section])
    for drawn in root.xpath("//*[local-name()='use']/@*[contains(name(), 'href')]"):
        assert drawn[1:] in identifiers


def test_tables_equal_those_of_scikit_learn(tmp_path):
    found = report(tmp_path, ["root", "vowel"])
    classes = pd.read_csv(tmp_path / "classes.csv", dtype={"label": str})
    for head, (truth, read) in found.items():
        names = list(LISTS[head].labels)
        expected = classification_report(
            truth, read, labels=range(len(names)), target_names=names, output_dict=True, zero_division=0
        )
        for row in classes[classes["head"] == head].itertuples():
            own = expected[row.label]
            assert [row.precision, row.recall, row.f1] == pytest.approx(
                [own["precision"], own["recall"], own["f1-score"]], abs=1e-6
            )
            assert row.support == own["support"]
    mistakes = pd.read_csv(tmp_path / "confusions.csv")
    assert list(mistakes) == ["head", "label", "char", "read", "read_char", "count", "support"]
    assert mistakes["count"].sum() == sum((truth != read).sum() for truth, read in found.values())
    assert {"samples.csv", "reliability.csv", "frequency.csv"} <= {path.name for path in tmp_path.iterdir()}


def test_equal_readings_give_an_equal_page(tmp_path):
    for name in ("first", "second"):
        report(tmp_path / name, ["root"])
    first, second = ((tmp_path / name / PAGE).read_bytes() for name in ("first", "second"))
    assert first == second
    expect_place(tmp_path / "first")  # one of ours, to be replaced


def test_a_page_of_someone_else_is_not_replaced(tmp_path):
    (tmp_path / PAGE).write_text("<!doctype html><title>mine</title>")
    with pytest.raises(UserError, match="not a report of Mojika"):
        expect_place(tmp_path)
    with pytest.raises(UserError, match="expected a folder"):
        expect_place(tmp_path / PAGE)
