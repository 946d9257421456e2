"""Names of outputs: of whatever an input is called, a path that stays in the output folder, on any file system."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST = 200  # bytes of a name: formats add suffixes, and file systems end at 255 for each part
# somewhere: of Windows, or no Unicode text, or signs that steer a terminal, end a line or turn the text around them
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\/\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]')
_MARK = 10  # bytes of "~" and eight hexadecimal digits, rounded up


class Names:
    """The names of a run, each given once, also where a file system knows neither case nor Unicode forms."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def claim(self, wanted: Iterable[str], identity: str, pages: Sequence[str] = ("",)) -> list[str]:
        """The names of the pages of one input: the first of `wanted` that is free with each of `pages` behind it.

        Where none is, a digest of `identity`, which is the input's own, is added to the last. Names depend on what
        was claimed before, never on what comes later.
        """
        wanted = list(wanted)
        for base in [*wanted, f"{wanted[-1]}~{_digest(identity)}"]:
            names = [fit(base + page) for page in pages]
            keys = {_key(name) for name in names}
            if not keys & self._taken:
                self._taken |= keys
                return names
        raise AssertionError(f"{identity}: claimed twice")


def fit(name: str) -> str:
    """The name in NFC, `/` between its parts, each of which every file system takes: no `..`, not hidden, no character
    that some system refuses. Where it is longer than `LONGEST` bytes, parts are cut, and a digest keeps them apart."""
    parts = [_fit_part(part) for part in unicodedata.normalize("NFC", name).split("/") if part]
    whole = "/".join(parts) or "_"
    if len(whole.encode()) <= LONGEST:
        return whole
    *folders, last = parts
    last = _cut(last, LONGEST // 2) if folders else _cut(last, LONGEST)
    folder = _cut("_".join(folders), LONGEST - len(last.encode()) - 1) if folders else ""
    return f"{folder}/{last}" if folder else last


def _fit_part(part: str) -> str:
    fitting = _UNFIT.sub("_", part).rstrip(". ") or "_"
    if fitting.startswith("."):
        fitting = "_" + fitting[1:]
    return fitting if not re.search(r"[\ud800-\udfff]", part) else f"{fitting}~{_digest(part)}"


def _cut(part: str, limit: int) -> str:
    if len(part.encode()) <= limit:
        return part
    return part.encode()[: limit - _MARK].decode(errors="ignore").rstrip(". ") + f"~{_digest(part)}"


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
