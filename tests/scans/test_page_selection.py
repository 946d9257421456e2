import pytest

from mojika.errors import UserError
from mojika.scans.page_selection import PageSelection


def test_numbers_and_ranges_are_selected_once_and_rising():
    selection = PageSelection.parse("12, 3-5,4,18-")
    assert selection.of(20) == [3, 4, 5, 12, 18, 19, 20]
    assert selection.of(4) == [3, 4]


def test_what_is_not_there_is_told():
    assert PageSelection.parse("3-7,12").beyond(12) is None
    assert PageSelection.parse("3-7,12").beyond(10) == 12
    assert PageSelection.parse("20-").beyond(3) == 20
    assert PageSelection.parse("2-").beyond(3) is None


@pytest.mark.parametrize("text", ["", "a", "0", "7-3", "1,,2", "-3", "1.5", "1-2-3"])
def test_other_texts_are_refused(text):
    with pytest.raises(UserError, match="page numbers"):
        PageSelection.parse(text)
