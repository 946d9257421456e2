#!/usr/bin/env python3
"""Images/s and MFU of one training step, per architecture and variant, against timm's own way of doing the step.

Ours: the library's training step with mixup, RandomErasing and L2-softmax. timm's: its Mixup on the batch, its
RandomErasing, its soft-target loss, its SGD, and the loss read back every step, as in its train script. The variants
take turns in every round, so drift of the machine hits all alike; medians are reported.
MFU is the model's FLOP/s (3 × forward) as a share of a large matrix product measured in the same run and precision.

    python benchmarks/train_step.py                                   # all five recipes' sizes on a GPU, small on a CPU
    python benchmarks/train_step.py --models resnet152 --batch-size 16 --rounds 3 --no-compile
"""

import argparse
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import timm
import timm.loss
import timm.optim
import torch
from timm.data import Mixup
from timm.data.random_erasing import RandomErasing

from mojika.data.input_pipeline import Batch
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.training_setup import build_criterion, build_loop_settings, build_model, build_optimizer
from mojika.experiment.validation import resolve
from mojika.files.atomic import atomic_json
from mojika.models.backbones import timm_name
from mojika.training.classification_task import Classification
from mojika.training.precision import Precision
from mojika.training.throughput import peak_flops, training_flops_per_image

# architecture -> channels and input size of its recipe
ARCHITECTURES = {
    "resnet18": (1, 64),
    "efficientnet-b4": (1, 190),
    "resnet152": (1, 112),
    "se_resnext101_32x4d": (3, 112),
}
CLASSES = 4212


class Setting:
    """One model with its inputs on a device; `step` methods return nothing and leave the weights changed."""

    def __init__(
        self, name: str, channels: int, size: int, batch: int, device: torch.device, dtype, channels_last: bool
    ):
        flags = ["t", "v", "--model", name, "--from-scratch", "--l2softmax", "--mixup", "--random-erasing"]
        flags += ["--input-size", str(size), "--scale-size", str(size)] + ["--grayscale"] * (channels == 1)
        self.recipe = resolve(build_parser().parse_args(flags))
        self.name, self.batch, self.device, self.dtype = name, batch, device, dtype
        self.layout = torch.channels_last if channels_last else torch.contiguous_format
        self.precision = Precision(device, dtype)
        images = torch.randn(batch, channels, size, size, device=device)
        self.images = images.contiguous(memory_format=self.layout)
        self.targets = torch.randint(CLASSES, (batch, 1), device=device)

    def ours(self, compiled: bool) -> Callable[[], None]:
        split = argparse.Namespace(classes={"label": range(CLASSES)}, heads=("label",))
        model = build_model(self.recipe, split, None).to(self.device, memory_format=self.layout).train()
        optimizer = build_optimizer(self.recipe, model, self.precision)
        no_input = argparse.Namespace(split=split)
        augment, criterion = build_batch_augmentation(self.recipe), build_criterion(self.recipe)
        settings = build_loop_settings(self.recipe, 1, channels_last=self.layout == torch.channels_last)
        task = Classification(model, no_input, no_input, augment, criterion, self.precision, settings)
        network = torch.compile(model) if compiled else model
        generator, scaler = torch.Generator().manual_seed(0), self.precision.scaler()
        ones = torch.ones(self.batch, device=self.device)
        sums = torch.zeros(4, dtype=torch.float64, device=self.device)

        def step() -> None:
            batch = Batch(self.images.clone(), self.targets, ones, ones.bool(), self.batch)
            sums.add_(task.step(network, optimizer, scaler, batch, 0, generator))

        return step

    def timms(self) -> Callable[[], None]:
        options = {"num_classes": CLASSES, "in_chans": self.images.shape[1]}
        model = timm.create_model(timm_name(self.name), **options).to(self.device, memory_format=self.layout).train()
        optimizer = timm.optim.create_optimizer_v2(model, "sgd", lr=0.1, weight_decay=1e-4, momentum=0.9)
        mix, loss_function = Mixup(mixup_alpha=0.2, num_classes=CLASSES), timm.loss.SoftTargetCrossEntropy()
        erase = RandomErasing(probability=0.5, mode="pixel", max_area=0.4, device=self.device)
        scaler = self.precision.scaler()

        def step() -> None:
            images, targets = mix(self.images.clone(), self.targets[:, 0])
            images = erase(images)
            with self.precision.autocast():
                loss = loss_function(model(images), targets.to(self.device))
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
            loss.item()

        return step


