"""`--teacher`: another run's network, when it fits the student's classes and images."""

import argparse
from pathlib import Path

import torch

from mojika.data.split_list import SplitList
from mojika.errors import UserError
from mojika.experiment.training_setup import build_input_spec
from mojika.sizes import height_width, size_text
from mojika.training.distillation import Teacher
from mojika.training.model_file import load_model

_MOST_DISTORTION = 0.05  # how much the aspects of two inputs may differ, relatively


def build_teacher(
    recipe: argparse.Namespace, split: SplitList, device: torch.device, channels_last: bool
) -> Teacher | None:
    """The teacher that a resolved recipe names, for the list that its student learns; None where it names none.

    Raises `UserError` where the file is no classifier, or one of other classes, channels or aspect.
    """
    if not recipe.teacher:
        return None
    teacher, spec = load_model(Path(recipe.teacher), device), build_input_spec(recipe, split)
    if list(teacher.classes) != list(split.classes):
        reads, have = ", ".join(teacher.classes), ", ".join(split.classes)
        raise UserError(f"--teacher {recipe.teacher}: reads {reads}; the lists have {have}")
    for name, own in split.classes.items():
        wrong = f"--teacher {recipe.teacher}: the lists and the teacher have different classes of {name}"
        own.expect_same(teacher.classes[name], wrong, "a teacher must have been trained on the same classes")
    channels, size = teacher.spec.channels, teacher.spec.input_size
    if channels != spec.channels:
        wanted = "1 channel; train with" if channels == 1 else f"{channels} channels; train without"
        raise UserError(f"--teacher {recipe.teacher}: sees {wanted} --grayscale")
    (height, width), (own_height, own_width) = height_width(size), height_width(spec.input_size)
    if abs(width * own_height / (height * own_width) - 1) > _MOST_DISTORTION:
        raise UserError(
            f"--teacher {recipe.teacher}: sees {size_text(size)} pixels, of another shape than --input-size "
            f"{size_text(spec.input_size)}; give the student an input of the teacher's shape"
        )
    return Teacher(teacher.network, teacher.spec, spec, channels_last=channels_last)
