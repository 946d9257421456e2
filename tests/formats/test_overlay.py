from io import BytesIO

from PIL import Image
from read_pages import book_page, on_paper

from mojika.formats.overlay import write


def test_it_is_a_picture_of_the_page_below_a_legend():
    file = BytesIO()
    write([on_paper(book_page())], file)
    with Image.open(file) as image:
        assert image.format == "JPEG"
        assert image.width == 400
        assert 600 < image.height < 800
