"""Names that are not the same and look alike: what a user should hear of beside "no such image"."""

import os
import unicodedata
from collections.abc import Iterable
from functools import cached_property

from mojika.data.class_list import named
from mojika.data.image_suffixes import SUFFIXES


class NearIds:
    """Looks up ids (or paths) that differ from those `known` in what the eye passes over."""

    def __init__(self, known: Iterable[str]):
        self.known = known

    @cached_property
    def _by_shape(self) -> dict[str, str]:
        return {_shape(each): each for each in self.known}

    def hint(self, wanted: str) -> str:
        """`; か is there, which differs in …`, empty where nothing of the kind is known."""
        near = self._by_shape.get(_shape(wanted))
        return (
            "" if near is None or near == wanted else f"; {near} is there, which differs in {_difference(wanted, near)}"
        )


def named_with_hint(missing: Iterable[str], known: Iterable[str]) -> str:
    """The first few of the ids, for a message, and what looks like the first of them."""
    missing = list(missing)
    return named(missing) + NearIds(known).hint(missing[0])


def _shape(name: str) -> str:
    stem, suffix = os.path.splitext(name.strip())
    plain = stem if suffix.lower() in SUFFIXES else stem + suffix
    return unicodedata.normalize("NFC", plain.replace("\\", "/")).casefold().strip()


def _difference(wanted: str, near: str) -> str:
    if unicodedata.normalize("NFC", wanted) == unicodedata.normalize("NFC", near):
        forms = [next(form for form in ("NFC", "NFD", "another form") if _is(name, form)) for name in (wanted, near)]
        return f"its Unicode form alone ({forms[1]}, not {forms[0]}), as a Mac writes names; rename the files"
    if wanted.strip() == near.strip():
        return "blanks at an end"
    if wanted.replace("\\", "/") == near.replace("\\", "/"):
        return "`/` for `\\` between folders"
    if wanted.casefold() == near.casefold():
        return "capital letters"
    return "its suffix" if os.path.splitext(wanted)[1] != os.path.splitext(near)[1] else "its writing"


def _is(name: str, form: str) -> bool:
    return form == "another form" or unicodedata.normalize("NFC" if form == "NFC" else "NFD", name) == name
