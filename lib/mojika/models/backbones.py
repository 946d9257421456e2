"""Backbones from timm by name, with the names of the 2019 scripts as aliases and stems for any number of channels."""

import pickle
from difflib import get_close_matches
from pathlib import Path

import timm
from torch import nn

from mojika.errors import UserError

# 2019 name (cnn-finetune, pretrainedmodels, efficientnet-pytorch) -> timm name. The tag after the dot names the very
# weights that those packages shipped; `tf_` EfficientNets pad like the TensorFlow originals, the plain ones do not.
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
}
PRETRAINED_FROM_TIMM = "timm"


def timm_name(name: str) -> str:
    """The timm name of a model; `UserError` with near matches when timm does not know it."""
    resolved = ALIASES.get(name, name)
    if not timm.is_model(resolved):
        near = get_close_matches(name, [*ALIASES, *timm.list_models()], n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; `timm.list_models()` lists all"
        raise UserError(f"--model {name}: neither an alias of the 2019 scripts nor a timm model{hint}")
    return resolved


def create_backbone(name: str, channels: int, input_size: int, pretrained: str | None = None) -> tuple[nn.Module, int]:
    """Build a feature extractor `(N, channels, S, S) -> (N, F)`; returns it with F.

    `pretrained` is None (random weights), "timm" (ImageNet weights of the name's tag, downloaded once) or the path of a
    state dict in timm's layout. With another number of channels than three the pretrained stem kernels are summed over
    the channels (timm's rule for one channel, repeated and scaled beyond), never drawn anew.
    Raises `UserError` when the name is unknown or the weights cannot be had.
    """
    resolved = timm_name(name)
    options = {"num_classes": 0, "in_chans": channels}
    if timm.get_pretrained_cfg(resolved) and timm.get_pretrained_cfg(resolved).fixed_input_size:
        options["img_size"] = input_size
    if pretrained is None:
        backbone = timm.create_model(resolved, pretrained=False, **options)
    elif pretrained == PRETRAINED_FROM_TIMM:
        backbone = _with_downloaded_weights(name, resolved, options)
    else:
        backbone = timm.create_model(resolved, pretrained=False, **options)
        _load_file(backbone, Path(pretrained), channels)
    return backbone, getattr(backbone, "head_hidden_size", None) or backbone.num_features


def _with_downloaded_weights(name: str, resolved: str, options: dict) -> nn.Module:
    config = timm.get_pretrained_cfg(resolved)
    if config is None or not config.has_weights:
        raise UserError(f"--model {name}: timm has no pretrained weights for {resolved}; add --from-scratch")
    try:
        return timm.create_model(resolved, pretrained=True, **options)
    except (OSError, RuntimeError) as error:  # hub and socket errors; a wrong layout is a RuntimeError that says so
        if isinstance(error, RuntimeError) and "state_dict" in str(error):
            raise
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(
            f"could not get the pretrained weights of {resolved} ({reason[:160]}); "
            "give a file with --pretrained PATH or train with --from-scratch"
        ) from error


def _load_file(backbone: nn.Module, path: Path, channels: int) -> None:
    """Every layer but the classifier must be there, and nothing else."""
    if not path.is_file():
        raise UserError(f"--pretrained {path}: no such file (expected a state dict in timm's layout, or 'timm')")
    try:
        state = timm.models.load_state_dict(str(path), weights_only=True)
    except (RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise UserError(f"--pretrained {path}: not a readable state dict ({type(error).__name__})") from error
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
        raise UserError(f"--pretrained {path}: not the weights of {config['architecture']}: {detail[:200]}") from error
