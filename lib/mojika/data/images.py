"""Image files as uint8 arrays, strictly: what cannot be decoded to the last pixel is an error, never a gray bar."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, TiffImagePlugin, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile, PngInfo

from mojika.data.jpeg import jpeg_damage
from mojika.data.jpeg2000 import jpeg2000_damage
from mojika.data.png import png_damage, png_without_pixels
from mojika.data.tiff import MOST_FRAMES, expect_known_samples, first_page_of_tiff, pages_of_tiff, tiff_damage
from mojika.errors import UserError
from mojika.files.atomic import atomic_write

warnings.filterwarnings("ignore", module=r"PIL\.")  # of large pages and broken metadata, which it reads all the same

MAX_PIXELS = 2 * 89_478_485  # where Pillow sees a decompression bomb: a page of 13,000 by 13,000 still passes
FORMATS = ("JPEG", "PNG", "TIFF", "JPEG2000", "WEBP", "BMP", "GIF", "AVIF", "PPM")  # for others Pillow runs programs
_PNG_COMPRESSION = 3  # 6 saves 5 % of the space at three times the time
_PNG_GRAYS: dict[object, int] = {"L;2": 85, "L;4": 17}  # how Pillow scales pixels, and not the one that is transparent
_ON_ITS_SIDE = (5, 6, 7, 8)
_WHITE_OF_12_BITS = 4095
_WHITE_IS_ZERO = 0
_GRAY_MODES = {"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N"}


def read_image(path: Path | str, channels: int | None = None, *, frame: int | None = None) -> np.ndarray:
    """Pixels of an image file, `(H, W, C) uint8`; C = 3 is RGB, C = 1 is gray, None keeps what the file has.

    The EXIF orientation is applied. Transparent pixels show white paper. CMYK, YCbCr, Lab and palette images become
    RGB; gray is Rec. 601 luma. 16 bits are scaled to 8 with rounding for gray, by their upper byte for colour. Of
    several frames `frame` is read, by default the first that is a page (`page_frames`).

    Raises `UserError`, with the path, where the file is missing, empty, truncated, corrupt, of floating-point pixels
    or larger than 179 megapixels.
    """
    with open_image(path) as image:
        try:
            _decode(image, path, frame)
            wanted = channels or (1 if image.mode in _GRAY_MODES else 3)
            shown, mode = _without_transparency(_with_8_bits(image, path)), "L" if wanted == 1 else "RGB"
            pixels = np.asarray(shown if shown.mode == mode else shown.convert(mode))
        except UserError:
            raise
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected a readable image, found a broken one: {_first_line(error)}") from None
    return pixels.reshape(*pixels.shape[:2], wanted)


def read_image_size(path: Path | str) -> tuple[int, int]:
    """Width and height of the upright image, from its header alone; raises `UserError` as `read_image` does."""
    with open_image(path) as image:
        try:
            _seek(image, path, None)
            return _upright_size(image, path)
        except UserError:
            raise
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected an image: {_first_line(error)}") from None


def page_frames(path: Path | str) -> list[int]:
    """The frames of an image file that are pages: of a TIFF `pages_of_tiff`, of GIF, WebP, AVIF and PNG all that they
    hold, of any other format the first.

    Raises `UserError` as `read_image` does, and where there are thousands.
    """
    with open_image(path) as image:
        if isinstance(image, TiffImagePlugin.TiffImageFile):
            return pages_of_tiff(image, path)
        try:
            count = getattr(image, "n_frames", 1) if image.format in ("GIF", "WEBP", "AVIF", "PNG") else 1
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected an image: {_first_line(error)}") from None
    if count > MOST_FRAMES:
        raise UserError(f"{path}: expected at most {MOST_FRAMES:,} images in a file, found {count:,}")
    return list(range(count))


def write_png(path: Path, pixels: np.ndarray, texts: Mapping[str, str] | None = None) -> None:
    """Write `(H, W, 3) uint8` pixels as RGB, with `texts` (ASCII) by their keywords, whole or not at all."""
    chunks = PngInfo()
    for keyword, text in (texts or {}).items():
        chunks.add_text(keyword, text)
    with atomic_write(path) as file:
        Image.fromarray(pixels).save(file, "PNG", compress_level=_PNG_COMPRESSION, pnginfo=chunks)


def png_text(path: Path, keyword: str) -> str | None:
    """What `write_png` wrote under the keyword; raises `UserError` as `open_image` does."""
    with open_image(path) as image:
        text: str | None = image.info.get(keyword)
        return text


def open_image(path: Path | str) -> Image.Image:
    """The header of an image file; raises `UserError` where there is no image."""
    try:
        if Path(path).stat().st_size == 0:
            raise UserError(f"{path}: expected an image, found an empty file")
        return Image.open(path, formats=FORMATS)
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: no such image") from None
    except UnidentifiedImageError:
        raise UserError(f"{path}: expected an image, found something else") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels; scale the image down") from None
    except Exception as error:  # decoders raise nearly anything on corrupt data
        raise UserError(f"{path}: expected an image: {_first_line(error)}") from None


def _upright_size(image: Image.Image, path: Path | str) -> tuple[int, int]:
    """From what is not pixels, behind them too; Pillow's own method for PNG decodes the image in search of it."""
    about = png_without_pixels(path) if image.format == "PNG" else image
    turned = Image.Image.getexif(about).get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    if isinstance(image, TiffImagePlugin.TiffImageFile):  # whose header Pillow turns itself
        turned ^= image.tag_v2.get(ExifTags.Base.Orientation) in _ON_ITS_SIDE
    return (image.height, image.width) if turned else (image.width, image.height)


