"""Models of a reader's folder, as the checkpoints that they were made from: without what only training needs."""

from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from mojika.data.class_list import ClassList
from mojika.errors import UserError
from mojika.files.reader_folder import ONNX, Member
from mojika.training.stored_weights import restored

PARTS = {"model": "backbone.", "head": "heads."}  # of a classifier's weights, in a checkpoint and in the network


def read_member(member: Member) -> dict[str, Any]:
    """The state of a checkpoint; raises `UserError` where a file is damaged or not what the folder says of it."""
    about, weights = member.about, _weights(member)
    state = {"precision": about.get("precision") or "auto", "ema": None, "epoch": about.get("epoch", 0)}
    try:
        state |= {"input": about["input"], "metrics": about.get("metrics", {})}
        if member.kind == "detector":
            return state | {"detector": about["architecture"], "model": weights}
        if not isinstance(about["classes"], dict) or not about["classes"]:
            raise UserError(f"{member.path}: classes: expected a list for each head, found {about['classes']}")
        classes = {head: _class_list(member, own) for head, own in about["classes"].items()}
        state |= {"arch": about["architecture"], "temperatures": about.get("temperatures")}
    except (KeyError, AttributeError, TypeError) as error:
        raise UserError(f"{member.path}: {type(error).__name__} in its entry of config.json: {error}") from None
    state |= {"classes": {head: own.to_plain() for head, own in classes.items()}}
    state |= {"class_list_digest": {head: own.digest for head, own in classes.items()}}
    return state | {
        part: {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}
        for part, prefix in PARTS.items()
    }


def _weights(member: Member) -> dict[str, torch.Tensor]:
    path = member.folder.file(member.about["file"])
    if path.suffix == ONNX:
        raise UserError(f"{path}: an ONNX network, which torch does not read; only `mojika recognize` reads with it")
    try:
        return restored(load_file(path))
    except (SafetensorError, ValueError, RuntimeError, OSError) as error:
        raise UserError(f"{path}: expected safetensors, found something else: {str(error)[:120]}") from None


def _class_list(member: Member, about: dict[str, Any]) -> ClassList:
    path = member.folder.file(about["file"])
    classes = ClassList.read(path)
    classes.expect_digest(about["digest"], str(path), "the model's")
    return classes
