"""The operations on a batch by name, in the order in which they are applied.

A new one is a module with a `BatchOperation` that declares its parameters, and a line here.
"""

from mojika.augmentation.augmix import AugMix
from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.blur import Blur, GaussianBlur
from mojika.augmentation.distortion import GridDistortion, OpticalDistortion
from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.gamma import Gamma
from mojika.augmentation.handwriting import Elastic, StrokeWidth
from mojika.augmentation.masking import Cutout, GridMask
from mojika.augmentation.noise import GaussianNoise
from mojika.augmentation.shift_scale_rotate import ShiftScaleRotate

BEFORE_MIXING: dict[str, type[BatchOperation]] = {
    "shift_scale_rotate": ShiftScaleRotate,
    "elastic": Elastic,
    "grid_distortion": GridDistortion,
    "optical_distortion": OpticalDistortion,
    "stroke_width": StrokeWidth,
    "augmix": AugMix,
    "gaussian_noise": GaussianNoise,
    "blur": Blur,
    "gaussian_blur": GaussianBlur,
    "gamma": Gamma,
}
AFTER_MIXING: dict[str, type[BatchOperation]] = {  # once per sample, whatever was mixed
    "cutout": Cutout,
    "random_erasing": RandomErasing,
    "gridmask": GridMask,
}
