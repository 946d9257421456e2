"""A loss or gradient that is not finite is left out as if its batch were not there; after three in a row, back."""

import math

import pytest
import torch
from torch import nn

from mojika.errors import Interrupted, ParameterError
from mojika.training.checkpoints import BEST, LAST, load_checkpoint
from mojika.training.ema import WeightAverage
from mojika.training.loop import Trainer
from mojika.training.loop_settings import LoopSettings
from mojika.training.precision import Precision
from mojika.training.reporter import SilentReporter
from mojika.training.task import Trainable

CPU, CUDA = "cpu", pytest.param("cuda", marks=pytest.mark.gpu)
NAN, INF = math.nan, math.inf


class Batch:
    def __init__(self, images):
        self.images = images


class OverflowingGradient(torch.autograd.Function):
    """Finite values, infinite gradients."""

    @staticmethod
    def forward(ctx, values):
        return values.clone()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * INF


class Fitting:
    """Fits a plane through batch-normalised points; `faults` says what is wrong in which of the calls of `step`."""

    measures, hits, bytes_per_image = ("score",), None, 1

    def __init__(self, precision, steps, faults=None, without=(), explode_at=None):
        torch.manual_seed(0)
        self.model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)).to(precision.device)
        self.precision, self.steps, self.faults, self.without = precision, steps, faults or {}, without
        self.explode_at, self.calls, self.rates, self.losses = explode_at, 0, [], []

    def train_batches(self, epoch, first_step):
        for step in range(first_step, self.steps):
            generator = torch.Generator().manual_seed(100 * epoch + step)
            yield Batch(torch.randn(8, 3, generator=generator).to(self.precision.device))

    def step(self, network, optimizer, scaler, batch, epoch, generator):
        fault = self.faults.get(self.calls)
        self.calls += 1
        self.rates.append(optimizer.param_groups[0]["lr"])
        if self.calls - 1 in self.without:
            return torch.zeros(4, dtype=torch.float64)
        images = batch.images * (NAN if fault == "images" else 1)
        with self.precision.autocast():
            predicted = network(images)
            if fault == "gradient":
                predicted = OverflowingGradient.apply(predicted)
            loss = ((predicted[:, 0] - images.sum(1)) ** 2).mean().float()
        if fault == "loss":
            loss = loss * INF
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        optimizer.zero_grad(set_to_none=True)
        if self.calls - 1 == self.explode_at:
            with torch.no_grad():
                self.model[2].weight.fill_(1e30)
        loss, one = loss.detach(), torch.ones_like(loss)
        return torch.stack([loss * 8, 0 * one, 8 * one, (~loss.isfinite()).float()]).double()

    def validate(self, model, between):
        model.eval()
        loss = (model(torch.ones(4, 3, device=self.precision.device)) ** 2).mean().item()
        return {"score": -loss, "loss": loss}

    def weights(self):
        return {"model": self.model.state_dict(), "head": {}}

    def load_weights(self, state):
        self.model.load_state_dict(state["model"])


class Kept(SilentReporter):
    def __init__(self):
        self.lines = []

    def line(self, text):
        self.lines.append(text)

    step_line = line


def trainer_of(folder, device="cpu", dtype=None, *, epochs=1, steps=10, ema=False, stop=None, save_minutes=60, **task):
    precision = Precision(torch.device(device), dtype)
    task = Fitting(precision, steps, **task)
    fused = dtype != torch.float16
    trainable = Trainable(
        task=task,
        optimizer=torch.optim.SGD(task.model.parameters(), lr=0.1, momentum=0.9, fused=fused or None),
        schedule=lambda step, losses: 0.01,
        precision=precision,
        settings=LoopSettings(epochs, steps, 8, 8, log_every=5, save_minutes=save_minutes),
        average=WeightAverage(task.model, 0.9) if ema else None,
    )
    stop = stop or type("Stop", (), {"requested": None})()
    folder.mkdir(exist_ok=True)
    return Trainer(trainable, folder, {"args": {}}, Kept(), stop)


