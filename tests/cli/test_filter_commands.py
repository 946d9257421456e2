import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from filter_pages import make_pages, write_truth

from mojika.boxes.page_boxes import read_boxes, write_boxes
from mojika.cli.main import main

PARAMS = "settings: {num_leaves: 7, bagging_fraction: 0.8, bagging_freq: 1, feature_fraction: 0.7}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Boxes to learn from with their truth, boxes of other pages, settings."""
    boxes, truth, _ = make_pages()
    write_boxes(tmp_path / "val.parquet", boxes)
    write_truth(tmp_path / "train.csv", truth)
    write_boxes(tmp_path / "test.parquet", make_pages(4, seed=1)[0])
    (tmp_path / "params.yaml").write_text(PARAMS)
    return tmp_path


def sample_arguments(folder: Path, *more: str) -> list[str]:
    source = [folder / "val.parquet", "--labels", folder / "train.csv", "--books", "100", "brsk", "--workers", "1"]
    return [*map(str, source), *more]


def train(folder: Path, *more: str) -> int:
    named = ["--params", str(folder / "params.yaml"), "--out", str(folder / "filter")]
    return main(["filter-train", *sample_arguments(folder, *named, *more)])


def apply(folder: Path, *more: str) -> int:
    named = ["--filter", str(folder / "filter"), "--out", str(folder / "kept.parquet"), "--workers", "1"]
    return main(["filter-apply", str(folder / "test.parquet"), *named, *more])


def search(folder: Path, *more: str) -> list[str]:
    named = ["--study", str(folder / "study.sqlite"), "--out", str(folder / "found.yaml")]
    return ["filter-search", *sample_arguments(folder, *named, *more)]


def report_of(capsys: pytest.CaptureFixture) -> dict:
    return json.loads(capsys.readouterr().out)


def test_a_filter_is_trained_as_in_2019(folder, capsys):
    """Limits of the file count unless flags have others; without any a filter has the origin it always had."""
    (folder / "params.yaml").write_text(PARAMS.replace("}", ", max_depth: 7, rounds: 300}"))
    assert train(folder, "--rounds", "4", "--stop-by", "2019", "--seed", "7", "--json") == 0
    assert report_of(capsys)["trees"] == 5 * 4
    made_from = json.loads((folder / "filter" / "meta.json").read_text())["made_from"]
    assert (made_from["settings"]["max_depth"], made_from["settings"]["rounds"]) == (7, 4)
    assert (made_from["stop_by"], made_from["seed"]) == ("2019", 7)
    (folder / "params.yaml").write_text(PARAMS)
    assert train(folder, "--force") == 0
    made_from = json.loads((folder / "filter" / "meta.json").read_text())["made_from"]
    assert "stop_by" not in made_from and len(made_from["settings"]) == 7


def test_most_false_boxes_go_and_most_true_ones_stay(folder, capsys):
    assert train(folder, "--json") == 0
    report = report_of(capsys)
    assert (report["true_positives"], report["false_positives"], report["truth"]) == (288, 96, 288)
    assert report["auc"] > 0.98 and report["f1_after"] > report["f1_before"] + 0.05
    importance = report["importance"]
    assert (
        sum(importance.values()) == pytest.approx(1) and list(importance.values()) == sorted(importance.values())[::-1]
    )
    assert apply(folder, "--json") == 0
    report = report_of(capsys)
    boxes, _, is_true = make_pages(4, seed=1)
    kept = read_boxes(folder / "kept.parquet")
    corners = {tuple(row) for row in kept.coordinates}
    is_kept = np.array([tuple(row) in corners for row in boxes.coordinates])
    assert is_kept[is_true].mean() > 0.97 and is_kept[~is_true].mean() < 0.1
    assert report == {"pages": 5, "boxes": 256, "kept": len(kept), "dropped": 256 - len(kept)}
    assert kept.boxes["keep_prob"].min() >= 0.5
    assert kept.pages.equals(boxes.pages)


def test_pages_that_lose_every_box_stay(folder, capsys):
    assert train(folder) == apply(folder, "--filter-threshold", "1") == 0
    kept = read_boxes(folder / "kept.parquet")
    assert len(kept) == 0 and len(kept.pages) == 5
    assert "0 of 256 boxes kept, 256 below 1 dropped" in capsys.readouterr().out


