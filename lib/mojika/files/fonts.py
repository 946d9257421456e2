"""Font files of the machine: where they are, which characters they claim, and one of them to draw with."""

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import ImageFont

from mojika.errors import UserError

_SUFFIXES = {".ttf", ".otf"}
FONT_FOLDERS = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")


@dataclass(frozen=True)
class FontFile:
    style: str
    path: Path

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def find_fonts(fonts: Mapping[str, tuple[str, str]], needed: str) -> dict[str, Path]:
    """The paths, by style, of `fonts`: their file names and Debian packages.

    Raises:
        UserError: one of them is not installed; the message begins with `needed` and names the packages.
    """
    installed = installed_font_files([file for file, _ in fonts.values()])
    missing = [(file, package) for file, package in fonts.values() if file not in installed]
    if missing:
        packages = " ".join(sorted({package for _, package in missing}))
        raise UserError(
            f"{needed}; not installed: {', '.join(file for file, _ in missing)}. "
            f"Install the Debian packages {packages}, or run the command through ./run.sh --local, which does"
        )
    return {style: installed[file] for style, (file, _) in fonts.items()}


def font_files_of(folders: Sequence[Path]) -> dict[str, Path]:
    """The font files of `folders` by their stem, which is their style.

    Raises:
        UserError: a folder has no font.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        files = sorted(file for file in folder.glob("*") if file.suffix.lower() in _SUFFIXES)
        if not files:
            raise UserError(f"expected a folder with fonts (.ttf, .otf), found none in {folder}")
        found |= {file.stem: file for file in files}
    return found


def installed_font_files(wanted: Sequence[str]) -> dict[str, Path]:
    """Font files by name, from the usual folders, or from fontconfig where a system keeps a wanted one elsewhere."""
    found = {path.name: path for folder in FONT_FOLDERS if folder.is_dir() for path in sorted(folder.rglob("*.tt[fc]"))}
    if all(file in found for file in wanted):
        return found
    try:
        command = ["fc-list", "--format", "%{file}\n"]
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:  # no fontconfig here: the folders above are all there is
        return found
    return found | {Path(line).name: Path(line) for line in listing.splitlines() if line.strip()}


@lru_cache(maxsize=32)
def code_points(path: Path) -> frozenset[int]:
    """The characters that a font claims to have, of a collection its first font; some are blank."""
    with TTFont(path, lazy=True, fontNumber=0) as font:
        return frozenset(font.getBestCmap())


@lru_cache(maxsize=256)
def loaded_font(path: Path, size: int, layout: ImageFont.Layout | None = None) -> ImageFont.FreeTypeFont:
    """The font at `size` pixels per em; `layout` is Pillow's default where none is given."""
    return ImageFont.truetype(str(path), size, layout_engine=layout)
