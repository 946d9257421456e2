"""Where a run's curves are drawn: in TensorBoard's files, on a service for experiments, or only in `metrics.csv`."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from mojika.errors import ParameterError

TENSORBOARD, CSV = "tensorboard", "csv"
SERVICES = ("trackio", "wandb")  # Python packages with the same `init`, `log` and `finish`
BOARDS = (TENSORBOARD, CSV, *SERVICES)


class Board(Protocol):
    def curves(self, step: int, values: Mapping[str, float]) -> None: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...


class NoBoard:
    """For those to whom `metrics.csv` is enough."""

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        pass

    def flush(self) -> None:
        pass

    close = flush


class TensorBoard:
    """Events below `folder`; those of steps from `first_step` on are taken again and hidden. Settings are its text."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], first_step: int):
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(folder), purge_step=first_step)
        if settings:
            rows = "".join(f"| {name} | {value} |\n" for name, value in settings.items())
            self._writer.add_text("settings", f"| setting | value |\n|---|---|\n{rows}", first_step)

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class Service:
    """A run of the project `mojika` on trackio or Weights & Biases; a resumed one goes on under its name."""

    def __init__(self, package: ModuleType, name: str, settings: Mapping[str, Any]):
        self._package = package
        package.init(project="mojika", name=name, config=dict(settings), resume="allow", **_identity(package, name))

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        self._package.log(dict(values), step=step)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._package.finish()


def _identity(package: ModuleType, name: str) -> dict[str, str]:
    return {"id": name} if package.__name__ == "wandb" else {}  # trackio resumes by the name


def open_board(kind: str, folder: Path, name: str, settings: Mapping[str, Any], first_step: int) -> Board:
    """A board of one of `BOARDS` for the run `name`, whose files lie in `folder`; `settings` are shown beside it.

    Raises `ParameterError` where the package of a service is not installed.
    """
    if kind == CSV:
        return NoBoard()
    if kind == TENSORBOARD:
        return TensorBoard(folder / "tensorboard", settings, first_step)
    try:
        package = importlib.import_module(kind)
    except ImportError:
        raise ParameterError(f"{{logger}} {kind}: not installed; pip install {kind}") from None
    return Service(package, name, settings)
