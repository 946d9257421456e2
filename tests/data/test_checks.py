import os
import re
import unicodedata

import numpy as np
import pytest
from PIL import Image

from mojika.data import checks
from mojika.data.checks import CHECKS, check_folder
from mojika.data.pages import find_pages
from mojika.errors import UserError
from mojika.files.faults import Fault, fault_table, refuse

KA = "U+304B"


@pytest.fixture
def folder(make_pages):
    """Three good pages of 40 by 30 pixels, one of them without characters."""
    pages = [("a_1", (40, 30), [(KA, (1, 2, 9, 12))]), ("a_2", (40, 30), []), ("b_1", (40, 30), [(KA, (0, 0, 40, 30))])]
    return make_pages(pages).parent


def found(folder, *chosen) -> list[str]:
    return [str(fault) for fault in check_folder(folder, chosen or CHECKS)]


def add_row(folder, image_id: str, labels: str) -> None:
    with open(folder / "train.csv", "a") as file:
        file.write(f"{image_id},{labels}\n")


def test_good_pages_have_no_fault(folder):
    assert check_folder(folder) == []


def test_malformed_labels_are_all_listed(folder):
    (folder / "train_images" / "c.png").write_bytes((folder / "train_images" / "a_1.png").read_bytes())
    add_row(folder, "c", f"{KA} 1 2 x 4 304B 1 2 3 4 {KA} 1 2 3 -4 {KA} 1 2 3 4")
    add_row(folder, "a_1", "")
    assert found(folder) == [
        "train.csv row 5: field 4: expected a number, found 'x'",
        "train.csv row 5: field 6: expected a code point like U+304B, found '304B'",
        "train.csv row 5: field 15: expected a height above 0, found -4",
        "train.csv row 6: a_1 was labelled before, in row 2",
    ]


def test_rows_without_image_and_images_without_row_are_listed(folder):
    (folder / "train_images" / "a_2.png").rename(folder / "train_images" / "c.png")
    assert found(folder) == [
        "train.csv row 3: a_2: no image in train_images",
        "train_images/c.png: no row in train.csv",
    ]


def test_boxes_out_of_the_page_are_listed(folder):
    (folder / "train_images" / "c.png").write_bytes((folder / "train_images" / "a_1.png").read_bytes())
    add_row(folder, "c", f"{KA} 35 5 9 9 {KA} 40 5 9 9 {KA} -2.5 5 9 26 {KA} -9 5 9 9 {KA} 0 0 40 30")
    assert found(folder, checks.boxes_beside_page) == [
        "train.csv row 5: c: U+304B at 40 5 lies outside the page",
        "train.csv row 5: c: U+304B at -9 5 lies outside the page",
    ]
    assert found(folder, checks.boxes_beyond_page) == [
        "train.csv row 5: c: U+304B at 35 5 reaches 4 px beyond the page",
        "train.csv row 5: c: U+304B at -2.5 5 reaches 2.5 px beyond the page",
    ]


