import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.data.image_list import read_image_list
from mojika.data.pack_writer import write_pack
from mojika.data.split_list import read_split_lists


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Six books of two pages, each with 4 of `often` and 2 of `seldom`; `once` is in book 0 only."""
    rows = [
        (f"{book}", f"{book}_{page}", label) for book in range(6) for page in range(2) for label in ("often", "seldom")
    ]
    rows = [row for row in rows for _ in range(2 if row[2] == "often" else 1)] + [("0", "0_0", "once")]
    samples = pd.DataFrame(rows, columns=["group", "image_id", "label"]).assign(weight=np.float32(1))
    with write_pack(tmp_path / "pack", size=(4, 4), channels=1, expected_count=len(rows)) as writer:
        writer.append(np.zeros((len(rows), 4, 4, 1), np.uint8))
        writer.finish(samples, {"label": ClassList.from_labels(samples["label"])}, {"rows": rows})
    return tmp_path / "pack"


def split(source: Path, fold: int, *more: str) -> tuple[Path, list[str]]:
    out = source.parent / f"fold_{fold}"
    return out, ["split", str(source), "--folds", "3", "--fold", f"{fold}", "--out", str(out), *more]


@pytest.mark.parametrize("by", ["book", "page"])
def test_each_book_validates_in_one_fold_and_classes_are_spread(pack, by):
    seen = []
    for fold in range(3):
        out, command = split(pack, fold, "--by", by, "--min-train", "1")
        assert main(command) == 0
        train, valid = read_split_lists(
            [out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=pack.parent / "cache"
        )
        samples = valid.packs[0].samples
        units = samples["group" if by == "book" else "image_id"]
        assert set(units[train.row[~train.shared]]).isdisjoint(units[valid.row])
        assert set(train.classes["label"].labels) == set(samples["label"][train.row])
        counts = samples["label"][valid.row].value_counts()
        assert (counts["often"], counts["seldom"]) == (8, 4)
        seen += valid.row.tolist()
    assert sorted(seen) == list(range(len(samples)))


def test_more_folds_than_books_are_refused(pack, capsys):
    out, command = split(pack, 0)
    assert main([*command[:3], "7", *command[4:]]) == 2
    assert "--folds 7: expected from 2 to 6, the number of books; --by page divides pages" in capsys.readouterr().err
    assert main([*command[:5], "3", *command[6:]]) == 2
    assert "--fold 3: expected a fold from 0 to 2" in capsys.readouterr().err
    assert not out.exists()


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    for name in (
        f"{label}/{number}.png" for label, count in (("か", 9), ("あ", 6), ("い", 1)) for number in range(count)
    ):
        (tmp_path / "letters" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (4, 4)).save(tmp_path / "letters" / name)
    return tmp_path / "letters"


def test_folds_of_class_folders(folders, capsys):
    seen = []
    for fold in range(3):
        out, command = split(folders, fold)
        assert main(command) == 0
        train, valid = (read_image_list(out / f"{part}.csv") for part in ("train", "valid"))
        assert (valid.labels.count("U+304B"), valid.labels.count("U+3042")) == (3, 2)
        assert set(train.labels) == {"U+304B", "U+3042", "U+3044"}
        assert {path for path in train.paths if "い" not in path}.isdisjoint(valid.paths)
        seen += valid.paths
    assert len(seen) == len(set(seen)) == 16
    assert main(command) == 0
    assert "up to date" in capsys.readouterr().out


def test_a_share_of_lists(folders, capsys):
    out = folders.parent / "share"
    command = ["split", str(folders), "--valid-fraction", "0.34", "--out", str(out), "--json"]
    assert main(command) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["train"], report["valid"], report["shared"]) == (11, 6, 1)
    again = ["split", str(out / "train.csv"), "--folds", "2", "--fold", "1", "--out", str(folders.parent / "again")]
    assert main(again) == 0
    assert main([*again, "--min-train", "5"]) == 2
    assert "--min-train: only for packs" in capsys.readouterr().err
