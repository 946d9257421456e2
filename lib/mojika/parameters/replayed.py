"""Flags from a file (`--config FILE`) or by `--set KEY=VALUE`, as words of a command line."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from mojika.parameters.command_line import Part

# what args.yaml has of a run beside flags: it follows from several of them
_DERIVED = {"head_kind", "mixing", "schedule"}


class SettingsError(Exception):
    """A file or a setting that says nothing; one line."""


def read_settings(files: Iterable[str], assignments: Iterable[str]) -> dict[str, Any]:
    """The values by the names of flags, later ones over earlier ones, assignments over files.

    Raises `SettingsError` for a file that cannot be read or is no table of flags, and for `KEY` without a value.
    """
    import yaml

    from mojika.yaml_text import load_yaml

    settings: dict[str, Any] = {}
    for file in files:
        try:
            content = load_yaml(Path(file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = "no such file" if isinstance(error, FileNotFoundError) else " ".join(str(error).split())
            raise SettingsError(f"--config {file}: {reason}") from None
        if not isinstance(content, dict):
            raise SettingsError(f"--config {file}: expected lines FLAG: VALUE (YAML), found {type(content).__name__}")
        settings |= {plain(name): value for name, value in content.items() if name not in _DERIVED}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not (name and equals):
            raise SettingsError(f"--set {assignment}: expected KEY=VALUE")
        try:
            settings[plain(name)] = load_yaml(value)
        except yaml.YAMLError:
            settings[plain(name)] = value
    return settings


def parts_of_settings(
    settings: Mapping[str, Any],
    action_of: Callable[[str], argparse.Action],
    left_out: Callable[[argparse.Action], bool],
) -> list[Part]:
    """A part for each setting; `left_out` says which flags the command line decides.

    A positional argument is a part with its name as flag. Raises `SettingsError` for a value that the flag cannot take.
    """
    parts: list[Part] = []
    for name, value in settings.items():
        action = action_of(name)
        if not left_out(action):
            parts += _parts(action, name, value)
    return parts


def plain(name: object) -> str:
    """A flag's or an argument's name as a setting: `rgb-mean`."""
    return str(name).lstrip("-").replace("_", "-")


def _parts(action: argparse.Action, name: str, value: Any) -> list[Part]:
    flag = action.option_strings[0] if action.option_strings else f"--{action.dest}"
    if value is None or value == []:
        return []
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise SettingsError(f"{name}: expected true or false, found {_short(value)}")
        negative = next((each for each in action.option_strings if each.startswith("--no-")), "")
        chosen = flag if value else negative
        return [Part(chosen)] if chosen else []
    if isinstance(value, dict):
        raise SettingsError(f"{name}: expected a value, found {_short(value)}")
    values = [_text(each) for each in (value if isinstance(value, list) else [value])]
    if action.nargs in ("+", "*") or not action.option_strings:
        return [Part(flag, values)]
    if isinstance(action, argparse._AppendAction):
        return [Part(flag, [each], joined=True) for each in values]
    separator = "x" if "xW" in str(action.metavar) else ","
    return [Part(flag, [separator.join(values)], joined=True)]


def _short(value: Any) -> str:
    return str(value)[:80]


def _text(value: Any) -> str:
    """YAML 1.1 reads `on` and `off` as true and false."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return repr(value) if isinstance(value, float) else str(value)
