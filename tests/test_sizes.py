import pytest

from mojika.errors import UserError
from mojika.sizes import height_width, parse_size, size_text


@pytest.mark.parametrize(
    ("text", "size", "sides"),
    [("64", 64, (64, 64)), ("137x236", (137, 236), (137, 236)), ("96×96", 96, (96, 96))],
)
def test_one_number_is_a_square_and_two_are_height_and_width(text, size, sides):
    assert parse_size(text, "--size") == size
    assert height_width(size) == sides
    assert parse_size(size_text(size), "--size") == size


@pytest.mark.parametrize("text", ["", "0", "0x5", "-3", "1.5", "5x", "x5", "5x6x7", "five"])
def test_anything_else_is_refused_in_one_line(text):
    with pytest.raises(UserError, match="--size .*: expected a positive number of pixels, or HEIGHTxWIDTH"):
        parse_size(text, "--size")
