"""Augmentation of a whole batch by tensor operations: what a GPU likes."""

import torch
from torch import Tensor

from mojika.augmentation.colour import LUMA
from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.parameters import Parameters
from mojika.augmentation.resampling import resample
from mojika.sizes import height_width


def augment_tensor(images: Tensor, parameters: Parameters, augmentation: ImageAugmentation) -> Tensor:
    """Augment `images (N, H, W, C) uint8` on their device; returns `(N, C, h, w) float32`, normalised, channels-last.

    Image i gets the i-th parameters. Resampled pixels are rounded to 8 bits, as OpenCV rounds them: where sampling
    positions are integers (validation), both backends see the same pixels.
    """
    height, width = height_width(augmentation.input_size)
    images = images.permute(0, 3, 1, 2)
    pixels = resample(images, parameters.matrices, height, width, augmentation.interpolation, augmentation.border)
    if augmentation.exchange_channels:
        pixels = pixels.flip(1)  # of one channel it is itself
    for operation in parameters.colour_order:
        strength = getattr(parameters, operation).to(pixels.device, non_blocking=True).view(-1, 1, 1, 1)
        pixels = _COLOUR[operation](pixels, strength)
    if parameters.grayscale.any():
        gray = parameters.grayscale.to(pixels.device, non_blocking=True).view(-1, 1, 1, 1)
        pixels = torch.where(gray, _luma(pixels), pixels)
    return _normalise(pixels, parameters.pca_offsets, augmentation).contiguous(memory_format=torch.channels_last)


def _normalise(pixels: Tensor, pca_offsets: Tensor, augmentation: ImageAugmentation) -> Tensor:
    """`(pixels / 255 + offset - mean) / std`, as one multiplication and one addition."""
    std = torch.tensor(augmentation.std, dtype=torch.float64)
    scale = (1 / (255 * std)).float().to(pixels.device, non_blocking=True)
    shift = ((pca_offsets - torch.tensor(augmentation.mean, dtype=torch.float64)) / std).float()
    return torch.addcmul(shift.to(pixels.device, non_blocking=True)[..., None, None], pixels, scale[:, None, None])


def _brightness(pixels: Tensor, factor: Tensor) -> Tensor:
    return (pixels * factor).clamp_(0, 255)


def _contrast(pixels: Tensor, factor: Tensor) -> Tensor:
    return _away_from(_luma(pixels).mean((1, 2, 3), keepdim=True), pixels, factor)


def _saturation(pixels: Tensor, factor: Tensor) -> Tensor:
    return _away_from(_luma(pixels), pixels, factor)


def _hue(pixels: Tensor, turns: Tensor) -> Tensor:
    """Turn the hue in HSV space; value and chroma stay, so nothing needs clamping."""
    red, green, blue = pixels.unbind(1)
    value, chroma = pixels.amax(1), pixels.amax(1) - pixels.amin(1)
    divisor = torch.where(chroma == 0, 1, chroma)
    sextant = torch.where(
        value == red,
        (green - blue) / divisor,
        torch.where(value == green, (blue - red) / divisor + 2, (red - green) / divisor + 4),
    )
    sextant = sextant + 6 * turns[:, 0]
    channel = torch.tensor([5.0, 3.0, 1.0], device=pixels.device).view(3, 1, 1)
    distance = torch.remainder(sextant[:, None] + channel, 6)
    return value[:, None] - chroma[:, None] * torch.minimum(distance, 4 - distance).clamp_(0, 1)


def _luma(pixels: Tensor) -> Tensor:
    """`(N, 1, h, w)`: the gray value of each pixel; the pixel itself on one channel."""
    if pixels.shape[1] == 1:
        return pixels
    red, green, blue = pixels.unbind(1)
    return (LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue)[:, None]


def _away_from(anchor: Tensor, pixels: Tensor, factor: Tensor) -> Tensor:
    """0 gives the anchor, 1 the pixels, more goes beyond them."""
    return torch.lerp(anchor.expand_as(pixels), pixels, factor).clamp_(0, 255)


_COLOUR = {"brightness": _brightness, "contrast": _contrast, "saturation": _saturation, "hue": _hue}
