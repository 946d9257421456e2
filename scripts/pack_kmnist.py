"""Packs the real hiragana of a KMNIST file, dark ink on white, with the classes and the size of another pack.

Hiragana that are none of its classes are left out.

    python scripts/pack_kmnist.py hiragana28.npz PACK OUT

Nothing is done where OUT is made of the same already.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from mojika.data.class_list import ClassList
from mojika.data.code_points import label_of
from mojika.data.crops import resize
from mojika.data.pack import PACK, Pack
from mojika.data.pack_writer import write_pack
from mojika.files.fingerprints import digest


def main(source: Path, like: Path, out: Path) -> None:
    stored, other = np.load(source, allow_pickle=False), Pack.open(like)
    classes = other.classes["label"].labels
    images = digest(stored["images"].tolist())
    made_from = {"stage": "pack_kmnist", "images": images, "size": list(other.size), "classes": digest(classes)}
    if PACK.is_made_from(out, made_from):
        return
    named = [label_of(str(stored["chars"][y])) for y in stored["y"]]
    kept = [number for number, label in enumerate(named) if label in classes]
    labels = [named[number] for number in kept]
    crops = np.stack([resize(Image.fromarray(255 - stored["images"][number]), other.size) for number in kept])
    groups = [f"kmnist{number // 1000}" for number in range(len(labels))]
    samples = pd.DataFrame({"label": pd.array(labels, dtype="str"), "image_id": groups})
    samples[["x1", "y1", "x2", "y2"]] = np.float32(0)
    samples = samples.assign(group=groups, source="train", weight=np.float32(1))
    with write_pack(out, size=other.size, channels=1, expected_count=len(labels)) as writer:
        writer.append(crops[..., None])
        counts = ClassList(classes, tuple(map(labels.count, classes)))
        writer.finish(samples, {"label": counts}, made_from, {"crops": len(labels)})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
