"""What classifiers learn from: the characters of a book's pages and, mixed among them, crops of other packs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mojika.data.class_list import ClassList
from mojika.data.derived_packs import convert_images
from mojika.data.pack import PACK, Pack
from mojika.data.pack_pages import HEAD, PagePacking, pack_pages
from mojika.data.pack_writer import write_pack
from mojika.data.preprocess_pages import preprocess_pages
from mojika.data.split_writer import list_rows, origin, samples_of, write_lists
from mojika.errors import UserError
from mojika.models.input_spec import InputSpec
from mojika.reader.finetuning.book import Book
from mojika.recognition.box_crops import CropFormat

_LOT = 256  # images converted at once
_OF_EACH_CLASS = 5  # of the mixed crops at least
_PADDING = 0.05  # as packs have it


def prepared_pages(book: Book, steps: Sequence[str], work: Path, workers: int) -> dict[str, Path]:
    """The labelled pages after `steps` of `mojika preprocess`, page by page, or as they are where there is none."""
    if not steps:
        return book.files
    links, out = work / "pages", work / "_".join(("pages", *steps))
    links.mkdir(parents=True, exist_ok=True)
    for path in book.files.values():
        if not (links / path.name).is_symlink():
            (links / path.name).symlink_to(path.resolve())
    preprocess_pages(links, out, steps=steps, workers=workers)
    return {image_id: out / f"{image_id}.png" for image_id in book.files}


def pack_book(
    book: Book, files: dict[str, Path], classes: ClassList, form: CropFormat, out: Path, workers: int
) -> Pack:
    """The characters of the pages as a pack; the page images are `files`."""
    packing = PagePacking(
        book.pages, files, book.folder, classes, [], form.size, form.channels, _PADDING, skip_bad=False
    )
    if not PACK.is_made_from(out, packing.made_from()):
        pack_pages(packing, out, workers)
    return Pack.open(out)


def pack_mixed(
    packs: Sequence[Pack], classes: ClassList, spec: InputSpec, form: CropFormat, count: int, out: Path, seed: int
) -> Pack:
    """About `count` crops of `packs` whose classes are among `classes`, in the form and with the class list of a model.

    Some of each class, the rest by chance, so common ones stay common. Raises `UserError` where no class is known, and
    where the packs' pages went through other steps than those of the model.
    """
    for pack in packs:
        steps = pack.preprocessing.get("page_preprocessing")
        if steps is not None and tuple(steps) != (spec.page_preprocessing or ()):
            own = ", ".join(spec.page_preprocessing or ()) or "nothing"
            raise UserError(
                f"{pack.place}: cut from pages after {', '.join(steps) or 'nothing'}; the model wants {own}"
            )
        if pack.heads != (HEAD,):
            raise UserError(f"{pack.place}: expected a pack of characters, found one of {', '.join(pack.heads)}")
    samples = samples_of(packs, out)
    samples = samples[samples[HEAD].isin(classes.labels)].reset_index(drop=True)
    if samples.empty:
        raise UserError(f"{packs[0].place}: expected crops of the reader's classes, found none")
    made_from = {
        "stage": "mixed",
        "packs": [pack.fingerprint for pack in packs],
        "classes": classes.digest,
        "format": list(form),
        "count": count,
        "seed": seed,
    }
    if not PACK.is_made_from(out, made_from):
        chosen = samples.loc[_chosen(classes.indices(samples[HEAD]), count, seed)]
        by_name = dict(zip(samples_of(packs, out)["pack"].unique(), packs, strict=True))
        with write_pack(out, size=(form.size, form.size), channels=form.channels, expected_count=len(chosen)) as writer:
            for name, rows in chosen.groupby("pack", sort=False)["row"]:
                for start in range(0, len(rows), _LOT):
                    lot = by_name[str(name)].images[rows.to_numpy()[start : start + _LOT]]
                    writer.append(convert_images(lot, form.size, form.channels))
            columns = [column for column in packs[0].samples.columns if column in chosen]
            counted = {HEAD: classes.recounted(chosen[HEAD])}
            writer.finish(chosen[columns], counted, made_from, {"crops": len(chosen)}, _preprocessing(spec))
    return Pack.open(out)


def write_training_lists(book: Pack, mixed: Pack | None, share: float, seen: int, out: Path) -> dict[str, int]:
    """`train.csv`, in which the book's crops are `share` of an epoch beside the mixed ones, and `valid.csv`.

    Without mixed ones an epoch has about `seen` samples. Validation is on the book's crops, which are learnt from.
    Returns the numbers `book`, `mixed` and `repeat`.
    """
    wanted = len(mixed) * share / (1 - share) if mixed else seen
    repeat = max(1, round(wanted / len(book)))
    packs = [book, *([mixed] if mixed else [])]
    tables = [samples_of([pack], out) for pack in packs]
    rows = [list_rows(table, [HEAD], repeat=times, shared=0) for table, times in zip(tables, (repeat, 1), strict=False)]
    report = {"book": len(book), "mixed": len(mixed) if mixed else 0, "repeat": repeat}
    rule: dict[str, Any] = {"rule": "fine-tuning", "repeat": repeat}
    lists: dict[str, list[pd.DataFrame]] = {
        "train.csv": rows,
        "valid.csv": [list_rows(tables[0], [HEAD], repeat=1, shared=1)],
    }
    write_lists(out, lists, book.classes[HEAD].digest, origin(packs, rule, out), report)
    return report


def _preprocessing(spec: InputSpec) -> dict[str, Any]:
    steps = spec.page_preprocessing
    return {} if steps is None else {"page_preprocessing": list(steps)}


def _chosen(targets: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Positions `(M,) int64`, ascending, of about `count` samples of the classes `targets (N,)`."""
    order = np.random.default_rng(seed).permutation(len(targets))
    by_class = order[np.argsort(targets[order], kind="stable")]
    sizes = np.bincount(targets)
    places = np.arange(len(targets)) - np.repeat(np.cumsum(sizes) - sizes, sizes)  # within the own class
    some = by_class[places < _OF_EACH_CLASS]
    rest = np.setdiff1d(order, some)
    further = np.random.default_rng(seed + 1).permutation(rest)[: max(0, count - len(some))]
    return np.sort(np.concatenate([some, further]))
