import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from grapheme_files import images_of, shard_table, write_shard

from mojika.data.grapheme_shards import GraphemeShard, duplicate_ids, find_shards
from mojika.errors import UserError


@pytest.mark.parametrize("row_group_size, window, rows", [(100, 100, 4), (100, 7, 3), (9, 5, 5), (4, 64, 512)])
def test_every_image_arrives_once_in_order_whatever_groups_windows_and_batches(tmp_path, row_group_size, window, rows):
    images, ids = images_of(20), [f"Train_{number}" for number in range(20)]
    images[3, 136, 235], images[3, 0, 1] = 77, 78
    shard = GraphemeShard.open(write_shard(tmp_path / "a.parquet", ids, images, row_group_size))
    batches = list(shard.batches(rows=rows, window=window))
    assert max(len(some) for some, _ in batches) <= rows
    assert [image_id for some, _ in batches for image_id in some] == ids == list(shard.ids)
    np.testing.assert_array_equal(np.concatenate([some for _, some in batches]), images)


def test_a_shard_without_images_is_empty(tmp_path):
    shard = GraphemeShard.open(write_shard(tmp_path / "a.parquet", [], images_of(0)))
    assert shard.ids == () and list(shard.batches()) == []


def test_columns_are_found_by_name_in_any_order(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (2, 137, 236), np.uint8)
    table = shard_table(["a", "b"], images)
    pq.write_table(table.select(table.column_names[::-1]), tmp_path / "a.parquet")
    ((_, read),) = GraphemeShard.open(tmp_path / "a.parquet").batches()
    np.testing.assert_array_equal(read, images)


def change(name: str, kind: pa.DataType):
    return lambda table: table.set_column(table.column_names.index(name), name, table[name].cast(kind))


@pytest.mark.parametrize(
    "alter, message",
    [
        (lambda table: table.drop_columns(["7", "9"]), "32331, found 2 of them missing: 7, 9$"),
        (lambda table: table.drop_columns(["image_id"]), "found 1 of them missing: image_id$"),
        (lambda table: table.append_column("index", table["1"]), "32331, found 1 more: index$"),
        (lambda table: table.append_column("1", table["1"]), "32331, found 1 more$"),
        (change("5", pa.int64()), "column 5: expected uint8, found int64$"),
        (
            lambda table: table.set_column(0, "image_id", pa.array([1, 2])),
            "column image_id: expected text, found int64$",
        ),
        (lambda table: table.set_column(0, "image_id", pa.array(["a", None])), "every row, found 1 rows without$"),
    ],
)
def test_another_layout_is_refused_in_one_line(tmp_path, alter, message):
    pq.write_table(alter(shard_table(["a", "b"], images_of(2))), tmp_path / "a.parquet")
    with pytest.raises(UserError, match=message) as caught:
        GraphemeShard.open(tmp_path / "a.parquet")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_empty_pixels_are_refused(tmp_path):
    table = shard_table(["a", "b"], images_of(2))
    pq.write_table(table.set_column(131, "130", pa.array([1, None], pa.uint8())), tmp_path / "a.parquet")
    with pytest.raises(UserError, match="column 130: expected pixels, found empty fields"):
        list(GraphemeShard.open(tmp_path / "a.parquet").batches())


@pytest.mark.parametrize("content", [b"", b"PAR1", b"image_id,0,1\n"])
def test_what_is_no_parquet_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(UserError, match="expected a whole Parquet file, found a damaged one") as caught:
        GraphemeShard.open(tmp_path / "a.parquet")
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match="none.parquet: no such file"):
        GraphemeShard.open(tmp_path / "none.parquet")


def test_truncation_and_damage_within_are_refused(tmp_path):
    path = write_shard(tmp_path / "a.parquet", list("abc"), images_of(3))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UserError, match="damaged"):
        GraphemeShard.open(path)
    damaged = bytearray(whole)
    damaged[2000:40000] = bytes(38000)  # pages of some pixels; footer and ids stay
    path.write_bytes(damaged)
    with pytest.raises(UserError, match="damaged"):
        list(GraphemeShard.open(path).batches())


def test_patterns_give_files_in_natural_order_each_once(tmp_path, monkeypatch):
    for number in (10, 9, 1):
        (tmp_path / f"data_{number}.parquet").touch()
    monkeypatch.chdir(tmp_path)
    assert [path.name[5:-8] for path in find_shards(["data_*.parquet", "data_1.parquet"])] == ["1", "9", "10"]
    assert [path.name[5:-8] for path in find_shards(["data_9.parquet", "data_*"])] == ["9", "1", "10"]
    with pytest.raises(UserError, match=r"test_\*.parquet: no such file"):
        find_shards(["data_*", "test_*.parquet"])


def test_ids_that_come_again_are_named_with_both_places(tmp_path):
    first, second = (tmp_path / name for name in ("a.parquet", "b.parquet"))
    shards = [GraphemeShard(first, ("x", "y", "x")), GraphemeShard(second, ("z", "y"))]
    assert [str(fault) for fault in duplicate_ids(shards)] == [
        "a.parquet row 3: x is already in a.parquet row 1",
        "b.parquet row 2: y is already in a.parquet row 2",
    ]


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
def test_ids_may_be_any_kind_of_text_beside_the_index_of_pandas(tmp_path, kind):
    table = shard_table(["a", "b"], images_of(2))
    ids = pa.array(["a", "b"]).cast(kind) if kind != pa.string_view() else pa.array(["a", "b"], kind)
    table = table.set_column(0, "image_id", ids).append_column("__index_level_0__", pa.array([0, 1]))
    pq.write_table(table, tmp_path / "a.parquet", store_schema=True)
    [(found, images)] = GraphemeShard.open(tmp_path / "a.parquet").batches()
    assert found == ["a", "b"] and (images == images_of(2)).all()


def test_folders_of_shards_may_have_brackets_in_their_names(tmp_path):
    folder = tmp_path / "bengali [2020]"
    folder.mkdir()
    write_shard(folder / "train_image_data_0.parquet", ["a"], images_of(1))
    assert find_shards([f"{folder}/train_image_data_*.parquet"]) == [folder / "train_image_data_0.parquet"]
    assert find_shards([folder / "train_image_data_[0-9].parquet"]) == [folder / "train_image_data_0.parquet"]
