"""Training and evaluation on lists, images and packs of a web server on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import WebServer, web_server
from tiny_runs import ROOT, SIZE
from torchrun import finish, refusal, start

from mojika.cli.main import main
from mojika.training.checkpoints import LAST, load_checkpoint

pytest.importorskip("aiohttp", reason="fetching over HTTP needs the extra: pip install 'mojika[http]'")
SECRET = "?signature=swordfish"


@pytest.fixture
def server(lists: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """The lists with their images, which they name relative to themselves, and a cache that is empty."""
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    folder = Path(lists[0]).parent
    with web_server() as server:
        server.publish(folder, "/lists")
        for name in ("train", "valid"):
            relative = (folder / f"{name}.csv").read_text().replace(f"{folder}/", "")
            server.objects[f"/lists/{name}.csv"] = relative.encode()
        yield server


def test_a_model_is_trained_and_evaluated_like_one_of_local_lists(
    server: WebServer, lists: list[str], train_main, tiny: list[str], tmp_path: Path, capsys
):
    remote = [f"{server.address}/lists/{name}.csv{SECRET}" for name in ("train", "valid")]
    for prefix, named in (("local", lists), ("remote", remote)):
        command = [*named, *tiny, "--epochs", "1", "--prefix", prefix, "--model-dir", tmp_path / "models"]
        assert train_main(command) == 0
    local, found = (load_checkpoint(tmp_path / "models" / prefix / LAST) for prefix in ("local", "remote"))
    assert all((local["model"][name] == weights).all() for name, weights in found["model"].items())
    for file in (tmp_path / "models" / "remote").rglob("*"):
        assert not file.is_file() or b"swordfish" not in file.read_bytes(), file.name
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "models" / "remote" / LAST), remote[1], "--json", "--device", "cpu"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["samples"] == 24 and "swordfish" not in printed.out + printed.err
    assert train_main(["--dry-run", *remote, *tiny]) == 0
    printed = capsys.readouterr()
    assert "train.csv?…" in printed.out and "swordfish" not in printed.out + printed.err


def test_processes_of_torchrun_fetch_a_pack_once(
    server: WebServer, lists: list[str], tiny: list[str], tmp_path: Path, programs
):
    folder = Path(lists[0]).parent
    pages = tmp_path / "pages"
    pages.mkdir()
    rows = ["image_id,labels"]
    for book in "ab":
        for number in range(8):
            image = folder / "train" / f"{number % 4}_{number}.png"
            (pages / f"{book}_{number}.png").write_bytes(image.read_bytes())
            rows.append(f"{book}_{number},U+304{'BD'[number % 2]} 0 0 {SIZE} {SIZE}")
    (tmp_path / "train.csv").write_text("\n".join(rows) + "\n")
    pack = ["pack", "--labels", tmp_path / "train.csv", "--images", pages, "--scale-size", SIZE, "--channels", 1]
    assert main([*map(str, pack), "--out", str(tmp_path / "data" / "packs" / "a")]) == 0
    split = ["split", tmp_path / "data" / "packs" / "a", "--hold-out", "b", "--min-train", 8]
    assert main([*map(str, split), "--out", str(tmp_path / "data" / "splits")]) == 0
    server.publish(tmp_path / "data", "/data")
    remote = [f"{server.address}/data/splits/{name}.csv" for name in ("train", "valid")]
    flags = [*remote, *tiny, "--epochs", "1", "--prefix", "two", "--model-dir", tmp_path / "models"]
    finish(start(programs, 2, [ROOT / "train.py", *flags]))
    fetched = [target for target in server.fetches() if target.startswith("/data/")]
    assert sorted(fetched) == sorted(set(fetched)) and "/data/packs/a/images.npy" in fetched


def test_a_missing_list_is_one_line_before_anything_is_made(
    server: WebServer, tiny: list[str], tmp_path: Path, programs
):
    remote = [f"{server.address}/lists/{name}.csv" for name in ("missing", "valid")]
    said = refusal(
        start(programs, 1, [ROOT / "train.py", *remote, *tiny, "--prefix", "x", "--model-dir", tmp_path / "models"])
    )
    assert said == f"train.py: error: {remote[0]}: no such object\n"
    assert not (tmp_path / "models").exists()
