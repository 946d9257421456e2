"""Addresses of objects in stores: what a path is on a disk, a `Url` is in a bucket or on a web server."""

import posixpath
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote

from mojika.errors import UserError

SCHEMES = ("s3", "gs", "http", "https")
_LAYOUT = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)


@dataclass(frozen=True)
class Url:
    """`s3://bucket/key`, `gs://bucket/key`, `http://host/path` or `https://host/path?query`.

    As text it is fit to be printed and stored: queries may hold signatures and are left out. `path` begins with a
    slash where it is not empty; on web servers it is quoted as it is sent.
    """

    scheme: str
    host: str
    path: str
    query: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> "Url":
        """Raises `UserError`, which does not repeat the text, where it is no address of a store."""
        found = _LAYOUT.fullmatch(text)
        scheme = found[1].lower() if found else text.partition("://")[0]
        if not found or scheme not in SCHEMES:
            raise UserError(f"{scheme}://…: expected a path or an address that begins with {_SCHEME_NAMES}")
        if "@" in found[2]:
            raise UserError(f"{scheme}://…@…: expected an address without credentials; give them by the environment")
        if not found[2]:
            raise UserError(f"{scheme}://: expected a {'host' if scheme in _WEB else 'bucket'} and a name after it")
        path = quote(found[3], safe="/%:@!$&'()*+,;=~[]") if scheme in _WEB else found[3]
        return cls(scheme, found[2], path, found[4] or "")

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}{self.path}{'?…' if self.query else ''}"

    @property
    def secret(self) -> str:
        """The whole address, to ask the store and not to be printed."""
        return f"{self.scheme}://{self.host}{self.path}{'?' * bool(self.query)}{self.query}"

    @property
    def is_web(self) -> bool:
        return self.scheme in _WEB

    @property
    def name(self) -> str:
        """The last part of the path, as a name of a file."""
        last = posixpath.basename(self.path.rstrip("/"))
        return (unquote(last) if self.is_web else last).replace("/", "_")

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def parent(self) -> "Url":
        return replace(self, path=posixpath.dirname(self.path.rstrip("/")), query="")

    def with_name(self, name: str) -> "Url":
        return self.parent / name

    def __truediv__(self, name: str) -> "Url":
        """What `name`, a path relative to this folder, leads to; it stays in the bucket or on the server."""
        added = quote(name) if self.is_web else name
        return replace(self, path=posixpath.normpath(f"/{self.path.lstrip('/')}/{added}"), query="")


Place = Path | Url
_WEB = ("http", "https")
_SCHEME_NAMES = ", ".join(f"{scheme}://" for scheme in SCHEMES[:-1]) + f" or {SCHEMES[-1]}://"


def place(named: "str | Place") -> Place:
    """What a user named: a path, or an address of a store. An argument type; raises `UserError` as `Url.parse` does."""
    if isinstance(named, str):
        return Url.parse(named) if "://" in named else Path(named)
    return named


def output(text: str) -> Path:
    """A path to write to. An argument type; raises `UserError` for addresses of stores."""
    if "://" in text:
        raise UserError(f"{printable(text)}: outputs are written to this machine only; give a path and upload it after")
    return Path(text)


def printable(named: str) -> str:
    """What a user named, as it may be printed and stored: an address without its query."""
    return str(place(named)) if "://" in named else named


def place_from(folder: Place, name: str) -> Place:
    """What `name` means in a list that lies in `folder`: an address, or a path relative to the folder.

    Raises `UserError` where a list in a store names a file of this machine.
    """
    if "://" in name or isinstance(folder, Path):
        named = place(name)
        return folder / named if isinstance(folder, Path) and isinstance(named, Path) else named
    if name.startswith("/"):
        raise UserError(f"{folder}: lists there cannot name files of this machine, found {name}")
    return folder / name
