"""From a `.model` file, or a model of a reader's folder, to a network that is ready to read what it wants to see."""

import math
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from mojika.data.class_list import ClassList
from mojika.data.input_pipeline import InputPipeline
from mojika.errors import UserError
from mojika.files.faults import well_formed
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.input_spec import InputSpec, PageInputSpec
from mojika.training.checkpoints import load_checkpoint, weights_of
from mojika.training.inference import laid_out
from mojika.training.precision import Precision, choose_precision

Spec = TypeVar("Spec", InputSpec, PageInputSpec)


@dataclass(frozen=True, eq=False)
class ReadingModel:
    """A trained classifier, in evaluation mode on `precision.device`.

    `name` is for messages. `network` maps images to logits for each of `classes`, in their order; `spec` says which
    images. Logits are divided by `temperatures`, one for each head that was calibrated.
    """

    name: str
    network: Classifier
    classes: dict[str, ClassList]
    spec: InputSpec
    precision: Precision
    temperatures: dict[str, float] = field(default_factory=dict)

    def logits(self, images: Tensor) -> list[Tensor]:
        """`(N, classes) float32` of every head, on the device, for `images (N, C, h, w) float32`, normalised."""
        with self.precision.autocast():
            images = images.to(self.precision.device, non_blocking=True)
            logits = self.network(laid_out(images, self.precision.channels_last))
        divisors = [self.temperatures.get(head, 1.0) for head in self.classes]
        return [scores.float() / divisor for scores, divisor in zip(logits, divisors, strict=True)]

    @torch.inference_mode()
    def read(self, pipeline: InputPipeline, batch_size: int) -> Iterator[list[Tensor]]:
        """The logits of a list, batch by batch, in its order."""
        with closing(pipeline.valid_batches(batch_size)) as batches:
            for batch in batches:
                yield self.logits(batch.images)


def load_model(path: Path, device: torch.device) -> ReadingModel:
    """The classifier of a `.model` file of this version or of any before it, or of a reader's folder.

    Raises `UserError` where the file is no checkpoint of a classifier, or one that a later version wrote.
    """
    return reading_model(load_checkpoint(path, "classifier"), path, device)


def reading_model(state: dict[str, Any], path: Path, device: torch.device) -> ReadingModel:
    """The classifier of a checkpoint that has been loaded from `path`; raises `UserError` as `load_model` does."""
    _expect_classifier(state, path)
    with well_formed(path, "a model"):
        return _classifier(state, path, device)


def _classifier(state: dict[str, Any], path: Path, device: torch.device) -> ReadingModel:
    spec = read_spec(InputSpec, state, path)
    classes = {name: ClassList.from_plain(plain) for name, plain in state["classes"].items()}
    with building(path, state["arch"]):
        network = Classifier(
            Architecture.from_plain(state["arch"]), {name: len(labels) for name, labels in classes.items()}
        )
    weights = weights_of(state)
    fill(network.backbone, weights["model"], path)
    fill(network.heads, weights["head"], path)
    precision, temperatures = read_precision(state, path, device), read_temperatures(state, path)
    return ReadingModel(str(path), network.to(device).eval(), classes, spec, precision, temperatures)


def read_input(path: Path) -> InputSpec:
    """What the classifier of a file wants to be shown, without its network; raises `UserError` as `load_model` does."""
    state = load_checkpoint(path, "classifier", whole=False)
    _expect_classifier(state, path)
    return read_spec(InputSpec, state, path)


@contextmanager
def building(path: Path, architecture: Any) -> Iterator[None]:
    """While a network is built as a file describes it: `UserError` where that makes no sense to this version."""
    try:
        yield
    except (UserError, TypeError, ValueError, RuntimeError, LookupError, AttributeError, ArithmeticError) as error:
        shown, reason = (" ".join(str(text).split()) for text in (architecture, error))
        raise UserError(f"{path}: a network that this version does not know, {shown[:300]} ({reason[:150]})") from None


def fill(network: nn.Module, weights: dict[str, Any], path: Path) -> None:
    """Let the network have these weights; raises `UserError` where one is missing, left over or of another form."""
    if not all(isinstance(value, Tensor) for value in weights.values()):
        raise UserError(f"{path}: expected tensors as weights, found something else")
    wanted, found = (
        {name: f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}" for name, value in each.items()}
        for each in (network.state_dict(), weights)
    )
    for name in {**wanted, **found}:
        if wanted.get(name) != found.get(name):
            own, other = wanted.get(name, "nothing"), found.get(name, "nothing")
            raise UserError(f"{path}: weights of another network: {name}: expected {own}, found {other}")
        if weights[name].isnan().any():
            raise UserError(f"{path}: {name} holds NaN: the network reads nothing; use an earlier checkpoint")
    network.load_state_dict(weights)


def read_spec(kind: type[Spec], state: dict[str, Any], path: Path) -> Spec:
    """What the network of the checkpoint `state` wants to be shown; raises `UserError` where that makes no sense."""
    try:
        return kind.from_plain(state["input"] if "input" in state else _input_of_arguments(state))
    except ValueError as error:
        raise UserError(f"{path}: input: {error}") from None


def read_temperatures(state: dict[str, Any], path: Path) -> dict[str, float]:
    """By which the logits of calibrated heads are divided; raises `UserError` where they make no sense."""
    found = state.get("temperatures") or {}
    heads = state["classes"].keys()
    for head, value in found.items():
        if head not in heads or not isinstance(value, float) or not 0 < value < math.inf:
            raise UserError(f"{path}: temperatures: expected positive numbers for {', '.join(heads)}, found {found}")
    return dict(found)


def read_precision(state: dict[str, Any], path: Path, device: torch.device) -> Precision:
    """That of the training; raises `UserError` where the checkpoint names another than there are."""
    choice = state.get("precision") or state["args"]["amp"]
    try:
        return choose_precision(choice, device)
    except (KeyError, TypeError):
        raise UserError(f"{path}: precision: expected auto, bf16, fp16 or off, found {choice}") from None


def _input_of_arguments(state: dict[str, Any]) -> dict[str, Any]:
    """The input of a checkpoint that does not store it, from the arguments of its training.

    All arguments read here exist since the first checkpoints, except the form of graphemes, which older lists do not
    have.
    """
    args = state["args"]
    if "detector" in state:
        mean, std = state["detector"]["mean"], state["detector"]["std"]
        return {"channels": 3, "mean": mean, "std": std, "short_sides": args["short_side"]}
    return {
        "channels": state["arch"]["channels"],
        "mean": args["rgb_mean"],
        "std": args["rgb_std"],
        "scale_size": args["scale_size"],
        "input_size": args["input_size"],
        "interpolation": args["interpolation"].lower(),
        "grapheme_form": state.get("preprocessing", {}).get("grapheme_size"),
    }


def _expect_classifier(state: dict[str, Any], path: Path) -> None:
    if "classes" not in state:
        raise UserError(f"{path}: expected a classifier, found a detector")
