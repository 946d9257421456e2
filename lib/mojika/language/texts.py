"""Texts to learn a language from: transcriptions, and labelled pages in reading order."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from mojika.data.page_labels import HEADER, PageLabels, book_of, read_page_labels
from mojika.data.transcriptions import read_transcriptions
from mojika.files.text_table import first_line
from mojika.language.normal_forms import normal_text
from mojika.reading.labelled import page_of_labels
from mojika.reading.page import Block

_FURIGANA = re.compile(r"（[^（）]*）|\([^()]*\)")
_REMARK = re.compile(r"【[^【】]*】|［[^［］]*］|\[[^\[\]]*\]")
_COMMAND = re.compile(r"《[^《》：]*：|[《》｜]")


@dataclass(frozen=True)
class Text:
    """Runs of characters of one book, in normal forms; what is read in different runs does not follow each other."""

    book: str
    runs: tuple[str, ...]


def read_texts(path: Path) -> list[Text]:
    """The texts of a file, book by book: of a label file `image_id,labels`; of a CSV with a column `text` of
    transcriptions and one that names the book (`title` or `book`); or of a plain text, whose empty lines divide it.

    Raises `UserError` where it is none of these.
    """
    if path.is_file() and path.suffix.lower() == ".csv" and first_line(path) == HEADER:
        return _by_book((book_of(page.image_id), runs_of_labels(page)) for page in read_page_labels(path))
    return _by_book((book, runs_of_transcription(text)) for book, text in read_transcriptions(path))


def runs_of_labels(page: PageLabels) -> list[str]:
    blocks = page_of_labels(page).blocks
    runs = (
        [block.columns[number].characters[place].char for number, place in run]
        for block in blocks
        for run in runs_of_block(block)
    )
    return [normal_text("".join(run)) for run in runs]


def runs_of_block(block: Block) -> list[list[tuple[int, int]]]:
    """What is read in one go: the columns of a block one after the other, notes included; each furigana for itself.

    A run is the places of its characters: the number of the column, and that of the character in it.
    """
    places = [[(number, place) for place in range(len(each.characters))] for number, each in enumerate(block.columns)]
    furigana = [own for own, column in zip(places, block.columns, strict=True) if column.kind == "furigana"]
    others = [own for own, column in zip(places, block.columns, strict=True) if column.kind != "furigana"]
    return [list(chain.from_iterable(others)), *furigana]


def runs_of_transcription(text: str) -> list[str]:
    """The runs of a transcription in Koji notation, or of a plain text: lines follow each other, empty ones divide.

    Furigana in （） and remarks in 【】 are left out; notes in two lines, 《割書：…｜…》, are read one line after the
    other; what was not legible (□) and signs that pages do not have divide. https://github.com/yuta1984/koji
    """
    bare = _REMARK.sub("", _without_furigana(text.replace("\r\n", "\n")))
    bare = _COMMAND.sub("", bare)
    paragraphs = re.split(r"\n[ \t\u3000]*\n", bare)
    pieces = (piece for paragraph in paragraphs for piece in re.split(_DIVIDES, re.sub(r"\s", "", paragraph)))
    return [normal_text(piece) for piece in pieces if piece]


_DIVIDES = re.compile(r"[^\w々〆〇〱-〵〻ヽヾゝゞゟヿ・○△●▲]+|[0-9A-Za-z０-９Ａ-Ｚａ-ｚ_＿①-⑳]+")


def _without_furigana(text: str) -> str:
    while (shorter := _FURIGANA.sub("", text)) != text:
        text = shorter
    return text


def _by_book(pages: Iterable[tuple[str, list[str]]]) -> list[Text]:
    books: dict[str, list[str]] = {}
    for book, runs in pages:
        books.setdefault(unicodedata.normalize("NFC", book), []).extend(runs)
    return [Text(book, tuple(runs)) for book, runs in books.items()]
