"""Backbones from timm by name, with the names of the 2019 scripts as aliases and stems for any number of channels."""

import pickle
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import timm
import torch
from timm.layers import BatchNormAct2d, BlurPool2d, DropPath
from torch import nn

import mojika.models.torchvision_networks  # noqa: F401 (timm knows its networks then)
from mojika.errors import ParameterError
from mojika.models.activations import set_activation
from mojika.models.pooling import set_pooling
from mojika.models.static_padding import set_static_padding
from mojika.sizes import Size, height_width, size_text

# 2019 name (cnn-finetune, pretrainedmodels, efficientnet-pytorch) -> timm name. The tag after the dot names the very
# weights that those packages shipped (but of mobilenet_v2, whose weights timm lacks); `tf_` EfficientNets pad like the
# TensorFlow originals, the plain ones do not.
ALIASES = {
    **{f"efficientnet-b{i}": f"tf_efficientnet_b{i}.aa_in1k" for i in range(8)},
    **{f"resnet{depth}": f"resnet{depth}.tv_in1k" for depth in (18, 34, 50, 101, 152)},
    "resnext50_32x4d": "resnext50_32x4d.tv_in1k",
    "resnext101_32x8d": "resnext101_32x8d.tv_in1k",
    "densenet121": "densenet121.tv_in1k",
    "densenet169": "densenet169.tv_in1k",
    "densenet201": "densenet201.tv_in1k",
    "densenet161": "densenet161.tv_in1k",
    "se_resnet50": "legacy_seresnet50.in1k",
    "se_resnet101": "legacy_seresnet101.in1k",
    "se_resnet152": "legacy_seresnet152.in1k",
    "se_resnext50_32x4d": "legacy_seresnext50_32x4d.in1k",
    "se_resnext101_32x4d": "legacy_seresnext101_32x4d.in1k",
    "senet154": "legacy_senet154.in1k",
    "inceptionv4": "inception_v4.tf_in1k",
    "inceptionresnetv2": "inception_resnet_v2.tf_in1k",
    "xception": "legacy_xception.tf_in1k",
    "nasnetalarge": "nasnetalarge.tf_in1k",
    "pnasnet5large": "pnasnet5large.tf_in1k",
    "dpn68": "dpn68.mx_in1k",
    "dpn92": "dpn92.mx_in1k",
    "mobilenet_v2": "mobilenetv2_100.ra_in1k",
}
# 2019 names that neither timm nor torchvision has -> the nearest network that it has, in design and size
NEAREST = {
    "bninception": "inception_v3",
    "cafferesnet101": "resnet101",
    "fbresnet152": "resnet152",
    "nasnetamobile": "mnasnet_100",
    "polynet": "inceptionresnetv2",
}
PRETRAINED_FROM_TIMM = "timm"


