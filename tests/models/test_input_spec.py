import json

import pytest

from mojika.models.input_spec import InputSpec, PageInputSpec

GRAY = {"channels": 1, "mean": [0.5], "std": [0.25], "scale_size": 28, "input_size": 24, "interpolation": "bicubic"}
WIDE = {**GRAY, "scale_size": [20, 30], "input_size": [18, 26], "grapheme_form": "native"}
EXCHANGED = {**GRAY, "channels_exchanged": True}
CLEANED = {**GRAY, "page_preprocessing": ["ben-graham", "denoise"]}
PAGES = {"channels": 3, "mean": [0.5, 0.4, 0.3], "std": [0.2, 0.2, 0.2], "short_sides": [1000, 1600]}


@pytest.mark.parametrize(
    ("kind", "plain"),
    [(InputSpec, GRAY), (InputSpec, WIDE), (InputSpec, CLEANED), (InputSpec, EXCHANGED), (PageInputSpec, PAGES)],
)
def test_a_spec_comes_back_from_json_and_equals_itself(kind, plain):
    spec = kind.from_plain(json.loads(json.dumps(plain)))
    assert spec.to_plain() == plain
    assert {spec: "a key"}[kind.from_plain(spec.to_plain())]


def test_defaults_are_not_written_and_need_not_be():
    """So a field that comes later changes nothing about files that do not need it."""
    assert InputSpec.from_plain(GRAY).grapheme_form is None
    assert InputSpec.from_plain(GRAY).page_preprocessing is None
    assert InputSpec.from_plain(GRAY).channels_exchanged is False
    assert InputSpec.from_plain({**GRAY, "grapheme_form": None}).to_plain() == GRAY


def test_what_a_later_version_asks_for_is_refused_and_not_ignored():
    with pytest.raises(ValueError, match=r"keys: expected only channels, .* \(a later version wrote it\), found order"):
        InputSpec.from_plain({**GRAY, "order": "bgr"})


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (InputSpec, {"channels": 2}, "channels: expected 1 or 3, found 2"),
        (InputSpec, {"mean": [0.5, 0.5]}, "mean: expected 1 numbers"),
        (InputSpec, {"mean": ["a"]}, "mean: expected 1 numbers"),
        (InputSpec, {"std": [0]}, "std: expected positive numbers"),
        (InputSpec, {"std": [float("nan")]}, "std: expected 1 numbers"),
        (InputSpec, {"scale_size": 0}, "scale_size: expected pixels"),
        (InputSpec, {"input_size": [3]}, "input_size: expected pixels"),
        (InputSpec, {"input_size": True}, "input_size: expected pixels"),
        (InputSpec, {"interpolation": 3}, "interpolation: expected a name"),
        (InputSpec, {"grapheme_form": 64}, "grapheme_form: expected a form"),
        (InputSpec, {"channels_exchanged": 1}, "channels_exchanged: expected true or false"),
        (PageInputSpec, {"short_sides": [1600, 1000]}, "short_sides: expected two numbers"),
        (PageInputSpec, {"short_sides": 1000}, "short_sides: expected two numbers"),
    ],
)
def test_values_without_meaning_are_refused(kind, changes, message):
    with pytest.raises(ValueError, match=message):
        kind.from_plain({**(GRAY if kind is InputSpec else PAGES), **changes})


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="std, input_size: expected a value, found none"):
        InputSpec.from_plain({name: value for name, value in GRAY.items() if name not in ("std", "input_size")})
    with pytest.raises(ValueError, match="spec: expected a dictionary"):
        InputSpec.from_plain([1])
