"""Writing pages that were read: CPU milliseconds and kilobytes a page of each format, and the peak memory of all.

    python benchmarks/page_formats.py [--pages 20] [--characters 300]

Pages are noise with columns of characters, five readings each; their images are given in memory. Prints a table and
writes it with a JSON file to benchmarks/results/.
"""

import argparse
import os
import platform
import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from mojika.data.code_points import label_of
from mojika.files.atomic import atomic_json, atomic_text
from mojika.formats.format import PageOnImage
from mojika.formats.registry import FORMATS, write_all, write_page
from mojika.reading.page import Block, Candidate, Character, Column, Page

RESULTS = Path(__file__).parent / "results"
WIDTH, HEIGHT, PITCH, COLUMNS = 2400, 3800, 110, 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--characters", type=int, default=300, help="of a page")
    args = parser.parse_args()
    generator = np.random.default_rng(0)
    paper = generator.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
    pages = [PageOnImage(page(n, args.characters, generator), lambda: paper) for n in range(args.pages)]
    with tempfile.TemporaryDirectory() as folder:
        rows = {name: measured(name, pages, Path(folder)) for name in FORMATS}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    lines = [f"{name:18}{row['milliseconds']:10.1f} ms{row['kilobytes']:10.1f} kB" for name, row in rows.items()]
    table = "\n".join([*lines, f"peak memory {memory:,.0f} MiB, {args.pages} pages, {args.characters} characters each"])
    print(table)
    machine = {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    RESULTS.mkdir(exist_ok=True)
    atomic_text(RESULTS / "page_formats.txt", table + "\n")
    atomic_json(RESULTS / "page_formats.json", vars(args) | {"formats": rows, "peak_mib": memory, "machine": machine})


def page(number: int, characters: int, generator: np.random.Generator) -> Page:
    """Columns of equal length from the upper right corner on."""
    rows = -(-characters // COLUMNS)
    columns = [
        Column(tuple(character(column, row, generator) for row in range(min(rows, characters - column * rows))))
        for column in range(COLUMNS)
    ]
    blocks = (Block(tuple(column for column in columns if column.characters)),)
    return Page(f"book/{number:04}", f"book/{number:04}.jpg", WIDTH, HEIGHT, blocks, 0.9)


def character(column: int, row: int, generator: np.random.Generator) -> Character:
    x, y = WIDTH - 200 - column * 150 + generator.uniform(0, 8), 150 + row * PITCH + generator.uniform(0, 8)
    width, height = generator.uniform(60, 100, 2)
    chars = [chr(0x4E00 + int(number)) for number in generator.zipf(1.3, 20) if number < 4000][:5] or ["一"]
    readings = tuple(Candidate(label_of(char), char, 0.6 / (n + 1)) for n, char in enumerate(dict.fromkeys(chars)))
    return Character((x, y, x + width, y + height), 0.9, readings)


def measured(name: str, pages: list[PageOnImage], folder: Path) -> dict[str, float]:
    """Of a page, after a first one that is not counted."""
    write_page(pages[0], folder, [name])
    write_all(pages[:1], folder, [name])
    start = time.process_time()
    files = [file for each in pages for file in write_page(each, folder, [name])] + write_all(pages, folder, [name])
    seconds = time.process_time() - start
    size = sum(file.stat().st_size for file in files)
    return {"milliseconds": 1000 * seconds / len(pages), "kilobytes": size / 1000 / len(pages)}


if __name__ == "__main__":
    main()
