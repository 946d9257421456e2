"""What a step costs and what the machine could do: FLOPs of a model, peak rate of a device, time spent waiting."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from mojika.data.input_pipeline import Batch
from mojika.sizes import Size, height_width


def training_flops_per_image(model: nn.Module, channels: int, input_size: Size, device: torch.device) -> int:
    """Floating-point operations (multiply and add counted apart) of forward and backward for one image.

    The forward pass is counted operation by operation; backward costs twice as much (gradients of inputs and weights).
    """
    image = torch.zeros(1, channels, *height_width(input_size), device=device)
    was_training = model.training
    model.eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(image)
    model.train(was_training)
    return 3 * counter.get_total_flops()


def peak_flops(device: torch.device, dtype: torch.dtype | None) -> float:
    """Measured rate of a large matrix product, FLOP/s: the ceiling that MFU is a fraction of (best of three)."""
    size = 8192 if device.type == "cuda" else 512
    while (seconds := min(_product_seconds(size, device, dtype) for _ in range(3))) < 0.1 and size < 8192:
        size *= 2  # until it is large enough to be timed
    return 2 * size**3 / seconds


def _product_seconds(size: int, device: torch.device, dtype: torch.dtype | None) -> float:
    left, right = (torch.randn(size, size, device=device, dtype=dtype or torch.float32) for _ in range(2))
    left @ right  # loads the kernel and wakes the threads
    _wait(device)
    started = time.perf_counter()
    left @ right
    _wait(device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


class Meter:
    """Iterates over batches and keeps count of images, time, and time spent waiting for input."""

    def __init__(self, batches: Iterator[Batch]):
        self._batches = batches
        self._reset()

    def __iter__(self) -> Iterator[Batch]:
        while True:
            asked = time.perf_counter()
            batch = next(self._batches, None)
            self._waited += time.perf_counter() - asked
            if batch is None:
                return
            self._steps += 1
            self._images += len(batch.images)
            yield batch

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Time in the block does not count."""
        began = time.perf_counter()
        yield
        self._started += time.perf_counter() - began

    def lap(self) -> tuple[float, float, int, int]:
        """Seconds, seconds waited, steps and images since the last lap."""
        measured = time.perf_counter() - self._started, self._waited, self._steps, self._images
        self._reset()
        return measured

    def _reset(self) -> None:
        self._started, self._waited, self._steps, self._images = time.perf_counter(), 0.0, 0, 0
