"""The words of a command line, flag by flag, in the form in which `argparse` takes them."""

import argparse
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

_NUMBER = re.compile(r"-\d+$|-\d*\.\d+$")  # argparse's own idea of a negative number


@dataclass
class Part:
    """A flag and the words behind it; the words in front of the first flag have the flag ""."""

    flag: str
    words: list[str] = field(default_factory=list)
    joined: bool = False  # `--flag=WORD`

    def flat(self) -> list[str]:
        if self.joined:
            return [f"{self.flag}={self.words[0]}", *self.words[1:]]
        return [self.flag, *self.words] if self.flag else self.words


def parts_of(words: Iterable[str]) -> list[Part]:
    """The first one is that without a flag; from `--` on all words belong to a last one, with the flag `--`."""
    parts = [Part("")]
    for word in words:
        if parts[-1].flag == "--" or not _is_flag(word):
            parts[-1].words.append(word)
        elif word.startswith("--") and "=" in word:
            flag, _, value = word.partition("=")
            parts.append(Part(flag, [value], joined=True))
        else:
            parts.append(Part(word))
    return parts


def flat(parts: Iterable[Part]) -> list[str]:
    return [word for part in parts for word in part.flat()]


def by_place(parts: list[Part], positionals: list[argparse.Action]) -> list[Part]:
    """Words of positional arguments that were given by name (`--boxes a b`) are put where those without a name stand.

    Commands have one or two positional arguments, so the place is in front of the other one or behind it.
    """
    named = {f"--{action.dest}": action for action in positionals}
    found: dict[str, list[str]] = {}
    kept = []
    for part in parts:
        if part.flag in named and part.words:
            count = len(part.words) if named[part.flag].nargs in ("+", "*") else 1
            found.setdefault(part.flag, []).extend(part.words[:count])
            part = Part("", part.words[count:])
        kept.append(part)
    if not found:
        return parts
    front = list(takewhile(found.__contains__, named))
    behind = [flag for flag in named if flag in found and flag not in front]
    kept[0].words[:0] = [word for flag in front for word in found[flag]]
    last = [word for flag in behind for word in found[flag]]
    if last and kept[-1].flag != "--":
        kept.append(Part("--"))
    kept[-1].words += last
    return kept


def with_lists(parts: list[Part], options: Mapping[str, argparse.Action], positionals: int) -> list[Part]:
    """Several values of a flag by commas, by blanks or by repeating it, in the way in which the flag takes them.

    Words behind a flag can also be positional: where all of these stand in front, they are values.
    """
    given = len(parts[0].words) >= positionals
    first: dict[str, Part] = {}
    written: list[Part] = []
    for part in parts:
        action = options.get(part.flag)
        if action is None or not part.words:
            written.append(part)
        elif action.nargs == "+":
            values = [value for word in part.words for value in _divided(word)]
            if part.flag in first:
                first[part.flag].words += values
            else:
                first[part.flag] = Part(part.flag, values)
                written.append(first[part.flag])
        elif isinstance(action, argparse._AppendAction) and action.nargs is None:
            count = len(part.words) if given else 1
            values = [value for word in part.words[:count] for value in _divided(word)]
            written += [Part(part.flag, [value], joined=True) for value in values]
            written[-1].words += part.words[count:]
        elif takes_list(action) and given:
            values = [word.strip(",") for word in part.words]
            written.append(Part(part.flag, [",".join(values)], joined=True))
        else:
            written.append(part)
    return written


def takes_list(action: argparse.Action) -> bool:
    """Whether its value is a list that is separated by commas, as its help shows it: `PIXELS,…`, `0,0,0`."""
    return action.nargs is None and (",…" in str(action.metavar) or "," in str(action.default))


def free_words(parts: Iterable[Part], options: Mapping[str, argparse.Action]) -> int:
    """How many words belong to no flag."""
    return sum(max(0, len(part.words) - _taken(options.get(part.flag), part)) for part in parts)


def _taken(action: argparse.Action | None, part: Part) -> int:
    if action is None or action.nargs == 0:
        return 0
    return len(part.words) if action.nargs in ("+", "*") else 1


def _divided(word: str) -> list[str]:
    """The values of `a,b`; a word with a comma can also be a file, an address or a text, which stay whole."""
    if "," not in word or " " in word or "://" in word or os.path.exists(word):
        return [word]
    return [value for value in word.split(",") if value] or [word]


def _is_flag(word: str) -> bool:
    blank = " " in word.partition("=")[0]
    return word.startswith("-") and len(word) > 1 and not blank and not _NUMBER.match(word)
