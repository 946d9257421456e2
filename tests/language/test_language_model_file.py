"""The file of a language model: what it keeps, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from test_ngram_probabilities import model_of, random_runs

from mojika.errors import UserError
from mojika.language.model_file import LANGUAGE_MODEL, read_language_model, write_language_model

MODEL = model_of(random_runs(8), 4, (1, 1, 2))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_language_model(tmp_path / "a.ngrams", MODEL, {"texts": []}, license="mit")
    return tmp_path / "a.ngrams"


def test_probabilities_come_back_but_for_a_thirty_second(file: Path):
    model, found = MODEL, read_language_model(file)
    assert (found.characters, found.order) == (model.characters, 4)
    assert (found.tokens == model.tokens).all() and (found.suffix == model.suffix).all()
    assert np.abs(found.log_probability - model.log_probability).max() <= 1 / 32
    header = LANGUAGE_MODEL.read(file)
    assert header["license"] == "mit" and header["ngrams"] == len(model.tokens)


def test_equal_models_have_equal_files(file: Path, tmp_path: Path):
    write_language_model(tmp_path / "b", model_of(random_runs(8), 4, (1, 1, 2)), {"texts": []}, license="mit")
    assert (tmp_path / "b").read_bytes() == file.read_bytes()


def changed(name: str, change):
    def apply(tensors: dict[str, np.ndarray]) -> None:
        tensors[name] = change(tensors[name])

    return apply


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda tensors: tensors.pop("tokens"), "tokens is missing"),
        (changed("tokens", lambda old: old.astype(np.float32)), "tokens is float32"),
        (changed("tokens", lambda old: old[None]), r"tokens is uint16 \(1, "),
        (changed("tokens", lambda old: old[:-1]), "children is for"),
        (changed("tokens", lambda old: old[::-1].copy()), "in order|without its first"),
        (changed("tokens", lambda old: old * 0), "numbers of no character"),
        (changed("tokens", lambda old: old + 60000), "numbers of no character"),
        (changed("children", lambda old: old[::-1].copy()), "in order|without its first"),
        (changed("children", lambda old: old[:0]), "children is for"),
        (changed("log_backoff", lambda old: old[1:]), "log_backoff is for"),
        (changed("log_probability", lambda old: old[1:]), "log_probability is for"),
        (changed("characters", lambda old: old * 0 + 0xD800), "utf-32"),
        (changed("characters", lambda old: old * 0 + 65), "some twice"),
        (changed("characters", lambda old: old + 0x110000), "utf-32"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_one_line(damage, expected, file: Path):
    tensors, header = load_file(file), LANGUAGE_MODEL.read(file)
    damage(tensors)
    save_file(tensors, file, {"mojika": json.dumps(header)})
    with pytest.raises(UserError, match=expected) as raised:
        read_language_model(file)
    assert "\n" not in str(raised.value) and str(file) in str(raised.value)


@pytest.mark.parametrize(
    "content", [b"", b"\x80\x05cos\nsystem\n", b"\xff" * 200, b"\x02\0\0\0\0\0\0\0{}", b"PK\x03\x04"]
)
def test_other_files_are_refused_in_one_line(content: bytes, tmp_path: Path):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(UserError, match="expected a language model") as raised:
        read_language_model(tmp_path / "other")
    assert "\n" not in str(raised.value)


def test_a_file_that_was_cut_off_or_is_not_there_is_refused(file: Path, tmp_path: Path):
    file.write_bytes(file.read_bytes()[:-10])
    for path in (file, tmp_path / "missing", tmp_path):
        with pytest.raises(UserError, match="expected a language model"):
            read_language_model(path)
    save_file({"x": np.zeros(2)}, tmp_path / "weights")
    with pytest.raises(UserError, match="expected a language model"):
        read_language_model(tmp_path / "weights")
    save_file({"x": np.zeros(2)}, tmp_path / "deep", {"mojika": "[" * 100_000})
    with pytest.raises(UserError, match="expected a language model"):
        read_language_model(tmp_path / "deep")
