"""Pixels and digests of image files. Functions of a module, so that they can be handed to other processes."""

import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from mojika.data.images import read_image
from mojika.errors import UserError
from mojika.files.fingerprints import digest, file_digest


def read_frame(path: Path, frame: int) -> np.ndarray:
    """`(H, W, 3) uint8`; raises `UserError` as `read_image` does."""
    return read_image(path, 3, frame=frame)


def content_digest(path: Path) -> str:
    """SHA-256 of a file, which is read once while nobody changes it; raises `UserError` where it cannot be read."""
    try:
        status = os.stat(path)
        return _digest_of_state(path, (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino))
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None


def page_digest(path: Path, *page: int) -> str:
    """That of a page of a file, `page` being its number and all other numbers that decide its pixels."""
    return digest([content_digest(path), *page])


@lru_cache(maxsize=64)
def _digest_of_state(path: Path, state: tuple[int, ...]) -> str:
    return file_digest(path)
