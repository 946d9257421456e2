"""Input pipeline: Mojika's batches against the usual PIL + DataLoader pipeline with the same transforms.

    python benchmarks/input_pipeline.py [--cores 1] [--rounds 7] [--seconds 1]

Both sides read the same uint8 images from memory and deliver normalised float batches; they take turns in one process
that is confined to `--cores` cores (1: no worker on either side; n: n worker processes there, n threads here). Prints a
table and writes it with a JSON file to benchmarks/results/. benchmarks/README.md says how to read it.
"""

import argparse
import json
import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import PIL
import torch
import torchvision
from pil_pipeline import pil_batches
from torch import Tensor

from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.mixing.icap import Icap
from mojika.augmentation.mixing.mixup import MixUp
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import Parameters, draw_parameters
from mojika.augmentation.tensor_backend import augment_tensor

RESULTS = Path(__file__).parent / "results"
PACK_IMAGES = 4096
MIXERS_AS_TRAINED = {"mixup": MixUp(alpha=0.2), "icap": Icap(beta=1.0)}
ERASING = {"p": 0.5, "sl": 0.02, "sh": 0.4, "r1": 0.3, "r2": 1 / 0.3}


@dataclass(frozen=True)
class Case:
    """A reference training script's input."""

    name: str
    batch_size: int
    mixing: str
    recipe: ImageAugmentation

    @property
    def source_bytes(self) -> int:
        return self.recipe.scale_size**2 * self.recipe.channels

    @property
    def batch_bytes(self) -> int:
        return self.recipe.input_size**2 * self.recipe.channels * 4


def _recipe(input_size: int, scale_size: int, channels: int, **steps: float) -> ImageAugmentation:
    return ImageAugmentation(
        input_size=input_size,
        scale_size=scale_size,
        crop_scale=(0.85, 0.9),
        crop_ratio=(0.875, 1.143),
        mean=(0.589,) * channels,
        std=(0.364,) * channels,
        **steps,
    )


_GRAY = {"rotate_degree": 3, "brightness": 0.1, "contrast": 0.1, "saturation": 0.1, "hue": 0.05}
_RGB = {"rotate_degree": 5, "brightness": 0.25, "contrast": 0.25, "saturation": 0.25, "hue": 0.125}
CASES = (
    Case("02: 124 → 112 gray", 512, "mixup", _recipe(112, 124, 1, **_GRAY)),
    Case("04: 124 → 112 RGB", 256, "icap", _recipe(112, 124, 3, **_RGB, pca_noise=0.125, grayscale_prob=0.2)),
    Case("01: 210 → 190 gray", 128, "mixup", _recipe(190, 210, 1, **_GRAY)),
)


# ---------------------------------------------------------------- the two sides


def usual_batches(case: Case, images: np.ndarray, mixed: bool, cores: int) -> Iterator[Tensor]:
    workers = 0 if cores == 1 else cores
    return pil_batches(images, case.recipe, case.batch_size, case.mixing if mixed else "", ERASING, workers)


def our_mixing(case: Case, images: Tensor, generator: torch.Generator) -> Tensor:
    targets = torch.zeros(len(images), 1, dtype=torch.int64, device=images.device)
    images = MIXERS_AS_TRAINED[case.mixing](images, targets, generator).images
    return RandomErasing(**ERASING, mean=case.recipe.mean, std=case.recipe.std)(images, generator)


def our_batches(case: Case, images: np.ndarray, mixed: bool, cores: int) -> Iterator[Tensor]:
    """On a CPU."""
    pool = ThreadPoolExecutor(cores) if cores > 1 else None
    for rows, parameters, generator in _drawn(case, len(images)):
        batch = augment_opencv(images, rows.numpy(), parameters, case.recipe, pool=pool)
        yield our_mixing(case, batch, generator) if mixed else batch


def our_gpu_batches(case: Case, images: np.ndarray, mixed: bool, cores: int) -> Iterator[Tensor]:
    """On a GPU that holds the images (`--residency device`)."""
    resident = torch.from_numpy(images).cuda()
    for rows, parameters, generator in _drawn(case, len(images)):
        batch = augment_tensor(resident[rows.cuda(non_blocking=True)], parameters, case.recipe)
        yield our_mixing(case, batch, generator) if mixed else batch


def _drawn(case: Case, images: int) -> Iterator[tuple[Tensor, Parameters, torch.Generator]]:
    generator = torch.Generator().manual_seed(0)
    size, channels = case.recipe.scale_size, case.recipe.channels
    while True:
        for rows in torch.randperm(images, generator=generator).split(case.batch_size):  # they divide PACK_IMAGES
            yield rows, draw_parameters(case.recipe, len(rows), size, channels, generator), generator


# ---------------------------------------------------------------- measuring


