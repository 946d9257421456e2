"""Every format by the name under which it is asked for. A new one is one module, a line here, and its test."""

import os
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from mojika.errors import UserError
from mojika.files.atomic import atomic_write
from mojika.formats import (
    alto,
    coco,
    hocr,
    iiif,
    ndl_json,
    overlay,
    page_2013,
    page_json,
    page_xml,
    pdf,
    submission_csv,
    tei,
    tei_edition,
    text,
    vertical_text,
)
from mojika.formats.format import Format, PageOnImage
from mojika.runtime.lines import INVISIBLE

_LONGEST_PART = 255  # bytes of a file's name, on nearly every file system
FORMATS: dict[str, Format] = {
    "text": Format(".txt", "plain text: a line for each column, furigana in 《》 behind its base", text.write),
    "vertical": Format(".vertical.txt", "plain text as it was set: columns side by side", vertical_text.write),
    "json": Format(".json", "everything that was read, to be edited by hand and read back", page_json.write),
    "alto": Format(".alto.xml", "ALTO 4.4: columns as lines, characters as glyphs with alternatives", alto.write),
    "page": Format(".page.xml", "PAGE 2019-07-15: the same for eScriptorium, LAREX, OCR-D", page_xml.write),
    "page-2013": Format(".page-2013.xml", "PAGE 2013-07-15, which Transkribus reads", page_2013.write),
    "hocr": Format(".hocr", "hOCR 1.2: as Tesseract writes it, with characters", hocr.write),
    "tei": Format(".tei.xml", "TEI: lines of text, and a facsimile with zones down to characters", tei.write),
    "tei-edition": Format(
        ".tei-edition.xml", "TEI with ruby, notes, and the certainty of characters", tei_edition.write
    ),
    "ndl": Format(".ndl.json", "the JSON of the National Diet Library's OCR of old books", ndl_json.write),
    "iiif": Format(
        "manifest.json", "IIIF 3: a manifest of all pages with their text", iiif.write_manifest, of_all=True
    ),
    "iiif-annotations": Format(iiif.ANNOTATIONS_SUFFIX, "IIIF 3: the text of a page", iiif.write_annotations),
    "overlay": Format(".overlay.jpg", "a picture of the page with columns, order and what was read", overlay.write),
    "coco": Format("coco.json", "MS COCO: the boxes of all pages, labels as categories", coco.write, of_all=True),
    "csv": Format("submission.csv", "all pages as a competition takes them", submission_csv.write, of_all=True),
    "pdf": Format("pages.pdf", "all pages as pictures with text to search and to copy", pdf.write, of_all=True),
}


def write_page(
    page: PageOnImage, folder: Path, names: Iterable[str], formats: Mapping[str, Format] = FORMATS
) -> list[Path]:
    """Write a file of `page` into `folder` in each of the formats `names` that have one for each page.

    Each file appears whole or not at all; the `/` in a page's name are folders. Returns the files. Raises `UserError`
    for a format that is not known, before anything is written, and for a page whose name leads out of `folder`.
    """
    own = [format for format in chosen(names, formats) if not format.of_all]
    written = [file_of(folder, page.page.name, format) for format in own]
    for path, format in zip(written, own, strict=True):
        with atomic_write(path) as file:
            format.write([page], file)
    return written


def write_all(
    pages: Iterable[PageOnImage], folder: Path, names: Iterable[str], formats: Mapping[str, Format] = FORMATS
) -> list[Path]:
    """Write one file of all `pages` into `folder` in each of the formats `names` that hold many pages.

    `pages` is gone through once for each of them. Files and errors as for `write_page`; two pages of one name are an
    error too.
    """
    common = [format for format in chosen(names, formats) if format.of_all]
    written = [folder / format.suffix for format in common]
    for path, format in zip(written, common, strict=True):
        with atomic_write(path) as file:
            format.write(_once(pages), file)
    return written


def chosen(names: Iterable[str], formats: Mapping[str, Format] = FORMATS) -> list[Format]:
    """The formats of these names, each once; raises `UserError` that names one that is not known, and all that are."""
    names = list(dict.fromkeys(names))
    unknown = [name for name in names if name not in formats]
    if unknown:
        near = "".join(f"; did you mean {name}?" for name in get_close_matches(unknown[0], formats, n=1))
        raise UserError(f"expected formats of {', '.join(formats)}, found {unknown[0]!r}{near}")
    return [formats[name] for name in names]


def file_of(folder: Path, page_name: str, format: Format) -> Path:
    """Where a format puts a page of this name; raises `UserError` where that is outside `folder`, or the name has signs
    that steer a terminal or turn the text, or is too long for a file."""
    inside = PurePosixPath(page_name)
    if inside.is_absolute() or ".." in inside.parts or not inside.name or INVISIBLE.search(page_name):
        raise UserError(f"expected a page's name that stays inside the output folder, found {page_name[:200]!r}")
    inside = inside.with_name(inside.name + format.suffix)
    if any(len(os.fsencode(part)) > _LONGEST_PART for part in inside.parts):
        raise UserError(f"expected a page's name of at most {_LONGEST_PART} bytes, found {inside.name!r}")
    return folder / inside


def expect_apart(page_names: Iterable[str], names: Iterable[str], formats: Mapping[str, Format] = FORMATS) -> None:
    """Raises `UserError` where two files of a run would have the same name, as `a.ndl` + `.json` and `a` + `.ndl.json`,
    or one that of a folder."""
    places = Places(names, formats)
    for name in page_names:
        places.claim(name)


class Places:
    """The files of a run in the formats `names`, each of one page or of all."""

    def __init__(self, names: Iterable[str], formats: Mapping[str, Format] = FORMATS):
        wanted = chosen(names, formats)
        self._of_each = [format for format in wanted if not format.of_all]
        self._files = {Path(format.suffix): "all pages" for format in wanted if format.of_all}
        self._folders = dict[Path, str]()

    def claim(self, page_name: str) -> None:
        """Raises `UserError` where a file or a folder of the page is one of another page, too."""
        own, files = f"page {page_name}", [file_of(Path(), page_name, format) for format in self._of_each]
        for path in files:
            if path in self._files:
                raise UserError(
                    f"{path}: a file of {self._files[path]} and one of {own} would have this name; rename an input"
                )
            if path in self._folders:
                raise UserError(f"{path}: a file of {own} and a folder of {self._folders[path]} would have this name")
            for folder in path.parents:
                if folder in self._files:
                    raise UserError(
                        f"{folder}: a file of {self._files[folder]} and a folder of {own} would have this name"
                    )
        self._files |= dict.fromkeys(files, own)
        self._folders |= {folder: own for path in files for folder in path.parents}


def _once(pages: Iterable[PageOnImage]) -> Iterator[PageOnImage]:
    names: set[str] = set()
    for each in pages:
        if each.page.name in names:
            raise UserError(f"expected each page once, found {each.page.name} again")
        names.add(each.page.name)
        yield each
