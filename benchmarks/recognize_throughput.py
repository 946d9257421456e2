"""Pages a minute of `mojika recognize`: torch and ONNX, in one process and in two that share the cores.

Every round reads the same generated pages by each setting in turn, each process its own part (`--shard`). Loading the
models does not count: rates are what the command itself says at its last page, summed over the processes. Prints
medians over the rounds and their ratios to the first setting, and writes them as JSON.

    python benchmarks/recognize_throughput.py --models torch=models/demo/reader onnx=models/demo/reader_onnx
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from mojika.files.atomic import atomic_json

ROOT = Path(__file__).parents[1]
RATE = re.compile(r"([\d.]+) pages/min")


def main() -> None:
    args = parse_arguments()
    rates: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        pages = args.pages or draw_pages(Path(folder) / "sample", args.count)
        for number in range(args.rounds):
            for runtime, models in args.models:
                for processes in args.processes:
                    out = Path(folder) / f"{runtime}_{processes}_{number}"
                    rates.setdefault((runtime, processes), []).append(reading_rate(pages, models, processes, out))
    first = statistics.median(next(iter(rates.values())))
    rows = [
        {"runtime": runtime, "processes": processes, "pages_per_min": statistics.median(values)}
        for (runtime, processes), values in rates.items()
    ]
    print(f"{'runtime':<10} {'processes':>9} {'pages/min':>10} {'ratio':>6}")
    for row in rows:
        row["ratio"] = row["pages_per_min"] / first
        print("{runtime:<10} {processes:>9} {pages_per_min:>10.1f} {ratio:>6.2f}".format(**row))
    atomic_json(args.out, {"cores": os.cpu_count(), "pages": args.count, "rounds": args.rounds, "rates": rows})


def draw_pages(folder: Path, count: int) -> Path:
    sample = ["sample", "kuzushiji", str(folder), "--books", "2", "--pages-per-book", "1", "--test-books", "2"]
    run(sample + ["--test-pages", str(count), "--classes", "250", "--seed", "1"])
    return folder / "test_images"


def reading_rate(pages: Path, models: str, processes: int, out: Path) -> float:
    """Pages a minute of all processes together, the machine's cores divided among them."""
    threads = str(max(1, (os.cpu_count() or 1) // processes))
    given = [str(pages), "--models", models, "--device", "cpu", "--formats", "text"]
    running = [
        start(["recognize", *given, "--shard", f"{part}/{processes}", "--out", str(out / str(part))], threads)
        for part in range(1, processes + 1)
    ]
    told = [process.communicate()[1] for process in running]
    if any(process.returncode for process in running):
        sys.exit("\n".join(told))
    return sum(float(RATE.findall(each)[-1]) for each in told)


def run(arguments: list[str]) -> None:
    process = start(arguments, "")
    _, told = process.communicate()
    if process.returncode:
        sys.exit(told)


def start(arguments: list[str], threads: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", "import sys; from mojika.cli.main import main; sys.exit(main())", *arguments]
    environment = {**os.environ, **({"OMP_NUM_THREADS": threads} if threads else {})}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--models", nargs="+", type=named, required=True, metavar="RUNTIME=MODELS", help="readers of the same models"
    )
    parser.add_argument("--pages", type=Path, help="folder of pages (default: some are generated)")
    parser.add_argument("--count", type=int, default=40, help="pages to generate (default: 40)")
    parser.add_argument("--processes", nargs="+", type=int, default=[1, 2], help="numbers of processes (default: 1 2)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all settings (default: 3)")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "recognize_throughput.json")
    return parser.parse_args()


def named(text: str) -> tuple[str, str]:
    name, _, models = text.partition("=")
    return name, models


if __name__ == "__main__":
    main()
