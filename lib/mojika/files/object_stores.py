"""Objects in stores, by fsspec: their versions, their bytes, and which there are.

Credentials, regions and endpoints are those that the libraries find in their own environment variables and files.
"""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mojika.errors import UserError
from mojika.files.urls import Url

_EXTRAS = {"s3": "s3", "gs": "gs", "http": "http", "https": "http"}
_PIECE = 16 * 2**20  # bytes of a request to a bucket
_WEB_PIECE = 2**20
_SECONDS_TO_CONNECT, _SECONDS_OF_SILENCE = 30, 60
_FAILURES = (
    ("aiohttp", "ClientError"),
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("gcsfs.retry", "HttpError"),
)
_IDENTITY = {"Accept-Encoding": "identity"}  # the bytes as they are stored


class NoAnswer(UserError):
    """The store cannot be reached, or its answer breaks off: another try may succeed."""


@dataclass(frozen=True)
class Version:
    """A state of an object: `size` in bytes, None where the server does not tell; `tag` differs between states.

    The tag is empty where the server gives neither an entity tag nor a time.
    """

    size: int | None
    tag: str


def version_of(url: Url) -> Version:
    """The object's present version; raises `UserError` where there is none, it may not be read, or nobody answers."""
    with _asking(url):
        found = _file_system(url.scheme).info(_name(url))
    if found["type"] != "file":
        raise UserError(f"{url}: expected an object, found a folder of them")
    tags = (found.get(name) for name in ("ETag", "etag", "LastModified", "Last-Modified", "updated"))
    return Version(found["size"], next((str(tag) for tag in tags if tag), ""))


def read_from(url: Url, start: int, version: Version) -> Iterator[tuple[int, bytes]]:
    """The bytes from `start` on, in pieces, each with its position; from 0 on where the server cannot begin elsewhere.

    Raises `NoAnswer` where they break off.
    """
    with _asking(url):
        yield from (_web_pieces if url.is_web else _bucket_pieces)(url, start, version)


def listed(url: Url, *, below: bool = False) -> list[Url]:
    """The objects that a pattern (`…_*.parquet`) names, or all that are `below` a folder, sorted by name.

    Raises `UserError` for web servers, which have no folders.
    """
    if url.is_web:
        raise UserError(f"{url}: a web server cannot say which files it has; name each, or use s3:// or gs://")
    system = _file_system(url.scheme)
    with _asking(url):
        found = system.find(_name(url)) if below else system.glob(_name(url))
    return sorted((Url.parse(f"{url.scheme}://{name}") for name in found), key=str)


def _bucket_pieces(url: Url, start: int, version: Version) -> Iterator[tuple[int, bytes]]:
    system = _file_system(url.scheme)
    for at in range(start, version.size or 0, _PIECE):
        yield at, system.cat_file(_name(url), start=at, end=min(at + _PIECE, version.size or 0))


def _web_pieces(url: Url, start: int, version: Version) -> Iterator[tuple[int, bytes]]:
    headers = {**_IDENTITY, **({"Range": f"bytes={start}-", "If-Range": version.tag} if start else {})}
    with _file_system(url.scheme).open(_name(url), block_size=0, size=version.size or -1, headers=headers) as file:
        at = start if file.r.status == 206 else 0
        while piece := file.read(_WEB_PIECE):
            yield at, piece
            at += len(piece)


def _file_system(scheme: str) -> Any:
    """The fsspec file system of a scheme; fsspec keeps one for each thread."""
    import fsspec

    logging.getLogger("gcsfs").setLevel(logging.CRITICAL)  # else it prints a traceback before each of its retries
    try:
        if scheme not in ("http", "https"):
            return fsspec.filesystem(scheme, use_listings_cache=False)
        from aiohttp import ClientTimeout
    except ImportError:
        extra = _EXTRAS[scheme]
        raise UserError(f"{scheme}:// needs packages that are not installed: pip install 'mojika[{extra}]'") from None
    patience = ClientTimeout(total=None, sock_connect=_SECONDS_TO_CONNECT, sock_read=_SECONDS_OF_SILENCE)
    client = {"timeout": patience, "trust_env": True}  # proxies and .netrc
    return fsspec.filesystem("http", use_listings_cache=False, headers=_IDENTITY, client_kwargs=client)


def _name(url: Url) -> str:
    return url.secret if url.is_web else f"{url.host}{url.path}"


@contextmanager
def _asking(url: Url) -> Iterator[None]:
    """What the libraries raise, as the user's errors."""
    try:
        yield
    except Exception as error:
        kinds = (getattr(sys.modules[module], name) for module, name in _FAILURES if sys.modules.get(module))
        if not isinstance(error, (OSError, *kinds)):
            raise
        raise _user_error(url, error) from None


def _user_error(url: Url, error: Exception) -> UserError:
    cause = error.__cause__ if isinstance(error, FileNotFoundError) and error.__cause__ else error
    status = getattr(cause, "status", None) or getattr(cause, "code", None)
    if status in (404, 410) or isinstance(cause, FileNotFoundError):
        return UserError(f"{url}: no such object")
    reason = re.sub(r"\?[^\s'\")]+", "?…", " ".join(str(cause).split()) or type(cause).__name__)[:160]
    if status in (401, 403) or isinstance(cause, PermissionError) or "redential" in type(cause).__name__ + reason:
        return UserError(f"{url}: access is refused ({reason}); docs/object_stores.md says where credentials come from")
    return NoAnswer(f"{url}: no answer ({reason})")
