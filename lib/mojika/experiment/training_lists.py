"""The lists that a recipe names: what it trains on and validates with."""

import argparse
import hashlib
from collections.abc import Sequence

from mojika.data.derived_packs import EXCHANGED
from mojika.data.held_out import with_held_out
from mojika.data.image_list import is_folder
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import UserError
from mojika.files.cache import cache_folder
from mojika.files.fetching import fetched
from mojika.files.urls import place


def read_lists(recipe: argparse.Namespace, *, convert: bool = True) -> tuple[SplitList, SplitList]:
    """The lists of training and validation, this with what it repeats.

    Their images are as training takes them, or as they are, where nothing is to be written. Raises `UserError` where
    the recipe does not fit their heads.
    """
    channels = 1 if recipe.grayscale else 3
    splits = read_split_lists(
        [recipe.train, *filter(None, [recipe.valid])],
        scale_size=recipe.scale_size,
        channels=channels,
        cache=cache_folder() if convert else None,
        exchanged=recipe.exchange_channels,
    )
    train, valid = splits if recipe.valid else with_held_out(splits[0], recipe.valid_fraction, recipe.seed)
    if recipe.exchange_channels and recipe.grayscale:
        _require_colour(train)
    _check_heads(recipe, train.heads)
    valid = valid.repeated()
    return train.with_pseudo_weight(recipe.pseudo_weight) if recipe.onehot else train, valid


def _require_colour(split: SplitList) -> None:
    """Packs that were in colour, before they were converted or still."""
    gray = [pack.place for pack in split.packs if pack.channels == 1 and EXCHANGED not in pack.meta["made_from"]]
    if gray:
        raise UserError(
            f"--exchange-channels: {gray[0]} is gray already, and gray has no red and blue; use a pack in colour "
            "(mojika pack --channels 3) or leave the flag out"
        )


def data_digest(recipe: argparse.Namespace, splits: tuple[SplitList, SplitList]) -> str:
    """What the lists say and what their packs were made from; paths do not count."""
    digest = hashlib.sha256()
    for path, split in zip((recipe.train, recipe.valid or recipe.train), splits, strict=True):
        if not is_folder(place(path)):  # whose pack tells what is in it
            digest.update(fetched(place(path)).read_bytes())
        for pack in split.packs:
            digest.update(pack.fingerprint.encode())
    return digest.hexdigest()


def _check_heads(recipe: argparse.Namespace, heads: Sequence[str]) -> None:
    """Refuse flags that name another number of heads than the lists have."""
    if recipe.head_weights and len(recipe.head_weights) != len(heads):
        raise UserError(
            f"--head-weights: expected {len(heads)} number{'s'[: len(heads) > 1]}, for {', '.join(heads)}, "
            f"found {len(recipe.head_weights)}"
        )
