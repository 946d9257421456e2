"""What is killed at any moment and run again ends as if nothing had happened: `bash tests/run.sh --faults`.

Each command is run once without interruption, then in another folder killed again and again (SIGKILL, SIGTERM, SIGINT
at seeded moments from its start to its end), then to the end. The outputs are the same bytes; of checkpoints the same
weights and the same state of the optimizer, bit for bit.
"""

import os
import random
import time
from pathlib import Path

import pytest
from contents import contents, leftovers
from killed import OF_THE_MOMENT, TINY, Work, killed_until_done

SEED = int(os.environ.get("MOJIKA_FAULTS_SEED", "0"))


def works(given: Path) -> dict[str, Work]:
    pages, labels, models = f"{given}/pages", f"{given}/train.csv", f"{given}/detector.model {given}/classifier.model"
    train = tuple(f"{given}/train {given}/valid {TINY}".split())

    def mojika(command: str, kills: int) -> Work:
        return Work(command.split()[0], tuple(command.split()), kills)

    return {
        "train": Work("train", train, kills=12, program=("train.py",)),
        "torchrun": Work("torchrun", train, kills=5, program=("train.py",), processes=2),
        "pack": mojika(
            f"pack --labels {labels} --images {pages} --scale-size 28 --channels 1 --workers 1 --out {{out}}/pack", 5
        ),
        "preprocess": mojika(f"preprocess {pages} {{out}}/preprocessed --workers 1", 6),
        "detect": mojika(
            f"detect {given}/detector.model --images {pages} --short-sides 400,560,700 --score-threshold 0.05 "
            "--device cpu --out {out}/boxes.parquet",
            6,
        ),
        "recognize": mojika(
            f"recognize {pages} --models {models} --out {{out}} --formats text,json --short-sides 560 --device cpu", 8
        ),
        "sample": mojika("sample glyphs {out}/glyphs --count 3000 --size 24 --classes 40 --workers 1", 4),
    }


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["train", "torchrun", "pack", "preprocess", "detect", "recognize", "sample"])
def test_killed_at_any_moment_and_run_again_ends_as_without(given, tmp_path, name, record_property):
    work = works(given)[name]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir(), broken.mkdir()
    begin = time.monotonic()
    work.finish(whole, tmp_path / "whole.log")
    seconds = time.monotonic() - begin
    tally = killed_until_done(work, broken, seconds, random.Random(f"{SEED} {name}"), tmp_path / "broken.log")
    kills = sum(tally.hits.values())
    record_property("kills survived / tried", (kills, kills))
    print(f"{name}: {kills} kills survived, {tally.hits}, of {seconds:.0f} s each")
    expected, found = (
        {name: value for name, value in contents(folder).items() if not any(part in name for part in OF_THE_MOMENT)}
        for folder in (whole, broken)
    )
    assert found.keys() == expected.keys()
    assert [name for name, value in expected.items() if found[name] != value] == []
    assert leftovers(broken) == []
