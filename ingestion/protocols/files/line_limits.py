"""Lines of bounded length: what is too long to be a row is read past, never held in memory.

Of such a row its beginning is kept, with its size and digest; the object it stands in has the rest.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import IO

BOM = b"\xef\xbb\xbf"
ROW_BYTES = 16 * 1024 * 1024
"""Text longer than this is no row: an unclosed quote, or a line that never ends."""
KEPT_BYTES = 1024 * 1024
"""The part of a row or file that is none which goes to quarantine."""


class RowTooLarge(Exception):
    """A csv record that goes on beyond ROW_BYTES."""


class OversizedRow:
    """A row that is too large: what was taken of it, and all that is read past."""

    def __init__(self, taken: Iterable[bytes]) -> None:
        self.size = self.quotes = 0
        self._digest = hashlib.sha256()
        for piece in taken:
            self._add(piece)

    def skip(self, file: IO[bytes], is_whole: Callable[[], bool] = lambda: True) -> str:
        """Read on to the end of the row, or of the file; returns what to say of it."""
        while not (self._ended and is_whole()) and (piece := file.readline(KEPT_BYTES)):
            self._add(piece)
        return (
            f"{self.size} bytes, more than {ROW_BYTES}, sha256 {self._digest.hexdigest()}; "
            f"the first {KEPT_BYTES} are kept here, the object has them all"
        )

    def _add(self, piece: bytes) -> None:
        self._digest.update(piece)
        self.size += len(piece)
        self.quotes += piece.count(b'"')
        self._ended = piece.endswith(b"\n")


class CsvLines:
    """A csv file's lines as text, remembering the bytes that made the record at hand. Any byte survives."""

    def __init__(self, file: IO[bytes], *, at_start: bool = True) -> None:
        self._file = file
        self._first = at_start
        self._size = 0
        self.taken: list[bytes] = []

    def begin(self) -> None:
        """The next record begins."""
        self.taken.clear()
        self._size = 0

    def __iter__(self) -> "CsvLines":
        return self

    def __next__(self) -> str:
        line = self._file.readline(ROW_BYTES)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._size += len(line)
        if self._size >= ROW_BYTES:
            raise RowTooLarge(f"more than {ROW_BYTES} bytes")
        text = line.removeprefix(BOM) if self._first else line
        self._first = False
        return text.decode("utf-8", errors="surrogateescape")

    def raw(self) -> bytes:
        """The record's bytes without its line end."""
        return b"".join(self.taken).rstrip(b"\r\n")

    def ended_open(self) -> bool:
        """True if the last line had no end: only a file's last line can."""
        return bool(self.taken) and not self.taken[-1].endswith((b"\n", b"\r"))

    def skip(self) -> str:
        """Read past a record that is too large, and keep its beginning; one ends where all its quotes are closed."""
        rest = OversizedRow(self.taken)
        said = rest.skip(self._file, lambda: rest.quotes % 2 == 0)
        self.taken = [b"".join(self.taken)[:KEPT_BYTES]]
        return f"an unclosed quote, or a record of {said}"