def weights(trainer, *, average=False):
    model = trainer.average.model if average else trainer.model
    return {name: value.cpu() for name, value in model.state_dict().items()}


def assert_equal(first, second):
    assert not [name for name in first if not torch.equal(first[name], second[name])]


@pytest.mark.parametrize("device", [CPU, CUDA])
@pytest.mark.parametrize("fault", ["loss", "gradient", "images"])
def test_a_step_that_is_left_out_is_as_if_its_batch_were_not_there(tmp_path, fault, device):
    places = (0, 4, 5, 9)  # the first and the last too
    faulty = trainer_of(tmp_path / "faulty", device, ema=True, faults=dict.fromkeys(places, fault))
    without = trainer_of(tmp_path / "without", device, ema=True, without=places)
    faulty.fit()
    average, plain = without.average.update, without.task
    without.average.update = lambda model: average(model) if plain.calls - 1 not in places else None
    without.fit()
    if device == "cpu" or fault != "images":  # a GPU tells a step later, when the statistics have moved on
        assert_equal(weights(faulty), weights(without))
    assert all(value.isfinite().all() for value in weights(faulty).values())
    assert all(value.isfinite().all() for value in weights(faulty, average=True).values())
    if device == "cpu":
        assert_equal(weights(faulty, average=True), weights(without, average=True))
    assert faulty.position.left_out == 4
    told = [line for line in faulty.reporter.lines if "left out, as" in line]
    assert len(told) == 4 and all("infinite or NaN" in line for line in told)
    assert ("the loss" if fault != "gradient" else "gradient") in told[0]
    assert faulty.position.history[-1]["train_loss"] == without.position.history[-1]["train_loss"]
    assert faulty.position.history[-1]["steps_left_out"] == 4


def test_a_gradient_is_told_by_the_name_of_its_parameter(tmp_path):
    trainer = trainer_of(tmp_path, faults={3: "gradient"})
    trainer.fit()
    (told,) = [line for line in trainer.reporter.lines if "left out, as" in line]
    assert "epoch 1, step 4: a step left out, as the gradient of 0.weight, 0.bias, 1.weight and 3 other" in told


@pytest.mark.parametrize("device", [CPU, CUDA])
@pytest.mark.parametrize("dtype", [None, torch.bfloat16])
def test_a_healthy_run_is_that_of_a_plain_scaler_bit_for_bit(tmp_path, device, dtype):
    ours = trainer_of(tmp_path / "ours", device, dtype)
    ours.fit()
    plain = trainer_of(tmp_path / "plain", device, dtype).task
    optimizer = torch.optim.SGD(plain.model.parameters(), lr=0.01, momentum=0.9, fused=True)
    for batch in plain.train_batches(0, 0):
        plain.step(plain.model, optimizer, plain.precision.scaler(), batch, 0, torch.Generator())
    assert_equal(weights(ours), {name: value.cpu() for name, value in plain.model.state_dict().items()})
    assert "steps_left_out" not in ours.position.history[-1]
    assert not any("left out" in line for line in ours.reporter.lines)


@pytest.mark.parametrize("device", [CPU, CUDA])
def test_what_float16s_own_scaler_leaves_out_is_no_fault(tmp_path, device):
    """Its first scales overflow; a gradient that no scale above 1 explains is a fault."""
    trainer = trainer_of(tmp_path, device, torch.float16, steps=24, faults=dict.fromkeys(range(3, 6), "gradient"))
    trainer.fit()
    assert trainer.scaler.get_scale() <= 2**13 and trainer.position.left_out == 0
    endless = trainer_of(
        tmp_path / "endless", device, torch.float16, steps=60, faults=dict.fromkeys(range(60), "gradient")
    )
    with pytest.raises(ParameterError, match="the gradient of 0.weight.*bf16|the gradient of 0.weight.*off"):
        endless.fit()


