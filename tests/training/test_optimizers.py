"""Every optimizer against its paper's formula in float64, and in what a training loop does: new rates, stops, skips."""

import copy
import io
import math

import pytest
import torch
from torch import Tensor, nn

from mojika.errors import UserError
from mojika.training.optimizers import OPTIMIZERS, create_optimizer, with_biases_apart

LR, MOMENTUM, DECAY, FINAL_LR = 0.02, 0.8, 0.05, 3.0  # AdaBound's lower bound lifts some rates, its upper one none
FUSED = ("sgd", "nag", "adam", "amsgrad", "adamw")
EVERY = [(name, False) for name in OPTIMIZERS] + [(name, True) for name in OPTIMIZERS if name != "ranger"]


def tiny_model() -> nn.Module:
    """A last bias of zeros, as heads have it: its norm is zero in the first step."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))
    nn.init.zeros_(model[2].bias)
    return model


def create(name: str, model: nn.Module, lookahead: bool = False, **changed) -> torch.optim.Optimizer:
    settings = {"lr": LR, "momentum": MOMENTUM, "weight_decay": DECAY, "final_lr": FINAL_LR} | changed
    return create_optimizer(model.parameters(), name, lookahead=lookahead, **settings)


def set_rate(optimizer: torch.optim.Optimizer, step: int) -> float:
    """What the loop does before each step; falls from LR to LR / 2."""
    rate = LR * (1 - 0.5 * step / 20)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate


def give_gradients(model: nn.Module, step: int) -> None:
    model.zero_grad()
    images = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
    model(images).square().sum().backward()  # a norm above 1, which a hidden clipping would show


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        set_rate(optimizer, step)
        give_gradients(model, step)
        optimizer.step()


def assert_equal_weights(first: nn.Module, second: nn.Module) -> None:
    for mine, theirs in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(mine, theirs)


# ------------------------------------------------------------------------------------------------ the papers' formulas


def formula(
    name: str, w: Tensor, g: Tensor, m: dict[str, Tensor], t: int, lr: float, decay: float, final_lr: float
) -> Tensor:
    """The weights after step `t` (from 1) in float64; `m` is what the method remembers of this tensor."""
    zero = torch.zeros_like(w)
    if name not in ("adamw", "radam", "lars", "lamb"):
        g = g + decay * w
    if name in ("sgd", "nag"):
        m["u"] = MOMENTUM * m["u"] + g if "u" in m else g
        return w - lr * (g + MOMENTUM * m["u"] if name == "nag" else m["u"])
    if name == "lars":
        ratio = 0.001 * w.norm() / (g.norm() + decay * w.norm()) if w.norm() > 0 else 1.0
        m["u"] = MOMENTUM * m.get("u", zero) + ratio * (g + decay * w)
        return w - lr * m["u"]
    if name == "rmsprop":
        m["v"] = 0.99 * m.get("v", zero) + 0.01 * g**2
        m["u"] = MOMENTUM * m.get("u", zero) + g / (m["v"].sqrt() + 1e-8)
        return w - lr * m["u"]

    m["m"] = 0.9 * m.get("m", zero) + 0.1 * g
    m["v"] = 0.999 * m.get("v", zero) + 0.001 * g**2
    m["highest"] = torch.maximum(m.get("highest", zero), m["v"])
    first, second = m["m"] / (1 - 0.9**t), m["v"] / (1 - 0.999**t)
    if name == "adam":
        return w - lr * first / (second.sqrt() + 1e-8)
    if name == "amsgrad":
        return w - lr * first / ((m["highest"] / (1 - 0.999**t)).sqrt() + 1e-8)
    if name == "adamw":
        return w - lr * decay * w - lr * first / (second.sqrt() + 1e-8)
    if name in ("adabound", "amsbound"):
        final = final_lr * lr / LR
        lowest, highest = final * (1 - 1 / (0.001 * t + 1)), final * (1 + 1 / (0.001 * t))
        denominator = (m["highest"] if name == "amsbound" else m["v"]).sqrt() + 1e-8
        rates = (lr * math.sqrt(1 - 0.999**t) / (1 - 0.9**t) / denominator).clamp(lowest, highest)
        return w - rates * m["m"]
    if name == "radam":
        longest = 2 / (1 - 0.999) - 1
        length = longest - 2 * t * 0.999**t / (1 - 0.999**t)
        w = w - lr * decay * w
        if length <= 5:
            return w - lr * first
        rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
        return w - lr * math.sqrt(rectified) * first / second.sqrt()
    if name == "lamb":
        update = first / (second.sqrt() + 1e-6) + decay * w
        return w - lr * (w.norm() / update.norm() if w.norm() > 0 else 1.0) * update
    raise AssertionError(name)


@pytest.mark.parametrize("decay", [DECAY, 0.0])
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "ranger"])
def test_steps_follow_the_papers_formula_with_the_rate_of_each_step(name, decay):
    assert_follows_formula(name, decay, FINAL_LR)


@pytest.mark.parametrize("name", ["adabound", "amsbound"])
def test_the_upper_bound_holds_rates_down(name):
    assert_follows_formula(name, DECAY, final_lr=1e-4)


def assert_follows_formula(name: str, decay: float, final_lr: float) -> None:
    model = tiny_model()
    optimizer = create(name, model, weight_decay=decay, final_lr=final_lr)
    weights = [parameter.detach().double() for parameter in model.parameters()]
    memories: list[dict[str, Tensor]] = [{} for _ in weights]
    for step in range(12):
        rate = set_rate(optimizer, step)
        give_gradients(model, step)
        gradients = [parameter.grad.double() for parameter in model.parameters()]
        optimizer.step()
        tensors = zip(weights, gradients, memories, strict=True)
        weights = [formula(name, *each, step + 1, rate, decay, final_lr) for each in tensors]
        for parameter, expected in zip(model.parameters(), weights, strict=True):
            torch.testing.assert_close(parameter.double(), expected, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize(
    ("name", "base", "lookahead", "every"), [("ranger", "radam", False, 6), ("adam", "adam", True, 5)]
)
def test_lookahead_goes_half_of_the_way_of_every_k_steps(name, base, lookahead, every):
    model, fast = tiny_model(), tiny_model()
    optimizer, base_optimizer = create(name, model, lookahead), create(base, fast)
    slow = [parameter.detach().clone() for parameter in fast.parameters()]
    for step in range(3 * every + 2):
        train(model, optimizer, range(step, step + 1))
        train(fast, base_optimizer, range(step, step + 1))
        if (step + 1) % every == 0:
            with torch.no_grad():
                slow = [(s + parameter) / 2 for s, parameter in zip(slow, fast.parameters(), strict=True)]
                for parameter, value in zip(fast.parameters(), slow, strict=True):
                    parameter.copy_(value)
        for parameter, expected in zip(model.parameters(), fast.parameters(), strict=True):
            torch.testing.assert_close(parameter, expected)


@pytest.mark.parametrize("name", FUSED)
def test_fused_equals_unfused(name):
    fused, plain = tiny_model(), tiny_model()
    first, second = create(name, fused), create(name, plain, fused=False)
    assert first.param_groups[0]["fused"]
    assert not second.param_groups[0]["fused"]
    train(fused, first, range(6))
    train(plain, second, range(6))
    for mine, theirs in zip(fused.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


# -------------------------------------------------------------------------------------------------- stop, go on, skip


@pytest.mark.parametrize(("name", "lookahead"), EVERY)
@pytest.mark.parametrize("stop", [1, 5, 8])
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(name, lookahead, stop):
    """8 lies between two synchronisations of Lookahead, 5 is one itself for k=5."""
    whole = tiny_model()
    train(whole, create(name, whole, lookahead), range(14))

    begun = tiny_model()
    optimizer = create(name, begun, lookahead)
    train(begun, optimizer, range(stop))
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    resumed = copy.deepcopy(begun)
    fresh = create(name, resumed, lookahead)
    fresh.load_state_dict(torch.load(io.BytesIO(file.getvalue()), map_location="cpu", weights_only=True))
    train(resumed, fresh, range(stop, 14))
    assert_equal_weights(resumed, whole)


@pytest.mark.parametrize(("name", "lookahead"), EVERY)
def test_skipped_steps_leave_no_trace(name, lookahead):
    """Steps 0, 4 and 5 overflow, and the scaler skips them; what counts steps must not count these."""
    skipping, plain = tiny_model(), tiny_model()
    first = create(name, skipping, lookahead, fused=name not in ("sgd", "nag"))
    second = create(name, plain, lookahead, fused=name not in ("sgd", "nag"))
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**16)
    real = 0
    for step in range(16):
        overflows = step in (0, 4, 5)
        set_rate(first, real)
        skipping.zero_grad()
        images = torch.randn(8, 4, generator=torch.Generator().manual_seed(real))
        scaler.scale(skipping(images).square().sum() * (math.inf if overflows else 1.0)).backward()
        scaler.step(first)
        scaler.update()
        if not overflows:
            train(plain, second, range(real, real + 1))
            real += 1
        assert_equal_weights(skipping, plain)


def test_weights_without_gradients_are_left_alone():
    for name, lookahead in EVERY:
        model = tiny_model()
        frozen = model[0].weight.requires_grad_(False).clone()
        train(model, create(name, model, lookahead), range(7))
        assert torch.equal(model[0].weight, frozen)


# ------------------------------------------------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("name", "changed", "message"),
    [
        ("ranger", {"lookahead": True}, "leave out lookahead"),
        ("nag", {"momentum": 0.0}, "momentum above 0"),
        ("adagrad", {}, "choose one of sgd, nag"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(name, changed, message):
    with pytest.raises(UserError, match=message) as refusal:
        create(name, tiny_model(), **changed)
    assert "\n" not in str(refusal.value)


def test_biases_have_a_rate_and_a_decay_of_their_own():
    """A step of SGD by its formula."""
    model = tiny_model().double()
    groups = with_biases_apart(model, 2.0, 0.0)
    optimizer = create_optimizer(groups, "sgd", lr=0.1, momentum=0.0, weight_decay=0.5)
    for group in optimizer.param_groups:
        group["lr"] = 0.1 * group.get("lr_factor", 1)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    model(torch.ones(2, 4, dtype=torch.float64)).square().sum().backward()
    optimizer.step()
    for name, value in model.named_parameters():
        decay = 0.0 if name.endswith("bias") else 0.5
        rate = 0.2 if name.endswith("bias") else 0.1
        torch.testing.assert_close(value.detach(), before[name] - rate * (value.grad + decay * before[name]))


def test_biases_like_the_others_are_in_one_group_with_them():
    model = tiny_model()
    assert [id(each) for each in with_biases_apart(model, 1.0, None)] == [id(each) for each in model.parameters()]
    assert len(create_optimizer(with_biases_apart(model, 1.0, 0.0)).param_groups) == 2
