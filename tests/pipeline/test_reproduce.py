"""scripts/reproduce.sh, killed in every stage and started again, leaves the bytes of a run that nobody disturbed.

It is the real one in small: generated pages, a detector and a classifier of seconds, and settings of its own.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from programs import Plainly

from mojika.data.pack import Pack
from mojika.training.checkpoints import load_checkpoint

ROOT = Path(__file__).parents[2]
SAMPLE = "--books 2 --pages-per-book 3 --test-books 1 --test-pages 2 --classes 30 --scale 0.16 --seed 1"
TRIALS = 4
SETTINGS = """
work={work}
data=$work/pages
output=$work/boxes
models=$work/runs
recipes={recipes}
packs=("gray32 32 1")
held_out_books=(200015779)
split_options=(--min-train 40)
val_books=(200015779)
snapshots=(000060 000120)
detector_sees=original
detect_options=(--short-sides 320 --score-threshold 0.15)
read_options=(--tta 1)
search_options=(--trials {trials} --workers 1)
pseudo_options=(--min-prob 0.6)
"""
CLASSIFIER = """
source "$MOJIKA_SETTINGS"
lists=$data/splits/200015779/gray32{pseudo}
python train.py "$lists/train.csv" "$lists/valid.csv" --model-dir "$models" --prefix {run} --device cpu --amp off \\
    --model test_resnet --from-scratch --grayscale --scale-size 32 --input-size 28 --rgb-mean 0.5 --rgb-std 0.3 \\
    --batch-size 32 --warmup-epochs 0 --random-horizontal-flip 0 --random-resized-crop-scale 0.8,1 --l2softmax \\
    --disp-batches 5 --workers 1 {flags} "$@"
"""
LEARN = "--epochs 4 --base-lr 0.1 --lr-step-epochs 3"
REFINE = (
    '--resume "$models/01_reader_pseudo/best.model" --refine --start-epoch 0 --epochs 1 --onehot --pseudo-weight 0.9 '
    "--base-lr 1e-4"
)
RECIPES = {
    "00_detector.sh": """
source "$MOJIKA_SETTINGS"
mojika train-detector --labels "$data/train.csv" --images "$data/train_images" --hold-out 200015779 \\
    --model-dir "$models" --prefix 00_detector --device cpu --amp off --architecture centernet \\
    --backbone test_resnet --width 24 --from-scratch --tile-size 192 --short-side 260,380 --valid-short-side 320 \\
    --batch-size 8 --optimizer adamw --base-lr 0.004 --warmup-steps 10 --lr-steps 90 --iterations 120 \\
    --snapshot-every 30 --snapshots 60,120 --disp-batches 5 --workers 1 "$@"
