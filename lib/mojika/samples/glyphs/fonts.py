"""The fonts that single characters are drawn with: the brush fonts, IPAmj Mincho, and further files of a folder."""

from collections.abc import Sequence
from pathlib import Path

from mojika.files.fonts import font_files_of, installed_font_files
from mojika.samples.fonts import BrushFont, find_brush_fonts

MINCHO = "mincho"  # IPAmj Mincho: all hentaigana of Unicode, all old forms of kanji; Debian's fonts-ipamj-mincho
CURSIVE = "cursive"  # written from strokes: no font, but a style beside them
_MINCHO_FILE = "ipamjm.ttf"


def find_glyph_fonts(folders: Sequence[Path]) -> dict[str, BrushFont]:
    """Fonts by style: the brush fonts, `mincho` where it is installed, and each font file of `folders` by its stem.

    Raises:
        UserError: a brush font is not installed, or a folder has no font.
    """
    fonts = find_brush_fonts()
    installed = installed_font_files([_MINCHO_FILE])
    if _MINCHO_FILE in installed:
        fonts[MINCHO] = BrushFont(MINCHO, installed[_MINCHO_FILE])
    return fonts | {style: BrushFont(style, path) for style, path in font_files_of(folders).items()}
