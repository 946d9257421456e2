"""Every mixing × head × loss × optimizer family trains, and goes on from the middle of an epoch with equal weights.

Combinations that together hold every pair of levels are in the whole tier, the others in that of all tests.
"""

import copy
from itertools import combinations, product
from pathlib import Path

import pytest
import torch
from covering_array import covering_array
from tiny_runs import TINY

from mojika.data.input_pipeline import InputPipeline
from mojika.data.split_list import SplitList, read_split_lists
from mojika.errors import Interrupted
from mojika.experiment.arguments import build_parser
from mojika.experiment.batch_augmentation import build_batch_augmentation
from mojika.experiment.training_setup import (
    build_augmentation,
    build_criterion,
    build_loop_settings,
    build_model,
    build_optimizer,
    build_schedule,
)
from mojika.experiment.validation import resolve
from mojika.models.heads import HEADS
from mojika.training.checkpoints import load_last
from mojika.training.classification_task import Classification
from mojika.training.ema import WeightAverage
from mojika.training.loop import Trainer
from mojika.training.precision import Precision
from mojika.training.reporter import SilentReporter
from mojika.training.task import Trainable

CPU = torch.device("cpu")
STEPS, HALF = 4, 2
MIXING = {"plain": "", "mixup": "--mixup", "cutmix": "--cutmix --cutmix-per-sample",
          "ricap": "--ricap --ricap-with-line", "icap": "--icap --icap-prob 0.5"}  # fmt: skip
LOSSES = {"ce": "--label-smoothing 0.1", "focal": "--loss focal", "ohem": "--loss ohem --ohem-start 1 --ohem-scale 1",
          "onehot": "--onehot"}  # fmt: skip
OPTIMIZERS = {
    "momentum": "--optimizer nag --base-lr 0.05", "adaptive": "--optimizer amsgrad --base-lr 0.01",
    "bounded": "--optimizer amsbound --base-lr 0.01", "lookahead": "--optimizer ranger --base-lr 0.01",
    "layer-wise": "--optimizer lamb --base-lr 0.01",
}  # fmt: skip
FACTORS = list(MIXING), list(HEADS), list(LOSSES), list(OPTIMIZERS)
CHOSEN = covering_array(*FACTORS)
OTHERS = sorted(set(product(*FACTORS)) - set(CHOSEN))


class StopAfter:
    """Asks the run to stop once so many steps have been looked at."""

    def __init__(self, steps: int):
        self.left = steps

    @property
    def requested(self) -> str | None:
        self.left -= 1
        return "a test" if self.left == 0 else None


@pytest.fixture(scope="module")
def splits(lists, tmp_path_factory) -> list[SplitList]:
    cache = tmp_path_factory.mktemp("cache")
    return read_split_lists([Path(path) for path in lists], scale_size=28, channels=1, cache=cache)


@pytest.fixture(scope="module")
def models(splits) -> dict[str, torch.nn.Module]:
    return {head: build_model(recipe_of(f"--head {head}"), splits[0], None) for head in HEADS}


def recipe_of(flags: str):
    fixed = ["--batch-size", "22", "--epochs", "3", "--warmup-epochs", "0", "--random-erasing"]
    return resolve(build_parser().parse_args(["train", "valid", *TINY, *fixed, *flags.split()]))


def trainer_of(recipe, model, splits, folder: Path, stop: StopAfter) -> Trainer:
    model = copy.deepcopy(model)
    augmentation = build_augmentation(recipe)
    inputs = [InputPipeline(split, augmentation, CPU, workers=1, seed=recipe.seed) for split in splits]
    precision = Precision(CPU, None)
    settings = build_loop_settings(recipe, STEPS, False)
    task = Classification(
        model, *inputs, build_batch_augmentation(recipe), build_criterion(recipe), precision, settings
    )
    trainable = Trainable(
        task=task,
        optimizer=build_optimizer(recipe, model, precision),
        schedule=build_schedule(recipe, STEPS),
        precision=precision,
        settings=settings,
        average=WeightAverage(model, recipe.ema_decay) if recipe.ema_decay else None,
    )
    trainer = Trainer(trainable, folder, {}, SilentReporter(), stop)
    trainer.position.epoch = 2  # of three, where OHEM leaves some samples out
    return trainer


