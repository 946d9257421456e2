"""The strokes of characters in writing order, as scripts/get_strokes.sh joins them from KanjiVG (CC BY-SA 3.0)."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mojika.errors import UserError
from mojika.files.fingerprints import file_digest


@dataclass(frozen=True)
class StrokeFile:
    """Paths of the pen's tip by character. Coordinates are in em, x to the right and y down."""

    path: Path

    @cached_property
    def digest(self) -> str:
        return file_digest(self.path)

    def __contains__(self, character: object) -> bool:
        return character in self._first_stroke

    def strokes(self, character: str) -> list[np.ndarray]:
        """Each stroke's points `(P, 2) float32`, about 0.02 em apart."""
        first = self._first_stroke[character]
        ends, points = self._arrays["ends"], self._arrays["points"]
        last = first + self._count[character]
        starts = [0 if stroke == 0 else ends[stroke - 1] for stroke in range(first, last)]
        return [points[start:end].astype(np.float32) for start, end in zip(starts, ends[first:last], strict=True)]

    @cached_property
    def _arrays(self) -> dict[str, np.ndarray]:
        try:
            with np.load(self.path, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in ("characters", "counts", "ends", "points")}
                _check(**arrays)
                return arrays
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"{self.path}: expected strokes as scripts/get_strokes.sh makes them ({error})") from error

    @cached_property
    def _count(self) -> dict[str, int]:
        return dict(zip(str(self._arrays["characters"]), self._arrays["counts"].tolist(), strict=True))

    @cached_property
    def _first_stroke(self) -> dict[str, int]:
        counts = self._arrays["counts"]
        return dict(zip(str(self._arrays["characters"]), (np.cumsum(counts) - counts).tolist(), strict=True))


def _check(characters: np.ndarray, counts: np.ndarray, ends: np.ndarray, points: np.ndarray) -> None:
    """Raises `ValueError` or `TypeError` where not every character has its strokes, or every stroke its points."""
    lengths = np.diff(ends.astype(np.int64), prepend=0, append=len(points))
    fit = len(str(characters)) == len(counts) and int(counts.sum()) == len(ends) and points.shape[1:] == (2,)
    if not fit or (counts < 0).any() or (lengths < 0).any():
        raise ValueError("its parts do not fit each other")