def test_boxes_may_be_marked_only(folder, capsys):
    assert train(folder) == apply(folder) == 0
    dropped = read_boxes(folder / "kept.parquet")
    assert apply(folder, "--keep-all", "--force") == 0
    marked = read_boxes(folder / "kept.parquet")
    assert len(marked) == 256
    np.testing.assert_array_equal(
        marked.boxes["keep_prob"][marked.boxes["keep_prob"] >= 0.5], dropped.boxes["keep_prob"]
    )
    assert "below 0.5 marked" in capsys.readouterr().out


def test_what_is_there_is_up_to_date_and_replaced_only_when_forced(folder, capsys):
    assert train(folder) == apply(folder) == 0
    times = [(folder / name).stat().st_mtime_ns for name in ("filter", "kept.parquet")]
    capsys.readouterr()
    assert train(folder) == apply(folder) == 0
    assert capsys.readouterr().out.count("up to date, ") == 2
    assert [(folder / name).stat().st_mtime_ns for name in ("filter", "kept.parquet")] == times
    assert train(folder, "--seed", "1") == apply(folder, "--filter-threshold", "0.6") == 2
    message = capsys.readouterr().err
    assert "seed was 0, now 1" in message and "threshold was 0.5, now 0.6" in message
    assert train(folder, "--seed", "1", "--force") == apply(folder, "--filter-threshold", "0.6", "--force") == 0
    assert apply(folder, "--filter-threshold", "0.6") == 0


def test_a_filter_that_was_trained_anew_is_applied_anew(folder, capsys):
    assert train(folder) == apply(folder) == train(folder, "--seed", "1", "--force") == 0
    assert apply(folder) == 2
    assert "filter" in capsys.readouterr().err


def test_a_search_goes_on_to_the_trials_asked_for(folder, capsys):
    assert main(search(folder, "--trials", "1", "--json")) == 0
    first = report_of(capsys)
    assert (first["trials"], first["boxes"], first["true_positives"]) == (1, 384, 288)
    assert main(search(folder, "--trials", "2")) == 0
    captured = capsys.readouterr()
    assert "filter-search: 1/1 trials" in captured.err and "the best of 2 trials" in captured.out
    assert main(search(folder, "--trials", "2")) == 0
    assert "up to date" in capsys.readouterr().out
    found = yaml.safe_load((folder / "found.yaml").read_text())
    assert found["trials"] == 2 and found["log_loss"] <= first["log_loss"]
    (folder / "params.yaml").write_bytes((folder / "found.yaml").read_bytes())
    assert train(folder, "--json") == 0
    assert report_of(capsys)["log_loss"] == pytest.approx(found["log_loss"], rel=1e-12)


def test_a_search_on_something_else_needs_force(folder, capsys):
    assert main(search(folder, "--trials", "1")) == 0
    assert main(search(folder, "--trials", "1", "--seed", "3")) == 2
    assert "seed was 0, now 3" in capsys.readouterr().err
    assert main(search(folder, "--trials", "1", "--seed", "3", "--force", "--json")) == 0
    assert report_of(capsys)["trials"] == 1


def test_ctrl_c_ends_a_search_with_75_and_keeps_its_trials(folder):
    arguments = search(folder, "--trials", "100000")
    code = f"import sys; from mojika.cli.main import main; sys.exit(main({arguments!r}))"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, env=environment)
    deadline = time.monotonic() + 60
    while trials_of(folder / "study.sqlite") < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    message = process.communicate(timeout=60)[1]
    assert process.returncode == 75 and "run the same command again to resume" in message
    kept = trials_of(folder / "study.sqlite")
    assert kept >= 2
    assert main(search(folder, "--trials", str(kept))) == 0
    assert yaml.safe_load((folder / "found.yaml").read_text())["trials"] == kept


def trials_of(path: Path) -> int:
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(path) as database:
            return database.execute("SELECT count(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED')").fetchone()[0]
    except sqlite3.OperationalError:  # its tables are being made
        return 0


def test_a_book_without_pages_is_one_line(folder, capsys):
    arguments = sample_arguments(folder, "--out", str(folder / "filter"))
    arguments[arguments.index("brsk")] = "hnsd"
    assert main(["filter-train", *arguments]) == 2
    assert "no page of hnsd among the boxes; there are pages of 100, brsk" in capsys.readouterr().err
    assert not (folder / "filter").exists()
