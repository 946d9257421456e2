"""ONNX networks whose convolutions compute in 8 bits: a quarter of the size, and what that costs is measured.

Static quantisation of onnxruntime: the range of each layer's values is taken from calibration images, weights have a
scale for each channel. Layers that give logits, places and sizes stay in float32. Weights use 7 of the 8 bits, because
processors without VNNI instructions add up products in 16 bits.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mojika.boxes.matching import first_come
from mojika.boxes.overlap import find_overlaps
from mojika.data.pages import find_pages, read_page
from mojika.detection.page_search import PIXEL_BUDGET, lay_tiles, scale_page
from mojika.errors import UserError
from mojika.files.fingerprints import files_digest
from mojika.reader.onnx_engine import OnnxEngine
from mojika.reader.onnx_export import with_header, write_network
from mojika.reader.onnx_network import IMAGES, ONNX, OnnxClassifier
from mojika.recognition.array_views import views_of_arrays
from mojika.recognition.box_crops import crop_format, crop_rectangles, cut_page

_OUTPUT_LAYERS = ("/heat/", "/size/", "/offset/", "/heads")  # parts of the names of their nodes
_PAGES, _CROPS, _LOT = 16, 1024, 128  # at most, to calibrate and to compare on; and crops at a time
_SAME = 0.5  # IoU of boxes that are taken to be the same


def calibration_pages(folder: Path) -> list[np.ndarray]:
    """At most 16 pages `(H, W, 3) uint8` from all over a folder; raises `UserError` where there are fewer than two."""
    return [read_page(file, 3) for file in _page_files(folder)]


def pages_digest(folder: Path) -> str:
    """Of the files of `calibration_pages`."""
    return files_digest(_page_files(folder))


def _page_files(folder: Path) -> list[Path]:
    files = list(find_pages(folder).values())
    if len(files) < 2:
        raise UserError(f"{folder}: expected two pages or more, to calibrate on one half and compare on the other")
    return files[:: -(-len(files) // _PAGES)]


def reduce_reader(engine: OnnxEngine, pages: Sequence[np.ndarray]) -> dict[str, float]:
    """Make the files of an engine's networks ones of 8 bits, calibrated on every other page.

    Returns what that changes on the others: the share of boxes that are found before and after (their F1), and of those
    the share that is read alike.
    """
    own, calibration = engine.settings, pages[::2]
    boxes = [engine.find(page)[0] for page in calibration] if engine.classifiers else []
    if engine.classifiers and not any(map(len, boxes)):
        raise UserError("expected characters on the pages that calibrate, found none; choose others")
    made = {}
    for detector in engine.detectors:
        forms = (engine.pages.form(page, detector.spec.page_preprocessing) for page in calibration)
        shown = (tile for form in forms for tile in _tiles(form, own.short_sides))
        made[Path(detector.name)] = _quantised(Path(detector.name), shown)
    for classifier in engine.classifiers:
        forms = (engine.pages.form(page, classifier.spec.page_preprocessing) for page in calibration)
        crops = (_crops(classifier, form, own.padding, lot) for form, lot in zip(forms, boxes, strict=True) if len(lot))
        made[Path(classifier.name)] = _quantised(Path(classifier.name), crops)
    for path, content in made.items():
        write_network(path, content)
    return _alike(engine, engine.reloaded(), pages[1::2])


def reduce_classifier(path: Path, images: np.ndarray, targets: np.ndarray) -> dict[str, float]:
    """Make the file of a classifier one of 8 bits, calibrated on every other of `images (N, h, w, C) uint8`.

    Returns what that changes on the others: the share that is read alike, and the accuracy before and after by
    `targets (N, heads)`, averaged over heads.
    """
    before = OnnxClassifier.load(path)
    write_network(path, _quantised(path, np.array_split(images[::2][:_CROPS], _CROPS // _LOT)))
    after = OnnxClassifier.load(path)
    one, other = (_readings(model, images[1::2]) for model in (before, after))
    wanted = targets[1::2]
    return {
        "same_readings": float((one == other).mean()),
        "accuracy_before": float((one == wanted).mean()),
        "accuracy_after": float((other == wanted).mean()),
    }


def _readings(model: OnnxClassifier, images: np.ndarray) -> np.ndarray:
    """The best class of every head, `(N, heads)`."""
    lots = (images[first : first + _LOT] for first in range(0, len(images), _LOT))
    return np.concatenate([np.stack([each.argmax(axis=1) for each in model.logits(lot)], axis=1) for lot in lots])


def _quantised(path: Path, batches: Iterable[np.ndarray]) -> bytes:
    """The ONNX file at `path` with its convolutions in 8 bits, calibrated on `batches` of its input."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model = onnx.load(path)
    layers = [node.name for node in model.graph.node if node.op_type == "Conv"]
    with tempfile.TemporaryDirectory() as folder, _quietly():
        made = Path(folder) / "int8.onnx"
        quantize_static(
            path,
            made,
            _reader(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[name for name in layers if any(part in name for part in _OUTPUT_LAYERS)],
        )
        return with_header(made.read_bytes(), ONNX.read(path) | {"weights": "int8"})


@contextmanager
def _quietly() -> Iterator[None]:
    """Without onnxruntime's advice on steps that exported networks do not need."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _tiles(page: np.ndarray, short_sides: Sequence[float]) -> Iterator[np.ndarray]:
    """What a detector is shown of a page that is prepared for it, as batches of one."""
    for short_side in short_sides:
        scaled, _ = scale_page(page, short_side)
        for left, top, right, bottom in lay_tiles(scaled.shape[1], scaled.shape[0], PIXEL_BUDGET):
            yield scaled[None, top:bottom, left:right]


def _crops(classifier: OnnxClassifier, page: np.ndarray, padding: float, boxes: np.ndarray) -> np.ndarray:
    """What a classifier is shown of boxes of a page that is prepared for it, in one view: `(N, h, w, C) uint8`."""
    form, (height, width) = crop_format(classifier), page.shape[:2]
    cut = cut_page(page, crop_rectangles(boxes, width, height, padding), [form])[form]
    return views_of_arrays(cut, classifier.spec.input_size, 1)


def _alike(before: OnnxEngine, after: OnnxEngine, pages: Sequence[np.ndarray]) -> dict[str, float]:
    boxes, found, alike = 0, 0, 0
    for page in pages:
        (first, _), (second, _) = before.find(page), after.find(page)
        one, other = same_boxes(first, second)
        boxes, found = boxes + len(first) + len(second), found + len(one)
        if before.classifiers:
            read = before.read(page, first[one]).argmax(axis=1) == after.read(page, second[other]).argmax(axis=1)
            alike += int(read.sum())
    readings = {"same_readings": alike / found if found else 1.0} if before.classifiers else {}
    return {"same_boxes": 2 * found / boxes if boxes else 1.0, **readings}


def same_boxes(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the boxes `(K, 4)` and `(M, 4)` that cover the same, one to one, those that overlap most first."""
    overlaps = find_overlaps(np.concatenate([first, second]), np.zeros(len(first) + len(second), np.int64))
    one, other = np.minimum(overlaps.first, overlaps.second), np.maximum(overlaps.first, overlaps.second)
    rows = np.flatnonzero((one < len(first)) & (other >= len(first)) & (overlaps.iou >= _SAME))
    rows = rows[np.argsort(-overlaps.iou[rows], kind="stable")]
    taken = rows[first_come(one[rows], other[rows])]
    return one[taken], other[taken] - len(first)


def _reader(batches: Iterable[np.ndarray]) -> object:
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):
        rest = iter(batches)

        def get_next(self) -> dict[str, np.ndarray] | None:
            return next(({IMAGES: np.ascontiguousarray(batch)} for batch in self.rest), None)

    return Reader()
