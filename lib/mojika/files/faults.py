"""What is wrong with a data set, one record per fault, so that all of them can be listed at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mojika.errors import ParameterError, UserError
from mojika.files.text_table import write_csv
from mojika.files.urls import Place

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("file", "row", "reason")


@dataclass(frozen=True)
class Fault:
    """`row` counts as a spreadsheet does: the header is row 1. It is None where the file as a whole is meant."""

    file: str
    row: int | None
    reason: str

    def __post_init__(self) -> None:
        for name in ("file", "reason"):  # halves of characters, which no file can hold, as escapes
            object.__setattr__(self, name, getattr(self, name).encode(errors="backslashreplace").decode())

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}" if self.row is None else f"{self.file} row {self.row}: {self.reason}"

    @classmethod
    def of_file(cls, path: Path, error: UserError, name: str | None = None) -> "Fault":
        """What an error says of a whole file, called `name` or by its file name; the error's path is left out."""
        return cls(name or path.name, None, str(error).removeprefix(f"{path}: "))


@dataclass
class FaultLog:
    """What was found to be wrong, to be left out where `skip` allows it and else to be refused by `refuse`."""

    skip: bool
    refuse: Callable[[Sequence[Fault]], None]
    faults: list[Fault] = field(default_factory=list)

    def add(self, *faults: Fault) -> None:
        """Keep the faults; raises what `refuse` raises of all so far, unless they are skipped."""
        self.faults += faults
        if not self.skip:
            self.refuse(self.faults)


@contextmanager
def well_formed(path: Place | str, expected: str) -> Iterator[None]:
    """While parts of a file are taken up: `UserError` where one is missing, or is another kind of value."""
    try:
        yield
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        reason = " ".join(str(error).split())[:150]
        raise UserError(f"{path}: expected {expected}, found a broken one ({type(error).__name__}: {reason})") from None


def refuse(faults: Sequence[Fault], folder: Place | str) -> None:
    """Raise a `UserError` that counts the faults and names the first; do nothing without faults.

    A `folder` laid out as a competition's can be checked whole.
    """
    if faults:
        count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults, the first"
        laid_out = not isinstance(folder, Path) or (folder / "train.csv").exists()
        all_of_them = f"`mojika check {folder}` lists them all, " if laid_out else ""
        raise ParameterError(f"{count}: {faults[0]}; {all_of_them}{{skip_bad}} leaves such data out")


def fault_table(faults: Sequence[Fault]) -> "pd.DataFrame":
    """The columns file, row (empty where it does not apply) and reason."""
    import pandas as pd

    table = pd.DataFrame([asdict(fault) for fault in faults], columns=list(COLUMNS))
    return table.astype({"row": "Int64"})


def write_faults(path: Path | str, faults: Sequence[Fault]) -> None:
    """A CSV of `fault_table`."""
    write_csv(path, fault_table(faults))
