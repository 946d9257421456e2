"""Everything that is wrong with what a path holds: what has no fault here, the stages accept.

Each kind is read here by the function by which the stages read it, and to its end: every image is decoded, every file's
digest compared, every network built.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import torch

from mojika.boxes.filter_model import read_filter
from mojika.boxes.page_boxes import read_boxes
from mojika.data.checks import CHECKS, check_folder
from mojika.data.grapheme_shards import GraphemeShard, duplicate_ids
from mojika.data.image_list import read_image_list
from mojika.data.images import read_image
from mojika.data.pack import Pack
from mojika.data.page_labels import scan_page_labels
from mojika.data.page_set import PageSet
from mojika.data.split_list import read_table_as_it_is
from mojika.detection.detector_file import reading_detector
from mojika.errors import UserError
from mojika.files.faults import Fault
from mojika.files.reader_folder import WEIGHTS, ReaderFolder
from mojika.files.urls import Place
from mojika.inspection import kinds
from mojika.reader.reader_files import open_reader_files
from mojika.runtime.parallel import available_cores, ordered_map
from mojika.scans.manifest import read_manifest
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import reading_model

Argument = TypeVar("Argument")
CPU = torch.device("cpu")


def faults_of(where: Place) -> tuple[str, list[Fault]]:
    """The kind of what is there (see `kinds`), and its faults by file and row.

    Raises `UserError` where there is nothing that could be checked.
    """
    kind, path = kinds.kind_of(where)
    if kind in (kinds.PAGES, kinds.GRAPHEMES):
        return kind, check_folder(where)
    try:
        found = list(_LOOKS[kind](path))
    except UserError as error:
        found = [fault_of(path, error)]
    return kind, sorted(found, key=lambda fault: (fault.file, fault.row or 0))


def fault_of(path: Path, error: UserError) -> Fault:
    """What an error says of `path`, or of a file in it, with the row where it names one."""
    text = " ".join(str(error).split())
    named = re.match(rf"{re.escape(str(path))}(?:/(?P<inside>[^:\s]+))?(?: row (?P<row>\d+))?: ", text)
    if not named:
        return Fault(path.name, None, text)
    name = f"{path.name}/{named['inside']}" if named["inside"] else path.name
    return Fault(name, int(named["row"]) if named["row"] else None, text[named.end() :])


def _images(folder: Path) -> Iterator[Fault]:
    pages = PageSet.read(folder, None)
    for check in CHECKS:
        yield from check(pages)


def _labels(path: Path) -> list[Fault]:
    return scan_page_labels(path)[1]


def _image_list(path: Path) -> Iterator[Fault]:
    images = read_image_list(path)
    decoded = ordered_map(_undecodable, images.files, available_cores())
    for row, (name, reason) in enumerate(zip(images.paths, decoded, strict=True), start=1):
        if reason:
            yield Fault(path.name, row, reason) if path.is_file() else Fault(name, None, reason)


def _undecodable(path: Path) -> str | None:
    try:
        read_image(path)
    except UserError as error:
        return str(error)
    return None


def _pack(folder: Path) -> list[Fault]:
    pack = Pack.open(folder)
    _ = pack.targets
    pack.check_content()
    return []


def _split(path: Path) -> list[Fault]:
    read_table_as_it_is(path)
    return []


def _boxes(path: Path) -> list[Fault]:
    read_boxes(path)
    return []


def _shard(path: Path) -> list[Fault]:
    shard = GraphemeShard.open(path)
    for _ in shard.batches():
        pass
    return [*duplicate_ids([shard]), *[Fault(path.name, None, "expected images, found none")] * (not shard.ids)]


def _model(path: Path) -> list[Fault]:
    state = load_checkpoint(path)
    (reading_detector if "detector" in state else reading_model)(state, path, CPU)
    return []


def _reader(folder: Path) -> Iterator[Fault]:
    """Each file that is not as recorded; where all are, what cannot be made of them."""
    reader = ReaderFolder.open(folder)
    wrong = [*filter(None, (_attempted(folder, reader.file, name) for name in reader.files))]
    yield from wrong
    if not wrong:
        torch_models = [member.path for member in reader.members() if member.path.suffix == WEIGHTS]
        yield from filter(None, (_attempted(folder, _model, path) for path in torch_models))
        yield from filter(None, [_attempted(folder, _settings_and_filter, folder)])


def _settings_and_filter(folder: Path) -> None:
    files = open_reader_files(str(folder))
    if files.filter:
        read_filter(files.filter)


def _attempted(folder: Path, work: Callable[[Argument], object], argument: Argument) -> Fault | None:
    try:
        work(argument)
    except UserError as error:
        return fault_of(folder, error)
    return None


def _filter(folder: Path) -> list[Fault]:
    read_filter(folder)
    return []


def _manifest(path: Path) -> list[Fault]:
    read_manifest(path)
    return []


_LOOKS = {
    kinds.IMAGES: _images,
    kinds.LABELS: _labels,
    kinds.IMAGE_LIST: _image_list,
    kinds.SPLIT: _split,
    kinds.PACK: _pack,
    kinds.BOXES: _boxes,
    kinds.SHARD: _shard,
    kinds.MODEL: _model,
    kinds.READER: _reader,
    kinds.FILTER: _filter,
    kinds.MANIFEST: _manifest,
}
