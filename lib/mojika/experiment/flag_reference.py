"""Writes docs/flags.md from the parser: `python -m mojika.experiment.flag_reference > docs/flags.md`."""

import argparse
import re
from collections.abc import Iterable

from mojika.experiment.arguments import build_parser

_INTRODUCTION = """\
# Flags of train.py

Written by `python -m mojika.experiment.flag_reference > docs/flags.md`; `python train.py --help` says the same. What
the ideas behind them do, and which of them go together: [recipes.md](recipes.md). Names and defaults are those of the
2019 scripts where those had the flag.

```
python train.py TRAIN_LIST VALID_LIST [flags]
```
"""
_HEADER = "| flag | value | default | meaning |\n|---|---|---|---|"
_DEFAULT = re.compile(r"\s*\(default: ([^()]*)\)")
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{5})")
_KIND = {int: "whole number", float: "number"}


def flag_reference(parser: argparse.ArgumentParser) -> str:
    """The flags as a page of Markdown, one table per group of the parser, in its order; `--help` itself is left out."""
    sections = []
    for group in parser._action_groups:
        rows = [_row(action) for action in group._group_actions if action.option_strings and action.dest != "help"]
        if rows:
            sections.append("\n".join([f"\n## {group.title.capitalize()}\n", _HEADER, *rows]))
    return "\n".join([_INTRODUCTION.rstrip(), *sections]) + "\n"


def stated_default(action: argparse.Action) -> str | None:
    """What the help says behind "default:", None where it says nothing."""
    stated = _DEFAULT.search(action.help or "")
    return stated.group(1) if stated else None


def _row(action: argparse.Action) -> str:
    longest_first = sorted(action.option_strings, key=len, reverse=True)
    flags = ", ".join(f"`{flag}`" for flag in longest_first)
    meaning = _ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", _DEFAULT.sub("", action.help or ""))
    return _cells([flags, _value(action), _default(action), meaning])


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    if action.choices:
        return ", ".join(f"`{choice}`" for choice in action.choices)
    if action.metavar:
        return f"`{action.metavar}`"
    return "numbers, …" if "," in str(action.default) else _KIND.get(action.type, "text")


def _default(action: argparse.Action) -> str:
    if action.nargs == 0:
        return "off"
    return stated_default(action) or ("" if action.default is None else str(action.default))


def _cells(texts: Iterable[str]) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in texts) + " |"


if __name__ == "__main__":
    print(flag_reference(build_parser()), end="")
