"""A backbone with one or several heads."""

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn

from mojika.models.backbones import create_backbone
from mojika.models.heads import L2SoftmaxHead, LinearHead

HEAD_KINDS = ("linear", "l2softmax")


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build the network again; stored in every checkpoint."""

    model: str
    channels: int
    input_size: int
    head: str = "linear"
    temperature: float = 0.05

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)


class Classifier(nn.Module):
    """Images `(N, C, S, S)` to one logits tensor `(N, classes)` per head; the backbone runs once for all heads.

    `class_counts` maps a head's name to its number of classes, in the order of the target columns.
    """

    def __init__(self, architecture: Architecture, class_counts: dict[str, int], pretrained: str | None = None):
        super().__init__()
        self.architecture = architecture
        self.backbone, features = create_backbone(
            architecture.model, architecture.channels, architecture.input_size, pretrained
        )
        self.heads = nn.ModuleDict(
            {name: _create_head(architecture, features, classes) for name, classes in class_counts.items()}
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        features = self.backbone(images)
        return [head(features) for head in self.heads.values()]


def _create_head(architecture: Architecture, features: int, classes: int) -> nn.Module:
    if architecture.head == "l2softmax":
        return L2SoftmaxHead(features, classes, architecture.temperature)
    if architecture.head == "linear":
        return LinearHead(features, classes)
    raise ValueError(f"head {architecture.head!r}: expected one of {HEAD_KINDS}")
