"""Lines of JSON, written in one piece each, to a file or a standard stream."""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, time
from typing import Any

import orjson

logger = logging.getLogger(__name__)

_HELD_BYTES = 65_536
_LOOKED_AT_EVERY_S = 1.0
_COMPLAIN_EVERY_S = 60.0

STANDARD_STREAMS = {"stdout": 1, "stderr": 2}


def json_line(members: Mapping[str, Any]) -> bytes:
    """One line of JSON, with its end. Line breaks in texts are escaped: nobody forges a line."""
    try:
        return orjson.dumps(members, default=str, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half of a surrogate pair, which a client can send in JSON
        return json.dumps(members, default=str).encode() + b"\n"


def members_json(members: Mapping[str, Any]) -> bytes:
    """The members of a JSON object without its braces."""
    return json_line(members)[1:-2]


class Clock:
    """Tells the time as logs have it, in UTC and to the millisecond, and at little cost."""

    def __init__(self) -> None:
        self._second = -1
        self._written = ""

    def now(self) -> bytes:
        """The instant in ISO 8601."""
        now = time()
        second = int(now)
        if second != self._second:
            self._second = second
            self._written = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        return f"{self._written}.{int((now - second) * 1_000):03d}Z".encode()


class LineWriter:
    """Writes lines to a standard stream, or appends them to a file, which is made if it is not.

    Workers may write to one file: a write has whole lines, and the system does not mix them up.
    Lines are held for so long at most, to be written together: with 0 until the event loop has done
    what it has before it now, so that those of requests at the same time are. A file that was
    moved away or removed, as programs that rotate logs do, is made anew within a second.

    Raises OSError if the file cannot be opened. Later, lines that cannot be written are counted
    as `lost`, and the log says so once a minute; requests go on.
    """

    def __init__(self, target: str, *, held_for_s: float) -> None:
        self._path = None if target in STANDARD_STREAMS else Path(target)
        self._descriptor = STANDARD_STREAMS.get(target, -1)
        self._held_for_s = held_for_s
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._timer: asyncio.Handle | None = None
        self._looked_at = monotonic()
        self._complained_at = float("-inf")
        self.lost = 0
        if self._path is not None:
            self._descriptor = _opened(self._path)

    def write(self, line: bytes) -> None:
        """Write a line that ends with a line break, soon."""
        self._held.append(line)
        self._held_bytes += len(line)
        if self._held_bytes >= _HELD_BYTES:
            self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            if self._held_for_s:
                self._timer = loop.call_later(self._held_for_s, self.flush)
            else:
                self._timer = loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write what is held."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._held, self._held_bytes = self._held, [], 0
        if lines:
            self._put(b"".join(lines), len(lines))

    def close(self) -> None:
        """Write what is held, and close the file."""
        self.flush()
        if self._path is not None and self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _put(self, content: bytes, lines: int) -> None:
        try:
            if self._path is not None:
                self._follow(self._path)
            view = memoryview(content)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self.lost += lines
            now = monotonic()
            if now - self._complained_at >= _COMPLAIN_EVERY_S:
                self._complained_at = now
                where = self._path or "a standard stream"
                logger.error("lines cannot be written to %s: %s", where, error.strerror)

    def _follow(self, path: Path) -> None:
        """Open the file anew if another one, or none, stands at its path. Raises OSError."""
        now = monotonic()
        if now - self._looked_at < _LOOKED_AT_EVERY_S and self._descriptor >= 0:
            return
        self._looked_at = now
        if self._descriptor >= 0:
            try:
                if os.path.samestat(path.stat(), os.fstat(self._descriptor)):
                    return
            except FileNotFoundError:
                logger.info("%s was moved away and is made anew", path)
            os.close(self._descriptor)
            self._descriptor = -1
        self._descriptor = _opened(path)


def _opened(path: Path) -> int:
    # What people asked is read by those who run the server alone.
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
