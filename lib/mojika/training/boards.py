"""Where a run's curves and pictures are shown: in TensorBoard's files, on a service for experiments, or nowhere."""

import importlib
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from mojika.errors import ParameterError
from mojika.files.atomic import atomic_text

TENSORBOARD, CSV = "tensorboard", "csv"
SERVICES = ("trackio", "wandb")  # Python packages with the same `init`, `log` and `finish`
BOARDS = (TENSORBOARD, CSV, *SERVICES)


class Board(Protocol):
    def curves(self, step: int, values: Mapping[str, float]) -> None: ...

    def pictures(self, step: int, images: Mapping[str, np.ndarray]) -> None:
        """`(H, W, 3) uint8` by name."""

    def flush(self) -> None: ...

    def close(self) -> None: ...


class NoBoard:
    """For those to whom `metrics.csv` is enough."""

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        pass

    def pictures(self, step: int, images: Mapping[str, np.ndarray]) -> None:
        pass

    def flush(self) -> None:
        pass

    close = flush


class TensorBoard:
    """Events below `folder`; those of steps from `first_step` on are taken again and hidden.

    Settings are its text, and those in `compared` the hyper-parameters by which runs are compared on the curves of
    `measures`. They are in the run itself: `SummaryWriter.add_hparams` would make another one at every start.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any],
        first_step: int,
        compared: Sequence[str] = (),
        measures: Sequence[str] = (),
    ):
        from torch.utils.tensorboard import SummaryWriter
        from torch.utils.tensorboard.summary import hparams

        self._writer = SummaryWriter(str(folder), purge_step=first_step)
        if settings:
            rows = "".join(f"| {name} | {value} |\n" for name, value in settings.items())
            self._writer.add_text("settings", f"| setting | value |\n|---|---|\n{rows}", first_step)
        chosen = {name: _one_value(settings[name]) for name in compared if name in settings}
        if chosen:
            for summary in hparams(chosen, dict.fromkeys(measures, 0.0)):
                self._writer.file_writer.add_summary(summary)  # type: ignore[attr-defined]  # torch says None

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def pictures(self, step: int, images: Mapping[str, np.ndarray]) -> None:
        for name, image in images.items():
            self._writer.add_image(name, image, step, dataformats="HWC")

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


class Service:
    """A run of the project `mojika` on trackio or Weights & Biases: another one, or the one that `identity` names.

    Raises `ParameterError` where the service refuses it, such as without a key.
    """

    def __init__(self, package: ModuleType, name: str, settings: Mapping[str, Any], identity: Mapping[str, str]):
        self._package = package
        try:
            package.init(project="mojika", name=name, config=dict(settings), **identity)
        except Exception as error:  # each package has its own
            raise ParameterError(f"{{logger}} {package.__name__}: {error}") from error

    def curves(self, step: int, values: Mapping[str, float]) -> None:
        self._package.log(dict(values), step=step)

    def pictures(self, step: int, images: Mapping[str, np.ndarray]) -> None:
        self._package.log({name: self._package.Image(image) for name, image in images.items()}, step=step)

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self._package.finish()


def _identity(kind: str, folder: Path, name: str, *, resumed: bool) -> dict[str, str]:
    """What makes a resumed run the same on a service, and a new one of an old name another.

    trackio resumes the newest run of a name, Weights & Biases that of an identifier, which is kept in `folder`.
    """
    if kind == "trackio":
        return {"resume": "allow" if resumed else "never"}
    path = folder / "wandb_id.txt"
    if not (resumed and path.is_file()):
        atomic_text(path, f"{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)[:100]}-{secrets.token_hex(4)}\n")
    return {"resume": "allow", "id": path.read_text(encoding="utf-8").strip()}


def _one_value(setting: Any) -> bool | int | float | str:
    """As a table of hyper-parameters takes it."""
    return setting if isinstance(setting, bool | int | float | str) else str(setting)


def open_board(
    kind: str,
    folder: Path,
    name: str,
    settings: Mapping[str, Any],
    first_step: int,
    compared: Sequence[str] = (),
    measures: Sequence[str] = (),
) -> Board:
    """A board of one of `BOARDS` for the run `name`, whose files lie in `folder`; `settings` are shown beside it.

    A run with a `first_step` above 0 is resumed. Runs are compared by the settings `compared` and the curves
    `measures`. Raises `ParameterError` where the package of a service is not installed, or it refuses the run.
    """
    if kind == CSV:
        return NoBoard()
    if kind == TENSORBOARD:
        return TensorBoard(folder / "tensorboard", settings, first_step, compared, measures)
    try:
        package = importlib.import_module(kind)
    except ImportError:
        raise ParameterError(f"{{logger}} {kind}: not installed; pip install {kind}") from None
    return Service(package, name, settings, _identity(kind, folder, name, resumed=first_step > 0))
