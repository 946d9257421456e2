"""Networks of a few hundred weights under names of timm, so that a stored checkpoint is a few kilobytes."""

from timm.models import generate_default_cfgs, register_model
from timm.models.resnet import BasicBlock, ResNet, _create_resnet
from torch import Tensor, nn

default_cfgs = generate_default_cfgs(
    {"tiny_maps": {"input_size": (3, 64, 64), "pool_size": (2, 2), "first_conv": "conv1"}}
)


class TinyNet(nn.Module):
    """Two convolutions and the mean of their map."""

    num_features = 8

    def __init__(self, channels: int):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, 6, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(6)
        self.conv2, self.bn2 = nn.Conv2d(6, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8)

    def forward(self, images: Tensor) -> Tensor:
        maps = self.bn1(self.conv1(images)).relu()
        return self.bn2(self.conv2(maps)).relu().mean((2, 3))


@register_model
def tiny_net(pretrained: bool = False, in_chans: int = 3, **_: object) -> TinyNet:
    return TinyNet(in_chans)


@register_model
def tiny_maps(pretrained: bool = False, **options: object) -> ResNet:
    """A residual network with maps at strides 4 to 32."""
    shape = {"block": BasicBlock, "layers": (1, 1, 1, 1), "channels": (4, 4, 4, 4), "stem_width": 4}
    return _create_resnet("tiny_maps", pretrained, **{**shape, **options})
