import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from mojika.data.images import page_frames, read_image, read_image_size
from mojika.errors import UserError

tifffile = pytest.importorskip("tifffile")
ORIENTATION, XMP = 274, 700
GRAY = np.linspace(0, 255, 24 * 36).astype(np.uint8).reshape(24, 36)
COLOUR = np.stack([GRAY, GRAY[::-1], 255 - GRAY], axis=2)
XMP_ON_ITS_SIDE = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
TURNS = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].T,
    8: np.rot90,
}


def planes(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.moveaxis(array, 2, 0))


def expect(path: Path, pixels: np.ndarray) -> None:
    np.testing.assert_array_equal(read_image(path, 1)[..., 0], pixels)
    assert read_image_size(path) == pixels.shape[::-1]


@pytest.mark.parametrize("orientation", TURNS)
def test_pages_of_every_depth_and_layout_are_turned(tmp_path, orientation):
    shown = TURNS[orientation](GRAY)
    three, two_bytes = np.repeat(GRAY[..., None], 3, axis=2), GRAY.astype(np.uint16) * 257
    layouts = {
        "gray": (GRAY, {}),
        "deep": (two_bytes, {}),
        "other order": (two_bytes, {"byteorder": ">"}),
        "inverted": (255 - GRAY, {"photometric": "miniswhite"}),
        "colours": (three, {"photometric": "rgb"}),
        "planes": (planes(three), {"photometric": "rgb", "planarconfig": "separate"}),
        "deep planes": (planes(three) * np.uint16(257), {"photometric": "rgb", "planarconfig": "separate"}),
        "tiles": (GRAY, {"tile": (16, 16)}),
        "large offsets": (GRAY, {"bigtiff": True}),
        "deflated": (GRAY, {"compression": "zlib"}),
    }
    for name, (pixels, options) in layouts.items():
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, pixels, extratags=[(ORIENTATION, 3, 1, orientation, True)], **options)
        expect(path, shown)


def test_the_orientation_may_be_in_xmp_and_each_page_has_its_own(tmp_path):
    path = tmp_path / "page.tif"
    tifffile.imwrite(path, GRAY, extratags=[(XMP, 1, len(XMP_ON_ITS_SIDE), XMP_ON_ITS_SIDE, True)])
    expect(path, np.rot90(GRAY, -1))
    with tifffile.TiffWriter(tmp_path / "book.tif") as file:
        for orientation in (6, 1, 3):
            file.write(GRAY, extratags=[(ORIENTATION, 3, 1, orientation, True)])
    assert page_frames(tmp_path / "book.tif") == [0, 1, 2]
    for frame, orientation in enumerate((6, 1, 3)):
        found = read_image(tmp_path / "book.tif", frame=frame)[..., 0]
        np.testing.assert_array_equal(found, TURNS[orientation](GRAY))


def test_samples_that_would_be_taken_for_others_are_refused(tmp_path):
    with_alpha = np.stack([GRAY, np.full_like(GRAY, 255)])
    options = {"photometric": "minisblack", "planarconfig": "separate", "extrasamples": ["unassalpha"]}
    for pixels, layout, found in (
        (GRAY.astype(np.int16), {}, "signed"),
        ((GRAY // 2).astype(np.int8), {}, "signed"),
        (with_alpha, options, "planes of LA"),
    ):
        tifffile.imwrite(tmp_path / "page.tif", pixels, **layout)
        with pytest.raises(UserError, match=f"page.tif: expected .*found {found}"):
            read_image(tmp_path / "page.tif")


def test_a_colour_map_of_8_bits_is_taken_for_one(tmp_path):
    for scale in (1, 257):
        colours = np.repeat((np.arange(256) * scale).astype(np.uint16)[None], 3, axis=0)
        tifffile.imwrite(tmp_path / "page.tif", GRAY, photometric="palette", colormap=colours)
        expect(tmp_path / "page.tif", GRAY)


@pytest.mark.parametrize("compression", ["group4", "group3", "tiff_ccitt", "jpeg", "tiff_adobe_deflate", "tiff_lzw"])
def test_damage_within_compressed_pixels_is_an_error(tmp_path, compression, capfd):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (200, 160), np.uint8))
    page, path = noise.filter(ImageFilter.GaussianBlur(3)), tmp_path / "page.tif"
    page = page.point(lambda value: 255 * (value > 126)).convert("1") if compression in ("group4", "group3") else page
    (page.convert("1") if compression == "tiff_ccitt" else page).save(path, compression=compression)
    whole = path.read_bytes()
    assert read_image(path).shape == (200, 160, 1)
    for share in (0.2, 0.5, 0.7):
        at = int(share * len(whole))
        path.write_bytes(whole[:at] + bytes(60) + whole[at + 60 :])
        with pytest.raises(UserError, match="page.tif: expected a readable image, found a broken one"):
            read_image(path)
    capfd.readouterr()  # what libtiff says


