"""The file of a language model: safetensors of small whole numbers, and a header that says what it learnt from.

| tensor | what |
|---|---|
| `characters` `(characters,) uint32` | code points of tokens 1, 2, … |
| `children` `(inner nodes,) uint16` | how many n-grams continue the one of each node, from the root on |
| `tokens` `(nodes - 1,) uint16` | the last token of each n-gram, order by order |
| `log_probability` `(nodes,) uint8` | sixteenths of a nat below 0, first that of a character that no text had |
| `log_backoff` `(inner nodes,) uint8` | the same |

Nothing in it is executed, and nothing of it is taken as it is: a file that makes no sense is refused.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from mojika.errors import UserError
from mojika.files.artifact import Header, Kind, expect_sealed, sealed
from mojika.files.atomic import atomic_write
from mojika.files.json_text import load_json
from mojika.language.model import LanguageModel

_KEY = "mojika"
_STEP = 1 / 16
_LARGEST = 64 * 2**20  # bytes
_TENSORS = {
    "characters": np.uint32, "children": np.uint16, "tokens": np.uint16, "log_probability": np.uint8,
    "log_backoff": np.uint8,
}  # fmt: skip
_EXPECTED = "a language model, as `mojika language-model` writes it"


@dataclass(frozen=True)
class SafetensorsMetadata:
    """The header is JSON in the metadata of a safetensors file."""

    missing: str = "none"

    def read(self, path: Path) -> Any:
        with open(path, "rb"):  # for the usual errors of a file that is not there
            pass
        try:
            with safe_open(path, "np") as file:
                return load_json((file.metadata() or {}).get(_KEY, "{}"))
        except SafetensorError as error:
            raise ValueError(str(error)) from None


LANGUAGE_MODEL = Kind("language model", 1, SafetensorsMetadata(), "a language model of", _EXPECTED)


def write_language_model(path: Path, model: LanguageModel, made_from: dict[str, Any], **more: Any) -> Header:
    """Write the file, whole or not at all; `more` are plain values for people. Returns the header.

    Raises `UserError` for more characters than the file has numbers for.
    """
    if len(model.characters) > np.iinfo(np.uint16).max:
        raise UserError(f"expected at most 65,535 different characters, found {len(model.characters):,}")
    inner = int(model.parents.max(initial=0)) + 1
    tensors = {
        "characters": np.array([ord(character) for character in model.characters]),
        "children": np.bincount(model.parents, minlength=inner),
        "tokens": model.tokens,
        "log_probability": _in_steps(model.log_probability),
        "log_backoff": _in_steps(model.log_backoff[:inner]),
    }
    content = {name: np.ascontiguousarray(tensors[name], kind) for name, kind in _TENSORS.items()}
    header = LANGUAGE_MODEL.header(made_from, order=model.order, ngrams=len(model.tokens), **more)
    header = sealed(header, _digests(content))
    with atomic_write(path) as file:
        file.write(save(content, {_KEY: json.dumps(header, ensure_ascii=False)}))
    return header


def read_language_model(path: Path | str) -> LanguageModel:
    """The model; raises `UserError` where the file is none, or makes no sense."""
    if Path(path).is_file() and Path(path).stat().st_size > _LARGEST:
        raise UserError(f"{path}: expected {_EXPECTED}, found {Path(path).stat().st_size:,} bytes")
    header = LANGUAGE_MODEL.read(path)
    try:
        with safe_open(path, "np") as file:
            tensors = {name: _tensor(file, name) for name in _TENSORS}
            model = _of_tensors(*tensors.values())
    except (SafetensorError, ValueError) as error:
        raise UserError(f"{path}: expected {_EXPECTED}: {error}") from None
    expect_sealed(path, header, _digests(tensors))
    return model


def _digests(tensors: Mapping[str, np.ndarray]) -> dict[str, str]:
    return {name: hashlib.sha256(tensor.tobytes()).hexdigest() for name, tensor in tensors.items()}


def _tensor(file: Any, name: str) -> np.ndarray:
    if name not in set(file.keys()):
        raise ValueError(f"{name} is missing")
    values: np.ndarray = file.get_tensor(name)
    if values.dtype != _TENSORS[name] or values.ndim != 1:
        raise ValueError(f"{name} is {values.dtype} {values.shape}")
    return values


def _of_tensors(
    characters: np.ndarray, children: np.ndarray, tokens: np.ndarray, probability: np.ndarray, backoff: np.ndarray
) -> LanguageModel:
    nodes = len(tokens) + 1
    sizes: Sequence[tuple[str, int, int]] = (
        ("children", int(children.sum(dtype=np.int64)), nodes - 1),
        ("log_probability", len(probability), nodes),
        ("log_backoff", len(backoff), len(children)),
    )
    for name, found, wanted in sizes:
        if found != wanted:
            raise ValueError(f"{name} is for {found:,}, not for {wanted:,}")
    if not len(children) or len(children) > nodes:
        raise ValueError(f"children is for {len(children):,} of {nodes:,}")
    if len(tokens) and (tokens.min() == 0 or tokens.max() > len(characters)):
        raise ValueError("tokens has numbers of no character")
    text = characters.astype("<u4").tobytes().decode("utf-32-le")  # UnicodeDecodeError is a ValueError
    if len(set(text)) < len(text):
        raise ValueError("characters has some twice")
    log_backoff = np.zeros(nodes, np.float32)
    log_backoff[: len(backoff)] = backoff.astype(np.float32) * -_STEP
    parents = np.repeat(np.arange(len(children)), children)
    return LanguageModel.of_tree(
        text, parents, tokens.astype(np.int64), probability.astype(np.float32) * -_STEP, log_backoff
    )


def _in_steps(logarithms: np.ndarray) -> np.ndarray:
    return np.clip(np.round(logarithms / -_STEP), 0, 255)
