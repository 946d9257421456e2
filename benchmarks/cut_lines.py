"""What a reader finds on lines and words that are cut out of real pages, at its own scales and at those that suit them.

    python benchmarks/cut_lines.py [READER] [--out results.json]

Of each of the four pages twelve columns or parts of one, of 1, 3, 6 or all characters, with a margin of a quarter of a
character, at the scan's resolution and at half of it. F1 at an IoU of 0.5, one to one by falling score, and the seconds
of CPU that a picture takes. `page` are the whole pages reduced to 400 pixels. Prints JSON.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from json_report import show
from real_detection import DATA, Found, hit_count

from mojika.data.page_set import PageSet
from mojika.data.pages import read_page
from mojika.reader.preparation import searched_sides
from mojika.reader.reader_files import open_reader_files
from mojika.reader.torch_engine import TorchEngine

Cut = tuple[str, np.ndarray, np.ndarray]  # kind, pixels (H, W, 3), boxes (K, 4) of the characters in it
_LENGTHS = {"1": 1, "3": 3, "6": 6, "column": 999}
_MARGIN = 0.25  # of a character
_SMALL_PAGE = 400


def cuts(data: Path, seed: int = 0) -> Iterator[Cut]:
    rng = np.random.default_rng(seed)
    pages = PageSet.read(data / "train_images", data / "train.csv")
    for page in pages.pages:
        pixels, boxes = read_page(pages.files[page.image_id], 3), page.boxes.astype(np.float32)
        usual = float(np.median(np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))))
        x, y = (boxes[:, :2] + boxes[:, 2:]).T / 2
        for kind, length in _LENGTHS.items():
            for reduced in (1.0, 0.5, 1.0):
                middle = rng.integers(len(boxes))
                column = np.flatnonzero(np.abs(x - x[middle]) < 0.6 * usual)
                chosen = boxes[column[np.argsort(np.abs(y[column] - y[middle]))[:length]]]
                left, top = np.maximum(chosen[:, :2].min(axis=0) - _MARGIN * usual, 0).astype(int)
                right, bottom = (chosen[:, 2:].max(axis=0) + _MARGIN * usual).astype(int)
                inside = (x > left) & (x < right) & (y > top) & (y < bottom)
                moved = boxes[inside] - np.float32([left, top, left, top])
                yield kind, *scaled(pixels[top:bottom, left:right], moved, reduced)
        yield "page", *scaled(pixels, boxes, _SMALL_PAGE / min(pixels.shape[:2]))


def scaled(pixels: np.ndarray, boxes: np.ndarray, factor: float) -> tuple[np.ndarray, np.ndarray]:
    return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), boxes * factor


def measure(find: Callable[[np.ndarray], Found], pictures: list[Cut]) -> dict[str, dict[str, float | int]]:
    report: dict[str, dict[str, float | int]] = {}
    for kind in dict.fromkeys(kind for kind, _, _ in pictures):
        own = [(pixels, boxes) for each, pixels, boxes in pictures if each == kind]
        started = time.process_time()
        found = [find(pixels) for pixels, _ in own]
        seconds = (time.process_time() - started) / len(own)
        hits = sum(hit_count(*each, boxes) for each, (_, boxes) in zip(found, own, strict=True))
        counted, true = sum(len(boxes) for boxes, _ in found), sum(len(boxes) for _, boxes in own)
        f1 = 2 * hits / max(counted + true, 1)
        report[kind] = {"pictures": len(own), "characters": true, "f1": round(f1, 3), "seconds": round(seconds, 2)}
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", nargs="?", default="models/starter", metavar="READER")
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    files = open_reader_files(args.reader)
    detectors, classifiers = ([model.path for model in models] for models in (files.detectors, files.classifiers))
    assert files.settings is not None
    engine = TorchEngine.load(detectors, classifiers, files.settings, torch.device("cpu"))
    settings, pictures = files.settings, list(cuts(DATA / "kuzushiji_pages"))

    def at_own_scales(pixels: np.ndarray) -> Found:
        return engine.find_at(pixels, searched_sides(pixels, settings.short_sides), settings.score_threshold)

    measured = {name: measure(find, pictures) for name, find in (("own", at_own_scales), ("suited", engine.find))}
    show({"reader": Path(args.reader).name, **measured}, args.out)


if __name__ == "__main__":
    main()