def test_a_fax_that_ends_early_is_an_error(tmp_path):
    """By an end of block in its middle, after a whole row."""
    rows = Image.fromarray(np.tile([True] * 40 + [False] * 24, (64, 2)))
    path = tmp_path / "page.tif"
    rows.crop((0, 0, 128, 20)).save(path, compression="group4")
    with Image.open(path) as short:
        offset, count = short.tag_v2[273][0], short.tag_v2[279][0]
    strip = path.read_bytes()[offset : offset + count]
    rows.save(path, compression="group4")
    with Image.open(path) as image:
        offset, count = image.tag_v2[273][0], image.tag_v2[279][0]
    whole = path.read_bytes()
    path.write_bytes(whole[:offset] + strip.ljust(count, b"\0")[:count] + whole[offset + count :])
    with pytest.raises(UserError, match="Premature EOL at line 20"):
        read_image(path)


def test_a_tiff_of_thousands_of_images_is_refused(tmp_path):
    tags = ((256, 1), (257, 1), (258, 8), (262, 1), (273, 8), (279, 1))  # one pixel, which all images share
    image = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    size = len(image) + 4
    chain = b"".join(image + struct.pack("<I", 12 + size * number) for number in range(1, 6000))
    (tmp_path / "many.tif").write_bytes(b"II*\0" + struct.pack("<II", 12, 0) + chain)
    with pytest.raises(UserError, match="many.tif: expected at most 5,000 images in a TIFF, found more"):
        page_frames(tmp_path / "many.tif")


def test_smaller_copies_and_masks_in_a_tiff_are_no_pages(tmp_path):
    with tifffile.TiffWriter(tmp_path / "pyramid.tif") as file:
        for number in range(2):
            file.write(COLOUR + np.uint8(number), photometric="rgb")
            file.write(COLOUR[::2, ::2], photometric="rgb", subfiletype=1)
    assert page_frames(tmp_path / "pyramid.tif") == [0, 2]
    np.testing.assert_array_equal(read_image(tmp_path / "pyramid.tif", frame=2), COLOUR + np.uint8(1))


def test_a_smaller_copy_in_front_of_the_page_is_not_read_for_it(tmp_path):
    for name, tags in {"new": {"subfiletype": 1}, "old": {"extratags": [(255, 3, 1, 2, True)]}}.items():
        path = tmp_path / f"{name}.tif"
        with tifffile.TiffWriter(path) as file:
            file.write(COLOUR[::2, ::2], photometric="rgb", **tags)
            file.write(COLOUR, photometric="rgb")
        assert page_frames(path) == [1] and read_image_size(path) == COLOUR.shape[1::-1]
        np.testing.assert_array_equal(read_image(path), COLOUR)


def test_a_smaller_copy_without_its_page_is_the_page_unless_the_page_lies_within_it(tmp_path):
    tifffile.imwrite(tmp_path / "alone.tif", COLOUR, photometric="rgb", subfiletype=1)
    np.testing.assert_array_equal(read_image(tmp_path / "alone.tif"), COLOUR)
    with tifffile.TiffWriter(tmp_path / "camera.tif") as file:
        file.write(COLOUR[::2, ::2], photometric="rgb", subfiletype=1, subifds=1)
        file.write(COLOUR, photometric="rgb")
    for read in (read_image, read_image_size, page_frames):
        with pytest.raises(UserError, match=r"camera\.tif: expected a page, found a smaller copy of one that lies in"):
            read(tmp_path / "camera.tif")
