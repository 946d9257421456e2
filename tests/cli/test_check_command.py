import json

import pandas as pd

from mojika.cli.main import main


def test_good_data_end_with_0(make_pages, capsys):
    folder = make_pages([("a_1", (40, 30), [("U+304B", (1, 2, 9, 12))])]).parent
    assert main(["check", str(folder)]) == 0
    assert "no faults" in capsys.readouterr().out


def test_faults_are_listed_in_one_table_and_end_with_2(make_pages, tmp_path, capsys):
    folder = make_pages([("a_1", (40, 30), [("U+304B", (50, 2, 59, 12))]), ("[b]_1", (40, 30), [])]).parent
    (folder / "train_images" / "[b]_1.png").unlink()
    assert main(["check", str(folder), "--out", str(tmp_path / "faults.csv")]) == 2
    out = " ".join(capsys.readouterr().out.split())
    assert "2 faults" in out and "lies outside the page" in out and "[b]_1: no image in train_images" in out
    table = pd.read_csv(tmp_path / "faults.csv")
    assert table.columns.tolist() == ["file", "row", "reason"] and table["row"].tolist() == [2, 3]

    assert main(["check", str(folder), "--json"]) == 2
    listed = json.loads(capsys.readouterr().out)
    assert listed["faults"] == 2 and listed["table"][1]["row"] == 3


def test_a_folder_of_another_kind_is_one_line(tmp_path, capsys):
    assert main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"mojika check: error: {tmp_path}: expected train.csv")
