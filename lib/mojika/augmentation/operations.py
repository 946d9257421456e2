"""The operations on a batch by name, in the order in which they are applied.

A new one is a module with a `BatchOperation` that declares its parameters, and a line here.
"""

from mojika.augmentation.augmix import AugMix
from mojika.augmentation.batch_operation import BatchOperation
from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.handwriting import Elastic, StrokeWidth
from mojika.augmentation.masking import Cutout, GridMask

BEFORE_MIXING: dict[str, type[BatchOperation]] = {
    "elastic": Elastic,
    "stroke_width": StrokeWidth,
    "augmix": AugMix,
}
AFTER_MIXING: dict[str, type[BatchOperation]] = {  # once per sample, whatever was mixed
    "cutout": Cutout,
    "random_erasing": RandomErasing,
    "gridmask": GridMask,
}
