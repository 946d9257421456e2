"""A reader as a folder: what its `config.json` says of the files beside it, and only files that are what it says.

The folder may come from strangers: neither a name nor a link in it leaves it, and a file is used only with the size and
SHA-256 that are recorded. Weights are safetensors, everything else is text; nothing in it is executed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from mojika.errors import UserError
from mojika.files.artifact import Header, JsonFile, Kind
from mojika.files.fingerprints import digest, file_digest

ModelKind = Literal["detector", "classifier"]

CONFIG, CARD, SUMS = "config.json", "README.md", "SHA256SUMS"
FILTER = "filter"  # the folder of the false-positive filter
LANGUAGE = "language_model.ngrams"  # of characters, where the reader has one
WEIGHTS, ONNX = ".safetensors", ".onnx"
NETWORKS = WEIGHTS, ONNX  # what a model may be
READER = Kind("reader", 1, JsonFile(CONFIG), "a reader of", "a reader's folder, as `mojika bundle` writes it")
_NAME = re.compile(rf"({FILTER}/)?[A-Za-z0-9][A-Za-z0-9._-]{{0,199}}")
_LARGEST_CONFIG = 16 * 2**20  # bytes
_DECISIVE = ("kind", "architecture", "input", "precision", "classes")  # beside the weights


@dataclass(frozen=True)
class Member:
    """A model of a reader's folder; `about` is its entry in the configuration."""

    folder: "ReaderFolder"
    about: dict[str, Any]

    @property
    def kind(self) -> ModelKind:
        kind: ModelKind = self.about["kind"]
        return kind

    @property
    def path(self) -> Path:
        """Its weights; whatever takes a `.model` file takes this path."""
        return self.folder.path / str(self.about["file"])

    @property
    def digest(self) -> str:
        """Of all that decides what the model says; no file is read for it."""
        recorded: str = self.folder.files[self.about["file"]]["sha256"]
        of_some = {"temperatures": self.about["temperatures"]} if "temperatures" in self.about else {}
        return digest({"sha256": recorded, **{name: self.about.get(name) for name in _DECISIVE}, **of_some})


@dataclass(frozen=True)
class ReaderFolder:
    """`config` is the header that `READER` describes, with further keys: `models`, `files`, `settings`, …"""

    path: Path
    config: Header

    @classmethod
    def open(cls, path: Path) -> "ReaderFolder":
        """Read the configuration; raises `UserError` where there is none, or one that makes no sense."""
        file = path / CONFIG
        _expect_within(path, file)
        if file.is_file() and file.stat().st_size > _LARGEST_CONFIG:
            raise UserError(f"{file}: expected the configuration of a reader, found {file.stat().st_size:,} bytes")
        folder = cls(path, READER.read(path))
        folder._check_files()
        folder._check_members()
        return folder

    @property
    def files(self) -> dict[str, dict[str, Any]]:
        """Size in bytes and SHA-256 by name, of all files but the configuration."""
        files: dict[str, dict[str, Any]] = self.config["files"]
        return files

    def members(self, kind: ModelKind | None = None) -> list[Member]:
        found = [Member(self, about) for about in self.config["models"]]
        return [member for member in found if kind in (None, member.kind)]

    def member(self, kind: ModelKind | None) -> Member:
        """The only model, of a kind where one is wanted; raises `UserError` where there is none, or several."""
        found, wanted = self.members(kind), kind or "model"
        if not found:
            raise UserError(f"{self.path}: expected a reader with a {wanted}, found {self._contents()}")
        if len(found) > 1:
            names = ", ".join(str(member.path) for member in found)
            raise UserError(f"{self.path}: expected one {wanted}, found {len(found)}; name one of them: {names}")
        return found[0]

    def file(self, name: object) -> Path:
        """Where the file of this name lies; raises `UserError` where it is not the one that was recorded."""
        if not isinstance(name, str) or name not in self.files:
            raise UserError(f"{self.path / CONFIG}: a file {name!r} is used and not listed")
        path, recorded = self.path / name, self.files[name]
        _expect_within(self.path, path)
        if not path.is_file():
            raise UserError(f"{path}: no such file; the reader is incomplete")
        size = path.stat().st_size
        if size != recorded["size"]:
            raise UserError(f"{path}: expected {recorded['size']:,} bytes, found {size:,}; fetch or bundle it again")
        if file_digest(path) != recorded["sha256"]:
            raise UserError(f"{path}: another SHA-256 than {CONFIG} records; fetch or bundle it again")
        return path

    def check(self) -> None:
        """Read every file; raises `UserError`, naming all that are not what was recorded."""
        wrong = []
        for name in self.files:
            try:
                self.file(name)
            except UserError as error:
                wrong.append(str(error))
        if wrong:
            raise UserError("; ".join(wrong))

    def _contents(self) -> str:
        kinds = [member.kind for member in self.members()]
        return ", ".join(f"{kinds.count(kind)} {kind}{'s'[: kinds.count(kind) > 1]}" for kind in sorted(set(kinds)))

    def _check_files(self) -> None:
        files = self.config.get("files")
        if not isinstance(files, dict):
            raise UserError(f"{self.path / CONFIG}: expected the sizes and digests of files, found none")
        for name, about in files.items():
            if not _NAME.fullmatch(name):
                raise UserError(f"{self.path / CONFIG}: {name[:80]!r}: expected the name of a file in this folder")
            if not (isinstance(about, dict) and isinstance(about.get("size"), int) and "sha256" in about):
                raise UserError(f"{self.path / CONFIG}: {name}: expected its size and SHA-256")

    def _check_members(self) -> None:
        models = self.config.get("models")
        if not isinstance(models, list) or not models:
            raise UserError(f"{self.path / CONFIG}: expected models, found none")
        for about in models:
            file = about.get("file") if isinstance(about, dict) else None
            listed = isinstance(file, str) and file in self.files and file.endswith(NETWORKS)
            if not listed or about.get("kind") not in get_args(ModelKind):
                raise UserError(f"{self.path / CONFIG}: expected a detector's or classifier's file, found {file!r}")


