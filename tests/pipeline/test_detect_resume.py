"""`mojika detect` stopped in every way goes on, and leaves the bytes of a search that was not."""

import json
import os
import signal
import time
from pathlib import Path

import pytest
import torch
from programs import TOOLS
from tiny_detectors import draw_books

from mojika.cli.main import main
from mojika.detection import detect_pages
from mojika.detection.architecture import DetectorArchitecture
from mojika.detection.detector import Detector
from mojika.models.input_spec import PageInputSpec
from mojika.training.checkpoints import save_checkpoint

PAGES = 8


@pytest.fixture(scope="module")
def books(tmp_path_factory) -> Path:
    """Pages, and a detector that finds something everywhere, with random sizes."""
    folder = draw_books(tmp_path_factory.mktemp("books"), PAGES // 2)
    architecture = DetectorArchitecture("centernet", "test_resnet", width=8)
    torch.manual_seed(0)
    detector = Detector(architecture)
    detector.network.size[-1].bias.data.fill_(5.0)
    spec = PageInputSpec(channels=3, mean=architecture.mean, std=architecture.std, short_sides=(200, 400))
    state = {
        "detector": architecture.to_plain(),
        "model": detector.state_dict(),
        "input": spec.to_plain(),
        "precision": "off",
    }
    save_checkpoint(folder / "last.model", state)
    return folder


@pytest.fixture(scope="module")
def whole(books) -> bytes:
    out = books / "whole.parquet"
    assert main(arguments(books, out)) == 0
    assert out.stat().st_size > 10_000 and not partial(out).exists()
    return out.read_bytes()


def arguments(books: Path, out: Path, *flags: str) -> list[str]:
    where = ["detect", books / "last.model", "--images", books / "images", "--out", out]
    # many scales, so that a page takes long enough to be stopped at
    options = ["--short-sides", "200,300,400", "--device", "cpu", "--workers", "1"]
    return [*map(str, where), *options, *flags]


def partial(out: Path) -> Path:
    return out.with_suffix(".partial.jsonl")


def searched(monkeypatch) -> list[int]:
    """Grows by one with every page that is really searched."""
    seen, detect = [], detect_pages.detect_page
    monkeypatch.setattr(
        detect_pages, "detect_page", lambda *args, **options: (seen.append(1), detect(*args, **options))[1]
    )
    return seen


def begin(monkeypatch, books: Path, out: Path, pages: int, *flags: str) -> None:
    """A search that ends with a defect where it would search one page more than `pages`."""
    seen, detect = [], detect_pages.detect_page

    def fail_later(*args, **options):
        if len(seen) == pages:
            raise ZeroDivisionError
        seen.append(1)
        return detect(*args, **options)

    with monkeypatch.context() as patched, pytest.raises(ZeroDivisionError):
        patched.setattr(detect_pages, "detect_page", fail_later)
        main(arguments(books, out, *flags))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_search_that_was_killed_goes_on_and_leaves_the_same_bytes(
    number, books, whole, programs, tmp_path, monkeypatch
):
    out = tmp_path / "boxes.parquet"
    process = programs.start([TOOLS / "mojika", *arguments(books, out)], env=os.environ | {"OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while not partial(out).exists() or partial(out).read_bytes().count(b"\n") < 3:  # what it is made from, two pages
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(number)
    process.communicate(timeout=120)
    assert process.returncode == (75 if number == signal.SIGTERM else -signal.SIGKILL)
    before = partial(out).read_bytes().count(b"\n") - 1
    assert 2 <= before < PAGES and not out.exists()
    seen = searched(monkeypatch)
    assert main(arguments(books, out)) == 0
    assert out.read_bytes() == whole and len(seen) == PAGES - before
    assert os.listdir(tmp_path) == ["boxes.parquet"]


def test_a_line_that_was_cut_off_is_forgotten(books, whole, tmp_path, monkeypatch):
    out = tmp_path / "boxes.parquet"
    begin(monkeypatch, books, out, 4)
    content = partial(out).read_bytes()
    assert content.count(b"\n") == 1 + 4
    seen = searched(monkeypatch)
    second_page = content.index(b"\n", content.index(b"\n") + 1) + 1
    for cut, remain in ((len(content) - 1, 3), (second_page + 20, 1), (5, 0), (0, 0)):
        partial(out).write_bytes(content[:cut])
        seen.clear()
        assert main(arguments(books, out)) == 0
        assert out.read_bytes() == whole and len(seen) == PAGES - remain
        out.unlink()


def test_other_flags_are_refused_and_force_begins_anew(books, whole, tmp_path, monkeypatch, capsys):
    out = tmp_path / "boxes.parquet"
    begin(monkeypatch, books, out, 3)
    capsys.readouterr()
    assert main(arguments(books, out, "--at-most", "5")) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if "error" in line]
    assert "boxes.partial.jsonl: exists, made differently: at_most was 1300, now 5" in line and "--force" in line
    seen = searched(monkeypatch)
    assert main(arguments(books, out, "--force")) == 0
    assert out.read_bytes() == whole and len(seen) == PAGES and not partial(out).exists()


def test_a_page_that_changed_is_searched_again_and_what_cannot_be_read_is_left_out_again(
    books, tmp_path, monkeypatch, capsys
):
    images, out = tmp_path / "images", tmp_path / "boxes.parquet"
    images.mkdir()
    for path in sorted((books / "images").iterdir())[:5]:
        (images / path.name).write_bytes(path.read_bytes())
    (images / "100_1.png").write_bytes(b"no image")
    flags = ["--images", str(images)]
    assert main(arguments(books, out, *flags)) == 2  # a bad page; the one before it is kept
    assert partial(out).read_bytes().count(b"\n") == 2
    begin(monkeypatch, books, out, 1, *flags, "--skip-bad")
    seen = searched(monkeypatch)
    (images / "100_0.png").write_bytes((images / "100_3.png").read_bytes())
    assert main(arguments(books, out, *flags, "--skip-bad")) == 0
    assert len(seen) == 3  # the changed one and the two that were not reached; 100_2 was searched
    assert "100_1.png" in out.with_suffix(".skipped.csv").read_text()
    again = tmp_path / "again.parquet"
    assert main(arguments(books, again, *flags, "--skip-bad")) == 0
    assert again.read_bytes() == out.read_bytes()
    assert again.with_suffix(".skipped.csv").read_text() == out.with_suffix(".skipped.csv").read_text()
    capsys.readouterr()
    assert main([*arguments(books, out, *flags, "--skip-bad"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["left_out"] == 1


def test_a_search_that_ended_before_its_first_page_leaves_nothing(books, tmp_path):
    images, out = tmp_path / "images", tmp_path / "boxes.parquet"
    images.mkdir()
    (images / "a.png").write_bytes(b"no image")
    assert main(arguments(books, out, "--images", str(images))) == 2
    assert os.listdir(tmp_path) == ["images"]


def test_two_searches_for_one_output_do_not_mix(books, tmp_path, monkeypatch, capsys):
    out, status = tmp_path / "boxes.parquet", []
    detect = detect_pages.detect_page

    def search_again(*args, **options):
        if not status:
            status.append(main(arguments(books, out)))
        return detect(*args, **options)

    monkeypatch.setattr(detect_pages, "detect_page", search_again)
    assert main(arguments(books, out)) == 0
    assert status == [2] and "another process" in capsys.readouterr().err
