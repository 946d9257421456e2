"""Lines for people."""

import re
import sys

from mojika.runtime.singular import in_singular

INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LONGEST = 4000  # characters of a line


def say(text: str) -> None:
    """A line on standard error, while a command works or where it fails."""
    print(in_singular(in_one_line(text)), file=sys.stderr, flush=True)


def in_one_line(text: str) -> str:
    """In one line, which shows what it is; texts in files may have millions of letters."""
    line = " ".join(text.split())
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} … {line[-_LONGEST // 2 :]}"
    return visible(line)


def visible(text: str) -> str:
    """With escapes for signs that steer a terminal, end a line or turn the text, as names of files may have."""
    return INVISIBLE.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)
