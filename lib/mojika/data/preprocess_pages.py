"""Cleaned copies of page images, page by page, so that the work can stop and resume anywhere."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from mojika.data.class_list import named
from mojika.data.images import png_text, write_png
from mojika.data.pages import find_pages, header_fault, page_name, page_or_fault
from mojika.errors import ParameterError, UserError
from mojika.files.artifact import JsonFile
from mojika.files.atomic import atomic_json, remove_leftovers
from mojika.files.faults import Fault, FaultLog, refuse, write_faults
from mojika.files.fingerprints import differences, file_digest
from mojika.preprocessing.ben_graham import SIGMA, ben_graham
from mojika.preprocessing.denoise import SEARCH, STRENGTH, TEMPLATE, denoise
from mojika.runtime.lines import say
from mojika.runtime.parallel import ordered_map
from mojika.runtime.progress import track

SCHEMA = 1
STEPS: dict[str, Callable[[np.ndarray], np.ndarray]] = {"ben-graham": ben_graham, "denoise": denoise}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "ben-graham": {"sigma": SIGMA},
    "denoise": {"strength": STRENGTH, "template": TEMPLATE, "search": SEARCH},
}
_SUMMARY = JsonFile("preprocess.json")
_MADE_OF = "mojika:source"  # keyword of the SHA-256 of the source in a PNG


def preprocess_pages(
    source: Path, out: Path, *, steps: Sequence[str], workers: int, skip_bad: bool = False, force: bool = False
) -> dict[str, int]:
    """Apply `steps` (names of `STEPS`) to every page image of `source` and write PNGs of the same ids into `out`.

    A page is kept where its output is at least as new as its source and was made of the same bytes by the same steps;
    `force` makes all again, and removes those of other steps first. Pages in work when an exception or a signal comes
    are finished. Pages of `out` that `source` does not have any more stay, and standard error names them. Returns the
    numbers `pages`, `made`, `kept` and `skipped` (unreadable; listed in `out/skipped.csv`). Raises `UserError` on
    unreadable images, unless `skip_bad`, and where `out` was made by other steps, unless `force`.
    """
    pages = find_pages(source)
    if not pages:
        raise UserError(f"{source}: expected page images, found none")
    if out.resolve() == source.resolve():
        raise UserError(f"{out}: expected a folder other than that of the source pages")
    _settle_steps(out, pages, steps, force)
    remove_leftovers(out)

    older = [] if force else list(pages)
    current = ordered_map(lambda each: _is_current(pages[each], out / f"{each}.png"), older, workers)
    is_current = dict(zip(older, current, strict=True))
    due = {image_id: path for image_id, path in pages.items() if not is_current.get(image_id)}
    log = FaultLog(skip_bad, partial(refuse, folder=source.parent))
    log.add(*filter(None, map(header_fault, due.values())))
    broken = {fault.file for fault in log.faults}
    work = [(path, out / f"{image_id}.png") for image_id, path in due.items() if page_name(path) not in broken]
    with _one_opencv_thread():
        results = ordered_map(lambda job: _preprocess(*job, steps), work, workers)
        for fault in track(results, total=len(work), description="preprocessing"):
            if fault:
                log.add(fault)
    for image_id, path in due.items():
        if page_name(path) in {fault.file for fault in log.faults}:
            (out / f"{image_id}.png").unlink(missing_ok=True)  # of what the page was before
    if log.faults:
        write_faults(out / "skipped.csv", log.faults)
    else:
        (out / "skipped.csv").unlink(missing_ok=True)
    _tell_without_source(source, out, pages)
    return {
        "pages": len(pages),
        "made": len(due) - len(log.faults),
        "kept": len(pages) - len(due),
        "skipped": len(log.faults),
    }


def preprocessing_of(pages: Iterable[Path]) -> list[str] | None:
    """The steps that page images went through, by the summary beside each file (of a link: beside its target).

    Empty for pages as they came, None where not all went through the same steps.
    """
    summaries = {page.resolve().parent / _SUMMARY.name for page in pages}
    found = [[step["name"] for step in _steps_in(file)] for file in sorted(summaries)] or [[]]
    return None if any(other != found[0] for other in found) else found[0]


def _steps_in(summary: Path) -> list[dict[str, Any]]:
    return _SUMMARY.read(summary.parent)["steps"] if summary.exists() else []


def _settle_steps(out: Path, pages: dict[str, Path], steps: Sequence[str], force: bool) -> None:
    """Make sure that the pages in `out` were made by `steps`."""
    wanted = {
        "kind": "preprocessed pages",
        "schema": SCHEMA,
        "backend": "opencv",
        "steps": [{"name": step, **_PARAMETERS[step]} for step in steps],
    }
    summary = out / _SUMMARY.name
    if force:
        if _says(out, wanted):
            return
        for image_id in pages:
            (out / f"{image_id}.png").unlink(missing_ok=True)
    elif summary.exists():
        found = _SUMMARY.read(out)
        if found != wanted:
            differing = differences(found, wanted)
            raise ParameterError(
                f"{out}: made differently: {differing}; choose another folder, or {{force}} to make it again"
            )
        return
    elif any((out / f"{image_id}.png").exists() for image_id in pages):
        raise ParameterError(
            f"{out}: has pages, but no {_SUMMARY.name} that says how they were made; {{force}} makes them again"
        )
    atomic_json(summary, wanted)


def _says(out: Path, wanted: dict[str, Any]) -> bool:
    try:
        return bool(_SUMMARY.read(out) == wanted)
    except (UserError, OSError):
        return False


def _is_current(source: Path, output: Path) -> bool:
    """By dates, and by the digest of the source where the output has it; copies keep dates, so these are not enough."""
    try:
        if output.stat().st_mtime_ns < source.stat().st_mtime_ns:
            return False
        made_of = png_text(output, _MADE_OF)
        return made_of is None or made_of == file_digest(source)
    except (UserError, OSError):
        return False


def _tell_without_source(source: Path, out: Path, pages: Container[str]) -> None:
    names = sorted(path.name for path in out.glob("*.png") if path.stem not in pages)
    if names:
        left = f"{out}: {len(names):,} pages have no page in {source} any more: {named(names)}"
        say(f"{left}; delete such pages, or the next stages read them")


def _preprocess(source: Path, output: Path, steps: Sequence[str]) -> Fault | None:
    try:
        made_of = file_digest(source)  # before the pixels: if the page changes meanwhile, it is made again
    except OSError as error:
        return Fault(page_name(source), None, f"cannot be read: {error.strerror}")
    image = page_or_fault(source, 3)
    if isinstance(image, Fault):
        return image
    for step in steps:
        image = STEPS[step](image)
    write_png(output, image, {_MADE_OF: made_of})
    return None


@contextmanager
def _one_opencv_thread() -> Iterator[None]:
    """Pages are what runs in parallel; OpenCV's own threads would only crowd the cores."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)
