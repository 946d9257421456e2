"""Class folders, or the 2019 scripts' lists of image files, `label,path` without a header; their packs in the cache.

Lists and images may lie in object stores.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import numpy as np
import pandas as pd

from mojika.data.class_folders import read_class_folders
from mojika.data.class_list import ClassList
from mojika.data.crops import in_colours, resize
from mojika.data.derived_packs import EXCHANGED
from mojika.data.images import read_image
from mojika.data.near_ids import NearIds
from mojika.data.pack import PACK, Pack
from mojika.data.pack_writer import write_pack
from mojika.errors import UserError
from mojika.files.fetching import fetched, fetched_all
from mojika.files.fingerprints import digest
from mojika.files.text_table import csv_rows
from mojika.files.urls import Place, Url, place_from
from mojika.runtime.parallel import available_cores, ordered_map
from mojika.runtime.progress import track
from mojika.sizes import Size, height_width

_IMAGES_AT_ONCE = 64
_NAMED_AT_MOST = 3
_PSEUDO_FOLDER = "pseudo_images"  # where the 2019 scripts kept the crops that a model had labelled


@dataclass(frozen=True, eq=False)
class ImageList:
    """`labels` of the image files `paths`, both `(N,)`, and a digest of labels, paths, sizes and modification times.

    `files` are the paths' files; copies of those that are addresses of a store.
    """

    path: Place
    labels: list[str]
    paths: list[str]
    files: list[Path]
    digest: str


def read_image_list(path: Place) -> ImageList:
    """A list, or the images of class folders (`read_class_folders`) in the same form.

    A list's paths are relative to the working directory or else to its folder; of a list in a store, to the list.
    Raises `UserError` on a row without two fields, on files that do not exist, and on folders without classes.
    """
    if is_folder(path):
        return _read_folders(path)
    rows = _read_rows(path)
    places = [place_from(path.parent, name) for _, name in rows]
    fetched_all(each for each in places if isinstance(each, Url))
    found = [_find(name, at) for (_, name), at in zip(rows, places, strict=True)]
    present = [at for at in found if at is not None]
    if len(present) < len(rows):
        missing = [name for (_, name), at in zip(rows, found, strict=True) if at is None]
        names = ", ".join(missing[:_NAMED_AT_MOST]) + _hint(missing[0], path)
        raise UserError(f"{path}: {len(missing):,} of {len(rows):,} images are not there: {names}")
    labels = [label for label, _ in rows]
    content = [[label, *at] for label, at in zip(labels, present, strict=True)]
    files = [fetched(at) if isinstance(at, Url) else Path(name) for at, (name, *_) in zip(places, present, strict=True)]
    return ImageList(path, labels, [at[0] for at in present], files, digest(content))


def is_folder(path: Place) -> TypeGuard[Path]:
    """Whether it is a folder on a disk."""
    return isinstance(path, Path) and path.is_dir()


def pack_image_list(
    images: ImageList, classes: ClassList, size: Size, channels: int, cache: Path, *, exchanged: bool = False
) -> Pack:
    """The list's pack in `cache`, made when it is not there; its rows are the list's lines, its classes `classes`.

    Images are resized to `size` regardless of their aspect ratio; with `exchanged` colour that becomes gray has its red
    and blue exchanged first. Raises `UserError` on labels missing from `classes`
    and on unreadable images.
    """
    classes.indices(images.labels)
    made_from: dict[str, object] = {
        "stage": "image list",
        "scale_size": size,
        "channels": channels,
        "images": images.digest,
        "classes": classes.digest,
        **({"pseudo": _PSEUDO_FOLDER} if "pseudo" in _sources(images) else {}),
        **({EXCHANGED: True} if exchanged and channels == 1 else {}),
    }
    folder = cache / PACK.fingerprint(made_from)[:32]
    if not folder.exists():
        _pack(images, classes, size, channels, folder, made_from, exchanged and channels == 1)
    return Pack.open(folder)


def _pack(
    images: ImageList,
    classes: ClassList,
    size: Size,
    channels: int,
    folder: Path,
    made_from: dict[str, object],
    exchanged: bool,
) -> None:
    def read(paths: list[Path]) -> list[tuple[np.ndarray, tuple[int, int]]]:
        originals = (read_image(path, 3 if exchanged else channels) for path in paths)
        return [
            (resize(in_colours(image, channels, exchanged=exchanged), size), image.shape[1::-1]) for image in originals
        ]

    count, extents = len(images.paths), []
    lots = [images.files[start : start + _IMAGES_AT_ONCE] for start in range(0, count, _IMAGES_AT_ONCE)]
    squares = (square for lot in ordered_map(read, lots, available_cores()) for square in lot)
    with write_pack(folder, size=height_width(size), channels=channels, expected_count=count) as writer:
        for square, extent in track(squares, total=count, description=f"packing {images.path.name}", unit="image"):
            writer.append(square.reshape(1, *height_width(size), channels))
            extents.append(extent)
        writer.finish(_samples(images, extents), {"label": classes.recounted(images.labels)}, made_from)


def _samples(images: ImageList, extents: list[tuple[int, int]]) -> pd.DataFrame:
    width, height = np.array(extents, np.float32).T
    return pd.DataFrame(
        {
            "label": images.labels,
            "image_id": images.paths,
            "x1": np.float32(0),
            "y1": np.float32(0),
            "x2": width,
            "y2": height,
            "group": "",
            "source": _sources(images),
            "weight": np.float32(1),
        }
    )


def _sources(images: ImageList) -> list[str]:
    return ["pseudo" if _PSEUDO_FOLDER in Path(path).parts else "train" for path in images.paths]


def _read_folders(folder: Path) -> ImageList:
    found = read_class_folders(folder)
    present = [_described(path) for path in found.paths]
    content = [[label, *at] for label, at in zip(found.labels, present, strict=True)]
    return ImageList(folder, found.labels, [at[0] for at in present], found.paths, digest(content))


def _read_rows(path: Place) -> list[tuple[str, str]]:
    try:
        lines = [(number, row) for number, row in enumerate(csv_rows(path), start=1) if row]
    except FileNotFoundError:
        raise UserError(f"{path}: no such list of label,path") from None
    for number, row in lines:
        if len(row) != 2 or not all(row):
            raise UserError(f"{path} row {number}: expected label,path, found {','.join(row)[:80]!r}")
    if not lines:
        raise UserError(f"{path}: expected lines label,path, found an empty file")
    return [(row[0], row[1]) for _, row in lines]


def _find(name: str, at: Place) -> tuple[str, int, int] | None:
    """Absolute path, size and modification time of a file, which may also be `name` in the working directory."""
    for candidate in (at,) if isinstance(at, Url) else (Path(name), at):
        file = fetched(candidate)
        if file.is_file():
            return _described(file, at)
    return None


def _hint(name: str, where: Place) -> str:
    """Whether a file that looks like a missing one is in its folder."""
    parts = Path(name.replace("\\", "/"))
    for root in (Path(), *([where.parent] if isinstance(where, Path) else [])):
        if (root / parts).parent.is_dir():
            names = os.listdir((root / parts).parent)
            if hint := NearIds(str(parts.with_name(each)) for each in names).hint(name):
                return hint
    return ""


def _described(file: Path, at: Place = Path()) -> tuple[str, int, int]:
    status = file.stat()
    return str(at) if isinstance(at, Url) else os.path.abspath(file), status.st_size, status.st_mtime_ns