def images_per_second(batches: Iterator[Tensor], seconds: float, clock: Callable[[], float]) -> float:
    """Delivered in about `seconds`; the first batch, which starts workers and caches, is not counted."""
    next(batches)
    _wait_for_device()
    count, start = 0, clock()
    while clock() - start < seconds:
        for _ in range(2):  # two batches between looks at the clock: on a GPU the second hides the first's launch
            count += len(next(batches))
        _wait_for_device()
    elapsed = clock() - start
    batches.close()
    return count / elapsed


def measure(case: Case, mixed: bool, arguments: argparse.Namespace) -> dict:
    """Rounds in which the two sides take turns."""
    images = sample_images(case.recipe.scale_size, case.recipe.channels)
    sides = {"pil": usual_batches, "ours": our_batches}
    if torch.cuda.is_available():
        sides["ours_gpu"] = our_gpu_batches
    rates = {side: [] for side in sides}
    for _ in range(arguments.rounds):
        for side, batches in sides.items():
            # one thread's CPU time is what an idle core would need, also where other programs share the core
            alone = arguments.cores == 1 and side != "ours_gpu"
            clock = time.process_time if alone else time.perf_counter
            rate = images_per_second(batches(case, images, mixed, arguments.cores), arguments.seconds, clock)
            rates[side].append(rate)
    row = {"case": case.name, "mixing_and_erasing": case.mixing if mixed else "", "batch_size": case.batch_size}
    for side in sides:
        rate = statistics.median(rates[side])
        row[f"{side}_images_per_s"] = round(rate, 1)
        row[f"{side}_read_mb_per_s"] = round(rate * case.source_bytes / 1e6, 1)
        row[f"{side}_written_mb_per_s"] = round(rate * case.batch_bytes / 1e6, 1)
        row[f"{side}_rounds"] = [round(value, 1) for value in rates[side]]
        if side != "pil":
            ratios = [ours / pil for ours, pil in zip(rates[side], rates["pil"], strict=True)]
            row[f"{side}_ratio"] = round(statistics.median(ratios), 2)
            row[f"{side}_ratio_range"] = [round(min(ratios), 2), round(max(ratios), 2)]
    return row


def sample_images(size: int, channels: int) -> np.ndarray:
    """`(PACK_IMAGES, size, size, channels) uint8`: dark strokes on coloured paper; the same on every machine."""
    rng = np.random.default_rng(0)
    images = np.empty((PACK_IMAGES, size, size, channels), np.uint8)
    for image in images:
        image[:] = rng.integers(150, 240, channels)
        strokes = rng.integers(0, size, (3, 5, 2), dtype=np.int32)
        cv2.polylines(image, list(strokes), False, rng.integers(0, 90, channels).tolist(), size // 12, cv2.LINE_AA)
        cv2.add(image, rng.integers(0, 12, image.shape, dtype=np.uint8), image)
    return images


def machine_facts() -> dict:
    names = re.findall(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    facts = {"cpu": names[0] if names else platform.machine(), "cpu_count": os.cpu_count()}
    facts["load_before"] = round(os.getloadavg()[0], 2)
    if torch.cuda.is_available():
        facts["gpu"] = torch.cuda.get_device_name()
    versions = {module.__name__: module.__version__ for module in (torch, torchvision, cv2, np, PIL)}
    return facts | {"python": platform.python_version()} | versions


def table(rows: list[dict]) -> str:
    lines = [f"{'case':<20} {'mixing, erasing':<16} {'PIL im/s':>9} {'ours im/s':>10} {'MB/s out':>9} {'ratio':>18}"]
    for row in rows:
        low, high = row["ours_ratio_range"]
        lines.append(
            f"{row['case']:<20} {row['mixing_and_erasing'] or '–':<16} {row['pil_images_per_s']:>9,.0f} "
            f"{row['ours_images_per_s']:>10,.0f} {row['ours_written_mb_per_s']:>9,.0f} "
            f"{row['ours_ratio']:>7.1f} ({low:.1f}–{high:.1f})"
            + (f"   GPU {row['ours_gpu_images_per_s']:,.0f} im/s" if "ours_gpu_ratio" in row else "")
        )
    return "\n".join(lines)


def _wait_for_device() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=1, help="cores for each side (default: 1)")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side (default: 7)")
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a turn, at least (default: 1)")
    parser.add_argument("--output", type=Path, help="JSON file (default: results/input_pipeline_<cores>core.json)")
    arguments = parser.parse_args()

    facts = machine_facts()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.cores])
    torch.set_num_threads(arguments.cores)
    cv2.setNumThreads(1)
    rows = [measure(case, mixed, arguments) for case in CASES for mixed in (False, True)]
    report = table(rows)
    print(report)
    output = arguments.output or RESULTS / f"input_pipeline_{arguments.cores}core.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    settings = {"cores": arguments.cores, "rounds": arguments.rounds, "seconds": arguments.seconds}
    output.write_text(json.dumps({"machine": facts, "settings": settings, "rows": rows}, indent=1) + "\n")
    output.with_suffix(".txt").write_text(report + "\n")
    print(f"written to {output} and .txt")


if __name__ == "__main__":
    main()
