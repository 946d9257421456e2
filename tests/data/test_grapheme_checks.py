from pathlib import Path

import pyarrow.parquet as pq
import pytest
from grapheme_files import images_of, shard_table, write_class_map, write_labels, write_shard

from mojika.data.checks import check_folder

COMPONENTS = ("consonant_diacritic", "grapheme_root", "vowel_diacritic")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_class_map(tmp_path / "class_map.csv")
    write_labels(tmp_path / "train.csv", [["T_0", 1, 0, 0], ["T_1", 2, 1, 1]])
    write_shard(tmp_path / "train_image_data_0.parquet", ["T_0", "T_1"], images_of(2))
    write_test(tmp_path, "E_0")
    write_shard(tmp_path / "test_image_data_0.parquet", ["E_0"], images_of(1))
    return tmp_path


def write_test(folder: Path, *ids: str) -> None:
    rows = [f"{image_id}_{component},{image_id},{component}" for image_id in ids for component in COMPONENTS]
    (folder / "test.csv").write_text("\n".join(["row_id,image_id,component", *rows]) + "\n")


def faults_of(folder: Path) -> list[str]:
    return [str(fault) for fault in check_folder(folder)]


def test_good_data_have_no_faults_with_or_without_a_test_set(data):
    assert faults_of(data) == []
    for path in data.glob("test*"):
        path.unlink()
    assert faults_of(data) == []


def test_every_fault_is_listed_with_its_place(data):
    rows = [["T_0", 1, 0, 0], ["T_1", 11, 1, 1], ["T_0", 1, 0, 0], ["", 1, 0, 0], ["T_9", 1, 0, "x"]]
    write_labels(data / "train.csv", rows)
    write_shard(data / "train_image_data_1.parquet", ["T_1", "T_5"], images_of(2))
    write_test(data, "E_0", "E_1")
    assert faults_of(data) == [
        "test.csv row 5: E_1: no image in the shards",
        "train.csv row 3: T_1: grapheme_root: '11' is not in the class map",
        "train.csv row 4: T_0 was labelled before, in row 2",
        "train.csv row 5: expected an image id, found nothing",
        "train.csv row 6: T_9: consonant_diacritic: 'x' is not in the class map",
        "train.csv row 6: T_9: no image in the shards",
        "train_image_data_1.parquet row 1: T_1 is already in train_image_data_0.parquet row 2",
        "train_image_data_1.parquet row 2: T_5: no row in train.csv",
    ]


def test_files_of_another_layout_are_one_fault_each(data):
    (data / "class_map.csv").unlink()
    pq.write_table(shard_table(["T_0"], images_of(1)).drop_columns(["3"]), data / "train_image_data_0.parquet")
    (data / "test.csv").write_text("image_id\nE_0\n")
    assert [fault.split(":")[0] for fault in faults_of(data)] == [
        "class_map.csv", "test.csv", "train_image_data_0.parquet"]  # fmt: skip


def test_damaged_pixels_and_missing_shards_are_found(data):
    path = data / "train_image_data_0.parquet"
    damaged = bytearray(path.read_bytes())
    damaged[2000:40000] = bytes(38000)
    path.write_bytes(damaged)
    (data / "test_image_data_0.parquet").unlink()
    missing, damage = faults_of(data)
    assert missing == "test.csv: no test_image_data_*.parquet beside it"
    assert damage.startswith("train_image_data_0.parquet: expected a whole Parquet file, found a damaged one")


def test_row_ids_are_image_and_component(data):
    text = (data / "test.csv").read_text().replace("E_0_grapheme_root,", "E_0_vowel_diacritic,")
    (data / "test.csv").write_text(text)
    assert faults_of(data) == [
        "test.csv row 3: E_0_vowel_diacritic: expected E_0_grapheme_root as row_id",
        "test.csv row 4: duplicate row id E_0_vowel_diacritic",
    ]


def test_the_real_graphemes_have_no_faults(bengali_graphemes):
    assert faults_of(bengali_graphemes) == []
