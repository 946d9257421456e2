from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import WebServer, web_server


@pytest.fixture
def empty_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebServer]:
    """A web server without objects, and an empty cache for what is fetched from it."""
    monkeypatch.setenv("MOJIKA_CACHE", str(tmp_path / "cache"))
    with web_server() as server:
        yield server
