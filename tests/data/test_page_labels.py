import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.data.page_labels import (
    LabelError,
    PageLabels,
    book_of,
    format_labels,
    format_page_labels,
    parse_labels,
    read_page_labels,
    scan_page_labels,
)

code_points = st.characters(exclude_categories=["Cs"]).map(lambda char: f"U+{ord(char):04X}")
pixels = st.floats(-1000, 10_000, width=32)
extents = st.floats(1, 5000, width=32)
box_fields = st.tuples(pixels, pixels, extents, extents)


def test_the_competitions_layout_is_read():
    labels, boxes = parse_labels("U+81EA 1852 1736 104 219 U+5E8F 10.5 -3 2 1")
    assert labels == ("U+81EA", "U+5E8F")
    assert boxes.dtype == np.float32
    np.testing.assert_array_equal(boxes, [[1852, 1736, 1956, 1955], [10.5, -3, 12.5, -2]])


def test_an_empty_field_is_an_empty_page():
    labels, boxes = parse_labels("")
    assert labels == () and boxes.shape == (0, 4) and boxes.dtype == np.float32


@given(st.lists(st.tuples(code_points, box_fields), max_size=8))
def test_parsing_inverts_formatting(entries):
    labels = tuple(label for label, _ in entries)
    extents = np.array([box for _, box in entries], np.float32).reshape(-1, 4)
    boxes = np.concatenate([extents[:, :2], extents[:, :2] + extents[:, 2:]], axis=1)
    parsed_labels, parsed_boxes = parse_labels(format_labels(labels, boxes))
    assert parsed_labels == labels
    np.testing.assert_array_equal(parsed_boxes, boxes)


@given(st.text())
def test_arbitrary_text_raises_nothing_but_label_errors(text):
    try:
        labels, boxes = parse_labels(text)
    except LabelError as error:
        assert "\n" not in str(error)
    else:
        assert len(labels) == len(boxes) and np.isfinite(boxes).all()


@given(
    st.lists(st.sampled_from(["U+304B", "U+D800", "1", "-1", "0", "1e9", "nan", "1_0", "１", "x", "1.5"]), max_size=10)
)
def test_fields_that_nearly_fit_raise_nothing_but_label_errors(fields):
    try:
        _, boxes = parse_labels(" ".join(fields))
    except LabelError:
        return
    assert (boxes[:, 2:] > boxes[:, :2]).all()


@given(st.binary())
def test_arbitrary_bytes_as_a_file_raise_nothing_but_label_errors(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("labels") / "train.csv"
    path.write_bytes(b"image_id,labels\n" + content)
    try:
        read_page_labels(path)
    except LabelError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    "text, message",
    [
        ("U+304B 1 2 3", "expected a multiple of 5 fields (U+XXXX x y width height), found 4"),
        ("U+304B 1 2 3 4 U+304B 5 6 abc 7", "field 9: expected a number, found 'abc'"),
        ("304B 1 2 3 4", "field 1: expected a code point like U+304B, found '304B'"),
        ("U+304b 1 2 3 4", "field 1: expected a code point like U+304B, found 'U+304b'"),
        ("U+0304B 1 2 3 4", "field 1: expected a code point like U+304B, found 'U+0304B'"),
        ("U+110000 1 2 3 4", "field 1: expected a code point like U+304B, found 'U+110000'"),
        ("U+D800 1 2 3 4", "field 1: expected a code point like U+304B, found 'U+D800'"),
        ("U+304B 1 2 0 4", "field 4: expected a width above 0, found 0"),
        ("U+304B 1 2 3 -4", "field 5: expected a height above 0, found -4"),
        ("U+304B nan 2 3 4", "field 2: expected a number, found 'nan'"),
        ("U+304B 1_0 2 3 4", "field 2: expected a number, found '1_0'"),
        ("U+304B 1 2 3 9999999", "field 5: expected pixels within ±1,000,000, found '9999999'"),
    ],
)
def test_the_first_wrong_field_is_named(text, message):
    with pytest.raises(LabelError) as caught:
        parse_labels(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_mark_and_crlf_change_nothing(tmp_path, start, end):
    lines = [b"image_id,labels", b"a_1,U+304B 1 2 3 4", b"b_2,", b"", b""]
    (tmp_path / "train.csv").write_bytes(start + end.join(lines))
    pages = read_page_labels(tmp_path / "train.csv")
    assert [(page.image_id, page.labels, page.row) for page in pages] == [("a_1", ("U+304B",), 2), ("b_2", (), 3)]
    np.testing.assert_array_equal(pages[0].boxes, [[1, 2, 4, 6]])


def test_a_file_error_names_file_row_and_field(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text("image_id,labels\na,U+304B 1 2 3 4\nb,U+304B 1 2 3 4 U+304B 5 6 abc 7\n")
    with pytest.raises(LabelError) as caught:
        read_page_labels(path)
    assert str(caught.value) == "train.csv row 3: field 9: expected a number, found 'abc'"


def test_scanning_keeps_what_is_in_order_and_lists_every_fault(tmp_path):
    path = tmp_path / "train.csv"
    path.write_text(
        "image_id,labels\na,U+304B 1 2 3 4 U+3 1 2 3 4 U+304B 1 2 0 4\n"
        "b,U+304B 1\na,\n,U+304B 1 2 3 4\nc,U+304B 1 2 3 4,more\n"
    )
    pages, faults = scan_page_labels(path)
    assert [(page.image_id, page.labels) for page in pages] == [("a", ("U+304B",)), ("b", ())]
    assert [fault.row for fault in faults] == [2, 2, 3, 4, 5, 6]
    assert str(faults[3]) == "train.csv row 4: a was labelled before, in row 2"


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", "expected the header image_id,labels, found ''"),
        (b"id,labels\n", "expected the header image_id,labels, found 'id,labels'"),
        (b"image_id,labels\na,\xff\n", "expected UTF-8, found another encoding at byte 18"),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content, message):
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(LabelError) as caught:
        read_page_labels(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LabelError, match="no such file"):
        read_page_labels(tmp_path / "train.csv")


def test_a_file_written_is_read_back(tmp_path):
    pages = [PageLabels("a_1", ("U+304B", "U+1F600"), np.array([[1, 2, 4, 6], [0.5, 0, 2, 3]], np.float32))]
    (tmp_path / "train.csv").write_text(format_page_labels(pages))
    (page,) = read_page_labels(tmp_path / "train.csv")
    assert (page.image_id, page.labels) == ("a_1", ("U+304B", "U+1F600"))
    np.testing.assert_array_equal(page.boxes, pages[0].boxes)


@pytest.mark.parametrize(
    "image_id, book",
    [
        ("100241706_00004_2", "100241706"),
        ("200015779_00012_1", "200015779"),
        ("200014740-00002_1", "200014740"),
        ("brsk001-022", "brsk"),
        ("hnsd004-026", "hnsd"),
        ("umgy012-021", "umgy"),
        ("book3_0001", "book3"),
        ("single", "single"),
    ],
)
def test_a_page_belongs_to_the_book_of_its_prefix(image_id, book):
    assert book_of(image_id) == book


def test_real_pages_have_386_characters(kuzushiji_pages):
    pages = read_page_labels(kuzushiji_pages / "train.csv")
    assert len(pages) == 4
    assert sum(len(page.labels) for page in pages) == 386
    assert {book_of(page.image_id) for page in pages} == {"100241706"}
