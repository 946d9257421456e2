"""Where a default of 2019, which is kept, is likely to hurt: what to give instead, in one line.

A value that somebody gave is meant, also where it is the default.
"""

import argparse
from collections.abc import Iterator, Sequence

import timm

from mojika.experiment.arguments import build_parser
from mojika.models.backbones import PRETRAINED_FROM_TIMM, timm_name
from mojika.parameters.parser import is_named

_RATE_OF_ADAM = 0.001
_AS_SGD = ("sgd", "nag", "lars")  # whose rates are of the size of the default


def suggestion(recipe: argparse.Namespace) -> str:
    """One line for a resolved recipe; empty where it has none of the defaults in question."""
    found = list(_suggestions(recipe))
    return f"for characters consider {'; '.join(found)}" if found else ""


def _suggestions(recipe: argparse.Namespace) -> Iterator[str]:
    def is_default(name: str) -> bool:
        return not is_named(recipe, name) and bool(getattr(recipe, name) == build_parser().get_default(name))

    if is_default("random_horizontal_flip"):
        yield "--random-horizontal-flip 0 (mirrored, most are other characters or none)"
    if recipe.pretrained == PRETRAINED_FROM_TIMM and not any(recipe.rgb_mean) and set(recipe.rgb_std) == {1}:
        config = timm.get_pretrained_cfg(timm_name(recipe.model))
        if config is not None:
            mean, std = (_per_channel(values, len(recipe.rgb_mean)) for values in (config.mean, config.std))
            yield f"--rgb-mean {mean} --rgb-std {std} (as the weights of {recipe.model} were trained)"
    if recipe.optimizer not in _AS_SGD and is_default("base_lr"):
        yield f"--base-lr {_RATE_OF_ADAM} ({recipe.base_lr} is a rate for sgd, not for {recipe.optimizer})"


def _per_channel(values: Sequence[float], channels: int) -> str:
    """Of gray images the mean over the three colours."""
    own = values if channels == len(values) else [sum(values) / len(values)]
    return ",".join(f"{value:.3g}" for value in own)
