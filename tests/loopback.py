"""A web server on loopback whose objects, and the way in which it answers, a test decides."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

_BEFORE_A_CUT = 0.2  # seconds, in which a client reads what came: some drop what they have not read yet


@dataclass
class WebServer:
    """`objects` by path; the first `cuts` answers to GET break off after half of what they announced. `first` has
    what is answered to a path before its object: statuses with their headers.

    `requests` has the method, the target and the range of each request, `agents` how the clients call themselves.
    """

    address: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    cuts: int = 0
    ranges: bool = True
    statuses: dict[str, int] = field(default_factory=dict)
    redirections: dict[str, str] = field(default_factory=dict)
    first: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def publish(self, folder: Path, under: str = "") -> None:
        """All files below a folder, as they are now."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.objects[f"{under}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()

    def fetches(self) -> list[str]:
        return [unquote(target) for method, target, _ in self.requests if method == "GET"]


@contextmanager
def web_server() -> Iterator[WebServer]:
    state = WebServer()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path, wanted = urlsplit(self.path).path, self.headers.get("Range", "")
            state.requests.append((self.command, self.path, wanted))
            state.agents.add(self.headers.get("User-Agent", ""))
            if state.first.get(path):
                status, headers = state.first[path].pop(0)
                self.send_response(status)
                for header in {"Content-Length": "0", **headers}.items():
                    self.send_header(*header)
                self.end_headers()
                return
            if path in state.redirections:
                self.send_response(302)
                self.send_header("Location", state.redirections[path])
                self.end_headers()
                return
            content = state.objects.get(unquote(path))
            status = state.statuses.get(path, 200 if content is not None else 404)
            if status != 200 or content is None:
                self.send_error(status)
                return
            tag, start = f'"{hash(content):x}"', 0
            if self.headers.get("If-None-Match") == tag:
                self.send_response(304)
                self.end_headers()
                return
            if wanted and state.ranges and self.headers.get("If-Range", tag) == tag:
                start = int(wanted.removeprefix("bytes=").split("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.send_header("ETag", tag)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.end_headers()
            if with_body:
                half = state.cuts > 0
                state.cuts -= half
                self.wfile.write(content[start:][: (len(content) - start) // 2 if half else None])
                if half:
                    time.sleep(_BEFORE_A_CUT)
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
