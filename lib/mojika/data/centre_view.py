"""Images as a network reads them after training: scaled, the centre cropped, normalised, nothing augmented."""

import numpy as np
from torch import Tensor

from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import centre_parameters
from mojika.augmentation.recipe import AugmentationRecipe
from mojika.models.input_spec import InputSpec


def centre_recipe(spec: InputSpec) -> AugmentationRecipe:
    """The recipe that changes nothing but size and normalisation."""
    return AugmentationRecipe(
        input_size=spec.input_size,
        scale_size=spec.scale_size,
        interpolation=spec.interpolation,
        mean=spec.mean,
        std=spec.std,
    )


def centre_views(images: np.ndarray, spec: InputSpec) -> Tensor:
    """`(N, C, h, w) float32` of `images (N, H, W, C) uint8`."""
    recipe = centre_recipe(spec)
    parameters = centre_parameters(recipe, len(images), images.shape[1:3], spec.channels)
    return augment_opencv(images, np.arange(len(images)), parameters, recipe)
