"""From data in any known shape to a folder that packing, splitting and training take as it is."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mojika.errors import ParameterError, UserError
from mojika.files.artifact import JsonFile, Kind
from mojika.files.atomic import atomic_folder, atomic_json
from mojika.files.faults import Fault, write_faults
from mojika.imports.crops import Crops
from mojika.imports.found import TRAIN, Found, first_of
from mojika.imports.pages import Pages
from mojika.imports.registry import reader_of

_SUMMARY = "import.json"
IMPORT = Kind("import", 1, JsonFile(_SUMMARY), "import", "imported data, as `mojika import` makes them")


@dataclass(frozen=True)
class Imported:
    """`kind` is "pages" or "crops"; `numbers` count what was taken; `faults` are what could not be used."""

    shape: str
    kind: str
    numbers: dict[str, int]
    faults: list[Fault]
    notes: list[str]
    existed: bool


def import_data(
    source: Path,
    out: Path,
    *,
    shape: str | None = None,
    options: dict[str, Any] | None = None,
    valid_fraction: float | None = None,
    workers: int = 1,
    force: bool = False,
) -> Imported:
    """Write the data of `source` into the folder `out`, whole or not at all.

    Pages with boxes become `train.csv` beside `train_images` (and `test.csv`), loose crops `train.csv`, `valid.csv` and
    `test.csv` of `label,path`; both have a `classes.csv`, and a `skipped.csv` where something could not be used.
    Nothing is written where the same data are there already. Raises `UserError` where data or shape are not there,
    nothing can be used, or `out` has something else, unless `force`.
    """
    name, read = reader_of(source, shape, options or {})
    found = _with_parts(read())
    if not found.pages and not found.crops:
        raise UserError(f"{source}: found nothing that can be used{first_of(found.faults)}")
    if found.pages:
        if valid_fraction is not None:
            raise ParameterError(
                "{valid_fraction} is for loose crops; `mojika split` does it for pages that are packed"
            )
        data: Pages | Crops = Pages.of(found)
    else:
        data = Crops.of(found, valid_fraction)
        if valid_fraction is not None and data.parts not in ([], [TRAIN]):
            raise ParameterError(f"{{valid_fraction}}: {source} has parts of its own: {', '.join(data.parts)}")
    kind = "pages" if found.pages else "crops"
    made_from = {"stage": "import", "shape": name, "content": data.content}
    IMPORT.expect_replaceable(out)
    header = None if force else _existing(out, made_from)
    if header:
        faults = [Fault(**fault) for fault in header["faults"]]
        return Imported(name, kind, header["report"], faults, found.notes, existed=True)
    try:
        with atomic_folder(out, _SUMMARY) as folder:
            numbers, faults = data.write(folder, out, workers)
            if faults:
                write_faults(folder / "skipped.csv", faults)
            plain = [vars(fault) for fault in faults]
            atomic_json(folder / _SUMMARY, IMPORT.header(made_from, report=numbers, faults=plain))
    except UserError as error:
        raise UserError(f"{source}: {error}") from None
    return Imported(name, kind, numbers, faults, found.notes, existed=False)


def _existing(out: Path, made_from: dict[str, Any]) -> dict[str, Any] | None:
    """The header of the same import; raises `UserError` where something else is there."""
    if out.is_dir() and not any(out.iterdir()):
        return None
    return IMPORT.find(out, made_from)


def _with_parts(found: Found) -> Found:
    """Where all is of one part, it is to train on."""
    if len({page.part for page in found.pages} | {crop.part for crop in found.crops}) > 1:
        return found
    found.pages = [replace(page, part=TRAIN) for page in found.pages]
    found.crops = [replace(crop, part=TRAIN) for crop in found.crops]
    return found
