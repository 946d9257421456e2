"""What detectors of a few seconds are made of: two books of small pages with black squares, and a recipe."""

from pathlib import Path

import cv2
import numpy as np

PAGES, SIDE, CHARACTER = 6, 160, 20
TINY_DETECTOR = [
    "--architecture", "centernet", "--backbone", "test_resnet", "--width", "16", "--from-scratch",
    "--tile-size", "96", "--short-side", "150,170", "--batch-size", "4", "--base-lr", "0.02", "--lr-steps", "1000",
    "--warmup-steps", "5", "--device", "cpu", "--amp", "off", "--workers", "1", "--log-images", "0",
]  # fmt: skip


def draw_books(folder: Path, pages: int = PAGES) -> Path:
    """`train.csv` and `images` of the books 100 and 200, on light paper; the last of the `pages` of either is empty."""
    (folder / "images").mkdir()
    generator = np.random.default_rng(1)
    rows = ["image_id,labels"]
    for book in ("100", "200"):
        for number in range(pages):
            page = np.full((SIDE + 20, SIDE, 3), (180, 210, 230), np.uint8)
            labels = []
            for place in range(9 if number < pages - 1 else 0):
                x, y = (int(v) for v in np.array(divmod(place, 3)) * 50 + generator.integers(5, 25, 2))
                page[y : y + CHARACTER, x : x + CHARACTER] = 20
                labels.append(f"U+3042 {x} {y} {CHARACTER} {CHARACTER}")
            cv2.imwrite(str(folder / "images" / f"{book}_{number}.png"), page)
            rows.append(f"{book}_{number},{' '.join(labels)}")
    (folder / "train.csv").write_text("\n".join(rows) + "\n")
    return folder
