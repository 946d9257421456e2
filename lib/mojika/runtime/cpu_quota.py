"""How much processor time a container may use, by its control groups (version 2, and 1)."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

CONTROL_GROUPS, OWN_GROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")


def available_cores() -> int:
    """Cores that this process may use: a container can have fewer than the machine, or a share of their time."""
    cores, quota = len(os.sched_getaffinity(0)), cpu_quota()
    return cores if quota is None else max(1, min(cores, math.ceil(quota)))


def cpu_quota(control_groups: Path = CONTROL_GROUPS, own_groups: Path = OWN_GROUPS) -> float | None:
    """Cores' worth of time, the least that the process's own group and those above it allow; None without a limit."""
    quotas = [quota for folder in _folders(control_groups, own_groups) if (quota := _quota_of(folder)) is not None]
    return min(quotas, default=None)


def _folders(control_groups: Path, own_groups: Path) -> Iterator[Path]:
    """Of both versions, from the root (which a container sees as its own) down to the process's own."""
    try:
        lines = own_groups.read_text().split()
    except OSError:
        lines = []
    for line in ["0::/", "1:cpu:/", *lines]:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        folder = control_groups / "cpu" if controllers else control_groups
        yield folder
        for part in Path(path).parts[1:]:
            folder /= part
            yield folder


def _quota_of(folder: Path) -> float | None:
    try:
        if (folder / "cpu.max").exists():
            allowed, period = (folder / "cpu.max").read_text().split()
        else:
            allowed, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
        return None if allowed in ("max", "-1") else int(allowed) / int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return None
