"""Annotation files: finding those of a folder, reading JSON and XML, and making faults of what is wrong in them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lxml import etree

from mojika.data.class_folders import files_below
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.json_text import load_json
from mojika.files.text_table import read_text
from mojika.imports.found import Box, Found

_XML = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)


def files_called(source: Path, *suffixes: str) -> list[Path]:
    """The files below a folder, or the file itself, that end in one of `suffixes`."""
    paths = files_below(source) if source.is_dir() else [source]
    return [path for path in paths if path.suffix.lower() in suffixes]


def folder_of(source: Path) -> Path:
    """The folder itself, or that of the file."""
    return source if source.is_dir() else source.parent


def name_from(source: Path, path: Path) -> str:
    """How faults name a file: its path from the root."""
    return path.relative_to(folder_of(source)).as_posix()


def read_json(path: Path) -> Any:
    """Raises `UserError` where the file is no JSON."""
    try:
        return load_json(read_text(path))
    except ValueError:
        raise UserError(f"{path}: expected JSON, found something else") from None


def read_xml(path: Path) -> Any:
    """The root element; entities are not resolved. Raises `UserError` where the file is no XML."""
    try:
        return etree.parse(str(path), _XML).getroot()
    except (etree.XMLSyntaxError, OSError):
        raise UserError(f"{path}: expected XML, found something else") from None


def local_name(element: Any) -> str:
    """The element's name without its namespace, which differs between versions."""
    return etree.QName(element).localname


def below(element: Any, name: str) -> Iterator[Any]:
    """Elements of this name at any depth, in any namespace."""
    yield from element.iterfind(f".//{{*}}{name}")


def box_around(label: str, points: Iterable[tuple[float, float]], row: int | None = None) -> Box:
    """The smallest box that holds the points; raises `ValueError` without points."""
    xs, ys = zip(*points, strict=True)
    return Box(label, min(xs), min(ys), max(xs), max(ys), row)


@contextmanager
def noting(found: Found, file: str, row: int | None = None) -> Iterator[None]:
    """What is wrong inside becomes a fault of the file, and the program goes on behind the block."""
    try:
        yield
    except UserError as error:
        found.faults.append(Fault(file, row, str(error)))
    except KeyError as error:
        found.faults.append(Fault(file, row, f"expected {error.args[0]}, found nothing"))
    except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
        found.faults.append(Fault(file, row, f"not in the expected form: {error}"))
