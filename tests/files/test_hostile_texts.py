"""JSON, YAML and names that nobody writes in earnest: one line, a size that the text has, and nothing is run."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from mojika.boxes.page_boxes import read_boxes
from mojika.errors import UserError
from mojika.files.artifact import JsonFile, Kind
from mojika.files.json_text import kept_object, load_json
from mojika.files.parquet import expect_proportion, read_parquet
from mojika.files.reports import read_report
from mojika.parameters.replayed import SettingsError, read_settings
from mojika.yaml_text import load_yaml

DEEP = {"lists": "[" * 100_000, "objects": '{"a":' * 100_000}
LAUGHS = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnopqrstu"))


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_json_that_is_nested_too_deeply_is_one_line_of_whatever_reads_it(tmp_path, text):
    (tmp_path / "meta.json").write_text(text)
    table = pa.table({"a": [1]}).replace_schema_metadata({b"mojika": text.encode()})
    pq.write_table(table, tmp_path / "boxes.parquet")
    kind = Kind("pack", 1, JsonFile("meta.json"), "a pack of", "a pack")
    readers: list[tuple[Callable, str]] = [(read_report, "meta.json"), (kind.read, "."), (read_boxes, "boxes.parquet")]
    for read, name in readers:
        with pytest.raises(UserError, match="expected") as error:
            read(tmp_path / name)
        assert len(str(error.value)) < 500
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json(text)
    assert kept_object(tmp_path / "meta.json") == {}


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS, "a: &a [*a]", "a: &a {b: *a}", "[" * 3000, "- " * 3000 + "x", f"a: {'9' * 5000}", f"a: 0x{'f' * 9000}",
        "a: !!timestamp 2020-99-99", "a: !!timestamp x", "a: !!int x", "a: !!bool x", "a: !!float x", "a: !!binary é",
        "a: !!set [x]", "a: {<<: [1]}",
        "a: !!python/object/apply:os.system [touch pwned]", "a: !!python/name:os.system",
    ],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_yaml_is_plain_values_of_the_size_that_it_has(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(yaml.YAMLError):
        load_yaml(text)
    Path("args.yaml").write_text(text)
    with pytest.raises(SettingsError) as error:
        read_settings(["args.yaml"], [])
    assert len(str(error.value)) < 1000 and not Path("pwned").exists()


def test_aliases_are_read():
    assert load_yaml("a: &a [1, 1e-8]\nb: *a\nc: [*a, *a]") == {"a": [1, 1e-8], "b": [1, 1e-8], "c": [[1, 1e-8]] * 2}


def test_a_table_has_the_size_of_its_file_or_a_usual_one(tmp_path):
    table = pa.table({"id": ["a", None, "a"] * 5, "x": pa.array(range(15), pa.float32()), "more": [["b"]] * 15})
    usual, bomb = tmp_path / "usual.parquet", tmp_path / "bomb.parquet"
    pq.write_table(table.replace_schema_metadata({b"mojika": b"{}"}), usual)
    assert read_parquet(usual).equals(pq.read_table(usual), check_metadata=True)
    with pytest.raises(ValueError, match="1.0 GiB of values in a file of"):
        expect_proportion(usual, 2**30 + 1)
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000), pa.array(["p" * 100_000]))
    for as_categories in (False, True):
        pq.write_table(pa.table({"id": long}), bomb, store_schema=as_categories)
        with pytest.raises(ValueError, match="1.9 GiB of values in a file of"):
            read_parquet(bomb)
