"""Which images of a TIFF are pages, and damage of them that libtiff only warns of, or does not see."""

import ctypes
import zlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImagePalette, TiffImagePlugin

from mojika.data.jpeg import makes_pixels_wrong
from mojika.errors import UserError

TiffImagePlugin.READ_LIBTIFF = True  # Pillow's own reader mixes up turned gray images and planes of 16 bits
_NEW_SUBFILE_TYPE, _COPY_OR_MASK = 254, 0b101
_SUBFILE_TYPE, _COPY = 255, 2  # of TIFF 5.0
_IMAGES_WITHIN = 330  # SubIFDs, which Pillow does not read
MOST_FRAMES = 5000  # to reach them all takes time that grows with the square of their number
_COMPRESSION, _FAX, _JPEG, _DEFLATE, _PACK_BITS = 259, (2, 3, 4), 7, (8, 32946), 32773
_OFFSETS, _COUNTS = (273, 324), (279, 325)  # of strips, of tiles
_COLOUR_MAP, _PLANES, _SAMPLE_FORMAT, _UNSIGNED, _SEPARATE = 320, 284, 339, (1, 4), 2
_OF_PLANES = ("RGB", "RGBA", "CMYK")  # modes that Pillow puts together from separate planes
_BYTES_A_PIXEL, _CHUNK = 16, 1 << 24  # more than four samples of 16 bits, for tiles that reach beyond the image
_Handler = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p
)


def pages_of_tiff(image: TiffImagePlugin.TiffImageFile, path: Path | str) -> list[int]:
    """The frames that are neither masks nor smaller copies of pages (TIFF 6.0, NewSubfileType); the first where none
    is. After a broken frame, which is a page too, no more are found.

    Raises `UserError` where there are thousands, and where of a page that lies in SubIFDs only copies are frames.
    """
    frames: list[int] = []
    for frame in range(MOST_FRAMES + 1):
        try:
            image.seek(frame)
            frames += [frame] * _is_page(image)
        except EOFError:
            return frames or [_only_copy(image, path)]
        except Exception:  # decoders raise nearly anything on corrupt data
            return [*frames, frame]
    raise UserError(f"{path}: expected at most {MOST_FRAMES:,} images in a TIFF, found more")


def first_page_of_tiff(image: TiffImagePlugin.TiffImageFile, path: Path | str) -> int:
    """The first of `pages_of_tiff`, of an image that was just opened; raises what that raises."""
    return 0 if _is_page(image) else pages_of_tiff(image, path)[0]


def _is_page(image: TiffImagePlugin.TiffImageFile) -> bool:
    copy_or_mask = image.tag_v2.get(_NEW_SUBFILE_TYPE, 0) & _COPY_OR_MASK
    return not copy_or_mask and image.tag_v2.get(_SUBFILE_TYPE) != _COPY


def _only_copy(image: TiffImagePlugin.TiffImageFile, path: Path | str) -> int:
    image.seek(0)
    if _IMAGES_WITHIN in image.tag_v2:
        raise UserError(f"{path}: expected a page, found a smaller copy of one that lies in SubIFDs; save it as PNG")
    return 0


def expect_known_samples(image: TiffImagePlugin.TiffImageFile, path: Path | str) -> None:
    """Raise `UserError` for samples that Pillow would take for others; colour maps of 8 bits are taken for such."""
    formats = image.tag_v2.get(_SAMPLE_FORMAT, (1,))
    if image.mode != "F" and not {*formats} <= {*_UNSIGNED}:
        raise UserError(f"{path}: expected 8 or 16 bits a pixel without a sign, found signed ones")
    if image.tag_v2.get(_PLANES) == _SEPARATE and len(image.getbands()) > 1 and image.mode not in _OF_PLANES:
        raise UserError(f"{path}: expected the samples of each pixel side by side, found planes of {image.mode}")
    colours = image.tag_v2.get(_COLOUR_MAP, (256,))
    if image.mode == "P" and max(colours) < 256:
        image.palette = ImagePalette.raw("RGB;L", bytes(colours))


def tiff_damage(image: TiffImagePlugin.TiffImageFile, path: Path | str, frame: int) -> str | None:
    """What is wrong with the compressed pixels of a frame, though Pillow reads them: rows that are missing from a fax
    or broken in it, what libjpeg warns of, deflated data that do not fit their check sum."""
    compression = image.tag_v2.get(_COMPRESSION)
    if compression in _DEFLATE:
        return _deflate_damage(_parts(image, path), at_most=_BYTES_A_PIXEL * image.width * image.height + _CHUNK)
    if compression not in (*_FAX, _JPEG, _PACK_BITS) or not (libtiff := _libtiff()):
        return None
    return next(iter(_complaints(libtiff, path, frame)), None)


