"""Files that no program writes: whatever is in them, a reader of ours ends with a value or a `UserError`."""

import hashlib
import json
import shutil
import string
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound_files import CPU, SOUND

from mojika.boxes.filter_search import read_settings
from mojika.boxes.page_boxes import read_boxes
from mojika.boxes.submission import read_submission
from mojika.data.class_list import ClassList
from mojika.data.grapheme_labels import read_class_map, read_grapheme_labels
from mojika.data.image_list import read_image_list
from mojika.data.pack import Pack
from mojika.data.page_labels import parse_labels, read_page_labels
from mojika.data.split_list import read_table_as_it_is
from mojika.detection.detector_file import load_detector, read_detector_input
from mojika.errors import UserError
from mojika.reader.reader_files import open_reader_files
from mojika.scans.image_service import whole_image
from mojika.scans.manifest import read_manifest
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import load_model, read_input

few = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
many = settings(few, max_examples=150)

NAMES = st.sampled_from(
    ["type", "@type", "id", "@id", "items", "sequences", "canvases", "images", "resource", "body", "service", "width",
     "height", "profile", "protocol", "tiles", "sizes", "maxWidth", "@context", "motivation", "label", "x"]
)  # fmt: skip
WORDS = st.sampled_from(
    ["Manifest", "sc:Manifest", "Collection", "Image", "ImageService3", "painting", "https://a.b/c", "../x", "", "あ",
     "http://iiif.io/api/image", "http://iiif.io/api/image/3/context.json"]
)  # fmt: skip
NUMBERS = st.one_of(st.integers(-(2**70), 2**70), st.floats(), st.sampled_from([0, 1, -1, 2**31, 2**63]))
PLAIN = st.one_of(st.none(), st.booleans(), NUMBERS, WORDS, st.text(max_size=8))


def nested(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5), max_leaves=20
    )


FIELDS = st.one_of(
    st.sampled_from(
        ["U+3042", "U+", "U+3042 1 2 9 9", "1", "-1", "nan", "1e400", "9" * 30, "pack", "0", "", '"', "\0", "x"]
    ),
    st.text(string.printable + "あ٣\u2028\ufeff", max_size=6),
)
ROWS = st.lists(st.lists(FIELDS, max_size=8).map(",".join), max_size=6).map("\n".join)
HEADERS = st.sampled_from(
    ["image_id,labels", "pack,row,label", "pack,row,label,weight,repeat,shared", "label,char,count", "",
     "image_id,grapheme_root,vowel_diacritic,consonant_diacritic", "component_type,label,component"]
)  # fmt: skip
CSV = st.one_of(st.tuples(HEADERS, ROWS).map("\n".join).map(str.encode), st.binary(max_size=200))
CSV_READERS: list[Callable[[Path], object]] = [
    read_page_labels, read_table_as_it_is, read_image_list, ClassList.read, read_class_map, read_grapheme_labels,
    read_submission,
]  # fmt: skip
DAMAGES = st.lists(
    st.tuples(st.floats(0, 1), st.sampled_from(["cut", "flip", "zero", "insert", "drop"])), min_size=1, max_size=4
)


@cache
def scratch() -> Path:
    return Path(mkdtemp())


@cache
def sound(kind: str) -> Path:
    folder = scratch() / kind
    folder.mkdir()
    return SOUND[kind].make(folder)


@pytest.fixture(scope="module", autouse=True)
def no_rest():
    yield
    shutil.rmtree(scratch())
    scratch.cache_clear()
    sound.cache_clear()


def ends_well(read: Callable[[], object]) -> None:
    try:
        read()
    except UserError as error:
        assert len(str(error)) < 2000


def damaged(data: bytes, damages: list[tuple[float, str]]) -> bytes:
    changed = bytearray(data)
    for share, kind in damages:
        at = int(share * max(len(changed) - 1, 0))
        if kind == "cut":
            del changed[at:]
        elif kind == "flip" and changed:
            changed[at] ^= 1 << (at % 8)
        elif kind == "zero":
            changed[at : at + 8] = bytes(len(changed[at : at + 8]))
        elif kind == "insert":
            changed[at:at] = b"\xff{]"
        elif kind == "drop":
            del changed[at : at + 5]
    return bytes(changed)


def written(content: bytes, name: str) -> Path:
    path = scratch() / name
    path.write_bytes(content)
    return path


@many
@given(text=st.one_of(ROWS, st.text(max_size=60)))
def test_label_texts(text):
    ends_well(lambda: parse_labels(text))


@many
@given(content=CSV)
def test_tables_of_text(content):
    path = written(content, "table.csv")
    for read in CSV_READERS:
        ends_well(lambda read=read: read(path))


@many
@given(document=nested(NAMES), kind=st.sampled_from(["Manifest", "sc:Manifest", None]))
def test_manifests_and_image_services(document, kind):
    if kind and isinstance(document, dict):
        document = document | {"type": kind}
    path = written(json.dumps(document).encode(), "manifest.json")
    ends_well(lambda: read_manifest(path))
    ends_well(lambda: whole_image(path, "https://a.b/c"))


