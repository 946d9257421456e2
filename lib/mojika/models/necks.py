"""What a head may do to the features before it classifies them: a hidden layer, a gate."""

import torch
from timm.layers import create_act_layer
from torch import Tensor, nn

SQUEEZE = 16  # by how much the gate's hidden layer is narrower than the features


class Gate(nn.Module):
    """Squeeze-and-excitation of pooled features `(N, F)`: each is scaled by how much it matters to this very head.

    f · sigmoid(W₂ relu(W₁ f)), with F / 16 hidden units. Behind average pooling that is what a gate on the feature map
    does, one factor per channel. Hu, Shen and Sun, "Squeeze-and-excitation networks", arXiv:1709.01507.
    """

    def __init__(self, features: int):
        super().__init__()
        self.squeeze = nn.Linear(features, max(1, features // SQUEEZE))
        self.excite = nn.Linear(self.squeeze.out_features, features)

    def forward(self, features: Tensor) -> Tensor:
        return features * torch.sigmoid(self.excite(torch.relu(self.squeeze(features))))


def create_neck(features: int, units: int | None, activation: str | None, gated: bool) -> tuple[nn.Sequential, int]:
    """A hidden layer of `units` with batch normalisation and activation (None: ReLU), then a gate; and what comes out.

    Without `units` and gate the neck is empty: it passes features on and has no weights.
    """
    neck = nn.Sequential()
    if units:
        neck.append(nn.Linear(features, units, bias=False)).append(nn.BatchNorm1d(units))
        neck.append(create_act_layer(activation or "relu"))
        features = units
    if gated:
        neck.append(Gate(features))
    return neck, features
