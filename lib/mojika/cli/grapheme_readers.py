"""From `.model` files to readers of grapheme shards, with what each wants to be shown."""

from pathlib import Path

import torch

from mojika.augmentation.recipe import AugmentationRecipe
from mojika.data.grapheme_labels import HEADS
from mojika.errors import UserError
from mojika.experiment.training_setup import recipe_of
from mojika.preprocessing.graphemes import GraphemeForm
from mojika.recognition.graphemes.inference import GraphemeReader, Preparation
from mojika.training.checkpoints import load_checkpoint
from mojika.training.inference import classifier_of
from mojika.training.precision import choose_precision


def load_reader(path: Path, device: torch.device, form: GraphemeForm | None) -> GraphemeReader:
    """The model on its device; `form` is that of its packs where the file does not tell it.

    Raises `UserError` where it is no model of graphemes, or their form is unknown or another.
    """
    state = load_checkpoint(path)
    model, classes, saved = classifier_of(state, path, device)
    if set(classes) != set(HEADS):
        raise UserError(f"{path}: expected a model that tells {', '.join(HEADS)}, found {', '.join(classes)}")
    recorded = state.get("preprocessing", {}).get("grapheme_size")
    if recorded is None and form is None:
        raise UserError(f"{path}: does not tell the form of its packs; give it with --grapheme-size")
    if recorded and form and recorded != str(form):
        raise UserError(f"{path}: was trained on packs of --grapheme-size {recorded}, found {form}")
    recipe = recipe_of(saved)
    shown = AugmentationRecipe(
        input_size=recipe.input_size,
        scale_size=recipe.scale_size,
        interpolation=recipe.interpolation.lower(),
        mean=recipe.rgb_mean,
        std=recipe.rgb_std,
    )
    preparation = Preparation(GraphemeForm.parse(recorded) if recorded else form, shown)
    return GraphemeReader(str(path), model, classes, preparation, choose_precision(recipe.amp, device))
