from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from mojika.data.page_labels import PageLabels
from mojika.detection.page_tiles import tile_augmentation
from mojika.detection.tile_input import PageCache, TileInput

SIZE = 32
BOX = np.array([[20, 40, 60, 80]], np.float32)


@pytest.fixture
def pages(draw_page, tmp_path) -> tuple[list[PageLabels], dict[str, Path]]:
    """Five pages of 100 by 120 pixels, the last without characters."""
    labelled, files = [], {}
    for number in range(5):
        boxes = BOX if number < 4 else BOX[:0]
        name = f"page{number}"
        labelled.append(PageLabels(name, ("U+3042",) * len(boxes), boxes))
        files[name] = tmp_path / f"{name}.png"
        cv2.imwrite(str(files[name]), draw_page(100, 120, boxes))
    return labelled, files


def tiles_of(
    pages, workers: int = 1, cache_bytes: int = 2**30, rank: int = 0, processes: int = 1, times=None
) -> TileInput:
    recipe = tile_augmentation(SIZE, (0.5,) * 3, (0.25,) * 3)
    return TileInput(
        *pages, recipe, torch.device("cpu"),
        short_sides=(50, 80), batch_size=6, tiles_per_page=3, seed=3, workers=workers, cache_bytes=cache_bytes,
        rank=rank, processes=processes, times=times,
    )  # fmt: skip


def test_every_page_comes_once_before_one_comes_again(pages):
    tiles = tiles_of(pages)
    steps = [tiles.pages_of_step(epoch, 5, step) for epoch in range(2) for step in range(5)]
    assert all(len(step) == 6 and len(np.unique(step[:3])) == 1 for step in steps)
    order = np.concatenate([step[::3] for step in steps]).reshape(4, 5)
    assert all(sorted(time) == [0, 1, 2, 3, 4] for time in order)
    assert len({tuple(time) for time in order}) > 1


def test_pages_may_come_several_times_as_often_as_others(pages):
    tiles = tiles_of(pages, times=[1, 2, 1, 3, 1])
    order = np.concatenate([tiles.pages_of_step(0, 8, step)[::3] for step in range(8)]).reshape(2, 8)
    assert all(sorted(time) == [0, 1, 1, 2, 3, 3, 3, 4] for time in order.tolist())
    assert len(tiles_of(pages, times=[1] * 5).pages_of_step(0, 1, 0)) == 6
    same = (tiles_of(pages, times=times).pages_of_step(1, 4, 2) for times in (None, [1] * 5))
    np.testing.assert_array_equal(*same)


def test_an_epoch_goes_on_in_the_middle_whatever_the_threads_and_the_cache(pages):
    whole = list(tiles_of(pages).train_batches(1, 4))
    rest = list(tiles_of(pages, workers=3, cache_bytes=0).train_batches(1, 4, first_step=2))
    assert len(whole) == 4
    for one, other in zip(whole[2:], rest, strict=True):
        assert torch.equal(one.images, other.images)
        assert all(torch.equal(*pair) for pair in zip(one.boxes, other.boxes, strict=True))
    assert not torch.equal(whole[0].images, whole[1].images)


def test_several_processes_share_each_batch_without_changing_it(pages):
    alone = list(tiles_of(pages).train_batches(1, 3))
    parts = [list(tiles_of(pages, rank=rank, processes=4).train_batches(1, 3)) for rank in range(4)]
    assert [len(part[0].images) for part in parts] == [1, 2, 1, 2]
    for whole, *shares in zip(alone, *parts, strict=True):
        assert torch.equal(whole.images, torch.cat([share.images for share in shares]))
        boxes = [lot for share in shares for lot in share.boxes]
        assert all(torch.equal(*pair) for pair in zip(whole.boxes, boxes, strict=True))
        assert {share.total for share in shares} == {whole.total} == {6}


def test_kept_pages_are_scaled_with_their_boxes_and_stay_within_the_limit(pages):
    larger, boxes = PageCache(*pages, short_side=400, limit=0)[0]
    assert larger.shape == (120, 100, 3)
    assert np.array_equal(boxes, BOX)
    cache = PageCache(*pages, short_side=50, limit=2 * 50 * 60 * 3)
    for number in range(4):
        page, boxes = cache[number]
        assert page.shape == (60, 50, 3)
        np.testing.assert_allclose(boxes, BOX / 2)
        assert page[20:40, 10:30].max() == 0
        assert page.sum() > 0
    pages[1].clear()  # what is not kept cannot be read again
    assert [cache[number][0].shape for number in (2, 3)] == [(60, 50, 3)] * 2
    for number in (0, 1):
        with pytest.raises(KeyError):
            cache[number]
