import json
import pickle
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback import WebServer
from manifests import image_2, image_3, info_2, info_3, manifest_2, manifest_3
from pdf_files import PdfPage, jpeg_of, write_pdf
from PIL import Image

from mojika.errors import UserError
from mojika.scans.find_scans import find_scans
from mojika.scans.manifest import read_manifest
from mojika.scans.page_selection import PageSelection
from mojika.scans.scan import Scan
from mojika.scans.web import Web

PIXELS = np.random.default_rng(0).integers(0, 256, (120, 90, 3), np.uint8)
SMALL = PIXELS[:60, :45]


def find(cache: Path, *inputs: str | Path, pages: str | None = None) -> tuple[list[Scan], list[str]]:
    selection = PageSelection.parse(pages) if pages else None
    web = Web(cache, pause=0, wait=0, tries=2)
    scans, faults = find_scans([str(each) for each in inputs], pages=selection, cache=cache, web=web)
    return scans, [f"{fault.file}: {fault.reason}" for fault in faults]


@pytest.fixture
def found(tmp_path):
    return partial(find, tmp_path / "cache")


def serve_2(web: WebServer, name: str, size: str, pixels: np.ndarray, **limits: int) -> dict:
    web.objects[f"/iiif/2/{name}/info.json"] = info_2(web.address, name, **limits)
    web.objects[f"/iiif/2/{name}/full/{size}/0/default.jpg"] = jpeg_of(pixels)
    return image_2(web.address, name)


def serve_3(web: WebServer, name: str, pixels: np.ndarray, **limits: int) -> dict:
    web.objects[f"/iiif/3/{name}/info.json"] = info_3(web.address, name, **limits)
    web.objects[f"/iiif/3/{name}/full/max/0/default.jpg"] = jpeg_of(pixels)
    return image_3(web.address, name)


def test_a_manifest_of_version_2_is_a_book(web, found):
    images = [serve_2(web, name, "full", PIXELS) for name in ("p1", "p2", "p3")]
    web.objects["/biblio/100241706/manifest"] = manifest_2(web.address, images)
    address = f"{web.address}/biblio/100241706/manifest"
    scans, faults = found(address, pages="2-3")
    assert faults == [] and web.fetches() == ["/biblio/100241706/manifest"]
    assert [scan.name for scan in scans] == ["100241706/0002", "100241706/0003"]
    assert scans[0].source == f"{address} page 2"
    assert (scans[0].canvas, scans[0].canvas_size) == (f"{web.address}/biblio/100241706/canvas/2", (90, 120))
    assert scans[0].read().shape == PIXELS.shape
    assert web.fetches()[1:] == ["/iiif/2/p2/info.json", "/iiif/2/p2/full/full/0/default.jpg"]


def test_a_manifest_of_version_3_is_a_book_also_as_a_file(web, found, tmp_path):
    images = [serve_3(web, "p1", PIXELS), serve_3(web, "p2", PIXELS[::-1])]
    (tmp_path / "書物.json").write_bytes(b"\xef\xbb\xbf" + manifest_3(web.address, images))
    scans, faults = found(tmp_path / "書物.json")
    assert faults == [] and [scan.name for scan in scans] == ["書物/0001", "書物/0002"]
    assert scans[1].canvas == f"{web.address}/genji/canvas/2"
    assert len({scan.fingerprint for scan in scans}) == 2
    asked = len(web.requests)
    assert [pickle.loads(pickle.dumps(scan)).read().shape for scan in scans] == [PIXELS.shape] * 2
    again, _ = found(tmp_path / "書物.json")
    assert [scan.fingerprint for scan in again] == [scan.fingerprint for scan in scans]
    assert len(web.requests) == asked


