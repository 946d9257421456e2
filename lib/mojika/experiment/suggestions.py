"""Where a default of 2019, which is kept, is likely to hurt: what to give instead, in one line."""

import argparse
from collections.abc import Iterator, Sequence

import timm

from mojika.experiment.arguments import is_left_open
from mojika.models.backbones import PRETRAINED_FROM_TIMM, timm_name

_RATE_OF_ADAM = 0.001
_AS_SGD = ("sgd", "nag", "lars")  # whose rates are of the size of the default


def suggestion(recipe: argparse.Namespace) -> str:
    """One line for a resolved recipe; empty where it has none of the defaults in question."""
    found = list(_suggestions(recipe))
    return f"for characters consider {'; '.join(found)}" if found else ""


def _suggestions(recipe: argparse.Namespace) -> Iterator[str]:
    if is_left_open(recipe, "random_horizontal_flip"):
        yield "--random-horizontal-flip 0 (mirrored, most are other characters or none)"
    if recipe.pretrained == PRETRAINED_FROM_TIMM and not any(recipe.rgb_mean) and set(recipe.rgb_std) == {1}:
        config = timm.get_pretrained_cfg(timm_name(recipe.model))
        if config is not None:
            mean, std = (_per_channel(values, len(recipe.rgb_mean)) for values in (config.mean, config.std))
            yield f"--rgb-mean {mean} --rgb-std {std} (as the weights of {recipe.model} were trained)"
    if recipe.optimizer not in _AS_SGD and is_left_open(recipe, "base_lr"):
        yield f"--base-lr {_RATE_OF_ADAM} ({recipe.base_lr} is a rate for sgd, not for {recipe.optimizer})"


def _per_channel(values: Sequence[float], channels: int) -> str:
    """Of gray images the mean over the three colours."""
    own = values if channels == len(values) else [sum(values) / len(values)]
    return ",".join(f"{value:.3g}" for value in own)
