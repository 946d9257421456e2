"""Join the parts into which @fontsource splits a font: python scripts/join_font.py OUT.ttf PART.woff…"""

import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger, Options
from fontTools.ttLib import TTFont

# All that drawing single glyphs needs; the layout tables of several parts name glyphs of other parts.
_KEPT = {"head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "CFF ", "name", "post", "GlyphOrder"}


def join(parts: list[Path], out: Path) -> None:
    """Write one font with the glyphs of all parts; a character that several parts have comes from the first.

    A single part keeps its layout tables, which shape conjuncts.
    """
    if len(parts) == 1:
        font = TTFont(parts[0])
        font.flavor = None
        font.save(out)
        return
    with tempfile.TemporaryDirectory() as folder:
        plain, seen = [], set()
        for number, part in enumerate(parts):
            font = TTFont(part)
            characters = set(font.getBestCmap()) - seen
            if not characters:
                continue
            seen |= characters
            for table in font["cmap"].tables:
                table.cmap = {code: name for code, name in getattr(table, "cmap", {}).items() if code in characters}
            for tag in set(font.keys()) - _KEPT:
                del font[tag]
            font.flavor = None
            path = Path(folder) / f"{number}.ttf"
            font.save(path)
            plain.append(str(path))
        Merger(Options(drop_tables=[])).merge(plain).save(out)


if __name__ == "__main__":
    join([Path(part) for part in sys.argv[2:]], Path(sys.argv[1]))
