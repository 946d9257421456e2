"""What a language model adds to readers of real pages.

    python benchmarks/language_model.py READER … --lm FILE [--left-out PAGE] [--out results.json]

For each reader, on the labelled pages of `kuzushiji_pages`:

- `characters`: the share read right in the boxes of the labels, page by page, by looks alone (`top1`, and the headroom
  `top2` … `top20`) and in the context;
- `pages`: the character error rate of pages that were found, read and put into order by the reader, with and without.

Temperature and weight are chosen for each page on the characters of the others (`chosen`): the temperature that makes
their labels likeliest, then the weight that reads most of them right. With `--left-out` only that page is scored, for
readers that learnt from the others. `seconds` is the time of the language model for each page, beside that of all the
rest. `FILE` must not have learnt from the book of these pages: `mojika language-model … --hold-out 100241706`.
"""

import argparse
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from json_report import show

from mojika.data.code_points import character_of
from mojika.data.crops import have_area
from mojika.data.page_labels import PageLabels
from mojika.data.page_set import PageSet
from mojika.data.pages import read_page
from mojika.language.context import Context
from mojika.language.model import LanguageModel
from mojika.language.model_file import read_language_model
from mojika.reader.page_reader import CANDIDATES, CONSIDERED, PageReader
from mojika.reader.reader_files import open_reader_files
from mojika.reader.torch_engine import TorchEngine
from mojika.reading.labelled import page_of_labels
from mojika.reading.order import compose, reading_order
from mojika.reading.page import Block, Candidate, Character
from mojika.reading.text_errors import edits

