"""A backbone with one or several heads."""

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn

from mojika.models.backbones import create_backbone
from mojika.models.heads import Head, L2SoftmaxHead, LinearHead
from mojika.models.margin_heads import AdaCosHead, ArcFaceHead, CosFaceHead
from mojika.models.necks import create_neck
from mojika.sizes import Size

HEAD_KINDS = ("linear", "l2softmax", "arcface", "cosface", "adacos")


@dataclass(frozen=True)
class Architecture:
    """All that is needed to build the network again; stored in every checkpoint.

    `temperature` is that of "l2softmax", `scale` and `margin` are those of "arcface" and "cosface". `dropout` is the
    probability with which a feature is dropped before the heads. Each head has a hidden layer of `neck` units and a
    `gate` of its own, where asked for.
    """

    model: str
    channels: int
    input_size: Size
    head: str = "linear"
    temperature: float = 0.05
    scale: float = 30.0
    margin: float = 0.5
    pooling: str = "default"
    activation: str | None = None
    blur_pool: bool = False
    dropout: float = 0.0
    neck: int | None = None
    gate: bool = False

    def to_plain(self) -> dict[str, Any]:
        return asdict(self)


class Classifier(nn.Module):
    """Images `(N, C, h, w)` to one logits tensor `(N, classes)` per head; the backbone runs once for all heads.

    `class_counts` maps a head's name to its number of classes, in the order of the target columns.
    """

    def __init__(self, architecture: Architecture, class_counts: dict[str, int], pretrained: str | None = None):
        super().__init__()
        self.architecture = architecture
        self.backbone, features = create_backbone(
            architecture.model,
            architecture.channels,
            architecture.input_size,
            pretrained,
            pooling=architecture.pooling,
            activation=architecture.activation,
            blur_pool=architecture.blur_pool,
        )
        self.dropout = nn.Dropout(architecture.dropout)
        self.heads = nn.ModuleDict(
            {name: _create_head(architecture, features, classes) for name, classes in class_counts.items()}
        )

    def forward(self, images: Tensor) -> list[Tensor]:
        features = self.dropout(self.backbone(images))
        return [head(head.neck(features)) for head in self.heads.values()]


def _create_head(architecture: Architecture, features: int, classes: int) -> Head:
    neck, features = create_neck(features, architecture.neck, architecture.activation, architecture.gate)
    head = _create_bare_head(architecture, features, classes)
    head.neck = neck
    return head


def _create_bare_head(architecture: Architecture, features: int, classes: int) -> Head:
    match architecture.head:
        case "linear":
            return LinearHead(features, classes)
        case "l2softmax":
            return L2SoftmaxHead(features, classes, architecture.temperature)
        case "arcface":
            return ArcFaceHead(features, classes, architecture.scale, architecture.margin)
        case "cosface":
            return CosFaceHead(features, classes, architecture.scale, architecture.margin)
        case "adacos":
            return AdaCosHead(features, classes)
    raise ValueError(f"head {architecture.head!r}: expected one of {HEAD_KINDS}")


def freeze_batch_norm(model: nn.Module) -> None:
    """Let every batch norm use its running statistics and leave them as they are, until the next `model.train()`.

    Their weights and biases still learn; timm's norm-act layers and synchronised batch norms are included.
    """
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.training = False
