"""Images as a network reads them after training: scaled, the centre cropped, normalised, nothing augmented."""

import numpy as np
from torch import Tensor

from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.opencv_backend import augment_opencv
from mojika.augmentation.parameters import centre_parameters
from mojika.models.input_spec import InputSpec


def centre_augmentation(spec: InputSpec) -> ImageAugmentation:
    """The augmentation that changes nothing but size and normalisation."""
    return ImageAugmentation(
        input_size=spec.input_size,
        scale_size=spec.scale_size,
        interpolation=spec.interpolation,
        exchange_channels=spec.channels_exchanged,
        mean=spec.mean,
        std=spec.std,
    )


def centre_views(images: np.ndarray, spec: InputSpec) -> Tensor:
    """`(N, C, h, w) float32` of `images (N, H, W, C) uint8`."""
    augmentation = centre_augmentation(spec)
    parameters = centre_parameters(augmentation, len(images), images.shape[1:3], spec.channels)
    return augment_opencv(images, np.arange(len(images)), parameters, augmentation)
