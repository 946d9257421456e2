"""A font without ink for text that lies invisibly over a scan: it says what each code means, and how long it is.

Its few glyphs are rectangles, an em high and of different lengths, for characters of any script to share. So nothing of
a big font is embedded, and every character has its text, also those beyond the BMP and those of several code points
(Tesseract's `pdf.ttf` does the like for single ones). Codes are given out in pages of 256 that reach equally far, so
that the tables that say so are short.
"""

from collections.abc import Iterable
from io import BytesIO
from typing import Any, NamedTuple

from mojika.formats.pdf_objects import PdfObjects

STEPS = 20  # of an em
REACHES = (*range(1, 20), *range(20, 111, 3))  # steps; a gap or overlap of a tenth of an em would end a word of poppler
LITTLE = 0.15  # of an em; characters that begin closer together are one to poppler
_EM, _STEP = 1000, 1000 // STEPS
_PAGES, _OF_PAGE = 256, 256
_SPARE = 3 * len(REACHES) + 10  # pages that one more page of a book may need
_AT_ONCE = 100  # as many as one bfchar section may have


class Extent(NamedTuple):
    """How far a glyph reaches, and whether the next one begins where it ends, or `LITTLE` behind its origin. Below 0 it
    reaches to before its origin, and `LITTLE` behind it."""

    steps: int
    advances: bool = True


def steps_near(ems: float) -> int:
    """The one of `REACHES` that is nearest to a length."""
    return min(REACHES, key=lambda steps: abs(steps - ems * STEPS))


class InvisibleFont:
    """Codes of two bytes for texts of some extent, given out as they are asked for; `write` when all of them are known.

    `number` is that of the font's object.
    """

    def __init__(self, objects: PdfObjects):
        self._objects = objects
        self.number = objects.reserve()
        self._codes: dict[tuple[str, Extent], int] = {}
        self._pages = [Extent(0)]  # the first one has the code of no glyph
        self._next: dict[Extent, int] = {}

    @property
    def is_full(self) -> bool:
        return len(self._pages) > _PAGES - _SPARE

    def code(self, text: str, extent: Extent) -> str:
        """Four hexadecimal digits that show `text`; raises `ValueError` when all codes are given out."""
        code = self._codes.get((text, extent))
        if code is None:
            code = self._codes[text, extent] = self._new(extent)
        return f"{code:04X}"

    def write(self) -> None:
        """The font and all that belongs to it."""
        objects, reaches = self._objects, [0, *sorted({page.steps for page in self._pages} - {0})]
        content = _font_file(reaches)
        file = objects.add_stream(content, f"/Length1 {len(content)}")
        bounds = f"{min(reaches) * _STEP} 0 {max(reaches) * _STEP} {_EM}"
        descriptor = objects.add(
            f"<< /Type /FontDescriptor /FontName /Invisible /Flags 5 /FontBBox [{bounds}] /ItalicAngle 0 "
            f"/Ascent {_EM} /Descent 0 /CapHeight {_EM} /StemV 80 /FontFile2 {file} 0 R >>"
        )
        glyphs = b"".join(reaches.index(page.steps).to_bytes(2, "big") * _OF_PAGE for page in self._pages)
        font = objects.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Invisible /DW {_EM} /W [{self._widths()}] "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {descriptor} 0 R /CIDToGIDMap {objects.add_stream(glyphs)} 0 R >>"
        )
        meaning = objects.add_stream(_to_unicode((code, text) for (text, _), code in self._codes.items()))
        objects.add(
            "<< /Type /Font /Subtype /Type0 /BaseFont /Invisible /Encoding /Identity-H "
            f"/DescendantFonts [{font} 0 R] /ToUnicode {meaning} 0 R >>",
            self.number,
        )

    def _widths(self) -> str:
        firsts = range(0, len(self._pages) * _OF_PAGE, _OF_PAGE)
        widths = (page.steps * _STEP if page.advances else round(LITTLE * _EM) for page in self._pages)
        return " ".join(f"{first} {first + _OF_PAGE - 1} {width}" for first, width in zip(firsts, widths, strict=True))

    def _new(self, extent: Extent) -> int:
        code = self._next.get(extent, 0)
        if code % _OF_PAGE == 0:
            if len(self._pages) == _PAGES:
                raise ValueError("expected fewer different characters in one font")
            code = len(self._pages) * _OF_PAGE
            self._pages.append(extent)
        self._next[extent] = code + 1
        return code


def _font_file(reaches: list[int]) -> bytes:
    """TrueType with a rectangle for each of `reaches`; the first one is empty."""
    from fontTools.fontBuilder import FontBuilder

    names = [".notdef", *(f"reach{steps}" for steps in reaches[1:])]
    glyphs = {name: _rectangle(steps * _STEP) for name, steps in zip(names, reaches, strict=True)}
    builder = FontBuilder(_EM, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(
        {name: (_EM, min(0, steps * _STEP)) for name, steps in zip(names, reaches, strict=True)}
    )
    builder.setupHorizontalHeader(ascent=_EM, descent=0)
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    builder.setupNameTable({"familyName": "Invisible", "styleName": "Regular"})
    file = BytesIO()
    builder.save(file)
    return file.getvalue()


def _rectangle(end: int) -> Any:
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    left, right = (0, end) if end >= 0 else (end, round(LITTLE * _EM))
    pen = TTGlyphPen(None)
    pen.moveTo((left, 0))
    for corner in ((left, _EM), (right, _EM), (right, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def _to_unicode(codes: Iterable[tuple[int, str]]) -> bytes:
    """The CMap of ISO 32000-1, 9.10.3, from codes to UTF-16."""
    pairs = [f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in codes]
    sections = [pairs[at : at + _AT_ONCE] for at in range(0, len(pairs), _AT_ONCE)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin",
        "begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def",
        "/CMapType 2 def",
        "1 begincodespacerange",
        "<0000> <FFFF>",
        "endcodespacerange",
        *(line for each in sections for line in (f"{len(each)} beginbfchar", *each, "endbfchar")),
        "endcmap",
        "CMapName currentdict /CMap defineresource pop",
        "end",
        "end",
    ]
    return "\n".join(lines).encode("ascii")
