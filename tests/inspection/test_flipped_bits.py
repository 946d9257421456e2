"""A bit that is another one than was written, anywhere in a file: told in one line, or without effect."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
import torch
from sound_files import SOUND

from mojika.boxes.filter_features import feature_names
from mojika.boxes.filter_model import Filter, read_filter, write_filter
from mojika.boxes.filter_search import finished_trials, held_study, open_study, suggest_settings
from mojika.boxes.page_boxes import read_boxes
from mojika.data.pack import Pack
from mojika.detection.search_journal import Found, SearchJournal
from mojika.errors import UserError
from mojika.files.fingerprints import digest
from mojika.language.learning import learn
from mojika.language.model_file import LANGUAGE_MODEL, read_language_model, write_language_model
from mojika.language.texts import Text
from mojika.reader.states import PageState, PageStates
from mojika.reading.page import Page
from mojika.training.checkpoints import load_checkpoint, load_last, save_checkpoint

ENDS = 48  # bytes at the beginning and at the end of a file, where headers are


@dataclass(frozen=True)
class Kept:
    """`make(folder)` writes a file of this kind and returns it; `read` says what is in it, or a `UserError`."""

    make: Callable[[Path], Path]
    read: Callable[[Path], Any]


def boxes_in(path: Path) -> tuple:
    found = read_boxes(path)
    return found.boxes.to_csv(), found.pages.to_csv(), found.made_from, found.classes.digest


def pack_in(path: Path) -> tuple:
    pack = Pack.open(path.parent)
    pack.check_content()
    return digest(pack.targets.tolist()), pack.samples.to_csv(), np.asarray(pack.images).tobytes()


def small_filter(folder: Path) -> Path:
    values = np.random.default_rng(0).normal(size=(60, len(feature_names())))
    data = lightgbm.Dataset(values, values[:, 0] > 0, feature_name=feature_names())
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, 2)
    write_filter(folder / "filter", Filter((booster,), "0" * 64, {"stage": "test"}))
    return folder / "filter"


def filter_in(path: Path) -> tuple:
    found = read_filter(path.parent)
    texts = [booster.model_to_string() for booster in found.boosters]
    return texts, found.class_digest, found.made_from, found.report, found.of_2019


def language_model(folder: Path) -> Path:
    model = learn([Text("a", ("いろはにほへと", "ちりぬるを", "いろは"))], 3, (1, 1, 1))
    write_language_model(folder / "a.ngrams", model, {"texts": []})
    return folder / "a.ngrams"


def language_in(path: Path) -> tuple:
    model = read_language_model(path)
    values = (model.tokens, model.parents, model.log_probability, model.log_backoff)
    return LANGUAGE_MODEL.read(path), model.characters, *(value.tolist() for value in values)


def last_checkpoint(folder: Path) -> Path:
    for epoch in (1, 2):
        save_checkpoint(
            folder / "last.model", {"epoch": epoch, "model": {"weight": torch.full((20, 20), float(epoch))}}
        )
    return folder / "last.model"


def checkpoint_in(path: Path) -> tuple:
    """The newest one, or the one before it, where a line says so."""
    said: list[str] = []
    state = load_last(path.parent, said.append)
    if said:
        assert state["epoch"] == 1 and "resuming from last.previous.model" in said[0]
        raise UserError(said[0])
    return state["epoch"], state["model"]["weight"].tolist()


def page_state(folder: Path) -> Path:
    states = PageStates(folder)
    states.keep(PageState(Page("p", "p.png", 30, 40, ()), {"model": "a"}, {"text": "0" * 64}))
    return folder / ".mojika" / "pages" / "p.json"


def state_in(path: Path) -> PageState:
    """As `recognize` does, which then reads the page again."""
    if found := PageStates(path.parents[2]).find("p"):
        return found
    raise UserError("none")


def journal_of(path: Path) -> SearchJournal:
    return SearchJournal(path, {"stage": "detect"}, {name: Path(__file__) for name in "abc"})


def journal(folder: Path) -> Path:
    with journal_of(folder / "boxes.partial.jsonl") as found:
        for number, name in enumerate("abc"):
            found[name] = Found(30, 40, np.full((2, 4), number, np.float32), np.full(2, 0.5, np.float32))
    return folder / "boxes.partial.jsonl"


def journal_in(path: Path) -> list:
    """What it still knows; less than it did is no fault, the pages are searched again."""
    with journal_of(path) as found:
        known = [(name, page.boxes.tolist(), page.scores.tolist(), *page[:2]) for name, page in found.items()]
    if len(known) < 3:
        assert known == WHOLE_JOURNAL[: len(known)]
        raise UserError("fewer")
    return known


WHOLE_JOURNAL = [(name, [[number] * 4] * 2, [0.5] * 2, 30, 40) for number, name in enumerate("abc")]
KINDS = {
    "boxes": Kept(SOUND["boxes"].make, boxes_in),
    "samples of a pack": Kept(lambda folder: SOUND["pack"].make(folder) / "samples.parquet", pack_in),
    "images of a pack": Kept(lambda folder: SOUND["pack"].make(folder) / "images.npy", pack_in),
    "classes of a pack": Kept(lambda folder: SOUND["pack"].make(folder) / "classes.csv", pack_in),
    "header of a pack": Kept(lambda folder: SOUND["pack"].make(folder) / "meta.json", pack_in),
    "header of a filter": Kept(lambda folder: small_filter(folder) / "meta.json", filter_in),
    "booster": Kept(lambda folder: small_filter(folder) / "booster_0.txt", filter_in),
    "language model": Kept(language_model, language_in),
    "checkpoint": Kept(last_checkpoint, checkpoint_in),
    "state of a page": Kept(page_state, state_in),
    "journal of a search": Kept(journal, journal_in),
}


@pytest.mark.parametrize("count", [6, pytest.param(400, marks=pytest.mark.rest)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_or_a_missing_end_is_told_or_has_no_effect(tmp_path, kind, count, record_property):
    path = KINDS[kind].make(tmp_path)
    whole, expected = path.read_bytes(), KINDS[kind].read(path)
    rng, size = random.Random(kind), len(whole)
    places = {*range(min(ENDS, size)), *range(max(0, size - ENDS), size)} if count > ENDS else {0, size - 1}
    places |= {rng.randrange(size) for _ in range(count)}
    bits = [(at, rng.randrange(8)) for at in sorted(places)]
    damages = {f"bit {bit} of byte {at}": flipped(whole, at, bit) for at, bit in bits}
    damages |= {f"{length} bytes": whole[:length] for length in (0, 1, size // 2, size - 1)}
    wrong = []
    for name, damaged in damages.items():
        path.write_bytes(damaged)
        try:
            found = KINDS[kind].read(path)
        except UserError as error:
            if "\n" in str(error):
                wrong.append(f"{name}: {error}")
        except Exception as error:  # noqa: BLE001 (each is a finding)
            wrong.append(f"{name}: {type(error).__name__}: {error}")
        else:
            if found != expected:
                wrong.append(f"{name}: taken as it is")
    record_property("damages told or without effect / tried", (len(damages) - len(wrong), len(damages)))
    assert not wrong, "\n".join(wrong)


@pytest.mark.rest
def test_a_damaged_study_is_told_or_searched_further(tmp_path):
    """SQLite has no sums: another number in a trial may be taken as it is."""
    path, made_from = tmp_path / "study.db", {"stage": "test"}

    def searched() -> int:
        with held_study(path):
            study = open_study(path, made_from)
            trial = study.ask()
            study.tell(trial, suggest_settings(trial).lambda_l1)
            return finished_trials(study)

    assert [searched() for _ in range(3)] == [1, 2, 3]
    whole, rng = path.read_bytes(), random.Random(0)
    for number in range(60):
        at = number * 2 if number < 20 else rng.randrange(len(whole))
        path.write_bytes(flipped(whole, at, rng.randrange(8)) if number % 3 else whole[:at])
        try:
            searched()
        except UserError as error:
            assert "\n" not in str(error)


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def test_a_whole_checkpoint_compares_its_sums(tmp_path):
    path = last_checkpoint(tmp_path)
    data = path.read_bytes()
    place = data.index(np.full(20, 2, np.float32).tobytes())
    path.write_bytes(flipped(data, place, 3))
    with pytest.raises(UserError, match=r"last\.model: truncated or damaged"):
        load_checkpoint(path)
