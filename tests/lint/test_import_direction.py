"""The house of docs/architecture.md: imports run downwards only, floor by floor."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from floors import FLOOR_OF

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "lib" / "mojika"
FACE = LIBRARY / "__init__.py"  # offers what readers can do, under no room's name, and imports it when it is used


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


def upward_imports(path: Path, package: str, own_floor: int) -> Iterator[str]:
    """A line for every import of another room that is not on a lower floor."""
    for module in sorted(imported_modules(path, package)):
        room = room_of(module)
        if room is not None and room != room_of(package) and FLOOR_OF[room] >= own_floor:
            yield f"{path.name} in {package or path.parent.name} must not import {module}"


def test_every_folder_of_the_library_is_on_a_floor():
    folders = {path.name for path in LIBRARY.iterdir() if path.is_dir() and list(path.glob("*.py"))}
    assert folders <= set(FLOOR_OF)


def test_imports_run_downwards():
    faults = []
    for path in sorted({*LIBRARY.rglob("*.py")} - {FACE}):
        package = ".".join(["mojika", *path.relative_to(LIBRARY).parent.parts])
        faults += upward_imports(path, package, FLOOR_OF.get(room_of(package), -1))  # -1: under all rooms
    assert faults == []


def test_the_package_itself_offers_readers_and_nothing_else_and_imports_them_late():
    assert {room_of(module) for module in imported_modules(FACE, "mojika")} <= {"reader", None}
    program = (
        "import sys, mojika; sys.exit(', '.join({name.split('.')[0] for name in sys.modules} & {'numpy', 'torch'}))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stderr.strip() == ""


def test_benchmarks_import_what_is_below_the_command_line():
    files = sorted((ROOT / "benchmarks").glob("*.py"))
    assert files
    assert [fault for path in files for fault in upward_imports(path, "", FLOOR_OF["cli"])] == []


def test_a_wrong_import_would_be_seen(tmp_path: Path):
    source = tmp_path / "wrong.py"
    source.write_text("def late():\n    from mojika.training import loop\n    from ..cli import main\n")
    assert imported_modules(source, "mojika.data") == {"mojika.training.loop", "mojika.cli.main"}
    assert len(list(upward_imports(source, "mojika.data", FLOOR_OF["data"]))) == 2
    assert len(list(upward_imports(source, "mojika.recognition", FLOOR_OF["recognition"]))) == 1
    assert len(list(upward_imports(source, "mojika", -1))) == 1  # ..cli is outside here
