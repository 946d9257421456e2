"""Packs of another size or number of channels than training asks for, converted once and kept in the cache."""

from pathlib import Path

import numpy as np

from mojika.data.crops import in_colours, resize
from mojika.data.pack import PACK, Pack
from mojika.data.pack_writer import write_pack
from mojika.runtime.parallel import available_cores, ordered_map
from mojika.runtime.progress import track
from mojika.sizes import Size, height_width, size_text

_IMAGES_AT_ONCE = 256
EXCHANGED = "channels_exchanged"  # among what a pack was made from


def fitting_pack(pack: Pack, size: Size, channels: int, cache: Path, *, exchanged: bool = False) -> Pack:
    """The pack itself where it has the asked size and channels, else its conversion, made when it is not in `cache`.

    Colour becomes gray by Rec. 601 luma, gray becomes three equal channels; sizes change by the antialiased bicubic
    filter. Rows and labels stay as they are. With `exchanged` colour that becomes gray has its red and blue exchanged
    first; it has no effect on a pack that is gray already, or stays in colour.
    """
    if (pack.size, pack.channels) == (height_width(size), channels):
        return pack
    exchanged = exchanged and channels < pack.channels
    form = {"scale_size": size, "channels": channels, **({EXCHANGED: True} if exchanged else {}), **pack.preprocessing}
    made_from = {"stage": "convert", "pack": pack.fingerprint, **form}
    folder = cache / PACK.fingerprint(made_from)[:32]
    if not folder.exists():
        _convert(pack, size, channels, folder, made_from, exchanged)
    return Pack.open(folder)


def convert_images(images: np.ndarray, size: Size, channels: int, *, exchanged: bool = False) -> np.ndarray:
    """Images `(n, H, W, C) uint8` as `(n, *height_width(size), channels) uint8`, red and blue `exchanged` or not."""
    converted = [resize(in_colours(image, channels, exchanged=exchanged), size) for image in images]
    return np.stack(converted).reshape(-1, *height_width(size), channels)


def _convert(
    pack: Pack, size: Size, channels: int, folder: Path, made_from: dict[str, object], exchanged: bool
) -> None:
    lots = [slice(start, start + _IMAGES_AT_ONCE) for start in range(0, len(pack), _IMAGES_AT_ONCE)]
    converted = ordered_map(
        lambda lot: convert_images(pack.images[lot], size, channels, exchanged=exchanged), lots, available_cores()
    )
    images = (image for lot in converted for image in lot)
    description = f"converting {pack.folder.name} to {size_text(size)} px, {'gray' if channels == 1 else 'RGB'}"
    with write_pack(folder, size=height_width(size), channels=channels, expected_count=len(pack)) as writer:
        for image in track(images, total=len(pack), description=description, unit="image"):
            writer.append(image[None])
        writer.finish(pack.samples, pack.classes, made_from, pack.meta["report"])
