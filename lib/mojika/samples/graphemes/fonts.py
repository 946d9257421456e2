"""Bengali fonts: whether one shapes a grapheme rightly, and the grapheme's skeleton, which pens follow.

HarfBuzz shapes, through Pillow's RAQM layout. Neither reports which glyphs were drawn, so fonts are tested by their
ink: what a font draws is compared with what it draws for texts that show a fault deliberately.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from mojika.errors import UserError
from mojika.files.fonts import FontFile, code_points, find_fonts, font_files_of, loaded_font
from mojika.samples.graphemes.components import VIRAMA, ZWJ, ZWNJ, components

# style -> (file name, Debian package)
BENGALI_FONTS = {
    "likhan": ("LikhanNormal.ttf", "fonts-beng-extra"),
    "jamrul": ("JamrulNormal.ttf", "fonts-beng-extra"),
    "ani": ("Ani.ttf", "fonts-beng-extra"),
    "mukti": ("Mukti.ttf", "fonts-beng-extra"),
    "lohit": ("Lohit-Bengali.ttf", "fonts-lohit-beng-bengali"),
    "sans": ("NotoSansBengali-Regular.ttf", "fonts-noto-core"),
    "serif": ("NotoSerifBengali-Regular.ttf", "fonts-noto-core"),
}

EM = 96  # pixels per em of a skeleton
MARGIN = 32  # pixels of empty space around it
_CHECKED_EM = 48  # pixels per em where a font is asked whether it draws rightly
_ELSEWHERE = 3  # pixels that a sign may have moved, when the same glyphs are set
_ASTRAY = 0.02  # share of the ink that may lie farther away
_RAQM = ImageFont.Layout.RAQM
_DOTTED_CIRCLE, _BLANK = "\u25cc", "\u00a0"
_MARKS = ("Mn", "Mc")
_VOWEL_SIGNS = "".join(components()["vowel_diacritic"][1:])
_LETTER, _TA = "\u0995", "\u09a4"  # ক, which every font has; ত, whose half form is a letter of its own, ৎ
_WIDENED = 0.15  # em by which a vowel sign may widen a conjunct more or less than a letter
_HEADLINE_SHARE = 0.6  # of a grapheme's width that has to be headline for it to have one
_SHORTEST_HEADLINE = 0.35  # em


@dataclass(frozen=True)
class Skeleton:
    """`line (H, W) bool`, one pixel wide at 96 pixels per em with a margin of 32 pixels on each side.

    `headline` is its row, first and last column, or None where the grapheme has no headline (ও, থ, গ).
    """

    line: np.ndarray
    headline: tuple[int, int, int] | None


class BengaliFont(FontFile):
    def draws(self, grapheme: str) -> bool:
        """Whether the font has every letter of the grapheme, joins its conjuncts, and leaves nothing out."""
        stem = grapheme.rstrip(_VOWEL_SIGNS)
        return (
            self._has(grapheme)
            and _is_sound(self.path, _with_base(grapheme))
            and (stem == grapheme or VIRAMA not in stem or self._adds_only_a_sign(stem, grapheme[len(stem) :]))
        )

    def _adds_only_a_sign(self, stem: str, sign: str) -> bool:
        """Whether the conjunct is joined without its vowel sign, and the sign widens it as it widens a letter."""
        widened = _length(self.path, stem + sign) - _length(self.path, stem)
        expected = _length(self.path, _LETTER + sign) - _length(self.path, _LETTER)
        return abs(widened - expected) <= _WIDENED * _CHECKED_EM and _is_sound(self.path, stem)

    def skeleton(self, grapheme: str) -> Skeleton:
        """The grapheme's skeleton; it is right where `draws` says so."""
        return _skeleton(self.path, _with_base(grapheme))

    def _has(self, grapheme: str) -> bool:
        claimed = code_points(self.path)
        letters = [letter for letter in grapheme if unicodedata.category(letter) != "Cf"]
        decomposed = (unicodedata.normalize("NFD", letter) for letter in letters)
        return all(
            ord(letter) in claimed or (len(parts) > 1 and all(ord(part) in claimed for part in parts))
            for letter, parts in zip(letters, decomposed, strict=True)
        )


def _with_base(grapheme: str) -> str:
    """A grapheme that is only a sign (ং, ঃ) is drawn on a blank, or HarfBuzz would put a dotted circle under it."""
    return _BLANK + grapheme if unicodedata.category(grapheme[0]) in _MARKS else grapheme


def faulty_texts(grapheme: str) -> list[str]:
    """Texts that a font draws like the grapheme only when it draws the grapheme wrongly.

    Without one of its letters or signs: that one is blank, or merged away. With a non-joiner behind a virama: the
    conjunct is missing and the virama shows. With a joiner behind ত্: it is written ৎ. With a dotted circle before a
    sign: HarfBuzz put one there itself.
    """
    circle = [_DOTTED_CIRCLE + grapheme.removeprefix(_BLANK)] if grapheme.startswith(_BLANK) else []
    cut = [(grapheme[:at], grapheme[at], grapheme[at + 1 :]) for at in range(len(grapheme))]
    without = [head + tail for head, letter, tail in cut if letter not in (VIRAMA, _BLANK) and head + tail]
    unjoined = [head + letter + ZWNJ + tail for head, letter, tail in cut if letter == VIRAMA and tail]
    halved = [
        head + VIRAMA + ZWJ + tail for head, letter, tail in cut if letter == VIRAMA and head[-1:] == _TA and tail
    ]
    marks = [part for part in cut if part[0] and unicodedata.category(part[1]) in _MARKS]
    return (
        circle + without + unjoined + halved + [head + _DOTTED_CIRCLE + letter + tail for head, letter, tail in marks]
    )


