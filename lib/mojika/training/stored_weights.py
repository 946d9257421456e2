"""Weights as a reader's folder stores them: in single precision, in half, or in 8 bits with a scale for each row.

Only kernels and matrices are stored in fewer bits. Vectors (biases, batch normalisation) are few, and small differences
count in them. Whatever is stored, networks compute in single precision.
"""

from collections.abc import Mapping

import torch

from mojika.errors import UserError

SINGLE, HALF, INT8 = "single", "half", "int8"
FORMS = (SINGLE, HALF, INT8)
_SCALE = ".scale"  # behind the name of a tensor in 8 bits: what its rows are multiplied by, (rows,) float32
_LEVELS = 127


def stored(weights: Mapping[str, torch.Tensor], form: str, file: str) -> dict[str, torch.Tensor]:
    """`weights` in one of `FORMS`; raises `UserError`, of `file`, for values that half precision does not reach."""
    if form == SINGLE:
        return dict(weights)
    result = {}
    for name, value in weights.items():
        if value.ndim < 2 or value.dtype != torch.float32:
            result[name] = value
        elif form == HALF:
            result[name] = _halved(value, f"{file}: {name}")
        else:
            result[name], result[name + _SCALE] = _in_8_bits(value)
    return result


def restored(loaded: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The weights in single precision, whichever form they were stored in."""
    return {
        name: _single(value, loaded.get(name + _SCALE))
        for name, value in loaded.items()
        if not (name.endswith(_SCALE) and name.removesuffix(_SCALE) in loaded)
    }


def _halved(value: torch.Tensor, name: str) -> torch.Tensor:
    halved = value.half()
    if not halved.isfinite().all():
        raise UserError(f"{name}: {value.abs().max():.3g} has no place in half precision, which ends at 65504")
    return halved


def _in_8_bits(value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers from -127 to 127, symmetric about 0, and a scale for each row (an output channel)."""
    rows = value.flatten(1)
    scale = rows.abs().amax(1) / _LEVELS
    levels = (rows / scale.clamp(min=torch.finfo(torch.float32).tiny)[:, None]).round()
    return levels.clamp(-_LEVELS, _LEVELS).to(torch.int8).view(value.shape), scale


def _single(value: torch.Tensor, scale: torch.Tensor | None) -> torch.Tensor:
    if value.dtype == torch.float16:
        return value.float()
    if value.dtype == torch.int8 and scale is not None and scale.shape == value.shape[:1]:
        return value.float() * scale.float().view(-1, *[1] * (value.ndim - 1))
    return value
