"""Joins the stroke paths of KanjiVG (a folder of SVG files, one a character) in one file.

    python scripts/join_strokes.py OUT.npz FOLDER

Writes `points (P, 2) float16`, in em; `ends (S,) int32`, where each stroke's points end; `counts (C,) int32`, the
strokes of each character; and `characters`, their text. Each path is sampled about every 0.02 em, in writing order.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path

_EM = 109.0
_SPACING = 0.02
_T = np.linspace(0, 1, 25)[1:, None]
_BERNSTEIN = np.concatenate([(1 - _T) ** 3, 3 * _T * (1 - _T) ** 2, 3 * _T**2 * (1 - _T), _T**3], 1)


def path_points(text: str) -> np.ndarray:
    """Points `(P, 2)` along a path of SVG, in its own units."""
    pen = RecordingPen()
    parse_path(text, pen)
    points = []
    for command, places in pen.value:
        if command == "moveTo":
            points.append(np.array(places, float))
        elif command in ("curveTo", "lineTo"):
            ends = np.array(places, float)
            controls = ends if command == "curveTo" else ends.repeat(3, 0)
            points.append(_BERNSTEIN @ np.concatenate([points[-1][-1:], controls]))
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
