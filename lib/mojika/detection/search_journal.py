"""What a search of pages has found so far, a line a page beside its output, so that it can resume however it ended."""

import base64
import json
import os
import time
from collections import UserDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mojika.errors import ParameterError
from mojika.files.fingerprints import digest, expect_made_from, files_digest
from mojika.files.json_text import load_json
from mojika.locks import lock

SCHEMA = 1
_SUM = "sum"  # of the rest of a line
_NUMBER = np.dtype("<f4")  # of x1, y1, x2, y2 and score, box by box, in base64
_SYNC_SECONDS = 1.0  # how much a power cut may cost; a process that is killed loses no finished page


class Found(NamedTuple):
    """Width and height of a page, its boxes `(K, 4) float32` in pixels and their scores `(K,) float32`."""

    width: int
    height: int
    boxes: np.ndarray
    scores: np.ndarray


def journal_file(out: Path) -> Path:
    """Where a search that writes `out` keeps what it has found."""
    return out.with_suffix(".partial.jsonl")


class SearchJournal(UserDict[str, Found]):
    """Image id → what was found there: a dictionary that writes itself to a file, and starts with the file's content.

    Context manager around the file `path` of JSON lines: what the search was `made_from`, then a page a line, with the
    digest of its file, so that a page that changed since is searched again. A line that was cut off in the middle, or
    is not what its sum says, is forgotten, with what follows it. `files` are all pages by image id. With `forget` it
    starts empty. On leaving, a file without pages goes; `remove` it once the output is written.

    Raises `UserError` where another process searches for the same output, or `path` was made from something else.
    """

    def __init__(self, path: Path, made_from: dict[str, Any], files: Mapping[str, Path], *, forget: bool = False):
        super().__init__()
        self.path, self._made_from, self._files, self._forget = path, made_from, files, forget
        self._synced = 0.0

    def __enter__(self) -> "SearchJournal":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(self.path, "a+b")
        try:
            self._take_up()
        except BaseException:
            self._file.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if not self.data:
            self.remove()
        os.fsync(self._file.fileno())
        self._file.close()

    def __setitem__(self, image_id: str, found: Found) -> None:
        numbers = np.column_stack([found.boxes, found.scores]).astype(_NUMBER)
        self._write({
            "image_id": image_id,
            "file": files_digest([self._files[image_id]]),
            "size": [found.width, found.height],
            "boxes": base64.b64encode(numbers.tobytes()).decode(),
        })  # fmt: skip
        self.data[image_id] = found

    def remove(self) -> None:
        """Delete the file; what is in memory stays."""
        self.path.unlink(missing_ok=True)

    def _take_up(self) -> None:
        try:
            lock(self._file, wait=False)
        except BlockingIOError:
            text = f"{self.path}: another process writes it, searching for the same {{out}}; wait"
            raise ParameterError(text) from None
        self._file.seek(0)
        wanted = {"schema": SCHEMA, **self._made_from}
        about = None if self._forget else self._next()
        if about is None:
            self._file.truncate(0)
            self._write(wanted)
            return
        expect_made_from(self.path, about, wanted)
        whole = self._file.tell()
        while (line := self._next()) is not None:
            whole = self._file.tell()
            path = self._files.get(line["image_id"])
            if path is not None and files_digest([path]) == line["file"]:
                numbers = np.frombuffer(base64.b64decode(line["boxes"]), _NUMBER).astype(np.float32).reshape(-1, 5)
                width, height = line["size"]
                self.data[line["image_id"]] = Found(width, height, numbers[:, :4], numbers[:, 4])
        self._file.truncate(whole)

    def _next(self) -> dict[str, Any] | None:
        """The next line; None at the end, and where one is not whole."""
        line = self._file.readline()
        try:
            value = load_json(line) if line.endswith(b"\n") else None
            return value if value is None or value.pop(_SUM, digest(value)) == digest(value) else None
        except (ValueError, AttributeError):
            return None

    def _write(self, value: dict[str, Any]) -> None:
        self._file.write(json.dumps({**value, _SUM: digest(value)}, ensure_ascii=False).encode() + b"\n")
        self._file.flush()
        now = time.monotonic()
        if now - self._synced > _SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = now
