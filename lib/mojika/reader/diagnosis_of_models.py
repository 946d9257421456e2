"""What a reader is, in a line: which models of what, whether its files are whole, and what its licence is."""

from pathlib import Path

from mojika.files.reader_folder import ReaderFolder, is_reader_folder
from mojika.reader.reader_files import ReaderFiles, open_reader_files


def describe_reader(name: str) -> str:
    """Raises `UserError` where there is no reader, or a file of it is not the one that was recorded."""
    files = open_reader_files(name)
    if is_reader_folder(Path(name)):
        ReaderFolder.open(Path(name)).check()
    return f"{name}: {_kinds(files)}; licence: {files.license or 'none recorded'}"


def _kinds(files: ReaderFiles) -> str:
    reads = "of Bengali graphemes" if files.reads_graphemes else "of characters"
    parts = [
        _counted(len(files.detectors), "detector"),
        _counted(len(files.classifiers), "classifier") + f" {reads}" * bool(files.classifiers),
        "a false-positive filter" if files.filter else "",
    ]
    return ", ".join(filter(None, parts))


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count > 1)}" if count else ""
