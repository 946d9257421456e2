"""A search of a folder's pages that writes its boxes and resumes after an interruption."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mojika.boxes.boxed_pages import refuse_named
from mojika.boxes.page_boxes import PageBoxes, write_with_faults
from mojika.detection.detect_pages import Search, detect_pages
from mojika.detection.detector_file import load_detector
from mojika.detection.search_journal import SearchJournal, journal_file
from mojika.files.faults import FaultLog
from mojika.runtime.lines import say
from mojika.runtime.signals import StopRequest


def search_pages(
    models: Sequence[Path],
    files: Mapping[str, Path],
    search: Search,
    out: Path,
    made_from: dict[str, Any],
    *,
    device: torch.device,
    workers: int,
    skip_bad: bool = False,
    start_over: bool = False,
) -> PageBoxes:
    """Search the pages `files` (by image id), write the boxes to `out`, and return them.

    Until then what is found is kept beside `out`; `start_over` forgets it. Raises `UserError` on a bad page without
    `skip_bad`, and `Interrupted` between two pages after a stop signal.
    """
    detectors = [load_detector(path, device) for path in models]
    log = FaultLog(skip_bad, lambda faults: refuse_named(faults, "pages"))
    # what is found on a page depends on neither the other pages nor on what is done about those that cannot be read
    each_page = {name: value for name, value in made_from.items() if name not in ("pages", "skip_bad")}
    with StopRequest() as stop, SearchJournal(journal_file(out), each_page, files, forget=start_over) as journal:
        if journal:
            say(f"resuming: {len(journal):,} of {len(files):,} pages searched before")
        boxes = detect_pages(
            [(detector.network, detector.precision) for detector in detectors],
            files,
            search,
            made_from=made_from,
            workers=workers,
            before_page=stop.raise_if_requested,
            leave_out=log.add,
            kept=journal,
        )
        write_with_faults(out, boxes, log.faults)
        journal.remove()
    return boxes
