from collections.abc import Iterator

import pytest
from loopback import WebServer, web_server


@pytest.fixture
def web() -> Iterator[WebServer]:
    with web_server() as server:
        yield server