def _parts(image: TiffImagePlugin.TiffImageFile, path: Path | str) -> Iterator[bytes]:
    """The strips or tiles as they are in the file."""
    offsets, counts = (next(image.tag_v2[tag] for tag in tags if tag in image.tag_v2) for tags in (_OFFSETS, _COUNTS))
    with open(path, "rb") as file:
        for offset, count in zip(offsets, counts, strict=True):
            file.seek(offset)
            yield file.read(count)


def _deflate_damage(parts: Iterable[bytes], at_most: int) -> str | None:
    """Of a part that is longer than the image, no more than `at_most` bytes are inflated."""
    for part in parts:
        inflater = zlib.decompressobj()
        try:
            while part and not inflater.eof:
                at_most -= len(inflater.decompress(part, _CHUNK))
                if at_most < 0:
                    return None
                part = inflater.unconsumed_tail
        except zlib.error as error:
            return str(error)
        if not inflater.eof:
            return "deflated data without an end"
    return None


def _complaints(libtiff: Any, path: Path | str, frame: int) -> list[str]:
    """What libtiff says of damage, as errors or warnings, in the first part of a frame that has any."""
    said: list[str] = []

    def listen(_tiff: int, _user: int, module: bytes | None, text: bytes, values: int) -> int:
        message = _message(module, text, values)
        if not message.startswith("JPEG") or makes_pixels_wrong(message):
            said.append(message)
        return 1  # nobody else need listen

    listener = _Handler(listen)
    options = libtiff.TIFFOpenOptionsAlloc()
    libtiff.TIFFOpenOptionsSetErrorHandlerExtR(options, listener, None)
    libtiff.TIFFOpenOptionsSetWarningHandlerExtR(options, listener, None)
    tiff = libtiff.TIFFOpenExt(str(path).encode(errors="surrogateescape"), b"r", options)
    libtiff.TIFFOpenOptionsFree(options)
    if not tiff:
        return said
    try:
        libtiff.TIFFSetDirectory(tiff, frame)
        said.clear()  # of unknown tags
        part = "Tile" if libtiff.TIFFIsTiled(tiff) else "Strip"
        count, size, read = (
            getattr(libtiff, f"TIFF{name}") for name in (f"NumberOf{part}s", f"{part}Size", f"ReadEncoded{part}")
        )
        buffer = ctypes.create_string_buffer(size(tiff))
        for number in range(count(tiff)):
            read(tiff, number, buffer, -1)
            if said:
                break
    finally:
        libtiff.TIFFClose(tiff)
    return said


@cache
def _libtiff() -> Any | None:
    """The library that Pillow reads TIFFs with; None where its functions cannot be reached, or it is older than 4.5."""
    library = ctypes.CDLL(Image.core.__file__)
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    signatures = {
        "TIFFOpenOptionsAlloc": (pointer, []),
        "TIFFOpenOptionsFree": (None, [pointer]),
        "TIFFOpenOptionsSetErrorHandlerExtR": (None, [pointer, _Handler, pointer]),
        "TIFFOpenOptionsSetWarningHandlerExtR": (None, [pointer, _Handler, pointer]),
        "TIFFOpenExt": (pointer, [ctypes.c_char_p, ctypes.c_char_p, pointer]),
        "TIFFClose": (None, [pointer]),
        "TIFFSetDirectory": (ctypes.c_int, [pointer, number]),
        "TIFFIsTiled": (ctypes.c_int, [pointer]),
        **dict.fromkeys(("TIFFNumberOfTiles", "TIFFNumberOfStrips"), (number, [pointer])),
        **dict.fromkeys(("TIFFTileSize", "TIFFStripSize"), (ctypes.c_ssize_t, [pointer])),
        **dict.fromkeys(
            ("TIFFReadEncodedTile", "TIFFReadEncodedStrip"),
            (ctypes.c_ssize_t, [pointer, number, pointer, ctypes.c_ssize_t]),
        ),
    }
    for name, (returned, taken) in signatures.items():
        if not hasattr(library, name):
            return None
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library


def _message(module: bytes | None, text: bytes, values: int) -> str:
    printed = ctypes.create_string_buffer(256)
    ctypes.pythonapi.PyOS_vsnprintf(printed, ctypes.c_size_t(256), text, ctypes.c_void_p(values))
    return (b"%b: %b" % (module or b"libtiff", printed.value)).decode(errors="replace")
