"""Padding that is fixed by the network's input size, as the PyTorch port of EfficientNet had it in 2019."""

import math

from timm.layers import Conv2dSame
from torch import Tensor, nn
from torch.nn import functional as F

from mojika.errors import ParameterError
from mojika.sizes import Size, height_width


class StaticSameConv2d(nn.Conv2d):
    """A convolution that pads any feature map as TensorFlow's SAME pads an image of `size`.

    For an even size and a stride of 2 that is a row less on top than at the bottom, also where a map in the middle of
    the network is odd: of 190 pixels five such layers make 95, 47, 23, 11 and 5, SAME itself 95, 48, 24, 12 and 6.
    """

    def __init__(self, like: nn.Conv2d, size: Size):
        """With the weights of `like`, not a copy of them."""
        kernel, stride, dilation = map(_pair, (like.kernel_size, like.stride, like.dilation))
        super().__init__(
            like.in_channels, like.out_channels, kernel, stride, dilation=dilation, groups=like.groups, bias=False
        )
        self.weight, self.bias = like.weight, like.bias
        rows, columns = (
            _before_and_after(*axis)
            for axis in zip(height_width(size), self.kernel_size, self.stride, self.dilation, strict=True)
        )
        self.pads = (*columns, *rows)

    def forward(self, images: Tensor) -> Tensor:
        return super().forward(F.pad(images, self.pads))


def set_static_padding(backbone: nn.Module, input_size: Size, name: str) -> None:
    """Let every convolution of the timm network called `name` that pads by size pad as for `input_size`.

    The state dict stays as it is. Raises `ParameterError` where there is none: only networks that came from TensorFlow
    have them (timm's `tf_` EfficientNets, to which the names of 2019 lead).
    """
    places = {key: module for key, module in backbone.named_modules() if isinstance(module, Conv2dSame)}
    if not places:
        raise ParameterError(f"{{static_padding}}: no layer of {name} pads by size; leave it out")
    for place, convolution in places.items():
        backbone.set_submodule(place, StaticSameConv2d(convolution, input_size))


def _pair(values: tuple[int, ...]) -> tuple[int, int]:
    return values[0], values[1]


def _before_and_after(length: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    pad = max((math.ceil(length / stride) - 1) * stride + (kernel - 1) * dilation + 1 - length, 0)
    return pad // 2, pad - pad // 2
