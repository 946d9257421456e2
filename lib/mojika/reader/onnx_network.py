"""ONNX files of networks: what they say of themselves, and the session that computes them. Nothing of torch.

Every file holds a header as other artifacts do, as JSON under the key `mojika` of its `metadata_props`.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.artifact import Header, Kind
from mojika.files.reader_folder import ModelKind
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
        with open(path, "rb"):
            return header_of(open_session(path, optimised=False))


ONNX = Kind("onnx network", 1, OnnxMetadata(), "a network of", "an .onnx file, as `mojika export-onnx` writes it")


def header_of(session: Any) -> Any:
    return json.loads(session.get_modelmeta().custom_metadata_map.get(KEY, "{}"))


def open_session(model: Path | bytes, *, threads: int | None = None, optimised: bool = True) -> Any:
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
    if not optimised:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    source = model if isinstance(model, bytes) else str(model)
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception of its own for each kind of damage
        raise ValueError(str(error).splitlines()[0]) from None


@dataclass(frozen=True, eq=False)
class OnnxNetwork:
    """A network that is ready to compute, and the `header` of its file. `name` is for messages."""

    name: str
    header: Header
    session: Any

    @classmethod
    def load(cls, path: Path, kind: ModelKind) -> Self:
        """Raises `UserError` where the file is no network of this kind that `mojika export-onnx` wrote."""
        header = ONNX.read(path)
        if header["model"] != kind:
            raise UserError(f"{path}: expected a {kind}, found a {header['model']}")
        return cls(str(path), header, open_session(path))

    @cached_property
    def input(self) -> InputSpec:
        """Which crops a classifier wants; raises `UserError` where this version does not know that."""
        return _spec(InputSpec, self.name, self.header)

    @cached_property
    def page_input(self) -> PageInputSpec:
        """Which pages a detector wants; raises `UserError` where this version does not know that."""
        return _spec(PageInputSpec, self.name, self.header)

    @cached_property
    def classes(self) -> dict[str, ClassList]:
        """Of each head of a classifier, in the order of the outputs."""
        return {head: ClassList.from_plain(plain) for head, plain in self.header["classes"].items()}

    def logits(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """`(N, classes) float32` of every head, for `images (N, h, w, C) uint8`."""
        found = self.session.run(list(self.header["classes"]), {IMAGES: images})
        return dict(zip(self.header["classes"], found, strict=True))

    def boxes(self, image: np.ndarray, score_threshold: float, at_most: int) -> tuple[np.ndarray, np.ndarray]:
        """What `Detector.detect` gives for one image `(H, W, 3) uint8`: boxes `(K, 4)` and scores `(K,)`, float32.

        Raises `UserError` where the file gives fewer boxes than `at_most`.
        """
        most = self.header["at_most"]
        if at_most > most:
            raise UserError(f"{self.name}: gives {most:,} boxes, fewer than {at_most:,}; export it with --at-most")
        boxes, scores = (found[0] for found in self.session.run([BOXES, SCORES], {IMAGES: image[None]}))
        boxes, scores = boxes[:at_most], scores[:at_most]
        good = (scores >= np.float32(score_threshold)) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return boxes[good], scores[good]


def _spec(kind: Any, name: str, header: Header) -> Any:
    try:
        return kind.from_plain(header["input"])
    except ValueError as error:
        raise UserError(f"{name}: input: {error}") from None
