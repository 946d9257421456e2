import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.data.pack_writer import write_pack
from mojika.data.split_list import read_split_lists


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Two books; class `both` is in each, `rare` and `common` are in `a` only, `other` is in `b` only."""
    counts = {("a", "both"): 120, ("a", "rare"): 4, ("a", "common"): 50, ("b", "both"): 30, ("b", "other"): 7}
    rows = [(group, label) for (group, label), count in counts.items() for _ in range(count)]
    samples = pd.DataFrame(rows, columns=["group", "label"]).assign(weight=np.float32(1))
    with write_pack(tmp_path / "packs" / "gray4", size=4, channels=1, expected_count=len(rows)) as writer:
        writer.append(np.zeros((len(rows), 4, 4, 1), np.uint8))
        writer.finish(samples, {"label": ClassList.from_labels(samples["label"])}, {"rows": rows})
    return tmp_path / "packs" / "gray4"


def command(pack: Path, *more: str) -> list[str]:
    return ["split", str(pack), "--hold-out", "b", "--out", str(pack.parents[1] / "splits" / "b"), *more]


def test_the_lists_are_what_training_reads(pack, capsys):
    assert main(command(pack, "--json")) == 0
    report = json.loads(capsys.readouterr().out)
    out = pack.parents[1] / "splits" / "b"
    assert (out / "train.csv").read_text().splitlines()[:2] == [
        "pack,row,label,weight,repeat,shared", "../../packs/gray4,0,both,1,1,0"]  # fmt: skip
    train, valid = read_split_lists(
        [out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=pack.parent / "cache"
    )
    assert train.packs[0] is valid.packs[0]
    assert report == {"train": 120 + 4 + 45 + 7, "valid": 37 + 5 + 4, "shared": 11, "epoch": 120 + 100 + 135 + 105,
                      "train_classes": 4, "valid_classes": 4, "shared_classes": 2, "classes": 4}  # fmt: skip
    assert (len(train), len(valid)) == (report["train"], report["valid"])
    assert train.repeat.sum() == report["epoch"] and train.shared.sum() == valid.shared.sum() == 11
    assert set(train.row[~train.shared]).isdisjoint(valid.row)


def test_a_split_is_made_once_and_replaced_only_when_forced(pack, capsys):
    assert main(command(pack)) == 0
    assert "up to date" not in capsys.readouterr().out
    assert main(command(pack)) == 0
    assert "up to date" in capsys.readouterr().out
    assert main(command(pack, "--seed", "1")) == 2
    assert "seed 0 there and 1 now" in capsys.readouterr().err
    assert main(command(pack, "--seed", "1", "--force")) == 0


def test_an_unknown_book_is_named_with_the_known_ones(pack, capsys):
    assert main(["split", str(pack), "--hold-out", "c", "--out", str(pack.parent / "out")]) == 2
    assert "no book c in this pack; its books are a, b" in capsys.readouterr().err
    assert not (pack.parent / "out").exists()
