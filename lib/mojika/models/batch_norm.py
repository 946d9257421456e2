"""What may be told to all batch normalisations of a network at once."""

from collections.abc import Iterator

import torch
from torch import nn


def set_momentum(model: nn.Module, momentum: float) -> None:
    """The share of a batch's own statistics in the running ones, from now on."""
    for module in _batch_norms(model):
        module.momentum = momentum


def keep_affine(model: nn.Module) -> None:
    """No gradients for scales and offsets: an optimizer leaves them as they are."""
    for module in _batch_norms(model):
        for parameter in module.parameters():
            parameter.requires_grad_(False)


@torch.no_grad()
def start_from_one(model: nn.Module) -> None:
    """Undo "zero gamma": where a block's last scale γ was initialised with 0, so that it began as the identity.

    The zeros are from Goyal et al., "Accurate, large minibatch SGD", arXiv:1706.02677; timm has them in its ResNets.
    """
    for module in _batch_norms(model):
        if module.weight is not None and not module.weight.any():
            module.weight.fill_(1)


def _batch_norms(model: nn.Module) -> Iterator[nn.modules.batchnorm._BatchNorm]:
    """timm's norm-act layers and synchronised batch norms are included."""
    return (module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm))
