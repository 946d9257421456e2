"""The newest state of a run that is known to be good, for a run that has to go back to it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from mojika.training.checkpoints import LAST, load_last, previous_of, withdraw
from mojika.training.distributed import World

State = dict[str, Any]


class GoodState:
    """Follows what is saved in `folder`, and which of it later steps have shown to be good.

    Weights can be finite and yet beyond use: only a finite loss that they give tells. A state is saved after a step
    with a finite loss, so the file before it is good in any case. Until there is such a file, the state that the run
    starts with is kept in memory.
    """

    def __init__(self, folder: Path, world: World, report: Callable[[str], None], start: State | None):
        self.folder, self.world, self.report = folder, world, report
        self._start = _packed(start) if start else None
        self._is_saved = start is None
        self._is_shown = False

    def saved(self) -> None:
        """`last.model` was written."""
        self._is_saved, self._is_shown = True, False

    def shown(self) -> None:
        """The state of now, or one since `last.model`, has given a finite loss."""
        self._is_shown = True
        if self._is_saved:
            self._start = None

    def latest(self) -> State | None:
        """The state to go back to, which `last.model` then is, if there is one; None where there is none."""
        older = previous_of(self.folder / LAST).exists() or self._start is not None
        with self.world.main_first():
            if self.world.is_main and self._is_saved and not self._is_shown and older:
                withdraw(self.folder)
            state = load_last(self.folder, self.report)
        return state or (_unpacked(self._start) if self._start else None)


def _packed(state: State) -> bytes:
    memory = io.BytesIO()
    torch.save(state, memory)
    return memory.getvalue()


def _unpacked(packed: bytes) -> State:
    state: State = torch.load(io.BytesIO(packed), map_location="cpu", weights_only=True)
    return state
