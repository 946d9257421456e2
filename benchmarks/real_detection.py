"""What a detector finds on real pages and openings that it has not learnt from.

    python benchmarks/real_detection.py DETECTOR.model [DETECTOR.model …] [--thresholds 0.1,0.2] [--out results.json]
    python benchmarks/real_detection.py DETECTOR.model --neighbours --thresholds 0.5,0.6

- `openings`: seven openings of an illustrated book of the National Diet Library, with boxes of lines. `lines` is the
  share of the handwritten lines at least half of whose middle line lies in found boxes, `middle_line` the share of the
  length of all these middle lines, `outside` the share of the found boxes whose centre lies in no line (handwritten or
  in type), `off_book` of those whose centre is not on the book at all: rulers, cards, the table. Some words in pictures
  and the column in the fold have no line box, so that a perfect detector is some per cent outside, too.
- `pages`: four pages with boxed characters. `precision` and `recall` at an IoU of 0.5, one to one by falling score.

With `--neighbours` a box's score is its probability by `mojika.boxes.neighbourhood`, of boxes from a score of 0.2 on
(`--neighbour-threshold` of `mojika recognize`); with `--two-views` scores are those of two scales, from 0.15 on.
`measure` takes boxes from anywhere. Prints JSON, by the lowest score.
"""

import argparse
import os
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from json_report import show

from mojika.boxes.neighbourhood import judged
from mojika.data.page_labels import read_page_labels

DATA = Path(os.environ.get("MOJIKA_REAL_DATA", "../shared/data"))
HANDWRITTEN, TYPE, BOOK = "2_handwritten", "3_typography", "1_overall"
_COVERED = 0.5  # of a line's middle line
_JUDGED_FROM, _JUDGED_FROM_TWO_VIEWS = 0.2, 0.15
_REPEATS = 0.3  # IoU of two boxes of which one counts, as `mojika recognize` has it
_IOU = 0.5
Found = tuple[np.ndarray, np.ndarray]  # boxes (K, 4), x1, y1, x2, y2 in pixels, and scores (K,)


def images(data: Path) -> dict[str, Path]:
    """The files to search, by image id."""
    folders = (data / "ndl_openings", data / "kuzushiji_pages/train_images")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.jpg"))}


def measure(found: Mapping[str, Found], data: Path) -> dict[str, dict[str, float | int]]:
    """The numbers of the module's docstring, of the boxes found on each of `images(data)`."""
    return {"openings": of_openings(found, data / "ndl_openings"), "pages": of_pages(found, data / "kuzushiji_pages")}


def above(found: Mapping[str, Found], threshold: float) -> dict[str, Found]:
    """The boxes with at least this score."""
    kept = {image_id: scores >= threshold for image_id, (_, scores) in found.items()}
    return {image_id: (boxes[kept[image_id]], scores[kept[image_id]]) for image_id, (boxes, scores) in found.items()}


def of_openings(found: Mapping[str, Found], folder: Path) -> dict[str, float | int]:
    shares, lengths, outside, off_book = [], [], [], []
    for file in sorted(folder.glob("*.xml")):
        objects = read_objects(file)
        boxes = found[file.stem][0]
        lines = objects[HANDWRITTEN]
        shares += [middle_line_share(line, boxes) for line in lines]
        lengths += np.ptp(lines.reshape(-1, 2, 2), axis=1).max(1).tolist()
        outside += (~centres_within(boxes, np.concatenate([lines, objects[TYPE]]))).tolist()
        off_book += (~centres_within(boxes, objects[BOOK])).tolist()
    return {
        "lines": round(float(np.mean(np.array(shares) >= _COVERED)), 4),
        "middle_line": round(float(np.average(shares, weights=lengths)), 4),
        "outside": round(float(np.mean(outside)), 4) if outside else 0.0,
        "off_book": round(float(np.mean(off_book)), 4) if off_book else 0.0,
        "boxes": len(outside),
    }


def of_pages(found: Mapping[str, Found], folder: Path) -> dict[str, float | int]:
    pages = read_page_labels(folder / "train.csv")
    hits = sum(hit_count(*found[page.image_id], page.boxes) for page in pages)
    boxes, truth = sum(len(found[page.image_id][0]) for page in pages), sum(len(page.boxes) for page in pages)
    precision, recall = hits / max(boxes, 1), hits / truth
    return {
        "precision": round(precision, 4),
        "recall": round(recall, 4),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        "boxes": boxes,
    }


