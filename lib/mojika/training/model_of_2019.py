"""`.model` files of the 2019 scripts, as checkpoints of ours.

They are pickles of torch 1.2 with a dictionary: `model` (the state dict), `metric_fc` (that of the head, where it is
not embedded), `arch`, `class_names`, and `args`, the whole `argparse.Namespace` of the training. They are read as
tensors and plain values, with that one class admitted, which does nothing but keep attributes.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mojika.data.class_list import ClassList, natural_order
from mojika.errors import UserError
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.heads import DEFAULT_HEAD
from mojika.models.input_spec import InputSpec
from mojika.models.layouts_2019 import backbone_weights, is_efficientnet, is_known, stem_of
from mojika.training.checkpoints import save_checkpoint

TEST_SCALES = {190: 200, 112: 120}  # pixels: the scale at which 2019 tested models with this input size
TEMPERATURE = 0.05  # of an embedded head
CLEANED = ("ben-graham", "denoise")  # what the pages of 2019 went through


@dataclass(frozen=True, eq=False)
class ModelOf2019:
    """A classifier as it was published: `weights` and `head (classes, F)`, with a `bias` where it is a linear one.

    `labels` name the rows of `head`, in 2019's order. `temperature` is None for a linear head.
    """

    arch: str
    weights: dict[str, Tensor]
    head: Tensor
    bias: Tensor | None
    temperature: float | None
    labels: tuple[str, ...]
    spec: InputSpec
    epoch: int

    def to_checkpoint(self, imported_from: dict[str, Any]) -> dict[str, Any]:
        """The state of a checkpoint that reads as the model did, in float32; its classes are in our order.

        Raises `RuntimeError` or `KeyError` where the weights are not those of the network.
        """
        classes = tuple(sorted(self.labels, key=natural_order))
        rows = [self.labels.index(label) for label in classes]
        efficientnet = is_efficientnet(self.arch)
        architecture = Architecture(
            model=self.arch,
            channels=self.spec.channels,
            input_size=self.spec.input_size,
            head=DEFAULT_HEAD if self.temperature is None else "l2softmax",
            head_parameters={} if self.temperature is None else {"temperature": self.temperature},
            drop_path_rate=0.2 if efficientnet else 0.0,
            batch_norm_momentum=0.01 if efficientnet else None,
            static_padding=efficientnet,
            signed_features=efficientnet,
        )
        network = Classifier(architecture, {"label": len(classes)})
        network.backbone.load_state_dict(backbone_weights(self.arch, self.weights, network.backbone))
        head = {"label.weight": self.head[rows]} | ({} if self.bias is None else {"label.bias": self.bias[rows]})
        network.heads.load_state_dict(head)
        class_list = ClassList(classes, (0,) * len(classes))
        return {
            "imported_from": imported_from,
            "epoch": self.epoch,
            "arch": architecture.to_plain(),
            "input": self.spec.to_plain(),
            "precision": "off",
            "classes": {"label": class_list.to_plain()},
            "class_list_digest": {"label": class_list.digest},
            "model": network.backbone.state_dict(),
            "head": network.heads.state_dict(),
            "ema": None,
        }


def import_model(path: Path, digest: str, out: Path) -> dict[str, Any]:
    """Write the published file `path` with the SHA-256 `digest` as our checkpoint `out`, and return its state.

    Raises `UserError` where it is no such file; `out` is then as it was.
    """
    found = read_model_of_2019(path)
    try:
        state = found.to_checkpoint({"file": path.name, "sha256": digest})
    except (KeyError, RuntimeError, ValueError) as error:
        detail = " ".join(str(error).split())
        raise UserError(f"{path}: the weights are not those of {found.arch}: {detail[:200]}") from None
    out.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(out, state)
    return state


def read_model_of_2019(path: Path) -> ModelOf2019:
    """Raises `UserError` where the file is none, holds anything that would be executed, or a network unknown here."""
    state = _read(path)
    _require(isinstance(state, dict), path, "found something else")
    _require("schema" not in state, path, "found a checkpoint of Mojika, which needs no import")
    lacking = [name for name in ("model", "arch", "class_names", "args") if name not in state]
    _require(not lacking, path, f"found none of {', '.join(lacking)}")
    arch, weights, args = state["arch"], state["model"], state["args"]
    _require(isinstance(arch, str) and is_known(arch), path, f"found the network {arch}, which cannot be imported")
    _require(_are_tensors(weights) and isinstance(args, argparse.Namespace), path, "found other kinds of values")
    head, bias, temperature = _head_of(state, path)
    labels = state["class_names"]
    _require(isinstance(labels, list) and all(isinstance(label, str) for label in labels), path, "found no class names")
    _require(len(set(labels)) == len(labels) == len(head), path, f"found {len(labels)} labels for {len(head)} classes")
    try:
        spec = _input_of(args, stem_of(arch, weights).shape[1])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: expected the settings and the first layer of a {arch} of 2019: {error}") from None
    epoch = state.get("epoch", 0)
    return ModelOf2019(arch, weights, head, bias, temperature, tuple(labels), spec, epoch if type(epoch) is int else 0)


def _read(path: Path) -> Any:
    if not path.is_file():
        raise UserError(f"{path}: no such model file")
    try:
        with torch.serialization.safe_globals([argparse.Namespace]):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # the unpickler raises nearly anything on what is corrupt or not allowed
        raise UserError(
            f"{path}: expected a classifier of the 2019 scripts; damaged, or holds more than tensors, plain values and "
            f"settings ({type(error).__name__}); nothing of it was executed"
        ) from None


def _head_of(state: dict[str, Any], path: Path) -> tuple[Tensor, Tensor | None, float | None]:
    """Class vectors, biases and temperature."""
    weights, kind = state["model"], state.get("metrics_type")
    if kind == "l2softmax":
        separate = state.get("metric_fc") or {}
        _require(_are_tensors(separate) and list(separate) == ["W"], path, "found no class vectors in metric_fc")
        temperature = getattr(state["args"], "l2softmax_temp", TEMPERATURE)
        _require(type(temperature) is float and temperature > 0, path, f"found the temperature {temperature}")
        return separate["W"], None, temperature
    if kind == "embedded_l2softmax":
        _require("_fc.W" in weights, path, "found no class vectors _fc.W")
        return weights["_fc.W"], None, TEMPERATURE
    whole = kind is None and {"_classifier.weight", "_classifier.bias"} <= weights.keys()
    _require(whole, path, f"found the head {kind}, which cannot be imported")
    return weights["_classifier.weight"], weights["_classifier.bias"], None


def _input_of(args: argparse.Namespace, channels: int) -> InputSpec:
    """As the models were tested in 2019: the mean is the first number of three for gray."""
    size = args.input_size
    return InputSpec(
        channels=channels,
        mean=tuple(args.rgb_mean[:channels]),
        std=tuple(args.rgb_std[:channels]),
        scale_size=TEST_SCALES.get(size, args.scale_size),
        input_size=size,
        interpolation=getattr(args, "interpolation", "BICUBIC").lower(),
        page_preprocessing=CLEANED,
        channels_exchanged=True,
    )


def _are_tensors(state: Any) -> bool:
    return isinstance(state, dict) and all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in state.items()
    )


def _require(condition: bool, path: Path, found: str) -> None:
    if not condition:
        raise UserError(f"{path}: expected a classifier of the 2019 scripts, {found}")
