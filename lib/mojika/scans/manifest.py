"""IIIF manifests, as lists of the canvases and their images (Presentation API 2.1 and 3.0)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.json_text import load_json

IMAGE_API = "http://iiif.io/api/image"


@dataclass(frozen=True)
class Canvas:
    """`address` and `size` (width, height) of a canvas; of its image the `resource` as it is, and the image `service`
    that has it in any size."""

    address: str | None
    size: tuple[int, int] | None
    resource: str | None
    service: str | None


def read_manifest(path: Path) -> list[Canvas]:
    """The canvases of a manifest, or the one image of an `info.json`. Of several images on a canvas it is the first
    that covers it; of a choice of images the first.

    Raises `UserError` where the file is something else or has no images.
    """
    try:
        document = load_json(path.read_bytes())
        kind = _kind(document)
    except ValueError as error:
        raise UserError(f"{path}: expected a IIIF manifest, found no JSON: {error}") from None
    if kind == "Collection":
        raise UserError(f"{path}: is a collection of {_members(document)}; name its manifests one by one")
    if kind == "Manifest":
        canvases = [_canvas(each) for each in _canvases(document)]
        if not any(canvas.resource or canvas.service for canvas in canvases):
            raise UserError(f"{path}: expected a manifest with images, found {len(canvases)} canvases and no image")
        return canvases
    if isinstance(document, dict) and document.get("protocol") == IMAGE_API and _address(document):
        return [Canvas(None, None, None, _address(document))]
    raise UserError(f"{path}: expected a IIIF manifest, found JSON of another kind{f' ({kind})' if kind else ''}")


def _kind(document: Any) -> str:
    kind = document.get("type", document.get("@type")) if isinstance(document, dict) else None
    return kind.removeprefix("sc:") if isinstance(kind, str) else ""


def _members(collection: dict[str, Any]) -> str:
    lists = ("items", "manifests", "members", "collections")
    members = [each for name in lists for each in _list(collection.get(name)) if isinstance(each, dict)]
    first = next((address for each in members if (address := _address(each))), None)
    return f"{len(members)} members" + (f", the first of them {first}" if first else "")


def _canvases(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    sequences = [each for each in _list(manifest.get("sequences")) if isinstance(each, dict)][:1]  # others reorder it
    found = _list(sequences[0].get("canvases")) if sequences else _list(manifest.get("items"))
    return (each for each in found if isinstance(each, dict))


def _canvas(canvas: dict[str, Any]) -> Canvas:
    annotations = list(_painted(canvas))
    whole = [each for each in annotations if "xywh=" not in str(each.get("target", each.get("on")))]
    for annotation in whole or annotations:
        image = _image(annotation.get("body", annotation.get("resource")))
        if image:
            return Canvas(_address(canvas), _size(canvas), _address(image), _service(image))
    return Canvas(_address(canvas), _size(canvas), None, None)


def _size(canvas: dict[str, Any]) -> tuple[int, int] | None:
    width, height = canvas.get("width"), canvas.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    return None


def _painted(canvas: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pages = [each for each in _list(canvas.get("items")) if isinstance(each, dict)]
    version_3 = [each for page in pages for each in _list(page.get("items"))]
    for annotation in version_3 or _list(canvas.get("images")):
        if isinstance(annotation, dict) and annotation.get("motivation") in (None, "painting", "sc:painting"):
            yield annotation


def _image(body: Any) -> dict[str, Any] | None:
    """The image itself: of a choice the first, of a specific resource its source."""
    for each in _list(body):
        if isinstance(each, str):
            return {"id": each}
        if not isinstance(each, dict):
            continue
        inner = next((each[name] for name in ("items", "default", "source", "full") if name in each), None)
        image = _image(inner) if inner else each
        kind = str(image.get("type", image.get("@type", "Image"))) if image else ""
        if image and kind.lower() in ("image", "dctypes:image"):
            return image | ({"service": each["service"]} if "service" in each else {})
    return None


def _service(image: dict[str, Any]) -> str | None:
    for each in _list(image.get("service")):
        if isinstance(each, dict) and _is_image_service(each):
            return _address(each)
    return None


def _is_image_service(service: dict[str, Any]) -> bool:
    told = json.dumps([service.get(name) for name in ("type", "@type", "@context", "profile", "protocol")])
    return "ImageService" in told or "api/image" in told or "image-api" in told


def _address(thing: dict[str, Any]) -> str | None:
    found = thing.get("id", thing.get("@id"))
    return found if isinstance(found, str) and found else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
