"""Fetching open data: with a `mojika`, a `kaggle` and servers that only copy an archive made here."""

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COPY = '#!/bin/bash\necho "${0##*/}" "$@" >>"$CALLS"\n'


def archive(files: dict[str, bytes | str]) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as written:
        for name, text in files.items():
            written.writestr(name, text)
    return content.getvalue()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """`MADE` is the archive that `kaggle` and `mojika fetch` fetch."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "mojika").write_text(COPY + 'mkdir -p "${@: -1}" && cp "$MADE" "${@: -1}/b1.zip"\n')
    (programs / "kaggle").write_text(COPY + '[[ -f $MADE ]] && cp "$MADE" "${@: -1}/$4.zip"\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KAGGLE", "MOJIKA"))}
    paths = {
        "MADE": tmp_path / "made.zip",
        "CALLS": tmp_path / "calls",
        "HOME": tmp_path,
        "MOJIKA_DATA": tmp_path / "in",
    }
    return {**kept, "PATH": f"{programs}:{os.environ['PATH']}", **{name: str(path) for name, path in paths.items()}}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess:
    command = ["bash", ROOT / "scripts" / "get_data.sh", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_books_of_codh(tmp_path: Path, environment):
    files = {"b1/b1_coordinate.csv": "Unicode", "b1/images/1.jpg": "page", "b1/characters/U+3042/1.jpg": "crop"}
    Path(environment["MADE"]).write_bytes(archive(files))
    done = run(environment, "codh", "b1")
    assert done.returncode == 0, done.stderr
    archives = tmp_path / "in" / "codh" / "archives"
    assert Path(environment["CALLS"]).read_text() == (
        f"mojika fetch https://codh.rois.ac.jp/char-shape/dataset/v2/b1.zip --out {archives}\n"
    )
    assert (tmp_path / "in" / "codh" / "b1" / "images" / "1.jpg").read_text() == "page"
    assert not (tmp_path / "in" / "codh" / "b1" / "characters").exists()


def bomb() -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("out.txt", bytes(10**6))
    return content.getvalue()


def nested(depth: int) -> bytes:
    return archive({"out.txt": "deep"} if depth == 0 else {"inner.zip": nested(depth - 1)})


@pytest.mark.parametrize(
    "hostile, found",
    [
        (archive({"../out.txt": "elsewhere"}), "a path in the archive, found '../out.txt'"),
        (archive({"/out.txt": "elsewhere"}), "a path in the archive, found '/out.txt'"),
        (archive({"a/...zip": archive({"out.txt": "elsewhere"})}), "a path in the archive, found 'a/...zip'"),
        (archive({"a.zip": archive({".": "no name"})}), "a path in the archive, found '.'"),
        (nested(3), "at most 3 archives within each other"),
        (bomb(), "at most 200 times its size"),
        (archive({"a.zip": bomb()}), "at most 200 times its size"),
    ],
    ids=["above", "root", "archive above", "no name", "nested", "bomb", "bomb inside"],
)
def test_an_archive_that_leads_elsewhere_or_has_no_end_is_refused(tmp_path: Path, hostile: bytes, found: str):
    (tmp_path / "b1.zip").write_bytes(hostile)
    unpack = [sys.executable, ROOT / "scripts" / "unpack.py", tmp_path / "b1.zip", tmp_path / "in"]
    done = subprocess.run(unpack, capture_output=True, text=True)
    assert done.returncode == 2 and f"expected {found}" in done.stderr, done.stderr
    assert not list(tmp_path.rglob("out.txt"))


def test_kaggle(tmp_path: Path, environment):
    assert "expected a token, found none" in run(environment, "kaggle").stderr
    environment["KAGGLE_API_TOKEN"] = "token"
    assert "are you online" in run(environment, "kaggle").stderr
    inner = archive({"1.jpg": "page"})
    Path(environment["MADE"]).write_bytes(archive({"train.csv": "image_id,labels\n", "train_images.zip": inner}))
    done = run(environment, "kaggle")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "in" / "kuzushiji-recognition"
    assert (folder / "train_images" / "1.jpg").read_text() == "page"
    calls = Path(environment["CALLS"]).read_text()
    (folder / "train.csv").unlink()
    assert "1 files unpacked" in run(environment, "kaggle").stdout
    assert Path(environment["CALLS"]).read_text() == calls
    (tmp_path / "in" / "kuzushiji-recognition.zip").write_bytes(b"another")
    done = run(environment, "kaggle")
    assert done.returncode == 2 and "expected size and SHA-256" in done.stderr


def test_anything_else_is_one_line(environment):
    done = run(environment, "mnist")
    assert done.returncode == 2
    assert done.stderr == "get_data.sh: expected codh or kaggle, found mnist; --help says more\n"
    assert "codh [BOOK…]" in run(environment, "--help").stdout
