import argparse

import pytest
import torch

from mojika.cli.memory import memory_named
from mojika.errors import UserError


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"batch_size": 256, "tta": 7, "device": "auto"}, "--batch-size (it is 256) or a smaller --tta (it is 7)"),
        ({"short_sides": (1024,), "device": "cuda"}, "--short-sides (it is (1024,)) or --device cpu"),
        ({}, "try a larger one"),
    ],
)
def test_a_gpu_without_memory_is_told_with_the_flags_that_fill_it(flags, said):
    with pytest.raises(UserError) as told, memory_named(argparse.Namespace(**flags)):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
    assert said in str(told.value)


def test_other_errors_are_as_they_are():
    with pytest.raises(RuntimeError, match="a defect"), memory_named(argparse.Namespace()):
        raise RuntimeError("a defect")
