import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.data.pack_writer import write_pack
from mojika.data.split_list import read_split_lists

HEADS = ["root", "vowel"]


def make_pack(folder: Path, rows: list[tuple[str, str, str]]) -> Path:
    """`rows`: root, vowel and writer."""
    samples = pd.DataFrame(rows, columns=[*HEADS, "group"]).assign(weight=np.float32(1))
    samples["image_id"] = [f"{folder.name}_{number}" for number in range(len(rows))]
    with write_pack(folder, size=(3, 5), channels=1, expected_count=len(rows)) as writer:
        writer.append(np.zeros((len(rows), 3, 5, 1), np.uint8))
        classes = {head: ClassList(("0", "1", "2"), (0, 0, 0)) for head in HEADS}
        writer.finish(samples, classes, {"rows": rows, "name": folder.name})
    return folder


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Nine graphemes, each by four writers."""
    rows = [(root, vowel, writer) for writer in "wxyz" for root in "012" for vowel in "012"]
    return make_pack(tmp_path / "pack", rows)


def split(*arguments: object) -> int:
    return main(["split", *map(str, arguments)])


def labels_of(path: Path) -> list[tuple[str, str]]:
    return list(pd.read_csv(path, dtype=str)[HEADS].itertuples(index=False, name=None))


def test_folds_are_stratified_and_together_hold_every_sample_once(pack, tmp_path, capsys):
    rows = []
    for fold in range(4):
        out = tmp_path / f"fold_{fold}"
        assert split(pack, "--folds", 4, "--fold", fold, "--out", out, "--json") == 0
        assert json.loads(capsys.readouterr().out) == {
            "train": 27, "epoch": 27, "valid": 9, "left_out": 0, "train_graphemes": 9,
            "valid_graphemes": len(set(labels_of(out / "valid.csv"))),
            "unseen": 0, "unseen_graphemes": 0, "untrained_classes": 0}  # fmt: skip
        valid = pd.read_csv(out / "valid.csv", dtype=str)
        assert valid.columns.tolist() == ["pack", "row", *HEADS, "weight", "repeat", "shared", "unseen"]
        assert [valid[head].value_counts().to_dict() for head in HEADS] == [{"0": 3, "1": 3, "2": 3}] * 2
        train = pd.read_csv(out / "train.csv", dtype=str)
        assert "unseen" not in train and not set(train["row"]) & set(valid["row"])
        rows += valid["row"].astype(int).tolist()
    assert sorted(rows) == list(range(36))


def test_unseen_graphemes_validate_only_and_are_marked(pack, tmp_path, capsys):
    out = tmp_path / "unseen"
    assert split(pack, "--folds", 4, "--fold", 1, "--unseen", 0.2, "--out", out) == 0
    assert "8 of these, of 2 graphemes, do not occur in training" in capsys.readouterr().out
    valid, trained = pd.read_csv(out / "valid.csv", dtype=str), set(labels_of(out / "train.csv"))
    unseen = {pair for pair in labels_of(out / "valid.csv") if pair not in trained}
    assert len(unseen) == 2 and len(trained) == 7
    assert [pair in unseen for pair in labels_of(out / "valid.csv")] == (valid["unseen"] == "1").tolist()
    assert all(labels_of(out / "valid.csv").count(pair) == 4 for pair in unseen)

    train_list, valid_list = read_split_lists(
        [out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=tmp_path / "cache"
    )
    assert train_list.unseen is None and valid_list.unseen.dtype == bool
    assert valid_list.unseen.tolist() == (valid["unseen"] == "1").tolist()
    assert valid_list.heads == tuple(HEADS) and valid_list.targets.shape == (len(valid), 2)


def test_writers_are_held_out_and_unseen_graphemes_of_others_are_in_neither_list(pack, tmp_path, capsys):
    out = tmp_path / "writer"
    assert split(pack, "--by", "group", "--hold-out", "z", "--unseen", 0.2, "--out", out) == 0
    assert "6 samples of held-out graphemes are in neither list" in capsys.readouterr().out
    valid = pd.read_csv(out / "valid.csv")
    assert valid["row"].tolist() == list(range(27, 36)) and valid["unseen"].sum() == 2
    assert len(labels_of(out / "train.csv")) == 21
    assert split(pack, "--hold-out", "v", "--out", tmp_path / "none") == 2
    assert "nothing called v to hold out; there are w, x, y, z" in capsys.readouterr().err


def test_an_appended_pack_gives_no_grapheme_that_is_held_out(pack, tmp_path, capsys):
    more = make_pack(tmp_path / "more", [(root, vowel, "font") for root in "012" for vowel in "012"])
    out = tmp_path / "appended"
    flags = ["--folds", 4, "--fold", 1, "--unseen", 0.2, "--append", more, "--out", out, "--json"]
    assert split(pack, *flags) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["appended"], report["left_out"], report["unseen_graphemes"]) == (7, 2, 2)
    same_writer = make_pack(tmp_path / "leak", [("0", "0", "z")])
    assert split(pack, "--hold-out", "z", "--append", same_writer, "--out", tmp_path / "leaked") == 2
    assert "--append: samples of z are held out" in capsys.readouterr().err


def test_own_samples_are_repeated_and_appended_ones_are_not(pack, tmp_path, capsys):
    more = make_pack(tmp_path / "more", [(root, vowel, "font") for root in "012" for vowel in "012"])
    flags = ["--folds", 4, "--fold", 1, "--append", more, "--out", tmp_path / "out"]
    assert split(pack, *flags, "--repeat", 3) == 0
    assert "36 samples of 9 graphemes to train on, 90 an epoch with repetition" in capsys.readouterr().out
    train, valid = (pd.read_csv(tmp_path / "out" / f"{name}.csv") for name in ("train", "valid"))
    assert train.groupby(train["pack"].str.endswith("more"))["repeat"].unique().map(list).to_dict() == {
        False: [3], True: [1]}  # fmt: skip
    assert (valid["repeat"] == 1).all() and len(valid) == 9
    assert split(pack, *flags) == 2  # another split
    assert split(pack, *flags, "--repeat", 3) == 0 and "up to date" in capsys.readouterr().out


def test_a_pack_to_validate_on_joins_the_validation_list_and_changes_nothing_else(pack, tmp_path, capsys):
    more = make_pack(tmp_path / "more", [(root, vowel, "font") for root in "012" for vowel in "012"])
    other = make_pack(tmp_path / "other", [(root, vowel, "another") for root in "012" for vowel in "012"])
    flags = [pack, "--folds", 4, "--fold", 1, "--unseen", 0.2, "--append", more]
    without, out = tmp_path / "without", tmp_path / "out"
    assert split(*flags, "--out", without) == 0
    assert split(*flags, "--validate-on", other, "--out", out) == 0
    assert "9 of these samples are of packs that are only validated on" in capsys.readouterr().out
    assert (out / "train.csv").read_bytes() == (without / "train.csv").read_bytes()
    valid = pd.read_csv(out / "valid.csv", dtype=str)
    own, further = valid[valid["pack"] == "../pack"], valid[valid["pack"] == "../other"]
    assert own.equals(pd.read_csv(without / "valid.csv", dtype=str)) and len(own) + len(further) == len(valid)
    assert further["row"].tolist() == list("012345678")
    trained = set(labels_of(out / "train.csv"))
    pairs = further[HEADS].itertuples(index=False, name=None)
    assert [pair not in trained for pair in pairs] == (further["unseen"] == "1").tolist()
    assert (further["unseen"] == "1").sum() == 2

    report = json.loads((out / "split.json").read_text())["report"]
    before = json.loads((without / "split.json").read_text())["report"]
    changed = {name for name in report if report[name] != before.get(name)}
    assert changed <= {"valid", "validated_on", "valid_graphemes", "unseen"}
    assert (report["validated_on"], report["valid"]) == (9, before["valid"] + 9)
    assert split(*flags, "--out", out) == 2  # another split
    assert split(*flags, "--validate-on", other, "--out", out) == 0 and "up to date" in capsys.readouterr().out


@pytest.mark.parametrize("flags", [[], ["--append", "more"]])
def test_a_pack_that_is_trained_on_does_not_validate(pack, tmp_path, flags, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make_pack(tmp_path / "more", [("0", "0", "font")])
    same = flags[-1] if flags else "pack"
    assert split(pack, "--folds", 4, "--fold", 1, *flags, "--validate-on", same, "--out", "out") == 2
    assert f"--validate-on {same}: this pack is trained on" in capsys.readouterr().err and not Path("out").exists()


def test_a_grapheme_that_only_the_held_out_writer_has_is_marked(tmp_path, capsys):
    pack = make_pack(tmp_path / "pack", [("0", "0", "x"), ("1", "1", "x"), ("0", "1", "y"), ("2", "1", "y")])
    assert split(pack, "--hold-out", "y", "--out", tmp_path / "out", "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["unseen"], report["untrained_classes"]) == (2, 1)
    assert pd.read_csv(tmp_path / "out" / "valid.csv")["unseen"].tolist() == [1, 1]


def test_the_same_split_is_kept_and_another_one_refused(pack, tmp_path, capsys):
    flags = ["--folds", 4, "--fold", 1, "--out", tmp_path / "out"]
    assert split(pack, *flags) == split(pack, *flags) == 0
    assert "up to date" in capsys.readouterr().out
    assert split(pack, *flags, "--by-label", "root") == 2
    assert "by_label" in capsys.readouterr().err
    assert split(pack, *flags, "--by-label", "root", "--force") == 0


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--folds", 4], "--folds 4: expected --fold, the fold to validate on, from 0 to 3"),
        (["--folds", 4, "--fold", 4], "--fold 4: expected a fold from 0 to 3"),
        (["--folds", 4, "--fold", 0, "--by-label", "rood"], "--by-label rood: expected one of root, vowel"),
        (["--folds", 4, "--fold", 0, "--min-train", 5], "--min-train: only for packs with one label column"),
        (["--folds", 4, "--fold", 0, "--by", "group"], "--by: only for --hold-out"),
        (["--hold-out", "z", "--fold", 1], "--fold: only for --folds"),
        (["--valid-fraction", 0.2], "--valid-fraction: only for packs with one label column"),
    ],
)
def test_flags_that_would_have_no_effect_are_refused(pack, tmp_path, flags, message, capsys):
    assert split(pack, *flags, "--out", tmp_path / "out") == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out").exists()