DATA = Path(os.environ.get("MOJIKA_REAL_DATA", "../shared/data"))
TEMPERATURES, WEIGHTS = (0.7, 1.0, 1.4, 2.0), (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
TOP = (1, 2, 3, 5, 10, 20)


@dataclass(frozen=True, eq=False)
class Looks:
    """What a reader sees in the labelled boxes of a page, and on the page as it finds it: blocks of `CONSIDERED`
    readings. `logarithms (N, classes)` are of the labelled boxes, `truth (N,)` their classes, -1 for none."""

    labels: PageLabels
    boxed: tuple[Block, ...]
    found: tuple[Block, ...]
    logarithms: np.ndarray
    truth: np.ndarray
    seconds: float


class Recorded:
    """An engine that finds and reads once, for a reader that is asked again."""

    def __init__(self, engine: TorchEngine, pixels: np.ndarray):
        self.classes = engine.classes
        boxes, scores = engine.find(pixels)
        there = have_area(np.round(boxes, 2))
        self._found = boxes[there], scores[there]
        self._read = engine.read(pixels, self._found[0])

    def find(self, page: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._found

    def read(self, page: np.ndarray, boxes: np.ndarray) -> np.ndarray:
        return self._read


class Everything(Context):
    """Keeps all readings, by looks."""

    def reread(self, blocks: Any, keep: int) -> tuple[Block, ...]:
        return tuple(blocks)


def look(spec: str, model: LanguageModel, names: list[str]) -> dict[str, Looks]:
    files = open_reader_files(spec)
    assert files.settings
    paths = [model.path for model in files.detectors], [model.path for model in files.classifiers]
    engine = TorchEngine.load(*paths, files.settings, torch.device("cpu"))
    pages = PageSet.read(DATA / "kuzushiji_pages/train_images", DATA / "kuzushiji_pages/train.csv")
    rows = {label: row for row, label in enumerate(engine.classes.labels)}
    seen = {}
    for page in (page for page in pages.pages if page.image_id in names):
        pixels = read_page(pages.files[page.image_id], 3)
        began = time.perf_counter()
        reader = PageReader(Recorded(engine, pixels), files.settings, {}, None, Everything(model, 0, 1))
        found = reader.read(pixels).blocks
        seconds = time.perf_counter() - began
        probabilities = engine.read(pixels, page.boxes)
        order = reading_order(page.boxes, pixels.shape[1], pixels.shape[0], pixels)
        boxed = compose(order, _characters(page, probabilities, engine.classes))
        truth = np.array([rows.get(label, -1) for label in page.labels])
        seen[page.image_id] = Looks(page, boxed, found, np.log(np.maximum(probabilities, 1e-9)), truth, seconds)
        print(f"{spec} {page.image_id}: {seconds:.1f} s", flush=True)
    return seen


def _characters(page: PageLabels, probabilities: np.ndarray, classes: Any) -> list[Character]:
    characters = []
    for box, row in zip(page.boxes.tolist(), probabilities, strict=True):
        best = np.argsort(-row, kind="stable")[:CONSIDERED]
        readings = (Candidate(classes.labels[place], classes.chars[place], float(row[place])) for place in best)
        characters.append(Character(tuple(box), 1.0, tuple(readings)))
    return characters


def right(looks: Looks, blocks: tuple[Block, ...]) -> np.ndarray:
    """Which of the boxed characters, in reading order, have their label."""
    label_of = dict(zip(map(tuple, looks.labels.boxes.tolist()), looks.labels.labels, strict=True))
    read = [character for block in blocks for column in block.columns for character in column.characters]
    return np.array([character.label == label_of[character.box] for character in read])


def choose(model: LanguageModel, others: list[Looks]) -> tuple[float, float]:
    """Temperature and weight."""
    logarithms = np.concatenate([looks.logarithms for looks in others])
    truth = np.concatenate([looks.truth for looks in others])
    known = truth >= 0

    def likelihood(temperature: float) -> float:
        scaled = logarithms[known] / temperature
        return float((scaled[np.arange(known.sum()), truth[known]] - np.logaddexp.reduce(scaled, axis=1)).mean())

    temperature = max(TEMPERATURES, key=likelihood)

    def hits(weight: float) -> int:
        context = Context(model, weight, temperature)
        return sum(int(right(looks, context.reread(looks.boxed, 1)).sum()) for looks in others)

    return temperature, max(WEIGHTS, key=hits)


def text_of(blocks: tuple[Block, ...]) -> str:
    columns = [column for block in blocks for column in block.columns if column.kind != "furigana"]
    return "".join(column.text for column in columns)


def measure(spec: str, model: LanguageModel, names: list[str], left_out: str | None) -> dict[str, Any]:
    seen, report = look(spec, model, names), {}
    for name in [left_out] if left_out else names:
        looks = seen[name]
        temperature, weight = choose(model, [other for other_name, other in seen.items() if other_name != name])
        context, usual = Context(model, weight, temperature), Context(model, 0.5, 1.0)
        began = time.perf_counter()
        in_context = context.reread(looks.found, CANDIDATES)
        seconds = time.perf_counter() - began
        truth = "".join(character_of(each.label) or each.label for each in page_of_labels(looks.labels).characters)
        order = np.argsort(-looks.logarithms, axis=1, kind="stable")
        hit = order[:, : TOP[-1]] == looks.truth[:, None]
        report[name] = {
            "count": len(looks.truth),
            "chosen": {"temperature": temperature, "weight": weight},
            "characters": {
                **{f"top{top}": round(float(hit[:, :top].any(1).mean()), 4) for top in TOP},
                "in_context": round(float(right(looks, context.reread(looks.boxed, 1)).mean()), 4),
                "in_context_by_default": round(float(right(looks, usual.reread(looks.boxed, 1)).mean()), 4),
            },
            "pages": {
                "characters": len(truth),
                "edits": edits(text_of(looks.found), truth),
                "edits_in_context": edits(text_of(in_context), truth),
            },
            "seconds": {"all_the_rest": round(looks.seconds, 3), "language_model": round(seconds, 3)},
        }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("readers", nargs="+", metavar="READER")
    parser.add_argument("--lm", type=Path, required=True, metavar="FILE")
    parser.add_argument("--left-out", metavar="PAGE", help="score this page only: the readers learnt from the others")
    parser.add_argument("--out", type=Path, metavar="JSON")
    args = parser.parse_args()
    model = read_language_model(args.lm)
    names = sorted(path.stem for path in (DATA / "kuzushiji_pages/train_images").iterdir())
    report = {spec: measure(spec, model, names, args.left_out) for spec in args.readers}
    show(report, args.out)


if __name__ == "__main__":
    main()
