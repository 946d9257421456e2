"""What a run reports: lines on the terminal and in `train.log`, curves on a board, rows in `metrics.csv`."""

import csv
import io
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from mojika.files.atomic import atomic_text
from mojika.training.boards import Board, TensorBoard


class Reporter:
    """Writes into one run folder, and to `board` (by default TensorBoard's files there); `close` flushes.

    On a terminal the step line is rewritten in place.
    """

    def __init__(self, folder: Path, log_folder: Path | None = None, *, board: Board | None = None):
        self.folder = folder
        self.log_folder = log_folder or folder
        self.log_folder.mkdir(parents=True, exist_ok=True)
        self._log = open(self.log_folder / "train.log", "a", encoding="utf-8", buffering=1)  # noqa: SIM115 (closed by `close`)
        self._board = board or TensorBoard(self.log_folder / "tensorboard", {}, 0)
        self._on_terminal = sys.stdout.isatty()
        self._transient = False

    def line(self, text: str) -> None:
        """One line that stays."""
        self._end_transient()
        print(text, flush=True)
        self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")

    def step_line(self, text: str) -> None:
        """A progress line: replaced by the next one on a terminal, kept everywhere else."""
        if not self._on_terminal:
            return self.line(text)
        print(f"\r\x1b[2K{text}", end="", flush=True)
        self._transient = True
        self._log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {text}\n")
        return None

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        self._board.curves(step, values)

    def pictures(self, step: int, images: Mapping[str, np.ndarray]) -> None:
        """`(H, W, 3) uint8` by name."""
        self._board.pictures(step, images)

    def table(self, history: Sequence[Mapping[str, float]]) -> None:
        """Rewrite `metrics.csv` from the run's whole history, so that a resumed run has no row twice."""
        text = io.StringIO()
        columns = dict.fromkeys(name for row in history for name in row)
        writer = csv.DictWriter(text, fieldnames=list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _short(value) for name, value in row.items()} for row in history)
        atomic_text(self.folder / "metrics.csv", text.getvalue())
        self._board.flush()

    def close(self) -> None:
        self._end_transient()
        self._board.close()
        self._log.close()

    def _end_transient(self) -> None:
        if self._transient:
            print()
            self._transient = False


class SilentReporter(Reporter):
    """For all processes but the main one."""

    def __init__(self) -> None:
        pass

    def line(self, text: str) -> None:
        pass

    step_line = line

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        pass

    def table(self, history: Sequence[Mapping[str, float]]) -> None:
        pass

    def close(self) -> None:
        pass


def _short(value: float) -> float | str:
    """Eight digits of a float; whole numbers as they are."""
    return f"{value:.8g}" if isinstance(value, float) else value


def human_duration(seconds: float) -> str:
    hours, rest = divmod(int(seconds + 0.5), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
