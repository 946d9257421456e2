import pytest
import torch

from mojika.cli.training_setup import build_optimizer
from mojika.recipe.arguments import build_parser
from mojika.recipe.validation import resolve
from mojika.training.precision import Precision

RECIPE = resolve(build_parser().parse_args(["t", "v", "--base-lr", "0.1", "--momentum", "0.9", "--wd", "0"]))


def test_a_first_step_that_the_scaler_skips_leaves_no_trace():
    """torch's fused SGD would take its momentum from uninitialised memory here."""
    precision = Precision(torch.device("cpu"), torch.float16)
    layer = torch.nn.Linear(1000, 1, bias=False)
    torch.nn.init.ones_(layer.weight)
    optimizer, scaler = build_optimizer(RECIPE, layer, precision), precision.scaler()
    poison = [torch.full((1, 1000), float("nan")) for _ in range(50)]
    del poison  # freed memory that an uninitialised buffer would get
    for factor in (1e38, 1.0):  # the first overflows under the scale of 65536
        scaler.scale(layer.weight.sum() * factor).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad()
    torch.testing.assert_close(layer.weight, torch.full((1, 1000), 0.9))


@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_fused_sgd_equals_the_plain_one(dtype):
    torch.manual_seed(0)
    first, second = torch.nn.Linear(50, 3), torch.nn.Linear(50, 3)
    second.load_state_dict(first.state_dict())
    ours = build_optimizer(RECIPE, first, Precision(torch.device("cpu"), dtype))
    plain = torch.optim.SGD(second.parameters(), lr=0.1, momentum=0.9, foreach=False, fused=False)
    for _ in range(5):
        images = torch.randn(8, 50)
        for model, optimizer in ((first, ours), (second, plain)):
            model(images).square().mean().backward()
            optimizer.step()
            optimizer.zero_grad()
    torch.testing.assert_close(first.weight, second.weight)
