import pytest
from hypothesis import given
from hypothesis import strategies as st

from mojika.errors import UserError
from mojika.files.text_table import csv_rows, csv_text, first_line, read_text_table

fields = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\ufeff"))


@given(st.lists(st.lists(fields, min_size=2, max_size=3), min_size=1))
def test_rows_come_back_from_their_text(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    path.write_bytes(csv_text(rows[0], rows[1:]).encode())
    assert csv_rows(path) == rows
    assert csv_rows(path, strict=True) == rows
    assert first_line(path) == rows[0]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp932", r"what may be Shift_JIS \(cp932\) at byte 2"),
        ("euc_jp", "what may be EUC-JP at byte 2"),
        ("utf-16", "UTF-16 at byte 3"),
        ("utf-16-le", "a byte of zero, as in UTF-16 and in files that are no text, at byte 1"),
    ],
)
def test_other_encodings_are_named(tmp_path, encoding, name):
    path = tmp_path / "table.csv"
    path.write_bytes("a,b\nか,ひらがな\n".replace("a,b\n", "a,", 1).encode(encoding))
    for read in (csv_rows, first_line, read_text_table):
        with pytest.raises(UserError, match=f"expected UTF-8, found {name}; save it as UTF-8"):
            read(path)


def test_fields_may_be_long(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text(f"a,b\n1,{'5 ' * 200_000}\n")
    assert len(csv_rows(path)[1][1]) == 400_000


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_mark_crlf_and_empty_lines(tmp_path, start, end):
    path = tmp_path / "table.csv"
    path.write_bytes(start + end.join([b"a,b", b"", b"007,NA", b""]))
    assert csv_rows(path) == [["a", "b"], [], ["007", "NA"]]


def test_other_encodings_and_open_quotes_are_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n\xff,1\n")
    with pytest.raises(UserError, match="expected UTF-8, found another encoding at byte 4"):
        csv_rows(path)
    path.write_bytes(b'a,b\n"c,d\n')
    assert csv_rows(path)[1:] == [["c,d\n"]]
    with pytest.raises(UserError, match="not a CSV"):
        csv_rows(path, strict=True)
    with pytest.raises(FileNotFoundError):
        csv_rows(tmp_path / "none.csv")


def test_a_folder_is_no_table(tmp_path):
    for read in (csv_rows, first_line, read_text_table):
        with pytest.raises(UserError, match="expected a CSV file, found a folder"):
            read(tmp_path)


@pytest.mark.parametrize("start", ["", '"'])
def test_a_field_without_an_end_is_refused_before_all_of_it_is_read(tmp_path, start):
    path = tmp_path / "table.csv"
    with path.open("w") as file:
        file.write(f"a,b\n1,{start}")
        file.writelines(["a" * 2**20 + "\n" * len(start)] * 17)
    for read in (csv_rows, read_text_table):
        with pytest.raises(UserError, match=f"{path}: .*(lines of at most|field larger|expected a CSV)"):
            read(path)
