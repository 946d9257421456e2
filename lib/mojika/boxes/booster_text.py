"""LightGBM's model text, looked through before LightGBM reads it: its parser trusts the text, and a wrong number in it
ends the process, reads foreign memory or never comes to an end.

The format is that of `Booster.model_to_string` of versions 2 to 4, here of one class and without categories.
"""

import re
from itertools import pairwise

_PER_SPLIT = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_PER_SPLIT_FOR_PEOPLE = ("split_gain", "internal_value", "internal_weight", "internal_count")
_PER_LEAF_FOR_PEOPLE = ("leaf_weight", "leaf_count")
_LATER = ("internal_weight", "leaf_weight")  # than 2019
_OTHERS = {"Tree", "num_leaves", "num_cat", "leaf_value", "is_linear", "shrinkage"}
_KEYS = _OTHERS | {*_PER_SPLIT, *_PER_SPLIT_FOR_PEOPLE, *_PER_LEAF_FOR_PEOPLE}
_LINE = re.compile(r"([!-~][ -~]*)?")
_NUMBER = re.compile(r"-?([0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|inf|nan)")
_END = "end of trees\n"


def checked_booster_text(text: str, features: int) -> str:
    """The text to its last tree, which is all that predicts.

    Raises `ValueError`, saying what is wrong, where it is no booster of so many features that is safe to load.
    """
    model, end, _ = text.partition(_END)
    lines = model.split("\n")
    _require(lines[0] == "tree" and bool(end) and all(map(_LINE.fullmatch, lines)), "the text")
    head, _, trees = model.partition("\nTree=")
    header = _values(head.removeprefix(lines[0]))
    for name, value in {"num_class": 1, "num_tree_per_iteration": 1, "max_feature_idx": features - 1}.items():
        _require(_integers(header, name) == [value], name)
    _require(len(header.get("feature_infos", "").split()) == features, "feature_infos")
    start = len(model) - len(trees) - len("Tree=") if trees else len(model)
    for number, size in enumerate(_integers(header, "tree_sizes")):
        tree = model[start : start + max(size, 0)]
        _require(len(tree) == size and tree.startswith(f"Tree={number}\n"), "tree_sizes")
        _check_tree(_values(tree), features, f" of tree {number}")
        start += size
    _require(start == len(model), "tree_sizes")
    return model + end


def with_tree_sizes(text: str) -> str:
    """A text whose trees were changed, with the sizes that they have now."""
    model = text.partition(_END)[0]
    starts = [found.start() + 1 for found in re.finditer("\nTree=", model)]
    sizes = (str(end - start) for start, end in pairwise([*starts, len(model)]))
    return re.sub("(?m)^tree_sizes=.*", f"tree_sizes={' '.join(sizes)}", text, count=1)


def _check_tree(tree: dict[str, str], features: int, where: str) -> None:
    _require(tree.keys() <= _KEYS and tree.get("num_cat") == "0" and tree.get("is_linear", "0") == "0", f"kind{where}")
    (leaves,) = _integers(tree, "num_leaves") or [0]
    counts = {"leaf_value": leaves, "shrinkage": 1, **dict.fromkeys(_PER_SPLIT + _PER_SPLIT_FOR_PEOPLE, leaves - 1)}
    if leaves > 1:  # LightGBM does not read them of a tree with a single leaf
        counts |= dict.fromkeys(_PER_LEAF_FOR_PEOPLE, leaves)
    for name, count in counts.items():
        if name in _LATER and name not in tree:
            continue
        words = tree.get(name, "").split(" ") if tree.get(name) else []
        _require(len(words) == count and all(map(_NUMBER.fullmatch, words)), f"{name}{where}")
    splits = {name: _integers(tree, name) for name in _PER_SPLIT if name != "threshold"}
    _require(all(0 <= used < features for used in splits["split_feature"]), f"split_feature{where}")
    _require(all(kind % 2 == 0 for kind in splits["decision_type"]), f"decision_type{where}")
    for name in ("left_child", "right_child"):  # a later split, or a leaf as the complement of its number
        for split, child in enumerate(splits[name]):
            _require(split < child < leaves - 1 or 0 <= ~child < leaves, f"{name}{where}")


def _values(lines: str) -> dict[str, str]:
    filled = [line for line in lines.split("\n") if line]
    _require(all("=" in line for line in filled), "a line without a value")
    pairs = [line.partition("=")[::2] for line in filled]
    found = dict(pairs)
    _require(len(found) == len(pairs) and not any(name.endswith(" ") for name in found), "a key that stands twice")
    return found


def _integers(values: dict[str, str], name: str) -> list[int]:
    words = values.get(name, "").split()
    _require(all(re.fullmatch("-?[0-9]{1,9}", word) for word in words), name)
    return [int(word) for word in words]


def _require(condition: bool, where: str) -> None:
    if not condition:
        raise ValueError(f"{where} makes no sense")
