import os

import pytest

from mojika.runtime import cpu_quota as module
from mojika.runtime.cpu_quota import available_cores, cpu_quota


def write(folder, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("own", "files", "quota"),
    [
        ("0::/\n", {"groups/cpu.max": "150000 100000\n"}, 1.5),
        ("0::/\n", {"groups/cpu.max": "max 100000\n"}, None),
        ("0::/a.slice/b.scope\n", {"groups/a.slice/cpu.max": "50000 100000\n"}, 0.5),
        ("0::/a/b\n", {"groups/a/cpu.max": "300000 100000", "groups/a/b/cpu.max": "200000 100000"}, 2),
        ("4:cpu,cpuacct:/docker/1\n", {"groups/cpu/cpu.cfs_quota_us": "-1", "groups/cpu/cpu.cfs_period_us": "1"}, None),
        (
            "4:cpu,cpuacct:/docker/1\n3:cpuset:/\n",
            {"groups/cpu/docker/1/cpu.cfs_quota_us": "250000", "groups/cpu/docker/1/cpu.cfs_period_us": "100000"},
            2.5,
        ),
        ("", {}, None),
        ("0::/\n", {"groups/cpu.max": "what no kernel writes"}, None),
    ],
)
def test_the_quota_is_the_least_of_all_groups(tmp_path, own, files, quota):
    write(tmp_path, {"own": own, **files})
    assert cpu_quota(tmp_path / "groups", tmp_path / "own") == quota


@pytest.mark.parametrize(("quota", "cores"), [(None, 4), (8.0, 4), (2.5, 3), (0.1, 1)])
def test_workers_are_no_more_than_the_quota_pays_for(monkeypatch, quota, cores):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    monkeypatch.setattr(module, "cpu_quota", lambda: quota)
    assert available_cores() == cores
