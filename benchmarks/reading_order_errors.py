"""The reading order of boxes with errors: moved, missing, false ones, pages aslant; and what the confidence tells.

    python benchmarks/reading_order_errors.py [--draws 6]

The first table has 1 - LCS / n of the true boxes over the 8 pages of $MOJIKA_REAL_DATA/reading_order against the order
of a reader. For the second, the label sets of more than 8 characters in $MOJIKA_REAL_DATA/kuzushiji_labels are ordered
twice with 6 % of the boxes missing, 2 % false and all moved by 6 % of their size; errors are those against the order of
the untouched page. The third draws one to three furigana of some size beside half the kanji of 60 label sets, and says
how many are kept apart, how many of these have the right base, and what they do to the order of the text.
"""

import argparse
from collections.abc import Sequence

import numpy as np
from reading_order import REAL_DATA, true_orders

from mojika.data.page_labels import PageLabels, read_page_labels
from mojika.reading.order import ReadingOrder, reading_order
from mojika.reading.text_errors import out_of_order

CASES: dict[str, dict[str, float]] = {
    "as labelled": {},
    "moved by 5 %": {"moved": 0.05},
    "moved by 10 %": {"moved": 0.1},
    "5 % missing": {"missing": 0.05},
    "15 % missing": {"missing": 0.15},
    "3 % false": {"false": 0.03},
    "8 % false": {"false": 0.08},
    "turned by up to 4°": {"turned": 4},
    "all": {"missing": 0.06, "false": 0.02, "moved": 0.06, "turned": 2},
}
DETECTOR = {"missing": 0.06, "false": 0.02, "moved": 0.06}
LEVELS = (0, 0.5, 0.7, 0.8, 0.9, 1.001)


def order_of(boxes: np.ndarray) -> ReadingOrder:
    return reading_order(boxes.astype(np.float32), *np.ceil(boxes[:, 2:].max(0)))


def spoilt(
    boxes: np.ndarray, rows: Sequence[int], generator: np.random.Generator, *,
    missing: float = 0, false: float = 0, moved: float = 0, turned: float = 0,
) -> tuple[np.ndarray, list[int]]:  # fmt: skip
    """Boxes with such errors (shares, sizes of a box, degrees), and the rows of the true ones in their order."""
    kept = np.nonzero(generator.random(len(boxes)) >= missing)[0]
    place = {int(row): at for at, row in enumerate(kept)}
    boxes, rows = boxes[kept], [place[row] for row in rows if row in place]
    size = np.sqrt(np.prod(boxes[:, 2:] - boxes[:, :2], axis=1, keepdims=True))
    boxes = boxes + np.clip(generator.normal(0, 1, boxes.shape), -2, 2) * moved * size
    centres = generator.uniform(boxes[:, :2].min(0), boxes[:, 2:].max(0), (round(false * len(boxes)), 2))
    half = np.median(size) * generator.uniform(0.2, 0.5, (len(centres), 1))
    boxes = np.concatenate([boxes, np.concatenate([centres - half, centres + half], axis=1)])
    angle = np.radians(generator.uniform(-turned, turned))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    half = (boxes[:, 2:] - boxes[:, :2]) / 2
    centres = (boxes[:, :2] + half) @ turn
    boxes = np.concatenate([centres - half, centres + half], axis=1)
    return boxes - min(0, boxes.min()), rows


def errors(order: ReadingOrder, truth: Sequence[int]) -> int:
    place = {row: at for at, row in enumerate(order.rows)}
    return out_of_order(place[row] for row in truth)


def with_furigana(page: PageLabels, size: float, generator: np.random.Generator) -> tuple[np.ndarray, list[int]]:
    """The boxes and then those of furigana, `size` times their kanji, beside half the kanji; and the kanji of each."""
    boxes, kanji = [page.boxes.astype(np.float64)], []
    for row, label in enumerate(page.labels):
        if not 0x4E00 <= int(label[2:], 16) < 0xA000 or generator.random() < 0.5:
            continue
        x1, y1, x2, y2 = boxes[0][row]
        side, count = size * np.sqrt((x2 - x1) * (y2 - y1)), int(generator.integers(1, 4))
        step = min(side, 1.15 * (y2 - y1) / count)
        y = (y1 + y2) / 2 + (np.arange(count) - (count - 1) / 2) * step
        half = np.array([side * generator.uniform(0.3, 0.5), step * generator.uniform(0.38, 0.5)])
        centres = np.stack([np.full(count, x2 + 0.55 * side), y], axis=1)
        boxes.append(np.concatenate([centres - half, centres + half], axis=1))
        kanji += [row] * count
    return np.concatenate(boxes), kanji


def print_furigana(pages: list[PageLabels], generator: np.random.Generator) -> None:
    print(f"\n{'furigana':<12}{'kept apart':>12}{'right base':>12}{'text out of order':>19}")
    for size in (0.35, 0.45, 0.55):
        drawn = apart = right = wrong = total = 0
        for page in pages:
            boxes, kanji = with_furigana(page, size, generator)
            count, text = len(page.labels), None
            order, untouched = order_of(boxes), order_of(boxes[: len(page.labels)])
            for column in order.columns:
                if column.kind != "furigana":
                    text = column.rows
                    continue
                base = text[column.base[0] : column.base[1] + 1] if text and column.base else ()
                own = [row for row in column.rows if row >= count]
                apart, right = apart + len(own), right + sum(kanji[row - count] in base for row in own)
            wrong += errors(ReadingOrder(tuple(c for c in order.columns if min(c.rows) < count)), untouched.rows)
            drawn, total = drawn + len(kanji), total + count
        print(f"{size:<12}{apart / drawn:>12.1%}{right / max(1, apart):>12.1%}{wrong / total:>19.2%}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=6, help="random draws of each page and case (default: 6)")
    args = parser.parse_args()
    generator = np.random.default_rng(0)
    pages = read_page_labels(REAL_DATA / "kuzushiji_labels" / "labels.csv")
    boxes = {page.image_id: page.boxes.astype(np.float64) for page in pages if len(page.labels) > 8}
    truth = true_orders(REAL_DATA / "reading_order", pages)
    for case, faults in CASES.items():
        draws = [
            spoilt(boxes[name], rows, generator, **faults) for name, rows in truth.items() for _ in range(args.draws)
        ]
        wrong = sum(errors(order_of(each), rows) for each, rows in draws)
        print(f"{case:<20}{wrong / sum(len(rows) for _, rows in draws):>8.2%}")
    found = []
    for each in boxes.values():
        rows = order_of(each).rows
        for _ in range(2):
            bad, true = spoilt(each, rows, generator, **DETECTOR)
            order = order_of(bad)
            found.append((order.confidence, errors(order, true) / max(1, len(true))))
    confidence, wrong = np.array(found).T
    print(f"\n{'confidence':<12}{'pages':>7}{'out of order':>14}{'above 2 %':>11}")
    for low, high in zip(LEVELS[:-1], LEVELS[1:], strict=True):
        at = wrong[(confidence >= low) & (confidence < high)]
        print(f"{low:<4} – {min(high, 1):<5}{len(at):>7}{at.mean():>14.2%}{(at > 0.02).mean():>11.1%}")
    print_furigana([page for page in pages if len(page.labels) > 60][::9][:60], generator)


if __name__ == "__main__":
    main()
