"""The flags that components declare, as a file: `train.py --help` need not load the libraries that they compute with.

`python -m mojika.experiment.flag_reference` writes it again from the declarations.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mojika.files.atomic import atomic_text
from mojika.parameters.flags import Flags

_FILE = Path(__file__).with_name("declared_flags.json")
_TYPES = {kind.__name__: kind for kind in (int, float)}

Options = list[tuple[list[str], dict[str, Any]]]  # names and what `add_argument` is told, of each flag


def read_flag_table() -> dict[str, Options]:
    """The flags of each group, in order."""
    groups: dict[str, Options] = json.loads(_FILE.read_text(encoding="utf-8"))
    for options in groups.values():
        for _, about in options:
            about.update({"type": _TYPES[about["type"]]} if "type" in about else {})
    return groups


def flag_table(groups: Mapping[str, Iterable[Flags]]) -> str:
    """What the file should hold: a line for each flag."""
    tables = []
    for title, declared in groups.items():
        rows = [json.dumps([names, _plain(about)]) for each in declared for names, about in each.options()]
        tables.append(f"{json.dumps(title)}: [" + ",".join(f"\n  {row}" for row in rows) + "]")
    return "{\n" + ",\n".join(tables) + "\n}\n"


def write_flag_table(groups: Mapping[str, Iterable[Flags]]) -> None:
    atomic_text(_FILE, flag_table(groups))


def _plain(about: Mapping[str, Any]) -> dict[str, Any]:
    return {**about, "type": about["type"].__name__} if "type" in about else dict(about)
