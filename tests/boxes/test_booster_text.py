"""Texts of boosters that would end the process, or never end, are refused; those of LightGBM are taken."""

import re

import lightgbm
import numpy as np
import pytest

from mojika.boxes.booster_text import checked_booster_text, with_tree_sizes

FEATURES = 3


def text_of(**parameters) -> str:
    generator = np.random.default_rng(0)
    values = generator.normal(size=(300, FEATURES))
    data = lightgbm.Dataset(values, values[:, 0] * values[:, 1] > 0)
    fixed = {"objective": "binary", "verbosity": -1, "num_threads": 1, "min_child_samples": 5}
    return lightgbm.train(fixed | parameters, data, 4).model_to_string()


@pytest.fixture(scope="module")
def text() -> str:
    return text_of(num_leaves=8)


@pytest.mark.parametrize("parameters", [
    {"num_leaves": 8}, {"num_leaves": 2}, {"min_gain_to_split": 1e9}, {"boosting": "dart"},
    {"max_depth": 3, "bagging_fraction": 0.5, "bagging_freq": 1},
], ids=str)  # fmt: skip
def test_what_lightgbm_writes_is_taken(parameters):
    text = text_of(**parameters)
    safe, values = checked_booster_text(text, FEATURES), np.random.default_rng(1).normal(size=(50, FEATURES))
    read = [lightgbm.Booster(model_str=each).predict(values) for each in (text, safe, with_tree_sizes(text))]
    assert (read[0] == read[1]).all() and (read[0] == read[2]).all()
    assert with_tree_sizes(re.sub("tree_sizes=.*", "tree_sizes=", text)) == text


def put(line: str, value: str, text: str) -> str:
    """With the value in that line of the first tree, or a line more, and sizes that fit."""
    head, first, *rest = text.split("\nTree=")
    changed = re.sub(rf"(?m)^{line}=.*$", f"{line}={value}", first) if line else f"{first}{value}"
    size = re.search(r"tree_sizes=(\d+) ", head)[1]
    head = head.replace(f"tree_sizes={size} ", f"tree_sizes={int(size) + len(changed) - len(first)} ")
    return "\nTree=".join([head, changed, *rest])


@pytest.mark.parametrize("line, value", [
    ("split_feature", "0 1 2 0 1 2 3"), ("split_feature", "0 1 2 0 1 2 -1"), ("split_feature", "0 1 2"),
    ("left_child", "0 0 0 0 0 0 0"), ("left_child", "1 2 3 4 5 6 7"), ("right_child", "-9 -2 -3 -4 -5 -6 -7"),
    ("right_child", "1e3 -2 -3 -4 -5 -6 -7"), ("num_leaves", "9"), ("num_leaves", "-1"), ("num_leaves", ""),
    ("num_cat", "1"), ("is_linear", "1"), ("decision_type", "1 1 1 1 1 1 1"), ("threshold", "1 2 3 x 5 6 7"),
    ("leaf_count", "1 2"), ("internal_value", "1"), ("shrinkage", "much"), ("", "cat_boundaries=0 1\n"),
    ("", "left_child=1\n"), ("", " left_child=1\n"),
])  # fmt: skip
def test_a_tree_that_leads_astray_is_refused(text, line, value):
    changed = put(line, value, text)
    assert changed != text
    with pytest.raises(ValueError, match="makes no sense"):
        checked_booster_text(changed, FEATURES)


@pytest.mark.parametrize("pattern, other", [
    (r"tree_sizes=\d+", "tree_sizes=999999999"), (r"tree_sizes=\d+ ", "tree_sizes="), ("tree_sizes=", "sizes="),
    ("split_gain=", "split_gain?"),
    ("num_class=1", "num_class=5"), ("max_feature_idx=2", "max_feature_idx=9"), ("end of trees", ""),
    ("^tree\n", "forest\n"), ("Tree=2", "Tree=1"),
    ("feature_infos=", "feature_infos=none "), ("num_class", "num_class=1\nnum_class"), ("num_class", "\tnum_class"),
])  # fmt: skip
def test_a_header_that_does_not_fit_is_refused(text, pattern, other):
    changed = re.sub(pattern, other, text, count=1)
    assert changed != text
    with pytest.raises(ValueError, match="makes no sense"):
        checked_booster_text(changed, FEATURES)


@pytest.mark.parametrize("text", ["", "tree\n", "tree\nend of trees\n", "\0" * 100, "é" * 100])
def test_what_is_no_booster_is_refused(text):
    with pytest.raises(ValueError, match="makes no sense"):
        checked_booster_text(text, FEATURES)
