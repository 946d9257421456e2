"""Readers on a hub: fetched once, from the cache without a network, and one line where there is nothing to be had."""

import json
import os
import shutil
import subprocess
import sys

import pytest
from hub_server import Hub, hub_server

from mojika.errors import UserError
from mojika.files.reader_folder import ReaderFolder
from mojika.reader.hub import fetch_reader


@pytest.fixture
def hub(reader, tmp_path) -> Hub:
    """`owner/small` has the reader, and a pickle that nobody asked for."""
    shutil.copytree(reader, tmp_path / "published")
    (tmp_path / "published" / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with hub_server() as hub:
        hub.publish("owner/small", tmp_path / "published")
        yield hub


def test_a_reader_is_fetched_once_and_nothing_else(hub, reader, tmp_path):
    fetched = fetch_reader("hf:owner/small", endpoint=hub.address, cache=tmp_path / "cache")
    ReaderFolder.open(fetched).check()
    assert sorted(path.name for path in fetched.iterdir()) == sorted(path.name for path in reader.iterdir())
    taken = [request for request in hub.requests if request.startswith("GET") and "/resolve/" in request]
    hub.requests.clear()
    assert fetch_reader("hf:owner/small", endpoint=hub.address, cache=tmp_path / "cache") == fetched
    assert len(taken) == len(list(reader.iterdir())) and not any("resolve" in request for request in hub.requests)


def test_a_commit_stays_what_it_was_when_the_branch_moves_on(hub, bundle, tmp_path):
    (old,) = hub.repositories["owner/small"]
    new = hub.publish("owner/small", bundle(tmp_path / "new", "--license", "mit"))
    for revision, license in ((old, None), (new, "mit"), ("main", "mit")):
        fetched = fetch_reader(f"hf:owner/small@{revision}", endpoint=hub.address, cache=tmp_path / "cache")
        assert json.loads((fetched / "config.json").read_text())["license"] == license


def test_without_a_network_the_copy_in_the_cache_reads(hub, tmp_path):
    fetched = fetch_reader("hf:owner/small", endpoint=hub.address, cache=tmp_path / "cache")
    nobody = "http://127.0.0.1:9"  # the port that discards
    assert fetch_reader("hf:owner/small", endpoint=nobody, cache=tmp_path / "cache") == fetched
    (fetched / "01_gray.safetensors").unlink()
    with pytest.raises(UserError, match="no whole copy is in the cache"):
        fetch_reader("hf:owner/small", endpoint=nobody, cache=tmp_path / "cache")
    with pytest.raises(UserError, match="hf:owner/other: the server does not answer, and no whole copy"):
        fetch_reader("hf:owner/other", endpoint=nobody, cache=tmp_path / "cache")


@pytest.mark.parametrize("spec, reason", [
    ("hf:owner/none", "no such repository"),
    ("hf:owner/small@v9", "owner/small has no revision v9"),
    ("hf:owner/small@" + "0" * 40, "has no revision 000"),
    ("hf:small", "expected hf:OWNER/NAME"),
    ("hf:../../etc@main", "expected hf:OWNER/NAME|HFValidationError"),
])  # fmt: skip
def test_what_is_not_there_is_one_line(hub, tmp_path, spec, reason):
    with pytest.raises(UserError, match=reason) as error:
        fetch_reader(spec, endpoint=hub.address, cache=tmp_path / "cache")
    assert "\n" not in str(error.value)


def test_commands_ask_the_server_that_the_environment_names(hub, tmp_path):
    environment = os.environ | {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    program = "import sys; from mojika.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "bundle", "--check", "hf:owner/small", "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"readers": 1, "models": 3, "files": 5}
