import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.data.class_list import ClassList, difference
from mojika.errors import UserError

one_line = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(
    lambda t: not {"\n", "\r", "\0"} & set(t)
)


def test_order_is_by_number_then_code_point_then_text():
    classes = ClassList.from_labels(["U+1F600", "U+3042", "10", "9", "a", "U+3042", "U+0041"])
    assert classes.labels == ("9", "10", "U+0041", "U+3042", "U+1F600", "a")
    assert classes.counts == (1, 1, 1, 2, 1, 1)
    assert classes.chars == ("9", "10", "A", "あ", "😀", "a")


def test_digest_is_that_of_the_label_column():
    classes = ClassList(("U+3042", "U+3044"), (5, 6))
    assert classes.digest == hashlib.sha256(b"U+3042\nU+3044\n").hexdigest()
    assert classes.digest == ClassList(("U+3042", "U+3044"), (0, 0)).digest


@given(st.lists(one_line, unique=True))
def test_reading_inverts_writing(tmp_path_factory, labels):
    path = tmp_path_factory.mktemp("classes") / "classes.csv"
    classes = ClassList(tuple(labels), tuple(range(len(labels))))
    classes.write(path)
    assert ClassList.read(path) == classes
    assert ClassList.from_plain(classes.to_plain()) == classes


def test_a_spreadsheets_byte_order_mark_and_crlf_are_accepted(tmp_path):
    (tmp_path / "classes.csv").write_bytes("\ufefflabel,char,count\r\nU+3042,あ,3\r\n".encode())
    assert ClassList.read(tmp_path / "classes.csv") == ClassList(("U+3042",), (3,))


def test_indices_are_positions():
    classes = ClassList.from_labels(["b", "a", "c"])
    indices = classes.indices(np.array(["c", "a", "c"], dtype=object))
    assert indices.dtype == np.int64
    assert indices.tolist() == [2, 0, 2]
    assert classes.indices([]).tolist() == []


def test_unknown_labels_are_named():
    with pytest.raises(UserError, match="3 labels are not in the class list: x, y"):
        ClassList.from_labels(["a"]).indices(["x", "a", "y", "x"])


@pytest.mark.parametrize("labels", [("a", "a"), ("",), ("a\nb",), ("\0",)])
def test_labels_must_be_distinct_lines(labels):
    with pytest.raises(UserError):
        ClassList(labels, (0,) * len(labels))


@pytest.mark.parametrize("text", ["", "label,count\n", "label,char,count\na,a\n", "label,char,count\na,a,many\n"])
def test_another_table_is_refused(tmp_path, text):
    (tmp_path / "classes.csv").write_text(text)
    with pytest.raises(UserError, match="expected"):
        ClassList.read(tmp_path / "classes.csv")


def test_a_difference_names_both_digests_and_the_first_class():
    first, second = ClassList.from_labels(["1", "2", "3"]), ClassList.from_labels(["1", "4"])
    text = difference(first, second)
    assert first.digest[:12] in text and second.digest[:12] in text
    assert text.endswith("class 1 is 2 in one and 4 in the other")


def test_class_lists_are_compared_by_labels_and_order_and_not_by_counts():
    first = ClassList(("a", "b"), (1, 2))
    first.expect_same(ClassList(("a", "b"), (3, 4)), "they differ")
    with pytest.raises(
        UserError, match=r"^they differ: 2 classes \(\w{12}\) and 2 classes .* is a in one and b in the"
    ):
        first.expect_same(ClassList(("b", "a"), (2, 1)), "they differ", "pack again")
    with pytest.raises(UserError, match="pack again$"):
        first.expect_same(ClassList(("a",), (1,)), "they differ", "pack again")


def test_a_digest_of_another_class_list_is_refused_with_both():
    classes = ClassList(("a", "b"), (1, 2))
    classes.expect_digest(classes.digest, "the list", "but says")
    with pytest.raises(UserError) as caught:
        classes.expect_digest("0" * 64, "the list", "but says", "make it again")
    assert str(caught.value) == f"the list has the digest {classes.digest[:12]}, but says {'0' * 12}; make it again"
