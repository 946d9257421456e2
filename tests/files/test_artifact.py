import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mojika.errors import UserError
from mojika.files.artifact import JsonFile, Kind, ParquetMetadata, with_header
from mojika.files.atomic import atomic_folder
from mojika.files.fingerprints import digest

FOLDER = Kind("jar", 3, JsonFile("about.json"), "a jar of", "a jar, as `mojika jar` makes it")
TABLE = Kind("jar", 3, ParquetMetadata(), "a jar of", "a jar (Parquet)")
MADE_FROM = {"stage": "jar", "size": 4}


def write(kind, path, header) -> None:
    if kind is TABLE:
        pq.write_table(with_header(pa.table({"a": [1]}), header), path)
    else:
        path.mkdir(exist_ok=True)
        (path / "about.json").write_text(json.dumps(header))


@pytest.mark.parametrize("kind", [FOLDER, TABLE])
def test_a_header_is_read_as_it_was_written(kind, tmp_path):
    header = kind.header(MADE_FROM, count=2)
    assert list(header) == ["kind", "schema", "fingerprint", "made_from", "count"]
    assert header["fingerprint"] == digest({"schema": 3, **MADE_FROM})
    write(kind, tmp_path / "jar", header)
    assert kind.read(tmp_path / "jar") == header


@pytest.mark.parametrize("kind", [FOLDER, TABLE])
def test_an_artifact_is_recognised_by_what_it_was_made_from(kind, tmp_path):
    path = tmp_path / "jar"
    assert not kind.is_made_from(path, MADE_FROM)
    write(kind, path, kind.header(MADE_FROM))
    assert kind.is_made_from(path, dict(reversed(MADE_FROM.items())))
    with pytest.raises(UserError, match=r"jar: exists, made differently: size was 4, now 5; .*force"):
        kind.is_made_from(path, {**MADE_FROM, "size": 5})


@pytest.mark.parametrize("kind", [FOLDER, TABLE])
@pytest.mark.parametrize("header", [{"schema": 2}, {"kind": "tin"}, {"kind": None}])
def test_another_kind_or_schema_is_refused(kind, header, tmp_path):
    write(kind, tmp_path / "jar", kind.header(MADE_FROM) | header)
    with pytest.raises(UserError, match=r"jar: expected a jar of schema 3, found \w+ schema \d; make it again"):
        kind.is_made_from(tmp_path / "jar", MADE_FROM)


def test_what_has_no_header_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"expected a jar, as `mojika jar` makes it, found no about\.json"):
        FOLDER.read(tmp_path)
    (tmp_path / "about.json").write_text("{")
    with pytest.raises(UserError, match=r"about\.json: expected JSON"):
        FOLDER.read(tmp_path)
    (tmp_path / "about.json").write_text("[]")
    with pytest.raises(UserError, match="found None schema None"):
        FOLDER.read(tmp_path)
    with pytest.raises(UserError, match=r"expected a jar \(Parquet\), found none"):
        TABLE.read(tmp_path / "none")
    for path, found in ((tmp_path, "a folder"), (tmp_path / "about.json", "something else")):
        with pytest.raises(UserError, match=rf"expected a jar \(Parquet\), found {found}"):
            TABLE.read(path)


def test_a_device_holds_nothing_for_a_file_and_is_no_place_for_a_folder():
    assert TABLE.find("/dev/full", MADE_FROM) is None
    with pytest.raises(UserError, match="/dev/full"):
        FOLDER.find("/dev/full", MADE_FROM)


def test_an_empty_folder_is_a_place_for_an_artifact_that_is_a_folder(tmp_path):
    assert FOLDER.find(tmp_path, MADE_FROM) is None
    with pytest.raises(UserError, match="found a folder"):
        TABLE.find(tmp_path, MADE_FROM)


def test_what_is_something_else_is_never_replaced_and_a_damaged_one_may_be(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "1.png").touch()
    write(FOLDER, tmp_path / "tin", FOLDER.header(MADE_FROM) | {"kind": "tin"})
    for name, reason in (("pictures", "found other files, which are not replaced"), ("tin", "found tin, which is not")):
        with pytest.raises(UserError, match=f"{name}: expected .*{reason}"):
            FOLDER.expect_replaceable(tmp_path / name)
    with pytest.raises(UserError, match="found other files"), atomic_folder(tmp_path / "pictures", "about.json"):
        pass
    (tmp_path / "tin" / "about.json").write_text("{")
    for name in ("tin", "nothing"):
        FOLDER.expect_replaceable(tmp_path / name)
    assert (tmp_path / "pictures" / "1.png").exists()
