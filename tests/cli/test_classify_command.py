import json
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

import pandas as pd
import pytest
import torch

from mojika.boxes.page_boxes import read_boxes, truth_boxes, write_boxes
from mojika.cli.main import main
from mojika.data.class_list import ClassList
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec
from mojika.training.checkpoints import save_checkpoint

CLASSES = ClassList(("U+3042", "U+304B", "U+4E00"), (1, 1, 1))
SPEC = InputSpec(channels=1, mean=(0.5,), std=(0.2,), scale_size=12, input_size=10, interpolation="bilinear")


def write_model(path: Path, heads: Sequence[str] = ("label",), most: float = 2.0) -> None:
    """A classifier that reads か, whatever it is shown: its logits are 0, `most` and 1."""
    architecture = Architecture("test_resnet", channels=1, input_size=10)
    model = Classifier(architecture, dict.fromkeys(heads, len(CLASSES)))
    with torch.no_grad():
        for head in model.heads.values():
            head.weight.zero_()
            head.bias.copy_(torch.tensor([0.0, most, 1.0]))
    state = {
        "input": SPEC.to_plain(),
        "precision": "off",
        "arch": architecture.to_plain(),
        "classes": dict.fromkeys(heads, CLASSES.to_plain()),
        "model": model.backbone.state_dict(),
        "head": model.heads.state_dict(),
        "ema": None,
    }
    save_checkpoint(path, state)


@pytest.fixture
def labels_file(make_pages) -> Path:
    """Three pages of 4, 0 and 2 characters, of which three are か."""
    first = [
        (label, (5 + 9 * i, 5, 12 + 9 * i, 15)) for i, label in enumerate(["U+304B", "U+3042", "U+304B", "U+4E00"])
    ]
    last = [("U+304B", (1, 1, 9, 9)), ("U+3042", (1, 1, 9, 9))]
    return make_pages([("b_1", (60, 40), first), ("b_2", (60, 40), []), ("b_3", (30, 20), last)])


@pytest.fixture
def command(labels_file, tmp_path) -> list[str]:
    write_model(tmp_path / "one.model")
    write_boxes(tmp_path / "boxes.parquet", truth_boxes(labels_file, tmp_path / "train_images"))
    return ["classify", str(tmp_path / "one.model"), "--boxes", str(tmp_path / "boxes.parquet"),
            "--images", str(tmp_path / "train_images"), "--out", str(tmp_path / "read.parquet"),
            "--device", "cpu", "--workers", "1", "--batch-size", "4"]  # fmt: skip


def test_boxes_are_read_once_and_anew_only_when_forced(command, tmp_path, capsys):
    out = tmp_path / "read.parquet"
    assert main(command) == 0
    line = "6 boxes of 3 pages read by 1 model, mean probability 0.6652"  # e² / (1 + e + e²)
    assert capsys.readouterr().out == f"{out}: {line}\n"
    found = read_boxes(out)
    assert found.boxes["label"].tolist() == ["U+304B"] * 6 and found.class_list == CLASSES
    assert found.boxes["top5_labels"].map(list).tolist() == [["U+304B", "U+4E00", "U+3042"]] * 6
    content = out.read_bytes()
    assert main(command) == 0
    assert capsys.readouterr().out == f"{out}: up to date, {line}\n"
    assert main([*command, "--tta", "1"]) == 2
    assert "tta was 7, now 1" in capsys.readouterr().err
    write_model(tmp_path / "one.model", most=3.0)
    assert main(command) == 2
    assert "models" in capsys.readouterr().err and out.read_bytes() == content
    assert main([*command, "--tta", "1", "--force"]) == 0
    assert read_boxes(out).made_from["tta"] == 1


def test_another_scale_margin_and_more_views_are_part_of_what_the_boxes_were_made_from(command, tmp_path, capsys):
    out = tmp_path / "read.parquet"
    assert main([*command, "--scale-size", "8"]) == 2
    assert "--scale-size 8" in capsys.readouterr().err and not out.exists()
    more = ["--scale-size", "12:11,210:200", "--padding", "0.05", "--tta", "10-inner"]
    assert main([*command, *more]) == 0
    made_from = read_boxes(out).made_from
    assert [made_from[name] for name in ("scale_size", "padding", "tta")] == [[[12, 11], [210, 200]], 0.05, "10-inner"]
    assert main([*command, *more]) == 0 and "up to date" in capsys.readouterr().out
    assert main([*command, "--tta", "10-inner", "--padding", "0.05"]) == 2
    assert "scale_size was" in capsys.readouterr().err


def test_two_models_vote_and_are_counted(command, tmp_path, capsys):
    write_model(tmp_path / "two.model")
    command.insert(2, str(tmp_path / "two.model"))
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report.pop("mean_prob") == pytest.approx(0.8668, abs=1e-4)  # e⁴ / (1 + e² + e⁴)
    assert report == {"pages": 3, "boxes": 6, "left_out": 0, "models": 2}


def test_labelled_boxes_are_read_and_compared(command, labels_file, capsys):
    where = command.index("--boxes")
    labelled = [*command[:where], "--labels", str(labels_file), *command[where + 2 :], "--json"]
    for _ in range(2):
        assert main(labelled) == 0
        assert json.loads(capsys.readouterr().out)["accuracy"] == 0.5


def test_bad_pages_are_named_or_left_out_and_listed(command, labels_file, tmp_path, capsys):
    path = tmp_path / "train_images" / "b_1.png"
    path.write_bytes(path.read_bytes()[:-20])
    assert main(command) == 2
    err = capsys.readouterr().err
    assert "1 fault: train_images/b_1.png: expected a readable image" in err and err.count("\n") == 1
    assert not (tmp_path / "read.parquet").exists()
    where = command.index("--boxes")
    labelled = [*command[:where], "--labels", str(labels_file), *command[where + 2 :], "--skip-bad"]
    assert main(labelled) == 0
    skipped = tmp_path / "read.skipped.csv"
    assert capsys.readouterr().out.endswith(f"accuracy 0.5000; left out 4 boxes, see {skipped}\n")
    assert pd.read_csv(skipped)["file"].tolist() == ["train_images/b_1.png"]
    assert len(read_boxes(tmp_path / "read.parquet").pages) == 3


def test_a_missing_model_is_named(command, tmp_path, capsys):
    (tmp_path / "one.model").unlink()
    assert main(command) == 2
    assert "one.model: no such model file" in capsys.readouterr().err


def test_a_model_of_several_heads_is_refused(command, tmp_path, capsys):
    write_model(tmp_path / "one.model", heads=("root", "vowel"))
    assert main(command) == 2
    assert "expected a model that reads characters, found one that reads root, vowel" in capsys.readouterr().err


def test_an_interruption_leaves_nothing_and_ends_with_75(command, tmp_path, capsys):
    """There is work of several seconds, one box at a time; the signal comes as soon as it is listened to."""
    few = read_boxes(tmp_path / "boxes.parquet")
    write_boxes(tmp_path / "boxes.parquet", few.with_boxes(few.boxes.loc[few.boxes.index.repeat(300)]))
    command[command.index("--batch-size") + 1] = "1"
    plain = signal.getsignal(signal.SIGUSR1)

    def interrupt() -> None:
        while signal.getsignal(signal.SIGUSR1) is plain:
            time.sleep(0.002)
        signal.raise_signal(signal.SIGUSR1)

    Thread(target=interrupt, daemon=True).start()
    assert main([*command, "--json"]) == 75
    assert "interrupted" in capsys.readouterr().err
    assert not list(tmp_path.glob("*read*"))
