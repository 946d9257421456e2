"""What `train.py` is told of networks and mixing beside the parameters of their components."""

from dataclasses import dataclass
from typing import Annotated

from mojika.augmentation.mixing import MIXERS
from mojika.models.architecture import ACTIVATIONS, NECK_LAYOUTS, POOLINGS
from mojika.models.heads import HEADS
from mojika.parameters.declaration import BELOW_ONE, POSITIVE, Parameter, Range, neutral

_SHARE = Range("a number above 0 and at most 1", lambda value: 0 < value <= 1)


@dataclass(frozen=True, kw_only=True)
class ModelSettings:
    model: Annotated[
        str | None,
        Parameter(
            "2019 name, any timm name, or a .model file or reader's folder to fine-tune (default: resnet18; "
            "with --resume that file's)",
            metavar="ARCH",
            short="-m",
        ),
    ] = None
    from_scratch: Annotated[bool, Parameter("start from random weights")] = False
    pretrained: Annotated[
        str | None,
        Parameter(
            "start from a .model file or a reader's folder, a state dict in timm's layout, or timm's ImageNet weights "
            "(default: timm, unless --from-scratch)",
            metavar="PATH|timm",
        ),
    ] = None
    grayscale: Annotated[bool, Parameter("one input channel instead of three")] = False
    pooling: Annotated[
        str,
        Parameter(
            "pooling of the feature map to one vector: default (the network's own), average, generalised mean "
            "(arXiv:1711.02512), average and maximum concatenated",
            choices=POOLINGS,
        ),
    ] = "default"
    activation: Annotated[
        str | None, Parameter("activation function that replaces the network's own", choices=ACTIVATIONS)
    ] = None
    blur_pool: Annotated[bool, Parameter("anti-aliased downsampling, arXiv:1904.11486")] = False
    dropout: Annotated[float, Parameter("probability of dropout before the head", BELOW_ONE, metavar="P")] = 0.0
    drop_path_rate: Annotated[
        float,
        Parameter(
            "stochastic depth, arXiv:1603.09382: probability that the last residual block is left out, rising from 0 "
            "at the first (2019's EfficientNet: 0.2)",
            BELOW_ONE,
            metavar="P",
        ),
    ] = 0.0
    signed_features: Annotated[
        bool, Parameter("EfficientNet without the activation behind its last convolution, as in 2019 with --l2softmax")
    ] = False
    static_padding: Annotated[
        bool,
        Parameter(
            "EfficientNet that pads every layer as an image of --input-size, as in 2019, not by the size of its map"
        ),
    ] = False
    bn_momentum: Annotated[
        float | None,
        Parameter(
            "share of a batch in the running statistics of batch normalisation (default: 0.1; 2019's EfficientNet: "
            "0.01)",
            _SHARE,
            metavar="M",
        ),
    ] = None
    unit_gamma: Annotated[
        bool,
        Parameter(
            "random weights with all scales of batch normalisation at 1, as in 2019; else those at the end of a "
            "ResNet's blocks are 0"
        ),
    ] = False
    freeze_bn: Annotated[bool, Parameter("keep the loaded statistics of batch normalisation")] = False


@dataclass(frozen=True, kw_only=True)
class HeadSettings:
    head: Annotated[
        str | None,
        Parameter("kind of head; --l2softmax … --adacos are equivalent (default: linear)", choices=tuple(HEADS)),
    ] = None
    neck: Annotated[
        int | None,
        Parameter("units of a hidden layer in front of each head (default: none)", POSITIVE, metavar="UNITS"),
    ] = None
    neck_layout: Annotated[
        str,
        Parameter(
            "the hidden layer: linear, batch normalisation, activation; the same without activation; or activation, "
            "normalisation, dropout, linear, activation, normalisation, dropout (the dropout being --dropout)",
            choices=NECK_LAYOUTS,
        ),
    ] = "linear-norm-act"
    neck_activation: Annotated[
        str | None,
        Parameter("activation of the hidden layer (default: that of --activation, else relu)", choices=ACTIVATIONS),
    ] = None
    neck_shared: Annotated[bool, Parameter("one hidden layer and gate for all heads, not one for each")] = False
    head_gate: Annotated[bool, Parameter("squeeze-and-excitation on each head, arXiv:1709.01507")] = False
    head_gate_reduction: Annotated[
        int, Parameter("how many times fewer hidden units a head's gate has than features", POSITIVE, metavar="R")
    ] = 16


@dataclass(frozen=True, kw_only=True)
class OldHeadSettings:
    adacos_m: Annotated[
        float, neutral("no effect, accepted for old command lines: AdaCos has no margin", metavar="M")
    ] = 0.5


@dataclass(frozen=True, kw_only=True)
class MixingSettings:
    mix_schedule: Annotated[
        str | None,
        Parameter(
            f"methods ({', '.join(MIXERS)}) with their shares of batches; the remaining batches are not mixed",
            metavar="NAME=P,…",
        ),
    ] = None
