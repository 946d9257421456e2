import json
import os

import numpy as np
import pandas as pd
import pytest

from mojika.data import preprocess_pages as module
from mojika.data.images import read_image, write_png
from mojika.data.preprocess_pages import preprocess_pages, preprocessing_of
from mojika.errors import Interrupted, UserError
from mojika.preprocessing.ben_graham import ben_graham
from mojika.preprocessing.denoise import denoise

KA = "U+304B"


@pytest.fixture
def source(make_pages):
    return make_pages([(f"p_{i}", (40, 30), []) for i in range(4)]).parent / "train_images"


def run(source, out, *steps: str, **options) -> dict[str, int]:
    return preprocess_pages(source, out, steps=steps or ["ben-graham"], workers=2, **options)


def times(out) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in out.glob("*.png")}


def test_every_page_becomes_a_png_of_its_name_after_all_steps(source, tmp_path):
    report = run(source, tmp_path / "out", "ben-graham", "denoise")
    assert report == {"pages": 4, "made": 4, "kept": 0, "skipped": 0}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "p_0.png", "p_1.png", "p_2.png", "p_3.png", "preprocess.json"}  # fmt: skip
    original = read_image(source / "p_2.png", 3)
    np.testing.assert_array_equal(read_image(tmp_path / "out" / "p_2.png"), denoise(ben_graham(original)))
    summary = json.loads((tmp_path / "out" / "preprocess.json").read_text())
    assert [step["name"] for step in summary["steps"]] == ["ben-graham", "denoise"] and summary["schema"] == 1


def test_pages_that_are_current_are_kept(source, tmp_path):
    out = tmp_path / "out"
    run(source, out)
    before = times(out)
    (out / "p_1.png").unlink()
    later = before["p_2.png"] + 10**9
    os.utime(source / "p_2.png", ns=(later, later))
    os.utime(out / "p_3.png", ns=(later, later))
    assert run(source, out) == {"pages": 4, "made": 2, "kept": 2, "skipped": 0}
    assert times(out)["p_0.png"] == before["p_0.png"]


def test_other_steps_are_refused_unless_forced(source, tmp_path):
    out = tmp_path / "out"
    run(source, out)
    with pytest.raises(UserError, match="made differently: steps .*force"):
        run(source, out, "denoise")
    assert run(source, out, "denoise", force=True)["made"] == 4
    np.testing.assert_array_equal(read_image(out / "p_0.png"), denoise(read_image(source / "p_0.png", 3)))


def test_pages_of_unknown_making_are_refused(source, tmp_path):
    run(source, tmp_path / "out")
    (tmp_path / "out" / "preprocess.json").unlink()
    with pytest.raises(UserError, match="no preprocess.json"):
        run(source, tmp_path / "out")


def test_an_interrupted_run_goes_on_where_it_stopped(source, tmp_path, monkeypatch):
    done = []

    def interrupting(image):
        if len(done) == 2:
            raise Interrupted
        done.append(1)
        return image

    monkeypatch.setitem(module.STEPS, "ben-graham", interrupting)
    with pytest.raises(Interrupted):
        preprocess_pages(source, tmp_path / "out", steps=["ben-graham"], workers=1)
    assert set(times(tmp_path / "out")) == {"p_0.png", "p_1.png"}
    monkeypatch.undo()
    assert run(source, tmp_path / "out") == {"pages": 4, "made": 2, "kept": 2, "skipped": 0}


@pytest.mark.parametrize("remaining", [0, 60])
def test_unreadable_pages_are_refused_or_left_out_and_listed(source, tmp_path, remaining):
    """An empty file is seen from its header, a truncated one only when it is decoded."""
    path, out = source / "p_1.png", tmp_path / "out"
    path.write_bytes(path.read_bytes()[:remaining])
    with pytest.raises(UserError, match="1 fault: train_images/p_1.png: "):
        run(source, out)
    report = run(source, out, skip_bad=True)
    assert report["skipped"] == 1 and report["made"] + report["kept"] == 3
    assert pd.read_csv(out / "skipped.csv")["file"].tolist() == ["train_images/p_1.png"]
    assert set(times(out)) == {"p_0.png", "p_2.png", "p_3.png"}


def test_a_folder_is_not_preprocessed_into_itself(source):
    with pytest.raises(UserError, match="other than that of the source"):
        run(source, source)


def test_a_folder_without_pages_is_refused(tmp_path):
    with pytest.raises(UserError, match="expected page images, found none"):
        run(tmp_path, tmp_path / "out")


def test_pages_say_what_they_went_through_also_through_links(source, tmp_path):
    run(source, tmp_path / "out", "ben-graham")
    made, original = sorted((tmp_path / "out").glob("*.png")), sorted(source.glob("*.png"))
    link = tmp_path / "link.png"
    link.symlink_to(made[0])
    assert preprocessing_of(original) == []
    assert preprocessing_of([*made, link]) == ["ben-graham"]
    assert preprocessing_of([*made, *original]) is None


def test_a_page_replaced_by_an_older_file_is_made_again(source, tmp_path):
    out = tmp_path / "out"
    run(source, out)
    date = (source / "p_1.png").stat().st_mtime_ns
    (source / "p_1.png").write_bytes((source / "p_2.png").read_bytes())
    os.utime(source / "p_1.png", ns=(date, date))  # as cp -p, rsync -a, tar and unzip leave it
    assert run(source, out)["made"] == 1
    np.testing.assert_array_equal(read_image(out / "p_1.png"), read_image(out / "p_2.png"))
    assert run(source, out)["kept"] == 4


def test_outputs_of_versions_that_did_not_record_their_source_are_kept(source, tmp_path):
    out = tmp_path / "out"
    run(source, out)
    for path in out.glob("*.png"):
        write_png(path, read_image(path))
    assert run(source, out)["kept"] == 4


def test_what_stays_of_pages_that_are_gone_or_broken_is_told(source, tmp_path, capsys):
    out = tmp_path / "out"
    run(source, out)
    (source / "p_0.png").unlink()
    (source / "p_1.png").write_bytes(b"no image")
    assert run(source, out, skip_bad=True)["skipped"] == 1
    assert f"{out}: 1 page has no page in {source} any more: p_0.png; delete" in capsys.readouterr().err
    assert sorted(times(out)) == ["p_0.png", "p_2.png", "p_3.png"]
    (source / "p_1.png").unlink()
    run(source, out)
    assert not (out / "skipped.csv").exists()
