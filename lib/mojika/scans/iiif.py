"""Pages of IIIF manifests: their images, fetched when they are needed."""

from functools import partial
from pathlib import Path

import numpy as np

from mojika.data.images import read_image
from mojika.errors import UserError
from mojika.files.urls import Url
from mojika.scans.image_service import whole_image
from mojika.scans.manifest import Canvas, read_manifest
from mojika.scans.request import Refused
from mojika.scans.sheets import Sheet, content_digest
from mojika.scans.web import Web


def sheets_of_manifest(path: Path, web: Web, source: str, named_by: Url | None) -> list[Sheet | None]:
    """Those of a manifest that a person calls `source`, None for a canvas without an image; `named_by` is the address
    that it came from, if it has one.

    Raises `UserError` as `read_manifest` does.
    """
    sheets: list[Sheet | None] = []
    for number, canvas in enumerate(read_manifest(path), 1):
        arguments = (canvas, web, f"{source} page {number}", named_by)
        sheet = Sheet(partial(_digest, *arguments), partial(_pixels, *arguments), canvas.address, canvas.size)
        sheets.append(sheet if canvas.resource or canvas.service else None)
    return sheets


def _digest(canvas: Canvas, web: Web, source: str, named_by: Url | None) -> str:
    return content_digest(_fetched(canvas, web, source, named_by))


def _pixels(canvas: Canvas, web: Web, source: str, named_by: Url | None) -> np.ndarray:
    copy = _fetched(canvas, web, source, named_by)
    try:
        return read_image(copy, 3)
    except UserError as error:
        web.forget(copy)
        raise UserError(str(error).replace(str(copy), source, 1)) from None


def _fetched(canvas: Canvas, web: Web, source: str, named_by: Url | None) -> Path:
    """The first of the image's addresses that the server gives."""
    refusals: list[UserError] = []
    try:
        for address in _addresses(canvas, web, named_by):
            try:
                return web.fetched(_web_address(address), named_by=named_by)
            except Refused as error:
                refusals.append(error)
        raise refusals[0]
    except UserError as error:
        raise UserError(f"{source}: {error}") from None


def _addresses(canvas: Canvas, web: Web, named_by: Url | None) -> list[str]:
    as_it_is = [canvas.resource] if canvas.resource else []
    if not canvas.service:
        return as_it_is
    try:
        info = web.fetched(_web_address(f"{canvas.service.rstrip('/')}/info.json"), named_by=named_by)
        return whole_image(info, canvas.service) + as_it_is
    except Refused:
        if not as_it_is:
            raise
        return as_it_is


def _web_address(text: str) -> Url:
    url = Url.parse(text) if "://" in text else None
    if url is None or not url.is_web:
        scheme = f"{url.scheme}://" if url else "no address"
        raise UserError(f"expected the address of an image on a web server, found {scheme}")
    return url
