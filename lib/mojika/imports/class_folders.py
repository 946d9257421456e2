"""Class folders (`か/1.png`), with or without folders of a training, a validation and a test part around them."""

from pathlib import Path

from mojika.data.class_folders import files_below, folders_in, is_image, parts_of, read_class_folders
from mojika.files.faults import Fault
from mojika.imports.found import TRAIN, Found, FoundCrop


def recognises(source: Path) -> bool:
    """Whether the images are in folders of the root's, or of its parts', and nowhere else."""
    if not source.is_dir() or any(is_image(source / name.name) for name in source.iterdir() if name.is_file()):
        return False
    return all(_has_classes(source / name) for name in parts_of(source)) if parts_of(source) else _has_classes(source)


def read(source: Path) -> Found:
    """A crop for each image; the files that are no images are faults."""
    found = Found()
    for name, part in (parts_of(source) or {"": TRAIN}).items():
        folders = read_class_folders(source / name)
        for label, path in zip(folders.labels, folders.paths, strict=True):
            found.crops.append(FoundCrop(path, label, path.relative_to(source).as_posix(), part))
        for path in folders.others:
            found.faults.append(Fault(path.relative_to(source).as_posix(), None, "expected an image"))
    return found


def _has_classes(folder: Path) -> bool:
    return any(any(map(is_image, files_below(folder / name))) for name in folders_in(folder))
