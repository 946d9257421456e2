"""Which address of a IIIF image service has the whole image, as large as the server gives it (Image API 1 to 3)."""

import json
import math
from pathlib import Path
from typing import Any

from mojika.errors import UserError
from mojika.files.json_text import load_json


def whole_image(info: Path, service: str) -> list[str]:
    """Addresses of the whole image, the best first: servers differ in what they know. `info` is the service's
    `info.json`; raises `UserError` where it is none."""
    try:
        described = load_json(info.read_bytes())
    except ValueError as error:
        raise UserError(f"{info}: expected the description of an image, found no JSON: {error}") from None
    if not isinstance(described, dict):
        raise UserError(f"{info}: expected the description of an image, found other JSON")
    version, base = _version(described), service.rstrip("/")
    if version == 1:
        return [f"{base}/full/full/0/native.jpg"]
    if version == 3:
        return [f"{base}/full/max/0/default.jpg"]
    width = _allowed_width(described)
    sizes = ["full", "max"] if width is None else ["max", f"{width},"]
    return [f"{base}/full/{size}/0/default.jpg" for size in sizes]


def _version(described: dict[str, Any]) -> int:
    context = json.dumps([described.get("@context"), described.get("type")])
    if "image/3/" in context or "ImageService3" in context:
        return 3
    return 1 if "image-api/1" in context or "image/1/" in context else 2


def _allowed_width(described: dict[str, Any]) -> int | None:
    """Pixels; None where the server gives the image as large as it is (Image API 2.1, 5.2 and 5.3)."""
    profile = described.get("profile")
    limits = described | {}
    for each in profile if isinstance(profile, list) else []:  # where version 2 has them
        limits |= each if isinstance(each, dict) else {}
    try:
        width, height = int(described["width"]), int(described["height"])
        across = int(limits.get("maxWidth", width))
        down = int(limits.get("maxHeight", limits.get("maxWidth", height)))
        area = int(limits.get("maxArea", width * height))
        scale = min(1, across / width, down / height, math.sqrt(area / (width * height)))
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return None
    return None if scale == 1 else max(1, math.floor(width * scale))
