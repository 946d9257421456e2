"""`mojika finetune`: a reader adapted to one book, from its labelled pages to a reader's folder."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from mojika.data.class_list import ClassList
from mojika.data.pack import Pack
from mojika.data.page_labels import format_page_labels
from mojika.errors import UserError
from mojika.experiment.fine_tuning import FineTuning, fine_tune_classifier, fine_tune_detector
from mojika.files.artifact import Header
from mojika.files.atomic import atomic_text
from mojika.files.fingerprints import digest
from mojika.files.reader_folder import ONNX, is_reader_folder
from mojika.models.input_spec import InputSpec
from mojika.reader.bundle import About, Changes, write_reader
from mojika.reader.finetuning.book import Book
from mojika.reader.finetuning.crops import pack_book, pack_mixed, prepared_pages, write_training_lists
from mojika.reader.finetuning.new_classes import with_classes_of, write_starting_model
from mojika.reader.hub import HUB
from mojika.reader.reader_files import ModelFile, ReaderFiles, open_folder, open_reader_files
from mojika.reader.settings import ReaderSettings
from mojika.recognition.box_crops import CropFormat, common_classes
from mojika.training.model_file import load_model

_FURIGANA = 0.6  # of the size of what it stands beside, at most


@dataclass(frozen=True, kw_only=True, eq=False)
class Adaptation:
    """A reader, a book, and how the one is adapted to the other.

    Of the packs `mixed` about `mixed_crops` are learnt from beside the book's, which are `share` of every epoch.
    """

    reader: ReaderFiles
    book: Book
    mixed: tuple[Pack, ...] = ()
    mixed_crops: int = 10_000
    share: float = 0.5
    tuning: FineTuning = field(default_factory=FineTuning)

    def __post_init__(self) -> None:
        files, name = self.reader, self.reader.name
        if files.reads_graphemes or not files.detectors or not files.classifiers:
            raise UserError(f"{name}: expected a reader of pages, with a detector and a classifier of characters")
        for model in (*files.detectors, *files.classifiers):
            if model.path.suffix == ONNX:
                raise UserError(
                    f"{model.path}: an ONNX network, which does not learn; name the reader it was made from"
                )
            if model.kind == "classifier" and len(model.heads) != 1:
                raise UserError(f"{model.path}: expected a classifier of characters, found one of {model.heads}")

    def made_from(self, about: About, weights: str) -> dict[str, Any]:
        """All that decides the content of the new reader."""
        return {
            "stage": "finetune",
            "models": [model.digest for model in (*self.reader.detectors, *self.reader.classifiers)],
            "settings": self.settings.to_plain(),
            "about": digest(vars(about)),
            "pages": self.book.digest,
            "mixed": [pack.fingerprint for pack in self.mixed],
            **({"mixed_crops": self.mixed_crops, "share": self.share} if self.mixed else {}),
            "tuning": asdict(self.tuning),
            "weights": weights,
            **({"language_model": self.reader.language.to_plain()} if self.reader.language else {}),
        }

    @cached_property
    def settings(self) -> ReaderSettings:
        """The reader's own, for boxes that are surer now: those of the book score higher, false ones lower.

        What is smaller beside another character than any labelled one is furigana that the labels do not have.
        """
        own = self.reader.settings or ReaderSettings(short_sides=(1000,))
        smallest = min(_FURIGANA, self.book.smallest_beside)
        return replace(own, score_threshold=0.3, nms_by="box_score", furigana_below=smallest, certainty_threshold=0.25)

    def classes_and_book(self) -> tuple[ClassList, Book]:
        """The classes of the new reader, and the book's labels by their names."""
        known = common_classes([load_model(model.path, torch.device("cpu")) for model in self.reader.classifiers])
        book = self.book.labelled_as(known.labels)
        return with_classes_of(known, {label for page in book.pages for label in page.labels}), book


def adapt(
    task: Adaptation,
    out: Path,
    work: Path,
    about: About,
    *,
    device: str = "auto",
    workers: int = 1,
    weights: str = "single",
) -> Header:
    """Train every model of the reader in the folder `work`, and write the new reader's folder `out`.

    What is in `work` already is not done again. Returns the new reader's configuration. Raises `Interrupted` where a
    signal stops it.
    """
    _, book = task.classes_and_book()
    work.mkdir(parents=True, exist_ok=True)
    labels = work / "labels.csv"
    atomic_text(labels, format_page_labels(book.pages))
    models = []
    for number, model in enumerate(task.reader.detectors):
        files = prepared_pages(book, model.spec.page_preprocessing or (), work, workers)
        run = work / f"{number:02d}_detector"
        models.append(fine_tune_detector(model.path, book.pages, files, labels, run, task.tuning, device=device))
    for number, model in enumerate(task.reader.classifiers, len(models)):
        run = work / f"{number:02d}_classifier"
        start, lists = _prepare(task, model, work, run.name, workers)
        models.append(
            fine_tune_classifier(start, lists / "train.csv", lists / "valid.csv", run, task.tuning, device=device)
        )
    new = open_reader_files(*map(str, models))
    reader = replace(
        task.reader,
        detectors=new.detectors,
        classifiers=new.classifiers,
        settings=task.settings,
        filter=None,
        license=about.license,
    )
    return write_reader(out, reader, about, Changes(weights=weights, measured=False), task.made_from(about, weights))


def _prepare(task: Adaptation, model: ModelFile, work: Path, name: str, workers: int) -> tuple[Path, Path]:
    """The model that a classifier's run starts from, and the folder with its lists."""
    assert isinstance(model.spec, InputSpec)
    classes, book = task.classes_and_book()
    spec, size = model.spec, model.spec.scale_size
    if not isinstance(size, int):
        raise UserError(f"{model.path}: expected a classifier of square crops, found one of {size}")
    steps = spec.page_preprocessing or ()
    form = CropFormat(3 if spec.channels_exchanged else spec.channels, size, spec.channels_exchanged, steps)
    files = prepared_pages(book, steps, work, workers)
    own = pack_book(book, files, classes, form, work / "packs" / name, workers)
    mixed = None
    if task.mixed:
        count, seed = task.mixed_crops, task.tuning.seed
        mixed = pack_mixed(task.mixed, classes, spec, form, count, work / "packs" / f"{name}_mixed", seed)
    lists = work / "lists" / name
    seen = task.tuning.steps * task.tuning.batch_size
    write_training_lists(own, mixed, task.share, seen, lists)
    start = work / "start" / f"{name}.model"
    start.parent.mkdir(exist_ok=True)
    write_starting_model(model.path, own, start)
    return start, lists


def data_of(models: Sequence[str]) -> list[str]:
    """What a reader's folder says that its models learnt from; nothing of other models."""
    if len(models) != 1 or not (models[0].startswith(HUB) or is_reader_folder(Path(models[0]))):
        return []
    data: list[str] = open_folder(models[0]).config.get("data") or []
    return data
