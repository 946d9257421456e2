import numpy as np

from mojika.pictures.contact_sheet import CELL, MARGIN
from mojika.pictures.lines import BLUE, VERMILION
from mojika.pictures.training_pictures import Confusion, draw_confusions, draw_samples, draw_tiles


def test_samples_stand_above_what_they_teach():
    """A mixed image has the shares of its two largest targets, so another share is another picture."""
    images = np.full((3, 9, 9, 1), 128, np.uint8)
    targets = [[("あ", 1.0)], [("あ", 0.7), ("い", 0.2), ("う", 0.1)], [("grapheme of three parts", 1.0)]]
    sheet = draw_samples(images, targets, columns=3)
    assert (sheet[MARGIN : MARGIN + CELL - 1, MARGIN : MARGIN + CELL - 1] == 128).all()
    others = draw_samples(images, [targets[0], [("あ", 0.6), ("い", 0.3), ("う", 0.1)], targets[2]], columns=3)
    changed = np.flatnonzero((sheet != others).any((0, 2)))
    assert MARGIN + CELL < changed.min() <= changed.max() < 2 * (MARGIN + CELL)


def test_a_confusion_has_a_row_of_its_crops():
    crops = np.full((3, 5, 5, 1), 40, np.uint8)
    picture = draw_confusions([Confusion("は", "ほ", 3, 8, crops), Confusion("か", "の", 1, 2, crops[:1])])
    dark = (picture == 40).all(2)
    first, second = (dark[MARGIN + row * (CELL + MARGIN) :][:CELL].all(0).sum() for row in (0, 1))
    assert (first, second) == (3 * CELL, CELL)
    assert (picture == VERMILION).all(2).any()


def test_the_boxes_of_a_tile_are_drawn_where_they_are():
    tiles = np.full((2, 100, 100, 3), 255, np.uint8)
    picture = draw_tiles(tiles, [np.array([[20.0, 30, 60, 80]]), np.empty((0, 4))])
    rows, columns = np.nonzero((picture == BLUE).all(2))
    assert picture.shape == (100, 200 + MARGIN, 3)
    assert abs(rows.min() - 30) <= 2 and abs(rows.max() - 80) <= 2
    assert abs(columns.min() - 20) <= 2 and abs(columns.max() - 60) <= 2
