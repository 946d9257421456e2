"""PDFs of pages with given contents, written by hand."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass
class PdfPage:
    """`size` in points; `content` draws, with `/name Do` for one of the `images`, which are JPEG files."""

    size: tuple[float, float]
    content: str
    images: Mapping[str, bytes] = field(default_factory=dict)
    entries: str = ""


def jpeg_of(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


def write_pdf(path: Path, pages: Sequence[PdfPage], encrypt: str = "") -> Path:
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    kids = []
    for page in pages:
        names = []
        for name, content in page.images.items():
            width, height = Image.open(io.BytesIO(content)).size
            head = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceRGB"
            objects.append(_stream(f"{head} /BitsPerComponent 8 /Filter /DCTDecode", content))
            names.append(f"/{name} {len(objects)} 0 R")
        objects.append(_stream("", page.content.encode()))
        font = "/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        box = f"/MediaBox [0 0 {page.size[0]} {page.size[1]}] /Contents {len(objects)} 0 R {page.entries}"
        resources = f"/Resources << /XObject << {' '.join(names)} >> {font} >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {box} {resources} >>".encode())
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>".encode()
    path.write_bytes(_with_table(objects, encrypt))
    return path


def _stream(entries: str, content: bytes) -> bytes:
    return f"<< {entries} /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream"


def _with_table(objects: Sequence[bytes], encrypt: str) -> bytes:
    found, offsets = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(found))
        found += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{at:010} 00000 n \n" for at in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {encrypt} >>\nstartxref\n{len(found)}\n%%EOF\n"
    return found + (table + trailer).encode()
