import math

import pytest
import torch

from mojika.detection.centernet_targets import (
    STRIDE,
    Centres,
    decode,
    draw_heat_maps,
    find_centres,
    focal_loss,
    gaussian_radius,
    mean_distance,
)

NO_BOXES = torch.empty(0, 4)


def random_boxes(count: int, height: int, width: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    page = torch.tensor([width, height])
    size = 4 + torch.rand(count, 2, generator=generator) * (page / 3 - 4)
    corner = torch.rand(count, 2, generator=generator) * (page - size)
    return torch.cat([corner, corner + size], 1)


def separate_boxes() -> torch.Tensor:
    """One box in each square of a 6 by 5 lattice of 40 pixels, so no two centres are neighbours."""
    generator = torch.Generator().manual_seed(3)
    corners = (
        40 * torch.cartesian_prod(torch.arange(6), torch.arange(5)) + 2 + 10 * torch.rand(30, 2, generator=generator)
    )
    return torch.cat([corners, corners + 6 + 18 * torch.rand(30, 2, generator=generator)], 1)


def literal_radius(width: float, height: float, overlap: float) -> float:
    """The three quadratic equations as the code of CornerNet and CenterNet solves them."""
    b1 = height + width
    r1 = (b1 + math.sqrt(b1**2 - 4 * width * height * (1 - overlap) / (1 + overlap))) / 2
    b2 = 2 * (height + width)
    r2 = (b2 + math.sqrt(b2**2 - 16 * (1 - overlap) * width * height)) / 2
    a3, b3, c3 = 4 * overlap, -2 * overlap * (height + width), (overlap - 1) * width * height
    r3 = (b3 + math.sqrt(b3**2 - 4 * a3 * c3)) / 2
    return min(r1, r2, r3)


def literal_heat_map(boxes: torch.Tensor, height: int, width: int) -> torch.Tensor:
    heat = torch.zeros(height, width, dtype=torch.float64)
    for x1, y1, x2, y2 in (boxes.double() / STRIDE).tolist():
        radius = max(0, int(literal_radius(x2 - x1, y2 - y1, 0.7)))
        sigma = (2 * radius + 1) / 6
        column, row = int((x1 + x2) / 2), int((y1 + y2) / 2)
        for y in range(max(0, row - radius), min(height, row + radius + 1)):
            for x in range(max(0, column - radius), min(width, column + radius + 1)):
                value = math.exp(-((x - column) ** 2 + (y - row) ** 2) / (2 * sigma**2))
                heat[y, x] = max(heat[y, x], value)
    return heat


def test_centres_of_hand_computed_boxes():
    boxes = [torch.tensor([[8.0, 20.0, 18.0, 26.0]]), NO_BOXES, torch.tensor([[0.0, 0.0, 4.0, 4.0], [30, 10, 32, 14]])]
    centres = find_centres(boxes, height=8, width=8)
    assert centres.image.tolist() == [0, 2, 2]
    assert centres.column.tolist() == [3, 0, 7]  # 13 / 4 = 3.25, 2 / 4 = 0.5, 31 / 4 = 7.75
    assert centres.row.tolist() == [5, 0, 3]  # 23 / 4 = 5.75, 0.5, 12 / 4 = 3
    assert centres.size.tolist() == [[2.5, 1.5], [1, 1], [0.5, 1]]
    assert centres.offset.tolist() == [[0.25, 0.75], [0.5, 0.5], [0.75, 0]]


def test_a_centre_that_rounds_to_the_maps_edge_belongs_to_the_last_cell():
    before = torch.nextafter(torch.tensor(32.0), torch.tensor(0.0)).item()
    centres = find_centres([torch.tensor([[before, before, 32.0, 32.0]])], height=8, width=8)
    assert (centres.column.item(), centres.row.item()) == (7, 7) and centres.offset.tolist() == [[1, 1]]


@pytest.mark.parametrize("size", [(1, 1), (10, 10), (15.5, 22.25), (3, 90), (200, 4), (120, 160)])
def test_radius_is_the_smallest_of_the_three_of_the_papers_code(size):
    assert gaussian_radius(torch.tensor([size])).item() == int(literal_radius(*size, 0.7))


def test_a_small_heat_map_by_hand():
    heat = draw_heat_maps(find_centres([torch.tensor([[0.0, 0.0, 20.0, 20.0]])], 5, 5), 1, 5, 5)[0, 0]
    # 5 by 5 cells: radius floor(0.1367 * 10) = 1, sigma 3 / 6
    near, corner = math.exp(-1 / 0.5), math.exp(-2 / 0.5)
    expected = torch.zeros(5, 5)
    expected[1:4, 1:4] = torch.tensor([[corner, near, corner], [near, 1, near], [corner, near, corner]])
    torch.testing.assert_close(heat, expected)


@pytest.mark.parametrize("seed", range(3))
def test_heat_maps_equal_a_literal_drawing_of_one_box_after_the_other(seed):
    boxes = [random_boxes(40, 192, 256, seed), NO_BOXES, random_boxes(7, 192, 256, seed + 100)]
    heat = draw_heat_maps(find_centres(boxes, 48, 64), 3, 48, 64)
    for drawn, lot in zip(heat, boxes, strict=True):
        torch.testing.assert_close(drawn[0].double(), literal_heat_map(lot, 48, 64), rtol=1e-5, atol=1e-6)


def test_a_page_without_boxes_is_cold():
    assert not draw_heat_maps(find_centres([NO_BOXES, NO_BOXES], 4, 6), 2, 4, 6).any()


def test_focal_loss_is_the_formula_of_the_paper():
    logits = torch.randn(2, 1, 5, 6, generator=torch.Generator().manual_seed(0))
    heat = draw_heat_maps(find_centres([torch.tensor([[0.0, 0, 20, 20], [4, 0, 24, 20]]), NO_BOXES], 5, 6), 2, 5, 6)
    total = 0.0
    for logit, target in zip(logits.flatten().tolist(), heat.flatten().tolist(), strict=True):
        p = 1 / (1 + math.exp(-logit))
        total -= (1 - p) ** 2 * math.log(p) if target == 1 else (1 - target) ** 4 * p**2 * math.log(1 - p)
    torch.testing.assert_close(focal_loss(logits, heat).item(), total / 2, rtol=1e-5, atol=0)


def test_focal_loss_without_centres_is_of_negatives_only_and_stays_finite():
    logits = torch.full((1, 1, 2, 2), 80.0, requires_grad=True)
    loss = focal_loss(logits.bfloat16(), torch.zeros(1, 1, 2, 2))
    assert loss.dtype == torch.float32 and loss.item() == pytest.approx(-4 * (1 - 1e-4) ** 2 * math.log(1e-4), rel=1e-2)
    assert focal_loss(-logits, torch.zeros(1, 1, 2, 2)).item() < 1e-6


def test_mean_distance_counts_boxes_not_numbers():
    predicted = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert mean_distance(predicted, torch.tensor([[2.0, 2.0], [0.0, 5.0]])).item() == (1 + 0 + 3 + 1) / 2
    nothing = mean_distance(predicted[:0], torch.empty(0, 2))
    nothing.backward()
    assert nothing.item() == 0 and not predicted.grad.any()


def perfect_maps(centres: Centres, images: int, height: int, width: int) -> tuple[torch.Tensor, ...]:
    size, offset = torch.zeros(images, 2, height, width), torch.zeros(images, 2, height, width)
    size[centres.image, :, centres.row, centres.column] = centres.size
    offset[centres.image, :, centres.row, centres.column] = centres.offset
    return draw_heat_maps(centres, images, height, width), size, offset


def test_decoding_perfect_maps_gives_the_boxes_back():
    boxes = [separate_boxes(), NO_BOXES, separate_boxes()[:4]]
    maps = perfect_maps(find_centres(boxes, 50, 60), 3, 50, 60)
    for (found, scores), wanted in zip(decode(*maps, threshold=0.99, at_most=100), boxes, strict=True):
        assert scores.tolist() == [1.0] * len(wanted)
        order = torch.tensor(sorted(range(len(found)), key=lambda index: found[index].tolist()), dtype=torch.int64)
        torch.testing.assert_close(found[order], wanted[sorted(range(len(wanted)), key=lambda i: wanted[i].tolist())])


def test_decoding_takes_peaks_above_the_threshold_by_falling_score_and_no_more_than_asked():
    heat = torch.zeros(1, 1, 6, 6)
    heat[0, 0, 1, 1], heat[0, 0, 1, 2], heat[0, 0, 4, 4], heat[0, 0, 1, 5] = 0.6, 0.5, 0.9, 0.2  # 0.5 is no peak
    size, offset = torch.full((1, 2, 6, 6), 2.0), torch.zeros(1, 2, 6, 6)
    ((boxes, scores),) = decode(heat, size, offset, threshold=0.3, at_most=9)
    torch.testing.assert_close(scores, torch.tensor([0.9, 0.6]))
    assert boxes.tolist() == [[12, 12, 20, 20], [0, 0, 8, 8]]
    ((boxes, _),) = decode(heat, size, offset, threshold=0.1, at_most=1)
    assert boxes.tolist() == [[12, 12, 20, 20]]
