import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from pdf_files import PdfPage, jpeg_of, write_pdf
from PIL import Image

from mojika.errors import UserError
from mojika.scans.find_scans import find_scans
from mojika.scans.page_selection import PageSelection

PIXELS = np.random.default_rng(0).integers(0, 256, (120, 90, 3), np.uint8)
JPEG = jpeg_of(PIXELS)
DECODED = np.asarray(Image.open(io.BytesIO(JPEG)))


def read(path: Path, **options) -> list[np.ndarray]:
    scans, faults = find_scans([str(path)], cache=path.parent / "cache", **options)
    assert faults == []
    return [scan.read() for scan in scans]


def only_fault(path: Path) -> str:
    scans, [fault] = find_scans([str(path)], cache=path.parent / "cache")
    assert scans == [] and fault.file == str(path)
    return fault.reason


def full_page(size: tuple[float, float], entries: str = "") -> PdfPage:
    return PdfPage(size, f"{size[0]} 0 0 {size[1]} 0 0 cm /I Do", {"I": JPEG}, entries)


def enlarged(jpeg: bytes) -> bytes:
    """That claims to have 60,000 by 60,000 pixels."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + (60_000).to_bytes(2) * 2 + jpeg[at + 4 :]


def test_a_bomb_in_a_corner_of_a_page_is_refused_whether_the_pdf_says_its_size_or_only_the_jpeg(tmp_path):
    path = write_pdf(tmp_path / "book.pdf", [PdfPage((90, 120), "9 0 0 9 0 0 cm /I Do", {"I": JPEG})])
    honest = path.read_bytes()
    told = honest.replace(b"/Width 90 /Height 120", b"/Width 60000 /Height 60000")
    for content in (told, honest.replace(JPEG, enlarged(JPEG))):
        path.write_bytes(content)
        with pytest.raises(UserError, match="expected a readable image in it, .* 60,000 x 60,000 pixels"):
            read(path)


def test_a_scan_comes_out_pixel_by_pixel_whatever_its_resolution(tmp_path):
    sizes = [(90, 120), (45.3, 60.4), (21.6001, 28.8002), (178.2, 237.6)]
    for pixels in read(write_pdf(tmp_path / "book.pdf", [full_page(size) for size in sizes])):
        np.testing.assert_array_equal(pixels, DECODED)


def test_other_programs_pdfs_of_scans_come_out_pixel_by_pixel(tmp_path):
    pages = [Image.fromarray(PIXELS).convert(mode) for mode in ("1", "L", "RGB")]
    pages[0].save(tmp_path / "book.pdf", save_all=True, append_images=pages[1:], resolution=333)
    found = read(tmp_path / "book.pdf")
    np.testing.assert_array_equal(found[0], np.repeat(np.asarray(pages[0])[..., None] * np.uint8(255), 3, axis=2))
    assert [each.shape for each in found] == [PIXELS.shape] * 3


def test_turned_pages_are_upright(tmp_path):
    path = write_pdf(tmp_path / "book.pdf", [full_page((90, 120), f"/Rotate {turn}") for turn in (90, 180, 270)])
    for quarter, pixels in enumerate(read(path), 1):
        np.testing.assert_array_equal(pixels, np.rot90(DECODED, -quarter))


def test_an_image_put_in_on_its_side_is_drawn_as_people_see_it(tmp_path):
    [pixels] = read(write_pdf(tmp_path / "book.pdf", [PdfPage((60, 45), "0 45 -60 0 60 0 cm /I Do", {"I": JPEG})]))
    np.testing.assert_array_equal(pixels, np.rot90(DECODED))


def test_margins_and_strips_are_drawn_at_the_resolution_of_the_scan(tmp_path):
    margin = PdfPage((110, 140), "45 0 0 60 10 20 cm /I Do", {"I": JPEG})
    strips = "\n".join(f"q 45 0 0 4 0 {4 * row} cm /I{row} Do Q" for row in range(15))
    images = {f"I{row}": jpeg_of(PIXELS[112 - 8 * row : 120 - 8 * row]) for row in range(15)}
    first, second = read(write_pdf(tmp_path / "book.pdf", [margin, PdfPage((45, 60), strips, images)]), pdf_dpi=72)
    assert first.shape == (140, 110, 3)  # less than half of the page
    assert second.shape == PIXELS.shape
    np.testing.assert_allclose(second.mean((0, 1)), PIXELS.mean((0, 1)), atol=2)


def test_pages_of_text_are_drawn_at_the_resolution_that_is_asked_for(tmp_path):
    text = "BT /F 20 Tf 10 50 Td (Mojika) Tj ET"
    path = write_pdf(tmp_path / "book.pdf", [PdfPage((100, 80), text)])
    [fine], [coarse] = read(path), read(path, pdf_dpi=36)
    assert fine.shape == (333, 417, 3) and coarse.shape == (40, 50, 3)
    assert fine.min() < 50 and (fine[:40] == 255).all()


def test_a_small_picture_does_not_make_a_page_a_scan(tmp_path):
    page = PdfPage((200, 200), "20 0 0 20 0 0 cm /I Do", {"I": JPEG})
    assert read(write_pdf(tmp_path / "book.pdf", [page]), pdf_dpi=72)[0].shape == (200, 200, 3)


def test_pages_are_a_book(tmp_path):
    path = write_pdf(tmp_path / "古 書.PDF", [full_page((90, 120))] * 12)
    scans, faults = find_scans([str(path)], cache=tmp_path, pages=PageSelection.parse("2-3,12"))
    assert faults == [] and [scan.name for scan in scans] == ["古 書/0002", "古 書/0003", "古 書/0012"]
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(scans[0])).read(), DECODED)
    assert scans[0].source == f"{path} page 2" and len({scan.fingerprint for scan in scans}) == 3


def test_what_is_no_pdf_with_pages_is_one_line(tmp_path):
    (tmp_path / "empty.pdf").touch()
    (tmp_path / "text.pdf").write_text("no pages")
    whole = write_pdf(tmp_path / "whole.pdf", [full_page((90, 120))]).read_bytes()
    (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) // 2])
    write_pdf(tmp_path / "none.pdf", [])
    key = f"<{'55' * 32}>"
    encrypt = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> /ID [<00> <00>]"
    write_pdf(tmp_path / "secret.pdf", [full_page((90, 120))], encrypt)
    for name, found in {"empty": "an empty file", "text": "a broken one or none", "cut": "", "none": "a"}.items():
        assert only_fault(tmp_path / f"{name}.pdf").startswith(f"expected a PDF with pages, found {found}")
    assert only_fault(tmp_path / "secret.pdf") == "is encrypted; save a copy of the PDF without a password"


def test_one_bad_page_does_not_stop_the_others(tmp_path):
    damaged = JPEG[: len(JPEG) // 2] + b"\xff\xd9"
    pages = [
        full_page((90, 120)),
        PdfPage((90, 120), "90 0 0 120 0 0 cm /I Do", {"I": damaged}),
        PdfPage((14400, 14400), ""),
        full_page((90, 120)),
    ]
    path = write_pdf(tmp_path / "book.pdf", pages)
    scans, faults = find_scans([str(path)], cache=tmp_path / "cache")
    assert faults == [] and len(scans) == 4
    with pytest.raises(
        UserError, match="book.pdf page 2: expected a readable image in it, found a broken one: Corrupt"
    ):
        scans[1].read()
    with pytest.raises(UserError, match="page 3: expected at most 179 megapixels, found 60,000 x 60,000"):
        scans[2].read()
    np.testing.assert_array_equal(scans[3].read(), DECODED)
