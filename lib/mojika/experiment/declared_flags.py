"""What a recipe of `train.py` says of each component: declared where it is used, gathered here by theme."""

from itertools import chain

from mojika.augmentation.erasing import RandomErasing
from mojika.augmentation.image import ImageAugmentation
from mojika.augmentation.mixing import MIXERS
from mojika.augmentation.operations import AFTER_MIXING, BEFORE_MIXING
from mojika.experiment.model_settings import HeadSettings, MixingSettings, ModelSettings, OldHeadSettings
from mojika.experiment.settings import DeviceSettings, LookSettings, RunSettings, ScheduleSettings, TargetSettings
from mojika.models.heads import DEFAULT_HEAD, HEADS
from mojika.parameters.flags import Flags, flags_of
from mojika.training.losses import LOSSES, LossSettings
from mojika.training.optimizers import create_optimizer
from mojika.training.schedules import cosine, multi_step, plateau, warm_up_cosine

GROUPS: dict[str, list[Flags]] = {
    "model": [Flags(ModelSettings)],
    "head": [
        Flags(HeadSettings),
        *flags_of({name: head for name, head in HEADS.items() if name != DEFAULT_HEAD}),
        Flags(OldHeadSettings),
    ],
    "loss": [
        Flags(LossSettings),
        *(Flags(component, name) for name, loss in LOSSES.items() for component in loss if component),
        Flags(TargetSettings),
    ],
    "run": [Flags(RunSettings)],
    "optimizer and learning rate": [
        Flags(create_optimizer),
        Flags(ScheduleSettings),
        Flags(multi_step),
        Flags(plateau),
        Flags(cosine, "cosine_annealing"),
        Flags(warm_up_cosine),
    ],
    "input": [],
    "augmentation of one image": [Flags(ImageAugmentation), *flags_of(BEFORE_MIXING)],
    "mixing": [*flags_of(MIXERS), Flags(MixingSettings)],
    "erasing": flags_of({"random_erasing": RandomErasing} | AFTER_MIXING),  # random erasing leads the list
    "device and speed": [Flags(DeviceSettings)],
    "looking before training": [Flags(LookSettings)],
}
_NEUTRAL_BY_HAND = {"data", "train", "valid", "simple_label", "warm_restart_next", "warm_restart_current"}
NEUTRAL_FLAGS = _NEUTRAL_BY_HAND.union(*(flags.neutral() for flags in chain.from_iterable(GROUPS.values())))
