"""The files of a reader, wherever they lie: a reader's folder, what a pipeline left, `.model` files, or a hub."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mojika.data.grapheme_labels import HEADS
from mojika.errors import UserError
from mojika.files.faults import well_formed
from mojika.files.fingerprints import digest
from mojika.files.reader_folder import (
    CONFIG,
    FILTER,
    ModelKind,
    ReaderFolder,
    find_member,
    is_reader_folder,
    model_digest,
)
from mojika.files.reader_folder import ONNX as ONNX_SUFFIX
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.reader.default_settings import default_settings
from mojika.reader.hub import HUB, fetch_reader
from mojika.reader.language_file import LanguageFile
from mojika.reader.onnx_network import ONNX
from mojika.reader.pipeline_models import models_of_run, pipeline_models
from mojika.reader.settings import ReaderSettings


@dataclass(frozen=True)
class ModelFile:
    """A model that has not been loaded: `load_detector` and `load_model` take its `path`.

    `spec` says which images it wants, `heads` what a classifier reads (none of a detector), `digest` tells it from all
    models that say anything else.
    """

    path: Path
    kind: ModelKind
    spec: InputSpec | PageInputSpec
    heads: tuple[str, ...]
    digest: str

    @property
    def reads_graphemes(self) -> bool:
        return set(self.heads) == set(HEADS)


@dataclass(frozen=True)
class ReaderFiles:
    """What a reader is made of. `settings` is None where there is no detector; `filter` is a folder for `read_filter`.

    `mean` is how the probabilities of classifiers of graphemes are averaged. `note` is one line on what was chosen,
    where there was a choice; `license` is that of a reader's folder, where it says one. `language` is a language model.
    """

    name: str
    detectors: tuple[ModelFile, ...]
    classifiers: tuple[ModelFile, ...]
    settings: ReaderSettings | None
    filter: Path | None = None
    mean: str = "arithmetic"
    note: str = ""
    license: str | None = None
    language: LanguageFile | None = None

    @property
    def reads_graphemes(self) -> bool:
        return bool(self.classifiers) and all(model.reads_graphemes for model in self.classifiers)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the models and the filter; settings and the language model are another matter."""
        models = [model.digest for model in (*self.detectors, *self.classifiers)]
        filtering = (self.filter / "meta.json").read_text(encoding="utf-8") if self.filter else None
        return digest({"models": models, "filter": filtering, "mean": self.mean})


def open_reader_files(*specs: str) -> ReaderFiles:
    """The reader that one or several texts name, without loading its networks.

    A reader's folder, or `hf:OWNER/NAME[@REVISION]`, which is one; a pipeline's `models/` folder (the last models that
    it left); or any number of run folders and `.model` files, of which the kinds are recognised. Torch is imported for
    the last two only. Raises `UserError` where nothing of these is found, or a file is not what it should be.
    """
    if not specs:
        raise UserError("expected models: a reader's folder, a pipeline's models/, .model files or hf:OWNER/NAME")
    if len(specs) == 1 and (specs[0].startswith(HUB) or is_reader_folder(Path(specs[0]))):
        return _of_folder(specs[0], open_folder(specs[0]))
    if len(specs) == 1 and Path(specs[0]).is_dir() and not models_of_run(Path(specs[0])):
        models, filter_folder, note = pipeline_models(Path(specs[0]))
        if not models:
            raise UserError(f"{specs[0]}: expected a reader's folder, a run or a pipeline's models, found none")
        return _of_models(specs[0], models, filter_folder, note)
    return _of_models(", ".join(specs), [model for spec in specs for model in _models(Path(spec))])


def open_folder(spec: str) -> ReaderFolder:
    """The reader's folder of this path, or the local copy of `hf:OWNER/NAME[@REVISION]`."""
    return ReaderFolder.open(fetch_reader(spec) if spec.startswith(HUB) else Path(spec))


def _models(path: Path) -> list[Path]:
    """Of a run its best model, or the last snapshot of a detector; of a reader's folder all; else the file itself."""
    if is_reader_folder(path):
        return [member.path for member in ReaderFolder.open(path).members()]
    found = models_of_run(path)
    if path.is_dir() and not found:
        raise UserError(f"{path}: expected a run or a .model file, found a folder without models")
    return found[-1:] or [path]


def _of_models(name: str, paths: list[Path], filter_folder: Path | None = None, note: str = "") -> ReaderFiles:
    models = [_described(path) for path in paths]
    detectors = tuple(model for model in models if model.kind == "detector")
    classifiers = tuple(model for model in models if model.kind == "classifier")
    specs = [model.spec for model in detectors if isinstance(model.spec, PageInputSpec)]
    settings = default_settings(specs) if specs else None
    return ReaderFiles(name, detectors, classifiers, settings, filter_folder, note=note)


def _described(path: Path) -> ModelFile:
    if member := find_member(path, None):
        return _member(member.path, member.about, member.digest)
    if path.suffix == ONNX_SUFFIX:
        about = ONNX.read(path)
        return _member(path, about | {"kind": about["model"]}, model_digest(path))
    from mojika.training.checkpoints import load_checkpoint
    from mojika.training.model_file import read_spec

    state = load_checkpoint(path, whole=False)
    with well_formed(path, "a model"):
        if "detector" in state:
            return ModelFile(path, "detector", read_spec(PageInputSpec, state, path), (), model_digest(path))
        spec = read_spec(InputSpec, state, path)
        return ModelFile(path, "classifier", spec, tuple(state["classes"]), model_digest(path))


def _of_folder(name: str, folder: ReaderFolder) -> ReaderFiles:
    models = [_member(member.path, member.about, member.digest) for member in folder.members()]
    config = folder.config
    settings = config.get("settings")
    filtering = [file for file in folder.files if file.startswith(f"{FILTER}/")]
    used = [file for name in ("meta.json", "booster_*.txt") for file in (folder.path / FILTER).rglob(name)]
    for file in {*filtering, *(file.relative_to(folder.path).as_posix() for file in used)}:
        folder.file(file)
    try:
        return ReaderFiles(
            name,
            tuple(model for model in models if model.kind == "detector"),
            tuple(model for model in models if model.kind == "classifier"),
            None if settings is None else ReaderSettings.from_plain(settings),
            folder.path / FILTER if filtering else None,
            mean=config.get("mean", "arithmetic"),
            license=config.get("license"),
            language=_language(folder),
        )
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise UserError(f"{folder.path}: settings: {error}") from None


def _language(folder: ReaderFolder) -> LanguageFile | None:
    about = folder.config.get("language_model")
    if about is None:
        return None
    if not isinstance(about, dict) or not about.keys() >= {"file", "weight", "temperature"}:
        raise UserError(f"{folder.path / CONFIG}: language_model: expected file, weight and temperature")
    return LanguageFile.open(folder.file(about["file"]), weight=about["weight"], temperature=about["temperature"])


def _member(path: Path, about: dict[str, Any], own_digest: str) -> ModelFile:
    try:
        if about["kind"] == "detector":
            return ModelFile(path, "detector", PageInputSpec.from_plain(about["input"]), (), own_digest)
        return ModelFile(path, "classifier", InputSpec.from_plain(about["input"]), tuple(about["classes"]), own_digest)
    except (TypeError, ValueError, KeyError) as error:
        raise UserError(f"{path}: input: {error}") from None
