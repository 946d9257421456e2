"""Where curves go: TensorBoard's files as its own reader finds them, a service's calls, or nowhere."""

import re
import sys
from types import ModuleType

import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins.base_plugin import TBContext
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

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

    def Image(self, pixels):  # noqa: N802 (its name there)
        return "image", pixels.shape

    def finish(self):
        self.calls.append(("finish", {}))


def draw(board) -> None:
    board.curves(3, {"train_loss": 0.5, "valid_accuracy": 0.75})
    board.pictures(3, {"samples": np.full((4, 6, 3), 200, np.uint8)})
    board.flush()
    board.close()


def test_tensorboard_has_the_curves_and_the_settings_of_the_run(tmp_path):
    draw(open_board("tensorboard", tmp_path, "run", {"base_lr": 0.1}, 0))
    found = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [(event.step, event.value) for event in found.Scalars("valid_accuracy")] == [(3, 0.75)]
    (picture,) = found.Images("samples")
    assert (picture.step, picture.width, picture.height) == (3, 6, 4)
    (text,) = found.Tensors("settings/text_summary")
    assert b"| base_lr | 0.1 |" in text.tensor_proto.string_val[0]


def started(monkeypatch, kind, folder, name, *first_steps) -> list[dict]:
    """What a service is asked for at each start."""
    service = FakeService(kind)
    monkeypatch.setitem(sys.modules, kind, service)
    for step in first_steps:
        open_board(kind, folder, name, {}, step).close()
    return [options for call, options in service.calls if call == "init"]


def test_wandb_goes_on_with_a_resumed_run_and_not_with_an_older_one_of_its_name(monkeypatch, tmp_path):
    """Steps that are not above the last one of a run are dropped there."""
    first, resumed, fresh = (each["id"] for each in started(monkeypatch, "wandb", tmp_path, "demo/run 1", 0, 7, 0))
    assert first == resumed != fresh
    assert re.fullmatch("demo-run-1-[0-9a-f]{8}", first)


def test_trackio_goes_on_with_the_newest_run_of_a_name(monkeypatch, tmp_path):
    assert [each["resume"] for each in started(monkeypatch, "trackio", tmp_path, "run", 0, 7)] == ["never", "allow"]


def test_what_a_service_refuses_is_one_line(monkeypatch, tmp_path):
    service = FakeService("trackio")
    service.init = lambda **options: 1 / 0
    monkeypatch.setitem(sys.modules, "trackio", service)
    with pytest.raises(ParameterError, match="logger trackio: division by zero"):
        open_board("trackio", tmp_path, "run", {}, 0)


def test_a_service_gets_curves_and_pictures(monkeypatch, tmp_path):
    service = FakeService("trackio")
    monkeypatch.setitem(sys.modules, "trackio", service)
    draw(open_board("trackio", tmp_path, "run", {"seed": 0}, 0))
    started = {"project": "mojika", "name": "run", "config": {"seed": 0}, "resume": "never"}
    logged = {"values": {"train_loss": 0.5, "valid_accuracy": 0.75}, "step": 3}
    drawn = {"values": {"samples": ("image", (4, 6, 3))}, "step": 3}
    assert service.calls == [("init", started), ("log", logged), ("log", drawn), ("finish", {})]
    assert list(tmp_path.iterdir()) == []


def test_runs_are_compared_by_hyper_parameters_and_the_last_value_of_a_measure(tmp_path):
    """As TensorBoard's own table of hyper-parameters has them; a resumed run is still one."""
    for name, rate, accuracies in (("slow", 0.1, (0.25, 0.5)), ("fast", 0.2, (0.75,))):
        for step, accuracy in enumerate(accuracies):  # each after a restart
            settings = {"base_lr": rate, "milestones": [10, 20], "other": 1}
            board = open_board(
                "tensorboard", tmp_path / name, name, settings, step, ["base_lr", "milestones"], ["valid/accuracy"]
            )
            board.curves(step, {"valid/accuracy": accuracy})
            board.close()
    found = {
        each.sessions[0].name: (dict(each.hparams), [metric.value for metric in each.metric_values])
        for each in hyper_parameters(tmp_path)
    }
    assert found.keys() == {"slow/tensorboard", "fast/tensorboard"}
    hparams, metrics = found["slow/tensorboard"]
    assert hparams.keys() == {"base_lr", "milestones"} and hparams["base_lr"].number_value == 0.1
    assert hparams["milestones"].string_value == "[10, 20]"
    assert metrics == [0.5] and found["fast/tensorboard"][1] == [0.75]


def hyper_parameters(folder):
    multiplexer = EventMultiplexer()
    multiplexer.AddRunsFromDirectory(str(folder))
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, str(folder))
    context, request = backend_context.Context(TBContext(data_provider=provider)), RequestContext()
    known = context.experiment_from_metadata(request, "", True, context.hparams_metadata(request, ""), [])
    wanted = api_pb2.ListSessionGroupsRequest(
        slice_size=10,
        allowed_statuses=api_pb2.Status.values(),
        col_params=[api_pb2.ColParams(metric=metric.name) for metric in known.metric_infos],
    )
    return list_session_groups.Handler(request, context, "", wanted).run().session_groups


def test_a_package_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(ParameterError, match="wandb: not installed; pip install wandb"):
        open_board("wandb", tmp_path, "run", {}, 0)


def test_csv_leaves_no_other_file(tmp_path):
    draw(open_board("csv", tmp_path, "run", {}, 0))
    assert list(tmp_path.iterdir()) == []
