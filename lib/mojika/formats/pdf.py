"""Searchable PDF: pages as pictures, and invisibly on each character its text, so that what is selected is copied."""

from collections import Counter
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import IO, NamedTuple

import mojika
from mojika.formats.format import PageOnImage
from mojika.formats.pdf_font import InvisibleFont
from mojika.formats.pdf_objects import PdfObjects, text_string
from mojika.formats.pdf_text import text_operators
from mojika.formats.writing import JAPANESE, writing_of

DOTS_PER_INCH = 300
_POINTS = 72 / DOTS_PER_INCH
_QUALITY = 85


class _Jpeg(NamedTuple):
    content: bytes
    width: int
    height: int
    colours: str


def write(pages: Iterable[PageOnImage], file: IO[bytes]) -> None:
    """All pages as one PDF, of which one page at a time is in memory.

    A page measures as much as its image at 300 dots per inch. An original that is an upright JPEG is embedded as it
    is; other images become JPEGs.
    """
    objects = PdfObjects(file)
    tree, font, numbers, languages = objects.reserve(), InvisibleFont(objects), dict[int, str](), Counter[str]()
    for each in pages:
        languages[writing_of(each.page).language] += 1
        if font.is_full:
            font.write()
            font = InvisibleFont(objects)
        numbers[_page(objects, tree, font, each)] = each.page.name
    font.write()
    kids = " ".join(f"{number} 0 R" for number in numbers)
    objects.add(f"<< /Type /Pages /Kids [{kids}] /Count {len(numbers)} >>", tree)
    language = languages.most_common(1)[0][0] if languages else JAPANESE.language
    outlines = _outlines(objects, numbers)
    root = objects.add(f"<< /Type /Catalog /Pages {tree} 0 R /Outlines {outlines} 0 R /Lang ({language}) >>")
    objects.finish(root, objects.add(f"<< /Producer {text_string(f'Mojika {mojika.__version__}')} >>"))


def _outlines(objects: PdfObjects, names: dict[int, str]) -> int:
    """Bookmarks: the names of the pages, which are given by the numbers of their objects."""
    root, items = objects.reserve(), [objects.reserve() for _ in names]
    for at, (page, name) in enumerate(names.items()):
        beside = f"/Prev {items[at - 1]} 0 R " * (at > 0) + f"/Next {items[at] + 1} 0 R " * (at + 1 < len(items))
        title = f"/Title {text_string(name)} /Dest [{page} 0 R /Fit]"
        objects.add(f"<< /Parent {root} 0 R {beside}{title} >>", items[at])
    ends = f"/First {items[0]} 0 R /Last {items[-1]} 0 R /Count {len(items)} " if items else ""
    return objects.add(f"<< /Type /Outlines {ends}>>", root)


def _page(objects: PdfObjects, tree: int, font: InvisibleFont, each: PageOnImage) -> int:
    page, picture = each.page, _jpeg(each)
    image = objects.add_stream(
        picture.content,
        f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height} /BitsPerComponent 8 "
        f"/ColorSpace /{picture.colours} /Filter /DCTDecode",
        packed=True,
    )
    content = [
        f"{_POINTS} 0 0 {_POINTS} 0 0 cm",
        f"q {page.width} 0 0 {page.height} 0 0 cm /Scan Do Q",
        "BT 3 Tr /Text 1 Tf",
        *text_operators(page, font),
        "ET",
    ]
    shown = objects.add_stream("\n".join(content).encode("ascii"))
    return objects.add(
        f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 {page.width * _POINTS:.2f} {page.height * _POINTS:.2f}] "
        f"/Resources << /XObject << /Scan {image} 0 R >> /Font << /Text {font.number} 0 R >> >> "
        f"/Contents {shown} 0 R >>"
    )


def _jpeg(each: PageOnImage) -> _Jpeg:
    from PIL import Image

    size = each.page.width, each.page.height
    if each.original is not None:
        found = _embeddable(each.original, size)
        if found is not None:
            return found
    file = BytesIO()
    image = Image.fromarray(each.image())
    image.save(file, "JPEG", quality=_QUALITY)
    return _Jpeg(file.getvalue(), *image.size, "DeviceRGB")


def _embeddable(path: Path, size: tuple[int, int]) -> _Jpeg | None:
    """The file as it is, if it is a JPEG in RGB or gray that needs not be turned to be a page of this size."""
    from PIL import ExifTags, Image

    try:
        content = path.read_bytes()
        with Image.open(BytesIO(content), formats=["JPEG"]) as image:
            turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
            colours = {"RGB": "DeviceRGB", "L": "DeviceGray"}.get(image.mode)
            return None if turned or colours is None or image.size != size else _Jpeg(content, *size, colours)
    except (OSError, SyntaxError, ValueError):  # what Pillow raises for files of other kinds
        return None
