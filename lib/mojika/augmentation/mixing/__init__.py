"""Mixing images of a batch, and their targets with them: one module per method.

Every method returns the same value, so the loss is one line for every method: `parts` pairs targets with weights
that sum to one for each image. All heads share the permutation.

A new method is a module here with a `Mixer` that declares its parameters, and a line in `MIXERS`; its flags, their
checks and documentation, and its share in a schedule of several methods follow from that.
"""

from mojika.augmentation.mixing.cutmix import CutMix
from mojika.augmentation.mixing.icap import Icap
from mojika.augmentation.mixing.mixed import BatchAugmentation, Mixed, Mixer, no_mixing
from mojika.augmentation.mixing.mixup import MixUp
from mojika.augmentation.mixing.ricap import Ricap

__all__ = ["MIXERS", "BatchAugmentation", "Mixed", "Mixer", "no_mixing"]

MIXERS: dict[str, type[Mixer]] = {
    "mixup": MixUp,
    "cutmix": CutMix,
    "ricap": Ricap,
    "icap": Icap,
}