def read_objects(file: Path) -> dict[str, np.ndarray]:
    """The boxes `(N, 4)` of a PASCAL VOC file by class; the three of this module always have an entry."""
    boxes: dict[str, list[list[float]]] = {HANDWRITTEN: [], TYPE: [], BOOK: []}
    for entry in ET.parse(file).getroot().iter("object"):
        corners = [float(entry.findtext(f"bndbox/{side}", "nan")) for side in ("xmin", "ymin", "xmax", "ymax")]
        boxes.setdefault(entry.findtext("name", ""), []).append(corners)
    return {name: np.array(corners, float).reshape(-1, 4) for name, corners in boxes.items()}


def middle_line_share(line: np.ndarray, boxes: np.ndarray) -> float:
    """How much of a line's middle line, along its longer side, lies in `boxes (K, 4)`."""
    across, along = (0, 1) if line[3] - line[1] >= line[2] - line[0] else (1, 0)
    middle = (line[across] + line[across + 2]) / 2
    places = np.arange(np.ceil(line[along]), line[along + 2])
    over = boxes[(boxes[:, across] <= middle) & (boxes[:, across + 2] >= middle)]
    inside = (over[:, along, None] <= places) & (places < over[:, along + 2, None])
    return float(inside.any(0).mean())


def centres_within(boxes: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """Whether the centre of each of `boxes (K, 4)` lies in any of `areas (N, 4)`, `(K,) bool`."""
    x, y = (boxes[:, 0] + boxes[:, 2])[:, None] / 2, (boxes[:, 1] + boxes[:, 3])[:, None] / 2
    within = (areas[:, 0] <= x) & (x <= areas[:, 2]) & (areas[:, 1] <= y) & (y <= areas[:, 3])
    return within.any(1)


def hit_count(boxes: np.ndarray, scores: np.ndarray, truth: np.ndarray) -> int:
    """How many of `boxes (K, 4)` take a free box of `truth (N, 4)` by falling score, as in COCO's evaluation."""
    starts = np.maximum(boxes[:, None, :2], truth[None, :, :2])
    ends = np.minimum(boxes[:, None, 2:], truth[None, :, 2:])
    shared = np.clip(ends - starts, 0, None).prod(2)
    areas = [np.prod(each[:, 2:] - each[:, :2], axis=1) for each in (boxes, truth)]
    iou = shared / (areas[0][:, None] + areas[1][None] - shared)
    taken = 0
    for row in np.argsort(-scores, kind="stable"):
        best = int(iou[row].argmax())
        if iou[row, best] >= _IOU:
            iou[:, best] = 0
            taken += 1
    return taken


def search(
    models: list[Path], files: Mapping[str, Path], short_sides: list[int] | None, threshold: float, two_views: bool
) -> dict[str, Found]:
    """What the detectors find together, as `mojika detect` does; without `short_sides` at scales of their training."""
    import torch

    from mojika.data.pages import read_page
    from mojika.detection.detector_file import load_detector
    from mojika.detection.multi_scale import best_by_nms, detect_page
    from mojika.detection.page_search import merged
    from mojika.detection.search_scales import spread_sides

    detectors = [load_detector(model, torch.device("cpu")) for model in models]
    sides = short_sides or spread_sides([detector.spec.short_sides for detector in detectors])
    found = {}
    for image_id, file in files.items():
        page = read_page(file, 3)
        each = [
            detect_page(
                detector.network, page, short_sides=sides, gray=False, two_views=two_views, score_threshold=threshold,
                at_most=3000, iou=0.5, precision=detector.precision,
            )
            for detector in detectors
        ]  # fmt: skip
        found[image_id] = merged(each, best_by_nms, iou=0.5, at_most=3000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, metavar="MODEL")
    parser.add_argument("--short-sides", help="scales in pixels, by commas (default: those of training)")
    parser.add_argument("--thresholds", default="0.1,0.2,0.3,0.4", help="lowest scores of a box, by commas")
    parser.add_argument("--neighbours", action="store_true", help="judge boxes by those around them, too")
    parser.add_argument("--two-views", action="store_true", help="score boxes as `mojika recognize --two-views` does")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    sides = [int(side) for side in args.short_sides.split(",")] if args.short_sides else None
    thresholds = [float(threshold) for threshold in args.thresholds.split(",")]
    judged_from = _JUDGED_FROM_TWO_VIEWS if args.two_views else _JUDGED_FROM
    lowest = judged_from if args.neighbours else min(thresholds)
    found = search(args.models, images(args.data), sides, lowest, args.two_views)
    if args.neighbours:
        found = {image_id: (boxes, judged(boxes, scores, _REPEATS)) for image_id, (boxes, scores) in found.items()}
    report = {str(threshold): measure(above(found, threshold), args.data) for threshold in thresholds}
    show(report, args.out)


if __name__ == "__main__":
    main()
