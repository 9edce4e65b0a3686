"""Rows as they are kept: in a process as they are, between processes as bytes."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import orjson

SEPARATOR = "\x1d"
"""Stands between rows. They are JSON and what stands between JSON, which is written as U+001E and
U+001F: JSON itself can hold none of these but escaped."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The rows of a statement, the version that they are at least as new as, and when it held."""

    rows: list[str]
    version: str | None
    known_at: float

    @property
    def size(self) -> int:
        """Bytes that it takes in the process."""
        return sum(map(sys.getsizeof, self.rows)) + 8 * len(self.rows) + 500


def encode_entry(entry: Entry) -> bytes:
    """The entry as bytes."""
    head = orjson.dumps([entry.version, entry.known_at, len(entry.rows)]).decode()
    return SEPARATOR.join([head, *entry.rows]).encode()


def decode_entry(data: bytes) -> Entry | None:
    """The entry that `encode_entry` wrote; None for anything else."""
    try:
        head, *rows = data.decode().split(SEPARATOR)
        version, known_at, count = orjson.loads(head)
    except (ValueError, TypeError):
        return None
    if not (isinstance(version, str | None) and isinstance(known_at, float) and count == len(rows)):
        return None
    return Entry(rows, version, known_at)
