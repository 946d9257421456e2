"""Every room has quick tests, and the table of tiers names what there is."""

from pathlib import Path

from tiers import LONG, TESTS, WHOLE, place_among

LIBRARY = Path(__file__).parents[2] / "lib" / "mojika"


def test_the_table_names_files_and_folders_that_exist():
    assert [path for path in WHOLE if not (TESTS / path).exists()] == []
    assert [place_among(WHOLE, TESTS / path) for path in WHOLE] == list(range(len(WHOLE)))
    assert set(LONG) <= set(WHOLE)


def test_every_room_has_quick_tests():
    rooms = {path.name for path in LIBRARY.iterdir() if (path / "__init__.py").exists()}
    files = [path for path in TESTS.rglob("test_*.py") if place_among(WHOLE, path) == len(WHOLE)]
    quick = {path.relative_to(TESTS).parts[0] for path in files}
    assert rooms - quick == set()
    assert {"scripts", "lint"} <= quick and "pipeline" not in quick
