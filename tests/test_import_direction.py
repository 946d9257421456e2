"""The house of docs/architecture.md: imports run downwards only, floor by floor."""

import ast
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parents[1] / "lib" / "mojika"
FLOORS = [
    {"files", "parameters", "runtime"},
    {"augmentation", "models", "preprocessing"},
    {"data"},
    {"boxes", "samples", "training"},
    {"detection", "pictures", "recognition"},
    {"experiment"},
    {"cli"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def imported_modules(path: Path, package: str) -> set[str]:
    """Absolute names of everything under `mojika` that the file imports, also inside functions and conditionals."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, node.module] if node.module else base)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return {name for name in found if name.split(".")[0] == "mojika"}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in FLOOR_OF else None


SOURCES = sorted(LIBRARY.rglob("*.py"))


def test_every_folder_of_the_library_stands_on_a_floor():
    folders = {path.name for path in LIBRARY.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert folders <= set(FLOOR_OF)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_imports_run_downwards(path: Path):
    package = ".".join(["mojika", *path.relative_to(LIBRARY).parent.parts])
    own_room = room_of(package)
    for module in imported_modules(path, package):
        room = room_of(module)
        if room is None or room == own_room:
            continue
        assert own_room is not None, f"{path} stands under all rooms and must not import {module}"
        assert FLOOR_OF[room] < FLOOR_OF[own_room], f"{own_room} must not import {module}"


def test_a_wrong_import_would_be_seen(tmp_path: Path):
    source = tmp_path / "wrong.py"
    source.write_text("def late():\n    from mojika.training import loop\n    from ..cli import main\n")
    assert imported_modules(source, "mojika.data") == {"mojika.training.loop", "mojika.cli.main"}
