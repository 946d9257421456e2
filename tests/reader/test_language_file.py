"""A reader with a language model: chosen, read with, stored, and refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from scripted import ScriptedEngine
from tiny_readers import SETTINGS, draw_page, write_tiny_reader

from mojika.cli.main import main
from mojika.errors import UserError
from mojika.files.reader_folder import LANGUAGE, ReaderFolder
from mojika.formats.page_json import page_json
from mojika.language.learning import learn
from mojika.language.model_file import write_language_model
from mojika.language.texts import Text
from mojika.reader.from_json import write_from_json
from mojika.reader.language_file import LanguageFile, chosen_language
from mojika.reader.page_reader import PageReader
from mojika.reader.reader_files import open_reader_files
from mojika.reader.settings import ReaderSettings

PIXELS = np.zeros((100, 200, 3), np.uint8)
COLUMN = [(150, 10, 170, 30), (150, 40, 170, 60)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    model = learn([Text("book", ("あい", "あい", "あいあい"))], 3)
    write_language_model(tmp_path / "a.ngrams", model, {"texts": []}, license="cc-by-sa-4.0", data=["a book"])
    return tmp_path / "a.ngrams"


def test_a_page_is_read_in_its_context(file):
    engine = ScriptedEngine(COLUMN, [0.9, 0.9], [[0.98, 0.01, 0.01], [0.02, 0.48, 0.5]])
    settings, context = ReaderSettings(short_sides=(100,)), LanguageFile.open(file).load()
    assert PageReader(engine, settings, {}).read(PIXELS).text == "あう"
    page = PageReader(engine, settings, {}, None, context).read(PIXELS)
    assert page.text == "あい"
    assert page.characters[1].char == "い" and page.characters[1].prob > 0.5
    assert {each.char for each in page.characters[1].candidates} == {"あ", "い", "う"}


def test_the_readers_own_model_is_taken_unless_another_or_none_is_asked_for(file, tmp_path):
    own = LanguageFile.open(file, weight=0.7, temperature=2)
    (tmp_path / "b.ngrams").write_bytes(file.read_bytes())
    assert chosen_language(own, None) == own and chosen_language(None, None) is None
    assert chosen_language(own, "off") is None
    other = chosen_language(own, str(tmp_path / "b.ngrams"))
    assert other and (other.path.name, other.weight, other.temperature) == ("b.ngrams", 0.7, 2)
    changed = chosen_language(None, str(file), 0.3, 1.5)
    assert changed and changed.to_plain() == {"sha256": own.digest, "weight": 0.3, "temperature": 1.5}
    for wrong in (("off", 0.5, None), (None, None, 2.0)):
        with pytest.raises(UserError, match="only with a language model"):
            chosen_language(None, *wrong)
    with pytest.raises(UserError, match="expected a number from"):
        LanguageFile.open(file, weight="much")


def test_a_folder_keeps_its_language_model_and_the_card_its_licence(file, tmp_path, capsys):
    models = write_tiny_reader(tmp_path)
    bundle = ["bundle", *models, "--out", str(tmp_path / "reader"), *SETTINGS]
    assert main([*bundle, "--lm", str(file), "--lm-weight", "0.4"]) == 0
    folder = ReaderFolder.open(tmp_path / "reader")
    folder.check()
    assert (folder.path / LANGUAGE).read_bytes() == file.read_bytes() and LANGUAGE in folder.files
    card = (folder.path / "README.md").read_text()
    assert "Licence of the n-grams: cc-by-sa-4.0" in card and "- a book" in card and "weight 0.4" in card
    read = open_reader_files(str(folder.path)).language
    assert read and (read.weight, read.temperature) == (0.4, 1.0)

    draw_page(tmp_path / "scans" / "a.png")
    recognize = ["recognize", str(tmp_path / "scans"), "--models", str(folder.path), "--formats", "json", "--out"]
    assert main([*recognize, str(tmp_path / "with")]) == 0
    assert main([*recognize, str(tmp_path / "without"), "--lm", "off"]) == 0
    pages = [json.loads((tmp_path / out / "scans" / "a.json").read_text()) for out in ("with", "without")]
    assert pages[0]["made_by"]["language_model"] == read.to_plain() and "language_model" not in pages[1]["made_by"]

    again = [
        "recognize",
        "--from-json",
        str(tmp_path / "without"),
        "--out",
        str(tmp_path / "anew"),
        "--formats",
        "json",
    ]
    assert main([*again, "--lm", str(file), "--lm-weight", "0.4"]) == 0
    anew = json.loads((tmp_path / "anew" / "scans" / "a.json").read_text())
    assert anew["made_by"] == pages[0]["made_by"]

    (folder.path / LANGUAGE).write_bytes(file.read_bytes()[:-1] + b"x")
    capsys.readouterr()
    assert main([*recognize, str(tmp_path / "damaged")]) == 2
    told = capsys.readouterr().err
    assert "another SHA-256" in told and "Traceback" not in told and not (tmp_path / "damaged" / "scans").exists()


@pytest.mark.parametrize(
    "about",
    ["x", {}, {"file": "../a", "weight": 1, "temperature": 1}, {"file": LANGUAGE, "weight": "1", "temperature": 1},
     {"file": LANGUAGE, "weight": 1, "temperature": 0}, {"file": "classes.csv", "weight": 1, "temperature": 1},
     {"file": [], "weight": 1, "temperature": 1}],
)  # fmt: skip
def test_what_a_hostile_configuration_says_is_refused_in_one_line(about, bundled, tmp_path):
    config = json.loads((bundled / "config.json").read_text())
    kept = config["language_model"]
    config["language_model"] = about
    (bundled / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError) as raised:
        open_reader_files(str(bundled))
    assert "\n" not in str(raised.value)
    config["language_model"] = kept
    (bundled / "config.json").write_text(json.dumps(config))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundled")
    write_language_model(folder / "a.ngrams", learn([Text("book", ("あい",))], 2), {}, license=None, data=[])
    models = write_tiny_reader(folder)
    assert main(["bundle", *models, "--out", str(folder / "reader"), "--lm", str(folder / "a.ngrams")]) == 0
    return folder / "reader"


def test_a_page_is_not_read_in_its_context_twice(file, tmp_path):
    engine = ScriptedEngine(COLUMN, [0.9, 0.9], [[0.98, 0.01, 0.01], [0.02, 0.48, 0.5]])
    language = LanguageFile.open(file)
    made_by = {"language_model": language.to_plain()}
    reader = PageReader(engine, ReaderSettings(short_sides=(100,)), made_by, None, language.load())
    (tmp_path / "page.json").write_text(page_json(reader.read(PIXELS)))
    [_] = write_from_json([tmp_path / "page.json"], tmp_path / "anew", ("json",), language=language)
    assert (tmp_path / "anew" / "page.json").read_text() == (tmp_path / "page.json").read_text()
