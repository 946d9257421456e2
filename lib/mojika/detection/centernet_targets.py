"""What CenterNet learns from boxes: a heat map of centres, and sizes and offsets at them.

Zhou, Wang, Krähenbühl, "Objects as Points", arXiv:1904.07850. A cell of the heat map is `STRIDE` by `STRIDE` pixels;
cell i reaches from pixel edge `STRIDE * i` to `STRIDE * (i + 1)`.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from mojika.training.distributed import World

STRIDE = 4
_MIN_IOU = 0.7
_EPSILON = 1e-4  # keeps the logarithms of the focal loss finite


class Centres(NamedTuple):
    """One entry per box of a batch: its image, the cell of its centre, and in cells its size and sub-cell offset."""

    image: Tensor  # (M,) int64
    column: Tensor
    row: Tensor
    size: Tensor  # (M, 2) float32: width, height
    offset: Tensor  # (M, 2) float32 in [0, 1]: from the cell's upper left corner, x and y


def find_centres(boxes: Sequence[Tensor], height: int, width: int) -> Centres:
    """The centres of `boxes`, one `(M_i, 4)` in pixels per image, on heat maps of `height` by `width` cells.

    Boxes lie within their images; a centre on the very edge of a map belongs to its last cell.
    """
    counts = torch.tensor([len(lot) for lot in boxes], device=boxes[0].device)
    image = torch.arange(len(boxes), device=boxes[0].device).repeat_interleave(counts)
    cells = torch.cat(list(boxes)).float() / STRIDE
    centre = (cells[:, :2] + cells[:, 2:]) / 2
    last = torch.tensor([width - 1, height - 1], device=cells.device)
    cell = torch.minimum(centre.long(), last)
    return Centres(image, cell[:, 0], cell[:, 1], cells[:, 2:] - cells[:, :2], centre - cell)


def gaussian_radius(size: Tensor, min_iou: float = _MIN_IOU) -> Tensor:
    """`(M,)` whole cells from `size (M, 2)` in cells: how far the Gaussian of a box reaches along either axis.

    Follows the paper's code, not CornerNet's text: there the smallest of three solutions is taken without dividing by
    twice the leading coefficient, and it is always the one for a box that both corners enlarge. So the radius is wider
    than an IoU of `min_iou` allows, and what the published results rest on.
    """
    reach = min_iou * size.sum(1)
    return ((reach**2 + 4 * min_iou * (1 - min_iou) * size.prod(1)).sqrt() - reach).floor().clamp(min=0)


def draw_heat_maps(centres: Centres, images: int, height: int, width: int) -> Tensor:
    """`(images, 1, height, width) float32`: a Gaussian around every centre, 1 there; where several meet, the largest.

    Its standard deviation is a sixth of the window's side, `2 * radius + 1`, beyond which it is zero. All boxes are
    drawn at once, in windows of the largest radius.
    """
    heat = torch.zeros(images * height * width, device=centres.size.device)
    if not len(centres.size):
        return heat.view(images, 1, height, width)
    radius = gaussian_radius(centres.size)[:, None, None]
    reach = int(radius.max())
    step = torch.arange(-reach, reach + 1, device=heat.device)
    across, down = step.view(1, 1, -1), step.view(1, -1, 1)
    values = torch.exp(-(across**2 + down**2) / (2 * ((2 * radius + 1) / 6) ** 2))
    columns, rows = centres.column[:, None, None] + across, centres.row[:, None, None] + down
    drawn = (across.abs() <= radius) & (down.abs() <= radius)
    drawn &= (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    places = (centres.image[:, None, None] * height + rows) * width + columns
    heat.scatter_reduce_(0, places[drawn], values[drawn], "amax")
    return heat.view(images, 1, height, width)


def focal_loss(logits: Tensor, heat: Tensor, world: World = World()) -> Tensor:  # noqa: B008 (frozen)
    """The penalty-reduced pixelwise logistic loss (equation 1; alpha 2, beta 4) over the number of centres, at least 1.

    `logits` and `heat` have one shape. A centre is a cell at exactly 1; the nearer a Gaussian is to 1, the less a
    confident cell costs. Computed in float32, also under autocast. The centres are those of all processes, and the mean
    of their losses is the loss of the whole batch.
    """
    probability = logits.float().sigmoid().clamp(_EPSILON, 1 - _EPSILON)
    centre = heat == 1
    at_centre = (1 - probability) ** 2 * probability.log()
    elsewhere = (1 - heat) ** 4 * probability**2 * (1 - probability).log()
    return -torch.where(centre, at_centre, elsewhere).sum() / _mean_count(centre.sum(), world)


def mean_distance(predicted: Tensor, wanted: Tensor, world: World = World()) -> Tensor:  # noqa: B008 (frozen)
    """L1: `sum |predicted - wanted|` of two `(M, 2) float32` over M boxes; 0, but with a gradient, where M is 0.

    M counts the boxes of all processes, as in `focal_loss`.
    """
    return (predicted - wanted).abs().sum() / _mean_count(wanted.new_full((), len(wanted)), world)


def _mean_count(count: Tensor, world: World) -> Tensor:
    """How much a process of `world` has of something, on average; together at least 1."""
    return world.sum(count.float()).clamp(min=1) / world.size


def decode(
    heat: Tensor, size: Tensor, offset: Tensor, *, threshold: float, at_most: int
) -> list[tuple[Tensor, Tensor]]:
    """Boxes `(K, 4)` in pixels and scores `(K,)` of every image, by falling score.

    `heat (N, 1, h, w)` holds probabilities; a centre is a cell that no neighbour among eight exceeds and that reaches
    `threshold`. `size` and `offset`, `(N, 2, h, w)`, are in cells.
    """
    peaks = peaks_of(heat)
    boxes, scores = find_boxes(peaks, size, offset, min(at_most, peaks[0].numel()))
    return [(box[score >= threshold], score[score >= threshold]) for box, score in zip(boxes, scores, strict=True)]


def peaks_of(heat: Tensor) -> Tensor:
    """`heat (N, 1, h, w)` where no neighbour among eight exceeds a cell, 0 elsewhere."""
    return torch.where(heat == F.max_pool2d(heat, 3, stride=1, padding=1), heat, 0)


def find_boxes(peaks: Tensor, size: Tensor, offset: Tensor, count: int | Tensor) -> tuple[Tensor, Tensor]:
    """Boxes `(N, count, 4)` in pixels and scores `(N, count)`, by falling score; also exported to ONNX."""
    scores, places = peaks.flatten(1).topk(count)  # type: ignore[arg-type]  # a tensor where it is traced
    row, column = places // peaks.shape[3], places % peaks.shape[3]
    centre = torch.stack([column, row], 2) + _at(places, offset)
    half = _at(places, size) / 2
    return STRIDE * torch.cat([centre - half, centre + half], 2), scores


def _at(places: Tensor, values: Tensor) -> Tensor:
    """`(N, K, 2)` of `values (N, 2, h, w)` at `places (N, K)`, numbers of cells."""
    return values.flatten(2).gather(2, places[:, None].expand(-1, 2, -1)).transpose(1, 2)
