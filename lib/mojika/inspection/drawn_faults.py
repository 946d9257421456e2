"""Faults as a table for people, drawn as rich draws it: rich itself takes minutes where there are tens of thousands."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mojika.files.faults import Fault
from mojika.runtime.lines import visible
from mojika.runtime.singular import in_singular

_WIDTH = 140  # where there is no terminal
_ENDS = "┴+"  # between the columns of the last line, also where there is ASCII alone
Row = tuple[str, ...]


def drawn_faults(title: str, faults: Sequence[Fault]) -> str:
    """A line or more for each fault: file, row and reason, with signs that steer a terminal as escapes."""
    console = Console()
    console.width = console.width if console.is_terminal else _WIDTH
    rows = [
        (visible(each.file), "" if each.row is None else f"{each.row}", in_singular(visible(each.reason)))
        for each in faults
    ]
    widest = [max(rows, key=lambda row: _width(row[at])) for at in range(3)]
    *head, last = _drawn_by_rich(console, f"{title}: {len(faults):,} fault{'s' * (len(faults) > 1)}", widest)
    widths = [len(line) - 2 for line in last[1:-1].translate(dict.fromkeys(map(ord, _ENDS), "+")).split("+")]
    lines = [line for row in rows for line in _lines(console, row, widths, head[-1][0])]
    shown = sum(1 for row in widest for _ in _lines(console, row, widths, ""))
    return "\n".join([*head[:-shown], *lines, last])


def _drawn_by_rich(console: Console, title: str, rows: Sequence[Row]) -> list[str]:
    table = Table(title=escape(title), title_justify="left")
    table.add_column("file", overflow="fold")
    table.add_column("row", justify="right", overflow="fold")
    table.add_column("reason", overflow="fold", ratio=1)
    for row in rows:
        table.add_row(*map(Text, row))
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip("\n").split("\n")


def _lines(console: Console, row: Row, widths: Sequence[int], edge: str) -> Iterator[str]:
    """A row in as many lines as its longest cell takes, each with `edge` before, between and behind its cells."""
    file, number, reason = (_folded(console, cell, width) for cell, width in zip(row, widths, strict=True))
    for cells in zip_longest(file, number, reason, fillvalue=""):
        padded = [" " * (width - cell_len(cell)) for cell, width in zip(cells, widths, strict=True)]
        first, second, third = cells
        yield f"{edge} {first}{padded[0]} {edge} {padded[1]}{second} {edge} {third}{padded[2]} {edge}"


def _folded(console: Console, cell: str, width: int) -> Sequence[str]:
    if _width(cell) <= width:
        return (cell,)
    return [line.plain.rstrip() for line in Text(cell).wrap(console, width, overflow="fold")]


def _width(cell: str) -> int:
    return len(cell) if cell.isascii() else cell_len(cell)
