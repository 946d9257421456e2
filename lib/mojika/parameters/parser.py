"""The parser of all commands: names, abbreviations, lists, files of flags and errors are the same in each of them."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, NoReturn

from mojika import __version__
from mojika.parameters.aliases import ALIASES
from mojika.parameters.command_line import Part, by_place, flat, free_words, parts_of, with_lists
from mojika.parameters.replayed import SettingsError, parts_of_settings, plain, read_settings

_LISTED_AT_MOST = 14  # choices that an error names
_NEAR = 0.65
_ONLY_TYPED = {"help", "version", "config", "set"}


class Arguments(argparse.Namespace):
    """The values of all flags; `named` are those that the command line or a file gives, be it their default."""

    __slots__ = ("named",)  # a copy has it, `vars` does not
    named: frozenset[str]


def is_named(args: argparse.Namespace, name: str) -> bool:
    """Whether the command line or a file gives this argument."""
    return name in getattr(args, "named", ())


class Parser(argparse.ArgumentParser):
    """`argparse` with these conventions:

    - A flag has the other names of `ALIASES`, and may be shortened as long as only one can be meant.
    - Positional arguments may be given by their names: `--boxes a b`.
    - Several values are separated by commas or blanks, or the flag is repeated.
    - `--config FILE` and `--set KEY=VALUE` give flags, over which those of the command line win.
    - An error is two lines, with the nearest names that exist, and ends with status 2.

    With `settings=False` only the last one: for parsers whose arguments name another parser.
    """

    def __init__(self, *, settings: bool = True, **kwargs: Any):
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        super().__init__(allow_abbrev=False, **kwargs)
        self.add_argument("--version", action="version", version=f"mojika {__version__}")
        self.takes_settings = settings
        if settings:
            self.add_argument(
                "--config", metavar="FILE", action="append", default=argparse.SUPPRESS,
                help="take flags from this YAML file, such as a run's args.yaml; flags of the command line win",
            )  # fmt: skip
            self.add_argument(
                "--set", metavar="KEY=VALUE", action="append", default=argparse.SUPPRESS,
                help="take one flag as from such a file, over it: --set mixup=false",
            )  # fmt: skip

    def parse_known_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> tuple[Any, list[str]]:
        words = list(sys.argv[1:] if args is None else args)
        if not self.takes_settings:
            return super().parse_known_args(words, namespace)
        parts = self._settled(words)
        found = Arguments() if namespace is None else namespace
        if isinstance(found, Arguments):
            options = self._option_string_actions
            found.named = frozenset(options[part.flag].dest for part in parts if part.flag in options)
        return super().parse_known_args(flat(parts), found)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n`{self.prog} --help` shows what there is\n")

    def _settled(self, words: list[str]) -> list[Part]:
        """The parts with full names, with the flags of files, and with every list as its flag takes it."""
        parts = parts_of(words)
        for part in parts[1:]:
            part.flag = self._meant(part.flag)
        parts = self._with_settings(parts)
        positionals = self._get_positional_actions()
        return with_lists(by_place(parts, positionals), self._option_string_actions, len(positionals))

    def names(self) -> dict[str, argparse.Action]:
        """Flags, and positional arguments as flags."""
        return {f"--{action.dest}": action for action in self._get_positional_actions()} | self._option_string_actions

    def _meant(self, flag: str) -> str:
        """The flag's own name; ends with an error where none or several can be meant."""
        names = self.names()
        if flag in names or flag == "--":
            return flag
        others = {other: name for name, old in reversed(ALIASES.items()) if name in names for other in old}
        if flag in others or not flag.startswith("--"):
            return others.get(flag, flag)
        options = self._option_string_actions
        longer = {action: name for name, action in options.items() if name.startswith(flag)}
        longer = longer or {names[own]: own for other, own in others.items() if other.startswith(flag)}
        if len(longer) > 1:
            self.error(f"{flag}: could be {' or '.join(longer.values())}")
        if not longer:
            near = get_close_matches(flag, [*options, *others], n=2, cutoff=_NEAR)
            self.error(f"unknown flag {flag}{_did_you_mean(others.get(name, name) for name in near)}")
        return next(iter(longer.values()))

    def _with_settings(self, parts: list[Part]) -> list[Part]:
        """Without `--config` and `--set`, but with the flags that they give and the command line does not."""
        asked: dict[str, list[str]] = {"--config": [], "--set": []}
        for part in parts:
            if part.flag in asked:
                if not part.words:
                    self.error(f"argument {part.flag}: expected one argument")
                asked[part.flag].append(part.words.pop(0))
                part.flag, part.joined = "", False
        if not any(asked.values()):
            return parts
        names = self.names()
        given = {names[part.flag] for part in parts if part.flag in names}
        for group in self._mutually_exclusive_groups:
            if given.intersection(group._group_actions):
                given.update(group._group_actions)
        positionals = set(self._get_positional_actions())
        if free_words(parts, self._option_string_actions) or positionals & given:
            given |= positionals
        try:
            settings = read_settings(asked["--config"], asked["--set"])
            return [parts[0], *parts_of_settings(settings, self._setting, given.__contains__), *parts[1:]]
        except SettingsError as error:
            self.error(str(error))

    def _setting(self, name: str) -> argparse.Action:
        """The argument that a setting is for; ends with an error where there is none."""
        names = {plain(name): action for name, action in self.names().items()}
        names |= {plain(action.dest): action for action in self._actions}
        action = names[name] if name in names else self.names()[self._meant(f"--{name}")]
        if action.dest in _ONLY_TYPED:
            raise SettingsError(f"{name}: only on the command line itself")
        return action

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        near = get_close_matches(str(value), choices, n=2, cutoff=_NEAR)
        if len(choices) > _LISTED_AT_MOST:
            raise argparse.ArgumentError(action, f"there is no {value}{_did_you_mean(near)}")
        raise argparse.ArgumentError(action, f"expected {_one_of(choices)}, found {value}{_did_you_mean(near)}")


def _did_you_mean(names: Iterable[str]) -> str:
    shown = " or ".join(dict.fromkeys(names))
    return f"; did you mean {shown}?" if shown else ""


def _one_of(choices: Sequence[str]) -> str:
    return " or ".join(filter(None, [", ".join(choices[:-1]), choices[-1]]))
