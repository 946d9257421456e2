"""Damage that a JPEG decoder only warns of, and fills with gray or with blocks in wrong places."""

import re

import simplejpeg

_OF_DAMAGE = re.compile(  # messages of libjpeg (jerror.h); others, such as of an ICC profile, leave the pixels alone
    r"premature end|bad Huffman code|bad arithmetic code|found marker 0x|Inconsistent progression"
    r"|(\d+) extraneous bytes before marker (0x\w+)",
    re.IGNORECASE,
)
_END_OF_IMAGE, _PADDING = "0xd9", 16  # bytes that some scanners leave before the end
_START_OF_SCAN, _MOST_SCANS = b"\xff\xda", 100  # as libtiff: each costs a pass over all pixels, even if it is empty


def jpeg_damage(content: bytes, most_pixels: int) -> str | None:
    """What libjpeg-turbo first warns of when it decodes the file, where that makes pixels wrong. Of more than
    `most_pixels`, or of more scans than any encoder writes, nothing is decoded.

    None where there is nothing, and for what it cannot decode at all: that is found by whoever decodes it.
    """
    try:
        height, width, space, _ = simplejpeg.decode_jpeg_header(content)
        if height * width > most_pixels:
            return f"{width:,} x {height:,} pixels"
        if (scans := content.count(_START_OF_SCAN)) > _MOST_SCANS:
            return f"{scans:,} scans of the same pixels"
        simplejpeg.decode_jpeg(content, "CMYK" if space in ("CMYK", "YCCK") else "GRAY", strict=True)
    except ValueError as error:
        return str(error) if makes_pixels_wrong(str(error)) else None
    return None


def makes_pixels_wrong(message: str) -> bool:
    """Whether what libjpeg warns of leaves pixels wrong."""
    found = _OF_DAMAGE.search(message)
    padded = found and found[1] and found[2] == _END_OF_IMAGE and int(found[1]) <= _PADDING
    return bool(found and not padded)
