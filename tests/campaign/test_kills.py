"""What is killed at any moment and run again ends as if nothing had happened: `bash tests/run.sh --faults`.

Each command is run once without interruption, then in another folder killed again and again (SIGKILL, SIGTERM, SIGINT
at seeded moments from its start to its end), then to the end. The outputs are the same bytes; of checkpoints the same
weights and the same state of the optimizer, bit for bit.
"""

import os
import random
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from contents import contents, leftovers
from killed import Work, killed_until_done
from reader_models import write_classifier, write_detector

SEED = int(os.environ.get("MOJIKA_FAULTS_SEED", "0"))
TINY = (
    "--model test_resnet --from-scratch --grayscale --scale-size 28 --input-size 24 --batch-size 8 --val-batch-size 16 "
    "--warmup-epochs 1 --base-lr 0.05 --device cpu --random-horizontal-flip 0 --amp off --workers 1 --epochs 6 "
    "--eval-every 3 --save-minutes 0.005 --ema-decay 0.9 --model-dir {out} --prefix run"
)
OF_THE_MOMENT = ("tensorboard", "events.", ".log", "metrics.csv", "environment", "args", ".lock", ".mojika")


@pytest.fixture(scope="session")
def given(tmp_path_factory) -> Path:
    """Inputs of all commands: crops in class folders, pages with labels, a pack, models, boxes."""
    folder = tmp_path_factory.mktemp("given")
    rng = np.random.default_rng(0)
    for part, count in (("train", 24), ("valid", 6)):
        for label, slope in (("か", 0), ("き", 1), ("く", 2)):
            (folder / part / label).mkdir(parents=True)
            for number in range(count):
                image = rng.normal(200, 12, (28, 28)).clip(0, 255).astype(np.uint8)
                cv2.line(image, (4, 4 + 8 * slope), (24, 24 - 8 * slope), 30, 3)
                cv2.imwrite(str(folder / part / label / f"{number}.png"), image)
    (folder / "pages").mkdir()
    lines = ["image_id,labels"]
    for number in range(6):
        page = rng.normal(210, 8, (700, 560, 3)).clip(0, 255).astype(np.uint8)
        boxes = []
        for row in range(6):
            x, y = 60 + 70 * row, 80 + 90 * row
            cv2.circle(page, (x + 20, y + 20), 15, (20, 20, 20), 4)
            boxes.append(f"U+{(0x3042, 0x304B, 0x4E00)[row % 3]:04X} {x} {y} 40 40")
        cv2.imwrite(str(folder / "pages" / f"book_{number:05d}.png"), page)
        lines.append(f"book_{number:05d},{' '.join(boxes)}")
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    write_detector(folder / "detector.model")
    write_classifier(folder / "classifier.model", preprocessed=())
    return folder


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
