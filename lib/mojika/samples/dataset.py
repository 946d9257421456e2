"""Writing a sample in the layout of Kaggle's kuzushiji-recognition, page by page, on several cores, resumably.

While a sample is being made, `OUT/unfinished/` holds its parameters and the labels of each page that is done; a run
that finds the same parameters there goes on from it. `OUT/sample.json` comes last: where it is, the sample is whole.
"""

import csv
import io
import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mojika.data.atomic import atomic_json, atomic_text, atomic_write
from mojika.data.fingerprints import differences
from mojika.data.page_labels import PageLabels, format_labels, format_page_labels, parse_labels
from mojika.data.progress import track
from mojika.errors import UserError
from mojika.samples.fonts import BrushFont, find_brush_fonts
from mojika.samples.kuzushiji import PagePlan, SamplePlan
from mojika.samples.page import render_page
from mojika.samples.typesetting import LabelledBox

_JPEG_QUALITY = 92
_PLACEHOLDER = "U+003F 1 1 U+FF2F 2 2"  # what the competition's sample submission predicts for every page
_OWN_FOLDERS = ("train_images", "test_images", "hidden", "unfinished")
_OWN_FILES = ("train.csv", "sample_submission.csv", "unicode_translation.csv", "sample.json")


def is_made(out: Path, parameters: dict[str, Any], force: bool) -> bool:
    """Whether `out` holds the whole sample of these parameters already.

    With `force` the sample that is there, whichever it is, is removed.

    Raises:
        UserError: `out` holds a sample of other parameters, or something that is no sample.
    """
    if out.exists() and not out.is_dir():
        raise UserError(f"expected a folder to write to, found a file: {out}")
    finished, begun = out / "sample.json", out / "unfinished" / "parameters.json"
    marker = finished if finished.exists() else begun
    if not marker.exists():
        if out.exists() and any(out.iterdir()):
            raise UserError(
                f"expected an empty folder or a generated sample, found other files in {out}; choose another"
            )
        return False
    found = json.loads(marker.read_text(encoding="utf-8"))
    found = found["parameters"] if marker == finished else found
    if force:
        remove_sample(out)
        return False
    if found != parameters:
        raise UserError(
            f"{out} holds a sample of other parameters ({differences(found, parameters)}); "
            "choose another folder or replace it with --force"
        )
    return marker == finished and _has_all_images(out)


def remove_sample(out: Path) -> None:
    """Remove what this module writes, and nothing else."""
    for name in reversed(_OWN_FILES):  # sample.json first: what is being removed is no longer whole
        (out / name).unlink(missing_ok=True)
    for name in _OWN_FOLDERS:
        shutil.rmtree(out / name, ignore_errors=True)


def _has_all_images(out: Path) -> bool:
    images = json.loads((out / "sample.json").read_text(encoding="utf-8"))["images"]
    return all((out / file).exists() for file in images)


def write_sample(plan: SamplePlan, parameters: dict[str, Any], out: Path, workers: int) -> dict[str, Any]:
    """Draw what is missing of `plan` and write the tables; returns the report that `sample.json` holds.

    The files do not depend on `workers`.
    """
    unfinished = out / "unfinished"
    atomic_json(unfinished / "parameters.json", parameters)
    (out / "sample.json").unlink(missing_ok=True)
    for folder in _OWN_FOLDERS:
        for leftover in (out / folder).glob(".*.tmp"):  # of a run that was killed
            leftover.unlink()
    missing = [page for page in plan.pages if not _labels_file(out, page).exists() or not (out / page.file).exists()]
    for _ in track(_drawn(missing, out, plan.parameters.scale, workers), total=len(missing), description="drawing"):
        pass
    labels = {page.image_id: _labels_file(out, page).read_text(encoding="utf-8") for page in plan.pages}
    _write_tables(plan, labels, out)
    report = _report(plan, labels)
    images = {page.file: page.book.book_id for page in plan.pages}
    atomic_json(out / "sample.json", {"parameters": parameters, "report": report, "images": images})
    shutil.rmtree(unfinished)
    return report


def read_report(out: Path) -> dict[str, Any]:
    return json.loads((out / "sample.json").read_text(encoding="utf-8"))["report"]


def _drawn(pages: list[PagePlan], out: Path, scale: float, workers: int) -> Iterator[None]:
    """Draw pages and yield after each; in processes of their own when there are several workers."""
    workers = min(workers, len(pages))
    if workers <= 1:
        fonts = find_brush_fonts()
        for page in pages:
            yield _draw_page(page, out, scale, fonts)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_worker) as pool:
        futures = [pool.submit(_draw_page_in_worker, page, out, scale) for page in pages]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _begin_worker() -> None:
    """A worker leaves Ctrl-C to its parent, keeps to one core, and does not outlive a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    sentinel = multiprocessing.parent_process().sentinel
    threading.Thread(target=lambda: wait([sentinel]) and os._exit(1), daemon=True).start()


def _draw_page_in_worker(page: PagePlan, out: Path, scale: float) -> None:
    _draw_page(page, out, scale, find_brush_fonts())


def _draw_page(page: PagePlan, out: Path, scale: float, fonts: dict[str, BrushFont]) -> None:
    drawn = render_page(page.book, page.number, page.text, page.reverse, scale, fonts)
    encoded = cv2.imencode(".jpg", drawn.image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
    with atomic_write(out / page.file) as file:
        file.write(encoded.tobytes())
    atomic_text(_labels_file(out, page), _format_boxes(drawn.boxes))


def _labels_file(out: Path, page: PagePlan) -> Path:
    return out / "unfinished" / f"{page.image_id}.txt"


def _format_boxes(boxes: list[LabelledBox]) -> str:
    corners = np.array([(box.x, box.y, box.x + box.width, box.y + box.height) for box in boxes], np.float64)
    return format_labels([f"U+{ord(box.label):04X}" for box in boxes], corners)


def _write_tables(plan: SamplePlan, labels: dict[str, str], out: Path) -> None:
    train = [page.image_id for page in plan.pages if not page.test]
    test = [page.image_id for page in plan.pages if page.test]
    for ids, file in ((train, "train.csv"), (test, "hidden/test.csv")):
        pages = [PageLabels(image_id, *parse_labels(labels[image_id])) for image_id in sorted(ids)]
        atomic_text(out / file, format_page_labels(pages))
    (out / "test_images").mkdir(exist_ok=True)
    atomic_text(out / "sample_submission.csv", _csv([("image_id", "labels"), *((name, _PLACEHOLDER) for name in test)]))
    characters = [(f"U+{ord(character):04X}", character) for character in sorted(plan.vocabulary)]
    atomic_text(out / "unicode_translation.csv", _csv([("Unicode", "char"), *characters]))


def _csv(rows: list[tuple[str, str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _report(plan: SamplePlan, labels: dict[str, str]) -> dict[str, Any]:
    train = [page for page in plan.pages if not page.test]
    counts = Counter(label for page in train for label in labels[page.image_id].split()[::5])
    return {
        "pages": len(train),
        "books": len({page.book.book_id for page in train}),
        "empty_pages": sum(not labels[page.image_id] for page in train),
        "characters": counts.total(),
        "classes": len(counts),
        "classes_with_one_sample": sum(count == 1 for count in counts.values()),
        "test_pages": len(plan.pages) - len(train),
    }
