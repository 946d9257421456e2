#!/usr/bin/env python3
"""What it costs to leave out steps that are not finite: images/s of a training step with and without the check.

Both are the library's step, one with torch's own `GradScaler`, one with `FiniteSteps` in its place. They take turns in
every round, so drift of the machine hits both alike; the median of the rounds' ratios is reported. After every
step the loop's own bookkeeping is done as well (`outcomes`, `counted`).

    python benchmarks/finite_steps.py
    python benchmarks/finite_steps.py --models resnet18 --batch-size 16 --steps 5 --rounds 3      # on a CPU
"""

import argparse
import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from mojika.data.input_pipeline import Batch
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.training_setup import build_criterion, build_loop_settings, build_model, build_optimizer
from mojika.experiment.validation import resolve
from mojika.training.classification_task import Classification
from mojika.training.distributed import World
from mojika.training.finite_steps import FiniteSteps
from mojika.training.precision import Precision

CLASSES = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["resnet18", "resnet50", "efficientnet_b0"])
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--size", type=int, default=112)
    parser.add_argument("--steps", type=int, default=40, help="in a round")
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    print(f"{name}, torch {torch.__version__}, batches of {args.batch_size} at {args.size} pixels")
    precisions = {"bf16": torch.bfloat16, "fp16": torch.float16} if device.type == "cuda" else {"off": None}
    for model in args.models:
        for precision, dtype in precisions.items():
            compare(model, precision, Precision(device, dtype), args)


def compare(name: str, shown: str, precision: Precision, args: argparse.Namespace) -> None:
    steps = {way: step_of(name, precision, args, checked=way == "checked") for way in ("plain", "checked")}
    for step in steps.values():
        timed(step, 5, precision.device)
    rounds = []
    for number in range(args.rounds):
        order = list(steps) if number % 2 else list(steps)[::-1]
        rounds.append({way: timed(steps[way], args.steps, precision.device) for way in order})
    ratios = sorted(each["checked"] / each["plain"] - 1 for each in rounds)
    plain, checked = (args.batch_size / statistics.median(each[way] for each in rounds) for way in ("plain", "checked"))
    print(
        f"{name:>20} {shown}: {plain:9,.0f} images/s plain, {checked:9,.0f} checked; time "
        f"{statistics.median(ratios):+.2%} ({ratios[0]:+.2%} to {ratios[-1]:+.2%})",
        flush=True,
    )


def step_of(name: str, precision: Precision, args: argparse.Namespace, *, checked: bool) -> Callable[[], None]:
    flags = ["t", "v", "--model", name, "--from-scratch", "--l2softmax", "--amp", precision.name]
    recipe = resolve(
        build_parser().parse_args([*flags, "--input-size", str(args.size), "--scale-size", str(args.size)])
    )
    split = argparse.Namespace(classes={"label": range(CLASSES)}, heads=("label",))
    layout = torch.channels_last if precision.channels_last else torch.contiguous_format
    model: nn.Module = build_model(recipe, split, None).to(precision.device, memory_format=layout).train()
    optimizer = build_optimizer(recipe, model, precision)
    settings = build_loop_settings(recipe, 1, channels_last=precision.channels_last)
    no_input = argparse.Namespace(split=split)
    task = Classification(
        model, no_input, no_input, build_batch_augmentation(recipe), build_criterion(recipe), precision, settings
    )
    images = torch.randn(args.batch_size, 3, args.size, args.size, device=precision.device)
    targets = torch.randint(CLASSES, (args.batch_size, 1), device=precision.device)
    ones = torch.ones(args.batch_size, device=precision.device)
    batch = Batch(images.contiguous(memory_format=layout), targets, ones, ones.bool(), args.batch_size)
    generator, sums = torch.Generator().manual_seed(0), torch.zeros(4, dtype=torch.float64, device=precision.device)
    scaler = precision.scaler()
    finite = FiniteSteps(scaler, model, model.buffers(), World())

    def plain_step() -> None:
        sums.add_(task.step(model, optimizer, scaler, batch, 0, generator))

    def checked_step() -> None:
        finite.begin()
        sums.add_(finite.counted(task.step(model, optimizer, finite, batch, 0, generator)))
        finite.outcomes()

    return checked_step if checked else plain_step


def timed(step: Callable[[], None], steps: int, device: torch.device) -> float:
    """Seconds a step."""
    began = time.perf_counter()
    for _ in range(steps):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return (time.perf_counter() - began) / steps


if __name__ == "__main__":
    main()
