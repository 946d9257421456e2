"""A backbone with one or several heads."""

from torch import Tensor, nn

from mojika.models.architecture import Architecture
from mojika.models.backbones import create_backbone
from mojika.models.batch_norm import set_momentum
from mojika.models.heads import HEADS, Head, Heads
from mojika.models.necks import create_neck, drops_in_neck


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
            drop_path_rate=architecture.drop_path_rate,
            static_padding=architecture.static_padding,
            signed_features=architecture.signed_features,
        )
        self.dropout = nn.Dropout(0.0 if drops_in_neck(architecture) else architecture.dropout)
        self.heads = Heads()
        neck, neck_features = create_neck(architecture, features)
        for name, classes in class_counts.items():
            borrowed = bool(self.heads) and architecture.neck_shared
            if self.heads and not borrowed:
                neck, _ = create_neck(architecture, features)
            self.heads[name] = _create_head(architecture, neck, neck_features, classes, borrowed)
        if architecture.batch_norm_momentum is not None:
            set_momentum(self, architecture.batch_norm_momentum)

    def forward(self, images: Tensor) -> list[Tensor]:
        features = self.dropout(self.backbone(images))
        return [head(head.neck(features)) for head in self.heads.values()]


def _create_head(architecture: Architecture, neck: nn.Module, features: int, classes: int, borrowed: bool) -> Head:
    if architecture.head not in HEADS:
        raise ValueError(f"head {architecture.head!r}: expected one of {tuple(HEADS)}")
    head = HEADS[architecture.head](features, classes, **architecture.head_parameters)
    if borrowed:
        object.__setattr__(head, "neck", neck)  # not registered again: its weights are in the state dict once
    else:
        head.neck = neck
    return head


def freeze_batch_norm(model: nn.Module) -> None:
    """Let every batch norm use its running statistics and leave them as they are, until the next `model.train()`.

    Their weights and biases still learn; timm's norm-act layers and synchronised batch norms are included.
    """
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.training = False
