"""Which reader a command uses: its files, its settings and where it computes, before anything is loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from mojika import __version__
from mojika.errors import ParameterError, UserError
from mojika.files.reader_folder import ONNX
from mojika.reader.reader_files import ReaderFiles
from mojika.reader.settings import ReaderSettings
from mojika.reading.page import Page

_VERSION = 1  # rises when the same models and settings make another page


class PageMaker(Protocol):
    """A reader whose models are loaded: of pages, or of single graphemes."""

    def read(self, pixels: np.ndarray) -> Page:
        """The page of upright pixels `(H, W, 3) uint8`; where these came from is another matter."""


@dataclass(frozen=True)
class ChosenReader:
    """`settings` are None for models of graphemes, which need none. It can be sent to another process."""

    files: ReaderFiles
    settings: ReaderSettings | None
    device: str = "auto"
    runtime: str = "torch"

    def __post_init__(self) -> None:
        if not self.files.classifiers:
            raise UserError(f"{self.files.name}: expected a classifier beside the detector, found none")
        if not self.files.reads_graphemes and not self.files.detectors:
            raise UserError(f"{self.files.name}: expected a detector, which finds the characters of a page, found none")

        for path in (model.path for model in (*self.files.detectors, *self.files.classifiers)):
            if self.runtime == "onnx" and path.suffix != ONNX:
                raise ParameterError(f"{path}: {{runtime}} onnx reads ONNX files: `mojika export-onnx` makes them")
            if self.runtime != "onnx" and path.suffix == ONNX:
                raise ParameterError(f"{path}: an ONNX file is read by {{runtime}} onnx only")

    @property
    def name(self) -> str:
        return self.files.name

    def read_from(self, image: str) -> dict[str, Any]:
        """The plain values that decide what is read in an image of this fingerprint."""
        settings = self.settings.to_plain() if self.settings else None
        return {
            "stage": "recognize",
            "version": _VERSION,
            "image": image,
            "models": self.files.fingerprint,
            "runtime": self.runtime,
            "settings": settings,
            **self._language,
        }

    @property
    def made_by(self) -> dict[str, object]:
        """What a page says of what read it."""
        about: dict[str, object] = {"program": f"mojika {__version__}", "models": self.name}
        if self.settings:
            about["settings"] = self.settings.to_plain()
        return about | {"models_fingerprint": self.files.fingerprint, "runtime": self.runtime, **self._language}

    @property
    def _language(self) -> dict[str, Any]:
        """What a page that was read without a language model says nothing of."""
        return {"language_model": self.files.language.to_plain()} if self.files.language else {}

    def load(self) -> tuple[PageMaker, str]:
        """The reader with its models loaded, and where it computes, for a person.

        Raises `UserError` where the models or the device are not what they should be.
        """
        if self.runtime == "onnx":
            from mojika.reader.onnx_reader import load_onnx_reader

            return load_onnx_reader(self)
        from mojika.reader.torch_reader import load_torch_reader

        return load_torch_reader(self)


def runtime_of(files: ReaderFiles) -> str:
    """What computes these networks: `onnx` where they are ONNX files, else `torch`."""
    paths = [model.path for model in (*files.detectors, *files.classifiers)]
    return "onnx" if paths and all(path.suffix == ONNX for path in paths) else "torch"


def with_settings(
    files: ReaderFiles, asked: Mapping[str, Any], filter_folder: Path | None = None
) -> tuple[ReaderFiles, ReaderSettings | None]:
    """The files with another filter, where one is given, and their settings with those that were `asked` for.

    Raises `UserError` where a reader of graphemes is asked to search pages.
    """
    if files.reads_graphemes:
        if asked or filter_folder:
            raise ParameterError(f"{files.name} reads single graphemes: leave {{{next(iter(asked), 'filter')}}} out")
        return files, None
    settings = replace(files.settings, **asked) if files.settings else None
    return replace(files, filter=filter_folder or files.filter), settings
