"""Class folders: an image belongs to the class that the folder below the root is named after (`か/0001.png`)."""

import os
from dataclasses import dataclass
from pathlib import Path

from mojika.data.class_list import named
from mojika.data.code_points import label_named
from mojika.data.image_suffixes import SUFFIXES
from mojika.errors import UserError

PARTS = {  # how people name the folders of a split data set
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("valid", "val", "validation", "dev"), "valid"),
    **dict.fromkeys(("test", "testing"), "test"),
}


@dataclass(frozen=True)
class ClassFolders:
    """`labels` of the image files `paths`, in the order of folders and names; `others` are files that are no images."""

    labels: list[str]
    paths: list[Path]
    others: list[Path]


def read_class_folders(folder: Path) -> ClassFolders:
    """All images below the folders of `folder`, at any depth; `か` and `U+304B` are one class.

    What begins with a dot is passed over. Raises `UserError` where `folder` has no folders with
    images, or where these are the parts of a data set (`train`, `valid`) and not classes.
    """
    classes = folders_in(folder)
    parts = parts_of(folder)
    if parts:
        shown = " ".join(f"{folder / name}" for name in parts)
        raise UserError(f"{folder}: expected a folder for each class, found {named(parts)}; name them: {shown}")
    labels, paths, others = [], [], []
    for name in classes:
        for path in files_below(folder / name):
            if is_image(path):
                labels.append(label_named(name))
                paths.append(path)
            else:
                others.append(path)
    if not paths:
        raise UserError(f"{folder}: expected a CSV file, or a folder that has a folder of images for each class")
    return ClassFolders(labels, paths, others)


def parts_of(folder: Path) -> dict[str, str]:
    """The names of folders that are parts of a data set → `train`, `valid` or `test`; none where others are there."""
    names = folders_in(folder)
    found = {name: PARTS[name.lower()] for name in names if name.lower() in PARTS}
    return found if len(found) == len(names) else {}


def folders_in(folder: Path) -> list[str]:
    """Names of the folders, sorted; those that begin with a dot are passed over."""
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def files_below(folder: Path) -> list[Path]:
    """All files at any depth, sorted within each folder; what begins with a dot is passed over."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent) / name for name in sorted(names) if not name.startswith(".")]
    return found


def is_image(path: Path) -> bool:
    """Whether the file is called like an image."""
    return path.suffix.lower() in SUFFIXES
