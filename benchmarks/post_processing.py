"""Post-processing of pages: NMS, features and scoring against literal implementations, box by box.

    python benchmarks/post_processing.py [--pages 4] [--characters 500] [--rounds 5]

Both sides get the same generated pages, each character found twice by two detectors, and must give equal results. They
take turns in one process on one core; times are seconds of CPU. Prints a table and writes it with a JSON file to
benchmarks/results/. The literal implementations of features and of the matching rule are those of the tests.
"""

import argparse
import json
import os
import platform
import re
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from mojika.boxes.filter_features import page_features
from mojika.boxes.page_boxes import PageBoxes
from mojika.boxes.scoring import match
from mojika.boxes.submission import points_of
from mojika.boxes.suppression import suppress_boxes
from mojika.data.class_list import ClassList

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "recognition"))
from test_filter_features import literal_features  # noqa: E402
from test_matching import literal_match  # noqa: E402

RESULTS = Path(__file__).parent / "results"
CLASSES = ClassList(("U+3042", *(f"U+{0x4E00 + i:04X}" for i in range(79))), (1,) * 80)
SIZE = 46  # pixels between characters


# ---------------------------------------------------------------- pages


def truth_pages(pages: int, characters: int, generator: np.random.Generator) -> PageBoxes:
    """Characters in columns of about equal height, their classes as unevenly frequent as those of a language."""
    rows = int(np.ceil(np.sqrt(characters)))
    place = np.stack([np.arange(characters) // rows, np.arange(characters) % rows], axis=1) * SIZE
    corner = np.tile(place, (pages, 1)) + generator.uniform(0, 8, (pages * characters, 2))
    corners = np.concatenate([corner, corner + generator.uniform(30, 44, corner.shape)], axis=1)
    frequency = 1 / np.arange(1, len(CLASSES) + 1)
    labels = generator.choice(CLASSES.labels, len(corners), p=frequency / frequency.sum())
    return _boxes(corners, labels, pages, rows * SIZE + SIZE, np.ones(len(corners)))


def found_pages(truth: PageBoxes, generator: np.random.Generator) -> PageBoxes:
    """What two detectors find: every character twice, a few pixels off, one label in ten read wrongly."""
    corners = np.repeat(truth.coordinates, 2, axis=0) + generator.normal(0, 2, (2 * len(truth), 4))
    labels = np.repeat(truth.boxes["label"].to_numpy(object), 2)
    wrong = generator.random(len(labels)) < 0.1
    labels[wrong] = generator.choice(CLASSES.labels, wrong.sum())
    extent = int(truth.pages["width"].iloc[0])
    return _boxes(corners, labels, len(truth.pages), extent, generator.random(len(labels)))


def _boxes(corners: np.ndarray, labels: np.ndarray, pages: int, extent: int, prob: np.ndarray) -> PageBoxes:
    ids = [f"page_{number}" for number in range(pages)]
    boxes = pd.DataFrame({"image_id": np.repeat(ids, len(corners) // pages)})
    boxes[["x1", "y1", "x2", "y2"]] = corners
    boxes = boxes.assign(box_score=prob, label=pd.Series(labels, dtype="str"), prob=prob)
    table = pd.DataFrame({"image_id": ids, "width": extent, "height": extent})
    return PageBoxes(table, boxes, CLASSES, {"stage": "benchmark"})


# ---------------------------------------------------------------- the two sides


def literal_suppress(boxes: list[tuple[float, ...]], limit: float) -> list[int]:
    """Rows of x1, y1, x2, y2, score of one page that stay: by falling score, unless one that stays overlaps."""
    kept: list[int] = []
    for row in sorted(range(len(boxes)), key=lambda row: -boxes[row][4]):
        x1, y1, x2, y2, _ = boxes[row]
        for other in kept:
            a1, b1, a2, b2, _ = boxes[other]
            width, height = min(x2, a2) - max(x1, a1), min(y2, b2) - max(y1, b1)
            if width > 0 and height > 0:
                shared = width * height
                if shared / ((x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared) > limit:
                    break
        else:
            kept.append(row)
    return sorted(kept)


def stages(found: PageBoxes, truth: PageBoxes) -> dict[str, tuple[Callable, Callable]]:
    """Each stage's two sides as functions without arguments; what they are given is laid ready for both."""
    rows = list(zip(*found.coordinates.astype(float).T.tolist(), found.boxes["prob"].tolist(), strict=True))
    spans = list(zip(found.offsets.tolist(), found.offsets[1:].tolist(), strict=False))
    points = points_of(found)
    flat = list(zip(points.labels, *points.positions.T.tolist(), strict=True))
    predicted = {name: flat[start:stop] for name, (start, stop) in zip(points.image_ids, spans, strict=True)}
    boxes = list(zip(truth.boxes["label"], *truth.coordinates.astype(float).T.tolist(), strict=True))
    ends = truth.offsets.tolist()
    wanted = {name: boxes[ends[i] : ends[i + 1]] for i, name in enumerate(truth.pages["image_id"])}
    return {
        "nms": (
            lambda: [start + row for start, stop in spans for row in literal_suppress(rows[start:stop], 0.3)],
            lambda: suppress_boxes(found),
        ),
        "features": (lambda: literal_features(found), lambda: page_features(found)),
        "scoring": (lambda: literal_match(predicted, wanted), lambda: match(found, truth)),
    }


def expect_equal(stage: str, literal: list, ours: object, found: PageBoxes) -> None:
    if stage == "nms":
        np.testing.assert_array_equal(ours.coordinates, found.coordinates[literal])
    elif stage == "features":
        np.testing.assert_allclose(ours, pd.DataFrame(literal)[ours.columns], rtol=1e-3, atol=1e-4)
    else:
        np.testing.assert_array_equal(ours, np.array(literal) >= 0)


# ---------------------------------------------------------------- measuring


def measure(found: PageBoxes, truth: PageBoxes, rounds: int) -> list[dict]:
    """Rounds in which the two sides take turns; the first call of each, whose results are compared, is not counted."""
    sides = stages(found, truth)
    for stage, (literal, ours) in sides.items():
        expect_equal(stage, literal(), ours(), found)
    times = {stage: ([], []) for stage in sides}
    for _ in range(rounds):
        for stage, functions in sides.items():
            for function, taken in zip(functions, times[stage], strict=True):
                start = time.process_time()
                function()
                taken.append((time.process_time() - start) / len(found.pages))
    times["all"] = tuple([sum(parts) for parts in zip(*one, strict=True)] for one in zip(*times.values(), strict=True))
    return [_row(stage, *taken) for stage, taken in times.items()]


def _row(stage: str, literal: list[float], ours: list[float]) -> dict:
    ratios = [slow / fast for slow, fast in zip(literal, ours, strict=True)]
    return {
        "stage": stage,
        "literal_ms_a_page": round(1e3 * statistics.median(literal), 2),
        "ours_ms_a_page": round(1e3 * statistics.median(ours), 3),
        "ratio": round(statistics.median(ratios), 1),
        "ratio_range": [round(min(ratios), 1), round(max(ratios), 1)],
    }


def table(rows: list[dict]) -> str:
    lines = [f"{'stage':<10} {'literal ms/page':>16} {'ours ms/page':>14} {'ratio':>18}"]
    for row in rows:
        low, high = row["ratio_range"]
        lines.append(
            f"{row['stage']:<10} {row['literal_ms_a_page']:>16,.1f} {row['ours_ms_a_page']:>14,.2f} "
            f"{row['ratio']:>7,.0f} ({low:,.0f}–{high:,.0f})"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4, help="pages that a call is given (default: 4)")
    parser.add_argument("--characters", type=int, default=500, help="of a page; twice as many boxes (default: 500)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each side (default: 5)")
    parser.add_argument("--output", type=Path, default=RESULTS / "post_processing.json", help="JSON file to write")
    arguments = parser.parse_args()

    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    machine = {"cpu": names[0] if names else platform.machine(), "load_before": round(os.getloadavg()[0], 2)}
    machine |= {"python": platform.python_version(), "numpy": np.__version__, "pandas": pd.__version__}
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    generator = np.random.default_rng(0)
    truth = truth_pages(arguments.pages, arguments.characters, generator)
    rows = measure(found_pages(truth, generator), truth, arguments.rounds)
    report = table(rows)
    print(report)
    settings = {"pages": arguments.pages, "characters": arguments.characters, "rounds": arguments.rounds}
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(json.dumps({"machine": machine, "settings": settings, "rows": rows}, indent=1) + "\n")
    arguments.output.with_suffix(".txt").write_text(report + "\n")
    print(f"written to {arguments.output} and .txt")


if __name__ == "__main__":
    main()
