"""Joins the stroke paths of KanjiVG (a folder of SVG files, one a character) in one file.

    python scripts/join_strokes.py OUT.npz FOLDER

Writes `points (P, 2) float16`, in em; `ends (S,) int32`, where each stroke's points end; `counts (C,) int32`, the
strokes of each character; and `characters`, their text. Each path is sampled about every 0.02 em, in writing order.
"""

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

_EM = 109.0
_TOKENS = re.compile(r"[MmCcSs]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?")
_SPACING = 0.02
_FINE = np.linspace(0, 1, 25)[1:, None]


def path_points(text: str) -> np.ndarray:
    """Points `(P, 2)` along a path of SVG's M, C and S commands, absolute and relative ones, in its own units."""
    tokens = _TOKENS.findall(text)
    points, position, control, command, at = [], np.zeros(2), np.zeros(2), "", 0
    while at < len(tokens):
        if tokens[at].isalpha():
            command, at = tokens[at], at + 1
        count = {"M": 2, "C": 6, "S": 4}[command.upper()]
        numbers = np.array(tokens[at : at + count], float).reshape(-1, 2)
        at += count
        if command.islower():
            numbers += position
        if command.upper() == "M":
            position = control = numbers[0]
            points.append(position[None])
            continue
        first = numbers[0] if command.upper() == "C" else 2 * position - control
        second, end = numbers[-2], numbers[-1]
        t = _FINE
        points.append((1 - t) ** 3 * position + 3 * t * (1 - t) ** 2 * first + 3 * t**2 * (1 - t) * second + t**3 * end)
        position, control = end, second
    return np.concatenate(points)


def evenly(points: np.ndarray) -> np.ndarray:
    """The same path as points about `_SPACING` apart, both ends kept."""
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0], np.cumsum(steps)])
    places = np.linspace(0, along[-1], max(2, round(along[-1] / _SPACING) + 1))
    return np.stack([np.interp(places, along, axis) for axis in points.T], 1)


def main(out: Path, folder: Path) -> None:
    characters, counts, ends, points = [], [], [], []
    total = 0
    for file in sorted(folder.glob("*.svg")):
        if "-" in file.stem:  # another way to write the character
            continue
        paths = [path.get("d", "") for path in ET.parse(file).iter("{http://www.w3.org/2000/svg}path")]
        strokes = [evenly(path_points(path) / _EM) for path in paths if path]
        characters.append(chr(int(file.stem, 16)))
        counts.append(len(strokes))
        for stroke in strokes:
            total += len(stroke)
            ends.append(total)
            points.append(stroke)
    np.savez_compressed(
        out,
        characters=np.array("".join(characters)),
        counts=np.array(counts, np.int32),
        ends=np.array(ends, np.int32),
        points=np.concatenate(points).astype(np.float16),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
