"""Pages as plain text: columns as lines, an empty line between blocks, furigana in 《》 as Aozora Bunko writes it."""

import re
from collections.abc import Iterable
from typing import IO

from mojika.formats.format import PageOnImage
from mojika.reading.page import Block, Column, Page

_KANJI = re.compile("[々〆〇仝ヶ\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """UTF-8, a line feed behind each line, an empty line between pages."""
    file.write("\n".join(plain_text(item.page) for item in pages).encode())


def plain_text(page: Page) -> str:
    """The text of `page`, empty or with a line feed at its end.

    Furigana follows its base in 《》, as in 木曽路《きそぢ》; where it is not plain from the kanji in front of it where
    the base begins, ｜ is put there (https://www.aozora.gr.jp/annotation/etc.html#ruby). Furigana without a base is a
    line of its own, in 《》.
    """
    blocks = ("".join(f"{line}\n" for line in _lines(block)) for block in page.blocks)
    return "\n".join(lines for lines in blocks if lines)


def with_furigana(block: Block) -> list[tuple[Column, list[Column]]]:
    """The columns of `block` in order, each with the furigana that belongs to it. Furigana without a base is listed
    like other columns."""
    columns: list[tuple[Column, list[Column]]] = []
    furigana: list[Column] = []
    for column in block.columns:
        if column.kind != "furigana":
            furigana = []
            columns.append((column, furigana))
        elif column.base is not None:
            furigana.append(column)
        else:
            columns.append((column, []))
    return columns


def _lines(block: Block) -> list[str]:
    return [
        f"《{column.text}》" if column.kind == "furigana" else _line(column, furigana)
        for column, furigana in with_furigana(block)
    ]


def _line(column: Column, furigana: list[Column]) -> str:
    chars = [character.char for character in column.characters]
    before, behind = [""] * len(chars), [""] * len(chars)
    bases = [(each.base, each.text) for each in furigana if each.base is not None]
    for (_, last), text in bases:
        behind[last] += f"《{text}》"
    for (first, last), _ in bases:
        if not _KANJI.fullmatch("".join(chars[first : last + 1])) or (
            first > 0 and not behind[first - 1] and _KANJI.fullmatch(chars[first - 1])
        ):
            before[first] = "｜"
    return "".join(map("".join, zip(before, chars, behind, strict=True)))
