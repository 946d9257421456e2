import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.data.code_points import character_of, code_point_of, label_of

CANONICAL = re.compile(r"U\+([0-9A-F]{4}|[1-9A-F][0-9A-F]{4}|10[0-9A-F]{4})")


@given(st.characters(exclude_categories=["Cs"]))
def test_each_character_comes_back_from_its_label(character):
    assert character_of(label_of(character)) == character
    assert code_point_of(label_of(character)) == ord(character)


@given(st.from_regex(r"U\+[0-9A-Fa-f]{3,7}\n?", fullmatch=True))
def test_a_character_has_one_label_only(label):
    found = CANONICAL.fullmatch(label)
    is_surrogate = bool(found) and 0xD800 <= int(found[1], 16) <= 0xDFFF
    assert (character_of(label) is not None) == (bool(found) and not is_surrogate)


@pytest.mark.parametrize(
    "label, code_point",
    [
        ("U+3042", 0x3042),
        ("U+003042", 0x3042),
        ("U+D800", 0xD800),
        ("U+FFFFFF", 0xFFFFFF),
        ("U+304", None),
        ("U+0003042", None),
        ("U+304b", None),
        ("u+304B", None),
        ("3042", None),
        ("", None),
    ],
)
def test_code_points_have_four_to_six_digits_even_where_there_is_no_such_character(label, code_point):
    assert code_point_of(label) == code_point
