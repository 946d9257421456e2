"""Lists of small images, a cache of their own, and train.py in this process."""

import importlib.util

import pytest
from tiny_runs import ROOT, TINY, draw


@pytest.fixture(scope="module")
def lists(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("characters")
    return [str(draw(folder, "train", 22, 4, 1)), str(draw(folder, "valid", 6, 4, 2))]


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path_factory):
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def train_main():
    """`train_main(argv) -> exit status`, errors handled as on the command line."""
    from mojika.runtime.exit_status import run_entry_point

    spec = importlib.util.spec_from_file_location("train_py", ROOT / "train.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda argv: run_entry_point("train.py", lambda: module.main([str(field) for field in argv]))


@pytest.fixture
def tiny() -> list[str]:
    return list(TINY)
