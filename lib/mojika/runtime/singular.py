"""Sentences that count things, where there is one of them."""

import re

_COUNTED = (
    "book|booster|box|canvas|character|class|classifier|column|core|count|crop|detector|epoch|fault|field|file|fold|font|"
    "glyph|grapheme|image|label|member|model|network|number|page|reader|reading|report|row|sample|target|test|tree|trial|"
    "weight|writer"
)
_VERBS = {"are": "is", "have": "has", "stay": "stays", "make": "makes", "were": "was"}
_VERB = "|".join(_VERBS)
_ONE_OF_MANY = re.compile(
    rf"(?<![\w.,/-])1 (?P<adjective>(?:[a-z-]+ )?)(?P<noun>{_COUNTED})e?s\b(?![/.:])(?: (?P<verb>{_VERB})\b)?"
)


def in_singular(text: str) -> str:
    """`1 pages of 2 books` as `1 page of 2 books`; names of files and folders stay as they are."""
    return _ONE_OF_MANY.sub(_one, text)


def _one(found: re.Match[str]) -> str:
    verb = f" {_VERBS[found['verb']]}" if found["verb"] else ""
    return f"1 {found['adjective']}{found['noun']}{verb}"
