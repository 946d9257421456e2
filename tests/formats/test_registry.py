import os
import subprocess
import sys
from pathlib import Path

import pytest
from read_pages import book_page, on_paper

from mojika.errors import UserError
from mojika.formats.format import Format
from mojika.formats.registry import FORMATS, chosen, expect_apart, write_all, write_page

COUNTED = {
    "names": Format(".names", "", lambda pages, file: file.write(b" ".join(p.page.name.encode() for p in pages))),
    "list": Format("list.txt", "", lambda pages, file: file.writelines(b"%d\n" % p.page.width for p in pages), True),
}


def test_every_format_says_what_it_is():
    assert all(format.suffix and format.summary for format in FORMATS.values())


def test_a_page_gets_its_own_files_below_the_folders_of_its_name(tmp_path: Path):
    written = write_page(on_paper(book_page("a/b.c")), tmp_path, ["names", "list"], COUNTED)
    assert written == [tmp_path / "a" / "b.c.names"]
    assert written[0].read_text() == "a/b.c"


def test_all_pages_get_one_file(tmp_path: Path):
    written = write_all(map(on_paper, [book_page("a"), book_page("b")]), tmp_path, ["names", "list"], COUNTED)
    assert written == [tmp_path / "list.txt"]
    assert written[0].read_text() == "400\n400\n"


def test_a_page_twice_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="expected each page once, found a again"):
        write_all([on_paper(book_page("a"))] * 2, tmp_path, ["list"], COUNTED)
    assert os.listdir(tmp_path) == []


def test_an_unknown_format_is_named_before_anything_is_written(tmp_path: Path):
    with pytest.raises(UserError, match=r"expected formats of text, vertical, json, .*, found 'docx'"):
        write_page(on_paper(book_page()), tmp_path, ["text", "docx"])
    assert os.listdir(tmp_path) == []


WITHOUT_TORCH = """
import sys
from pathlib import Path
sys.modules["torch"] = None
from mojika.formats.registry import FORMATS, write_all, write_page
heavy = {"cv2", "fontTools", "matplotlib", "numpy", "pandas", "PIL"} & set(sys.modules)
assert not heavy, f"the names of formats import {heavy}"
from read_pages import book_page, on_paper
from mojika.reading.page import Page
for page in (book_page("a"), Page("empty", "empty.png", 3, 2, ())):
    write_page(on_paper(page), Path(sys.argv[1]), FORMATS)
write_all([on_paper(page), on_paper(book_page("a"))], Path(sys.argv[1]), FORMATS)
"""


def test_every_format_writes_pages_without_torch_also_empty_ones(tmp_path: Path):
    folders = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    command = [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path)]
    found = subprocess.run(command, env={**os.environ, "PYTHONPATH": folders}, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    expected = {format.suffix for format in FORMATS.values() if format.of_all}
    expected |= {name + format.suffix for format in FORMATS.values() if not format.of_all for name in ("a", "empty")}
    assert set(os.listdir(tmp_path)) == expected


def test_each_format_is_written_once():
    assert chosen(["json", "text", "json"]) == [FORMATS["json"], FORMATS["text"]]


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "", "a\0b", "a\nb", "a\u202eb"])
def test_a_page_stays_inside_the_folder(name: str, tmp_path: Path):
    with pytest.raises(UserError, match="stays inside the output folder"):
        write_page(on_paper(book_page(name)), tmp_path / "out", ["text"])
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_too_long_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(UserError, match=r"a page's name of at most 255 bytes, found 'いい.*\.vertical\.txt'"):
        write_page(on_paper(book_page("a/" + "い" * 83)), tmp_path, ["text", "vertical"])
    assert os.listdir(tmp_path) == []


def test_what_fails_leaves_the_file_of_before(tmp_path: Path):
    def broken(pages, file):
        file.write(b"half")
        raise UserError("no font")

    (tmp_path / "a.txt").write_text("before")
    with pytest.raises(UserError, match="no font"):
        write_page(on_paper(book_page("a")), tmp_path, ["t"], {"t": Format(".txt", "", broken)})
    assert (tmp_path / "a.txt").read_text() == "before"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_two_files_of_one_name_are_refused():
    both = COUNTED | {"more": Format(".b.names", "", COUNTED["names"].write)}
    expect_apart(["a", "a/b"], ["names", "more", "list"], both)
    with pytest.raises(UserError, match=r"a\.b\.names: a file of page a and one of page a\.b would have this name"):
        expect_apart(["a", "a.b"], ["more", "names"], both)
    with pytest.raises(UserError, match=r"a\.names: a file of page a and a folder of page a\.names/c would have"):
        expect_apart(["a.names/c", "a"], ["names"], both)