@pytest.mark.parametrize(
    "size, limits",
    [
        ("max", {"maxWidth": 45}),
        ("45,", {"maxArea": 2700}),
        ("45,", {"maxWidth": 60, "maxHeight": 60}),
        ("full", {"maxWidth": 90}),
        ("max", {"maxWidth": float("inf")}),
        ("max", {"maxArea": 10**400}),
        ("max", {}),  # the server knows the word of version 3 only
    ],
)
def test_limits_of_a_service_are_kept(web, found, size, limits):
    web.objects["/manifest"] = manifest_2(web.address, [serve_2(web, "p1", size, SMALL, **limits)])
    [scan], _ = found(f"{web.address}/manifest")
    assert scan.read().shape == SMALL.shape


def test_the_image_is_taken_as_it_is_where_there_is_no_service(web, found):
    web.objects["/scans/1.png"] = jpeg_of(PIXELS)
    plain = {"id": f"{web.address}/scans/1.png", "type": "Image"}
    silent = {**image_3(web.address, "gone"), "id": f"{web.address}/scans/1.png"}
    web.objects["/m.json"] = manifest_3(web.address, [plain, silent])
    scans, faults = found(f"{web.address}/m.json")
    assert faults == [] and [scan.read().shape for scan in scans] == [PIXELS.shape] * 2


def test_choices_and_details_of_a_page(web, found):
    first, second = serve_3(web, "natural", PIXELS), serve_3(web, "infrared", SMALL)
    document = json.loads(manifest_3(web.address, [{"type": "Choice", "items": [first, second]}]))
    [canvas] = document["items"]
    detail = {"type": "Annotation", "motivation": "painting", "body": second, "target": f"{canvas['id']}#xywh=1,1,9,9"}
    canvas["items"][0]["items"].insert(0, detail)
    web.objects["/m3"] = json.dumps(document).encode()
    choice = {"@type": "oa:Choice", "default": serve_2(web, "p1", "full", PIXELS), "item": [image_2(web.address, "x")]}
    web.objects["/m2"] = manifest_2(web.address, [choice])
    scans, _ = found(f"{web.address}/m3", f"{web.address}/m2")
    assert [scan.read().shape for scan in scans] == [PIXELS.shape] * 2


def test_images_their_descriptions_and_pdfs_have_addresses_too(web, found, tmp_path):
    serve_3(web, "p1", PIXELS)
    web.objects["/scans/巻 一.jpg"] = jpeg_of(SMALL)
    page = PdfPage((90, 120), "90 0 0 120 0 0 cm /I Do", {"I": jpeg_of(PIXELS)})
    web.objects["/scans/book.pdf"] = write_pdf(tmp_path / "x", [page]).read_bytes()
    paths = ["scans/%E5%B7%BB%20%E4%B8%80.jpg", "iiif/3/p1/info.json", "scans/book.pdf"]
    scans, faults = found(*(f"{web.address}/{path}" for path in paths))
    assert faults == [] and [scan.name for scan in scans] == ["巻 一", "p1/0001", "book/0001"]
    assert [scan.read().shape for scan in scans] == [SMALL.shape, PIXELS.shape, PIXELS.shape]


def test_orientation_and_damage_of_fetched_images(web, found):
    exif = Image.Exif()
    exif[0x0112] = 6
    web.objects["/turned.jpg"] = _jpeg(PIXELS, exif=exif)
    web.objects["/error.jpg"] = b"<html>busy</html>"
    images = [{"id": f"{web.address}{path}", "type": "Image"} for path in ("/turned.jpg", "/error.jpg")]
    web.objects["/m"] = manifest_3(web.address, images)
    (turned, broken), _ = found(f"{web.address}/m")
    assert turned.read().shape == (90, 120, 3)
    with pytest.raises(UserError, match="/m page 2: expected an image, found something else$"):
        broken.read()
    web.objects["/error.jpg"] = jpeg_of(PIXELS)
    assert broken.read().shape == PIXELS.shape


