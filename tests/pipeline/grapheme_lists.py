"""Small rectangles that carry three labels, and lists of them: what runs with several heads are made of."""

from pathlib import Path

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.pack_writer import write_pack

HEADS = {"grapheme_root": 5, "vowel_diacritic": 3, "consonant_diacritic": 2}
SIZE = (20, 30)  # height, width
RECTANGLES = ["--scale-size", "20x30", "--input-size", "18x26"]


def draw_graphemes(folder: Path, heads: dict[str, int] = HEADS, train: int = 120, valid: int = 40) -> list[str]:
    """A pack of gray rectangles in `folder/pack` and two lists; each label is the place of a bar of its own."""
    generator, count = np.random.default_rng(0), train + valid
    targets = np.stack([generator.integers(classes, size=count) for classes in heads.values()], 1)
    images = generator.normal(40, 10, (count, *SIZE, 1))
    for image, labels in zip(images, targets, strict=True):
        for head, (label, classes) in enumerate(zip(labels, heads.values(), strict=True)):
            start = 3 + label * (24 // classes)
            image[3 + 5 * head : 7 + 5 * head, start : start + 4] += 150
    table = pd.DataFrame(targets.astype(str), columns=list(heads))
    with write_pack(folder / "pack", size=SIZE, channels=1, expected_count=count) as writer:
        writer.append(images.clip(0, 255).astype(np.uint8))
        samples = table.assign(image_id=[f"Train_{i}" for i in range(count)], source="train", weight=np.float32(1))
        classes = {name: ClassList.from_labels([*table[name], *map(str, range(n))]) for name, n in heads.items()}
        writer.finish(samples, classes, {"stage": "drawn graphemes"})
    rows = table.assign(pack="pack", row=range(count), weight=1, repeat=1)
    for name, part in (("train", rows[:train]), ("valid", rows[train:])):
        part.to_csv(folder / f"{name}.csv", index=False)
    return [str(folder / "train.csv"), str(folder / "valid.csv")]
