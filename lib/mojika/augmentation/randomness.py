"""Other generators, seeded by the one CPU generator of a step."""

import numpy as np
import torch


def numpy_generator(generator: torch.Generator) -> np.random.Generator:
    """For distributions that torch cannot draw from a given generator (Beta), and for much noise quickly."""
    return np.random.Generator(np.random.SFC64(_seed(generator)))


def device_generator(generator: torch.Generator, device: torch.device) -> torch.Generator:
    """For noise drawn where it is needed."""
    return torch.Generator(device).manual_seed(_seed(generator))


def chosen_rows(count: int, p: float, generator: torch.Generator) -> torch.Tensor:
    """Of `count` images those that something is done to with probability `p`: their numbers, `(M,) int64`."""
    return torch.nonzero(torch.rand(count, generator=generator) < p)[:, 0]


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**63 - 1, (), dtype=torch.int64, generator=generator))
