"""The filters that were published in 2019: pickled LightGBM boosters, whose text is taken and nothing is run.

Of all classes only `Booster` is admitted, and what is built in its place holds the saved values and does nothing.
"""

import pickle
from pathlib import Path
from typing import Any

import lightgbm

from mojika.boxes.booster_text import checked_booster_text, with_tree_sizes
from mojika.boxes.filter_features import NEIGHBOURS, feature_names
from mojika.errors import UserError


class _Booster:
    """Stands for LightGBM's `Booster`: its attributes as they were saved."""


class _Mapping(dict[Any, Any]):
    """Stands for the dictionaries in which LightGBM keeps scores."""

    def __init__(self, *_: object) -> None:
        super().__init__()


class _Reader(pickle.Unpickler):
    """Builds boosters that do nothing, and refuses everything else before it is looked up."""

    _ADMITTED = {
        ("lightgbm.basic", "Booster"): _Booster,
        ("collections", "OrderedDict"): _Mapping,
        ("collections", "defaultdict"): _Mapping,
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ADMITTED:
            raise pickle.UnpicklingError(f"{module}.{name}")
        return self._ADMITTED[module, name]


def read_boosters_of_2019(path: Path) -> list[lightgbm.Booster]:
    """The boosters of a pickle, or of the list in it, with our feature names in our order.

    Raises `UserError` where the file holds other objects or boosters of other features; nothing of it is run.
    """
    try:
        with open(path, "rb") as file:
            saved = _Reader(file).load()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except pickle.UnpicklingError as error:
        raise UserError(
            f"{path}: holds other objects than LightGBM's boosters ({error}); nothing of it was run"
        ) from None
    except Exception as error:  # a pickle may be wrong in every way
        raise UserError(f"{path}: truncated or damaged ({type(error).__name__})") from None
    boosters = saved if isinstance(saved, list) else [saved]
    if not boosters or not all(isinstance(booster, _Booster) for booster in boosters):
        raise UserError(f"{path}: expected LightGBM's boosters, found something else")
    return [_booster(vars(state), f"{path}: booster {number}") for number, state in enumerate(boosters)]


def _booster(state: dict[str, Any], name: str) -> lightgbm.Booster:
    text, rounds = state.get("handle", state.get("_handle")), state.get("best_iteration", -1)
    if not isinstance(text, str) or not isinstance(rounds, int):
        raise UserError(f"{name}: expected a model as text, found none; it was saved without one")
    try:
        safe = checked_booster_text(with_tree_sizes(_with_our_features(text)), len(feature_names()))
        booster = lightgbm.Booster(model_str=safe)
        if rounds > 0:  # 2019 used these
            booster = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=rounds))
    except (ValueError, IndexError, lightgbm.basic.LightGBMError):
        raise UserError(
            f"{name}: expected a model of the {len(feature_names())} features of 2019, found another"
        ) from None
    return booster


def _with_our_features(text: str) -> str:
    """The model's text with features renamed and moved; raises `ValueError` where they are not those of 2019."""
    lines = text.splitlines()
    header = dict(line.split("=", 1) for line in lines[: lines.index("Tree=0")] if "=" in line)
    theirs = header["feature_names"].split(" ") if "feature_names" in header else []
    ours, renamed = feature_names(), [OUR_NAMES.get(name, "") for name in theirs]
    if sorted(renamed) != sorted(ours):
        raise ValueError("other features")
    places = [ours.index(name) for name in renamed]
    moved = {
        "feature_names": " ".join(ours),
        "feature_infos": " ".join(_moved(header.get("feature_infos", "").split(" "), places)),
    }
    for number, line in enumerate(lines):
        key, _, values = line.partition("=")
        if key in moved:
            lines[number] = f"{key}={moved[key]}"
        elif key == "split_feature" and values:
            lines[number] = f"{key}={' '.join(str(places[_index(value)]) for value in values.split())}"
    return "\n".join(lines) + "\n"


def _moved(values: list[str], places: list[int]) -> list[str]:
    moved = [""] * len(places)
    for value, place in zip(values, places, strict=True):
        moved[place] = value
    return moved


def _index(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _our_names() -> dict[str, str]:
    names = {
        **{"char_score": "prob", "is_hiragana": "is_hiragana", "bbox_score": "box_score", "overlap_rate": "overlap"},
        **{"page_width": "page_width", "page_height": "page_height", "box_num": "page_boxes"},
    }
    statistics, sizes = ("mean", "std", "median"), ("width", "height", "area")
    names |= {f"{unit}_{value}": f"page_{value}_{unit}" for unit in statistics for value in (*sizes, "x", "y")}
    near = [("", "")] + [(f"nearest{rank if rank > 1 else ''}_", f"near{rank}_") for rank in range(1, NEIGHBOURS + 1)]
    for their, our in near:
        names |= {
            f"{their}{size}_{unit}_rate": f"{our}{size}_by_{unit}" for size in sizes for unit in ("page", *statistics)
        }
    names |= {f"{axis}_{unit}_rate": f"{axis}_by_{unit}" for axis in "xy" for unit in ("page", *statistics)}
    names["y_mean_yrate"] = names.pop("y_mean_rate")
    for their, our in near[1:]:
        names |= {f"{their}distance_page_{side}_rate": f"{our}distance_by_page_{side}" for side in ("width", "height")}
        names[f"{their}radian"] = f"{our}angle"
    return names


OUR_NAMES = _our_names()
