"""What `import mojika` offers; the examples of docs/api.md run as they are printed."""

import json
import re
import threading
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_readers import SETTINGS, draw_page, write_tiny_reader

import mojika
from mojika.cli.main import main
from mojika.formats.page_json_reading import read_page_json

EXAMPLES = re.findall(r"```python\n(.*?)```", (Path(__file__).parents[2] / "docs" / "api.md").read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    models = write_tiny_reader(folder)
    assert main(["bundle", *models, "--out", str(folder / "models" / "reader"), *SETTINGS]) == 0
    return folder


@pytest.fixture
def here(tiny, tmp_path, monkeypatch) -> Path:
    """A working directory with `models/reader` in it."""
    (tmp_path / "models").symlink_to(tiny / "models")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_page_is_read_in_one_line(here):
    draw_page(here / "page.png")
    page = mojika.read("page.png")
    assert len(page.characters) == 12 and set(page.text) <= set("あいうえおか\n")
    assert page.text.split("\n") == [column.text for column in page.columns]
    assert page.image().shape == (160, 120, 3) and (page.width, page.height) == (120, 160)
    found = read_page_json(page.export("json", here / "results" / "page.json"))
    assert found.text == page.text and found.name == "page"
    with pytest.raises(mojika.UserError, match="found 'docx'"):
        page.export("docx", here / "page.docx")


def test_pixels_are_read_as_their_file_is(here):
    reader = mojika.Reader("models/reader", device="cpu")
    from_file = reader.read(draw_page(here / "page.png"))
    pixels = np.asarray(Image.open(here / "page.png"))
    assert reader.read(pixels).blocks == from_file.blocks and reader.device == "cpu"
    gray = np.asarray(Image.open(here / "page.png").convert("L"))
    assert reader.read(gray).blocks == reader.read(np.stack([gray] * 3, axis=2)).blocks
    with pytest.raises(mojika.UserError, match=r"of uint8, found \(5, 5\) of float64"):
        reader.read(np.zeros((5, 5)))


def test_settings_of_the_reader_can_be_others(here):
    reader = mojika.Reader(["models/reader"], at_most=3)
    assert len(reader.read(draw_page(here / "page.png")).characters) == 3


def test_a_book_is_read_page_by_page(here):
    sheets = [Image.open(draw_page(here / f"{seed}.png", seed)) for seed in (1, 2, 3)]
    sheets[0].save(here / "book.tif", save_all=True, append_images=sheets[1:])
    reader = mojika.Reader()
    assert [page.name for page in reader.read_all("book.tif", pages="2-")] == ["book/0002", "book/0003"]
    with pytest.raises(mojika.UserError, match="expected one page, found 3; read_all reads them"):
        reader.read("book.tif")
    with pytest.raises(mojika.UserError, match="nowhere"):
        reader.read_all("1.png", "nowhere")


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_the_examples_of_the_documentation_run(here, number, capsys):
    for name in ("page.jpg", "test_images/a.png", "test_images/b.png"):
        draw_page(here / name)
    Image.open(here / "page.jpg").save(here / "book.pdf", save_all=True, append_images=[Image.open(here / "page.jpg")])
    names: dict = {}
    exec(EXAMPLES[number].replace("8000", "0"), names)
    match number:
        case 0:
            assert (here / "page.alto.xml").exists() and capsys.readouterr().out.strip()
        case 1:
            rows = (here / "characters.csv").read_text().splitlines()
            assert len(rows) > 20 and rows[1].startswith("test_images/a,U+30")
            assert (here / "test_images" / "b.csv").read_text().startswith("image_id,labels")
        case 2:
            assert (here / "book" / "0002.xml").exists() and (here / "book" / "0001.pdf").exists()
            assert "book.pdf page 1: " in capsys.readouterr().out
        case 3:
            with names["server"] as server:
                thread = threading.Thread(target=server.handle_request)
                thread.start()
                address = "http://127.0.0.1:{1}/".format(*server.server_address)
                with urllib.request.urlopen(address, (here / "page.jpg").read_bytes()) as answer:
                    assert len(json.load(answer)["boxes"]) > 5
                thread.join()