def assert_resumes_exactly(recipe, model, splits, folder: Path) -> None:
    whole = trainer_of(recipe, model, splits, folder / "whole", StopAfter(99))
    whole.folder.mkdir()
    whole.fit()
    assert all(value.isfinite().all() for value in whole.model.state_dict().values())
    changed = [not torch.equal(*pair) for pair in zip(whole.model.parameters(), model.parameters(), strict=True)]
    assert all(changed)

    first = trainer_of(recipe, model, splits, folder / "parts", StopAfter(HALF))
    first.folder.mkdir()
    with pytest.raises(Interrupted):
        first.fit()
    saved = load_last(first.folder, print)
    assert saved["step"] == HALF
    second = trainer_of(recipe, model, splits, folder / "parts", StopAfter(99))
    second.restore(saved)
    second.fit()
    states = [load_last(trainer.folder, print) for trainer in (whole, second)]
    for part in ("model", "head", "optimizer", "ema"):
        assert_same(states[0][part], states[1][part], part)
    history = [{k: v for k, v in state["metrics"].items() if k != "seconds"} for state in states]
    assert history[0] == history[1]


def assert_same(one, other, where: str) -> None:
    """Nests of dicts and lists with equal tensors, bit for bit."""
    if isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one:
            assert_same(one[key], other[key], f"{where}.{key}")
    elif isinstance(one, list | tuple):
        assert len(one) == len(other), where
        for index, pair in enumerate(zip(one, other, strict=True)):
            assert_same(*pair, f"{where}.{index}")
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, other), where
    else:
        assert one == other, where


def test_the_chosen_combinations_hold_every_pair_of_levels():
    assert len(CHOSEN) == len(set(CHOSEN)) < len(OTHERS)
    for first, second in combinations(range(len(FACTORS)), 2):
        pairs = {(combination[first], combination[second]) for combination in CHOSEN}
        assert pairs == set(product(FACTORS[first], FACTORS[second]))


@pytest.mark.parametrize(
    ("mixing", "head", "loss", "optimizer"),
    [*CHOSEN, *(pytest.param(*combination, marks=pytest.mark.rest) for combination in OTHERS)],
)
def test_every_combination_trains_and_resumes_exactly(mixing, head, loss, optimizer, models, splits, tmp_path):
    lower = "--base-lr 0.002" if loss == "onehot" else ""  # a sum over 22 images
    flags = f"--head {head} {MIXING[mixing]} {LOSSES[loss]} {OPTIMIZERS[optimizer]} {lower}"
    assert_resumes_exactly(recipe_of(flags), models[head], splits, tmp_path)


@pytest.mark.parametrize(
    "flags",
    [
        "--ema-decay 0.99",
        "--grad-accumulation 3",
        "--cutout --cutout-length 8 --gridmask --augmix",
        "--mix-schedule mixup=0.3,cutmix=0.3,icap=0.2",
        "--elastic 0.04 --stroke-width 0.8 --random-shear-degree 12 --cutout --cutout-length 8 --cutout-p 0.3",
        "--augmix --augmix-p 0.4 --neck 16 --head-gate",
        "--lookahead --optimizer adamw --base-lr 0.01",
        "--lr-patience 1 --lr-factor 0.5",
        "--lr-schedule one-cycle --warmup-epochs 1",
        "--lr-schedule warmup-cosine --warmup-epochs 2.5 --min-lr 1e-5",
        "--pooling gem --activation mish --dropout 0.2",
        "--pooling avgmax",
        "--lr-schedule warmup-cosine --warmup-epochs 5 --warmup-share 0.3",  # 5: as if not given
        "--optimizer rmsprop --base-lr 0.001",
        "--optimizer lars --base-lr 1",
        "--optimizer adabound --base-lr 0.01 --final-lr 0.1",
        "--optimizer radam --base-lr 0.01",
    ],
)
def test_further_flags_train_and_resume_exactly(flags, splits, tmp_path):
    recipe = recipe_of(flags)
    assert_resumes_exactly(recipe, build_model(recipe, splits[0], None), splits, tmp_path)
