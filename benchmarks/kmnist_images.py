"""The real hiragana of a KMNIST file as class folders of PNGs, dark ink on white, for `mojika split --folds`.

python benchmarks/kmnist_images.py ../shared/data/kmnist/hiragana28.npz OUT
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image


def main(source: Path, out: Path) -> None:
    stored = np.load(source, allow_pickle=False)
    for number, (image, y) in enumerate(zip(stored["images"], stored["y"], strict=True)):
        folder = out / str(stored["chars"][y])
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image).save(folder / f"{number:05d}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
