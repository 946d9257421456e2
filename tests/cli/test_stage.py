import argparse
import json

import pytest

from mojika.cli.stage import Report, add_flags, aligned, is_up_to_date, made
from mojika.errors import UserError
from mojika.files.artifact import JsonFile, Kind
from mojika.runtime.singular import in_singular

JAR = Kind("jar", 1, JsonFile("about.json"), "a jar of", "a jar")


def test_a_report_is_one_json_object_or_lines_for_people(tmp_path, capsys):
    report = made(tmp_path, {"f1": float("nan"), "pages": 3}, "3 pages", "no score", written=[None, tmp_path / "a.csv"])
    assert report.show(as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {"f1": None, "pages": 3}
    assert report.show(as_json=False) == 0
    assert capsys.readouterr().out == f"{tmp_path}: 3 pages\n{tmp_path}: no score\nwrote {tmp_path / 'a.csv'}\n"
    assert made(tmp_path, {}, "3 pages", existed=True).text == f"{tmp_path}: up to date, 3 pages"
    assert Report({}, "2 faults", status=2).show(as_json=False) == 2


def test_numbers_are_aligned():
    assert aligned({"pages": 1234, "f1": 0.5}) == "pages  1,234\n   f1  0.5000"


def test_an_output_is_up_to_date_unless_forced(tmp_path):
    args = argparse.Namespace(out=tmp_path / "jar", force=False)
    assert not is_up_to_date(args, JAR, {"size": 4})
    args.out.mkdir()
    (args.out / "about.json").write_text(json.dumps(JAR.header({"size": 4})))
    assert is_up_to_date(args, JAR, {"size": 4})
    with pytest.raises(UserError, match="size was 4, now 5"):
        is_up_to_date(args, JAR, {"size": 5})
    args.force = True
    assert not is_up_to_date(args, JAR, {"size": 4}) and not is_up_to_date(args, JAR, {"size": 5})


def test_usual_flags_may_have_a_default_of_their_own():
    parser = argparse.ArgumentParser()
    add_flags(parser, "skip_bad", "json", batch_size=128)
    assert vars(parser.parse_args([])) == {"skip_bad": False, "json": False, "batch_size": 128}
    assert "images per step (default: 128)" in " ".join(parser.format_help().split())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("20 crops of 1 classes from 1 pages of 21 books", "20 crops of 1 class from 1 page of 21 books"),
        ("1 boxes, 1 training samples, 0.1 pages, 1,001 pages", "1 box, 1 training sample, 0.1 pages, 1,001 pages"),
        ("a/1 boxes.csv: expected 4 fields, found 1 fields", "a/1 boxes.csv: expected 4 fields, found 1 field"),
        ("1 images are not there, 2 pages are", "1 image is not there, 2 pages are"),
        ("1 pages have no page in a", "1 page has no page in a"),
        ("1 boxes stay on 21 pages", "1 box stays on 21 pages"),
    ],
)
def test_one_thing_is_counted_in_the_singular(text: str, shown: str):
    assert in_singular(text) == shown
