"""Objects on a web server on loopback: what is fetched, and what happens when the server does not play along."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from loopback import WebServer, web_server

from mojika.errors import UserError
from mojika.files import fetching
from mojika.files.fetching import fetched, fetched_folder, fetched_parts
from mojika.files.urls import Url

pytest.importorskip("aiohttp", reason="fetching over HTTP needs the extra: pip install 'mojika[http]'")
CONTENT = bytes(range(256)) * 20_000  # 5 MB


@pytest.fixture
def server(empty_server: WebServer) -> WebServer:
    empty_server.objects["/a.bin"] = CONTENT
    return empty_server


def in_another_process(url: Url) -> subprocess.CompletedProcess:
    """`fetched` there: this process keeps to the version that it saw first."""
    program = (
        "import sys; from mojika.files.fetching import fetched; from mojika.files.urls import place\n"
        "from mojika.runtime.exit_status import run_entry_point\n"
        "sys.exit(run_entry_point('test', lambda: print(fetched(place(sys.argv[1]))) or 0))"
    )
    return subprocess.run([sys.executable, "-c", program, url.secret], capture_output=True, text=True)


def test_an_object_is_fetched_once_and_is_the_same_bytes(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    copy = fetched(url)
    assert copy.read_bytes() == CONTENT and copy.name == "a.bin"
    assert Path(in_another_process(url).stdout.strip()) == copy
    assert server.fetches() == ["/a.bin"]


def test_a_path_is_itself(tmp_path: Path):
    assert fetched(tmp_path / "missing") == tmp_path / "missing"
    assert fetched_folder(tmp_path) == tmp_path


@pytest.mark.parametrize("ranges", [True, False])
def test_a_cut_answer_is_continued_where_the_server_supports_ranges(server: WebServer, ranges: bool):
    server.cuts, server.ranges = 3, ranges
    assert fetched(Url.parse(f"{server.address}/a.bin")).read_bytes() == CONTENT
    starts = [int(wanted.strip("bytes=-") or 0) for method, _, wanted in server.requests if method == "GET"]
    assert starts[0] == 0 < starts[1] and len(starts) == 4
    assert starts == sorted(starts) or not ranges


def test_what_a_cut_left_is_continued_by_the_next_command(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    server.cuts = 10**6
    server.ranges = False  # every try gets the same half: no progress
    ended = in_another_process(url)
    assert ended.returncode == 2 and "the same command continues" in ended.stderr and ended.stderr.count("\n") == 1
    server.cuts, server.ranges = 0, True
    assert fetched(url).read_bytes() == CONTENT
    assert server.requests[-2][2].startswith("bytes=")


def test_a_killed_process_leaves_no_copy_and_the_next_one_continues(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    program = (
        "import os, sys; from mojika.files import object_stores, fetching; from mojika.files.urls import place\n"
        "def killed(url, start, version):\n"
        "    yield 0, b''.join(bytes(range(256)) for _ in range(4096))\n"
        "    os.kill(os.getpid(), 9)\n"
        "fetching.read_from = killed\n"
        "fetching.fetched(place(sys.argv[1]))"
    )
    assert subprocess.run([sys.executable, "-c", program, url.secret]).returncode == -9
    assert not list(Path(os.environ["MOJIKA_CACHE"]).rglob("a.bin"))
    assert fetched(url).read_bytes() == CONTENT
    assert server.requests[-2][2].startswith("bytes=10"), "the killed process's bytes were not fetched again"


def test_many_processes_and_threads_fetch_it_once(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(in_another_process, [url] * 4))
    copies = {each.stdout.strip() for each in ended}
    assert len(copies) == 1 and Path(copies.pop()).read_bytes() == CONTENT
    assert server.fetches() == ["/a.bin"]


def test_a_changed_object_is_fetched_anew_and_the_old_copy_stays(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    old = fetched(url)
    server.objects["/a.bin"] = b"new"
    new = Path(in_another_process(url).stdout.strip())
    assert new.read_bytes() == b"new" and old.read_bytes() == CONTENT
    assert fetched(url) == old, "a process keeps to one version"


def test_an_object_that_changes_while_it_is_fetched_is_refused(server: WebServer, monkeypatch: pytest.MonkeyPatch):
    url = Url.parse(f"{server.address}/a.bin")
    read = fetching.read_from

    def read_while_it_changes(*args: object) -> Iterator[tuple[int, bytes]]:
        yield from read(*args)
        server.objects["/a.bin"] = CONTENT[::-1]

    monkeypatch.setattr(fetching, "read_from", read_while_it_changes)
    with pytest.raises(UserError, match="was changed while it was fetched"):
        fetched(url)


def test_a_rest_of_another_version_is_not_appended(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    server.cuts, server.ranges = 10**6, False
    assert in_another_process(url).returncode == 2
    server.cuts, server.ranges, server.objects["/a.bin"] = 0, True, CONTENT[::-1]
    assert fetched(url).read_bytes() == CONTENT[::-1]


def test_a_copy_that_was_changed_here_is_fetched_again(server: WebServer):
    url = Url.parse(f"{server.address}/a.bin")
    copy = fetched(url)
    copy.write_bytes(CONTENT[::-1])
    assert Path(in_another_process(url).stdout.strip()).read_bytes() == CONTENT


def test_the_time_of_a_copy_follows_from_its_content(server: WebServer):
    server.objects["/b.bin"] = CONTENT
    a, b = (fetched(Url.parse(f"{server.address}/{name}.bin")) for name in "ab")
    assert a.stat().st_mtime_ns == b.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("status", "line"), [(404, "no such object"), (403, "access is refused"), (500, "no answer"), (503, "no answer")]
)
def test_refusals_are_one_line_without_the_query(server: WebServer, status: int, line: str):
    server.statuses["/a.bin"] = status
    ended = in_another_process(Url.parse(f"{server.address}/a.bin?signature=swordfish"))
    assert ended.returncode == 2 and line in ended.stderr and ended.stderr.count("\n") == 1
    assert "swordfish" not in ended.stderr and "/a.bin?…" in ended.stderr


def test_without_network_there_is_one_line_and_a_copy_serves(server: WebServer):
    with web_server() as other:
        other.objects["/a.bin"] = CONTENT
        url = Url.parse(f"{other.address}/a.bin")
        copy = fetched(url)
    offline = in_another_process(url)
    assert offline.returncode == 0 and Path(offline.stdout.strip()) == copy
    assert "going on with the copy" in offline.stderr
    never_seen = in_another_process(url.with_name("b.bin"))
    assert never_seen.returncode == 2 and "no answer" in never_seen.stderr and never_seen.stderr.count("\n") == 1


def test_a_redirection_is_followed_but_not_to_a_file(server: WebServer, tmp_path: Path):
    (tmp_path / "private").write_text("private")
    server.redirections = {"/moved": "/a.bin", "/trap": f"file://{tmp_path}/private"}
    assert fetched(Url.parse(f"{server.address}/moved")).read_bytes() == CONTENT
    with pytest.raises(UserError, match="/trap"):
        fetched(Url.parse(f"{server.address}/trap"))


def test_names_from_a_store_do_not_leave_their_folder(server: WebServer):
    with pytest.raises(UserError, match="expected names of files in it"):
        fetched_parts(Url.parse(server.address), ["../../a.bin"])


def test_a_web_server_has_no_folders(server: WebServer):
    with pytest.raises(UserError, match="cannot say which files it has"):
        fetched_folder(Url.parse(f"{server.address}/pages"))


@pytest.mark.parametrize(("scheme", "package"), [("s3", "s3fs"), ("gs", "gcsfs"), ("http", "aiohttp")])
def test_a_missing_package_is_named_by_its_extra(tmp_path: Path, scheme: str, package: str):
    program = (
        f"import sys; sys.modules['{package}'] = None\n"
        "from mojika.cli.main import main\n"
        f"sys.exit(main(['split', '{scheme}://127.0.0.1/a', '--hold-out', 'b', '--out', sys.argv[1]]))"
    )
    ended = subprocess.run([sys.executable, "-c", program, tmp_path / "out"], capture_output=True, text=True)
    assert ended.returncode == 2 and f"pip install 'mojika[{scheme}]'" in ended.stderr
    assert ended.stderr.count("\n") == 1 and not (tmp_path / "out").exists()
