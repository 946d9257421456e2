"""Another activation throughout a network, or none at all."""

import torch
from timm.layers import create_act_layer, get_act_layer
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from mojika.errors import ParameterError
from mojika.models.architecture import ACTIVATIONS
from mojika.sizes import Size, height_width

_REPLACED = (*{get_act_layer(name) for name in ACTIVATIONS}, nn.GELU)  # timm's GELU is not torch's
# The operations by which an activation can hide in a forward method. Sigmoids are gates and stay.
_OPERATIONS = ("relu", "hardtanh", "silu", "hardswish", "mish", "gelu", "leaky_relu", "elu", "celu", "_prelu_kernel")


class _ActivationsUsed(TorchDispatchMode):
    """Notes which activations are computed while it is entered, whoever calls them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        name = operation.overloadpacket.__name__.removesuffix("_")
        if name in _OPERATIONS:
            self.names.add(name)
        return operation(*args, **(kwargs or {}))


def set_activation(backbone: nn.Module, activation: str, name: str, channels: int, input_size: Size) -> None:
    """Put `activation` in the place of every activation of the timm network called `name`; gates keep their sigmoids.

    Activation modules are exchanged, those inside timm's norm-act layers too. Then a pass on the meta device, with
    identities in their place, shows whether a forward method computes others by itself. Raises `ParameterError`
    if so, when there is nothing to exchange, and for an unknown activation: never is a network left half exchanged.
    """
    if activation not in ACTIVATIONS:
        raise ParameterError(f"{{activation}} {activation}: expected one of {', '.join(ACTIVATIONS)}")
    places = [key for key, module in backbone.named_modules(remove_duplicate=False) if isinstance(module, _REPLACED)]
    for place in places:
        backbone.set_submodule(place, nn.Identity())
    built_in = _activations_computed(backbone, channels, input_size)
    if built_in or not places:
        found = f"computes {', '.join(sorted(built_in))} in its own code" if built_in else "has no activation layers"
        raise ParameterError(
            f"{{activation}} {activation}: {name} {found}, which cannot be exchanged; use another {{model}}"
        )
    for place in places:
        backbone.set_submodule(place, create_act_layer(activation))


def _activations_computed(backbone: nn.Module, channels: int, input_size: Size) -> set[str]:
    state = {**dict(backbone.named_parameters()), **dict(backbone.named_buffers())}
    on_meta = {key: tensor.to("meta") for key, tensor in state.items()}
    was_training = backbone.training
    backbone.eval()
    with torch.no_grad(), _ActivationsUsed() as used:
        torch.func.functional_call(
            backbone, on_meta, (torch.empty(1, channels, *height_width(input_size), device="meta"),)
        )
    backbone.train(was_training)
    return used.names
