"""Writing a reader's folder: models as safetensors, class lists and filter as text, and what they are in `config.json`.

Equal inputs give equal bytes: no time, path or machine goes into a file.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import save
from torch import nn

from mojika.boxes.filter_model import read_filter
from mojika.data.class_list import ClassList
from mojika.detection.detector_file import reading_detector
from mojika.errors import UserError
from mojika.files.artifact import Header
from mojika.files.atomic import atomic_folder, atomic_json, atomic_text
from mojika.files.fingerprints import digest, file_digest
from mojika.files.reader_folder import CARD, CONFIG, FILTER, LANGUAGE, READER, SUMS, WEIGHTS
from mojika.language.model_file import LANGUAGE_MODEL
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.reader.language_file import LanguageFile
from mojika.reader.model_card import model_card
from mojika.reader.reader_files import ReaderFiles
from mojika.recognition.reading_scale import at_scale
from mojika.training.checkpoints import load_checkpoint
from mojika.training.model_file import ReadingModel, reading_model
from mojika.training.stored_weights import SINGLE, stored

Spec = TypeVar("Spec", InputSpec, PageInputSpec)

_OF_A_RUN = re.compile(r"(best|last)(-\w+)?|(iteration|epoch)-\d+")


@dataclass(frozen=True, kw_only=True)
class About:
    """What people are told of a reader: its name, licence, what it learnt from, and numbers of its run by name."""

    name: str
    license: str | None = None
    data: tuple[str, ...] = ()
    scores: Mapping[str, float | int | None]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is said of models beyond their files, and how their weights are stored.

    `page_preprocessing` is what the pages went through, for models that do not say it; classifiers read at the scales
    of `scale_size`, as `at_scale` has them. `weights` is one of the `FORMS` that weights are stored in. Without
    `measured` the card has no numbers of the runs' validations: of runs that validated on what they learnt from.
    """

    page_preprocessing: tuple[str, ...] | None = None
    scale_size: Mapping[int | None, int] | None = None
    weights: str = SINGLE
    measured: bool = True

    def of_pages(self, spec: Spec) -> Spec:
        known = spec.page_preprocessing is not None or self.page_preprocessing is None
        return spec if known else replace(spec, page_preprocessing=self.page_preprocessing)


def made_from(files: ReaderFiles, about: About, changes: Changes) -> dict[str, Any]:
    """All that decides the content of a reader's folder."""
    return {
        "stage": "bundle",
        "models": [model.digest for model in (*files.detectors, *files.classifiers)],
        "filter": read_filter(files.filter).fingerprint if files.filter else None,
        "settings": digest([files.settings.to_plain() if files.settings else None, files.mean]),
        "about": digest(vars(about)),
        "page_preprocessing": changes.page_preprocessing and list(changes.page_preprocessing),
        "scale_size": changes.scale_size and [list(pair) for pair in changes.scale_size.items()],
        **({} if changes.weights == SINGLE else {"weights": changes.weights}),
        **({} if changes.measured else {"measured": False}),
        **({"language_model": files.language.to_plain()} if files.language else {}),
    }


def write_reader(
    out: Path,
    files: ReaderFiles,
    about: About,
    changes: Changes,
    made_from: dict[str, Any],
    at_most: float = math.inf,
) -> Header:
    """Write the folder `out`, whole or not at all; returns its configuration.

    Raises `UserError` where the classifiers, or the filter, are of different class lists, a file is not what it
    should be, or all together would have more than `at_most` bytes.
    """
    with atomic_folder(out, CONFIG) as folder:
        lists = _ClassLists(folder)
        models: list[dict[str, Any]] = []
        for path in [model.path for model in (*files.detectors, *files.classifiers)]:
            file = _free_name(path, [about["file"] for about in models]) + WEIGHTS
            models.append(_write_model(path, folder / file, lists, changes))
        if files.filter:
            _copy_filter(files.filter, folder / FILTER, lists)
        config: dict[str, Any] = {
            "name": about.name,
            "license": about.license,
            "data": list(about.data),
            "scores": dict(about.scores),
            "settings": files.settings.to_plain() if files.settings else None,
            **({"mean": files.mean} if files.reads_graphemes else {}),
            "models": models,
            **({"language_model": _copy_language(files.language, folder)} if files.language else {}),
        }
        header = write_about(folder, made_from, config, lists.first)
        expect_at_most(folder, at_most, out)
        return header


def expect_at_most(folder: Path, at_most: float, name: Path) -> None:
    """Raises `UserError`, of the folder `name`, where the files have more than `at_most` bytes together."""
    size = sum(about["size"] for about in _described(folder).values())
    if size > at_most:
        raise UserError(f"{name}: {size / 1e6:.1f} MB, more than the {at_most / 1e6:g} MB that were asked for")


