import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mojika.data.images import read_image, read_image_size
from mojika.data.pages import find_pages
from mojika.errors import UserError

GRAY = np.arange(0, 240, dtype=np.uint8).reshape(12, 20)
COLOUR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)


def save(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


def test_gray_and_rgb_keep_their_pixels(tmp_path):
    gray, colour = (save(tmp_path / f"{i}.png", Image.fromarray(array)) for i, array in enumerate((GRAY, COLOUR)))
    np.testing.assert_array_equal(read_image(gray), GRAY[..., None])
    np.testing.assert_array_equal(read_image(gray, 3), np.repeat(GRAY[..., None], 3, axis=2))
    np.testing.assert_array_equal(read_image(colour), COLOUR)
    luma = COLOUR @ np.array([0.299, 0.587, 0.114])  # Rec. 601
    np.testing.assert_allclose(read_image(colour, 1)[..., 0], luma, atol=0.51)


def test_cmyk_becomes_rgb(tmp_path):
    ink = np.zeros((4, 4, 4), np.uint8)
    ink[..., 3] = 255  # black alone
    ink[:2] = 0
    path = save(tmp_path / "page.tif", Image.fromarray(ink, "CMYK"))
    pixels = read_image(path, 3)
    assert (pixels[:2] == 255).all() and (pixels[2:] == 0).all()


def test_16_bit_gray_is_scaled_by_257_with_rounding(tmp_path):
    values = np.array([[0, 128, 129, 257, 32896, 65535]], np.uint16)
    path = save(tmp_path / "page.png", Image.fromarray(values))
    assert read_image(path)[0, :, 0].tolist() == [0, 0, 1, 1, 128, 255]


def test_palette_and_bilevel_images_are_looked_up(tmp_path):
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    palette.putpalette([10, 20, 30, 200, 100, 50])
    assert read_image(save(tmp_path / "p.png", palette)).tolist() == [[[10, 20, 30], [200, 100, 50]]]
    bilevel = Image.fromarray(np.array([[True, False]]))
    assert read_image(save(tmp_path / "b.png", bilevel)).tolist() == [[[255], [0]]]


def test_transparency_shows_white_paper(tmp_path):
    pixels = np.array([[[0, 0, 0, 0], [0, 0, 0, 255], [100, 0, 0, 255]]], np.uint8)
    assert read_image(save(tmp_path / "a.png", Image.fromarray(pixels))).tolist() == [
        [[255, 255, 255], [0, 0, 0], [100, 0, 0]]
    ]
    assert read_image(save(tmp_path / "g.png", Image.fromarray(pixels[..., [0, 3]], "LA"))).tolist() == [
        [[255], [0], [100]]
    ]


@pytest.mark.parametrize(
    "orientation, turn",
    [(1, lambda a: a), (3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, lambda a: np.rot90(a))],
)
def test_exif_orientation_is_applied(tmp_path, orientation, turn):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "page.png", Image.fromarray(COLOUR), exif=exif)
    pixels = read_image(path)
    np.testing.assert_array_equal(pixels, turn(COLOUR))
    assert read_image_size(path) == (pixels.shape[1], pixels.shape[0])


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_image_is_an_error(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 256, (100, 80, 3), np.uint8)
    whole = save(tmp_path / f"whole{suffix}", Image.fromarray(noise)).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=f"cut{suffix}"):
        read_image(path)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some corrupt metadata, and reads on
@settings(max_examples=100, deadline=None)
@given(st.data())
def test_corrupt_bytes_raise_nothing_but_user_errors(tmp_path_factory, data):
    buffer = io.BytesIO()
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "TIFF", "GIF"]))
    Image.fromarray(COLOUR).save(buffer, kind)
    content = bytearray(buffer.getvalue())
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[position] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("corrupt") / "page.img"
    path.write_bytes(content)
    try:
        assert read_image(path, 3).dtype == np.uint8
    except UserError as error:
        assert str(path) in str(error) and "\n" not in str(error)


def test_missing_empty_and_other_files_are_named(tmp_path):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not an image")
    for name, message in [
        ("none.jpg", "no such image"),
        ("empty.jpg", "an empty file"),
        ("text.jpg", "expected an image"),
    ]:
        with pytest.raises(UserError, match=f"{name}: .*{message}"):
            read_image(tmp_path / name)


def test_a_decompression_bomb_is_refused_from_its_header(tmp_path):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b""))
    with pytest.raises(UserError, match="expected at most 179 megapixels"):
        read_image(tmp_path / "bomb.png")


def test_floating_point_pixels_are_refused(tmp_path):
    path = save(tmp_path / "f.tif", Image.fromarray(np.ones((3, 3), np.float32)))
    with pytest.raises(UserError, match="floating-point"):
        read_image(path)


def test_pages_are_found_by_image_id(tmp_path):
    for name in ["b_2.png", "a_1.JPG", "notes.txt", ".hidden.png", "c.d.jpg"]:
        (tmp_path / name).touch()
    (tmp_path / "folder.png").mkdir()
    assert {key: path.name for key, path in find_pages(tmp_path).items()} == {
        "a_1": "a_1.JPG", "b_2": "b_2.png", "c.d": "c.d.jpg"}  # fmt: skip
    (tmp_path / "b_2.jpg").touch()
    with pytest.raises(UserError, match="found b_2.jpg and b_2.png"):
        find_pages(tmp_path)
    with pytest.raises(UserError, match="expected a folder of page images, found nothing"):
        find_pages(tmp_path / "none")