def _expect_within(folder: Path, file: Path) -> None:
    """Links may lead to files of the folder, or to those that the hub's cache keeps for all revisions of it."""
    home, target = folder.resolve(), file.resolve()
    if not any(map(target.is_relative_to, (home, home.parent.parent / "blobs"))):
        raise UserError(f"{file}: a link that leads out of the reader's folder; put the file itself in its place")


def is_reader_folder(path: Path) -> bool:
    return path.is_dir() and (path / CONFIG).is_file()


def is_model(name: str) -> bool:
    """Whether the text names a `.model` file, a reader's folder or one of its models.

    Other folders of weights have a `config.json` too, in which something else stands.
    """
    path = Path(name)
    folder = path.parent if path.suffix in NETWORKS else path
    try:
        return path.suffix == ".model" or (is_reader_folder(folder) and bool(READER.read(folder)))
    except UserError:
        return False


def find_member(path: Path, kind: ModelKind | None) -> Member | None:
    """The model that a path names: the only one (of a `kind`) in a reader's folder, or the file of one of them.

    None for every other path. Raises `UserError` where a folder does not have just one.
    """
    if is_reader_folder(path):
        return ReaderFolder.open(path).member(kind)
    if path.suffix not in NETWORKS or not is_reader_folder(path.parent):
        return None
    named = [member for member in ReaderFolder.open(path.parent).members() if member.path == path]
    if not named:
        raise UserError(f"{path}: not a model of the reader {path.parent}")
    return named[0]


def model_files(paths: Iterable[Path], kind: ModelKind) -> list[Path]:
    """The paths, all models of a kind in the place of each reader's folder; raises `UserError` where that has none."""
    found: list[Path] = []
    for path in paths:
        folder = ReaderFolder.open(path) if is_reader_folder(path) else None
        members = folder.members(kind) or [folder.member(kind)] if folder else []
        found += [member.path for member in members] or [path]
    return found


def model_digest(path: Path, kind: ModelKind | None = None) -> str:
    """Digest of what `load_checkpoint` would load; raises `UserError` where there is no such file."""
    member = find_member(path, kind)
    return member.digest if member else file_digest(path)
