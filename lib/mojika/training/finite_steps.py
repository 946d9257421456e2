"""Optimizer steps that leave out what is not finite: an infinite or NaN loss or gradient changes nothing.

What a step finds stays on the device. Where the optimizer is one fused kernel of a GPU, this kernel decides by it, and
the host learns of it one step later: it never waits for the step that it has just begun. Everywhere else (on a CPU,
with other optimizers, under float16, whose scaler reads a number anyway) the host decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mojika.training.distributed import World

_NAMES = 3  # of parameters, in a message


@dataclass(frozen=True)
class Fault:
    """Why a step was left out: its loss, or else the gradients of these parameters (none where it isn't known)."""

    loss: bool
    parameters: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.loss:
            return "the loss"
        more = len(self.parameters) - _NAMES
        names = ", ".join(self.parameters[:_NAMES]) + (f" and {more} other parameters" if more > 0 else "")
        return f"the gradient of {names}" if names else "a gradient"


class FiniteSteps:
    """In the place of a `GradScaler`: `scale` losses, `step` by finite gradients only.

    Call `begin` before the forward pass: a step that is left out also leaves `buffers` (batch statistics, which the
    forward pass moves) as they were. Under float16 a step that the scaler leaves out because the gradients overflow at
    its scale is no fault; one whose loss is not finite, or whose gradients overflow without a scale, is. All processes
    decide alike: a loss that is not finite makes all gradients NaN, and these are shared.
    """

    def __init__(self, scaler: torch.amp.GradScaler, model: nn.Module, buffers: Iterable[Tensor], world: World):
        self.scaler, self.world = scaler, world
        self._parameters = dict(model.named_parameters())
        by_type: dict[torch.dtype, list[Tensor]] = {}
        for buffer in buffers:
            by_type.setdefault(buffer.dtype, []).append(buffer)
        self._buffers = list(by_type.values())
        self._kept, self._kept_before = ([[each.clone() for each in group] for group in self._buffers] for _ in "ab")
        self._device = next(model.parameters()).device
        self._one = torch.ones((), device=self._device)
        self._faultless = torch.zeros(2, device=self._device)
        self._found = self._faultless.clone()  # (2,) float32: losses, gradients that are not finite, each as above 0
        self._on_its_way: tuple[Tensor, torch.cuda.Event, list[list[Tensor]]] | None = None
        self._outcomes: list[Fault | None] = []
        self._has_stepped = False
        self.watchful = False  # the host then decides, and names parameters, also where a kernel could
        self.left_out = False  # the step just taken, as far as the host knows

    def begin(self) -> None:
        """Keep the buffers as they are before the step."""
        self._kept, self._kept_before = self._kept_before, self._kept
        for kept, group in zip(self._kept, self._buffers, strict=True):
            torch._foreach_copy_(kept, group)
        self._found = self._faultless.clone()

    def scale(self, loss: Tensor) -> Tensor:
        """`loss` to go backward from."""
        finite = loss.detach().isfinite()
        self._found[0] += ~finite
        return self.scaler.scale(loss * torch.where(finite, 1.0, torch.nan))

    def step(self, optimizer: torch.optim.Optimizer) -> None:
        self.scaler.unscale_(optimizer)
        gradients = [each.grad for each in self._parameters.values() if each.grad is not None]
        torch._amp_foreach_non_finite_check_and_unscale_(gradients, self._found[1], self._one)
        self._learn_of_the_step_before()
        self.left_out = False
        if self._decides_by_itself(optimizer):
            optimizer.grad_scale, optimizer.found_inf = None, self._found[1]  # type: ignore[attr-defined]
            optimizer.step()
            del optimizer.grad_scale, optimizer.found_inf  # type: ignore[attr-defined]
            self._send()
            return
        self._outcomes.append(fault := self._read())
        if fault:
            self.left_out = True
            self._put_back(self._kept)
        else:
            self.scaler.step(optimizer)
            self._has_stepped = True

    def update(self) -> None:
        self.scaler.update()

    def counted(self, sums: Tensor) -> Tensor:
        """The sums of the step; zeros where it was left out."""
        if self._on_its_way is None:
            return torch.zeros_like(sums) if self.left_out else sums
        return torch.where(self._found[1] > 0, 0.0, sums)

    def outcomes(self, *, all_of_them: bool = False) -> list[Fault | None]:
        """Of each step since the last call: the fault for which it was left out, or None.

        A step is reported at once or one step later; at once with `all_of_them`, for which the device is waited for.
        """
        if all_of_them:
            self._learn_of_the_step_before()
        known, self._outcomes = self._outcomes, []
        return known

    def _decides_by_itself(self, optimizer: torch.optim.Optimizer) -> bool:
        """Fused kernels leave out a step by `found_inf`; but not the first, which makes their momentum."""
        fused = getattr(optimizer, "_step_supports_amp_scaling", False)
        return fused and self._device.type == "cuda" and self._has_stepped and not self.watchful

    def _read(self) -> Fault | None:
        """What the host finds, with the names of the parameters whose gradients are not finite."""
        loss, gradient = self._of_all(self._found)
        if not gradient or (self.scaler.is_enabled() and not loss and self.scaler.get_scale() > 1):
            return None
        if loss:
            return Fault(loss=True)
        gradients = ((name, each.grad) for name, each in self._parameters.items())
        wrong = (name for name, gradient in gradients if gradient is not None and not gradient.isfinite().all())
        return Fault(loss=False, parameters=tuple(wrong))

    def _of_all(self, found: Tensor) -> tuple[bool, bool]:
        """Whether losses and gradients are not finite. Gradients are the same for all processes, losses are not: where
        a gradient is not finite, all tell each other of their losses."""
        loss, gradient = (found > 0).tolist()
        if gradient and self.world.size > 1:
            loss = bool(self.world.sum(found[:1].clone()) > 0)
        return loss, gradient

    def _send(self) -> None:
        """Let what was found travel to the host."""
        arrived = torch.cuda.Event()
        found = torch.empty(2, pin_memory=True).copy_(self._found, non_blocking=True)
        arrived.record()
        self._on_its_way = found, arrived, self._kept

    def _learn_of_the_step_before(self) -> None:
        """Wait for it. The statistics of the step that has begun since are lost where the one before is left out."""
        if self._on_its_way is None:
            return
        found, arrived, kept = self._on_its_way
        self._on_its_way = None
        arrived.synchronize()
        loss, gradient = self._of_all(found)
        self._outcomes.append(Fault(loss=loss) if gradient else None)
        if gradient:
            self._put_back(kept)

    def _put_back(self, kept: list[list[Tensor]]) -> None:
        for group, own, values in zip(self._buffers, self._kept, kept, strict=True):
            torch._foreach_copy_(group, values)
            if own is not values:
                torch._foreach_copy_(own, values)
