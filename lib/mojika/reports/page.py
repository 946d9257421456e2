"""A report as one HTML page that needs nothing but itself, and the tables beside it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path

import pandas as pd

from mojika import __version__
from mojika.errors import UserError
from mojika.files.atomic import atomic_text
from mojika.files.text_table import write_csv

PAGE = "index.html"
_MARK = '<meta name="generator" content="mojika'


@dataclass(frozen=True)
class Section:
    """A heading, what it means in a sentence or two, and markup below."""

    title: str
    note: str
    body: str


@dataclass(frozen=True)
class Chapter:
    """The sections of one head; alone it needs no title. `opening` is markup above them."""

    title: str
    opening: str
    sections: Sequence[Section]


def expect_place(folder: Path) -> None:
    """Raises `UserError` where a report cannot be written, or would replace a page that is none of ours."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: expected a folder for the report, or a table that ends in .csv, found a file")
    page = folder / PAGE
    if page.exists() and _MARK not in page.read_text(encoding="utf-8", errors="replace")[:2000]:
        raise UserError(f"{page}: not a report of Mojika; it would be replaced, so name another folder")


def write_report(
    folder: Path,
    titles: tuple[str, str],
    opening: str,
    chapters: Sequence[Chapter],
    tables: Mapping[str, pd.DataFrame],
) -> Path:
    """Write the tables as CSV, NAME.csv each, and then the page; returns its path.

    `titles` are a name and a line below it, `opening` is markup above all chapters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_csv(folder / f"{name}.csv", table)
    atomic_text(folder / PAGE, page(titles, opening, chapters, list(tables)))
    return folder / PAGE


def page(titles: tuple[str, str], opening: str, chapters: Sequence[Chapter], tables: Sequence[str]) -> str:
    """The text of the page; `tables` are the names of CSV files beside it."""
    title, subtitle = map(escape, titles)
    numbered = [(_anchor(chapter.title), chapter) for chapter in chapters]
    several = len(chapters) > 1
    if several:
        links = [(anchor, chapter.title) for anchor, chapter in numbered]
    else:
        links = [(_anchor(section.title), section.title) for _, chapter in numbered for section in chapter.sections]
    navigation = "".join(f'<li><a href="#{link}">{escape(text)}</a></li>' for link, text in links)
    csv = ", ".join(f'<a href="{name}.csv">{name}.csv</a>' for name in tables)
    style, script = (files("mojika.reports").joinpath(name).read_text("utf-8") for name in ("page.css", "page.js"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
{_MARK} {__version__}">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#content">to the content</a>
<header><h1>{title}</h1><p>{subtitle}</p></header>
<nav aria-label="sections"><ul>{navigation}</ul></nav>
<main id="content">
{opening}
{"".join(_chapter(anchor, chapter, several) for anchor, chapter in numbered)}
</main>
<footer>The tables behind this page: {csv}. Made by Mojika {__version__}.</footer>
<script>
{script}</script>
</body>
</html>
"""


def _chapter(anchor: str, chapter: Chapter, several: bool) -> str:
    title = f'<h2 id="{anchor}">{escape(chapter.title)}</h2>\n' if several else ""
    before = f"{anchor}-" if several else ""
    level = "h3" if several else "h2"
    sections = "\n".join(
        f'<section><{level} id="{before}{_anchor(each.title)}">{escape(each.title)}</{level}>\n'
        f'<p class="note">{escape(each.note)}</p>\n{each.body}</section>'
        for each in chapter.sections
    )
    return f"{title}{chapter.opening}\n{sections}\n"


def _anchor(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")
