"""Two workers of a local Ray cluster, of which one is killed at its work."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import scripted
from tiny_readers import draw_page

from mojika.reader.page_work import PageWork
from mojika.reader.ray_workers import recognize_on_ray
from mojika.reading.page import Page
from mojika.scans.find_scans import find_scans

pytest.importorskip("ray", reason="needs Ray (the extra `ray`)")


@dataclass
class Mortal(scripted.ScriptedReader):
    """Notes in `log` which widths it begins to read, and is killed, once, at the width of `fatal`."""

    log: Path = Path("log")
    fatal: int = 0

    def read(self, pixels: np.ndarray) -> Page:
        with open(self.log, "a") as file:
            file.write(f"{pixels.shape[1]}\n")
        if pixels.shape[1] == self.fatal and self.log.read_text().split().count(str(self.fatal)) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(pixels)


def test_no_page_is_lost_and_none_is_done_twice_when_a_worker_is_killed(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
    for number in range(6):
        draw_page(tmp_path / "scans" / f"{number}.png", size=(40, 50 + number))
    (tmp_path / "scans" / "broken.png").write_text("no image")
    scans, _ = find_scans([str(tmp_path / "scans")], cache=tmp_path / "cache")
    work = PageWork(Mortal(log=tmp_path / "log", fatal=52), tmp_path / "out", ("text",))
    results = list(recognize_on_ray(work, scans, "local", workers=2))
    became = {Path(result.source).stem: result.became for result in results}
    assert became == {**dict.fromkeys("012345", "read"), "broken": "failed"} and len(results) == 7
    begun = (tmp_path / "log").read_text().split()
    assert sorted(begun) == ["50", "51", "52", "52", "53", "54", "55"]
    assert len(list((tmp_path / "out" / "scans").glob("*.txt"))) == 6
