"""The random numbers of a batch, drawn once on the CPU and applied by either backend."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mojika.augmentation.geometry import (
    CROP_ATTEMPTS,
    between,
    centre_crop_matrix,
    random_resized_crops,
    sampling_matrices,
)
from mojika.augmentation.image import ImageAugmentation
from mojika.errors import ParameterError
from mojika.sizes import Size

COLOUR_OPERATIONS = ("brightness", "contrast", "saturation", "hue")
_NEED_COLOUR = ("saturation", "hue")  # nothing to do on one channel, as PIL has it for its mode L

# principal components of ImageNet's RGB pixels in [0, 1] (Krizhevsky et al. 2012, section 4.1)
_EIGENVALUES = np.array([0.2175, 0.0188, 0.0045])
_EIGENVECTORS = np.array([[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]])


@dataclass(frozen=True)
class Parameters:
    """What to do to each of N images; CPU tensors.

    `matrices (N, 2, 3) float32` map an output pixel to a source position. `colour_order` names the jitter operations
    that do anything, in the order in which the whole batch goes through them; their strengths are `(N,) float32`:
    factors (1 changes nothing) and, for `hue`, a part of a turn. `grayscale (N,) bool`; `pca_offsets (N, C) float32`
    are added to pixels in [0, 1].
    """

    matrices: Tensor
    colour_order: tuple[str, ...]
    brightness: Tensor
    contrast: Tensor
    saturation: Tensor
    hue: Tensor
    grayscale: Tensor
    pca_offsets: Tensor

    def __len__(self) -> int:
        return len(self.matrices)

    def of(self, images: slice) -> "Parameters":
        """Those of some of the images."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        values |= {name: value[images] for name, value in values.items() if isinstance(value, Tensor)}
        return Parameters(**values)


def draw_parameters(
    augmentation: ImageAugmentation, count: int, source_size: Size, channels: int, generator: torch.Generator
) -> Parameters:
    """Training: parameters for `count` images that lie in the pack at `source_size`.

    The same number of random numbers is drawn for any steps, so switching one of them off leaves the others as
    they were. As `ColorJitter` does, factors are uniform in `[max(0, 1 - x), 1 + x]` and hue shifts in `[-x, x]`;
    unlike it, which draws an order per image, the order of the four operations is drawn once per batch.

    Raises `UserError` where the augmentation's mean and std are for another number of channels.
    """
    _check_channels(augmentation, channels)
    attempts = torch.rand(count, CROP_ATTEMPTS, 2, dtype=torch.float64, generator=generator).numpy()
    position = torch.rand(count, 2, dtype=torch.float64, generator=generator).numpy()
    rest = torch.rand(4 + len(COLOUR_OPERATIONS), count, dtype=torch.float64, generator=generator).numpy()
    order = torch.randperm(len(COLOUR_OPERATIONS), generator=generator).tolist()
    lighting = torch.randn(count, 3, dtype=torch.float64, generator=generator).numpy()
    lean = torch.rand(count, dtype=torch.float64, generator=generator).numpy()

    angle, mirror, turn_over, gray, *strengths = rest
    matrices = sampling_matrices(
        between(-augmentation.rotate_degree, augmentation.rotate_degree, angle),
        between(-augmentation.shear_degree, augmentation.shear_degree, lean),
        random_resized_crops(attempts, position, augmentation.crop_scale, augmentation.crop_ratio),
        mirror < augmentation.horizontal_flip,
        turn_over < augmentation.vertical_flip,
        augmentation.input_size,
        source_size,
    )
    strength = dict(zip(COLOUR_OPERATIONS, strengths, strict=True))
    active = {name for name in COLOUR_OPERATIONS if getattr(augmentation, name) > 0 and not _needs_more(name, channels)}
    return Parameters(
        torch.from_numpy(matrices),
        tuple(COLOUR_OPERATIONS[index] for index in order if COLOUR_OPERATIONS[index] in active),
        _factors(strength["brightness"], augmentation.brightness),
        _factors(strength["contrast"], augmentation.contrast),
        _factors(strength["saturation"], augmentation.saturation),
        _float32(between(-augmentation.hue, augmentation.hue, strength["hue"])),
        torch.from_numpy((gray < augmentation.grayscale_prob) & (channels == 3)),
        _pca_offsets(lighting * augmentation.pca_noise, channels),
    )


def centre_parameters(augmentation: ImageAugmentation, count: int, source_size: Size, channels: int) -> Parameters:
    """Validation: scale to `scale_size`, centre-crop `input_size`, leave the colours alone.

    Raises `UserError` where the augmentation's mean and std are for another number of channels.
    """
    _check_channels(augmentation, channels)
    matrix = torch.from_numpy(centre_crop_matrix(augmentation.input_size, augmentation.scale_size, source_size))
    one = torch.ones(count)
    return Parameters(
        matrix.repeat(count, 1, 1),
        (),
        one,
        one,
        one,
        torch.zeros(count),
        torch.zeros(count, dtype=torch.bool),
        torch.zeros(count, channels),
    )


def _factors(uniform: np.ndarray, strength: float) -> Tensor:
    return _float32(between(max(0.0, 1 - strength), 1 + strength, uniform))


def _float32(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _pca_offsets(alpha: np.ndarray, channels: int) -> Tensor:
    """`(N, C) float32`: the lighting noise of AlexNet, one colour per image; none on one channel."""
    if channels != 3:
        return torch.zeros(len(alpha), channels)
    return _float32((alpha * _EIGENVALUES) @ _EIGENVECTORS.T)


def _needs_more(name: str, channels: int) -> bool:
    return name in _NEED_COLOUR and channels == 1


def _check_channels(augmentation: ImageAugmentation, channels: int) -> None:
    if augmentation.channels != channels:
        raise ParameterError(
            f"augmentation: mean and std have {augmentation.channels} numbers and the images {channels} channels; "
            "give one number per channel ({rgb_mean}, {rgb_std}) or a pack with as many channels"
        )
