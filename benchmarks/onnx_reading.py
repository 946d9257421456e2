"""Pages a minute of one reader in torch, as ONNX and as ONNX in 8 bits, and what each changes.

    python benchmarks/onnx_reading.py READER --pages DIR [--int8 DIR] [--json FILE]

All engines read the same generated pages in one run and take turns, page by page; the first page, in which memory is
touched for the first time, is read once before. A turn is finding and reading, without decoding, filter and order.
Torch reads in float32, and in the reader's own precision where that is another. The medians of the pages count.
"Same boxes" (F1, IoU of 0.5 or more) and "same readings" compare with torch in float32.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch

from mojika.data.pages import find_pages, read_page
from mojika.files.reader_folder import ReaderFolder
from mojika.reader.engine import Engine
from mojika.reader.onnx_engine import OnnxEngine
from mojika.reader.onnx_folder import folder_made_from, write_onnx_reader
from mojika.reader.onnx_int8 import calibration_pages, same_boxes
from mojika.reader.reader_files import open_reader_files
from mojika.reader.torch_engine import TorchEngine
from mojika.training.precision import choose_precision


def engines(reader: Path, int8: Path | None, folder: Path) -> dict[str, Engine]:
    files, source = open_reader_files(str(reader)), ReaderFolder.open(reader)
    assert files.settings
    paths = [[model.path for model in models] for models in (files.detectors, files.classifiers)]
    own = TorchEngine.load(*paths, files.settings, torch.device("cpu"))
    off = choose_precision("off", torch.device("cpu"))
    plain = replace(own, **{kind: [replace(m, precision=off) for m in getattr(own, kind)] for kind in KINDS})
    made: dict[str, Engine] = {"torch float32": plain}
    names = {model.precision.name for model in (*own.detectors, *own.classifiers)} - {"off"}
    if names:
        made[f"torch {', '.join(sorted(names))}"] = own
    for name, pages in (("onnx float32", ()), ("onnx int8", calibration_pages(int8) if int8 else None)):
        if pages is not None:
            out = folder / name
            write_onnx_reader(out, source, folder_made_from(source, files.settings.at_most), pages)
            onnx = open_reader_files(str(out))
            made[name] = OnnxEngine.load(
                [model.path for model in onnx.detectors], [model.path for model in onnx.classifiers], files.settings
            )
    return made


KINDS = ("detectors", "classifiers")


def measure(made: dict[str, Engine], files: list[Path]) -> list[dict[str, Any]]:
    seconds: dict[str, list[float]] = {name: [] for name in made}
    counts = {name: [0, 0, 0] for name in made}  # boxes of both, same boxes, same readings
    for number, file in enumerate([files[0], *files]):
        page, first = read_page(file, 3), None
        for name, engine in made.items():
            began = time.perf_counter()
            boxes, _ = engine.find(page)
            read = engine.read(page, boxes).argmax(axis=1)
            if number == 0:
                continue
            seconds[name].append(time.perf_counter() - began)
            first = first or (boxes, read)
            one, other = same_boxes(first[0], boxes)
            alike = int((first[1][one] == read[other]).sum())
            for place, count in enumerate((len(first[0]) + len(boxes), len(one), alike)):
                counts[name][place] += count
    return [
        {
            "engine": name,
            "pages_per_minute": 60 / median(seconds[name]),
            "same_boxes": 2 * found / boxes if boxes else 1.0,
            "same_readings": alike / found if found else 1.0,
        }
        for name, (boxes, found, alike) in counts.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reader", type=Path, help="a reader's folder, as `mojika bundle` writes it")
    parser.add_argument("--pages", type=Path, required=True, help="folder of pages")
    parser.add_argument("--at-most", type=int, default=40, help="pages to read (default: 40)")
    parser.add_argument("--int8", type=Path, help="folder of other pages, which calibrate 8 bits")
    parser.add_argument("--json", type=Path, help="file for the numbers")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        made = engines(args.reader, args.int8, Path(folder))
        rows = measure(made, list(find_pages(args.pages).values())[: args.at_most])
    for row in rows:
        print("{engine:<16}{pages_per_minute:8.1f} pages/min  {same_boxes:.4f}  {same_readings:.4f}".format(**row))
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