def main() -> None:
    args = parse_arguments()
    device = torch.device("cuda" if torch.cuda.is_available() and not args.no_cuda else "cpu")
    if device.type == "cuda":
        torch.backends.cudnn.benchmark = True
        torch.set_float32_matmul_precision("high")
    half = torch.bfloat16
    peaks = {dtype: peak_flops(device, dtype) for dtype in (None, half)}
    print(f"{device_name(device)}: peak {peaks[None] / 1e12:.2f} TFLOP/s float32, {peaks[half] / 1e12:.2f} bfloat16")
    rows = []
    for name in args.models:
        channels, size = ARCHITECTURES.get(name, (3, 112))
        batch = args.batch_size or (256 if device.type == "cuda" else 16)
        rows += measure(name, channels, size, batch, device, half, peaks, args)
        torch.cuda.empty_cache()
    print_table(rows)
    if args.out:
        report = {"device": device_name(device), "torch": torch.__version__, "timm": timm.__version__, "rows": rows}
        report["threads"] = torch.get_num_threads()
        report["peak_tflops"] = {"float32": peaks[None] / 1e12, "bfloat16": peaks[half] / 1e12}
        atomic_json(args.out, report)
        print(f"wrote {args.out}")


def measure(name, channels, size, batch, device, half, peaks, args) -> list[dict]:
    variants: dict[str, tuple] = {
        "eager float32": (None, False, False),
        "channels-last float32": (None, True, False),
        "amp bf16": (half, False, False),
        "amp bf16 channels-last": (half, True, False),
    }
    if not args.no_compile:
        variants["amp bf16 channels-last compile"] = (half, True, True)
    steps, settings = {}, {}
    for variant, (dtype, channels_last, compiled) in variants.items():
        settings[variant] = Setting(name, channels, size, batch, device, dtype, channels_last)
        steps[variant] = settings[variant].ours(compiled)
    settings["timm amp bf16 channels-last"] = Setting(name, channels, size, batch, device, half, True)
    steps["timm amp bf16 channels-last"] = settings["timm amp bf16 channels-last"].timms()
    model = build_model(settings["eager float32"].recipe, argparse.Namespace(classes={"label": range(CLASSES)}), None)
    flops = training_flops_per_image(model.to(device), channels, size, device)

    for variant, step in steps.items():
        print(f"{name}: warming up {variant}", file=sys.stderr, flush=True)
        for _ in range(2):
            step()
    rates: dict[str, list[float]] = {variant: [] for variant in steps}
    for _ in range(args.rounds):
        for variant, step in steps.items():
            rates[variant].append(batch * args.steps / seconds_of(step, args.steps, device))
    reference = statistics.median(rates["timm amp bf16 channels-last"])
    return [
        {
            "model": name,
            "channels": channels,
            "input_size": size,
            "batch": batch,
            "variant": variant,
            "images_per_second": statistics.median(values),
            "lowest": min(values),
            "highest": max(values),
            "mfu": statistics.median(values) * flops / peaks[settings[variant].dtype],
            "ratio_to_timm": statistics.median(values) / reference,
        }
        for variant, values in rates.items()
    ]


def seconds_of(step: Callable[[], None], count: int, device: torch.device) -> float:
    started = time.perf_counter()
    for _ in range(count):
        step()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - started


def print_table(rows: list[dict]) -> None:
    print("| model | input | batch | variant | images/s (min-max) | MFU | vs. timm |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row['model']} | {row['channels']}×{row['input_size']}² | {row['batch']} | {row['variant']} "
            f"| {row['images_per_second']:,.1f} ({row['lowest']:,.1f}-{row['highest']:,.1f}) "
            f"| {row['mfu']:.0%} | {row['ratio_to_timm']:.2f} |"
        )


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=list(ARCHITECTURES), help="2019 or timm names")
    parser.add_argument("--batch-size", type=int, help="default: 256 on a GPU, 16 on a CPU")
    parser.add_argument("--rounds", type=int, default=5, help="each variant once a round (default: 5)")
    parser.add_argument("--steps", type=int, default=2, help="steps timed together (default: 2)")
    parser.add_argument(
        "--no-compile", action="store_true", help="leave out torch.compile (minutes per model on a CPU)"
    )
    parser.add_argument("--no-cuda", action="store_true")
    parser.add_argument("--out", type=Path, metavar="JSON", help="write the numbers, e.g. benchmarks/results/….json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
