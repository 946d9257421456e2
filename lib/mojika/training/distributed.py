"""Several processes that train one model, as `torchrun` starts them: who is who, and what all of them agree on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mojika.errors import UserError

_KEPT: list[object] = []
"""The group of processes, to the end of the program. Were a DistributedDataParallel the last to hold it, PyTorch would
wait under Python's lock for the group's threads, which may be waiting for that lock."""


@dataclass(frozen=True)
class World:
    """This process's place among `size`; alone it is rank 0 of 1 and everything below does nothing."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0  # among the processes of this machine: the number of its GPU

    @property
    def is_main(self) -> bool:
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def share_buffers(self, model: nn.Module) -> None:
        """Batch-norm statistics differ between processes: all take those of the main one, which are saved."""
        if self.size > 1:
            for buffer in model.buffers():
                dist.broadcast(buffer, 0)

    def print(self, line: str) -> None:
        """On the main process; the others are silent."""
        if self.is_main:
            print(line)

    def broadcast_from_main(self, value: str) -> str:
        """The main process's value, on every process."""
        if self.size == 1:
            return value
        values = [value]
        dist.broadcast_object_list(values, 0)
        return values[0]

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """The main process goes through the block alone (and fills caches), then the others do."""
        if not self.is_main:
            dist.barrier()
        yield
        if self.is_main and self.size > 1:
            dist.barrier()


@contextmanager
def joined_world() -> Iterator[World]:
    """The processes that `torchrun` started, by the environment it sets; without it, this one alone.

    Gradients travel by NCCL between GPUs and by gloo between CPUs; decisions always by gloo. Raises `UserError` where
    the environment makes no sense.
    """
    if "WORLD_SIZE" not in os.environ:
        yield World()
        return
    try:
        world = World(*(int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK")))
    except (KeyError, ValueError):
        raise UserError("WORLD_SIZE is set, but not RANK and LOCAL_RANK as numbers: start with torchrun") from None
    if world.size == 1:
        yield world
        return
    dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    _KEPT.append(dist.group.WORLD)
    try:
        yield world
    finally:
        dist.destroy_process_group()


class Agreement:
    """Flags that each process raises on its own and all see at the same step.

    What was raised at one step is known at the next: the exchange runs while the step between them computes.
    """

    def __init__(self, world: World):
        self._world = world
        self._pending: tuple[dist.Work, Tensor] | None = None

    def of(self, *flags: bool) -> tuple[bool, ...]:
        """Whether any process raised each flag, one call ago; alone, at once. All must call equally often."""
        if self._world.size == 1:
            return flags
        agreed = self.settle() or (False,) * len(flags)
        raised = torch.tensor(flags, dtype=torch.uint8)
        self._pending = dist.all_reduce(raised, dist.ReduceOp.MAX, async_op=True), raised
        return agreed

    def settle(self) -> tuple[bool, ...] | None:
        """Wait for the exchange under way, if there is one, and return its result."""
        if self._pending is None:
            return None
        work, raised = self._pending
        work.wait()
        self._pending = None
        return tuple(raised.bool().tolist())
