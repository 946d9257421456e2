"""What can be wrong with a file of each kind: bytes, values of its header, columns and rows; one change at a time."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

Fault = tuple[str, Callable[[Path], None]]  # its name, and what brings it about in the path that is checked
REMOVED = object()
VALUES: tuple[Any, ...] = (REMOVED, None, "x", -1, [])


def faults_of(kind: str, path: Path) -> Iterator[Fault]:
    """Those of the sound thing of this kind at `path`, for copies of it."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    for file in files:
        inside = file.relative_to(path) if path.is_dir() else Path()
        yield from (
            (f"{inside}: {name}", lambda copy, inside=inside, change=change: change(copy / inside))
            for name, change in of_bytes(few=kind in ("shard", "detector", "reader"))
            if kind != "manifest" or name not in ("a folder", "missing")  # of scans, none of which is a manifest
        )
    yield from OWN.get(kind, lambda path: iter(()))(path)


def of_bytes(*, few: bool = False) -> Iterator[Fault]:
    def written(change: Callable[[bytearray], bytes]) -> Callable[[Path], None]:
        return lambda path: path.write_bytes(change(bytearray(path.read_bytes()))) and None

    def flipped(share: float) -> Callable[[Path], None]:
        def change(data: bytearray) -> bytes:
            if data:
                data[int(share * (len(data) - 1))] ^= 0x55
            return bytes(data)

        return written(change)

    def in_a_folder(path: Path) -> None:
        path.unlink()
        path.mkdir()

    yield "half of it", written(lambda data: bytes(data[: len(data) // 2]))
    yield "empty", lambda path: path.write_bytes(b"") and None
    yield "a folder", in_a_folder
    if not few:
        yield "flipped at 0.5", flipped(0.5)
        yield "missing", Path.unlink
        yield "text", lambda path: path.write_text("nothing of the kind\n") and None
        yield "another encoding", lambda path: path.write_bytes("あい,う\n".encode("utf-16")) and None
        yield "without its last byte", written(lambda data: bytes(data[:-1]))
        yield "without its first byte", written(lambda data: bytes(data[1:]))
        for share in (0, 0.02, 0.9, 1):
            yield f"flipped at {share}", flipped(share)


def of_values(
    header: dict[str, Any], change: Callable[[Path, Callable[[dict], None]], None], at: str = ""
) -> Iterator[Fault]:
    """Each value of a header removed, or replaced by others; `change` lets a function change a file's header."""
    for name in header:
        for value in VALUES:

            def apply(content: dict[str, Any], name: str = name, value: Any = value) -> None:
                if value is REMOVED:
                    del content[name]
                else:
                    content[name] = value

            shown = "removed" if value is REMOVED else repr(value)
            yield f"{at}{name}: {shown}", lambda path, apply=apply: change(path, apply)


def changed_json(*inside: str) -> Callable[[Path, Callable[[dict], None]], None]:
    """Changes what is at the keys in the JSON file that the last of them… the first names."""

    def change(path: Path, apply: Callable[[dict], None]) -> None:
        file = path / inside[0] if inside[0] else path
        whole = json.loads(file.read_text())
        part = whole
        for key in inside[1:]:
            part = part[int(key) if isinstance(part, list) else key]
        apply(part)
        file.write_text(json.dumps(whole))

    return change


def changed_header(path: Path, apply: Callable[[dict], None]) -> None:
    table = pq.read_table(path)
    header = json.loads(table.schema.metadata[b"mojika"])
    apply(header)
    pq.write_table(table.replace_schema_metadata({b"mojika": json.dumps(header)}), path)


def changed_checkpoint(*inside: str) -> Callable[[Path, Callable[[dict], None]], None]:
    def change(path: Path, apply: Callable[[dict], None]) -> None:
        state = torch.load(path, weights_only=True)
        part = state
        for key in inside:
            part = part[key]
        apply(part)
        torch.save(state, path)

    return change


def of_columns(names: list[str], inside: str = "") -> Iterator[Fault]:
    """Each column of a Parquet table removed, empty in one field, or of text."""

    def change(path: Path, apply: Callable[[pa.Table], pa.Table]) -> None:
        file = path / inside if inside else path
        pq.write_table(apply(pq.read_table(file)), file)

    def replaced(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
        return table.set_column(table.schema.get_field_index(name), name, values)

    for name in names:
        yield f"without {name}", lambda path, name=name: change(path, lambda table: table.drop_columns([name]))
        yield (
            f"{name} empty",
            lambda path, name=name: change(
                path,
                lambda table: replaced(table, name, pa.array([None, *table[name].to_pylist()[1:]], table[name].type)),
            ),
        )
        yield (
            f"{name} of text",
            lambda path, name=name: change(path, lambda table: replaced(table, name, pa.array(["x"] * len(table)))),
        )
    yield "one row", lambda path: change(path, lambda table: table.slice(0, 1))
    yield "no row", lambda path: change(path, lambda table: table.slice(0, 0))


def of_lines(lines: list[str], at: int = 1) -> Iterator[Fault]:
    """A line put in the place of the one at `at`."""
    for line in lines:

        def change(path: Path, line: str = line) -> None:
            rows = path.read_text(encoding="utf-8").splitlines()
            rows[at] = line
            path.write_text("\n".join(rows) + "\n", encoding="utf-8")

        yield f"a line {line[:40]!r}", change


LABEL_LINES = [
    "", "a_0", "a_0,U+3042", "a_0,U+3042 1 2 9", "a_0,U+3042 x 2 9 12", "a_0,U+3042 1 2 -9 12", "a_0,3042 1 2 9 9",
    "a_1,U+3042 1 2 9 12", "a_0,U+3042 1 2 9 nan", "a_0,U+3042 1 2 9 inf", "a_0,U+3042 1 2 1e300 9",
    "a_0,U+FFFFFFFFF 1 2 9 9", ",U+3042 1 2 9 12", 'a_0,"U+3042 1 2 9 12', "a_0,U+3042 1 2 9 12,more",
    "a_0,U+3042 1 2 0 12", "a_0,U+D800 1 2 9 12", "a_0,U+3042 ١ 2 9 12", "a\0,U+3042 1 2 9 12",
]  # fmt: skip
TWICE = "a_0,U+3042 1 2 9 12 U+3042 1 2 9 12"
PAGE_LINES = [
    TWICE, "a_0,U+3042 35 2 9 12", "a_0,U+3042 90 2 9 12", "b_0,U+3042 1 2 9 12", "a_0,U+3042 1 2 0.0001 12",
    "../a_0,U+3042 1 2 9 12",
]  # fmt: skip
SPLIT_LINES = [
    "", "pack,0", "other,0,い,1,1,0", "pack,9,い,1,1,0", "pack,-1,い,1,1,0", "pack,0.5,い,1,1,0", "pack,0,ろ,1,1,0",
    "pack,0,は,1,1,0", "pack,1,ろ,1,1,0", "pack,0,い,-1,1,0", "pack,0,い,nan,1,0", "pack,0,い,1,0,0", "pack,0,い,1,1,x",
    ",0,い,1,1,0", "pack,,い,1,1,0", "pack,0,い,1e999,1,0", "pack,99999999999999999999,い,1,1,0",
    "pack,0,い,1,1,0,more", 'pack,0,"い,1,1,0', "../pack,0,い,1,1,0", "pack\0,0,い,1,1,0",
]  # fmt: skip
SPLIT_HEADERS = [
    "pack,row", "pack,row,label,label", "row,label,weight,repeat,pack,shared", "pack,row,label,weight,repeat,other",
    "pack,row,other,weight,repeat,shared", "",
]  # fmt: skip
IMAGE_LINES = [
    "",
    "U+3042",
    "U+3042,a,b",
    "U+3042,none.png",
    ",a.png",
    'U+3042,"a.png',
    "U+3042,train_images",
    "x\0,y.png",
]


def of_checkpoint(path: Path) -> Iterator[Fault]:
    state = torch.load(path, weights_only=True)
    yield from of_values(state, changed_checkpoint())
    yield from of_values(state["input"], changed_checkpoint("input"), "input.")
    architecture = "arch" if "arch" in state else "detector"
    some = {name: state[architecture][name] for name in list(state[architecture])[:8]}
    yield from of_values(some, changed_checkpoint(architecture), f"{architecture}.")
    if "classes" in state:
        yield from of_values(state["classes"], changed_checkpoint("classes"), "classes.")
        yield from of_values(state["classes"]["label"], changed_checkpoint("classes", "label"), "classes.label.")
    first = next(iter(state["model"]))
    for name, value in (("NaN", torch.nan), ("infinite", torch.inf)):
        yield (
            f"a weight {name}",
            lambda copy, value=value: changed_checkpoint("model")(
                copy, lambda model: model[first].view(-1)[0].fill_(value)
            ),
        )
    yield (
        "a weight of another shape",
        lambda copy: changed_checkpoint("model")(copy, lambda model: model.update({first: torch.zeros(3)})),
    )
    yield (
        "a weight that is no tensor",
        lambda copy: changed_checkpoint("model")(copy, lambda model: model.update({first: [1.0]})),
    )
    yield "another dictionary", lambda copy: torch.save({"weights": 1}, copy)
    yield "a list", lambda copy: torch.save([1, 2], copy)
    yield "a module", lambda copy: torch.save(torch.nn.Linear(2, 2), copy)


def of_pack(path: Path) -> Iterator[Fault]:
    yield from of_values(json.loads((path / "meta.json").read_text()), changed_json("meta.json"))
    yield from of_columns(["label", "image_id", "group", "source", "weight"], "samples.parquet")
    for name, images in (
        ("float", np.zeros((4, 8, 8, 1), np.float32)),
        ("fewer", np.zeros((3, 8, 8, 1), np.uint8)),
        ("flat", np.zeros((4, 64), np.uint8)),
        ("objects", np.array([None, {}], object)),
    ):
        yield f"images {name}", lambda copy, images=images: np.save(copy / "images.npy", images)
    for line in ("", "い,い", "い,い,x", "に,に,2", "ろ,ろ,2", "い,い,99999999999999999999"):
        ((name, change),) = of_lines([line])
        yield f"classes.csv: {name}", lambda copy, change=change: change(copy / "classes.csv")


def of_reader(path: Path) -> Iterator[Fault]:
    config = json.loads((path / "config.json").read_text())
    yield from of_values(config, changed_json("config.json"))
    yield from of_values(config["models"][1], changed_json("config.json", "models", "1"), "models.1.")
    some = config["models"][1]["file"]
    yield from of_values(config["files"][some], changed_json("config.json", "files", some), "files.")
    yield from of_values(config["settings"], changed_json("config.json", "settings"), "settings.")
    yield (
        "a file from above",
        lambda copy: changed_json("config.json", "files")(
            copy, lambda files: files.update({"../x": {"size": 1, "sha256": ""}})
        ),
    )


def of_boxes(path: Path) -> Iterator[Fault]:
    header = json.loads(pq.read_schema(path).metadata[b"mojika"])
    yield from of_values(header, changed_header)
    for part in ("pages", "class_list"):
        yield from of_values(
            header[part],
            lambda copy, apply, part=part: changed_header(copy, lambda whole: apply(whole[part])),
            f"{part}.",
        )
    yield from of_columns(pq.read_schema(path).names)


def of_shard(path: Path) -> Iterator[Fault]:
    def change(copy: Path, apply: Callable[[pa.Table], pa.Table]) -> None:
        pq.write_table(apply(pq.read_table(copy)), copy)

    yield "without a column", lambda copy: change(copy, lambda table: table.drop_columns(["7"]))
    yield "no id", lambda copy: change(copy, lambda table: table.set_column(0, "image_id", pa.array(["a", None])))
    yield "no row", lambda copy: change(copy, lambda table: table.slice(0, 0))


def of_manifest(path: Path) -> Iterator[Fault]:
    book = json.loads(path.read_text())
    yield from of_values(book, changed_json(""))
    yield from of_values(book["sequences"][0], changed_json("", "sequences", "0"), "sequence.")
    canvas = ("", "sequences", "0", "canvases", "0")
    yield from of_values(book["sequences"][0]["canvases"][0], changed_json(*canvas), "canvas.")
    for text in ("[" * 100_000, "null", '"x"', "[]", "{}", '{"type": "Collection", "items": 3}', "1e999"):
        yield f"{text[:20]}", lambda copy, text=text: copy.write_text(text) and None


def of_pages(path: Path) -> Iterator[Fault]:
    for name, change in of_lines([*LABEL_LINES, *PAGE_LINES]):
        yield f"train.csv: {name}", lambda copy, change=change: change(copy / "train.csv")
    yield "a list of code points", lambda copy: (copy / "unicode_translation.csv").write_text("U+3042,x\n") and None
    yield "a page of another kind", lambda copy: (copy / "train_images" / "b.jp2").write_bytes(b"x") and None
    yield (
        "a page without row",
        lambda copy: shutil.copy(copy / "train_images/a_0.png", copy / "train_images/b.png") and None,
    )
    yield "no images", lambda copy: shutil.rmtree(copy / "train_images")


OWN: dict[str, Callable[[Path], Iterator[Fault]]] = {
    "pages": of_pages,
    "labels": lambda path: of_lines(LABEL_LINES),
    "image list": lambda path: of_lines(IMAGE_LINES),
    "split": lambda path: iter([*of_lines(SPLIT_LINES), *of_lines(SPLIT_HEADERS, at=0)]),
    "pack": of_pack,
    "boxes": of_boxes,
    "shard": of_shard,
    "classifier": of_checkpoint,
    "detector": of_checkpoint,
    "reader": of_reader,
    "manifest": of_manifest,
}
