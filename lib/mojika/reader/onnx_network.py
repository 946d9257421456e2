"""ONNX files of networks: what they say of themselves, and the session that computes them. Nothing of torch.

Every file holds a header as other artifacts do, as JSON under the key `mojika` of its `metadata_props`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import SEEK_CUR, SEEK_END, BytesIO
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Self

import numpy as np

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.artifact import Header, Kind
from mojika.files.json_text import load_json
from mojika.files.reader_folder import ModelKind, find_member
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.runtime.parallel import available_cores

KEY = "mojika"
IMAGES, BOXES, SCORES = "images", "boxes", "scores"  # the input of all, and what a detector gives


@dataclass(frozen=True)
class OnnxMetadata:
    """Where the header of an ONNX file is."""

    missing: str = "none"

    def read(self, path: Path) -> Any:
        """The header, empty where the file has none; raises `OSError` or `ValueError` where it is no ONNX file."""
        with open(path, "rb") as file:
            return load_json(read_metadata(file).get(KEY, "{}"))


ONNX = Kind("onnx network", 1, OnnxMetadata(), "a network of", "an .onnx file, as `mojika export-onnx` writes it")


def read_metadata(file: BinaryIO) -> dict[str, str]:
    """The `metadata_props` of an ONNX file, without the rest of it and without a library for it.

    They are the entries 14 of a `ModelProto` (onnx.proto), each with a key and a value. Raises `ValueError` where the
    file is none.
    """
    found = {}
    for number, entry in _entries(file, wanted=14):
        if number == 14:
            of_entry = dict(_entries(BytesIO(entry)))
            found[of_entry.get(1, b"").decode()] = of_entry.get(2, b"").decode()
    return found


def _entries(file: BinaryIO, wanted: int | None = None) -> Iterator[tuple[int, bytes]]:
    """Numbers and contents of the entries of a protocol buffer; contents only of those `wanted`, where one is."""
    size = file.seek(0, SEEK_END)
    file.seek(0)
    while file.tell() < size:
        tag = _varint(file)
        if tag & 7 == 0:
            _varint(file)
            continue
        length = _varint(file) if tag & 7 == 2 else size
        if length > size - file.tell():
            raise ValueError("expected a protocol buffer")
        read = wanted in (None, tag >> 3)
        yield tag >> 3, file.read(length) if read else b""
        if not read:
            file.seek(length, SEEK_CUR)


def _varint(file: BinaryIO) -> int:
    number = 0
    for place in range(10):
        byte = file.read(1)
        if not byte:
            break
        number |= (byte[0] & 127) << 7 * place
        if byte[0] < 128:
            return number
    raise ValueError("expected a protocol buffer")


def open_session(model: Path | bytes, *, threads: int | None = None) -> Any:
    """An `onnxruntime.InferenceSession` on the CPU, of a file or its content.

    It computes on as many `threads` as there are cores for this process, which sleep while they wait. Raises
    `UserError` where onnxruntime is not installed, and `ValueError` where the file is none that it reads.
    """
    try:
        import onnxruntime
    except ImportError:
        raise UserError("ONNX networks need onnxruntime: pip install onnxruntime") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or available_cores()
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors only
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception of its own for each kind of damage
        raise ValueError(str(error).splitlines()[0]) from None


@dataclass(frozen=True, eq=False)
class _OnnxNetwork:
    """A network that is ready to compute, and the `header` of its file. `name` is for messages."""

    name: str
    header: Header
    session: Any
    kind: ClassVar[ModelKind]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `UserError` where the file is no network of this kind that `mojika export-onnx` wrote, or, in a
        reader's folder, not the one that was recorded."""
        if member := find_member(path, cls.kind):
            path = member.folder.file(member.about["file"])
        header = ONNX.read(path)
        if header["model"] != cls.kind:
            raise UserError(f"{path}: expected a {cls.kind}, found a {header['model']}")
        try:
            network = cls(str(path), header, open_session(path))
            _ = network.spec
        except (KeyError, ValueError) as error:
            raise UserError(f"{path}: {error}") from None
        return network

    @property
    def spec(self) -> InputSpec | PageInputSpec:
        raise NotImplementedError

    def _outputs(self, names: Sequence[str], images: np.ndarray) -> list[np.ndarray]:
        found: list[np.ndarray] = self.session.run(names, {IMAGES: np.ascontiguousarray(images)})
        return found


class OnnxClassifier(_OnnxNetwork):
    """What `ReadingModel` is for torch."""

    kind = "classifier"

    @cached_property
    def spec(self) -> InputSpec:
        return InputSpec.from_plain(self.header["input"])

    @cached_property
    def classes(self) -> dict[str, ClassList]:
        """Of each head, in the order of the outputs."""
        return {head: ClassList.from_plain(plain) for head, plain in self.header["classes"].items()}

    def logits(self, images: np.ndarray) -> list[np.ndarray]:
        """`(N, classes) float32` of every head, for `images (N, h, w, C) uint8`."""
        return self._outputs(list(self.header["classes"]), images)


class OnnxDetector(_OnnxNetwork):
    """What `ReadingDetector` is for torch."""

    kind = "detector"

    @cached_property
    def spec(self) -> PageInputSpec:
        return PageInputSpec.from_plain(self.header["input"])

    def detect(self, image: np.ndarray, *, score_threshold: float, at_most: int) -> tuple[np.ndarray, np.ndarray]:
        """What torch's detector gives for one image `(H, W, 3) uint8`: boxes `(K, 4)` and scores `(K,)`, float32."""
        boxes, scores = (found[0][:at_most] for found in self._outputs((BOXES, SCORES), image[None]))
        good = (scores >= np.float32(score_threshold)) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return boxes[good], scores[good]

    def expect_boxes(self, at_most: int) -> None:
        """Raises `UserError` where the file gives fewer boxes of an image."""
        if at_most > self.header["at_most"]:
            most = self.header["at_most"]
            raise UserError(f"{self.name}: gives {most:,} boxes, fewer than {at_most:,}; export it for so many")
