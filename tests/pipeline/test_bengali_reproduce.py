"""scripts/bengali/reproduce.sh on real small work: generated graphemes, two networks of seconds, settings of its own.

It is killed on the way, started again, and leaves what its own parts say of each other.
"""

import json
import os
import signal
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from programs import Plainly
from sklearn.metrics import recall_score

from mojika.data.grapheme_labels import HEADS

ROOT = Path(__file__).parents[2]
SETTINGS = """
data={work}/data
output={work}/output
models={work}/runs
recipes={work}/recipes
packs=("crop32 crop:32" "24x40 24x40")
splits=("unseen --folds 4 --fold 0 --unseen 0.1")
lists=unseen
method=geometric
exponent=0.5
teacher=01_square_crop32
student=01_square_crop32
"""
RECIPE = """
source "$MOJIKA_SETTINGS"
lists=$data/splits/$lists/{pack}
python train.py "$lists/train.csv" "$lists/valid.csv" --model-dir "$models" --prefix {run} --device cpu --amp off \\
    --model test_resnet --from-scratch --grayscale {sizes} --rgb-mean 0.1 --rgb-std 0.25 --head-weights 2,1,1 \\
    --cutmix --batch-size 32 --epochs 2 --base-lr 0.05 --warmup-share 0.2 --lr-schedule warmup-cosine --best-by score \\
    --random-horizontal-flip 0 --disp-batches 2 --workers 1 "$@"
"""
RECIPES = {
    "01_square_crop32": RECIPE.format(
        run="01_square_crop32", pack="crop32", sizes="--scale-size 32 --input-size 32 --pooling gem --neck 16"
    ),
    "02_field_24x40": RECIPE.format(
        run="02_field_24x40", pack="24x40", sizes="--scale-size 24x40 --input-size 24x40 --head-gate"
    ),
}
STOP = "01_square_crop32_taught", "epoch 2/2  step 4/"  # killed when this run says this: while the teacher teaches


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory, programs: Plainly) -> Path:
    """Where the reproduction was killed and then ran to its end."""
    work = tmp_path_factory.mktemp("bengali")
    options = "--train 700 --min-per-class 2 --test 60 --writers 6 --shards 2 --seed 3".split()  # noqa: SIM905
    subprocess.run(
        [programs.tools / "mojika", "sample", "bengali", work / "data", *options], check=True, capture_output=True
    )
    (work / "settings.sh").write_text(SETTINGS.format(work=work))
    (work / "recipes").mkdir()
    for name, text in RECIPES.items():
        (work / "recipes" / f"{name}.sh").write_text(text)
    assert reproduce(programs.path, work, *STOP) == -signal.SIGKILL, (work / "log").read_text()[-3000:]
    assert reproduce(programs.path, work) == 0, (work / "log").read_text()[-3000:]
    return work


def reproduce(path: str, work: Path, run: str | None = None, said: str = "") -> int:
    """Its status; with a run's name, all its processes are killed as soon as that run has said `said`."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MOJIKA")}
    environment |= {"MOJIKA_SETTINGS": str(work / "settings.sh"), "PATH": path}
    process = subprocess.Popen(
        ["bash", "scripts/bengali/reproduce.sh"], cwd=ROOT, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    running = False
    with open(work / "log", "w") as log:
        for line in process.stdout:
            log.write(line)
            running = running or line.startswith(f"{run}: ")
            if running and said in line:
                os.killpg(process.pid, signal.SIGKILL)
                running = False
    return process.wait()


def score(prediction: pd.DataFrame, truth: pd.DataFrame) -> float:
    recalls = [recall_score(truth[head], prediction[head], average="macro", zero_division=0) for head in HEADS]
    return float(np.average(recalls, weights=[2, 1, 1]))


def test_every_stage_ran_and_the_second_start_went_on(work):
    log = (work / "log").read_text()
    stages = [line.split("/")[-1] for line in log.splitlines() if line.startswith("== ")]
    assert [name[:2] for name in stages] == [f"0{number}" for number in range(1, 9)]
    assert "resuming from epoch 2, step 0" in log
    assert "epoch 1/2" not in log  # what was learnt before is not learnt again


def test_submissions_have_the_rows_asked_for_and_score_what_was_said(work):
    order = pd.read_csv(work / "data" / "test.csv").row_id.tolist()
    truth = pd.read_csv(work / "data" / "hidden" / "test_labels.csv").set_index("image_id")
    said = [line for line in (work / "log").read_text().splitlines() if "score" in line and "submission" not in line]
    for name in ("submission", "submission_reweighted"):
        rows = pd.read_csv(work / "output" / f"{name}.csv")
        assert rows.row_id.tolist() == order and len(order) == 3 * len(truth)
        rows[["image_id", "head"]] = rows.row_id.str.extract(r"(Test_\d+)_(\w+)")
        prediction = rows.pivot(index="image_id", columns="head", values="target").loc[truth.index]
        assert any(f"{score(prediction, truth):.4f}" in line for line in said), said
    assert {path.suffix for path in (work / "output" / "classes").iterdir()} == {".png"}


def test_each_model_and_the_taught_one_are_in_the_table(work):
    runs = [*RECIPES, "01_square_crop32_taught"]
    table = (work / "log").read_text().split("== scripts/bengali/07")[-1]
    for run in runs:
        numbers = json.loads((work / "output" / "valid" / f"{run}.json").read_text())
        line = next(line for line in table.splitlines() if line.split()[:1] == [run] and "0." in line)
        assert line.split()[1:4] == [f"{numbers[name]:.4f}" for name in ("score", "score_seen", "score_unseen")]


def test_started_again_it_leaves_everything_as_it_is(work, programs):
    files = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file() and path.name != "log"}
    assert reproduce(programs.path, work) == 0
    again = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file() and path.name != "log"}
    assert set(again) == set(files)
    assert "step " not in (work / "log").read_text()
    changed = [path.relative_to(work) for path, when in again.items() if files[path] != when]
    assert all("valid" not in path.parts and path.suffix in {"", ".png"} for path in changed), changed