def timm_name(name: str) -> str:
    """The timm name of a model; `UserError` with near matches when timm does not know it."""
    resolved = ALIASES.get(name, name)
    if not timm.is_model(resolved) and name in NEAREST:
        raise ParameterError(f"{{model}} {name}: neither timm nor torchvision has it; the nearest is {NEAREST[name]}")
    if not timm.is_model(resolved):
        near = get_close_matches(name, {*ALIASES, *timm.list_models()}, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `timm.list_models()` lists all"
        raise ParameterError(f"{{model}} {name}: neither an alias of the 2019 scripts nor a timm model{hint}")
    return resolved


def create_backbone(
    name: str,
    channels: int,
    input_size: Size,
    pretrained: str | None = None,
    *,
    pooling: str = "default",
    activation: str | None = None,
    blur_pool: bool = False,
    drop_path_rate: float = 0.0,
    static_padding: bool = False,
    signed_features: bool = False,
) -> tuple[nn.Module, int]:
    """Build a feature extractor `(N, channels, h, w) -> (N, F)` without dropout; returns it with F.

    `pretrained` is None (random weights), "timm" (ImageNet weights of the name's tag, downloaded once) or the path of a
    state dict in timm's layout. With another number of channels than three the pretrained stem kernels are summed over
    the channels (timm's rule for one channel, repeated and scaled beyond), not initialised again.
    `pooling` is one of `POOLINGS` ("default" is the model's own), `activation` None or one of `ACTIVATIONS`;
    `blur_pool` puts a low-pass filter at those strides where timm can (Zhang, "Making convolutional networks
    shift-invariant again", arXiv:1904.11486).
    `drop_path_rate` is the probability with which the last residual block is left out, rising linearly from 0 at the
    first (Huang et al., "Deep networks with stochastic depth", arXiv:1603.09382). `static_padding` pads in every layer
    as for an image of `input_size`, `signed_features` leaves out the activation behind the last convolution.
    None of these changes which weights a pretrained file has to hold.
    Raises `UserError` when the name is unknown, the weights cannot be had or the model cannot do what is asked.
    """
    resolved = timm_name(name)
    # Dropout is the classifier's, once, before the heads; a few networks would bring their own (0.2 in GhostNet).
    options: dict[str, Any] = {"num_classes": 0, "in_chans": channels, "drop_rate": 0.0}
    config = timm.get_pretrained_cfg(resolved)
    if config and config.fixed_input_size:
        options["img_size"] = input_size
    if blur_pool:
        _require_blur_pool(name, resolved, options, input_size)
        options["aa_layer"] = BlurPool2d
    if drop_path_rate:
        _require_drop_path(name, resolved, options)
        options["drop_path_rate"] = drop_path_rate
    backbone: Any  # beside what a module has, timm's have their settings
    if pretrained is None:
        backbone = timm.create_model(resolved, pretrained=False, **options)
    elif pretrained == PRETRAINED_FROM_TIMM:
        backbone = _with_downloaded_weights(name, resolved, options)
    else:
        backbone = timm.create_model(resolved, pretrained=False, **options)
        _load_file(backbone, Path(pretrained), channels)
    if activation is not None:
        set_activation(backbone, activation, name, channels, input_size)
    if static_padding:
        set_static_padding(backbone, input_size, name)
    if signed_features:
        _drop_last_activation(backbone, name)
    features = getattr(backbone, "head_hidden_size", None) or backbone.num_features
    return backbone, features * set_pooling(backbone, pooling, name)


def _require_blur_pool(name: str, resolved: str, options: dict[str, Any], input_size: Size) -> None:
    """A trial on the meta device: some families do not know the option, do nothing with it or fail on its shapes."""
    refusal = f"{{blur_pool}}: timm cannot blur the strides of {name}"
    try:
        with torch.device("meta"), torch.no_grad():
            trial = timm.create_model(resolved, pretrained=False, aa_layer=BlurPool2d, **options).eval()
            trial(torch.empty(1, options["in_chans"], *height_width(input_size)))
    except TypeError as error:
        if "aa_layer" not in str(error):
            raise
        raise ParameterError(f"{refusal}; leave it out or use a ResNet or EfficientNet") from error
    except RuntimeError as error:
        detail = " ".join(str(error).split())
        raise ParameterError(f"{refusal} at {{input_size}} {size_text(input_size)}: {detail[:120]}") from error
    if not any(isinstance(module, BlurPool2d) for module in trial.modules()):
        raise ParameterError(f"{refusal}; leave it out or use a ResNet or EfficientNet")


def _require_drop_path(name: str, resolved: str, options: dict[str, Any]) -> None:
    refusal = ParameterError(f"{{drop_path_rate}}: timm has no stochastic depth for {name}; leave it out")
    try:
        with torch.device("meta"):
            trial = timm.create_model(resolved, pretrained=False, drop_path_rate=0.5, **options)
    except TypeError as error:
        if "drop_path_rate" not in str(error):
            raise
        raise refusal from error
    if not any(isinstance(module, DropPath) for module in trial.modules()):
        raise refusal


def _drop_last_activation(backbone: nn.Module, name: str) -> None:
    """Behind EfficientNet's head convolution, so that the cosine of a head on the unit sphere sees signed features."""
    norm = getattr(backbone, "bn2", None)
    if not (hasattr(backbone, "conv_head") and isinstance(norm, BatchNormAct2d)):
        raise ParameterError(f"{{signed_features}}: only EfficientNets have a last activation to leave out, not {name}")
    norm.act = nn.Identity()


def _with_downloaded_weights(name: str, resolved: str, options: dict[str, Any]) -> nn.Module:
    config = timm.get_pretrained_cfg(resolved)
    if config is None or not config.has_weights:
        raise ParameterError(f"{{model}} {name}: timm has no pretrained weights for {resolved}; add {{from_scratch}}")
    try:
        return timm.create_model(resolved, pretrained=True, **options)
    except (OSError, RuntimeError) as error:  # hub and socket errors; a wrong layout is a RuntimeError that says so
        if isinstance(error, RuntimeError) and "state_dict" in str(error):
            raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ParameterError(
            f"could not get the pretrained weights of {resolved} ({reason[:160]}); "
            "give a file with {pretrained} PATH or train with {from_scratch}"
        ) from error


def _load_file(backbone: Any, path: Path, channels: int) -> None:
    """Into a network of timm; every layer but the classifier must be there, and nothing else."""
    if not path.is_file():
        raise ParameterError(f"{{pretrained}} {path}: no such file (expected a state dict in timm's layout, or 'timm')")
    try:
        state = timm.models.load_state_dict(str(path), weights_only=True)
    except (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise ParameterError(f"{{pretrained}} {path}: not a readable state dict ({type(error).__name__})") from error
    config = backbone.pretrained_cfg
    classifiers = config["classifier"] or ()
    prefixes = tuple(f"{name}." for name in ([classifiers] if isinstance(classifiers, str) else classifiers))
    state = {key: value for key, value in state.items() if not key.startswith(prefixes)}
    stems = config["first_conv"] or ()
    for name in [stems] if isinstance(stems, str) else stems:
        if f"{name}.weight" in state:
            state[f"{name}.weight"] = timm.models.adapt_input_conv(channels, state[f"{name}.weight"])
    try:
        backbone.load_state_dict(state)
    except RuntimeError as error:
        detail = " ".join(str(error).split())
        raise ParameterError(
            f"{{pretrained}} {path}: not the weights of {config['architecture']}: {detail[:200]}"
        ) from error