""",
    "01_reader.sh": CLASSIFIER.format(pseudo="", run="01_reader", flags=LEARN),
    "pseudo_labeling/01_reader_pseudo.sh": CLASSIFIER.format(pseudo="_pseudo", run="01_reader_pseudo", flags=LEARN),
    "pseudo_refine/01_refined.sh": CLASSIFIER.format(pseudo="_pseudo", run="01_refined", flags=REFINE),
}


class Moment(NamedTuple):
    """When a run is killed: in this stage, once it has said this and this file is there; if `usual`, by default."""

    stage: str
    signal: int
    said: str = ""
    there: str = "pages"
    usual: bool = False


# What a stage leaves or says early on, so that most of its work is still to be done. The others, at which a stage
# begins again or skips what it has finished, are tried with --tier all.
MOMENTS = [
    Moment("01_preprocess", signal.SIGKILL, there="pages/preprocessed/train_images/*.png"),
    Moment("02_pack", signal.SIGKILL, there="pages/packs/*"),
    Moment("03_split", signal.SIGTERM, there="pages/splits/200015779"),
    Moment("04_first_training", signal.SIGKILL, "epoch 2/4  step 10/"),
    Moment("04_first_training", signal.SIGTERM, "epoch 4/4  step 30/", usual=True),
    Moment("06_detector", signal.SIGTERM, "epoch 2/4  step 10/"),
    Moment("06_detector", signal.SIGKILL, "epoch 3/4  step 15/", usual=True),
    Moment("07_detect", signal.SIGKILL, there="boxes/val/detected_000060.partial.jsonl"),
    Moment("07_detect", signal.SIGTERM, there="boxes/test/detected_000060.partial.jsonl"),
    Moment("08_first_reading", signal.SIGTERM, there="boxes/val/first_000060.parquet"),
    Moment("09_first_submission", signal.SIGKILL, there="runs/first_filter/study.sqlite", usual=True),
    Moment("09_first_submission", signal.SIGKILL, there="runs/first_filter/params.yaml"),
    Moment("10_pseudo_labels", signal.SIGKILL, there="pages/packs/*gray32_pseudo*"),
    Moment("11_second_training", signal.SIGKILL, "epoch 1/4  step 20/"),
    Moment("12_refinement", signal.SIGTERM, "epoch 1/1  step 20/"),
    Moment("13_final_reading", signal.SIGKILL, there="boxes/val/voted_000060.parquet"),
    Moment("14_final_submission", signal.SIGTERM, there="runs/final_filter/study.sqlite"),
    Moment("15_summary", signal.SIGKILL, there="boxes/scores/*.json"),
    Moment("16_bundle", signal.SIGKILL, there="runs/.reader.*.tmp/*"),
]


class Flow:
    """A work folder, always of the same name, and runs of reproduce.sh in it; `said` is what all of them printed."""

    def __init__(self, folder: Path, path: str):
        self.work, self.log, self.said = folder / "work", folder / "log", ""
        for name, text in RECIPES.items():
            (folder / "recipes" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "recipes" / name).write_text(text)
        settings = folder / "settings.sh"
        settings.write_text(SETTINGS.format(work=self.work, recipes=folder / "recipes", trials=TRIALS))
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("MOJIKA")} | {
            "PATH": path,
            "MOJIKA_SETTINGS": str(settings),
            "MOJIKA_CACHE": str(folder / "cache"),
            "OMP_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    def run(self, killed_at: Moment | None = None) -> int:
        """The status of a run that goes to its end, or to this moment; all that it started is gone then."""
        alive, held = os.pipe()  # open as long as anything lives that inherited it
        with open(self.log, "wb") as log:
            process = subprocess.Popen(
                ["bash", "scripts/reproduce.sh"], cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True, pass_fds=[held],
            )  # fmt: skip
        os.close(held)
        try:
            if killed_at:
                self._wait_for(killed_at, process)
                os.killpg(process.pid, killed_at.signal)
            os.read(alive, 1)
            return process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            os.close(alive)
            self.said += self.log.read_text()

    def _wait_for(self, moment: Moment, process: subprocess.Popen) -> None:
        while not self._has_come(moment):
            assert process.poll() is None, f"the run ended before {moment}:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.005)

    def _has_come(self, moment: Moment) -> bool:
        _, begun, said = self.log.read_text().partition(f"== scripts/{moment.stage}.sh\n")
        later = "== scripts/" in said  # too late to see it said: this is a kill all the same
        return bool(begun) and (later or (moment.said in said and any(self.work.glob(moment.there))))

    def files(self) -> dict[str, bytes]:
        """What the runs left, by name."""
        found = (
            path
            for path in self.work.rglob("*")
            if not path.is_dir() and path.parent.name != "tensorboard" and path.name != "last.previous.model"
        )  # the state before the last one, which a run of one epoch has only if it was stopped
        return {str(path.relative_to(self.work)): content(path) for path in found}

    def forget(self) -> None:
        shutil.rmtree(self.work)
        self.said = ""


def content(path: Path) -> bytes:
    """What a file says, but for clock times, process numbers and digests of models (which hold the time they took)."""
    if path.suffix == ".model":
        return b"".join(tensor.numpy().tobytes() for tensor in load_checkpoint(path)["model"].values())
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv().encode()
    within_run = path.suffix in (".yaml", ".log", ".sqlite") or path.name in ("lock", "metrics.csv")
    with_digests = path.name in ("meta.json", "split.json", "config.json", "SHA256SUMS")
    return b"" if within_run or with_digests else path.read_bytes()


@pytest.fixture
def every_moment(pytestconfig: pytest.Config) -> bool:
    return pytestconfig.getoption("tier") == "all"


@pytest.fixture
def moments(every_moment: bool) -> list[Moment]:
    return [moment for moment in MOMENTS if every_moment or moment.usual]


@pytest.fixture
def flow(tmp_path: Path, programs: Plainly) -> Flow:
    return Flow(tmp_path, programs.path)


def trials(study: Path) -> list[tuple]:
    """Values of the trials of a search that came to an end."""
    ended = (
        "SELECT v.value, group_concat(p.param_value) FROM trials t JOIN trial_params p USING (trial_id) "
        "LEFT JOIN trial_values v USING (trial_id) WHERE t.state IN ('COMPLETE', 'PRUNED') GROUP BY trial_id"
    )
    with closing(sqlite3.connect(study)) as database:
        return database.execute(ended).fetchall()


def test_a_run_killed_in_its_stages_leaves_the_bytes_of_an_undisturbed_one(flow, moments, every_moment, tmp_path):
    sample = tmp_path / "sample"
    subprocess.run(["mojika", "sample", "kuzushiji", sample, *SAMPLE.split()], env=flow.environment, check=True)
    shutil.copytree(sample, flow.work / "pages")
    assert flow.run() == 0, flow.said[-3000:]
    whole, whole_trials = flow.files(), trials(flow.work / "runs" / "final_filter" / "study.sqlite")
    assert whole["boxes/test/final_submission.csv"].count(b"U+") > 20 and len(whole_trials) == TRIALS
    assert len(Pack.open(flow.work / "pages" / "packs" / "gray32_pseudo")) > 5
    assert b"val_f1_final" in whole["boxes/summary.json"]

    flow.forget()
    shutil.copytree(sample, flow.work / "pages")
    for moment in moments:
        assert flow.run(moment) == -moment.signal, moment
    assert flow.run() == 0, flow.said[-3000:]
    again = flow.files()
    assert sorted(again) == sorted(whole)  # nothing is missing, nothing half-written is left over
    assert [name for name in whole if again[name] != whole[name]] == []
    assert trials(flow.work / "runs" / "final_filter" / "study.sqlite") == whole_trials
    resumed = re.findall(r"resuming from epoch \d+, step (\d+)", flow.said)
    assert len(resumed) >= 2 and any(map(int, resumed)), "no training was caught in the middle of an epoch"
    last = flow.said.rpartition("== scripts/01_preprocess.sh")[2]
    done_before, _, _ = last.partition("== scripts/09_first_submission.sh")
    assert "step 1/" not in done_before and done_before.count("up to date") >= 10

    if every_moment:
        flow.said = ""
        assert flow.run() == 0 and flow.files() == again
        assert "step 1/" not in flow.said and flow.said.count("up to date") >= 20
