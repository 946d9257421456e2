"""Sentences that count things, where there is one of them."""

import re

_COUNTED = (
    "book|booster|box|canvas|character|class|classifier|column|core|count|crop|detector|epoch|fault|field|file|fold|font|"
    "glyph|grapheme|image|label|member|model|network|number|page|reader|reading|report|row|sample|target|test|tree|trial|"
    "weight|writer"
)
_ONE_OF_MANY = re.compile(rf"(?<![\w.,/-])1 ((?:[a-z-]+ )?)({_COUNTED})e?s\b(?![/.:])( are\b)?")


def in_singular(text: str) -> str:
    """`1 pages of 2 books` as `1 page of 2 books`; names of files and folders stay as they are."""
    return _ONE_OF_MANY.sub(lambda found: f"1 {found[1]}{found[2]}{' is' if found[3] else ''}", text)