def _jpeg(pixels: np.ndarray, **options) -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def test_what_is_no_book_is_one_line_each(web, found):
    empty = manifest_3(web.address, [])
    collection = {"type": "Collection", "items": [{"id": "https://library.example/1/manifest", "type": "Manifest"}]}
    web.objects |= {
        "/none": empty,
        "/sounds": manifest_3(web.address, [{"id": f"{web.address}/a.mp3", "type": "Sound"}]),
        "/collection": json.dumps(collection).encode(),
        "/other": b'{"a": 1}',
        "/broken": b'{"type": "Manifest", ',
        "/deep": b'{"a":' * 100_000,
        "/viewer": b"<!DOCTYPE html>\n<html><body>A viewer</body></html>",
    }
    names = ["none", "sounds", "collection", "other", "broken", "deep", "missing", "viewer"]
    scans, faults = found(*(f"{web.address}/{name}" for name in names), "file:///etc/passwd", "https://a:b@host/secret")
    assert scans == []
    reasons = [fault.removeprefix(f"{web.address}/{name}: ") for fault, name in zip(faults, names, strict=False)]
    assert reasons[0] == "expected a manifest with images, found 0 canvases and no image"
    assert reasons[1] == "expected a manifest with images, found 1 canvases and no image"
    assert reasons[2] == (
        "is a collection of 1 members, the first of them https://library.example/1/manifest; "
        "name its manifests one by one"
    )
    assert reasons[3] == "expected a IIIF manifest, found JSON of another kind"
    assert all(reason.startswith("expected a IIIF manifest, found no JSON: ") for reason in reasons[4:6])
    assert reasons[6] == "the server does not give it (404 Not Found)"
    assert reasons[7] == "expected an image, a PDF or a IIIF manifest, found a web page"
    assert faults[8].startswith("file://…: expected a path") and "secret" not in faults[9]
    assert len(faults) == 10 and not any("\n" in fault for fault in faults)


KEYS = "type @type items sequences canvases images resource service body id @id target on motivation source default"
JSON = st.recursive(
    st.sampled_from([None, 1, "", "Manifest", "sc:Manifest", "Image", "Choice", "painting", "http://host/1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from(KEYS.split()), JSON))
def test_no_json_does_anything_but_be_refused(tmp_path_factory, document):
    path = tmp_path_factory.mktemp("any") / "manifest.json"
    path.write_text(json.dumps({"type": "Manifest", **document}))
    try:
        assert read_manifest(path)
    except UserError as error:
        assert str(error).startswith(f"{path}: ")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "/etc/passwd", "s3://bucket/1.jpg", "ftp://host/1.jpg"])
def test_a_manifest_names_images_on_web_servers_only(web, found, address):
    web.objects["/m"] = manifest_3(web.address, [{"id": address, "type": "Image"}])
    [scan], _ = found(f"{web.address}/m")
    with pytest.raises(UserError, match="/m page 1: .*expected"):
        scan.read()


def test_pages_that_a_library_has_no_image_of_are_told(web, found, capsys):
    document = json.loads(manifest_3(web.address, [serve_3(web, "p1", PIXELS)] * 3))
    document["items"][1]["items"] = []
    web.objects["/m"] = json.dumps(document).encode()
    scans, faults = found(f"{web.address}/m")
    assert faults == [] and [scan.name[-5:] for scan in scans] == ["/0001", "/0003"]
    assert capsys.readouterr().err == f"{web.address}/m: no image of 1 of 3 pages, the first is page 2\n"
    scans, faults = found(f"{web.address}/m", pages="2-3")
    assert [scan.name[-5:] for scan in scans] == ["/0003"] and faults == [f"{web.address}/m page 2: has no image"]


def test_books_are_read_from_the_cache_where_nobody_answers(web, found):
    web.objects["/m"] = manifest_3(web.address, [serve_3(web, "p1", PIXELS)])
    [scan], _ = found(f"{web.address}/m")
    scan.read()
    web.statuses["/m"] = 503
    [again], faults = found(f"{web.address}/m")
    assert faults == [] and again.read().shape == PIXELS.shape
