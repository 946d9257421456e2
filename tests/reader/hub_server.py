"""A server on loopback that speaks as much of the Hugging Face hub's interface as fetching a snapshot takes."""

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

OWNER_AND_NAME = r"(?P<repository>[^/]+/[^/]+)"


@dataclass
class Hub:
    """`repositories` has the folder of each commit, and `branches` the commit of each name, by repository."""

    address: str = ""
    repositories: dict[str, dict[str, Path]] = field(default_factory=dict)
    branches: dict[str, dict[str, str]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    def publish(self, repository: str, folder: Path, branch: str = "main") -> str:
        """Returns the commit, which follows from the content."""
        contents = sorted((str(path.relative_to(folder)), path.read_bytes()) for path in _files(folder))
        commit = hashlib.sha1(repr(contents).encode()).hexdigest()
        self.repositories.setdefault(repository, {})[commit] = folder
        self.branches.setdefault(repository, {})[branch] = commit
        return commit


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@contextmanager
def hub_server() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            target = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {target}")
            found = re.fullmatch(rf"/api/models/{OWNER_AND_NAME}(/revision/(?P<revision>.+))?", target)
            if found:
                commit = self._commit(found["repository"], found["revision"] or "main")
                return commit and self._send(json.dumps({"id": found["repository"], "sha": commit}).encode())
            if found := re.fullmatch(rf"/api/models/{OWNER_AND_NAME}/tree/(?P<revision>[^/]+)", target):
                if commit := self._commit(found["repository"], found["revision"]):
                    self._send(json.dumps(self._tree(hub.repositories[found["repository"]][commit])).encode())
                return None
            if found := re.fullmatch(rf"/{OWNER_AND_NAME}/resolve/(?P<revision>[^/]+)/(?P<file>.+)", target):
                if commit := self._commit(found["repository"], found["revision"]):
                    content = (hub.repositories[found["repository"]][commit] / found["file"]).read_bytes()
                    self._send(content, ("X-Repo-Commit", commit), ("ETag", f'"{hashlib.sha1(content).hexdigest()}"'))
                return None
            return self._refuse("RepoNotFound")

        def _commit(self, repository: str, revision: str) -> str | None:
            commits = hub.repositories.get(repository)
            if commits is None:
                return self._refuse("RepoNotFound")
            commit = hub.branches[repository].get(revision, revision)
            return commit if commit in commits else self._refuse("RevisionNotFound")

        def _tree(self, folder: Path) -> list[dict]:
            return [
                {
                    "type": "file",
                    "path": path.relative_to(folder).as_posix(),
                    "size": path.stat().st_size,
                    "oid": hashlib.sha1(path.read_bytes()).hexdigest(),
                }
                for path in _files(folder)
            ]

        def _refuse(self, code: str) -> None:
            self._send(b"{}", ("X-Error-Code", code), status=404)

        def _send(self, content: bytes, *headers: tuple[str, str], status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
