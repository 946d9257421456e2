import numpy as np
import pandas as pd
import pytest
import torch

from mojika.data.class_list import ClassList
from mojika.data.pack_writer import write_pack
from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.training_lists import read_lists
from mojika.experiment.training_setup import (
    build_architecture,
    build_input_spec,
    build_optimizer,
    build_schedule,
)
from mojika.experiment.validation import resolve
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


def recipe_of(flags: str):
    return resolve(build_parser().parse_args(["t", "v", *flags.split()]))


@pytest.mark.parametrize(
    ("flags", "rates"),  # at the given steps of ten an epoch
    [
        ("--warmup-epochs 0 --lr-step-epochs 2,3", {0: 0.1, 19: 0.1, 20: 0.01, 30: 0.001}),
        ("--warmup-epochs 1 --lr-step-epochs 2", {0: 0.01, 9: 0.1, 20: 0.01}),
        ("--warmup-epochs 1 --cosine-annealing-t-max 4 --cosine-annealing-mult 1", {10: 0.1, 30: 0.050005, 50: 0.1}),
        ("--epochs 5 --warmup-epochs 1 --lr-schedule warmup-cosine --min-lr 0.02", {9: 0.1, 30: 0.06, 50: 0.02}),
        ("--epochs 5 --warmup-epochs 2 --lr-schedule one-cycle", {0: 0.004, 19: 0.1, 49: 4e-7, 60: 4e-7}),
        ("--steps 30 --warmup-epochs 1 --lr-schedule warmup-cosine", {9: 0.1, 20: 0.05, 30: 0.0}),
        ("--steps 30 --warmup-share 0.2 --lr-schedule warmup-cosine", {5: 0.1, 18: 0.05, 30: 0.0}),
        ("--warmup-epochs 2 --warmup-form 2019 --lr-step-epochs 3", {0: 0.1, 9: 0.03, 10: 0.1, 19: 0.19 / 3, 30: 0.01}),
        ("--lr-rates 0.02,0.3 --lr-step-epochs 1,3 --warmup-epochs 0", {9: 0.1, 10: 0.02, 29: 0.02, 30: 0.3}),
        ("--epochs 5 --warmup-share 0 --lr-step-epochs 2", {0: 0.1, 20: 0.01}),
        ("--refine --resume a --start-epoch 2 --warmup-epochs 0 --lr-step-epochs 1,2,3", {20: 0.1, 29: 0.1, 30: 0.01}),
    ],
)  # fmt: skip
def test_schedules_follow_the_flags(flags, rates):
    schedule = build_schedule(recipe_of(flags), 10)
    for step, rate in rates.items():
        assert schedule(step, ()) == pytest.approx(rate, rel=0.02 if "one-cycle" in flags else 1e-6, abs=1e-8), step


def test_plateau_waits_and_then_reduces():
    schedule = build_schedule(recipe_of("--warmup-epochs 0 --lr-patience 1 --lr-factor 0.5 --min-lr 0.03"), 10)
    assert schedule(50, [3.0, 2.0, 2.5]) == 0.1
    assert schedule(50, [3.0, 2.0, 2.5, 2.6]) == 0.05
    assert schedule(50, [3.0, 2.0] + [9.0] * 20) == 0.03


def test_plateau_goes_on_from_the_end_of_the_warm_up_of_2019():
    flags = "--warmup-epochs 5 --warmup-form 2019 --lr-patience 1 --lr-factor 0.5"
    schedule = build_schedule(recipe_of(flags), 10)
    assert [schedule(0), schedule(10)] == pytest.approx([0.1, 0.1 / 6])
    assert schedule(60, [3.0, 2.0]) == pytest.approx(0.1 * 5 / 6)
    assert schedule(60, [3.0, 2.0, 2.5, 2.6]) == pytest.approx(0.1 * 5 / 12)


def test_architecture_takes_the_margin_of_its_own_head():
    flags = "--cosface-s 20 --cosface-m 0.3 --arcface-s 64 --arcface-m 0.4 --pooling gem --dropout 0.2"
    cosface, arcface = (build_architecture(recipe_of(f"{head} {flags}")) for head in ("--cosface", "--arcface"))
    assert (cosface.head_parameters, arcface.head_parameters) == (
        {"scale": 20, "margin": 0.3},
        {"scale": 64, "margin": 0.4},
    )
    assert (cosface.pooling, cosface.dropout) == ("gem", 0.2)


def test_shares_of_a_mix_schedule_are_those_of_the_batches():
    augment = build_batch_augmentation(recipe_of("--mix-schedule mixup=0.3,icap=0.5 --grayscale"))
    generator = torch.Generator().manual_seed(0)
    images, targets = torch.rand(4, 1, 8, 8), torch.arange(4)[:, None]
    parts = [len(augment(images, targets, generator).parts) for _ in range(2000)]
    assert [parts.count(k) / 2000 for k in (1, 2, 4)] == pytest.approx([0.2, 0.3, 0.5], abs=0.04)


def test_everything_is_erased_once_after_mixing():
    """One hole of cutout per image, although ICAP puts four images together."""
    augment = build_batch_augmentation(recipe_of("--icap --cutout --cutout-length 4 --grayscale"))
    images = torch.rand(32, 1, 40, 40)
    erased = augment(images, torch.arange(32)[:, None], torch.Generator().manual_seed(0)).images
    holes = [(image == image.flatten().mode().values).sum().item() for image in erased]  # a square of one value
    assert max(holes) == 16 and min(holes) >= 4  # cut off at the border, at most to a quarter


def test_a_pack_that_is_gray_already_has_no_channels_to_exchange(tmp_path, monkeypatch):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    for channels in (1, 3):
        with write_pack(tmp_path / f"pack{channels}", size=(4, 4), channels=channels, expected_count=1) as writer:
            writer.append(np.zeros((1, 4, 4, channels), np.uint8))
            samples = pd.DataFrame({"label": ["a"], "group": ["book"], "weight": np.float32(1)})
            writer.finish(samples, {"label": ClassList.from_labels("a")}, {"channels": channels})
        (tmp_path / f"{channels}.csv").write_text(f"pack,row,label\npack{channels},0,a\n")

    def read(channels: int):
        lists = [str(tmp_path / f"{channels}.csv")] * 2
        flags = ["--grayscale", "--exchange-channels", "--scale-size", "4", "--input-size", "4"]
        recipe = resolve(build_parser().parse_args([*lists, *flags]))
        return build_input_spec(recipe, read_lists(recipe)[0])

    assert read(3).channels_exchanged
    with pytest.raises(UserError, match="pack1 is gray already, and gray has no red and blue; use a pack in colour"):
        read(1)