@many
@given(damages=DAMAGES)
def test_damaged_manifests(damages):
    path = written(damaged(sound("manifest").read_bytes(), damages), "damaged.json")
    ends_well(lambda: read_manifest(path))


@many
@given(content=st.one_of(nested(st.sampled_from(["settings", "lambda_l1", "num_leaves", "x"])).map(json.dumps),
                         st.text(": -[]{}&*!|>'\"\nasettings01e.", max_size=60).map("settings:\n  lambda_l1: ".__add__),
                         st.text(max_size=60)))  # fmt: skip
def test_settings_in_yaml(content):
    path = written(content.encode("utf-8", "surrogatepass"), "settings.yaml")
    ends_well(lambda: read_settings(path))


@many
@given(damages=DAMAGES)
def test_damaged_boxes(damages):
    path = written(damaged(sound("boxes").read_bytes(), damages), "damaged.parquet")
    ends_well(lambda: read_boxes(path))


@many
@given(
    header=nested(st.sampled_from(["pages", "class_list", "made_from", "labels", "counts", "image_id", "width"])),
    part=st.sampled_from([(), ("pages",), ("class_list",), ("pages", "width"), ("class_list", "labels")]),
)
def test_headers_of_boxes(header, part):
    table = pq.read_table(sound("boxes"))
    whole = json.loads(table.schema.metadata[b"mojika"])
    within = whole
    for name in part[:-1]:
        within = within[name]
    if part:
        within[part[-1]] = header
    elif isinstance(header, dict):
        whole |= header
    path = scratch() / "header.parquet"
    pq.write_table(table.replace_schema_metadata({b"mojika": json.dumps(whole)}), path)
    ends_well(lambda: read_boxes(path))


@few
@given(damages=DAMAGES, name=st.sampled_from(["meta.json", "samples.parquet", "images.npy", "classes.csv"]))
def test_damaged_packs(damages, name):
    folder = scratch() / "damaged pack"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound("pack"), folder)
    (folder / name).write_bytes(damaged((folder / name).read_bytes(), damages))
    ends_well(lambda: Pack.open(folder).targets)


@few
@given(damages=DAMAGES)
def test_damaged_checkpoints(damages):
    path = written(damaged(sound("classifier").read_bytes(), damages), "damaged.model")
    ends_well(lambda: load_checkpoint(path))
    ends_well(lambda: read_input(path))


@few
@given(
    values=nested(st.sampled_from(["labels", "counts", "model", "channels", "head", "label", "mean", "short_sides"])),
    key=st.sampled_from(["input", "arch", "classes", "detector", "model", "head", "ema", "precision", "args"]),
    kind=st.sampled_from(["classifier", "detector"]),
)
def test_checkpoints_of_other_values(values, key, kind):
    state = torch.load(sound(kind), weights_only=True) | {key: values}
    path = scratch() / "values.model"
    torch.save(state, path)
    for read in (lambda: load_model(path, CPU), lambda: load_detector(path, CPU), lambda: read_input(path),
                 lambda: read_detector_input(path), lambda: open_reader_files(str(path))):  # fmt: skip
        ends_well(read)


def reader_with(name: str, content: bytes) -> Path:
    """A reader's folder whose file of this name has other content, and is recorded so."""
    folder = scratch() / "other reader"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(sound("reader"), folder)
    (folder / name).write_bytes(content)
    config = json.loads((folder / "config.json").read_text())
    config["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


ENTRIES = st.dictionaries(
    st.sampled_from(["__metadata__", "heads.label.weight", "a"]),
    st.one_of(
        PLAIN,
        st.fixed_dictionaries(
            {
                "dtype": st.sampled_from(["F32", "F16", "BF16", "I64", "X", ""]),
                "shape": st.lists(st.integers(-1, 2**63), max_size=3),
                "data_offsets": st.lists(st.integers(-1, 2**64), min_size=1, max_size=3),
            }
        ),
    ),
    max_size=3,
)


@few
@given(header=ENTRIES, length=st.sampled_from([None, 0, 2**20, 2**63, 2**64 - 1]), tail=st.integers(0, 64))
def test_headers_of_safetensors(header, length, tail):
    text = json.dumps(header).encode()
    content = (len(text) if length is None else length).to_bytes(8, "little") + text + bytes(tail)
    about = json.loads((sound("reader") / "config.json").read_text())["models"]
    name = next(each["file"] for each in about if each["kind"] == "classifier")
    folder = reader_with(name, content)
    ends_well(lambda: load_model(folder, CPU))


@few
@given(values=nested(st.sampled_from(["file", "kind", "classes", "label", "settings", "size", "sha256"])),
       key=st.sampled_from(["models", "files", "settings", "mean", "made_from", "license", "kind"]))  # fmt: skip
def test_configurations_of_readers(values, key):
    folder = reader_with("README.md", b"")
    config = json.loads((folder / "config.json").read_text()) | {key: values}
    (folder / "config.json").write_text(json.dumps(config))
    for read in (
        lambda: open_reader_files(str(folder)),
        lambda: load_model(folder, CPU),
        lambda: load_detector(folder, CPU),
    ):
        ends_well(read)
