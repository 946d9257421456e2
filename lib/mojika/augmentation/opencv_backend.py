"""Augmentation of a batch by OpenCV, image by image in threads: what a CPU likes.

An image stays `uint8` and in the cache until it is written, once, into the float batch. Every colour operation but hue
is an affine map of a pixel's colour, so one `cv2.transform` with a `(C, C + 1)` matrix does each; converting to gray,
PCA noise and normalisation are one such map together.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from torch import Tensor

from mojika.augmentation.colour import LUMA
from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.memory import empty_batch
from mojika.augmentation.parameters import Parameters
from mojika.sizes import height_width

_INTERPOLATION = {"nearest": cv2.INTER_NEAREST, "bilinear": cv2.INTER_LINEAR, "bicubic": cv2.INTER_CUBIC}
_CHUNK = 16  # images that a thread takes at a time
_LANES = 16  # gray pixels that OpenCV warps at once


def augment_opencv(
    images: np.ndarray,
    rows: np.ndarray,
    parameters: Parameters,
    augmentation: ImageAugmentation,
    *,
    pool: ThreadPoolExecutor | None = None,
) -> Tensor:
    """Augment `images[rows]`; returns `(N, C, h, w) float32`, normalised, channels-last.

    `images (M, H, W, C) uint8` may be a memory map: only the named rows are read. Row i gets the i-th parameters. The
    result does not depend on the number of threads in `pool` (none: all in this thread), nor on OpenCV's own.
    """
    channels = images.shape[3]
    batch = empty_batch(len(rows), channels, *height_width(augmentation.input_size))
    out = batch.permute(0, 2, 3, 1).numpy()  # the same memory, (N, h, w, C)
    images = np.asarray(images)  # a row of np.memmap is a memmap again, and slow to make
    if channels == 1:
        images, out = images[..., 0], out[..., 0]
    augment = _image_augmenter(parameters, augmentation, channels, images.shape[1:3])

    def augment_chunk(start: int) -> None:
        scratch = np.empty(out.shape[1:], np.uint8), np.empty(out.shape[1:], np.float32)
        for index in range(start, min(start + _CHUNK, len(rows))):
            augment(images[rows[index]], index, *scratch, out[index])

    for _ in (map if pool is None else pool.map)(augment_chunk, range(0, len(rows), _CHUNK)):
        pass
    return batch


def _image_augmenter(
    parameters: Parameters, augmentation: ImageAugmentation, channels: int, source_size: tuple[int, int]
) -> Callable:
    """A function that does everything for one image, given two scratch images and its place in the batch."""
    matrices = parameters.matrices.numpy()
    warp = _warp_gray if channels == 1 else _warp_exchanged if augmentation.exchange_channels else _warp_rgb
    flags = _INTERPOLATION[augmentation.interpolation] | cv2.WARP_INVERSE_MAP
    operations = [_COLOUR[name](getattr(parameters, name).numpy(), channels) for name in parameters.colour_order]
    to_float = _gray_pca_normalise(parameters, augmentation, channels)
    whole = np.ones(source_size, np.uint8) if augmentation.border == "black" else None

    def augment(source: np.ndarray, index: int, image: np.ndarray, levels: np.ndarray, out: np.ndarray) -> None:
        warp(source, matrices[index], image, flags)
        if whole is not None:
            image[_warped_pixels(whole, matrices[index], image.shape[1::-1]) == 0] = 0
        for operation in operations:
            operation(image, index)
        np.copyto(levels, image)
        cv2.transform(levels, to_float[index], out)

    return augment


def _warp(source: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int) -> None:
    cv2.warpAffine(source, matrix, out.shape[1::-1], out, flags, cv2.BORDER_REPLICATE)


def _warped_pixels(whole: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which pixels of an output of `size` (width, height) lie in the source, of whose size `whole` has ones."""
    return cv2.warpAffine(whole, matrix, size, None, cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP, cv2.BORDER_CONSTANT, 0)


def _warp_gray(source: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int) -> None:
    """OpenCV is slower at the odd rest of a row than at another full step."""
    height, width = out.shape
    columns = -(-width // _LANES) * _LANES
    if columns == width:
        _warp(source, matrix, out, flags)
    else:
        wide = np.empty((height, columns), np.uint8)
        _warp(source, matrix, wide, flags)
        np.copyto(out, wide[:, :width])


def _warp_rgb(
    source: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int, from_rgba: int = cv2.COLOR_RGBA2RGB
) -> None:
    """OpenCV warps four channels twice as fast as three."""
    four = np.empty((*out.shape[:2], 4), np.uint8)
    _warp(cv2.cvtColor(source, cv2.COLOR_RGB2RGBA), matrix, four, flags)
    cv2.cvtColor(four, from_rgba, out)


def _warp_exchanged(source: np.ndarray, matrix: np.ndarray, out: np.ndarray, flags: int) -> None:
    _warp_rgb(source, matrix, out, flags, cv2.COLOR_RGBA2BGR)


# --- colour operations: strengths of the batch -> function that changes one image in place ---


def _brightness(factors: np.ndarray, channels: int) -> Callable:
    maps = _away_from(np.zeros((channels, channels)), factors)
    return lambda image, index: cv2.transform(image, maps[index], image)


def _contrast(factors: np.ndarray, channels: int) -> Callable:
    maps = _away_from(np.zeros((channels, channels)), factors)
    towards_gray = (1 - factors).tolist()
    red, green, blue = LUMA if channels == 3 else (1, 0, 0)

    def apply(image: np.ndarray, index: int) -> None:
        mean = cv2.mean(image)
        maps[index, :, -1] = towards_gray[index] * (red * mean[0] + green * mean[1] + blue * mean[2])
        cv2.transform(image, maps[index], image)

    return apply


def _saturation(factors: np.ndarray, channels: int) -> Callable:
    maps = _away_from(_gray_map(), factors)
    return lambda image, index: cv2.transform(image, maps[index], image)


def _hue(turns: np.ndarray, channels: int) -> Callable:
    degrees = 360 * (turns % 1)  # OpenCV takes hues beyond 360 but not below 0

    def apply(image: np.ndarray, index: int) -> None:
        # in float, with value 0-255: OpenCV's 8-bit conversion is slower and leaves 256 hues
        hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
        hsv[..., 0] += degrees[index]
        cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), image)

    return apply


_COLOUR = {"brightness": _brightness, "contrast": _contrast, "saturation": _saturation, "hue": _hue}


def _gray_map() -> np.ndarray:
    return np.tile(np.array(LUMA), (3, 1))


def _away_from(anchor: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """`(N, C, C + 1)` affine maps: factor 0 does what `anchor (C, C)` does, 1 nothing, more goes beyond the colour."""
    factors = factors[:, None, None].astype(np.float64)
    linear = anchor + factors * (np.eye(len(anchor)) - anchor)
    return np.concatenate([linear, np.zeros_like(linear[..., :1])], 2).astype(np.float32)


def _gray_pca_normalise(parameters: Parameters, augmentation: ImageAugmentation, channels: int) -> np.ndarray:
    """`(N, C, C + 1)` maps from levels 0–255 to the network's input."""
    std = np.array(augmentation.std)
    linear = np.tile(np.eye(channels), (len(parameters), 1, 1))
    if parameters.grayscale.any():
        linear[parameters.grayscale.numpy()] = _gray_map()
    linear /= 255 * std[:, None]
    shift = (parameters.pca_offsets.numpy() - np.array(augmentation.mean)) / std
    return np.concatenate([linear, shift[..., None]], 2).astype(np.float32)
