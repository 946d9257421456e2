"""Training speed on an idle and on a busy CPU, by how OpenMP's threads wait and how many threads augment.

Trains a small network with `mojika train` on drawn images, once per setting and round, the settings in turns; on a busy
machine two endless loops run beside it. Prints medians over the rounds and writes them as JSON.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from mojika.files.atomic import atomic_json

ROOT = Path(__file__).parents[1]
LOADS = {
    "idle": None,
    "two loops": "while True: pass",
    "two torch programs": "import torch; a = torch.randn(256, 256)\nwhile True: a @ a",
}


def main() -> None:
    args = parse_arguments()
    rates: dict[tuple[str, str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        lists = draw_lists(Path(folder))
        for _ in range(args.rounds):
            for load, program in LOADS.items():
                with running(program):
                    for policy in args.policies:
                        for workers in args.workers:
                            rate = training_rate(lists, Path(folder) / "run", policy, workers, args.steps)
                            rates.setdefault((load, policy, workers), []).append(rate)
    rows = [
        {"load": load, "policy": policy, "workers": workers, "images_per_s": statistics.median(values)}
        for (load, policy, workers), values in rates.items()
    ]
    print(f"{'beside it':<20} {'OMP_WAIT_POLICY':<16} {'workers':>7} {'images/s':>9}")
    for row in rows:
        print("{load:<20} {policy:<16} {workers:>7} {images_per_s:>9,.0f}".format(**row))
    atomic_json(args.out, {"cores": os.cpu_count(), "rounds": args.rounds, "amp": "off", "rates": rows})


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all settings (default: 3)")
    parser.add_argument("--steps", type=int, default=60, help="training steps per run (default: 60)")
    parser.add_argument("--policies", nargs="+", default=["active", "passive"], help="values of OMP_WAIT_POLICY")
    parser.add_argument("--workers", nargs="+", type=int, default=[os.cpu_count() or 1], help="augmentation threads")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "busy_machine.json")
    return parser.parse_args()


def draw_lists(folder: Path, size: int = 54, classes: int = 20, images: int = 2000) -> list[str]:
    """A list of noisy bars for training, and a short one for validation."""
    generator = np.random.default_rng(0)
    lines = []
    for number in range(images):
        image = generator.normal(200, 12, (size, size)).clip(0, 255).astype(np.uint8)
        reach = size / 3 * np.exp(1j * np.pi * (number % classes) / classes)
        start, end = (tuple(int(size / 2 + sign * v) for v in (reach.real, reach.imag)) for sign in (-1, 1))
        cv2.line(image, start, end, 30, 3)
        cv2.imwrite(str(folder / f"{number}.png"), image)
        lines.append(f"{number % classes},{folder / f'{number}.png'}")
    for name, part in (("train", lines), ("valid", lines[: 4 * classes])):
        (folder / f"{name}.csv").write_text("\n".join(part) + "\n")
    return [str(folder / f"{name}.csv") for name in ("train", "valid")]


@contextmanager
def running(program: str | None) -> Iterator[None]:
    """Two processes of the program, as long as the block lasts."""
    loads = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(2)] if program else []
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def training_rate(lists: list[str], run: Path, policy: str, workers: int, steps: int) -> float:
    """Median images/s of the log lines, the first of which (warm-up) does not count."""
    command = [
        sys.executable, str(ROOT / "train.py"), *lists, "--model-dir", str(run.parent), "--prefix", run.name, "--fresh",
        "--model", "test_resnet", "--from-scratch", "--grayscale", "--scale-size", "54", "--input-size", "48",
        "--batch-size", "128", "--steps", str(steps), "--drop-last", "--disp-batches", "5", "--amp", "off",
        "--device", "cpu", "--workers", str(workers), "--random-erasing",
    ]  # fmt: skip
    environment = os.environ | {"OMP_WAIT_POLICY": policy, "MOJIKA_CACHE": str(run.parent / "cache")}
    log = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    rates = [float(text.replace(",", "")) for text in re.findall(r"([\d,.]+) images/s", log)]
    return statistics.median(rates[1:])


if __name__ == "__main__":
    main()
