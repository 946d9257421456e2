import io
import sys

import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mojika.files.faults import Fault
from mojika.inspection.drawn_faults import drawn_faults

FAULTS = [
    Fault("train.csv", 2, "expected a label"),
    Fault("train_images/源氏物語の注.png", 1234567, "no such image"),
    Fault("test_images/" + "x" * 150, None, "cannot be read: いろは " + "words that go on " * 20),
    Fault("a [bold] b", None, ""),
    Fault("e\u0301 𠮷 👩‍🦰", 3, "y" * 300),
]


def by_rich(title: str, faults: list[Fault]) -> str:
    table = Table("file", title=title, title_justify="left")
    table.columns[0].overflow = "fold"
    table.add_column("row", justify="right")
    table.add_column("reason", overflow="fold")
    for fault in faults:
        table.add_row(Text(fault.file), str(fault.row or ""), Text(fault.reason))
    console = Console(width=140, file=io.StringIO())
    console.print(table)
    return console.file.getvalue().rstrip("\n")


@pytest.mark.parametrize("faults", [FAULTS[:1], FAULTS[:2], FAULTS[1:3], FAULTS, FAULTS[3:] * 3])
def test_faults_are_drawn_as_rich_draws_them(faults):
    title = f"input/pages: {len(faults)} fault{'s' * (len(faults) > 1)}"
    assert drawn_faults("input/pages", faults) == by_rich(title, faults)


def test_names_neither_steer_the_terminal_nor_break_the_table_nor_are_taken_for_markup():
    drawn = drawn_faults("input/[red]pages", [Fault("\x1b]0;owned\x07\n.png", None, "turned \u202egnp.exe")])
    title, *rows = drawn.split("\n")
    assert title.rstrip() == "input/[red]pages: 1 fault" and len({len(row) for row in rows}) == 1
    assert r"\x1b]0;owned\x07\n.png" in drawn and r"turned \u202egnp.exe" in drawn and "\x1b" not in drawn


def test_a_fault_more_costs_little_work():
    def calls(count: int) -> int:
        """Functions that are called to draw so many."""
        faults, called = [Fault(f"page_{n:06}.png", n, f"expected 4 numbers, found {n}") for n in range(count)], 0

        def count_call(frame, event, argument):
            nonlocal called
            called += event == "call"

        sys.setprofile(count_call)
        try:
            drawn_faults("input/pages", faults)
        finally:
            sys.setprofile(None)
        return called

    assert (calls(1100) - calls(100)) / 1000 < 50  # of rich more than a thousand
