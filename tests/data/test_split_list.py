import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mojika.data.class_list import ClassList
from mojika.data.derived_packs import convert_images
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError
from mojika.sizes import Size

HEADER = "pack,row,label,weight,repeat,shared"


def read(*paths: Path, size: Size = 4, channels: int = 1) -> list[SplitList]:
    return read_split_lists(list(paths), scale_size=size, channels=channels, cache=paths[0].parent / "cache")


def write(path: Path, *lines: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    return path


def written(folder: Path) -> dict[Path, int]:
    """All files, and when each was written last."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_table_names_rows_of_packs(make_pack, tmp_path):
    make_pack(["a", "b", "c"], name="one")
    make_pack(["c", "a", "b"], name="two")
    lines = [HEADER, "../one,2,c,1,4,1", f"{tmp_path / 'two'},0,c,0.9,1,0", "../one,0,a,1,1,0"]
    (split,) = read(write(tmp_path / "lists" / "train.csv", *lines))
    assert len(split) == 3 and [pack.folder.name for pack in split.packs] == ["one", "two"]
    assert split.pack_index.tolist() == [0, 1, 0] and split.row.tolist() == [2, 0, 0]
    assert split.targets.tolist() == [[2], [2], [0]] and split.repeat.tolist() == [4, 1, 1]
    assert split.shared.tolist() == [True, False, False]
    np.testing.assert_allclose(split.weight, [1, 0.9, 1])
    assert [a.dtype for a in (split.pack_index, split.row, split.targets, split.repeat)] == [np.int64] * 4
    assert split.weight.dtype == np.float32 and split.shared.dtype == bool
    assert split.classes["label"].labels == ("a", "b", "c") and split.heads == ("label",)


def test_shared_is_optional_and_crlf_and_a_byte_order_mark_are_accepted(make_pack, tmp_path):
    make_pack(["a", "b"])
    (tmp_path / "train.csv").write_bytes("\ufeffpack,row,label,weight,repeat\r\npack,1,b,1,1\r\n".encode())
    (split,) = read(tmp_path / "train.csv")
    assert split.targets.tolist() == [[1]] and split.shared.tolist() == [False]


@pytest.mark.parametrize(
    "line, message",
    [
        ("pack,0,b,1,1,0", "row 2: the list says b, row 0 of .*pack is a; the list belongs to another pack"),
        ("pack,3,a,1,1,0", "row 2: .*pack has 3 rows, found row 3"),
        ("pack,-1,a,1,1,0", "row 2: row: expected a whole number of at least 0, found '-1'"),
        ("pack,0.5,a,1,1,0", "row 2: row: expected a whole number of at least 0, found '0.5'"),
        ("pack,0,a,x,1,0", "row 2: weight: expected a number of at least 0, found 'x'"),
        ("pack,0,a,1,0,0", "row 2: repeat: expected a whole number of at least 1, found '0'"),
        ("pack,0,z,1,1,0", "1 labels are not in the class list: z"),
        ("none,0,a,1,1,0", "expected a pack"),
        ("pack,0,a,1,1,0\npack,0,a,1,1,0", "row 3: row 0 of .*pack is already in the list"),
        ("pack,0,a,1,1,0,7,7", "expected a CSV: .* Expected 6 columns, got 8"),
        ("pack,0,a", "expected a CSV: .* Expected 6 columns, got 3"),
        ("pack,0,,1,1,0", "1 labels are not in the class list"),
        ("", "found only a header"),
    ],
)
def test_lines_that_do_not_fit_the_pack_are_refused(make_pack, tmp_path, line, message):
    make_pack(["a", "b", "c"])
    with pytest.raises(UserError, match=message) as caught:
        read(write(tmp_path / "train.csv", HEADER, line))
    assert "\n" not in str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.text() | st.lists(st.sampled_from(["pack", "a", "0", "1", "-1", "nan", "1e99", '"', "", "x"])).map(",".join))
def test_arbitrary_lines_raise_nothing_but_user_errors(make_pack, tmp_path, line):
    if not (tmp_path / "pack").exists():
        make_pack(["a", "b"])
    for header in (HEADER, "a,image.png"):
        (tmp_path / "train.csv").write_bytes(f"{header}\n{line}\n".encode("utf-8", "surrogatepass"))
        with contextlib.suppress(UserError):
            assert len(read(tmp_path / "train.csv")[0]) == 1


def test_packs_with_different_class_lists_are_refused_with_both_named(make_pack, tmp_path):
    one, two = make_pack(["a", "b"], name="one"), make_pack(["a", "c"], name="two")
    train = write(tmp_path / "train.csv", HEADER, "one,0,a,1,1,0")
    valid = write(tmp_path / "valid.csv", HEADER, "two,0,a,1,1,0")
    with pytest.raises(UserError, match="different class lists") as caught:
        read(train, valid)
    for pack in (one, two):
        assert pack.classes["label"].digest[:12] in str(caught.value)


def test_a_pack_is_converted_to_a_rectangle(make_pack, tmp_path):
    make_pack(["a", "b", "c"], size=8)
    (split,) = read(write(tmp_path / "train.csv", HEADER, "pack,2,c,1,1,0"), size=(3, 6))
    assert split.packs[0].size == (3, 6) and split.packs[0].images.shape == (3, 3, 6, 1)


def test_a_pack_of_another_size_or_colour_is_converted_once(make_pack, tmp_path):
    original = make_pack(["a", "b", "c"], size=8, channels=3)
    path = write(tmp_path / "train.csv", HEADER, "pack,2,c,1,1,0")
    (split,) = read(path, size=4, channels=1)
    (converted,) = split.packs
    assert (converted.size, converted.channels) == ((4, 4), 1)
    assert converted.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert converted.samples["label"].tolist() == original.samples["label"].tolist()
    assert converted.fingerprint != original.fingerprint
    made = written(tmp_path / "cache")
    assert read(path, size=4, channels=1)[0].packs[0].folder == converted.folder
    assert made and written(tmp_path / "cache") == made


def test_conversion_is_pillows():
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)
    gray = convert_images(images, 5, 1)
    expected = Image.fromarray(images[1]).convert("L").resize((5, 5), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(gray[1, ..., 0], np.asarray(expected))
    replicated = convert_images(gray, 5, 3)
    np.testing.assert_array_equal(replicated, np.repeat(gray, 3, axis=3))


@pytest.fixture
def image_lists(tmp_path) -> tuple[Path, Path]:
    """Two lists as the 2019 scripts wrote them; image `<n>.png` is filled with 10 · n."""
    for number in range(6):
        level = np.full((6, 9), 10 * number, np.uint8)
        Image.fromarray(level).save(tmp_path / f"{number}.png")
    train = write(tmp_path / "train.csv", "10,0.png", "9,1.png", f"10,{tmp_path / '2.png'}")
    return train, write(tmp_path / "valid.csv", "10,3.png", "2,4.png")


def test_image_lists_share_one_class_list_in_natural_order(image_lists):
    train, valid = read(*image_lists)
    assert train.classes == valid.classes
    assert train.classes["label"] == ClassList(("2", "9", "10"), (1, 1, 3))
    assert train.targets.tolist() == [[2], [1], [2]] and valid.targets.tolist() == [[2], [0]]
    assert train.packs[0].images[:, 0, 0, 0].tolist() == [0, 10, 20]
    assert train.repeat.tolist() == [1, 1, 1] and not train.shared.any()


def test_image_lists_are_packed_once_until_they_change(image_lists):
    first = read(*image_lists)[0].packs[0]
    made = written(image_lists[0].parent / "cache")
    assert read(*image_lists)[0].packs[0].folder == first.folder
    assert made and written(image_lists[0].parent / "cache") == made
    Image.fromarray(np.full((6, 9), 99, np.uint8)).save(image_lists[0].parent / "0.png")
    assert read(*image_lists)[0].packs[0].images[0, 0, 0, 0] == 99


def test_image_paths_are_relative_to_the_working_directory_first(image_lists, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    Image.fromarray(np.full((4, 4), 77, np.uint8)).save(tmp_path / "here" / "0.png")
    monkeypatch.chdir(tmp_path / "here")
    assert read(*image_lists)[0].packs[0].images[:, 0, 0, 0].tolist() == [77, 10, 20]


def test_an_image_list_beside_a_table_takes_the_packs_classes(make_pack, image_lists, tmp_path):
    make_pack(["9", "10", "11"])
    table = write(tmp_path / "table.csv", HEADER, "pack,2,11,1,1,0")
    train, valid = read(table, image_lists[0])
    assert valid.classes["label"].labels == ("9", "10", "11") and valid.targets.tolist() == [[1], [0], [1]]
    with pytest.raises(UserError, match="1 labels are not in the class list: 2"):
        read(table, image_lists[1])


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "found an empty file"),
        ("10,0.png\n10\n", "row 2: expected label,path, found '10'"),
        ("10,0.png,3\n", "row 1: expected label,path"),
        ("10,0.png\n11,none.png\n", "1 of 2 images are not there: none.png"),
        ("10,train.csv\n", "expected an image"),
    ],
)
def test_image_lists_that_cannot_be_packed_are_refused(image_lists, text, message):
    path = image_lists[0]
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read(path)


def test_a_missing_list_is_named(tmp_path):
    with pytest.raises(UserError, match="no such split list"):
        read(tmp_path / "train.csv")


def test_200_000_rows_are_read_and_checked_in_seconds(make_pack, tmp_path):
    import time

    labels = [f"U+{0x4E00 + i % 4200:04X}" for i in range(200_000)]
    make_pack(labels, size=1)
    path = tmp_path / "train.csv"
    path.write_text(HEADER + "\n" + "".join(f"pack,{i},{label},1,1,0\n" for i, label in enumerate(labels)))
    start = time.process_time()
    (split,) = read(path, size=1)
    assert len(split) == 200_000 and time.process_time() - start < 20


def test_gray_of_a_model_that_wants_channels_exchanged_is_gray_of_the_exchanged_image(tmp_path, make_pack):
    images = np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), np.uint8)
    exchanged = np.ascontiguousarray(images[..., ::-1])
    np.testing.assert_array_equal(convert_images(images, 5, 1, exchanged=True), convert_images(exchanged, 5, 1))
    make_pack(["a", "b", "c"], size=8, channels=3)
    path = write(tmp_path / "train.csv", HEADER, "pack,2,c,1,1,0")
    sizes = {"scale_size": 4, "cache": tmp_path / "cache"}

    def pack(channels: int, exchanged: bool):
        return read_split_lists([path], channels=channels, exchanged=exchanged, **sizes)[0].packs[0]

    assert pack(1, True).folder != pack(1, False).folder
    assert pack(3, True).folder == pack(3, False).folder  # colour is exchanged by the augmentation


def test_an_image_list_becomes_gray_of_exchanged_images(tmp_path):
    Image.fromarray(np.full((6, 9, 3), (200, 100, 0), np.uint8)).save(tmp_path / "0.png")
    path, sizes = write(tmp_path / "train.csv", "a,0.png"), {"scale_size": 4, "cache": tmp_path / "cache"}
    for exchanged, luma in ((False, 0.299 * 200 + 58.7), (True, 0.114 * 200 + 58.7)):
        (split,) = read_split_lists([path], channels=1, exchanged=exchanged, **sizes)
        assert np.unique(split.packs[0].images).tolist() == [round(luma)]
