"""Pages of PDFs as pixels: a scan as it was put into the page, anything else drawn at a given resolution.

PDFium draws an image that covers its page onto just as many pixels without touching them, so that pages need not be
told from pictures: only the resolution is found, and turned pages, masks and layers come out as people see them.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pypdfium2
from pypdfium2 import raw

from mojika.data.images import MAX_PIXELS
from mojika.data.jpeg import jpeg_damage
from mojika.errors import UserError

_PER_INCH = 72  # points
_SCAN_FROM = 0.5  # of the page's area is covered by images
_RESOLUTION_OF = 0.1  # of the page's area: finer images together cover less
_COARSEST = 36  # dpi: below, an image is a background, not a scan
_SQUARE = 0.02  # by which the resolutions across and down may differ
_INSET = 1e-3  # pixels: an image that fills the page stays within the pixels that PDFium rounds it up to
_one_at_a_time = threading.Lock()  # PDFium cannot be used by two threads


def count_pages(path: Path) -> int:
    """Raises `UserError` where the file is no PDF, is encrypted or has no page."""
    with _opened(path) as document:
        if not len(document):
            raise UserError(f"{path}: expected a PDF with pages, found no page in it")
        return len(document)


def read_page(path: Path, number: int, dpi: int) -> np.ndarray:
    """`(H, W, 3) uint8` of a page, counted from 1: at the resolution of the scan where images cover half of the page,
    else at `dpi`.

    Raises `UserError` where the page is broken, or larger than an image may be.
    """
    source = f"{path} page {number}"
    with _opened(path) as document:
        try:
            page = document[number - 1]
            images = list(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]))
            width, height = _size(page, images, dpi)
        except (pypdfium2.PdfiumError, ArithmeticError, ValueError) as error:  # of places without bounds or area
            raise UserError(f"{source}: expected a readable page, found a broken one: {error}") from None
        if width * height > MAX_PIXELS:
            found = f"{width:,} x {height:,} pixels"
            raise UserError(f"{source}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels, found {found}")
        for image in images:
            if damage := _damage(image):
                raise UserError(f"{source}: expected a readable image in it, found a broken one: {damage}")
        return _drawn(page, width, height)


@contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    with _one_at_a_time, open(path, "rb") as file:
        if not path.stat().st_size:
            raise UserError(f"{path}: expected a PDF with pages, found an empty file")
        try:
            document = pypdfium2.PdfDocument(file)
        except pypdfium2.PdfiumError as error:
            if error.err_code == raw.FPDF_ERR_PASSWORD:
                raise UserError(f"{path}: is encrypted; save a copy of the PDF without a password") from None
            raise UserError(f"{path}: expected a PDF with pages, found a broken one or none") from None
        try:
            yield document
        finally:
            document.close()


def _size(page: pypdfium2.PdfPage, images: list[pypdfium2.PdfImage], dpi: int) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = page.get_size()
    across, down = _scan_resolution(page, images, width * height) or (dpi / _PER_INCH, dpi / _PER_INCH)
    if abs(across - down) > _SQUARE * max(across, down):
        across = down = max(across, down)
    return max(1, round(width * across)), max(1, round(height * down))


def _scan_resolution(
    page: pypdfium2.PdfPage, images: list[pypdfium2.PdfImage], page_area: float
) -> tuple[float, float] | None:
    """Pixels per point across and down the upright page; None where it is no scan."""
    found, covered = [], 0.0
    for image in images:
        left, bottom, right, top = image.get_bounds()
        if right > left and top > bottom:
            a, b, *_ = image.get_matrix().get()
            pixels = image.get_px_size() if abs(a) >= abs(b) else image.get_px_size()[::-1]
            area = (right - left) * (top - bottom) / page_area
            found.append((pixels[0] / (right - left), pixels[1] / (top - bottom), area))
            covered += area
    if covered < _SCAN_FROM:
        return None
    covered = 0.0
    for across, down, area in sorted(found, key=lambda each: -max(each[:2])):
        covered += area
        if covered >= _RESOLUTION_OF:
            if max(across, down) * _PER_INCH < _COARSEST:
                return None
            return (down, across) if page.get_rotation() in (90, 270) else (across, down)
    return None


def _damage(image: pypdfium2.PdfImage) -> str | None:
    """What is wrong with a JPEG, of which PDFium says nothing; and with any image that is too large to be decoded."""
    width, height = image.get_px_size()
    if width * height > MAX_PIXELS:
        return f"{width:,} x {height:,} pixels"
    filters = image.get_filters()
    if filters and filters[-1] == "DCTDecode":
        return jpeg_damage(bytes(image.get_data(decode_simple=True)), MAX_PIXELS)
    return None


def _drawn(page: pypdfium2.PdfPage, width: int, height: int) -> np.ndarray:
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_BGR)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    across, down = page.get_size()
    scales = ((width - 2 * _INSET) / across, (height - 2 * _INSET) / down)
    matrix = raw.FS_MATRIX(scales[0], 0, 0, scales[1], _INSET, _INSET)
    clip = raw.FS_RECTF(0, 0, width, height)
    raw.FPDF_RenderPageBitmapWithMatrix(bitmap, page, matrix, clip, raw.FPDF_ANNOT)
    return np.ascontiguousarray(bitmap.to_numpy()[..., ::-1])
