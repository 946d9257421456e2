"""The few objects of a PDF file, written one after the other as they come (ISO 32000-1, 7.3 and 7.5)."""

import zlib
from typing import IO


class PdfObjects:
    """A PDF 1.7 that is being written into `file`: a header at once, then objects, and `finish`.

    Values are given as PDF has them, as ASCII. An object is kept only by its place in the file.
    """

    def __init__(self, file: IO[bytes]):
        self._file, self._length = file, 0
        self._places: list[int | None] = []
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> int:
        """The number of an object that is written later."""
        self._places.append(None)
        return len(self._places)

    def add(self, value: str, number: int | None = None) -> int:
        """Write an object, under a reserved `number` or a new one, which is returned."""
        return self._object(value.encode("ascii"), number)

    def add_stream(self, data: bytes, entries: str = "", number: int | None = None, packed: bool = False) -> int:
        """Write a stream whose dictionary has further `entries`; unless it is `packed` already, it is deflated."""
        if not packed:
            data, entries = zlib.compress(data), f"{entries} /Filter /FlateDecode"
        head = f"<< {entries} /Length {len(data)} >>\nstream\n".encode("ascii")
        return self._object(b"".join([head, data, b"\nendstream"]), number)

    def finish(self, root: int, info: int) -> None:
        """The table of all objects; raises `ValueError` where a reserved one was never written."""
        lines = [b"0000000000 65535 f \n"]
        for number, place in enumerate(self._places, 1):
            if place is None:
                raise ValueError(f"expected every reserved object to be written, found none of number {number}")
            lines.append(b"%010d 00000 n \n" % place)
        start = self._length
        self._put(b"xref\n0 %d\n" % len(lines) + b"".join(lines))
        self._put(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\n" % (len(lines), root, info))
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)

    def _object(self, content: bytes, number: int | None) -> int:
        number = number or self.reserve()
        self._places[number - 1] = self._length
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, content))
        return number

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._length += len(content)


def text_string(text: str) -> str:
    """Any text as a string object, in UTF-16."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
