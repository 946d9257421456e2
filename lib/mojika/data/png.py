"""The chunks of a PNG (third edition, 5): what they say of the image, and damage that Pillow passes over."""

import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_ABOUT = (b"IHDR", b"eXIf", b"iTXt", b"tEXt", b"zTXt")
_OF_PIXELS = (b"IHDR", b"PLTE", b"IDAT", b"tRNS")
_NO_PIXELS = bytes(4) + b"IDAT" + bytes(4)
_CHECKSUM, _BEFORE_PIXELS = 4, 4096  # bytes


def png_without_pixels(path: Path | str) -> Image.Image:
    """An image of the header and all texts and EXIF data, of which some may be behind the pixels."""
    with open(path, "rb") as file:
        kept = [head + file.read(length + _CHECKSUM) for length, head in _chunks(file) if head[4:] in _ABOUT]
    return Image.open(io.BytesIO(b"".join([_SIGNATURE, *kept, _NO_PIXELS])), formats=["PNG"])


def png_damage(path: Path | str) -> str | None:
    """The first chunk of the pixels that is not as its check sum says, or that the end is missing."""
    kind = b""  # of the last whole chunk
    with open(path, "rb") as file:
        for length, head in _chunks(file):
            kind = head[4:]
            if kind in _OF_PIXELS:
                content, checksum = file.read(length), file.read(_CHECKSUM)
                if len(checksum) < _CHECKSUM:
                    break
                if zlib.crc32(kind + content).to_bytes(4) != checksum:
                    return f"its chunk {kind.decode()} is not as its check sum says"
    return None if kind == b"IEND" else "truncated, its end is missing"


def is_animated_png(path: Path | str) -> bool:
    """By the chunk that comes before all pixels; False where the file cannot be read."""
    try:
        with open(path, "rb") as file:
            return b"acTL" in file.read(_BEFORE_PIXELS).split(b"IDAT")[0]
    except OSError:
        return False


def _chunks(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The length of each chunk's content and its first eight bytes; whoever reads on need not come to its end."""
    at, end = len(_SIGNATURE), os.fstat(file.fileno()).st_size
    while at < end:
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[:4])
        yield length, head
        if head[4:] == b"IEND":
            return
        at += 8 + length + _CHECKSUM
