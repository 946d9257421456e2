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
    with write_pack(tmp_path / "packs" / "gray4", size=(4, 4), channels=1, expected_count=len(rows)) as writer:
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


def test_lists_as_in_2019(pack):
    """`common` (50 samples) is copied, `other` (7) too; both sides repeat what is rare."""
    assert main(command(pack, "--copy-rare", "--min-valid", "20", "--extra-copy")) == 0
    out = pack.parents[1] / "splits" / "b"
    train, valid = read_split_lists(
        [out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=pack.parent / "cache"
    )
    label = valid.classes["label"].labels
    times = {label[target]: (len(rows), set(rows)) for target, rows in by_class(valid).items()}
    assert times == {"both": (30, {1}), "rare": (4, {6}), "common": (50, {1}), "other": (7, {3})}
    times = {label[target]: (len(rows), set(rows)) for target, rows in by_class(train).items()}
    assert times == {"both": (120, {1}), "rare": (4, {26}), "common": (50, {3}), "other": (7, {15})}
    seen = valid.repeated()
    assert len(seen) == 30 + 4 * 6 + 50 + 7 * 3 and (seen.repeat == 1).all()
    assert [len(column) for column in (seen.row, seen.pack_index, seen.targets, seen.shared)] == [len(seen)] * 4
    assert train.repeated().shared.sum() == 4 * 26 + 50 * 3 + 7 * 15


def by_class(split) -> dict[int, list[int]]:
    return {target: split.repeat[split.targets[:, 0] == target].tolist() for target in set(split.targets[:, 0])}


def test_a_split_without_the_rules_of_2019_is_what_it_was(pack):
    assert main(command(pack)) == 0
    made_from = json.loads((pack.parents[1] / "splits" / "b" / "split.json").read_text())["made_from"]
    assert not made_from.keys() & {"min_valid", "copy_rare", "extra_copy"}


def test_a_split_is_made_once_and_replaced_only_when_forced(pack, capsys):
    assert main(command(pack)) == 0
    assert "up to date" not in capsys.readouterr().out
    assert main(command(pack)) == 0
    assert "up to date" in capsys.readouterr().out
    assert main(command(pack, "--seed", "1")) == 2
    assert "seed was 0, now 1" in capsys.readouterr().err
    assert main(command(pack, "--seed", "1", "--force")) == 0


def test_an_unknown_book_is_named_with_the_known_ones(pack, capsys):
    assert main(["split", str(pack), "--hold-out", "c", "--out", str(pack.parent / "out")]) == 2
    assert "nothing called c to hold out; there are a, b" in capsys.readouterr().err
    assert not (pack.parent / "out").exists()


def write_small_pack(folder: Path, labels: str, pages: str, classes: str) -> Path:
    samples = pd.DataFrame({"label": list(labels), "image_id": list(pages), "group": "a", "weight": np.float32(1)})
    with write_pack(folder, size=(4, 4), channels=1, expected_count=len(labels)) as writer:
        writer.append(np.full((len(labels), 4, 4, 1), len(labels), np.uint8))
        writer.finish(samples, {"label": ClassList.from_labels(classes)}, {"labels": labels, "pages": pages})
    return folder


def test_several_packs_are_split_together_by_page(tmp_path):
    first = write_small_pack(tmp_path / "generated", "xyzxyz", "111222", "xyz")
    second = write_small_pack(tmp_path / "real", "xyx", "334", "xyz")
    out = tmp_path / "split"
    flags = ["--by", "page", "--hold-out", "3", "--fill", "0", "--min-train", "1", "--out", str(out)]
    assert main(["split", str(first), str(second), *flags]) == 0
    assert (out / "valid.csv").read_text().splitlines()[1:] == ["../real,0,x,1,1,0", "../real,1,y,1,1,0"]
    train, valid = read_split_lists(
        [out / "train.csv", out / "valid.csv"], scale_size=4, channels=1, cache=tmp_path / "cache"
    )
    assert (len(train), len(valid)) == (7, 2)
    assert [pack.images[0, 0, 0, 0] for pack in train.packs] == [6, 3]


def test_an_appended_pack_is_trained_on_and_changes_nothing_else(pack, tmp_path, capsys):
    """`rare` has 4 samples in `a`: the 3 appended ones do not count where it is repeated to 100."""
    classes = ClassList.from_labels(["both", "common", "other", "rare"])
    samples = pd.DataFrame({"label": ["rare", "both", "rare", "rare"], "group": "test", "weight": np.float32(1)})
    with write_pack(tmp_path / "packs" / "pseudo", size=(4, 4), channels=1, expected_count=4) as writer:
        writer.append(np.zeros((4, 4, 4, 1), np.uint8))
        writer.finish(samples, {"label": classes}, {"stage": "pseudo"})
    assert main(command(pack)) == 0
    more = [*command(pack)[:-1], str(tmp_path / "splits" / "more"), "--append", str(tmp_path / "packs" / "pseudo")]
    assert main(more) == 0
    assert "\n" + str(tmp_path / "splits" / "more") + ": 4 of these samples were appended\n" in capsys.readouterr().out
    plain, appended = (tmp_path / "splits" / name for name in ("b", "more"))
    assert (plain / "valid.csv").read_text() == (appended / "valid.csv").read_text()
    rows = ["rare,1,1,0", "both,1,1,0", "rare,1,1,0", "rare,1,1,0"]
    lines = [f"../../packs/pseudo,{row},{fields}" for row, fields in enumerate(rows)]
    assert (appended / "train.csv").read_text() == (plain / "train.csv").read_text() + "\n".join(lines) + "\n"

    assert main([*more, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["train"], report["epoch"], report["appended"]) == (176 + 4, 460 + 4, 4)
    assert main([*more[:-2], "--append", str(pack)]) == 2  # another pack appended is another split
    assert "appended" in capsys.readouterr().err

    assert main([*more, "--repeat-appended", "3"]) == 2  # so is another number of repetitions
    assert main([*more, "--repeat-appended", "3", "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["epoch"] == 460 + 3 * 4
    often = [line.replace(",1,1,0", ",1,3,0") for line in lines]
    assert (appended / "train.csv").read_text() == (plain / "train.csv").read_text() + "\n".join(often) + "\n"


def test_appended_samples_of_a_book_that_is_held_out_are_refused(pack, capsys):
    assert main(command(pack, "--append", str(pack))) == 2
    assert "--append: samples of b are held out and must not be trained on" in capsys.readouterr().err
    assert not (pack.parents[1] / "splits").exists()


def test_a_pack_is_split_once(pack, tmp_path, capsys):
    (tmp_path / "link").symlink_to(pack)
    assert main(["split", str(pack), str(tmp_path / "link"), "--random", "0.5", "--out", str(tmp_path / "out")]) == 2
    assert "expected each pack once, found it again" in capsys.readouterr().err
    assert main(["split", str(pack), "--random", "0.5", "--out", str(tmp_path / "link")]) == 2
    assert "a folder for the lists other than that of a pack" in capsys.readouterr().err


def test_packs_of_different_class_lists_are_refused(tmp_path, capsys):
    first = write_small_pack(tmp_path / "one", "xy", "12", "xy")
    second = write_small_pack(tmp_path / "two", "xy", "34", "xyz")
    assert (
        main(["split", str(first), str(second), "--by", "page", "--hold-out", "1", "--out", str(tmp_path / "s")]) == 2
    )
    assert "different class lists: 2 classes" in capsys.readouterr().err


def test_a_random_split_takes_a_share_of_every_class(pack, capsys):
    out = pack.parent / "random"
    random = ["split", str(pack), "--valid-fraction", "0.2", "--min-train", "1", "--out", str(out), "--json"]
    assert main(random) == 0
    report = json.loads(capsys.readouterr().out)
    counts = pd.read_csv(out / "valid.csv")["label"].value_counts().to_dict()
    assert counts == {"both": 30, "rare": 1, "common": 10, "other": 1}
    assert report == {"train": 211 - 42, "valid": 42, "shared": 0, "epoch": 211 - 42,
                      "train_classes": 4, "valid_classes": 4, "shared_classes": 0, "classes": 4}  # fmt: skip
    assert main(random[:-1]) == 0
    assert "up to date" in capsys.readouterr().out
    assert main(["split", str(pack), "--hold-out", "b", "--out", str(out)]) == 2
    assert "random was 0.2, now null" in capsys.readouterr().err


def test_flags_of_the_other_rule_are_refused(pack, capsys):
    out = pack.parent / "refused"
    assert main(["split", str(pack), "--valid-fraction", "0.2", "--fill", "3", "--out", str(out)]) == 2
    assert "--fill: only for --hold-out; leave it out" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize("rule", [[], ["--hold-out", "b", "--valid-fraction", "0.2"]])
def test_one_rule_is_wanted(pack, rule, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["split", str(pack), *rule, "--out", str(pack.parent / "none")])
    assert caught.value.code == 2 and "--valid-fraction" in capsys.readouterr().err
