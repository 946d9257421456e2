"""Graphemes composed from their labels, against hand-written ones and those of real data."""

import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from mojika.data.grapheme_labels import HEADS
from mojika.samples.graphemes.components import Labels, components, compose, normalised
from mojika.samples.graphemes.grammar import combinations

REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[3] / "../shared/data")
REAL_GRAPHEMES = REAL_DATA / "bengali_graphemes"
needs_real_data = pytest.mark.skipif(
    not REAL_GRAPHEMES.exists(), reason="no real graphemes: set MOJIKA_REAL_DATA to the folder that has them"
)


def real_rows() -> list[tuple[Labels, str]]:
    rows = []
    for file in ("train.csv", "test_labels.csv"):
        with open(REAL_GRAPHEMES / file, encoding="utf-8", newline="") as table:
            rows += [(Labels(*(int(row[kind]) for kind in HEADS)), row["grapheme"]) for row in csv.DictReader(table)]
    return rows


def labels_of(root: str, vowel: str, consonant: str) -> Labels:
    return Labels(*(components()[kind].index(text) for kind, text in zip(HEADS, (root, vowel, consonant), strict=True)))


def test_class_map_has_the_competitions_numbers_of_classes():
    assert [len(components()[kind]) for kind in HEADS] == [168, 11, 7]
    assert all(len(set(texts)) == len(texts) for texts in components().values())


@pytest.mark.parametrize(
    ("root", "vowel", "consonant", "grapheme"),
    [
        ("অ", "0", "0", "\u0985"),
        ("ক", "া", "0", "\u0995\u09be"),
        ("ক", "া", "\u0981", "\u0995\u09be\u0981"),  # candrabindu after the vowel sign
        ("ট", "ি", "র্", "\u09b0\u09cd\u099f\u09bf"),  # reph before the root
        ("ব", "0", "র্য", "\u09b0\u09cd\u09ac\u09cd\u09af"),
        ("ক", "ে", "্য", "\u0995\u09cd\u09af\u09c7"),
        ("র", "া", "্য", "\u09b0\u200d\u09cd\u09af\u09be"),  # or it would be a reph over য
        ("স্ত", "ী", "্র", "\u09b8\u09cd\u09a4\u09cd\u09b0\u09c0"),
        ("ন্দ", "0", "্র্য", "\u09a8\u09cd\u09a6\u09cd\u09b0\u09cd\u09af"),
    ],
)
def test_components_stand_where_unicode_has_them(root, vowel, consonant, grapheme):
    assert compose(labels_of(root, vowel, consonant)) == grapheme


def test_normalising_drops_joiners_and_keeps_precomposed_and_decomposed_letters_equal():
    assert normalised("\u09b0\u200d\u09cd\u09af") == "\u09b0\u09cd\u09af"
    assert normalised("\u09dc") == normalised("\u09a1\u09bc")
    assert normalised("\u0995\u09cb") == normalised("\u0995\u09c7\u09be")


def test_every_combination_is_another_text_and_every_class_occurs():
    found, shares = combinations()
    assert len({compose(labels) for labels in found}) == len(found)
    assert [len({labels[column] for labels in found}) for column in range(3)] == [168, 11, 7]
    assert shares.min() > 0
    assert shares.sum() == pytest.approx(1)


def test_signs_go_only_where_bengali_puts_them():
    found = set(combinations()[0])
    assert labels_of("ং", "0", "0") in found
    assert labels_of("ং", "া", "0") not in found
    assert labels_of("ই", "া", "0") not in found
    assert labels_of("ক", "া", "0") in found
    assert labels_of("র", "0", "্র") not in found
    assert labels_of("অ", "া", "্য") in found


def test_simple_letters_are_commoner_than_conjuncts():
    share_of_root = Counter()
    for labels, share in zip(*combinations(), strict=True):
        share_of_root[components()["grapheme_root"][labels.root]] += share
    assert share_of_root["ক"] > 5 * share_of_root["ক্ষ"] > 0


@needs_real_data
def test_labels_of_every_real_row_compose_to_its_grapheme():
    rows = real_rows()
    assert len(rows) > 2000
    assert [(labels, grapheme) for labels, grapheme in rows if compose(labels) != grapheme] == []


@needs_real_data
def test_class_map_and_grammar_cover_the_real_data():
    with open(REAL_GRAPHEMES / "class_map.csv", encoding="utf-8", newline="") as file:
        real = [(row["component_type"], row["component"]) for row in csv.DictReader(file)]
    assert [(kind, text) for kind in HEADS for text in components()[kind]] == real
    assert {labels for labels, _ in real_rows()} <= set(combinations()[0])
