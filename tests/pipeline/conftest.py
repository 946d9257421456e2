"""Small labelled images in the header-less `label,path` lists of the 2019 scripts, and train.py in this process."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
SIZE = 28
TINY = [
    "--model", "test_resnet", "--from-scratch", "--grayscale", "--scale-size", str(SIZE), "--input-size", "24",
    "--batch-size", "8", "--val-batch-size", "16", "--warmup-epochs", "1", "--base-lr", "0.05", "--device", "cpu",
    "--random-horizontal-flip", "0", "--amp", "off", "--workers", "1",
]  # fmt: skip


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


@pytest.fixture(scope="module")
def lists(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("characters")
    return [str(draw(folder, "train", 22, 4, 1)), str(draw(folder, "valid", 6, 4, 2))]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def train_main():
    """`train_main(argv) -> exit status`, errors handled as on the command line."""
    from mojika.cli.exit_status import run_entry_point

    spec = importlib.util.spec_from_file_location("train_py", ROOT / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda argv: run_entry_point("train.py", lambda: module.main([str(field) for field in argv]))


@pytest.fixture
def tiny() -> list[str]:
    return list(TINY)
