import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mojika.scans.names import LONGEST, Names, fit


def test_usual_names_stay_as_they_are():
    for name in ["page", "book.2/a b", "古今和歌集 一/0003", "1"]:
        assert fit(name) == name


@pytest.mark.parametrize(
    "name, fitting",
    [
        ("../../etc/passwd", "_/_/etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        (".hidden/page", "_hidden/page"),
        ("a\0b\\c:d", "a_b_c_d"),
        ("page\u202egpj.exe\x9b", "page_gpj.exe_"),
        ("page. .", "page"),
        ("a\u2028b\ufffe", "a_b_"),
        ("", "_"),
        ("///", "_"),
    ],
)
def test_names_stay_in_the_folder_and_fit_every_file_system(name, fitting):
    assert fit(name) == fitting


@settings(max_examples=30)
@given(st.text(max_size=300))
def test_any_text_becomes_a_name(text):
    name = fit(text)
    assert 0 < len(name.encode()) <= LONGEST
    assert all(part and not part.startswith(".") and "\0" not in part for part in name.split("/"))


def test_long_names_are_cut_between_characters_and_keep_apart():
    long = "い" * 100
    first, second = fit(f"{long}/0001"), fit(f"{long}ろ/0001")
    assert first != second and first.endswith("/0001") and first.startswith("いいい")


def test_names_that_differ_in_case_or_unicode_form_keep_apart():
    names = Names()
    for first, second in [("Page", "page"), ("が", unicodedata.normalize("NFD", "が")), ("straße", "STRASSE")]:
        [one], [two] = names.claim([first], "a"), names.claim([second], "b")
        assert one == first and two != second and two.casefold() != one.casefold()


def test_bytes_that_are_no_text_make_a_name_of_their_own():
    one, two = fit(b"\xa4\xa2".decode(errors="surrogateescape")), fit(b"\xa4\xa4".decode(errors="surrogateescape"))
    assert one.isascii() and two.isascii() and one != two
