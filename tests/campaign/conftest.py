from pathlib import Path

import cv2
import numpy as np
import pytest
from reader_models import write_classifier, write_detector


@pytest.fixture(scope="session")
def given(tmp_path_factory) -> Path:
    """Inputs of all commands: crops in class folders, pages with labels, a pack, models, boxes."""
    folder = tmp_path_factory.mktemp("given")
    rng = np.random.default_rng(0)
    for part, count in (("train", 24), ("valid", 6)):
        for label, slope in (("か", 0), ("き", 1), ("く", 2)):
            (folder / part / label).mkdir(parents=True)
            for number in range(count):
                image = rng.normal(200, 12, (28, 28)).clip(0, 255).astype(np.uint8)
                cv2.line(image, (4, 4 + 8 * slope), (24, 24 - 8 * slope), 30, 3)
                cv2.imwrite(str(folder / part / label / f"{number}.png"), image)
    (folder / "pages").mkdir()
    lines = ["image_id,labels"]
    for number in range(6):
        page = rng.normal(210, 8, (700, 560, 3)).clip(0, 255).astype(np.uint8)
        boxes = []
        for row in range(6):
            x, y = 60 + 70 * row, 80 + 90 * row
            cv2.circle(page, (x + 20, y + 20), 15, (20, 20, 20), 4)
            boxes.append(f"U+{(0x3042, 0x304B, 0x4E00)[row % 3]:04X} {x} {y} 40 40")
        cv2.imwrite(str(folder / "pages" / f"book_{number:05d}.png"), page)
        lines.append(f"book_{number:05d},{' '.join(boxes)}")
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    write_detector(folder / "detector.model")
    write_classifier(folder / "classifier.model", preprocessed=())
    return folder
