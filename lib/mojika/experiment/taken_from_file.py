"""What a run that starts from a `.model` file takes from it where the flags do not say it: the head and the input."""

import argparse
from typing import Any

from mojika.experiment.arguments import is_left_open
from mojika.models.architecture import Architecture
from mojika.models.heads import HEADS
from mojika.models.input_spec import InputSpec
from mojika.parameters.declaration import declared
from mojika.parameters.flags import flag_of
from mojika.sizes import Size

_NECK = {  # flags by their names in an architecture
    "neck": "neck",
    "neck_layout": "neck_layout",
    "neck_activation": "neck_activation",
    "neck_shared": "neck_shared",
    "gate": "head_gate",
    "gate_reduction": "head_gate_reduction",
}
_NOT_SHOWN = {"model", "pretrained", "start_epoch"}


def take_head(args: argparse.Namespace, stored: dict[str, Any]) -> None:
    """The kind of head with its parameters, neck and gate, where no flag says anything of a head."""
    kind = stored.get("head")
    named = ["head", *HEADS, *_NECK.values()]
    if kind not in HEADS or not all(is_left_open(args, name) for name in named if hasattr(args, name)):
        return
    architecture = Architecture.from_plain({"model": "", "channels": 1, "input_size": 1} | stored)
    args.head = kind
    for each in declared(HEADS[kind]):
        name = "_".join(filter(None, (kind, each.name)))
        if each.argument in architecture.head_parameters and is_left_open(args, name):
            setattr(args, name, architecture.head_parameters[each.argument])
    for name, flag in _NECK.items():
        setattr(args, flag, getattr(architecture, name))


def take_input(args: argparse.Namespace, spec: InputSpec) -> None:
    """Channels, sizes, normalisation and interpolation; of the two sizes both or none."""
    args.grayscale = args.grayscale or spec.channels == 1
    if args.scale_size is None and args.input_size is None:
        args.scale_size, args.input_size = spec.scale_size, spec.input_size
    taken = {"rgb_mean": _text(spec.mean), "rgb_std": _text(spec.std), "interpolation": spec.interpolation.upper()}
    for name, value in taken.items():
        if is_left_open(args, name):
            setattr(args, name, value)


def taken_flags(given: argparse.Namespace, taken: argparse.Namespace) -> str:
    """The flags that were taken, as one would type them; empty where there are none."""
    pairs = vars(taken).items()
    changed = {name: value for name, value in pairs if value != getattr(given, name) and name not in _NOT_SHOWN}
    return " ".join(flag_of(name) + ("" if value is True else f" {_shown(value)}") for name, value in changed.items())


def _text(numbers: tuple[float, ...]) -> str:
    return ",".join(map(str, numbers))


def _shown(value: Size | Any) -> str:
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
