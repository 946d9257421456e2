"""Lists of small images, a cache of their own, train.py in this process, and a signal at a chosen moment."""

import signal

import pytest
from tiny_runs import TINY, draw


@pytest.fixture(scope="module")
def lists(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("characters")
    return [str(draw(folder, "train", 22, 4, 1)), str(draw(folder, "valid", 6, 4, 2))]


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOJIKA_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
        yield


@pytest.fixture(scope="session")
def train_main():
    """`train_main(argv) -> exit status`, errors handled as on the command line."""
    from mojika.cli.train import main

    return lambda argv: main([str(field) for field in argv])


@pytest.fixture
def stop_in_call(monkeypatch):
    """`stop_in_call(task, method, number)`: this process gets SIGUSR1 in that call of the method.

    In a call of `validate` it comes between two batches, in others at the end.
    """

    def arrange(task: type, method: str, number: int) -> None:
        plain, calls = getattr(task, method), []

        def stopping(self, *args):
            calls.append(method)
            if len(calls) != number:
                return plain(self, *args)
            if method == "validate":
                model, between = args
                return plain(self, model, lambda: signal.raise_signal(signal.SIGUSR1) or between())
            result = plain(self, *args)
            signal.raise_signal(signal.SIGUSR1)
            return result

        monkeypatch.setattr(task, method, stopping)

    return arrange


@pytest.fixture
def tiny() -> list[str]:
    return list(TINY)
