from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mojika.data.class_folders import read_class_folders
from mojika.data.code_points import label_named
from mojika.data.split_list import read_split_lists
from mojika.errors import UserError


def draw(folder: Path, *names: str) -> Path:
    for level, name in enumerate(names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((6, 5), 10 * level, np.uint8)).save(folder / name)
    return folder


@pytest.mark.parametrize(
    ("text", "label"),
    [("か", "U+304B"), ("U+304B", "U+304B"), ("u+304b", "U+304B"), ("0x304B", "U+304B"), ("か\u3099", "U+304C"),
     ("𛀁", "U+1B001"), ("A", "U+0041"), ("7", "7"), ("10", "10"), ("か行", "か行"), ("U+FFFFFF", "U+FFFFFF")],
)  # fmt: skip
def test_a_character_and_its_code_point_are_one_label(text, label):
    assert label_named(text) == label == label_named(label)


def test_class_folders_are_lists(tmp_path: Path):
    draw(tmp_path / "train", "か/1.png", "U+304B/2.png", "あ/deep/3.jpg", ".hidden/4.png")
    draw(tmp_path / "valid", "か/1.png")
    (tmp_path / "train" / "か" / "notes.txt").write_text("no image")
    train, valid = read_split_lists(
        [tmp_path / "train", tmp_path / "valid"], scale_size=4, channels=1, cache=tmp_path / "cache"
    )
    assert train.classes["label"].labels == ("U+3042", "U+304B") and train.classes["label"].chars == ("あ", "か")
    samples = train.packs[0].samples
    assert dict(zip(map(Path, samples["image_id"]), samples["label"], strict=True)) == {
        tmp_path / "train" / "か" / "1.png": "U+304B",
        tmp_path / "train" / "U+304B" / "2.png": "U+304B",
        tmp_path / "train" / "あ" / "deep" / "3.jpg": "U+3042",
    }
    assert valid.targets.tolist() == [[1]]


def test_files_that_are_no_images_are_told(tmp_path: Path):
    draw(tmp_path, "か/1.png")
    (tmp_path / "か" / "notes.txt").write_text("no image")
    assert read_class_folders(tmp_path).others == [tmp_path / "か" / "notes.txt"]


def test_parts_of_a_data_set_are_no_classes(tmp_path: Path):
    draw(tmp_path, "train/か/1.png", "val/か/1.png")
    with pytest.raises(UserError, match=r"expected a folder for each class, found train, val; name them: \S+/train"):
        read_class_folders(tmp_path)


def test_a_folder_without_class_folders_is_refused(tmp_path: Path):
    draw(tmp_path, "1.png", "empty/notes.png")
    (tmp_path / "empty" / "notes.png").unlink()
    with pytest.raises(UserError, match="expected a CSV file, or a folder that has a folder of images for each class"):
        read_class_folders(tmp_path)
