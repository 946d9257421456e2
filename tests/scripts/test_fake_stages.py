"""The fake programs of the script tests take what the real ones take, and nothing else."""

from pathlib import Path

import pytest
from fake_stages import make_stages

LISTS = "train.csv valid.csv"


@pytest.mark.parametrize(
    "call, reason",
    [
        ("mojika nms boxes.parquet --out best.parquet --iuo 0.3", "unknown flag --iuo"),
        ("mojika nms boxes.parquet", "required: --out"),
        ("mojika detect model --device tpux --tile", "mojika detect: error"),
        ("mojika nsm boxes.parquet", "no such program"),
        (f"python train.py {LISTS} --optimizr sgd", "unknown flag --optimizr"),
        (f"python train.py {LISTS} --optimizer sdg", "found sdg"),
        ("python trains.py", "no such program"),
    ],
)
def test_a_mistyped_call_of_a_script_is_seen(tmp_path: Path, call: str, reason: str):
    stages = make_stages(tmp_path)
    (stages.root / "scripts" / "wrong.sh").write_text(f"{call}\n")
    with pytest.raises(AssertionError, match=reason):
        stages.run("scripts/wrong.sh")


@pytest.mark.parametrize(
    "call",
    ["mojika nms one.parquet two.parquet --iou 0.3 --out best.parquet", f"python train.py {LISTS} --optimizer sgd"],
)
def test_a_call_that_the_real_program_takes_is_written_down(tmp_path: Path, call: str):
    stages = make_stages(tmp_path)
    (stages.root / "scripts" / "right.sh").write_text(f"{call}\n")
    assert stages.run("scripts/right.sh").returncode == 0
    assert stages.calls() == [call.split()]
