"""train.py before the first step: what it shows of a run, and what it refuses."""

from pathlib import Path

import numpy as np
import torch
import yaml
from PIL import Image
from tiny_runs import command


def test_drop_last_with_too_few_samples_is_a_one_line_error(lists, tiny, train_main, tmp_path, capsys):
    assert train_main(command(lists, tiny, tmp_path, "--batch-size", "512", "--drop-last")) == 2
    assert "make no batch of 512" in capsys.readouterr().err


def test_missing_list_is_a_one_line_error(lists, tiny, train_main, tmp_path, capsys):
    assert train_main(command(["nowhere.csv", lists[1]], tiny, tmp_path)) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_a_share_of_one_list_is_held_out(lists, tiny, train_main, tmp_path, capsys):
    flags = command(lists[:1], tiny, tmp_path, "--epochs", "1")
    assert train_main([*flags, "--valid-fraction", "0.25"]) == 0
    assert "64 training and 24 validation samples" in capsys.readouterr().out
    assert train_main([*flags, "--valid-fraction", "0.5"]) == 2
    assert "--valid-fraction 0.25 -> 0.5" in capsys.readouterr().err
    assert train_main(flags) == 2 and "(or --valid-fraction)" in capsys.readouterr().err
    assert train_main([lists[1], *flags, "--valid-fraction", "0.5"]) == 2
    assert "contradict each other" in capsys.readouterr().err


def test_dry_run_counts_and_leaves_nothing(lists, tiny, train_main, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    assert train_main(command(lists, tiny, tmp_path, "--dry-run")) == 0
    resolved = yaml.safe_load(capsys.readouterr().out)
    assert "momentum" not in resolved and resolved["l2softmax"] and not (tmp_path / "cache").exists()
    assert (resolved["train_samples"], resolved["valid_samples"], resolved["steps_per_epoch"]) == (88, 24, 10)
    assert resolved["lr_by_epoch"][1] == 0.05
    assert not (tmp_path / "run").exists()


def test_image_dump_shows_what_validation_sees_above_what_is_trained_on(lists, tiny, train_main, tmp_path):
    assert train_main(command(lists, tiny, tmp_path, "--image-dump")) == 0
    picture = np.asarray(Image.open(tmp_path / "run" / "samples.png"))[:, :, 0].astype(int)
    plain, trained = (
        [picture[top : top + 24, left : left + 24] for left in range(2, picture.shape[1] - 2, 26)] for top in (2, 28)
    )
    assert picture.shape == (2 + 2 * 26, 2 + 12 * 26)
    centres = [
        np.asarray(Image.open(line.split(",")[1]))[2:26, 2:26].astype(int)
        for line in Path(lists[0]).read_text().splitlines()
    ]
    for image, augmented in zip(plain[:8], trained[:8], strict=True):  # a batch
        assert min(abs(image - centre).max() for centre in centres) <= 1
        assert abs(image - augmented).max() > 10
    assert not np.any(plain[8:]) and not np.any(trained[8:])


def test_a_gpu_without_memory_is_told_in_one_line_with_the_flags(
    lists, tiny, train_main, tmp_path, capsys, monkeypatch
):
    from mojika.training.classification_task import Classification

    def full(*args):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(Classification, "step", full)
    assert train_main(command(lists, tiny, tmp_path)) == 2
    message = capsys.readouterr().err
    for flag in ("--batch-size 8", "--input-size 24", "--grad-accumulation 2", "--amp bf16"):
        assert flag in message
    assert message.count("\n") == 1