@lru_cache(maxsize=65536)
def _is_sound(path: Path, grapheme: str) -> bool:
    drawn = _ink(path, grapheme, _CHECKED_EM)
    if np.count_nonzero(drawn) < (_CHECKED_EM * 0.05) ** 2:
        return False
    return not any(_drawn_alike(path, grapheme, text, drawn) for text in faulty_texts(grapheme))


def _drawn_alike(path: Path, grapheme: str, text: str, drawn: np.ndarray) -> bool:
    """Whether a text comes out as the grapheme does, whose ink is `drawn`, but for signs set a little elsewhere.

    Equal glyphs advance equally far, which is quicker to see than equal ink.
    """
    if _length(path, grapheme) != _length(path, text):
        return False
    height, width = drawn.shape
    other = _ink(path, text, _CHECKED_EM)
    if max(abs(other.shape[0] - height), abs(other.shape[1] - width)) > _ELSEWHERE:
        return False
    padded = [np.pad(ink, _ELSEWHERE)[: height + _ELSEWHERE, : width + _ELSEWHERE] for ink in (drawn, other)]
    near = [cv2.dilate(ink.astype(np.uint8), np.ones((2 * _ELSEWHERE + 1,) * 2, np.uint8)) > 0 for ink in padded]
    astray = np.count_nonzero(padded[0] & ~near[1]) + np.count_nonzero(padded[1] & ~near[0])
    return bool(astray <= _ASTRAY * np.count_nonzero(drawn))


@lru_cache(maxsize=2048)
def _skeleton(path: Path, grapheme: str) -> Skeleton:
    line = np.pad(_cropped(thinned(np.pad(_ink(path, grapheme, EM), 1))), MARGIN)
    return Skeleton(line, _headline(line))


def _headline(line: np.ndarray) -> tuple[int, int, int] | None:
    """The level stroke in the upper half that covers most columns, where that is a good part of the width."""
    height, width = (side - 2 * MARGIN for side in line.shape)
    band = line[:-1] | line[1:]
    band = band[:-1] | line[2:]  # a level stroke may stray by a pixel
    top = MARGIN + height // 2
    row = int(band[:top].sum(1).argmax())
    columns = np.flatnonzero(band[row])
    shortest = max(_HEADLINE_SHARE * width, _SHORTEST_HEADLINE * EM)
    return (row + 1, int(columns[0]), int(columns[-1])) if len(columns) >= shortest else None


def _cropped(mask: np.ndarray) -> np.ndarray:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else mask[:0, :0]


def _ink(path: Path, text: str, em: int) -> np.ndarray:
    """What the font draws, as a `(H, W) bool` array cropped to it."""
    image = Image.new("L", ((len(text) + 2) * em, 3 * em))
    ImageDraw.Draw(image).text((em, 2 * em), text, 255, loaded_font(path, em, _RAQM), anchor="ls", language="bn")
    return _cropped(np.asarray(image.crop(image.getbbox())) > 127)


@lru_cache(maxsize=65536)
def _length(path: Path, text: str) -> float:
    """How far a text advances, in pixels at the size that is checked."""
    return loaded_font(path, _CHECKED_EM, _RAQM).getlength(text, language="bn")


def thinned(inside: np.ndarray) -> np.ndarray:
    """The one-pixel skeleton of a `(H, W) bool` mask, empty at its border.

    Zhang and Suen, "A Fast Parallel Algorithm for Thinning Digital Patterns", Communications of the ACM 27 (1984).
    """
    image: np.ndarray = inside.astype(np.uint8)
    while True:
        before = cv2.countNonZero(image)
        for table in _KEPT:
            neighbours = cv2.filter2D(image, -1, _NEIGHBOURS, borderType=cv2.BORDER_CONSTANT)
            image = cv2.bitwise_and(image, cv2.LUT(neighbours, table))
        if cv2.countNonZero(image) == before:
            return image > 0


# bit i of a pixel's code is its neighbour i, clockwise from the north
_NEIGHBOURS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)


def _kept(first: tuple[int, int, int], second: tuple[int, int, int]) -> np.ndarray:
    """For each of the 256 codes 0 where a pass of the algorithm deletes the pixel, else 255."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    count = bits.sum(1)
    rises = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(1)
    deleted = (count >= 2) & (count <= 6) & (rises == 1) & ~bits[:, first].all(1) & ~bits[:, second].all(1)
    return (~deleted * 255).astype(np.uint8)


_KEPT = (_kept((0, 2, 4), (2, 4, 6)), _kept((0, 2, 6), (0, 4, 6)))


def find_bengali_fonts(folders: Sequence[Path] = ()) -> dict[str, BengaliFont]:
    """The installed Bengali fonts by style, and each font file of `folders` by its stem.

    Raises:
        UserError: Pillow cannot shape (no RAQM), a folder has no font, or a font is not installed; the message then
            names the Debian packages.
    """
    if not features.check("raqm"):
        raise UserError(
            "expected a Pillow with RAQM, which shapes Bengali conjuncts, found one without; "
            "install Pillow's wheel from the package index (pip install --force-reinstall pillow), and libfribidi0"
        )
    found = find_fonts(BENGALI_FONTS, "generated graphemes are drawn with Bengali fonts") | font_files_of(folders)
    return {style: BengaliFont(style, path) for style, path in found.items()}
