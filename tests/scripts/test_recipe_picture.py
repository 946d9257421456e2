"""scripts/recipe_picture.py: the first crops of an image dump, small enough for the documentation."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "scripts" / "recipe_picture.py"


def test_two_rows_of_eight_crops_remain_in_few_colours(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (400, 800, 3), dtype=np.uint8)
    pixels[:134, :530] = (200, 30, 30)  # what is to remain: eight columns and two rows of 64 pixels, gaps of 2
    Image.fromarray(pixels).save(tmp_path / "samples.png")
    subprocess.run([sys.executable, SCRIPT, tmp_path / "samples.png", tmp_path / "picture.png"], check=True)
    picture = Image.open(tmp_path / "picture.png")
    assert picture.size == (530, 134) and len(picture.getcolors()) == 1
    assert picture.convert("RGB").getpixel((529, 133)) == (200, 30, 30)
