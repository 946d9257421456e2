"""Seeds, and generators from them, that are addressed by where a run is, not by how it got there."""

from enum import IntEnum

import numpy as np
import torch


class Purpose(IntEnum):
    """What the random numbers of a step are for; each purpose has its own stream."""

    INPUT = 0
    MIXING = 1
    MODEL = 2
    PAGES = 3


def derived_seed(seed: int, epoch: int, step: int, rank: int, purpose: Purpose) -> int:
    """A 63-bit seed that depends on all five numbers; neighbouring steps have unrelated streams."""
    words = np.random.SeedSequence([seed, epoch, step, rank, int(purpose)]).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))


def step_generator(seed: int, epoch: int, step: int, rank: int, purpose: Purpose) -> torch.Generator:
    """The CPU generator of one step: resuming at (epoch, step) draws what an uninterrupted run would have drawn."""
    return torch.Generator().manual_seed(derived_seed(seed, epoch, step, rank, purpose))
