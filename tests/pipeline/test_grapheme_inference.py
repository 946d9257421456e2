"""From shards to a pack, a training, and what the trained model says of the same shards."""

import json
from pathlib import Path

import pandas as pd
import pytest
from grapheme_files import images_of, write_class_map, write_labels, write_shard
from tiny_runs import TINY

from mojika.cli.main import main
from mojika.training.checkpoints import LAST, load_checkpoint

HEADS = ["grapheme_root", "vowel_diacritic", "consonant_diacritic"]


def test_shards_are_read_as_validation_reads_their_pack(train_main, tmp_path: Path, capsys):
    """The pack is cropped to 30 pixels, the training scales it to 28 and sees 24 of them."""
    rows = [[f"Train_{i}", i % 11, i % 3, i % 2] for i in range(12)]
    labels = write_labels(tmp_path / "train.csv", rows)
    write_class_map(tmp_path / "class_map.csv")
    shard = write_shard(tmp_path / "train_image_data_0.parquet", [row[0] for row in rows], images_of(12))
    pack = ["--labels", labels, "--shards", shard, "--grapheme-size", "crop:30", "--out", tmp_path / "pack"]
    assert main(list(map(str, ["pack", *pack]))) == 0
    table = pd.DataFrame(rows, columns=["image_id", *HEADS]).drop(columns="image_id").assign(pack="pack")
    table.assign(row=range(12)).to_csv(tmp_path / "list.csv", index=False)
    both = [tmp_path / "list.csv"] * 2
    assert train_main([*both, *TINY, "--epochs", "2", "--model-dir", tmp_path, "--prefix", "run"]) == 0
    model = tmp_path / "run" / LAST
    assert load_checkpoint(model)["preprocessing"] == {"grapheme_size": "crop:30"}

    evaluation = ["evaluate", model, tmp_path / "list.csv", "--predictions", tmp_path / "predicted.csv"]
    assert main(list(map(str, [*evaluation, "--device", "cpu", "--json"]))) == 0
    evaluated = json.loads(capsys.readouterr().out.splitlines()[-1])
    inference = ["infer-graphemes", "--models", model, "--shards", shard, "--labels", labels, "--batch-size", 5]
    inference += ["--out", tmp_path / "submission.csv", "--device", "cpu", "--workers", 2, "--json"]
    assert main(list(map(str, inference))) == 0
    inferred = json.loads(capsys.readouterr().out)
    assert inferred["score"] == pytest.approx(evaluated["score"]) and inferred["samples"] == 12
    submitted = pd.read_csv(tmp_path / "submission.csv").set_index("row_id")["target"]
    predicted = pd.read_csv(tmp_path / "predicted.csv")
    for head in HEADS:
        assert predicted[f"predicted_{head}"].tolist() == [submitted[f"Train_{i}_{head}"] for i in range(12)]
