"""Damage that a JPEG decoder only warns of, and fills with gray or with blocks in wrong places."""

import re

import simplejpeg

_OF_DAMAGE = re.compile(  # messages of libjpeg (jerror.h); others, such as of an ICC profile, leave the pixels alone
    r"premature end|bad Huffman code|bad arithmetic code|found marker 0x|Inconsistent progression"
    r"|(\d+) extraneous bytes before marker (0x\w+)",
    re.IGNORECASE,
)
_END_OF_IMAGE, _PADDING = "0xd9", 16  # bytes that some scanners leave before the end


def jpeg_damage(content: bytes) -> str | None:
    """What libjpeg-turbo first warns of when it decodes the file, where that makes pixels wrong.

    None where there is nothing, and for what it cannot decode at all: that is found by whoever decodes it.
    """
    try:
        space = simplejpeg.decode_jpeg_header(content)[2]
        simplejpeg.decode_jpeg(content, "CMYK" if space in ("CMYK", "YCCK") else "GRAY", strict=True)
    except ValueError as error:
        found = _OF_DAMAGE.search(str(error))
        padded = found and found[1] and found[2] == _END_OF_IMAGE and int(found[1]) <= _PADDING
        return str(error) if found and not padded else None
    return None
