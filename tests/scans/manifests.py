"""Manifests of books on a server, as libraries write them (IIIF Presentation API 2.1 and 3.0, with image services)."""

import json
from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 90, 120


def manifest_2(host: str, images: Sequence[dict[str, Any]], name: str = "100241706") -> bytes:
    canvases = [
        {
            "@id": f"{host}/biblio/{name}/canvas/{number}",
            "@type": "sc:Canvas",
            "label": f"{number}/オ",
            "width": WIDTH,
            "height": HEIGHT,
            "thumbnail": {"@id": f"{host}/thumbnails/{number}.jpg"},
            "images": [
                {
                    "@id": f"{host}/biblio/{name}/annotation/{number}",
                    "@type": "oa:Annotation",
                    "motivation": "sc:painting",
                    "resource": image,
                    "on": f"{host}/biblio/{name}/canvas/{number}",
                }
            ],
        }
        for number, image in enumerate(images, 1)
    ]
    return _json(
        {
            "@context": "http://iiif.io/api/presentation/2/context.json",
            "@id": f"{host}/biblio/{name}/manifest",
            "@type": "sc:Manifest",
            "label": "源氏物語",
            "metadata": [{"label": "Author", "value": [{"@value": "紫式部", "@language": "ja"}]}],
            "viewingDirection": "right-to-left",
            "sequences": [{"@id": f"{host}/biblio/{name}/range/r0", "@type": "sc:Sequence", "canvases": canvases}],
        }
    )


def image_2(host: str, name: str) -> dict[str, Any]:
    """An image with a service of version 2."""
    return {
        "@id": f"{host}/iiif/2/{name}/full/full/0/default.jpg",
        "@type": "dctypes:Image",
        "format": "image/jpeg",
        "width": WIDTH,
        "height": HEIGHT,
        "service": {
            "@context": "http://iiif.io/api/image/2/context.json",
            "@id": f"{host}/iiif/2/{name}",
            "profile": "http://iiif.io/api/image/2/level2.json",
        },
    }


def info_2(host: str, name: str, **limits: int) -> bytes:
    return _json(
        {
            "@context": "http://iiif.io/api/image/2/context.json",
            "@id": f"{host}/iiif/2/{name}",
            "protocol": "http://iiif.io/api/image",
            "width": WIDTH,
            "height": HEIGHT,
            "tiles": [{"width": 64, "scaleFactors": [1, 2]}],
            "profile": ["http://iiif.io/api/image/2/level2.json", {"formats": ["jpg"], **limits}],
        }
    )


def manifest_3(host: str, images: Sequence[dict[str, Any]], name: str = "genji") -> bytes:
    canvases = [
        {
            "id": f"{host}/{name}/canvas/{number}",
            "type": "Canvas",
            "label": {"ja": [f"{number}丁"]},
            "width": WIDTH,
            "height": HEIGHT,
            "items": [
                {
                    "id": f"{host}/{name}/page/{number}",
                    "type": "AnnotationPage",
                    "items": [
                        {
                            "id": f"{host}/{name}/annotation/{number}",
                            "type": "Annotation",
                            "motivation": "painting",
                            "body": image,
                            "target": f"{host}/{name}/canvas/{number}",
                        }
                    ],
                }
            ],
            "annotations": [{"id": f"{host}/{name}/comments/{number}", "type": "AnnotationPage", "items": []}],
        }
        for number, image in enumerate(images, 1)
    ]
    return _json(
        {
            "@context": "http://iiif.io/api/presentation/3/context.json",
            "id": f"{host}/{name}/manifest.json",
            "type": "Manifest",
            "label": {"ja": ["源氏物語"], "en": ["The Tale of Genji"]},
            "viewingDirection": "right-to-left",
            "provider": [{"id": f"{host}/about", "type": "Agent", "label": {"en": ["A library"]}}],
            "items": canvases,
        }
    )


def image_3(host: str, name: str) -> dict[str, Any]:
    """An image with a service of version 3, and a second one that tells how to log in."""
    return {
        "id": f"{host}/iiif/3/{name}/full/max/0/default.jpg",
        "type": "Image",
        "format": "image/jpeg",
        "width": WIDTH,
        "height": HEIGHT,
        "service": [
            {"id": f"{host}/login", "type": "AuthProbeService2"},
            {"id": f"{host}/iiif/3/{name}", "type": "ImageService3", "profile": "level1"},
        ],
    }


def info_3(host: str, name: str, **limits: int) -> bytes:
    return _json(
        {
            "@context": "http://iiif.io/api/image/3/context.json",
            "id": f"{host}/iiif/3/{name}",
            "type": "ImageService3",
            "protocol": "http://iiif.io/api/image",
            "profile": "level1",
            "width": WIDTH,
            "height": HEIGHT,
            **limits,
        }
    )


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