@pytest.mark.parametrize("device", [CPU, CUDA])
@pytest.mark.parametrize("dtype", [None, torch.float16])
def test_three_in_a_row_go_back_once_with_half_the_rate(tmp_path, device, dtype):
    trainer = trainer_of(tmp_path, device, dtype, epochs=2, faults=dict.fromkeys((13, 14, 15), "loss"))
    trainer.fit()
    task = trainer.task
    assert task.rates == [0.01] * 16 + [0.005] * 10
    (told,) = [line for line in trainer.reporter.lines if "back to" in line]
    assert "the loss became infinite or NaN; back to epoch 2, step 0, with half the learning rate" in told
    assert trainer.position.left_out == 3 and trainer.position.epoch == 2
    saved = load_checkpoint(tmp_path / LAST)["position"]
    assert (saved["rate_factor"], saved["left_out"], saved["in_a_row"]) == (0.5, 3, 0)


def test_in_the_first_epoch_it_goes_back_to_the_start(tmp_path):
    trainer = trainer_of(tmp_path / "a", faults=dict.fromkeys((2, 3, 4), "loss"))
    trainer.fit()
    healthy = trainer_of(tmp_path / "b")
    healthy.schedule = lambda step, losses: 0.005
    healthy.fit()
    assert_equal(weights(trainer), weights(healthy))


def test_three_in_a_row_again_are_the_end_with_a_diagnosis(tmp_path):
    trainer = trainer_of(tmp_path, epochs=2, faults=dict.fromkeys([*range(12, 15), *range(17, 20)], "loss"))
    with pytest.raises(ParameterError) as told:
        trainer.fit()
    text = told.value.with_flags()
    assert text.startswith("the loss became infinite or NaN in epoch 2, step 5, again after going back with half")
    assert "--base-lr" in text and "--amp" not in text and "6 steps" in text
    assert load_checkpoint(tmp_path / LAST)["epoch"] == 1
    with pytest.raises(ParameterError, match="bf16 or off|off"):
        trainer_of(tmp_path / "b", dtype=torch.bfloat16, faults=dict.fromkeys(range(10), "loss")).fit()


def test_weights_that_give_no_finite_loss_are_never_the_last_or_best(tmp_path):
    """They are finite, and saved at once; the three steps from there show what they are."""
    trainer = trainer_of(tmp_path, explode_at=5, save_minutes=0)
    trainer.fit()
    assert trainer.position.left_out == 3 and trainer.position.rate_factor == 0.5
    for name in (LAST, BEST):
        assert load_checkpoint(tmp_path / name)["model"]["2.weight"].abs().max() < 10
    hopeless = trainer_of(
        tmp_path / "hopeless", explode_at=0, save_minutes=0, faults=dict.fromkeys(range(4, 9), "loss")
    )
    with pytest.raises(ParameterError):
        hopeless.fit()
    assert not list((tmp_path / "hopeless").glob("*.model"))


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
    trainer = trainer_of(tmp_path)
    calls = []

    def validate(model, between):
        calls.append(True)
        return {"score": 0.0, "loss": NAN}

    trainer.task.validate = validate
    with pytest.raises(ParameterError, match="the validation loss became infinite or NaN"):
        trainer.fit()
    assert len(calls) == 2 and not list(tmp_path.glob("*.model"))


def test_a_run_stopped_between_two_faults_counts_on(tmp_path):
    faults = dict.fromkeys((4, 5, 6), "loss")
    stop = type("Stop", (), {"requested": None})()
    first = trainer_of(tmp_path, faults=faults, stop=stop)
    plain = first.task.step

    def stopping(*args):
        stop.requested = "SIGTERM" if first.task.calls == 5 else None
        return plain(*args)

    first.task.step = stopping
    with pytest.raises(Interrupted):
        first.fit()
    saved = load_checkpoint(tmp_path / LAST)
    assert (saved["step"], saved["position"]["in_a_row"]) == (6, 2)
    second = trainer_of(tmp_path, faults={0: "loss"})
    second.restore(saved)
    second.fit()
    assert second.position.left_out == 3 and second.position.rate_factor == 0.5
