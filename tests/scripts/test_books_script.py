"""scripts/extra/books.sh hands each command what the one before it made; the recipe is the 2019 command line."""

from pathlib import Path

import pytest
from fake_stages import make_stages, value

from mojika.experiment.arguments import build_parser

ROOT = Path(__file__).parents[2]
COMMAND_OF_2019 = """
    --model se_resnext50_32x4d --batch-size 64 --val-batch-size 128 --scale-size 256 --input-size 224 --optimizer sgd
    --wd 5e-4 --base-lr 0.1 --epochs 60 --warmup-epochs 5 --lr-step-epochs 15,30,45
    --random-resized-crop-scale 0.85,1.0 --random-resized-crop-ratio 0.875,1.14285714 --random-horizontal-flip 0.0
    --random-vertical-flip 0.0 --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 --jitter-hue 0.1
    --pca-noise 0.1 --simple-label --drop-last --icap --icap-beta 2.0 --random-erasing --prefix book_title_classifier
"""


@pytest.fixture
def calls(tmp_path: Path) -> list[list[str]]:
    """The commands that the script gives, in order, with `--seed 7` behind it."""
    stages = make_stages(tmp_path)
    stages.environment["MOJIKA_KUZUSHIJI"] = "da ta"
    assert stages.run("scripts/extra/books.sh", "--seed", "7").returncode == 0
    return stages.calls()


def test_every_stage_reads_what_the_one_before_it_wrote(calls):
    assert [call[:2] for call in calls] == [
        ["mojika", "pack"], ["mojika", "split"], ["python", "train.py"], ["mojika", "classify-books"]]  # fmt: skip
    pack, split, train, classify = calls
    assert "--whole-pages" in pack and value(pack, "--labels") == "da ta/train.csv"
    assert value(pack, "--out") == split[2] and value(split, "--valid-fraction") == "0.2"
    assert train[2:4] == [f"{value(split, '--out')}/train.csv", f"{value(split, '--out')}/valid.csv"]
    assert value(pack, "--scale-size") == value(train, "--scale-size") and value(pack, "--channels") == "3"
    assert classify[2] == f"models/{value(train, '--prefix')}/best.model"
    assert value(classify, "--calibrate") == train[3]
    assert value(classify, "--images") == "da ta/test_images"


def test_the_recipe_is_the_command_of_2019_and_flags_behind_the_script_reach_it(calls):
    _, _, train, _ = calls
    lists = train[2:4]
    expected = build_parser().parse_args([*lists, *COMMAND_OF_2019.split(), "--seed", "7"])
    assert build_parser().parse_args(train[2:]) == expected
    assert len((ROOT / "train_scripts" / "book_title_classifier.sh").read_text().splitlines()) <= 40
