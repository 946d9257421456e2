"""Readers of strangers: what is damaged, forged or leads out of the folder is one line, and nothing is executed."""

import hashlib
import json
import os
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save

from mojika.cli.main import main
from mojika.detection.detector_file import load_detector
from mojika.errors import UserError
from mojika.reader.reader_files import open_reader_files
from mojika.training.model_file import load_model

CPU = torch.device("cpu")
DETECTOR, GRAY = "00_detector-iteration-000500.safetensors", "01_gray.safetensors"


@pytest.fixture
def forge(reader, tmp_path) -> Callable[..., Path]:
    """`forge(change, contents)`: a copy whose configuration `change` has altered and some of whose files have other
    contents, with the sizes and digests of these."""

    def make(change: Callable[[dict], Any] = lambda config: None, **contents: bytes) -> Path:
        folder = tmp_path / "forged"
        shutil.copytree(reader, folder)
        config = json.loads((folder / "config.json").read_text())
        for stem, content in contents.items():
            (file,) = (name for name in config["files"] if name.startswith(stem))
            (folder / file).write_bytes(content)
            config["files"][file] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        change(config)
        (folder / "config.json").write_text(json.dumps(config))
        return folder

    return make


def expect_refusal(call: Callable[[], Any], reason: str) -> None:
    with pytest.raises(UserError, match=reason) as error:
        call()
    assert "\n" not in str(error.value) and len(str(error.value)) < 700


@pytest.mark.parametrize("damage, reason", [
    (lambda file: os.truncate(file, file.stat().st_size - 100), "expected .* bytes, found"),
    (lambda file: file.write_bytes(file.read_bytes()[:-1] + b"?"), "another SHA-256"),
    (lambda file: file.unlink(), "no such file; the reader is incomplete"),
], ids=["truncated", "changed", "missing"])  # fmt: skip
def test_a_damaged_file_is_named_by_whatever_needs_it_and_by_check(reader, tmp_path, capsys, damage, reason):
    folder = shutil.copytree(reader, tmp_path / "damaged")
    damage(folder / GRAY)
    expect_refusal(lambda: load_model(folder / GRAY, CPU), f"{GRAY}: {reason}")
    load_detector(folder, CPU)  # whose file is whole
    assert main(["bundle", "--check", str(folder)]) == 2
    assert GRAY in capsys.readouterr().err


@pytest.mark.parametrize("name", [
    "../outside.safetensors", "/etc/passwd", "filter/../../x.safetensors", "a/b.safetensors", "..", "",
    "x\n.safetensors", "~root.safetensors",
])  # fmt: skip
def test_no_name_leaves_the_folder(forge, tmp_path, name):
    (tmp_path / "outside.safetensors").write_bytes(b"secret")

    def change(config):
        config["files"][name] = {"size": 6, "sha256": hashlib.sha256(b"secret").hexdigest()}
        config["models"][1]["file"] = name

    folder = forge(change)
    expect_refusal(lambda: open_reader_files(str(folder)), "expected the name of a file in this folder")


@pytest.mark.parametrize("name", ["config.json", "classes.csv"])
def test_no_link_leaves_the_folder_but_to_the_files_of_the_hubs_cache(reader, tmp_path, capsys, name):
    snapshot = shutil.copytree(reader, tmp_path / "models--owner--name" / "snapshots" / "main")
    for place, refused in (("elsewhere", True), ("models--owner--name/blobs", False)):
        (tmp_path / place).mkdir()
        target = shutil.copy(reader / name, tmp_path / place)
        (snapshot / name).unlink()
        (snapshot / name).symlink_to(os.path.relpath(target, snapshot))
        assert main(["bundle", "--check", str(snapshot)]) == 2 * refused
        assert (
            f"{snapshot / name}: a link that leads out of the reader's folder" in capsys.readouterr().err
        ) == refused


@pytest.mark.parametrize("name", ["meta.json", "boosters/meta.json", "booster_9.txt"])
def test_a_filter_has_no_files_but_those_that_are_listed(forge, name):
    folder = forge(lambda config: config["files"].pop("filter/meta.json", None))
    (folder / "filter" / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / "filter" / name).write_text("{}")
    expect_refusal(lambda: open_reader_files(str(folder)), f"'filter/{name}' is used and not listed")


def test_a_pickle_in_the_place_of_weights_is_not_executed(forge, tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "harm"),)

    folder = forge(**{"01_gray": pickle.dumps(Harm())})
    expect_refusal(lambda: load_model(folder / GRAY, CPU), "expected safetensors, found something else")
    assert not (tmp_path / "harm").exists()


def header(bytes_of_data: int) -> bytes:
    text = b'{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,%d]}}' % bytes_of_data
    return len(text).to_bytes(8, "little") + text


@pytest.mark.parametrize("content", [
    b"", b"\xff" * 64, (2**40).to_bytes(8, "little") + b"{}", (10).to_bytes(8, "little") + b"not a json",
    header(8), header(99) + bytes(99),
], ids=["empty", "noise", "huge header", "no json", "no data", "offsets"])  # fmt: skip
def test_broken_safetensors(forge, content):
    folder = forge(**{"01_gray": content})
    expect_refusal(lambda: load_model(folder / GRAY, CPU), "expected safetensors, found something else")


