import io
import struct
import zlib
from contextlib import nullcontext
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageFilter

from mojika.data.images import page_frames, read_image, read_image_size
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


def test_gray_of_12_bits_and_with_white_at_zero_is_as_bright_as_it_was(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    values = np.array([[0, 100, 2000, 4095]] * 4, np.uint16)
    expected = np.rint(values / 4095 * 255)
    path = tmp_path / "inverted.tif"
    tifffile.imwrite(path, ((4095 - values) * (65535 / 4095)).astype(np.uint16), photometric="miniswhite")
    assert np.abs(read_image(path)[..., 0] - expected).max() <= 1
    path = save(tmp_path / "deep.tif", Image.fromarray(values))
    packed = bytes(
        byte for a, b in values.reshape(-1, 2).tolist() for byte in (a >> 4, (a & 15) << 4 | b >> 8, b & 255)
    )
    _write_tiff_of_12_bits(path, packed, width=4, height=4)
    np.testing.assert_array_equal(read_image(path)[..., 0], expected)


def _write_tiff_of_12_bits(path: Path, packed: bytes, *, width: int, height: int) -> None:
    short, long = 3, 4
    entries = [
        (256, short, width), (257, short, height), (258, short, 12), (259, short, 1), (262, short, 1),
        (273, long, 8), (277, short, 1), (278, short, height), (279, long, len(packed)),
    ]  # fmt: skip
    table = b"".join(struct.pack("<HHI", tag, kind, 1) + (struct.pack("<HH", value, 0) if kind == short else
                     struct.pack("<I", value)) for tag, kind, value in entries)  # fmt: skip
    start = 8 + len(packed)
    path.write_bytes(b"II*\0" + struct.pack("<I", start) + packed + struct.pack("<H", len(entries)) + table + bytes(4))


def test_lab_becomes_gray_and_colour(tmp_path):
    path = save(tmp_path / "page.tif", Image.new("LAB", (4, 4), (255, 128, 128)))
    assert read_image(path, 1).shape == (4, 4, 1) and read_image(path, 3).min() >= 250


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


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_the_orientation_of_a_png_may_be_behind_its_pixels(tmp_path, orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4))
    image.save(tmp_path / "early.png", exif=exif)
    whole = (tmp_path / "early.png").read_bytes()
    at = whole.index(b"eXIf") - 4
    chunk = whole[at : at + 12 + int.from_bytes(whole[at : at + 4])]
    (tmp_path / "late.png").write_bytes(whole.replace(chunk, b"").replace(whole[-12:], chunk + whole[-12:]))
    for name in ("early.png", "late.png"):
        assert read_image(tmp_path / name).shape[1::-1] == read_image_size(tmp_path / name)
    np.testing.assert_array_equal(read_image(tmp_path / "early.png"), read_image(tmp_path / "late.png"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_has_the_pixels_and_the_size_of_the_jpeg_of_that_page(tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    flat = Image.fromarray(np.full((16, 24, 3), 255, np.uint8))
    flat.paste((0, 0, 0), (0, 0, 8, 8))
    tiff, jpeg = save(tmp_path / "page.tif", flat, exif=exif), save(tmp_path / "page.jpg", flat, exif=exif)
    np.testing.assert_array_equal(read_image(tiff), read_image(jpeg))
    assert read_image_size(tiff) == read_image_size(jpeg) == read_image(tiff).shape[1::-1]


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
def test_a_truncated_image_is_an_error(tmp_path, suffix, share):
    noise = np.random.default_rng(0).integers(0, 256, (100, 80, 3), np.uint8)
    whole = save(tmp_path / f"whole{suffix}", Image.fromarray(noise)).read_bytes()
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(UserError, match=f"cut{suffix}"):
        read_image(path)


def photo() -> Image.Image:
    noise = np.random.default_rng(0).integers(0, 256, (200, 160, 3), np.uint8)
    return Image.fromarray(noise).filter(ImageFilter.GaussianBlur(3))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_a_damaged_jpeg_is_an_error_though_its_end_is_there(tmp_path, mode, progressive):
    whole = save(tmp_path / "page.jpg", photo().convert(mode), progressive=progressive)
    assert read_image(whole).shape[:2] == (200, 160)
    content, half = whole.read_bytes(), whole.stat().st_size // 2
    page = b"<html><body>503 Service Unavailable</body></html>" * 3
    for damaged in [content[:half] + b"\xff\xd9", content[:half] + page + content[half + len(page) :]]:
        whole.write_bytes(damaged)
        with pytest.raises(UserError, match="page.jpg: expected a readable image, found a broken one"):
            read_image(whole)


def test_padding_before_the_end_of_a_jpeg_is_no_damage(tmp_path):
    path = save(tmp_path / "page.jpg", photo())
    pixels = read_image(path)
    path.write_bytes(path.read_bytes()[:-2] + bytes(3) + b"\xff\xd9")
    np.testing.assert_array_equal(read_image(path), pixels)


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
        assert page_frames(path)[0] == 0
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


def test_a_jpeg_of_many_empty_scans_is_refused_before_each_costs_a_pass(tmp_path):
    Image.new("L", (64, 64), 200).save(tmp_path / "page.jpg", progressive=True)
    *start, last = (tmp_path / "page.jpg").read_bytes().split(b"\xff\xda")
    scans = [*start, *[last.removesuffix(b"\xff\xd9")] * 200]
    (tmp_path / "page.jpg").write_bytes(b"\xff\xda".join(scans) + b"\xff\xd9")
    with pytest.raises(UserError, match="found a broken one: 205 scans of the same pixels"):
        read_image(tmp_path / "page.jpg")


def test_later_frames_of_a_tiff_are_as_strict_as_the_first(tmp_path):
    path = save(tmp_path / "book.tif", photo(), save_all=True, append_images=[photo()], compression="tiff_lzw")
    content = path.read_bytes()
    path.write_bytes(content[:-5000])
    assert page_frames(path) == [0, 1]
    read_image(path, frame=0)
    with pytest.raises(UserError, match="book.tif: expected a readable image"):
        read_image(path, frame=1)


def test_formats_that_need_other_programs_are_no_images(tmp_path):
    path = save(tmp_path / "page.eps", Image.fromarray(COLOUR)).rename(tmp_path / "page.jpg")
    with pytest.raises(UserError, match="page.jpg: expected an image, found something else"):
        read_image(path)


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


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_gray_of_12_bits_in_16_is_refused_as_it_would_be_nearly_black(tmp_path, suffix):
    path, page = tmp_path / f"page.{suffix}", np.linspace(0, 4095, 600).reshape(20, 30).astype(np.uint16)
    Image.fromarray(page).save(path)
    with pytest.raises(UserError, match="values up to 4,095, as of 12 bits"):
        read_image(path)
    for bright in (page * 16, page * 0):
        Image.fromarray(bright).save(path)
        assert abs(read_image(path)[..., 0] - bright / 257).max() <= 0.5


def test_colours_of_16_bits_in_jpeg_2000_are_refused_as_their_white_would_be_black(tmp_path):
    path, white = tmp_path / "page.jp2", np.full((40, 60, 3), 65535, np.uint16)
    for pixels, refused in ((white, True), (white[..., 0], False), (white.astype(np.uint8), False)):
        path.write_bytes(cv2.imencode(".jp2", pixels)[1].tobytes())
        with pytest.raises(UserError, match="colours of 8 bits, found 16") if refused else nullcontext():
            assert (read_image(path) == 255).all()


@pytest.mark.parametrize(
    "layout", [{}, {"tile_size": (100, 70)}, {"tile_size": (64, 64), "quality_layers": [30, 10]}], ids=str
)
def test_tiles_of_a_jpeg_2000_that_are_not_there_are_an_error(tmp_path, layout):
    for suffix in ("jp2", "j2k"):
        path = tmp_path / f"page.{suffix}"
        pixels = np.random.default_rng(0).integers(0, 255, (150, 230, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path, **layout)
        assert read_image(path).shape == (150, 230, 3)
        data = path.read_bytes()
        first = data.index(b"\xff\x90\0\x0a\0\0")
        size = int.from_bytes(data[first + 6 : first + 10], "big")
        path.write_bytes(data[:first] + data[first + size :])
        with pytest.raises(UserError, match="1 of its .* tiles are not there|broken"):
            read_image(path)
