import json

import numpy as np
import pandas as pd
import pytest

from mojika.data.class_list import ClassList
from mojika.data.pack import PACK, Pack
from mojika.data.pack_writer import write_pack
from mojika.errors import UserError


def test_a_pack_is_read_as_it_was_written(make_pack):
    pack = make_pack(["U+3044", "U+3042", "U+3044"], channels=3)
    assert len(pack) == 3 and (pack.size, pack.channels, pack.heads) == ((4, 4), 3, ("label",))
    assert isinstance(pack.images, np.memmap)
    assert pack.images[:, 0, 0, 0].tolist() == [0, 1, 2]
    assert pack.classes["label"] == ClassList(("U+3042", "U+3044"), (1, 2))
    assert pack.targets.dtype == np.int64 and pack.targets.tolist() == [[1], [0], [1]]


def test_a_pack_of_rectangles_tells_its_height_and_width(tmp_path):
    images = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5, 1)
    with write_pack(tmp_path / "wide", size=(3, 5), channels=1, expected_count=2) as writer:
        writer.append(images[:1])
        writer.append(images[1:])
        with pytest.raises(ValueError, match="got .1, 5, 3, 1. uint8"):
            writer.append(np.zeros((1, 5, 3, 1), np.uint8))
        writer.finish(pd.DataFrame({"label": ["a", "b"]}), {"label": ClassList(("a", "b"), (1, 1))}, {})
    pack = Pack.open(tmp_path / "wide")
    assert (pack.size, pack.height, pack.width) == ((3, 5), 3, 5)
    np.testing.assert_array_equal(pack.images, images)


def test_images_are_an_ordinary_numpy_file_though_the_count_was_not_known(tmp_path, make_pack):
    with write_pack(tmp_path / "many", size=(2, 2), channels=1, expected_count=2000) as writer:
        for start in range(0, 1500, 100):
            values = np.arange(start, start + 100).astype(np.uint8)
            writer.append(np.broadcast_to(values[:, None, None, None], (100, 2, 2, 1)))
        writer.finish(pd.DataFrame({"label": ["a"] * 1500}), {"label": ClassList(("a",), (1500,))}, {})
    images = np.load(tmp_path / "many" / "images.npy")
    np.testing.assert_array_equal(images[:, 1, 1, 0], np.arange(1500).astype(np.uint8))


def test_several_heads_have_a_class_list_each(tmp_path):
    samples = pd.DataFrame({"root": ["10", "9"], "vowel": ["1", "1"]})
    classes = {name: ClassList.from_labels(samples[name]) for name in samples}
    with write_pack(tmp_path / "graphemes", size=(2, 2), channels=1, expected_count=2) as writer:
        writer.append(np.zeros((2, 2, 2, 1), np.uint8))
        writer.finish(samples, classes, {})
    pack = Pack.open(tmp_path / "graphemes")
    assert pack.heads == ("root", "vowel")
    assert pack.targets.tolist() == [[1, 0], [0, 0]]
    assert (tmp_path / "graphemes" / "classes.root.csv").exists()


def test_what_is_no_pack_is_refused(tmp_path):
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UserError, match="expected a pack"):
            Pack.open(folder)


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda folder: (folder / "classes.csv").write_text("label,char,count\nb,b,1\na,a,2\n"), "has the digest"),
        (lambda folder: (folder / "images.npy").write_bytes((folder / "images.npy").read_bytes()[:-1]), "images.npy"),
        (lambda folder: (folder / "images.npy").unlink(), "images.npy"),
        (lambda folder: (folder / "samples.parquet").write_bytes(b"PAR1"), "samples.parquet"),
        (lambda folder: (folder / "meta.json").write_text("{"), "expected JSON"),
        (lambda folder: change_meta(folder, schema=1), "expected pack schema 2, found pack schema 1; make it again"),
        (lambda folder: change_meta(folder, count=4), "4 samples, found"),
    ],
)
def test_damage_is_named(make_pack, damage, message):
    pack = make_pack(["a", "b", "a"])
    damage(pack.folder)
    with pytest.raises(UserError, match=message):
        Pack.open(pack.folder)


def change_meta(folder, **changes) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps(meta | changes))


def test_a_pack_is_recognised_by_what_it_was_made_from(make_pack, tmp_path):
    pack = make_pack(["a"])
    assert PACK.is_made_from(pack.folder, pack.meta["made_from"])
    assert not PACK.is_made_from(tmp_path / "none", pack.meta["made_from"])
    with pytest.raises(UserError, match="size was 4, now 8"):
        PACK.is_made_from(pack.folder, pack.meta["made_from"] | {"size": 8})


def test_a_folder_of_something_else_is_not_replaced(tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "final.tex").touch()
    with (
        pytest.raises(UserError, match="not replaced"),
        write_pack(tmp_path / "thesis", size=(2, 2), channels=1, expected_count=1),
    ):
        pass
    assert (tmp_path / "thesis" / "final.tex").exists()


def test_a_pack_too_large_for_the_disk_is_refused_before_the_work(tmp_path):
    with (
        pytest.raises(UserError, match="GiB are free"),
        write_pack(tmp_path / "pack", size=(10**4, 10**4), channels=3, expected_count=10**9),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
