"""What `mojika classify` does where there is something to read."""

import argparse
from pathlib import Path
from typing import Any

import torch

from mojika.boxes.page_boxes import PageBoxes
from mojika.cli.boxes_output import write_with_faults
from mojika.errors import UserError
from mojika.experiment.training_setup import recipe_of
from mojika.recognition.classify_pages import Recogniser, classify_pages
from mojika.runtime.signals import StopRequest
from mojika.sizes import size_text
from mojika.training.inference import load_classifier
from mojika.training.precision import choose_device, choose_precision


def read_pages(args: argparse.Namespace, asked: PageBoxes, made_from: dict[str, Any]) -> PageBoxes:
    """Read the boxes `asked` as the flags say, write `args.out`, and return what it holds.

    Raises `UserError` on a model that does not tell characters, and on a bad page without `--skip-bad`; `Interrupted`
    between two batches after a stop signal.
    """
    device = choose_device(args.device)
    recognisers = [_load_recogniser(model, device) for model in args.models]
    with StopRequest() as stop:
        read, faults = classify_pages(
            recognisers,
            asked,
            args.images,
            made_from=made_from,
            views=args.tta,
            batch_size=args.batch_size,
            workers=args.workers,
            skip_bad=args.skip_bad,
            before_batch=stop.raise_if_requested,
        )
        write_with_faults(args.out, read, faults)
    return read


def _load_recogniser(path: Path, device: torch.device) -> Recogniser:
    model, classes, saved = load_classifier(path, device)
    if len(classes) != 1:
        raise UserError(f"{path}: expected a model that tells characters, found one that tells {', '.join(classes)}")
    recipe = recipe_of(saved)
    if not isinstance(recipe.scale_size, int) or not isinstance(recipe.input_size, int):
        raise UserError(f"{path}: expected a model of square crops, found one of {size_text(recipe.input_size)} pixels")
    (class_list,) = classes.values()
    return Recogniser(
        model,
        class_list,
        model.architecture.channels,
        recipe.scale_size,
        recipe.input_size,
        recipe.rgb_mean,
        recipe.rgb_std,
        choose_precision(recipe.amp, device),
    )
