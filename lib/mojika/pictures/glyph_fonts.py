"""Fonts that draw the characters of a text, whatever its script, from the packages of packages.txt."""

import unicodedata
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from mojika.data.code_points import label_of
from mojika.errors import UserError
from mojika.files.fonts import code_points, loaded_font

# fonts-noto-cjk, where Debian and where Fedora put it
GLYPH_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"),
)
# fonts-noto-core and fonts-lohit-beng-bengali, then Fedora's
FURTHER_FONTS = (
    Path("/usr/share/fonts/truetype/noto/NotoSansBengali-Regular.ttf"),
    Path("/usr/share/fonts/truetype/lohit-bengali/Lohit-Bengali.ttf"),
    Path("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf"),
    Path("/usr/share/fonts/truetype/noto/NotoSansSymbols2-Regular.ttf"),
    Path("/usr/share/fonts/lohit-bengali-fonts/Lohit-Bengali.ttf"),
    Path("/usr/share/fonts/google-noto/NotoSansBengali-Regular.ttf"),
)


def glyph_font(size: int) -> ImageFont.FreeTypeFont:
    """A font that draws Japanese; `UserError` names the Debian package when there is none."""
    return loaded_font(_japanese(), size)


def font_for(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    """The font of `font_file`; raises as that does."""
    path = font_file(text)
    return loaded_font(path, size) if path else None


def fitting_font(text: str, size: int, width: float) -> ImageFont.FreeTypeFont:
    """A font for the text, smaller than `size` where the text would be wider than `width` pixels, at least 8."""
    font = font_for(text, size) or glyph_font(size)
    wide = font.getlength(text)
    return font if wide <= width else font.font_variant(size=max(8, int(size * width / wide)))


def drawable(text: str) -> str:
    """The text, or its code points as `U+XXXX`, where no installed font draws it."""
    return text if font_file(text) else " ".join(map(label_of, text))


@lru_cache(maxsize=65536)
def font_file(text: str) -> Path | None:
    """The first font, the Japanese one before others, that has ink for every character of `text`; None without one.

    Raises `UserError` where no font draws Japanese.
    """
    fonts = (_japanese(), *(path for path in FURTHER_FONTS if path.is_file()))
    return next((path for path in fonts if _draws(path, text)), None)


def _japanese() -> Path:
    for path in GLYPH_FONTS:
        if path.is_file():
            return path
    raise UserError("no font with Japanese glyphs found; install the Debian package fonts-noto-cjk")


def _draws(path: Path, text: str) -> bool:
    wanted = {ord(character) for character in text if unicodedata.category(character) not in ("Cf", "Zs")}
    return wanted <= code_points(path) and (not wanted or _has_ink(path, text))


def _has_ink(path: Path, text: str) -> bool:
    """Fonts claim code points that they leave blank."""
    image = Image.new("L", (64 * len(text), 64))
    ImageDraw.Draw(image).text((32 * len(text), 32), text, 255, loaded_font(path, 24), anchor="mm")
    return image.getbbox() is not None
