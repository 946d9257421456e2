"""What OpenJPEG and Pillow pass over in silence: tiles of a JPEG 2000 image that are not there, which are left black,
and colours of more than 8 bits, whose white Pillow rounds up to black."""

import struct

_START, _TILE_PART = b"\xff\x4f\xff\x51", 0xFF90  # SOC and what is behind it; SOT (ISO/IEC 15444-1, annex A)


def jpeg2000_damage(data: bytes) -> str:
    """What an image lacks to have the right pixels, in words, else nothing; `data` is a file that was decoded."""
    at = data.find(_START) + 2
    width, height, _, _, tile_width, tile_height, left, top = struct.unpack_from(">8I", data, at + 6)
    (components,) = struct.unpack_from(">H", data, at + 38)
    bits = max(data[at + 40 : at + 40 + 3 * components : 3], default=0) % 128 + 1
    if components > 1 and bits > 8:
        return f"expected colours of 8 bits, found {bits}; save them with 8"
    tiles = -(-(width - left) // tile_width) * -(-(height - top) // tile_height)
    found: set[int] = set()
    while at + 12 <= len(data):
        marker, length = struct.unpack_from(">HH", data, at)
        if marker != _TILE_PART:
            if found or marker < 0xFF00:
                break
            at += 2 + length
            continue
        tile, size = struct.unpack_from(">HI", data, at + 4)
        found.add(tile)
        at += size or len(data)  # 0: to the end
    return f"{tiles - len(found):,} of its {tiles:,} tiles are not there" if len(found) < tiles else ""
