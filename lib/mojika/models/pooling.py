"""Global pooling of the last feature map: average, generalised mean, average ‖ maximum."""

from collections import OrderedDict

import torch
from timm.layers import SelectAdaptivePool2d
from torch import Tensor, nn

from mojika.errors import ParameterError

SMALLEST_EXPONENT = 0.1
LEARNED = ".gem.p"  # how the one key ends that a pooling adds to a backbone's state dict


class Average(nn.Module):
    """The mean over `dims`, which stay with length one."""

    def __init__(self, dims: tuple[int, int] = (2, 3)):
        super().__init__()
        self.dims = dims

    def forward(self, feature_map: Tensor) -> Tensor:
        return feature_map.mean(self.dims, keepdim=True)


class GeneralisedMean(nn.Module):
    """The mean of the p-th powers and its p-th root, `(N, F, h, w) -> (N, F, 1, 1)`, with one learnable p > 0.

    p = 1 is the average, a large p nears the maximum. Radenović, Tolias and Chum, "Fine-tuning CNN image retrieval with
    no human annotation", arXiv:1711.02512. Computed in float32 under autocast; values below `eps` count as `eps`, and a
    p that an optimizer drove below 0.1 as 0.1, where the root still is a number.
    """

    def __init__(self, dims: tuple[int, int] = (2, 3), p: float = 3.0, eps: float = 1e-6):
        super().__init__()
        self.dims = dims
        self.eps = eps
        self.p = nn.Parameter(torch.tensor(p))

    def forward(self, feature_map: Tensor) -> Tensor:
        with torch.autocast(feature_map.device.type, enabled=False):
            p = self.p.float().clamp(min=SMALLEST_EXPONENT)
            powers = feature_map.float().clamp(min=self.eps).pow(p)
            return powers.mean(self.dims, keepdim=True).pow(1 / p)


class AverageAndMaximum(nn.Module):
    """Averages of the batch, followed by its maxima: `(N, F, h, w) -> (2N, F, 1, 1)`.

    They are stacked along the batch so that layers that a network has behind its pooling (a 1×1 convolution, a norm)
    fit as they are and treat both alike; `side_by_side` then joins the features.
    """

    def __init__(self, dims: tuple[int, int] = (2, 3)):
        super().__init__()
        self.dims = dims

    def forward(self, feature_map: Tensor) -> Tensor:
        average = feature_map.mean(self.dims, keepdim=True)
        return torch.cat([average, feature_map.amax(self.dims, keepdim=True)])


def side_by_side(network: nn.Module, inputs: tuple, stacked: Tensor) -> Tensor:
    """Forward hook that joins what `AverageAndMaximum` stacked: `(2N, F) -> (N, 2F)`."""
    return torch.cat(stacked.chunk(2), dim=1)


def set_pooling(backbone: nn.Module, kind: str, name: str) -> int:
    """Let a timm network called `name` pool as `kind` says; returns by how many times its features multiply.

    The network's own pooling stays behind ours: of a 1×1 map it is the identity, and it keeps the layout that the
    next layer expects. Only "gem" adds to the state dict, one key. Raises `ParameterError` where there is no map to
    pool.
    """
    if kind == "default":
        return 1
    pools = [key for key, module in backbone.named_modules() if isinstance(module, SelectAdaptivePool2d)]
    if len(pools) != 1:
        raise ParameterError(
            f"{{pooling}} {kind}: {name} has no global pooling of a feature map; use {{pooling}} default"
        )
    own = backbone.get_submodule(pools[0])
    dims = getattr(own.pool, "dim", (2, 3))  # (1, 2) in networks with the channels last
    ours = {"avg": Average, "gem": GeneralisedMean, "avgmax": AverageAndMaximum}[kind](dims)
    backbone.set_submodule(pools[0], nn.Sequential(OrderedDict([(kind, ours), ("own", own)])))
    if kind != "avgmax":
        return 1
    backbone.register_forward_hook(side_by_side)
    return 2
