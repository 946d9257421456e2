import numpy as np

from mojika.pictures.contact_sheet import CAPTION, CELL, MARGIN, PAPER, draw_contact_sheet
from mojika.pictures.lines import GREEN, VERMILION


def corner(number: int, columns: int) -> tuple[int, int]:
    """Row and column of a cell's first pixel."""
    row, column = divmod(number, columns)
    return MARGIN + row * (CELL + CAPTION + MARGIN), MARGIN + column * (CELL + MARGIN)


def test_each_crop_has_a_cell_and_a_frame_in_the_colour_of_its_reading():
    images = np.arange(20, 220, 40, np.uint8)[:, None, None, None] + np.zeros((5, 9, 9, 1), np.uint8)
    sheet = np.asarray(draw_contact_sheet(images, list("あいうえお"), list("あいうええ"), columns=3))
    assert sheet.shape == (2 * (CELL + CAPTION + MARGIN) + MARGIN, 3 * (CELL + MARGIN) + MARGIN, 3)
    for number, image in enumerate(images):
        y, x = corner(number, 3)
        assert (sheet[y : y + CELL, x : x + CELL][:-1, :-1] == image[0, 0]).all()
        assert tuple(sheet[y - 1, x + 5]) == (VERMILION if number == 4 else GREEN)
    y, x = corner(5, 3)
    assert (sheet[y - 1 :, x - 1 :] == PAPER).all()


def test_the_caption_has_the_truth_and_in_its_colour_the_reading():
    images = np.zeros((2, 9, 9, 3), np.uint8)
    right, wrong = (
        np.asarray(draw_contact_sheet(images[:1], ["あ"], [reading]))[MARGIN + CELL + 1 :, :80] for reading in "あい"
    )
    half = MARGIN + CELL // 2
    assert (right[:, :half] == wrong[:, :half]).all()
    assert (right[:, :half] < 128).any()
    greens, reds = ((part[:, half:].astype(int) - PAPER).reshape(-1, 3).sum(0) for part in (right, wrong))
    assert greens.argmax() == 1 and reds.argmax() == 0  # the channel with the least ink


def test_a_long_name_stays_below_its_own_crop():
    images = np.zeros((3, 9, 9, 3), np.uint8)
    sheet = np.asarray(draw_contact_sheet(images, ["", "い" * 99, ""], ["", "x" * 300, ""]))[MARGIN + CELL + 1 :]
    y, x = corner(1, 3)
    outside = np.delete(sheet, np.s_[x - MARGIN : x + CELL + MARGIN], axis=1)
    assert (outside == PAPER).all() and (sheet < 128).any()