def _seek(image: Image.Image, path: Path | str, frame: int | None) -> int:
    """To a frame, by default the first that is a page; returns its number."""
    if frame is None:
        frame = first_page_of_tiff(image, path) if isinstance(image, TiffImagePlugin.TiffImageFile) else 0
    if frame != image.tell():
        image.seek(frame)
        _expect_no_bomb(image.size, path)  # opening it checked the first frame
    return frame


def _decode(image: Image.Image, path: Path | str, frame: int | None) -> None:
    frame = _seek(image, path, frame)
    if image.format in ("JPEG", "MPO") and (damage := jpeg_damage(Path(path).read_bytes(), MAX_PIXELS)):
        raise OSError(damage)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        expect_known_samples(image, path)
    if isinstance(image, PngImageFile):
        if damage := png_damage(path):
            raise OSError(damage)
        if "transparency" in image.info and (scale := _PNG_GRAYS.get(str(image.tile[0].args))):
            image.info["transparency"] *= scale
    size = _upright_size(image, path)
    image.load()
    if image.format == "JPEG2000" and (damage := jpeg2000_damage(Path(path).read_bytes())):
        raise OSError(damage)
    if isinstance(image, TiffImagePlugin.TiffImageFile) and (damage := tiff_damage(image, path, frame)):
        raise OSError(damage)
    ImageOps.exif_transpose(image, in_place=True)
    if image.size != size:
        raise OSError(f"{image.width} x {image.height} pixels where its header has {size[0]} x {size[1]}")


def _ends(image: Image.Image) -> tuple[int, int]:
    """The values of black and of white in images of more than 8 bits."""
    tags = getattr(image, "tag_v2", {})
    white = _WHITE_OF_12_BITS if tags.get(ExifTags.Base.BitsPerSample) == (12,) else 65535
    return (white, 0) if tags.get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO else (0, white)


def _with_8_bits(image: Image.Image, path: Path | str) -> Image.Image:
    if image.mode == "F":
        raise UserError(f"{path}: expected 8 or 16 bits a pixel, found floating-point pixels")
    if image.mode == "LAB":
        return image.convert("RGB")
    if not image.mode.startswith("I"):
        return image
    values, (black, white) = np.asarray(image).astype(np.int64), _ends(image)
    values[values == image.info.get("transparency")] = white  # of a PNG
    if values.min() < 0 or values.max() > max(black, white):
        raise UserError(f"{path}: expected 8 or 16 bits a pixel, found values up to {values.max():,}")
    if not black and 0 < values.max() <= _WHITE_OF_12_BITS < white:
        found = f"values up to {values.max():,}, as of 12 bits"
        raise UserError(f"{path}: expected 16 bits a pixel, found {found}; save it with 8 bits")
    return Image.fromarray(np.rint((values - black) * (255 / (white - black))).astype(np.uint8))


def _without_transparency(image: Image.Image) -> Image.Image:
    """On white paper."""
    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")


def _expect_no_bomb(size: tuple[int, int], path: Path | str) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise UserError(f"{path}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels; scale the image down")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
