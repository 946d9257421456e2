import argparse
import errno
import os

import pytest
import torch
from file_faults import full_disk

from mojika.errors import UserError
from mojika.training import checkpoints
from mojika.training.checkpoints import LAST, load_checkpoint, load_last, previous_of, save_checkpoint


def state(number: float) -> dict:
    return {"epoch": int(number), "model": {"weight": torch.full((50, 50), number)}}


def saved(folder, *numbers):
    for number in numbers:
        save_checkpoint(folder / LAST, state(number))
    return folder / LAST


def test_round_trip_keeps_tensors_and_plain_values(tmp_path):
    path = saved(tmp_path, 3)
    loaded = load_checkpoint(path)
    assert loaded["epoch"] == 3
    assert torch.equal(loaded["model"]["weight"], torch.full((50, 50), 3.0))


def test_the_file_before_stays_beside_the_new_one(tmp_path):
    path = saved(tmp_path, 1, 2)
    assert load_checkpoint(path)["epoch"] == 2
    assert load_checkpoint(previous_of(path))["epoch"] == 1
    assert sorted(os.listdir(tmp_path)) == ["last.model", "last.previous.model"]


def test_the_file_before_may_be_the_last_one_already(tmp_path):
    path = saved(tmp_path, 1)
    os.link(path, previous_of(path))
    saved(tmp_path, 2)
    assert load_checkpoint(previous_of(path))["epoch"] == 1
    assert sorted(os.listdir(tmp_path)) == ["last.model", "last.previous.model"]


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_damaged_last_falls_back_to_the_one_before_and_says_so(tmp_path, damage):
    path = saved(tmp_path, 1, 2)
    data = bytearray(path.read_bytes())
    path.unlink()
    if damage == "truncate":
        data = data[: len(data) // 2]
    elif damage == "empty":
        data = b""
    else:
        data[len(data) // 2] ^= 0xFF  # inside the tensor
    path.write_bytes(data)
    told = []
    assert load_last(tmp_path, told.append)["epoch"] == 1
    assert len(told) == 1 and "last.previous.model" in told[0]


def test_no_checkpoint_yet_is_none_and_only_damaged_ones_are_an_error(tmp_path):
    assert load_last(tmp_path, print) is None
    (tmp_path / LAST).write_bytes(b"nonsense")
    with pytest.raises(UserError, match="no readable checkpoint.*fresh"):
        load_last(tmp_path, print)


def test_full_disk_leaves_the_old_checkpoint_and_says_what_is_needed(tmp_path, monkeypatch):
    path = saved(tmp_path, 1)

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(UserError, match=r"disk full: .*last\.model needs about .* MiB"):
        save_checkpoint(path, state(2))
    assert load_checkpoint(path)["epoch"] == 1
    assert os.listdir(tmp_path) == ["last.model"]


def test_what_refuses_the_bytes_is_told_with_the_name(tmp_path):
    """torch makes an error of its own out of that of the disk."""
    path = saved(tmp_path, 1)
    with full_disk(), pytest.raises(OSError, match="File too large") as told:
        save_checkpoint(path, state(2))
    assert told.value.filename == str(path)
    assert load_checkpoint(path)["epoch"] == 1
    assert os.listdir(tmp_path) == ["last.model"]


def test_a_file_that_reads_back_damaged_never_takes_the_place_of_the_old_one(tmp_path, monkeypatch):
    path = saved(tmp_path, 1)

    def torn(value, file):
        file.write(b"PK\x03\x04 torn")

    monkeypatch.setattr(torch, "save", torn)
    with pytest.raises(Exception, match="zip"):
        save_checkpoint(path, state(2))
    assert load_checkpoint(path)["epoch"] == 1


def kill_before_last_is_renamed(monkeypatch):
    real = os.replace

    def killed(source, target):
        if os.fspath(target).endswith(LAST):
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", killed)


def test_killed_between_the_two_renames_leaves_a_readable_last(tmp_path, monkeypatch):
    path = saved(tmp_path, 1)
    kill_before_last_is_renamed(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(path, state(2))
    assert load_checkpoint(path)["epoch"] == 1


def test_objects_are_refused_without_being_executed(tmp_path):
    path = tmp_path / "foreign.model"
    torch.save({"schema": 1, "args": argparse.Namespace(lr=1)}, path)
    with pytest.raises(UserError, match="more than tensors and plain values"):
        load_checkpoint(path)

    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    torch.save({"schema": 1, "args": Bomb()}, path)
    with pytest.raises(UserError):
        load_checkpoint(path)
    assert not (tmp_path / "executed").exists()


def test_other_schema_is_refused_with_both_values(tmp_path):
    path = tmp_path / "future.model"
    torch.save({"schema": 7}, path)
    with pytest.raises(UserError, match=f"schema 7, this version reads {checkpoints.SCHEMA}"):
        load_checkpoint(path)


def test_other_name_survives_the_next_save(tmp_path):
    save_checkpoint(tmp_path / LAST, state(1), [tmp_path / "best.model"])
    saved(tmp_path, 2, 3)
    assert load_checkpoint(tmp_path / "best.model")["epoch"] == 1


def test_other_name_is_never_older_than_the_first(tmp_path, monkeypatch):
    saved(tmp_path, 1)
    kill_before_last_is_renamed(monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(tmp_path / LAST, state(2), [tmp_path / "best.model"])
    assert load_checkpoint(tmp_path / "best.model")["epoch"] == 2
    assert load_checkpoint(tmp_path / LAST)["epoch"] == 1
