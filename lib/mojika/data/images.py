"""Image files as uint8 arrays, strictly: what cannot be decoded to the last pixel is an error, never a gray bar."""

from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps

from mojika.errors import UserError
from mojika.files.atomic import atomic_write

MAX_PIXELS = 2 * 89_478_485  # where Pillow sees a decompression bomb: a page of 13,000 by 13,000 still passes
_PNG_COMPRESSION = 3  # 6 saves 5 % of the space at three times the time
_NEW_SUBFILE_TYPE, _COPY_OR_MASK = 254, 0b101
_SUBFILE_TYPE, _COPY = 255, 2  # of TIFF 5.0
_GRAY_MODES = {"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I;16N"}


def read_image(path: Path | str, channels: int | None = None, *, frame: int = 0) -> np.ndarray:
    """Pixels of an image file, `(H, W, C) uint8`; C = 3 is RGB, C = 1 is gray, None keeps what the file has.

    The EXIF orientation is applied. Transparent pixels show white paper. CMYK, YCbCr, Lab and palette images become
    RGB; gray is Rec. 601 luma. 16 bits are scaled to 8 with rounding for gray, by their upper byte for colour. Of
    several frames `frame` is read.

    Raises `UserError`, with the path, where the file is missing, empty, truncated, corrupt, of floating-point pixels
    or larger than 179 megapixels.
    """
    with open_image(path) as image:
        try:
            if frame:
                image.seek(frame)
            image.load()
            upright = ImageOps.exif_transpose(image)
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected a readable image, found a broken one: {_first_line(error)}") from None
        wanted = channels or (1 if upright.mode in _GRAY_MODES else 3)
        pixels = np.asarray(_as_8_bits(upright, path, "L" if wanted == 1 else "RGB"))
    return pixels.reshape(*pixels.shape[:2], wanted)


def read_image_size(path: Path | str) -> tuple[int, int]:
    """Width and height of the upright image, from its header alone; raises `UserError` as `read_image` does."""
    with open_image(path) as image:
        try:
            # Pillow's own method for PNG decodes the image, in search of EXIF data behind the pixels
            turned = Image.Image.getexif(image).get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected an image: {_first_line(error)}") from None
        return (image.height, image.width) if turned else (image.width, image.height)


def page_frames(path: Path | str) -> list[int]:
    """The frames of an image file that are pages: of a TIFF all but masks and smaller copies of pages (TIFF 6.0,
    NewSubfileType), of any other format the first. Raises `UserError` as `read_image` does."""
    with open_image(path) as image:
        if image.format != "TIFF":
            return [0]
        try:
            frames = range(getattr(image, "n_frames", 1))
            return [frame for frame in frames if not _is_reduced(image, frame)] or [0]
        except Exception as error:  # decoders raise nearly anything on corrupt data
            raise UserError(f"{path}: expected a readable image, found a broken one: {_first_line(error)}") from None


def write_png(path: Path, pixels: np.ndarray) -> None:
    """Write `(H, W, 3) uint8` pixels as RGB, whole or not at all."""
    with atomic_write(path) as file:
        Image.fromarray(pixels).save(file, "PNG", compress_level=_PNG_COMPRESSION)


def open_image(path: Path | str) -> Image.Image:
    """The header of an image file; raises `UserError` where there is no image."""
    try:
        if Path(path).stat().st_size == 0:
            raise UserError(f"{path}: expected an image, found an empty file")
        return Image.open(path)
    except UserError:
        raise
    except FileNotFoundError:
        raise UserError(f"{path}: no such image") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path}: expected at most {MAX_PIXELS / 1e6:.0f} megapixels; scale the image down") from None
    except Exception as error:  # decoders raise nearly anything on corrupt data
        raise UserError(f"{path}: expected an image: {_first_line(error)}") from None


def _is_reduced(image: Image.Image, frame: int) -> bool:
    image.seek(frame)
    tags = image.tag_v2  # type: ignore[attr-defined]
    return bool(tags.get(_NEW_SUBFILE_TYPE, 0) & _COPY_OR_MASK) or tags.get(_SUBFILE_TYPE) == _COPY


def _as_8_bits(image: Image.Image, path: Path | str, mode: str) -> Image.Image:
    if image.mode.startswith("I"):
        values = np.asarray(image).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise UserError(f"{path}: expected 8 or 16 bits a pixel, found values up to {values.max():,}")
        image = Image.fromarray(((values + 128) // 257).astype(np.uint8))
    elif image.mode == "F":
        raise UserError(f"{path}: expected 8 or 16 bits a pixel, found floating-point pixels")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(paper, image).convert("RGB")
    return image.convert(mode)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
