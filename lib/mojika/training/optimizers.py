"""Optimizers by name, each from the library whose version follows its paper and resumes exactly.

A learning rate is set by the caller in `optimizer.param_groups` before every step, times the `lr_factor` of a group
that has one. States are tensors and plain values.
The libraries are imported on use, so that flags can be declared from here without waiting for torch.
"""

from typing import TYPE_CHECKING, Annotated, Any

from mojika.errors import ParameterError, UserError
from mojika.parameters.declaration import NOT_NEGATIVE, POSITIVE, Parameter

if TYPE_CHECKING:
    import torch
    from torch.optim.optimizer import ParamsT

OPTIMIZERS = ("sgd", "nag", "adam", "amsgrad", "adamw", "rmsprop", "adabound", "amsbound", "radam", "ranger", "lars",
              "lamb")  # fmt: skip


def create_optimizer(
    parameters: "ParamsT",
    name: Annotated[str, Parameter("optimizer", name="optimizer", choices=OPTIMIZERS)] = "sgd",
    *,
    lr: Annotated[float, Parameter("learning rate after warm-up", POSITIVE, name="base_lr")] = 0.1,
    momentum: Annotated[float, Parameter("momentum of sgd, nag, rmsprop and lars", NOT_NEGATIVE)] = 0.9,
    weight_decay: Annotated[float, Parameter("weight decay (default: 1e-4)", NOT_NEGATIVE, name="wd")] = 1e-4,
    final_lr: Annotated[float, Parameter("final learning rate of adabound and amsbound", POSITIVE)] = 0.5,
    lookahead: Annotated[bool, Parameter("add Lookahead to the optimizer, arXiv:1907.08610")] = False,
    fused: bool = True,
) -> "torch.optim.Optimizer":
    """The optimizer `name`, one of `OPTIMIZERS`, over weights that are in place and on their device.

    `momentum` is for sgd, nag, rmsprop and lars, `final_lr` for adabound and amsbound; `lr` is the rate that `final_lr`
    belongs to, also on resuming. `weight_decay` is decoupled in adamw, radam and ranger, inside the trust ratio in lars
    and lamb, and an L2 term of the gradient otherwise. `lookahead` adds k=5, α=0.5; ranger has k=6 of its own.
    `fused` asks for torch's one-kernel versions where there are some (sgd, nag, adam, amsgrad, adamw). Raises
    `UserError` for an unknown name, for lookahead around ranger and for nag without momentum.

    AMSGrad: Reddi et al. 2018, AdamW: arXiv:1711.05101, AdaBound and AMSBound: arXiv:1902.09843, RAdam:
    arXiv:1908.03265, Lookahead: arXiv:1907.08610, LARS: arXiv:1708.03888, LAMB: arXiv:1904.00962.
    """
    if name == "ranger" and lookahead:
        raise ParameterError("ranger is RAdam with Lookahead already: leave out {lookahead}, or take {optimizer} radam")
    if name == "nag" and momentum <= 0:
        raise ParameterError("nag needs a {momentum} above 0; without momentum take {optimizer} sgd")
    optimizer = _base_optimizer(name, parameters, lr, momentum, weight_decay, final_lr, fused)
    if not lookahead and name != "ranger":
        return optimizer
    from pytorch_optimizer import Lookahead

    return Lookahead(optimizer, k=6 if name == "ranger" else 5, alpha=0.5)


def with_biases_apart(model: "torch.nn.Module", lr_factor: float, weight_decay: float | None) -> "ParamsT":
    """The model's parameters for an optimizer, biases in a group of their own with `lr_factor` times the rate.

    `weight_decay` of biases is that of the others where it is None; as one group where biases are as the others.
    """
    if lr_factor == 1 and weight_decay is None:
        return list(model.parameters())
    weights = [each for name, each in model.named_parameters() if not name.endswith("bias")]
    biases: dict[str, Any] = {
        "params": [each for name, each in model.named_parameters() if name.endswith("bias")],
        "lr_factor": lr_factor,
    }
    if weight_decay is not None:
        biases["weight_decay"] = weight_decay
    return [{"params": weights}, biases]


def _base_optimizer(
    name: str, parameters: "ParamsT", lr: float, momentum: float, weight_decay: float, final_lr: float, fused: bool
) -> "torch.optim.Optimizer":
    import torch

    # fused=None lets torch take the multi-tensor version on a GPU; False would loop
    match name:
        case "sgd" | "nag":
            return torch.optim.SGD(
                parameters,
                lr=lr,
                weight_decay=weight_decay,
                momentum=momentum,
                nesterov=name == "nag",
                fused=fused or None,
            )
        case "adam" | "amsgrad":
            return torch.optim.Adam(
                parameters, lr=lr, weight_decay=weight_decay, amsgrad=name == "amsgrad", fused=fused or None
            )
        case "adamw":
            return torch.optim.AdamW(parameters, lr=lr, weight_decay=weight_decay, fused=fused or None)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=lr, weight_decay=weight_decay, momentum=momentum)
        case "adabound" | "amsbound":
            from pytorch_optimizer import AdaBound

            return AdaBound(
                parameters,
                lr=lr,
                weight_decay=weight_decay,
                final_lr=final_lr,
                weight_decouple=False,
                ams_bound=name == "amsbound",
            )
        case "radam" | "ranger":
            return torch.optim.RAdam(parameters, lr=lr, weight_decay=weight_decay, decoupled_weight_decay=True)
        case "lars":  # timm adapts by default only where there is weight decay; the paper adapts every layer
            from timm.optim import Lars

            return Lars(parameters, lr=lr, weight_decay=weight_decay, momentum=momentum, always_adapt=True)
        case "lamb":  # the same; and the paper does not clip the gradient
            from timm.optim import Lamb

            return Lamb(parameters, lr=lr, weight_decay=weight_decay, always_adapt=True, max_grad_norm=None)
        case _:
            raise UserError(f"unknown optimizer {name}; choose one of {', '.join(OPTIMIZERS)}")