def test_unreadable_images_are_listed_also_those_to_be_predicted(folder):
    whole = (folder / "train_images" / "a_1.png").read_bytes()
    (folder / "train_images" / "a_1.png").write_bytes(whole[: len(whole) // 2])
    (folder / "test_images").mkdir()
    (folder / "test_images" / "empty.jpg").touch()
    (folder / "test_images" / "good.png").write_bytes(whole)
    (folder / "test_images" / "text.png").write_text("no image")
    faults = found(folder)
    assert [fault.split(":")[0] for fault in faults] == [
        "test_images/empty.jpg", "test_images/text.png", "train_images/a_1.png"]  # fmt: skip
    assert "empty file" in faults[0] and "truncated" in faults[2]


def test_code_points_that_the_competition_does_not_list_are_faults(folder):
    (folder / "unicode_translation.csv").write_text("Unicode,char\nU+304B,か\n")
    add_row(folder, "a_2b", "U+304C 1 2 3 4")
    assert found(folder, checks.unknown_code_points) == [
        "train.csv row 5: a_2b: U+304C at 1 2 is not in unicode_translation.csv"
    ]


def test_a_label_file_that_is_no_table_is_a_fault_itself(folder):
    (folder / "train.csv").write_bytes(b"\xff\xfe")
    assert found(folder) == ["train.csv: expected UTF-8, found another encoding at byte 0"]


def test_labels_without_a_folder_of_images_are_a_fault(folder):
    (folder / "train_images").rename(folder / "images")
    assert found(folder) == ["train_images: expected a folder of page images, found nothing"]


def test_a_folder_of_another_layout_is_refused(tmp_path):
    with pytest.raises(UserError, match="expected train.csv with train_images, test_images, or class_map.csv"):
        check_folder(tmp_path)


def test_every_check_finds_nothing_where_it_does_not_apply(tmp_path):
    (tmp_path / "test_images").mkdir()
    assert check_folder(tmp_path) == []


def test_refusing_counts_and_names_the_first():
    faults = [Fault("train.csv", 3, "broken"), Fault("a.png", None, "empty")]
    refuse([], "data")
    with pytest.raises(UserError) as caught:
        refuse(faults, "data")
    assert str(caught.value) == (
        "2 faults, the first: train.csv row 3: broken; `mojika check data` lists them all, "
        "skip_bad leaves such data out"
    )
    assert fault_table(faults)["row"].tolist()[0] == 3 and fault_table(faults)["row"].isna().tolist() == [False, True]


def test_the_real_pages_have_no_fault(kuzushiji_pages):
    faults = check_folder(kuzushiji_pages, [check for check in CHECKS if check is not checks.unreadable_images])
    assert faults == [] and np.all([check.__doc__ for check in CHECKS])


def test_labels_without_a_character_are_listed_as_they_are_refused(folder):
    (folder / "train.csv").write_text("image_id,labels\na_1,\na_2,\nb_1,\n")
    assert found(folder, checks.no_characters) == ["train.csv: expected labelled characters, found none"]


def test_what_may_be_pages_too_is_listed(folder):
    images = folder / "train_images"
    whole = (images / "a_1.png").read_bytes()
    for name in ("c.pdf", "d.heic", "a_1.webp", ".hidden.pdf", "Thumbs.db", "notes.txt", os.fsdecode(b"\x88\xea.png")):
        (images / name).write_bytes(b"text")
    (images / "e").write_bytes(whole)
    (images / "below").mkdir()
    (images / "below" / "1.jpg").write_bytes(whole)
    (images / "empty").mkdir()
    (images / "gone.png").symlink_to(images / "nothing")
    os.mkfifo(images / "pipe.png")
    frames = [Image.new("L", (40, 30), shade) for shade in (0, 80, 160)]
    (images / "a_2.png").unlink()
    for name in ("a_2.tif", "f.gif", "g.png", "h.webp"):
        frames[0].save(images / name, save_all=True, append_images=frames[1:])
    assert found(folder, checks.passed_over) == [
        "train_images/a_1.webp: another image of that page, a_1.png, is read",
        "train_images/a_2.tif: 3 pages, of which the first is read; make a file of each",
        "train_images/below: a folder with 1 images; pages of folders below are not read",
        "train_images/c.pdf: .pdf is not read; convert it to PNG or TIFF",
        "train_images/d.heic: .heic is not read; convert it to PNG or TIFF",
        "train_images/e: an image by its content; give it the suffix of its format",
        *(
            f"train_images/{name}: 3 pages, of which the first is read; make a file of each"
            for name in ("f.gif", "g.png")
        ),
        "train_images/gone.png: a link that leads to nothing",
        "train_images/h.webp: 3 pages, of which the first is read; make a file of each",
        "train_images/pipe.png: neither a file nor a folder",
        "train_images/\ufffd\ufffd.png: expected a name in UTF-8, found other bytes; rename the file",
    ]


@pytest.mark.parametrize("suffix", ["bmp", "webp", "jp2", "gif", "ppm"])
def test_every_format_that_can_be_decoded_is_a_page(folder, suffix):
    images = folder / "train_images"
    Image.open(images / "a_1.png").save(images / f"a_1.{suffix}")
    (images / "a_1.png").unlink()
    assert check_folder(folder) == []
    assert find_pages(images)["a_1"].name == f"a_1.{suffix}"


def test_pages_that_are_passed_over_are_told_once(folder, capsys):
    (folder / "train_images" / "c.pdf").write_bytes(b"%PDF-1.4")
    for _ in range(2):
        assert list(find_pages(folder / "train_images")) == ["a_1", "a_2", "b_1"]
    assert capsys.readouterr().err == (
        f"{folder}/train_images: 3 pages; what else may be pages is not read: train_images/c.pdf: .pdf is not read; "
        "convert it to PNG or TIFF\n"
    )


@pytest.mark.parametrize(
    ("name", "row", "difference"),
    [
        (unicodedata.normalize("NFD", "がくもん_1"), "がくもん_1", r"its Unicode form alone \(NFD, not NFC\)"),
        ("B_2", "b_2", "capital letters"),
        ("c_1", "c_1.png", "its suffix"),
        ("c_1", '"c_1 "', "blanks at an end"),
    ],
)
def test_names_that_look_alike_are_told_apart(folder, name, row, difference):
    (folder / "train_images" / "a_1.png").rename(folder / "train_images" / f"{name}.png")
    add_row(folder, row, "")
    missing = found(folder, checks.missing_images)[1]
    assert re.search(f"no image in train_images; {name} is there, which differs in {difference}", missing)


def test_boxes_that_are_there_twice_are_listed(folder):
    add_row(folder, "c", f"{KA} 1 2 3 4 {KA} 5 6 7 8 {KA} 1 2 3 4 U+3042 5 6 7 8 {KA} 1 2 3 4.5")
    assert found(folder, checks.repeated_boxes) == [
        "train.csv row 5: c: U+304B at 1 2 is there twice",
        "train.csv row 5: c: U+3042 at 5 6 is there twice, as U+304B",
    ]


def test_a_list_of_code_points_is_a_csv_in_utf_8(folder):
    (folder / "unicode_translation.csv").write_text('"Unicode","char"\n"U+304B","か"\n')
    assert check_folder(folder) == []
    (folder / "unicode_translation.csv").write_bytes("Unicode,char\nU+304B,か\n".encode("cp932"))
    assert found(folder) == [
        "unicode_translation.csv: expected UTF-8, found what may be Shift_JIS (cp932) at byte 20; save it as UTF-8"
    ]
