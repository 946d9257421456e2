"""`--teacher`: another run's network, when it fits the student's classes and images."""

import argparse
from pathlib import Path

import torch

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.experiment.training_setup import recipe_of
from mojika.sizes import height_width, size_text
from mojika.training.distillation import Teacher
from mojika.training.inference import load_classifier

_MOST_DISTORTION = 0.05  # how much the aspects of two inputs may differ, relatively


def build_teacher(
    recipe: argparse.Namespace, classes: dict[str, ClassList], device: torch.device, channels_last: bool
) -> Teacher | None:
    """The teacher that a resolved recipe names, None where it names none.

    Raises `UserError` where the file is no classifier, or one of other classes, channels or aspect.
    """
    if not recipe.teacher:
        return None
    model, taught, saved = load_classifier(Path(recipe.teacher), device)
    if list(taught) != list(classes):
        raise UserError(f"--teacher {recipe.teacher}: reads {', '.join(taught)}; the lists have {', '.join(classes)}")
    for name, own in classes.items():
        wrong = f"--teacher {recipe.teacher}: the lists and the teacher have different classes of {name}"
        own.expect_same(taught[name], wrong, "a teacher must have been trained on the same classes")
    channels, size = model.architecture.channels, model.architecture.input_size
    if channels != len(recipe.rgb_mean):
        wanted = "1 channel; train with" if channels == 1 else f"{channels} channels; train without"
        raise UserError(f"--teacher {recipe.teacher}: sees {wanted} --grayscale")
    (height, width), (own_height, own_width) = height_width(size), height_width(recipe.input_size)
    if abs(width * own_height / (height * own_width) - 1) > _MOST_DISTORTION:
        raise UserError(
            f"--teacher {recipe.teacher}: sees {size_text(size)} pixels, of another shape than --input-size "
            f"{size_text(recipe.input_size)}; give the student an input of the teacher's shape"
        )
    theirs = recipe_of(saved)
    return Teacher(model, theirs.rgb_mean, theirs.rgb_std, recipe.rgb_mean, recipe.rgb_std, channels_last=channels_last)
