import argparse
import re
from pathlib import Path

import pytest

from mojika.experiment import flag_table
from mojika.experiment.arguments import build_parser
from mojika.experiment.declared_flags import GROUPS
from mojika.experiment.flag_reference import flag_reference, stated_default

PAGE = Path(__file__).parents[2] / "docs" / "flags.md"
OPTIONS = [action for action in build_parser()._actions if action.option_strings and action.dest != "help"]


def first_cells(page: str) -> list[str]:
    return [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| `-")]


def test_the_committed_page_is_what_the_parser_says():
    assert PAGE.read_text(encoding="utf-8") == flag_reference(build_parser()), (
        "the flags changed: python -m mojika.experiment.flag_reference > docs/flags.md"
    )


def test_the_table_that_the_parser_is_made_of_is_what_components_declare():
    assert Path(flag_table.__file__).with_name("declared_flags.json").read_text() == flag_table.flag_table(GROUPS)


def test_every_flag_has_one_row():
    documented = re.findall(r"`(-[^`]+)`", " ".join(first_cells(PAGE.read_text(encoding="utf-8"))))
    assert sorted(documented) == sorted(name for action in OPTIONS for name in action.option_strings)


def test_every_row_has_four_cells():
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_numbers_in_the_help_are_the_defaults_of_the_parser():
    stated, actual = {}, {}
    for action in OPTIONS:
        number = re.match(r"[\d.]+(e-\d+)?", stated_default(action) or "")
        if action.type in (int, float) and number and action.default is not None:
            stated[action.dest], actual[action.dest] = float(number.group()), action.default
    assert len(stated) > 20 and stated == pytest.approx(actual, rel=2e-3)


def test_a_parser_of_two_groups():
    parser = argparse.ArgumentParser()
    first, second = parser.add_argument_group("speed"), parser.add_argument_group("loss")
    first.add_argument("--compile", action="store_true", help="slow, then fast")
    first.add_argument("--jobs", "-j", type=int, default=3, metavar="none|N", help="threads (default: 3); or none")
    second.add_argument("--loss", choices=["ce", "focal"], default="ce", help="arXiv:1708.02002")
    second.add_argument("--mean", default="0,0,0")
    assert flag_reference(parser).split("\n\n", 1)[1].split("```\n")[-1] == (
        "\n## Speed\n\n| flag | value | default | meaning |\n|---|---|---|---|\n"
        "| `--compile` |  | off | slow, then fast |\n"
        "| `--jobs`, `-j` | `none\\|N` | 3 | threads; or none |\n"
        "\n## Loss\n\n| flag | value | default | meaning |\n|---|---|---|---|\n"
        "| `--loss` | `ce`, `focal` | ce | [arXiv:1708.02002](https://arxiv.org/abs/1708.02002) |\n"
        "| `--mean` | numbers, … | 0,0,0 |  |\n"
    )