@pytest.mark.parametrize("change, reason", [
    (lambda weights: {name: each for name, each in weights.items() if "conv1" not in name}, "found nothing"),
    (lambda weights: weights | {"backbone.more": torch.zeros(1)}, "more: expected nothing"),
    (lambda weights: {name: each[:1].clone() for name, each in weights.items() if each.dim()}, r"found float32 \[1"),
    (lambda weights: {name: each.to(torch.int64) for name, each in weights.items()}, "found int64"),
    (lambda weights: {"w": torch.zeros(2)}, "found nothing"),
], ids=["missing", "additional", "shapes", "types", "another"])  # fmt: skip
def test_weights_of_another_network(forge, reader, change, reason):
    folder = forge(**{"01_gray": save(change(load_file(reader / GRAY)))})
    expect_refusal(lambda: load_model(folder / GRAY, CPU), f"weights of another network: .*{reason}")


@pytest.mark.parametrize("architecture", [
    {"model": "hf-hub:someone/something"}, {"model": "local-dir:/tmp"}, {"model": 5}, {"head": "os.system"},
    {"neck": -5}, {"neck": "wide"}, {"channels": 2**40}, {"pooling": ["avg"]}, {"new": 1},
    {"head_parameters": {"temperature": 0, "more": 1}}, {"activation": "Sequential"},
], ids=str)  # fmt: skip
def test_architectures_that_make_no_sense(forge, architecture):
    folder = forge(lambda config: config["models"][1]["architecture"].update(architecture))
    expect_refusal(lambda: load_model(folder / GRAY, CPU), "a network that this version does not know")


@pytest.mark.parametrize("architecture", [{"kind": "yolo"}, {"backbone": "hf-hub:a/b"}, {"width": 0}], ids=str)
def test_detectors_that_make_no_sense(forge, architecture):
    folder = forge(lambda config: config["models"][0]["architecture"].update(architecture))
    expect_refusal(lambda: load_detector(folder, CPU), "a network that this version does not know|another network")


def test_entries_that_make_no_sense(forge, reader, tmp_path):
    for number, (entry, reason) in enumerate([
        ({"architecture": None}, "does not know"), ({"architecture": [1]}, "does not know"),
        ({"input": {"channels": 7}}, "input: "), ({"input": {}}, "input: "), ({"input": 5}, "input: "),
        ({"precision": "fp4"}, "precision: expected"), ({"precision": ["off"]}, "precision: expected"),
        ({"classes": None}, "classes"), ({"classes": {"label": {}}}, "in its entry"), ({"classes": []}, "classes"),
        ({"classes": {"label": {"file": "../classes.csv", "digest": ""}}}, "used and not listed"),
        ({"classes": {"label": {"file": "README.md", "digest": ""}}}, "expected the header"),
        ({"classes": {"label": {"file": "classes.csv", "digest": "0"}}}, "has the digest"),
    ]):  # fmt: skip
        folder = shutil.copytree(reader, tmp_path / str(number))
        config = json.loads((folder / "config.json").read_text())
        config["models"][1] |= entry
        (folder / "config.json").write_text(json.dumps(config))
        expect_refusal(lambda folder=folder: load_model(folder / GRAY, CPU), reason)


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "5", '"config"', "[" * 100_000, "{}", '{"kind": "reader", "schema": 2}', "\ud800",
    '{"kind": "reader", "schema": 1}', '{"kind": "reader", "schema": 1, "files": {}}', "x" * 17_000_000,
    '{"kind": "reader", "schema": 1, "files": {"a.safetensors": 5}, "models": []}',
    '{"kind": "reader", "schema": 1, "files": {"a.safetensors": {"size": 1, "sha256": "0"}}, "models": [{"file": []}]}',
    '{"kind": "reader", "schema": 1, "files": {"a.csv": {"size": 1, "sha256": "0"}}, '
    '"models": [{"file": "a.csv", "kind": "detector"}]}',
], ids=lambda text: text[:20])  # fmt: skip
def test_configurations_that_are_none(tmp_path, text):
    (tmp_path / "config.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    expect_refusal(lambda: open_reader_files(str(tmp_path)), "config.json|expected a reader")
    expect_refusal(lambda: load_model(tmp_path, CPU), "config.json|expected a reader")


@pytest.mark.parametrize("settings", [
    5, [], {}, {"short_sides": []}, {"short_sides": [0]}, {"short_sides": "560"}, {"short_sides": [560], "new": 1},
    *({"short_sides": [560]} | wrong for wrong in (
        {"score_threshold": "low"}, {"iou": 2}, {"views": 3}, {"nms_by": "chance"}, {"at_most": 0}, {"gray": 1},
    )),
], ids=str)  # fmt: skip
def test_settings_that_make_no_sense(forge, settings):
    folder = forge(lambda config: config.update(settings=settings))
    expect_refusal(lambda: open_reader_files(str(folder)), "settings: ")
