"""What runs of a few seconds are made of: small drawn images in header-less `label,path` lists, and a recipe."""

from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
SIZE = 28
TINY = [
    "--model", "test_resnet", "--from-scratch", "--grayscale", "--scale-size", str(SIZE), "--input-size", "24",
    "--batch-size", "8", "--val-batch-size", "16", "--warmup-epochs", "1", "--base-lr", "0.05", "--device", "cpu",
    "--random-horizontal-flip", "0", "--amp", "off", "--workers", "1", "--log-images", "0",
]  # fmt: skip
RECIPE = [
    "--l2softmax", "--icap", "--icap-beta", "1", "--icap-prob", "0.5", "--random-erasing", "--undersampling", "20",
]  # fmt: skip


def command(lists: list, tiny: list[str], folder: Path, *flags: object) -> list:
    """The command line of three epochs of the recipe, as the run `run` in `folder`."""
    return [*lists, *tiny, *RECIPE, "--model-dir", folder, "--prefix", "run", "--epochs", "3", *flags]


def draw(folder: Path, name: str, per_class: int, classes: int, seed: int) -> Path:
    """Class k is a bar at angle k · 180° / classes, shifted and noisy; returns the list's path."""
    generator = np.random.default_rng(seed)
    (folder / name).mkdir()
    lines = []
    for label in range(classes):
        for number in range(per_class):
            image = generator.normal(200, 12, (SIZE, SIZE)).clip(0, 255).astype(np.uint8)
            centre, angle = generator.uniform(11, 17, 2), np.pi * label / classes
            reach = 10 * np.array([np.cos(angle), np.sin(angle)])
            start, end = (tuple(int(v) for v in centre + sign * reach) for sign in (-1, 1))
            cv2.line(image, start, end, 30, 3)
            path = folder / name / f"{label}_{number}.png"
            cv2.imwrite(str(path), image)
            lines.append(f"{label},{path}")
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder / f"{name}.csv"
