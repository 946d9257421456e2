"""What owners and libraries left on a leaf: seals, call number labels, stamped numbers, pencil."""

from pathlib import Path

import cv2
import numpy as np

from mojika.samples.wide.printing import print_on
from mojika.samples.wide.scribe import Scribe

_SEAL_TEXT = "図書館蔵印文庫之大學東京帝國家本山田藤原氏書院記松竹梅鶴亀堂軒齋"


def press_seal(image: np.ndarray, scribe: Scribe, rng: np.random.Generator) -> None:
    """A seal, mostly red: some characters in a frame or cut out of a solid, over whatever is there."""
    height, width = image.shape[:2]
    high = int(height * rng.uniform(0.03, 0.14))
    wide = int(high * rng.uniform(0.3, 1.3))
    if high < 12 or wide < 8 or wide >= width or high >= height:
        return
    columns = max(1, round(wide / high * 2)) if rng.random() < 0.7 else 1
    rows = int(rng.integers(2, 4))
    seal = np.zeros((high, wide), np.uint8)
    rim = max(1, high // 25)
    for column in range(columns):
        for row in range(rows):
            character = _SEAL_TEXT[int(rng.integers(len(_SEAL_TEXT)))]
            form = scribe.choose(character, rng)
            if form is None:
                continue
            cell_wide, cell_high = (wide - 4 * rim) / columns, (high - 4 * rim) / rows
            glyph = scribe.draw(form, 0.85 * cell_wide, 0.85 * cell_high, rng)
            glyph = cv2.resize(glyph, (max(1, int(0.85 * cell_wide)), max(1, int(0.85 * cell_high))))
            left, top = int(2 * rim + column * cell_wide), int(2 * rim + row * cell_high)
            seal[top : top + glyph.shape[0], left : left + glyph.shape[1]] = glyph
    shape = rng.choice(["square", "round", "none"], p=[0.7, 0.2, 0.1])
    if shape == "square":
        cv2.rectangle(seal, (rim // 2, rim // 2), (wide - 1 - rim // 2, high - 1 - rim // 2), 255, rim, cv2.LINE_AA)
    if shape == "round":
        cv2.ellipse(seal, (wide // 2, high // 2), (wide // 2 - 1, high // 2 - 1), 0, 0, 360, 255, rim, cv2.LINE_AA)
    if rng.random() < 0.3:
        seal = 255 - seal
    pressed = seal.astype(np.float32) / 255 * np.clip(0.8 + 0.3 * rng.standard_normal((high, wide), np.float32), 0, 1)
    colours = [(0.75, 0.15, 0.12), (0.85, 0.35, 0.25), (0.55, 0.1, 0.15), (0.15, 0.15, 0.2), (0.2, 0.25, 0.5)]
    colour = np.array(colours[int(rng.choice(5, p=[0.45, 0.25, 0.15, 0.1, 0.05]))], np.float32)
    left, top = int(rng.uniform(0, width - wide)), int(rng.uniform(0, height - high))
    area = image[top : top + high, left : left + wide]
    area *= 1 - (rng.uniform(0.5, 1.0) * pressed)[..., None] * (1 - colour)


def stick_label(image: np.ndarray, font: Path, rng: np.random.Generator) -> None:
    """A small printed label with a call number, mostly in a corner."""
    height, width = image.shape[:2]
    wide, high = int(height * rng.uniform(0.05, 0.12)), int(height * rng.uniform(0.04, 0.12))
    left = int(rng.choice([0.04, 0.9 - wide / width]) * width + 0.03 * width * rng.standard_normal())
    top = int(rng.choice([0.03, 0.93 - high / height], p=[0.75, 0.25]) * height)
    left, top = min(max(0, left), width - wide - 1), max(0, top)
    if wide < 14 or high < 14 or left < 0:
        return
    card = np.full((high, wide, 3), rng.uniform(0.75, 1.0), np.float32) * (1, 0.98, rng.uniform(0.8, 1.0))
    colour = rng.choice([(0.8, 0.4, 0.15), (0.7, 0.15, 0.15), (0.15, 0.25, 0.6), (0.1, 0.1, 0.1)])
    rim = max(1, high // 14)
    cv2.rectangle(card, (rim, rim), (wide - 1 - rim, high - 1 - rim), colour.tolist(), rim)
    lines = int(rng.integers(1, 4))
    for line in range(lines):
        text = str(rng.integers(1, 10 ** rng.integers(1, 4)))
        print_on(card, text, 0.2 * wide, (line + 0.25) * high / lines, 0.55 * high / lines, rng.uniform(0, 0.3), font)
        if line:
            cv2.line(card, (rim, line * high // lines), (wide - rim, line * high // lines), colour.tolist(), 1)
    image[top : top + high, left : left + wide] = card


def stamp_number(image: np.ndarray, font: Path, rng: np.random.Generator) -> None:
    """An accession number stamped or pencilled on the margin."""
    height, width = image.shape[:2]
    text = str(rng.integers(100, 1000000))
    size = height * rng.uniform(0.01, 0.025)
    x, y = rng.uniform(0.05, 0.7) * width, rng.choice([rng.uniform(0.02, 0.1), rng.uniform(0.93, 0.99)]) * height
    print_on(image, text, x, y, 1.5 * size, rng.uniform(0.2, 0.6), font)
