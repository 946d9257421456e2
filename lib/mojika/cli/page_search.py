"""What `mojika detect` does where there is something to search."""

import argparse
import sys
from pathlib import Path
from typing import Any

from mojika.boxes.page_boxes import PageBoxes
from mojika.cli.boxes_output import write_with_faults
from mojika.detection.detect_pages import detect_pages, load_detector
from mojika.detection.search import Search
from mojika.detection.search_journal import SearchJournal
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.runtime.signals import StopRequest
from mojika.training.precision import choose_device, choose_precision


def search_pages(
    args: argparse.Namespace, files: dict[str, Path], search: Search, made_from: dict[str, Any], partial: Path
) -> PageBoxes:
    """Search the pages `files` (by image id) as the flags say, write `args.out`, and return what it holds.

    What is found is kept in `partial` until then. Raises `UserError` on a bad page without `--skip-bad`, and
    `Interrupted` between two pages after a stop signal.
    """
    device = choose_device(args.device)
    loaded = [load_detector(model, device) for model in args.models]
    faults: list[Fault] = []

    def leave_out(fault: Fault) -> None:
        if not args.skip_bad:
            raise UserError(f"{fault}; --skip-bad leaves such pages out")
        faults.append(fault)

    # what is found on a page depends on neither the other pages nor on what is done about those that cannot be read
    each_page = {name: value for name, value in made_from.items() if name not in ("pages", "skip_bad")}
    with StopRequest() as stop, SearchJournal(partial, each_page, files, forget=args.force) as journal:
        if journal:
            print(f"going on: {len(journal):,} of {len(files):,} pages were searched before", file=sys.stderr)
        boxes = detect_pages(
            [detector for detector, _ in loaded],
            files,
            search,
            choose_precision(loaded[0][1]["amp"], device),
            made_from=made_from,
            workers=args.workers,
            before_page=stop.raise_if_requested,
            leave_out=leave_out,
            kept=journal,
        )
        write_with_faults(args.out, boxes, faults)
        journal.remove()
    return boxes
