"""Where curves go: TensorBoard's files as its own reader finds them, a service's calls, or nowhere."""

import sys
from types import ModuleType

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from mojika.errors import ParameterError
from mojika.training.boards import open_board


class FakeService(ModuleType):
    def __init__(self, name: str):
        super().__init__(name)
        self.calls: list[tuple[str, dict]] = []

    def init(self, **options):
        self.calls.append(("init", options))

    def log(self, values, step):
        self.calls.append(("log", {"values": values, "step": step}))

    def finish(self):
        self.calls.append(("finish", {}))


def draw(board) -> None:
    board.curves(3, {"train_loss": 0.5, "valid_accuracy": 0.75})
    board.flush()
    board.close()


def test_tensorboard_has_the_curves_and_the_settings_of_the_run(tmp_path):
    draw(open_board("tensorboard", tmp_path, "run", {"base_lr": 0.1}, 0))
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in found.Scalars("valid_accuracy")] == [(3, 0.75)]
    (text,) = found.Tensors("settings/text_summary")
    assert b"| base_lr | 0.1 |" in text.tensor_proto.string_val[0]


@pytest.mark.parametrize("kind, identity", [("wandb", {"id": "run"}), ("trackio", {})])
def test_a_service_gets_one_run_that_can_be_resumed(monkeypatch, tmp_path, kind, identity):
    service = FakeService(kind)
    monkeypatch.setitem(sys.modules, kind, service)
    draw(open_board(kind, tmp_path, "run", {"seed": 0}, 0))
    started = {"project": "mojika", "name": "run", "config": {"seed": 0}, "resume": "allow", **identity}
    logged = {"values": {"train_loss": 0.5, "valid_accuracy": 0.75}, "step": 3}
    assert service.calls == [("init", started), ("log", logged), ("finish", {})]
    assert list(tmp_path.iterdir()) == []


def test_a_package_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ParameterError, match="wandb: not installed; pip install wandb"):
        open_board("wandb", tmp_path, "run", {}, 0)


def test_csv_leaves_no_other_file(tmp_path):
    draw(open_board("csv", tmp_path, "run", {}, 0))
    assert list(tmp_path.iterdir()) == []