def write_about(
    folder: Path, made_from: dict[str, Any], config: dict[str, Any], classes: dict[str, ClassList]
) -> Header:
    """Write what tells of the other files in a reader's `folder`: card, configuration and sums.

    `config` is the configuration without header and files, which is returned with them; `classes` are those by head.
    """
    atomic_text(folder / CARD, model_card(config, _described(folder), classes))
    header = READER.header(made_from, **config, files=_described(folder))
    atomic_json(folder / CONFIG, header)
    sums = {name: each["sha256"] for name, each in _described(folder).items()}
    atomic_text(folder / SUMS, "".join(f"{value}  {name}\n" for name, value in sums.items()))
    return header


class _ClassLists:
    """The class lists of all classifiers, each content once; `first` has one for each head."""

    def __init__(self, folder: Path):
        self.folder, self.first = folder, dict[str, ClassList]()
        self._names: dict[tuple[str, str], str] = {}

    def write(self, model: ReadingModel) -> dict[str, Any]:
        """The entries of a model's class lists; raises `UserError` where they differ from those of models before it."""
        if self.first and list(self.first) != list(model.classes):
            reads, other = ", ".join(model.classes), ", ".join(self.first)
            raise UserError(f"{model.name}: reads {reads}; the models before it read {other}")
        for head, classes in model.classes.items():
            self.first.setdefault(head, classes).expect_same(classes, f"{model.name}: another class list of {head}")
        return {head: self._write(head, classes) for head, classes in model.classes.items()}

    def _write(self, head: str, classes: ClassList) -> dict[str, Any]:
        content = head, repr(classes)
        if content not in self._names:
            stem = "classes" if head == "label" else re.sub(r"\W", "_", head)
            number = sum(other == head for other, _ in self._names) + 1
            self._names[content] = f"{stem}{f'-{number}' if number > 1 else ''}.csv"
            classes.write(self.folder / self._names[content])
        return {"file": self._names[content], "digest": classes.digest, "classes": len(classes)}


def _write_model(path: Path, file: Path, lists: _ClassLists, changes: Changes) -> dict[str, Any]:
    state, device = load_checkpoint(path), torch.device("cpu")
    entry: dict[str, Any] = {"file": file.name}
    network: nn.Module
    spec: InputSpec | PageInputSpec
    if "detector" in state:
        detector = reading_detector(state, path, device)
        network, spec = detector.network, changes.of_pages(detector.spec)
        entry |= {"kind": "detector", "architecture": detector.network.architecture.to_plain()}
    else:
        model = at_scale(reading_model(state, path, device), changes.scale_size)
        network, spec = model.network, model.spec if model.spec.grapheme_form else changes.of_pages(model.spec)
        entry |= {"kind": "classifier", "architecture": model.network.architecture.to_plain()}
        entry["classes"] = lists.write(model)
        entry |= {"temperatures": model.temperatures} if model.temperatures else {}
    entry |= {
        "input": spec.to_plain(),
        "precision": state.get("precision") or state["args"]["amp"],
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        **({"epoch": state["epoch"]} if "epoch" in state else {}),
        "metrics": _finite(state.get("metrics") or {}) if changes.measured else {},
    }
    weights = {name: value.contiguous().clone() for name, value in network.state_dict().items()}
    file.write_bytes(save(stored(weights, changes.weights, str(path)), metadata={"format": "pt"}))
    return entry


def _finite(metrics: Mapping[str, Any]) -> dict[str, float | int]:
    """What was measured on the validation list."""
    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    return {name: value for name, value in numbers.items() if name.startswith("valid_") and math.isfinite(value)}


def _copy_filter(source: Path, folder: Path, lists: _ClassLists) -> None:
    """Raises `UserError` where it is no filter, or one of other classes than the classifiers read."""
    trained = read_filter(source)
    if len(lists.first) != 1:
        raise UserError(f"{source}: a filter is for models that read characters")
    (classes,) = lists.first.values()
    classes.expect_digest(trained.class_digest, "the classifiers' class list", "that of the filter's training")
    folder.mkdir()
    for file in [source / "meta.json", *sorted(source.glob("booster_*.txt"))]:
        (folder / file.name).write_bytes(file.read_bytes())


def _copy_language(source: LanguageFile, folder: Path) -> dict[str, Any]:
    """What the configuration says of a language model; raises `UserError` where it makes no sense."""
    source.load()
    header = LANGUAGE_MODEL.read(source.path)
    (folder / LANGUAGE).write_bytes(source.path.read_bytes())
    about = {name: header.get(name) for name in ("license", "data", "order", "ngrams")}
    return {"file": LANGUAGE, "weight": source.weight, "temperature": source.temperature, **about}


def _described(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and SHA-256 of every file, by name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": file_digest(path)}
        for path in files
    }


def _free_name(path: Path, taken: Sequence[str]) -> str:
    """The run's name for its best model, RUN-iteration-000500 for a snapshot, else the file's; numbered if taken."""
    stem, used = path.stem, {name.lower() for name in taken}
    if _OF_A_RUN.fullmatch(stem):
        run = path.resolve().parent.name
        stem = f"{run}-{stem}" if "-" in stem else run
    stem = re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9._-]", "_", stem).lstrip("_") or "model"
    names = [stem, *(f"{stem}-{number}" for number in range(2, len(used) + 3))]
    return next(name for name in names if f"{name}{WEIGHTS}".lower() not in used)
