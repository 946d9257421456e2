"""The random numbers of a batch, drawn once on the CPU and applied by either backend."""

from dataclasses import dataclass

import torch
from torch import Tensor

from mojika.augmentation.geometry import (
    CROP_ATTEMPTS,
    centre_crop_matrix,
    random_resized_crops,
    sampling_matrices,
)
from mojika.augmentation.recipe import AugmentationRecipe
from mojika.errors import UserError

COLOUR_OPERATIONS = ("brightness", "contrast", "saturation", "hue")
_NEED_COLOUR = ("saturation", "hue")  # nothing to do on one channel, as PIL has it for its mode L

# principal components of ImageNet's RGB pixels in [0, 1] (Krizhevsky et al. 2012, section 4.1)
_EIGENVALUES = torch.tensor([0.2175, 0.0188, 0.0045], dtype=torch.float64)
_EIGENVECTORS = torch.tensor(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]], dtype=torch.float64
)


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


def draw_parameters(
    recipe: AugmentationRecipe, count: int, source_size: int, channels: int, generator: torch.Generator
) -> Parameters:
    """Training: parameters for `count` images that lie in the pack as `source_size` × `source_size` pixels.

    The same amount of random numbers is drawn whatever the recipe, so switching one step off leaves the others as they
    were. As `ColorJitter` does, factors are uniform in `[max(0, 1 - x), 1 + x]` and hue shifts in `[-x, x]`; unlike it,
    which draws an order per image, the order of the four operations is drawn once per batch.

    Raises `UserError` where the recipe's mean and std are for another number of channels.
    """
    _check_channels(recipe, channels)
    uniform = torch.rand(count, 2 * CROP_ATTEMPTS + 10, dtype=torch.float64, generator=generator)
    order = torch.randperm(len(COLOUR_OPERATIONS), generator=generator).tolist()
    lighting = torch.randn(count, 3, dtype=torch.float64, generator=generator)

    attempts, position, angle, flips, strengths, gray = uniform.split([2 * CROP_ATTEMPTS, 2, 1, 2, 4, 1], 1)
    crops = random_resized_crops(
        attempts.reshape(count, CROP_ATTEMPTS, 2), position, recipe.crop_scale, recipe.crop_ratio
    )
    matrices = sampling_matrices(
        (2 * angle[:, 0] - 1) * recipe.rotate_degree,
        crops,
        flips[:, 0] < recipe.horizontal_flip,
        flips[:, 1] < recipe.vertical_flip,
        recipe.input_size,
        source_size,
    )
    strength = dict(zip(COLOUR_OPERATIONS, strengths.unbind(1), strict=True))
    active = {name for name in COLOUR_OPERATIONS if getattr(recipe, name) > 0 and not _needs_more(name, channels)}
    return Parameters(
        matrices,
        tuple(COLOUR_OPERATIONS[index] for index in order if COLOUR_OPERATIONS[index] in active),
        _factors(strength["brightness"], recipe.brightness),
        _factors(strength["contrast"], recipe.contrast),
        _factors(strength["saturation"], recipe.saturation),
        ((2 * strength["hue"] - 1) * recipe.hue).float(),
        (gray[:, 0] < recipe.grayscale_prob) & (channels == 3),
        _pca_offsets(lighting * recipe.pca_noise, channels),
    )


def centre_parameters(recipe: AugmentationRecipe, count: int, source_size: int, channels: int) -> Parameters:
    """Validation: scale to `scale_size`, centre-crop `input_size`, leave the colours alone.

    Raises `UserError` where the recipe's mean and std are for another number of channels.
    """
    _check_channels(recipe, channels)
    matrix = centre_crop_matrix(recipe.input_size, recipe.scale_size, source_size)
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


def _factors(uniform: Tensor, strength: float) -> Tensor:
    low, high = max(0.0, 1 - strength), 1 + strength
    return (low + (high - low) * uniform).float()


def _pca_offsets(alpha: Tensor, channels: int) -> Tensor:
    """`(N, C) float32`: the lighting noise of AlexNet, one colour per image; none on one channel."""
    if channels != 3:
        return torch.zeros(len(alpha), channels)
    return ((alpha * _EIGENVALUES) @ _EIGENVECTORS.T).float()


def _needs_more(name: str, channels: int) -> bool:
    return name in _NEED_COLOUR and channels == 1


def _check_channels(recipe: AugmentationRecipe, channels: int) -> None:
    if recipe.channels != channels:
        raise UserError(
            f"augmentation: mean and std have {recipe.channels} numbers and the images {channels} channels; "
            "give one number per channel (--rgb-mean, --rgb-std) or a pack with as many channels"
        )
