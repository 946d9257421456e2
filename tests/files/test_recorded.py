"""`mojika fetch`: resumed, recorded at the first fetch, compared afterwards; a line for each way in which it ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from loopback import WebServer

from mojika.cli.main import main
from mojika.files.fingerprints import file_digest

pytest.importorskip("aiohttp", reason="fetching over HTTP needs the extra: pip install 'mojika[http]'")
CONTENT = bytes(range(256)) * 4000


@pytest.fixture
def server(empty_server: WebServer) -> WebServer:
    empty_server.objects["/a.model"] = CONTENT
    return empty_server


def fetch(server: WebServer, out: Path, *names: str) -> int:
    return main(["fetch", *(f"{server.address}/{name}" for name in names), "--out", str(out)])


def fetch_later(server: WebServer, out: Path) -> subprocess.CompletedProcess:
    """`a.model` in another process: this one keeps to the version that it saw first."""
    program = "import sys; from mojika.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "fetch", f"{server.address}/a.model", "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_cut_answer_is_continued_and_the_file_recorded(server: WebServer, tmp_path: Path):
    server.cuts = 2
    assert fetch(server, tmp_path / "out", "a.model") == 0
    assert (tmp_path / "out/a.model").read_bytes() == CONTENT
    starts = [wanted for method, _, wanted in server.requests if method == "GET"]
    assert len(starts) == 3 and starts[1].startswith("bytes=")
    recorded = json.loads((tmp_path / "out/fetched.json").read_text())["a.model"]
    assert recorded["size"] == len(CONTENT) and recorded["sha256"] == file_digest(tmp_path / "out/a.model")


def test_what_is_there_is_compared_with_the_record_and_asks_no_server(server: WebServer, tmp_path: Path, capsys):
    fetch(server, tmp_path, "a.model")
    asked = len(server.requests)
    assert fetch(server, tmp_path, "a.model") == 0 and "up to date" in capsys.readouterr().out
    assert len(server.requests) == asked


def test_a_file_that_was_damaged_here_is_fetched_again(server: WebServer, tmp_path: Path):
    fetch(server, tmp_path, "a.model")
    (tmp_path / "a.model").write_bytes(b"damaged")
    assert fetch_later(server, tmp_path).returncode == 0
    assert (tmp_path / "a.model").read_bytes() == CONTENT


def test_another_file_under_the_same_address_is_refused(server: WebServer, tmp_path: Path):
    fetch(server, tmp_path / "out", "a.model")
    (tmp_path / "out/a.model").unlink()
    server.objects["/a.model"] = b"changed"
    refused = fetch_later(server, tmp_path / "out")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1
    assert "the server has another file now" in refused.stderr and "7 bytes" in refused.stderr
    assert not (tmp_path / "out/a.model").exists()
    (tmp_path / "out/fetched.json").write_text("{}")
    assert fetch_later(server, tmp_path / "out").returncode == 0


def test_the_same_file_of_another_server_is_the_same(server: WebServer, tmp_path: Path):
    fetch(server, tmp_path, "a.model")
    (tmp_path / "a.model").unlink()
    server.objects["/mirror/a.model"] = CONTENT
    assert fetch(server, tmp_path, "mirror/a.model") == 0


def test_a_file_that_somebody_brought_is_recorded_as_it_is(server: WebServer, tmp_path: Path):
    (tmp_path / "a.model").write_bytes(b"brought")
    assert fetch(server, tmp_path, "a.model") == 0 and server.requests == []
    assert json.loads((tmp_path / "fetched.json").read_text())["a.model"]["size"] == 7


def test_a_missing_file_is_one_line_and_leaves_those_before_it(server: WebServer, tmp_path: Path, capsys):
    assert fetch(server, tmp_path / "out", "a.model", "b.model") == 2
    assert capsys.readouterr().err == f"mojika fetch: error: {server.address}/b.model: no such object\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.model", "fetched.json"]


def test_without_an_answer_it_is_one_line(tmp_path: Path, monkeypatch, capsys):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    assert main(["fetch", "http://127.0.0.1:9/a.model", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("mojika fetch: error: http://127.0.0.1:9/a.model: no answer (") and said.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_files_of_the_same_name_and_broken_records_are_refused(server: WebServer, tmp_path: Path, capsys):
    assert fetch(server, tmp_path, "a.model", "mirror/a.model") == 2
    (tmp_path / "fetched.json").write_text("[]")
    assert fetch(server, tmp_path, "a.model") == 2
    assert capsys.readouterr().err.count("\n") == 2 and server.requests == []
