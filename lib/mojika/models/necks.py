"""What a head may do to the features before it classifies them: a hidden layer, a gate."""

import torch
from timm.layers import create_act_layer
from torch import Tensor, nn

from mojika.models.architecture import Architecture


class Gate(nn.Module):
    """Squeeze-and-excitation of pooled features `(N, F)`: each is scaled by how much it matters to this very head.

    f · sigmoid(W₂ relu(W₁ f)), with F / `reduction` hidden units. Behind average pooling that is what a gate on the
    feature map does, one factor per channel. Hu, Shen and Sun, "Squeeze-and-excitation networks", arXiv:1709.01507.
    """

    def __init__(self, features: int, reduction: int):
        super().__init__()
        self.squeeze = nn.Linear(features, max(1, features // reduction))
        self.excite = nn.Linear(self.squeeze.out_features, features)

    def forward(self, features: Tensor) -> Tensor:
        return features * torch.sigmoid(self.excite(torch.relu(self.squeeze(features))))


def create_neck(architecture: Architecture, features: int) -> tuple[nn.Sequential, int]:
    """A hidden layer in one of `NECK_LAYOUTS`, then a gate; and how many features come out.

    Without hidden layer and gate the neck is empty: it passes features on and has no weights.
    """
    neck = nn.Sequential()
    if architecture.neck:
        neck.extend(_hidden_layer(architecture, features, architecture.neck))
        features = architecture.neck
    if architecture.gate:
        neck.append(Gate(features, architecture.gate_reduction))
    return neck, features


def _hidden_layer(architecture: Architecture, features: int, units: int) -> list[nn.Module]:
    def act() -> nn.Module:
        return create_act_layer(architecture.neck_activation or architecture.activation or "relu")

    def norm_and_dropout(width: int) -> list[nn.Module]:
        return [nn.BatchNorm1d(width), nn.Dropout(architecture.dropout)]

    match architecture.neck_layout:
        case "linear-norm-act":
            return [nn.Linear(features, units, bias=False), nn.BatchNorm1d(units), act()]
        case "linear-norm":
            return [nn.Linear(features, units, bias=False), nn.BatchNorm1d(units)]
        case "norm-drop-linear":
            hidden = [nn.Linear(features, units), act()]
            return [act(), *norm_and_dropout(features), *hidden, *norm_and_dropout(units)]
        case layout:
            raise ValueError(f"neck layout {layout!r}")


def drops_in_neck(architecture: Architecture) -> bool:
    """Whether the necks drop features themselves, so that the classifier must not."""
    return bool(architecture.neck) and architecture.neck_layout == "norm-drop-linear"
