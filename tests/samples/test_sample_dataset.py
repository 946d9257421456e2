"""The sample's folder: Kaggle's layout, the same bytes every time, resumable, never over what is not its own."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import cv2
import pytest

from mojika.cli import main as cli
from mojika.data.page_labels import book_of, read_page_labels
from mojika.samples import kuzushiji

SMALL = "--books 3 --pages-per-book 3 --test-books 2 --test-pages 3 --classes 120 --scale 0.12 --workers 1"


def sample(out: Path, *options: str) -> int:
    return cli.main(["sample", "kuzushiji", str(out), *SMALL.split(), *options])


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("sample") / "made"
    assert sample(out) == 0
    return out


def test_layout_is_the_competitions(made):
    pages = read_page_labels(made / "train.csv")
    assert sorted(path.stem for path in (made / "train_images").iterdir()) == [page.image_id for page in pages]
    assert {book_of(page.image_id) for page in pages} == {"200015779", "200003076", "brsk"}
    with open(made / "unicode_translation.csv", encoding="utf-8") as file:
        translation = {row["Unicode"]: row["char"] for row in csv.DictReader(file)}
    used = {label for page in pages for label in page.labels}
    assert used <= set(translation)
    assert all(label == f"U+{ord(character):04X}" for label, character in translation.items())
    with open(made / "sample_submission.csv", encoding="utf-8") as file:
        submission = [row["image_id"] for row in csv.DictReader(file)]
    hidden = read_page_labels(made / "hidden" / "test.csv")
    assert submission == [page.image_id for page in hidden]
    assert sorted(path.stem for path in (made / "test_images").iterdir()) == submission
    assert any(page.labels for page in hidden)


def test_boxes_lie_in_their_pictures_and_one_page_is_empty(made):
    pages = read_page_labels(made / "train.csv")
    assert any(not page.labels for page in pages)
    for page in pages:
        height, width = cv2.imread(str(made / "train_images" / f"{page.image_id}.jpg")).shape[:2]
        assert (page.boxes[:, :2] >= 0).all()
        assert (page.boxes[:, 2:] <= (width, height)).all()


def test_bytes_do_not_depend_on_the_run_or_the_number_of_workers(made, tmp_path):
    assert sample(tmp_path / "again", "--workers", "2") == 0
    assert digests(tmp_path / "again") == digests(made)


def test_another_seed_makes_other_pages(made, tmp_path):
    assert sample(tmp_path / "other", "--seed", "1") == 0
    other, first = digests(tmp_path / "other"), digests(made)
    assert all(other[name] != first[name] for name in first if name.startswith("train_images"))


def test_second_run_says_so_and_draws_nothing(made, capsys):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*.jpg")}
    assert sample(made) == 0
    assert "up to date" in capsys.readouterr().out
    assert before == {path: path.stat().st_mtime_ns for path in made.rglob("*.jpg")}


def test_other_parameters_are_refused_unless_forced(tmp_path, capsys):
    out = tmp_path / "sample"
    assert sample(out) == 0
    before = digests(out)
    assert sample(out, "--seed", "9") == 2
    assert "seed was 0, now 9" in capsys.readouterr().err
    assert digests(out) == before
    assert sample(out, "--seed", "9", "--force") == 0
    assert digests(out) != before


def test_what_is_no_sample_is_never_touched_even_with_force(tmp_path, capsys):
    (tmp_path / "train.csv").write_text("image_id,labels\n")
    assert sample(tmp_path, "--force") == 2
    assert "choose another" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["train.csv"]


def test_an_interrupted_run_goes_on_where_it_stopped(made, tmp_path, monkeypatch):
    out = tmp_path / "sample"
    draw, drawn_pages = kuzushiji.render_page, []

    def draw_four_then_stop(*arguments):
        if len(drawn_pages) == 4:
            raise KeyboardInterrupt
        drawn_pages.append(arguments)
        return draw(*arguments)

    monkeypatch.setattr(kuzushiji, "render_page", draw_four_then_stop)
    assert sample(out) == 75
    assert not (out / "sample.json").exists()
    (out / "train_images" / ".torn.jpg.1.tmp").write_bytes(b"\xff")  # as after kill -9
    monkeypatch.setattr(kuzushiji, "render_page", lambda *arguments: drawn_pages.append(arguments) or draw(*arguments))
    assert sample(out) == 0
    assert len(drawn_pages) == 12
    assert digests(out) == digests(made)


def test_required_characters_occur_and_undrawable_ones_are_named(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    labels.write_text("image_id,labels\na_1,U+9B31 1 2 3 4 U+25B2 1 2 3 4\nb_1,U+E000 1 2 3 4\n")
    assert sample(tmp_path / "sample", "--characters-from", str(labels)) == 0
    counts = Counter(label for page in read_page_labels(tmp_path / "sample" / "train.csv") for label in page.labels)
    assert counts["U+9B31"] >= 3
    assert counts["U+25B2"] >= 3
    assert "U+E000" in capsys.readouterr().err


def test_too_many_required_characters_are_refused(tmp_path, capsys):
    labels = tmp_path / "labels.csv"
    many = " ".join(f"U+{code:04X} 1 2 3 4" for code in range(0x4E00, 0x5800))
    labels.write_text(f"image_id,labels\na_1,{many}\n")
    assert sample(tmp_path / "sample", "--characters-from", str(labels)) == 2
    assert "--books" in capsys.readouterr().err


def test_json_reports_the_numbers_of_the_tables(made, capsys):
    assert sample(made, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    pages = read_page_labels(made / "train.csv")
    counts = Counter(label for page in pages for label in page.labels)
    assert report["characters"] == counts.total()
    assert report["classes"] == len(counts)
    assert report["empty_pages"] == sum(not page.labels for page in pages)
    assert (report["pages"], report["books"], report["test_pages"]) == (9, 3, 3)


def test_killed_run_leaves_no_workers_and_is_continued(made, tmp_path):
    out = tmp_path / "sample"
    options = ["sample", "kuzushiji", str(out), *SMALL.split(), "--workers", "2"]
    script = tmp_path / "mojika_sample.py"  # spawned workers import the main module by its path
    script.write_text("from mojika.cli.main import main\nif __name__ == '__main__':\n    raise SystemExit(main())\n")
    run = subprocess.Popen([sys.executable, str(script), *options], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list(out.glob("train_images/2*.jpg")) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    children = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
    assert len(children) >= 2
    run.kill()
    run.wait()
    while any(Path(f"/proc/{child}").exists() for child in children) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert sample(out) == 0
    assert digests(out) == digests(made)


REAL_DATA = Path(os.environ.get("MOJIKA_REAL_DATA") or Path(__file__).parents[2] / "../shared/data")
REAL_LABELS = REAL_DATA / "kuzushiji_pages" / "train.csv"


@pytest.mark.skipif(not REAL_LABELS.exists(), reason="no real pages: set MOJIKA_REAL_DATA to the folder that has them")
def test_every_character_of_the_real_pages_can_be_asked_for(tmp_path, capsys):
    out = tmp_path / "sample"
    assert sample(out, "--pages-per-book", "8", "--characters-from", str(REAL_LABELS)) == 0
    generated = {label for page in read_page_labels(out / "train.csv") for label in page.labels}
    assert {label for page in read_page_labels(REAL_LABELS) for label in page.labels} <= generated
    assert "no font can draw" not in capsys.readouterr().err
