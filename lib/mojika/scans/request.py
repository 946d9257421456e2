"""One request to a web server, and what may come of it."""

import http.client
import ipaddress
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from ssl import SSLCertVerificationError
from typing import IO
from urllib.parse import urlsplit
from urllib.request import Request

from mojika import __version__
from mojika.errors import UserError
from mojika.files.urls import Url

USER_AGENT = f"Mojika/{__version__} (reads historical handwriting; one request at a time)"
_SECONDS_OF_SILENCE = 60
_LATER = (408, 425, 429, 500, 502, 503, 504)
_NOT_CONTINUED = 416


class TryLater(UserError):
    """No answer, or one that may be another later; `after` seconds, where the server says so."""

    def __init__(self, text: str, after: float | None = None):
        super().__init__(text)
        self.after = after


class NotContinued(TryLater):
    """The server cannot begin where the last answer broke off."""

    def __init__(self, url: Url):
        super().__init__(f"{url}: cannot be continued", 0)


class ComeBack(TryLater):
    """The server wants no request for a long time."""

    def __init__(self, host: str, seconds: float):
        super().__init__(f"{host} asks to come back in {seconds:,.0f} s", seconds)


class Refused(UserError):
    """The server does not have this, or not like this, or not for us."""


@dataclass(frozen=True)
class Answer:
    """`start` is where the bytes belong in the whole, `size` their number if it is told, `tag` the entity tag."""

    url: Url
    start: int
    size: int | None
    tag: str
    modified: str
    response: HTTPResponse

    def pieces(self, size: int) -> Iterator[bytes]:
        """The bytes; raises `TryLater` where they break off."""
        came = 0
        try:
            while piece := self.response.read(size):
                came += len(piece)
                yield piece
        except (OSError, HTTPException) as error:
            raise TryLater(f"{self.url}: broke off ({_reason(error)})") from None
        if self.size is not None and came < self.size:
            raise TryLater(f"{self.url}: broke off after {came:,} of {self.size:,} bytes")


@contextmanager
def ask(url: Url, headers: Mapping[str, str]) -> Iterator[Answer | None]:
    """The answer to a GET; None where nothing is newer than `headers` say.

    Raises `TryLater`, or `Refused` for good; `UserError` where the address leads to something that is not fetched.
    """
    response = _response(url, headers)
    if response is None:
        yield None
        return
    with response:
        told = response.headers
        start = _number(told.get("Content-Range", "").removeprefix("bytes ").partition("-")[0])
        size = _number(told.get("Content-Length"))
        tag, modified = told.get("ETag", ""), told.get("Last-Modified", "")
        yield Answer(url, (start or 0) if response.status == 206 else 0, size, tag, modified, response)


def expect_outward(source: Url, target: Url) -> None:
    """Raise `UserError` where a server (`source`) leads further into this machine or its network than it is itself."""
    if target.host != source.host and _inwardness(target.host) > _inwardness(source.host):
        raise UserError(f"{source}: leads to {target.host}, an address of the local network, where nothing is fetched")


class _Redirections(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        source, target = Url.parse(req.full_url), Url.parse(newurl)
        if not target.is_web:
            raise UserError(f"{source}: is redirected to {target.scheme}://, which is not followed")
        expect_outward(source, target)
        return super().redirect_request(req, fp, code, msg, headers, target.secret)


def _response(url: Url, headers: Mapping[str, str]) -> HTTPResponse | None:
    opener = urllib.request.OpenerDirector()  # that of urllib.request also opens files and FTP
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _Redirections,
    ):
        opener.add_handler(handler())
    own = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}
    try:
        return opener.open(Request(url.secret, headers=own | dict(headers)), timeout=_SECONDS_OF_SILENCE)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 304:
                return None
            raise _refusal(url, error) from None
    except (OSError, HTTPException, UnicodeError) as error:
        cause = getattr(error, "reason", error)
        if isinstance(cause, SSLCertVerificationError | http.client.InvalidURL | UnicodeError):
            raise UserError(f"{url}: cannot be fetched ({_reason(cause)})") from None
        raise TryLater(f"{url}: no answer ({_reason(cause)})") from None


def _refusal(url: Url, error: urllib.error.HTTPError) -> UserError:
    told = f"{error.code} {http.client.responses.get(error.code, '')}".strip()
    if error.code in _LATER:
        return TryLater(f"{url}: no answer ({told})", _seconds(error.headers.get("Retry-After", "")))
    if error.code == _NOT_CONTINUED:
        return NotContinued(url)
    if 300 <= error.code < 400:
        return UserError(f"{url}: is redirected in a circle, or to something that is no web server; not followed")
    return Refused(f"{url}: the server does not give it ({told})")


def _seconds(retry_after: str) -> float | None:
    """Seconds or a date (RFC 9110, 10.2.3)."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@lru_cache(maxsize=256)
def _inwardness(host: str) -> int:
    """0 for the world, 1 for a private network, 2 for this machine, 3 for its own network link."""
    try:
        found = socket.getaddrinfo(urlsplit(f"//{host}").hostname, None)
    except (OSError, ValueError):  # a proxy may know it
        return 0
    return max(_depth(ipaddress.ip_address(str(each[4][0]).partition("%")[0])) for each in found)


def _depth(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_link_local:
        return 3
    return 2 if address.is_loopback or address.is_unspecified else 0 if address.is_global else 1


def _number(text: str | None) -> int | None:
    return int(text) if text and text.strip().isdecimal() else None


def _reason(error: object) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__
