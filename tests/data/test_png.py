import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from mojika.data.images import read_image, read_image_size
from mojika.errors import UserError

GRAY = np.linspace(0, 255, 24 * 36).astype(np.uint8).reshape(24, 36)


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def profile(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = exif.tobytes()
    return b"Raw profile type exif\0\0" + zlib.compress(f"\nexif\n{len(content):8}\n{content.hex()}\n".encode())


@pytest.mark.parametrize("is_late", [False, True])
def test_the_orientation_may_be_in_xmp_or_in_a_profile_before_or_behind_the_pixels(tmp_path, is_late):
    whole, path = png(GRAY), tmp_path / "page.png"
    told = [chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>'), chunk(b"zTXt", profile(6))]
    at = len(whole) - 12 if is_late else 33
    for each in told:
        path.write_bytes(whole[:at] + each + whole[at:])
        np.testing.assert_array_equal(read_image(path)[..., 0], np.rot90(GRAY, -1))
        assert read_image_size(path) == (24, 36)


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_one_gray_may_be_transparent_at_every_depth(tmp_path, bits):
    values = np.array([[0, 2**bits - 1, 0, 1]])
    packed = "".join(format(value, f"0{bits}b") for value in values[0])
    row = int(packed.ljust(-(-len(packed) // 8) * 8, "0"), 2).to_bytes(-(-len(packed) // 8))
    header = struct.pack(">IIBBBBB", 4, 1, bits, 0, 0, 0, 0)
    content = [chunk(b"IHDR", header), chunk(b"tRNS", struct.pack(">H", 1)), chunk(b"IDAT", zlib.compress(b"\0" + row))]
    (tmp_path / "page.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(content) + chunk(b"IEND", b""))
    assert read_image(tmp_path / "page.png", 1)[0, :, 0].tolist() == [0, 255, 0, 255]


def test_what_does_not_fit_its_check_sum_is_an_error_and_so_is_a_missing_end(tmp_path):
    bilevel = np.random.default_rng(0).integers(0, 2, (200, 160)).astype(bool)
    whole, path = png(bilevel), tmp_path / "page.png"
    behind = whole.index(b"IEND") - 8
    flipped = whole[:behind] + bytes([whole[behind] ^ 1]) + whole[behind + 1 :]
    damaged = [whole[:at] + bytes(512) + whole[at + 512 :] for at in range(100, len(whole) - 600, 100)]
    for content in (flipped, whole[:-12], *damaged):
        path.write_bytes(content)
        with pytest.raises(UserError, match="page.png: expected a readable image, found a broken one"):
            read_image(path)
