"""Weights of a trained classifier for one with other classes."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mojika.errors import ParameterError
from mojika.models.classifier import Classifier
from mojika.models.heads import Head
from mojika.models.pooling import LEARNED


def transfer_weights(
    model: Classifier,
    state: Mapping[str, Any],
    classes: Mapping[str, tuple[str, ...]],
    saved_classes: Mapping[str, tuple[str, ...]],
) -> dict[str, int | None]:
    """Give `model` what a checkpoint knows; returns per head how many class vectors it took over, None for all of it.

    `state` holds the backbone's state dict as "model" and the heads' as "head"; `classes` and `saved_classes` name the
    labels of each head in the order of its logits, in the new model and in the checkpoint. The backbone must fit layer
    by layer, else `UserError`; only the exponent of a GeM pooling may be on one side alone. A head with the same labels
    and the same tensors is taken whole. Otherwise it stays as it was made, but for the class vectors and biases of
    labels that are in both lists, provided that both heads see equally many features and have the same kind of neck,
    which is then taken over with them.
    """
    _load_backbone(model, state["model"])
    taken = {}
    for name, head in model.heads.items():
        prefix = f"{name}."
        saved = {key.removeprefix(prefix): value for key, value in state["head"].items() if key.startswith(prefix)}
        taken[name] = _take_over(head, saved, classes[name], saved_classes.get(name, ()))
    return taken


def _load_backbone(model: Classifier, saved: Mapping[str, Tensor]) -> None:
    own = {key: value for key, value in model.backbone.state_dict().items() if key.endswith(LEARNED)}
    layers = {key: value for key, value in saved.items() if not key.endswith(LEARNED)}
    learned = {key: saved.get(key, value) for key, value in own.items()}
    try:
        model.backbone.load_state_dict({**layers, **learned})
    except RuntimeError as error:
        detail = " ".join(str(error).split())
        raise ParameterError(
            f"the checkpoint's backbone is not that of {{model}} {model.architecture.model}: {detail[:200]}"
        ) from error


@torch.no_grad()
def _take_over(
    head: Head, saved: Mapping[str, Tensor], labels: tuple[str, ...], saved_labels: tuple[str, ...]
) -> int | None:
    fresh = head.state_dict()
    if labels == saved_labels and _shapes(fresh) == _shapes(saved):
        head.load_state_dict(saved)
        return None
    necks = [{key: value for key, value in state.items() if key.startswith("neck.")} for state in (fresh, saved)]
    if (
        "weight" not in saved
        or saved["weight"].shape[1] != fresh["weight"].shape[1]
        or _shapes(necks[0]) != _shapes(necks[1])
    ):
        return 0
    if necks[0]:
        head.neck.load_state_dict({key.removeprefix("neck."): value for key, value in necks[1].items()})
    saved_row = {label: row for row, label in enumerate(saved_labels)}
    rows = [row for row, label in enumerate(labels) if label in saved_row]
    saved_rows = [saved_row[labels[row]] for row in rows]
    for key in ("weight", "bias"):
        if key in fresh and key in saved:
            fresh[key][rows] = saved[key][saved_rows].to(fresh[key])
    return len(rows)


def _shapes(state: Mapping[str, Tensor]) -> dict[str, torch.Size]:
    return {key: value.shape for key, value in state.items()}
