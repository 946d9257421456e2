import os
import pickle
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mojika.errors import UserError
from mojika.scans.find_scans import find_scans
from mojika.scans.page_selection import PageSelection
from mojika.scans.scan import Scan

PIXELS = np.random.default_rng(0).integers(0, 256, (12, 8, 3), np.uint8)


def save(path: Path, value: int = 0, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(PIXELS + np.uint8(value)).save(path, **options)
    return path


def found(*inputs: Path | str, pages: str | None = None, without=()) -> tuple[list[Scan], list[str]]:
    selection = PageSelection.parse(pages) if pages else None
    scans, faults = find_scans([str(each) for each in inputs], pages=selection, cache=Path("cache"), without=without)
    return scans, [str(fault) for fault in faults]


def names(*inputs: Path | str, **options) -> list[str]:
    scans, faults = found(*inputs, **options)
    assert faults == []
    return [scan.name for scan in scans]


@pytest.mark.parametrize(
    "suffix", ["jpg", "JPEG", "png", "Png", "TIF", "tiff", "jp2", "J2K", "webp", "BMP", "gif", "ppm", "avif"]
)
def test_images_of_every_format_are_read_whatever_the_case_of_their_suffix(tmp_path, suffix):
    exact = {"webp": {"lossless": True}, "avif": {"quality": 100}}.get(suffix, {})
    path = save(tmp_path / f"page.{suffix}", **exact)
    [scan], faults = found(path)
    assert faults == [] and scan.name == "page" and scan.source == str(path)
    pixels = scan.read()
    assert pixels.shape == PIXELS.shape and pixels.dtype == np.uint8
    if suffix.lower() in ("png", "tif", "tiff", "jp2", "bmp", "webp", "ppm"):
        np.testing.assert_array_equal(pixels, PIXELS)
        np.testing.assert_array_equal(pixels, cv2.imread(str(path))[..., ::-1])


def test_a_scan_can_be_handed_to_another_process(tmp_path):
    [scan], _ = found(save(tmp_path / "page.png"))
    copy = pickle.loads(pickle.dumps(scan))
    np.testing.assert_array_equal(copy.read(), PIXELS)
    assert copy.fingerprint == scan.fingerprint


def test_fingerprints_follow_the_content(tmp_path):
    path, same = save(tmp_path / "a.png"), save(tmp_path / "b.png")
    first = [scan.fingerprint for scan in found(path, same)[0]]
    assert first[0] == first[1]
    status = path.stat()
    save(path, value=1)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert found(path)[0][0].fingerprint != first[0]


def test_a_folder_is_read_with_its_subfolders_in_the_order_in_which_people_count(tmp_path):
    book = tmp_path / "書 物.1"
    for name in ["page10.png", "page2.png", "page1.JPG", "vol2/a.b.tif", "vol10/c.jp2", ".hidden.png", "notes.txt"]:
        save(book / name) if name[-3:] != "txt" else (book / name).touch()
    (book / "__MACOSX").mkdir()
    save(book / "__MACOSX" / "page1.jpg")
    (book / "vol2" / "loop").symlink_to(book)
    assert names(book) == [f"書 物.1/{name}" for name in ["page1", "page2", "page10", "vol2/a.b", "vol10/c"]]


def test_outputs_and_cache_within_the_folder_are_no_inputs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ["a.png", "cache/b.png", "out/c.png"]:
        save(Path(name))
    assert names(".", without=[Path("out")]) == [f"{tmp_path.name}/a"]
    assert names("out", without=[Path("out")]) == ["out/c"]


def test_equal_names_keep_apart_and_earlier_ones_do_not_change(tmp_path):
    inputs = [save(tmp_path / name) for name in ["a/page.jpg", "b/page.jpg", "b/page.png", "c/b/page.jpg"]]
    given = names(*inputs)
    assert given[:3] == ["page", "b/page", "page_png"]
    assert given[3].startswith("page_jpg") and len(set(given)) == 4
    for count in range(1, 5):
        assert names(*inputs[:count]) == given[:count]


def test_equal_names_in_folders_keep_apart(tmp_path):
    for name in ["a/s/page.jpg", "a/s/page.png", "a/s/Page.bmp", "b/s/page.jpg"]:
        save(tmp_path / name)
    assert names(tmp_path / "a" / "s", tmp_path / "b" / "s") == ["s/Page", "s/page_jpg", "s/page_png", "b/s/page"]


def test_an_input_named_twice_is_read_once(tmp_path):
    save(tmp_path / "s" / "page.png")
    assert names(tmp_path / "s" / "page.png", *[tmp_path / "s"] * 5, f"{tmp_path}/s/../s/page.png") == ["page"]


def test_names_of_files_in_any_unicode_form_and_in_none(tmp_path):
    save(tmp_path / "s" / (unicodedata.normalize("NFD", "がく") + ".png"))
    legacy = os.fsdecode(os.fsencode(tmp_path / "s") + b"/\xa4\xa2\n.png")
    save(tmp_path / "other.png").rename(legacy)
    scans, _ = found(tmp_path / "s")
    assert "s/がく" in [scan.name for scan in scans]
    for scan in scans:
        assert (scan.name + scan.source).encode() and "\n" not in scan.name + scan.source
        np.testing.assert_array_equal(scan.read(), PIXELS)
    Path(legacy).write_bytes(b"broken")
    odd = next(scan for scan in found(tmp_path / "s")[0] if scan.name != "s/がく")
    with pytest.raises(UserError) as raised:
        odd.read()
    assert str(raised.value) == f"{odd.source}: expected an image, found something else"


def test_each_fault_is_one_line_and_the_rest_is_read(tmp_path):
    (tmp_path / "notes").mkdir()
    for name in ["a.txt", "b.txt", "c.csv"]:
        (tmp_path / "notes" / name).touch()
    (tmp_path / "none").mkdir()
    save(tmp_path / "s" / "page.png")
    (tmp_path / "s" / "photo.HEIC").touch()
    (tmp_path / "cut.tif").write_bytes(save(tmp_path / "whole.tif").read_bytes()[:20])
    os.mkfifo(tmp_path / "pipe")
    inputs = [tmp_path / name for name in ["notes", "none", "missing.jpg", "cut.tif", "pipe", "s"]]
    scans, faults = found(*inputs, "a\0b", "x" * 300)
    assert [scan.name for scan in scans] == ["s/page"]
    assert faults[:3] == [
        f"{inputs[0]}: expected images or PDFs in it, found 2 .txt, 1 .csv",
        f"{inputs[1]}: expected images or PDFs in it, found no file",
        f"{inputs[2]}: expected a file or a folder, found nothing",
    ]
    assert faults[3].startswith(f"{inputs[3]}: expected ") and faults[4].endswith("found something else")
    assert faults[5] == f"{tmp_path}/s/photo.HEIC: .heic is not read; convert it to PNG, TIFF or PDF"
    assert len(faults) == 8 and not any("\n" in fault for fault in faults)


def test_a_subfolder_that_cannot_be_listed_is_told_and_the_rest_is_read(tmp_path, monkeypatch):
    for name in ["s/page.png", "s/closed/a.png", "s/open/b.png"]:
        save(tmp_path / name)
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    scans, faults = found(tmp_path / "s")
    assert [scan.name for scan in scans] == ["s/page", "s/open/b"]
    assert faults == [f"{tmp_path}/s/closed: cannot be read: Permission denied"]


def test_broken_images_name_themselves_when_they_are_read(tmp_path):
    (tmp_path / "text.jpg").write_text("no image")
    (tmp_path / "empty.png").touch()
    scans, faults = found(tmp_path / "text.jpg", tmp_path / "empty.png")
    assert faults == []
    for scan in scans:
        with pytest.raises(UserError, match=f"^{scan.source}: expected an image"):
            scan.read()


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_every_picture_of_an_animation_is_a_page(tmp_path, suffix):
    frames = [Image.fromarray(np.full_like(PIXELS, level)) for level in (0, 90, 180)]
    frames[0].save(tmp_path / f"book.{suffix}", save_all=True, append_images=frames[1:], lossless=True)
    scans, faults = found(tmp_path / f"book.{suffix}")
    assert faults == [] and [scan.name for scan in scans] == ["book/0001", "book/0002", "book/0003"]
    assert [scan.read().max() for scan in scans] == [0, 90, 180]


def test_a_tiff_of_several_pages_is_a_book(tmp_path):
    frames = [Image.fromarray(PIXELS + np.uint8(number)) for number in range(3)]
    frames[0].save(tmp_path / "book.tif", save_all=True, append_images=frames[1:])
    scans, faults = found(tmp_path / "book.tif")
    assert faults == [] and [scan.name for scan in scans] == ["book/0001", "book/0002", "book/0003"]
    assert scans[1].source == f"{tmp_path}/book.tif page 2"
    assert len({scan.fingerprint for scan in scans}) == 3
    for number, scan in enumerate(scans):
        np.testing.assert_array_equal(scan.read(), PIXELS + np.uint8(number))
    scans, faults = found(tmp_path / "book.tif", pages="2-")
    assert [scan.name for scan in scans] == ["book/0002", "book/0003"] and faults == []
    scans, faults = found(tmp_path / "book.tif", pages="1,5")
    assert [scan.name for scan in scans] == ["book/0001"]
    assert faults == [f"{tmp_path}/book.tif: expected page 5, which was asked for, found 3 pages"]
