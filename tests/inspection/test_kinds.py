import json
from pathlib import Path

import pytest
from sound_files import labels, manifest, pack, pages, split

from mojika.cli.main import main
from mojika.errors import UserError
from mojika.inspection.kinds import kind_of
from mojika.inspection.look import fault_of, faults_of


@pytest.mark.parametrize(
    ("make", "kind"),
    [(pages, "pages"), (labels, "labels"), (pack, "pack"), (split, "split list"), (manifest, "manifest")],
)
def test_a_kind_is_told_by_what_is_there(tmp_path: Path, make, kind: str):
    assert faults_of(make(tmp_path)) == (kind, [])


def test_a_folder_of_pages_without_labels_is_one_of_images(tmp_path: Path):
    assert kind_of(pages(tmp_path) / "train_images")[0] == "images"


def test_what_is_of_no_kind_is_refused(tmp_path: Path):
    (tmp_path / "notes.txt").write_text("x")
    for path, said in ((tmp_path / "notes.txt", "expected"), (tmp_path / "none", "no such file or folder")):
        with pytest.raises(UserError, match=said):
            kind_of(path)


def test_an_error_becomes_a_fault_with_its_file_and_row():
    folder = Path("/data/pack")
    inside = fault_of(folder, UserError("/data/pack/classes.csv row 3: expected a count"))
    assert (inside.file, inside.row, inside.reason) == ("pack/classes.csv", 3, "expected a count")
    whole = fault_of(folder, UserError("/data/pack: expected images,\nfound none"))
    assert (whole.file, whole.row, whole.reason) == ("pack", None, "expected images, found none")


def test_faults_of_several_paths_are_in_one_table(tmp_path: Path, capsys):
    good, bad = split(tmp_path), labels(tmp_path)
    bad.write_text(bad.read_text().replace("U+304B", "304B"))
    meta = tmp_path / "other"
    (tmp_path / "pack").rename(meta)
    assert main(["check", str(bad), str(meta), "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["checked"] == {str(bad): "labels", str(meta): "pack"}
    assert {(fault["file"], fault["row"]) for fault in told["table"]} == {(str(bad), 2), (str(bad), 3)}
    assert main(["check", str(good)]) == 2  # its pack is elsewhere
    assert "no meta.json" in capsys.readouterr().out
