"""Whether files are still the same, told without reading them."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path


def identity_of(path: Path) -> str | None:
    """A text that changes when a file, or a Parquet file of a folder, is replaced or written to.

    Device, inode, size and time of the last write are looked at, of a file's write-ahead log as
    well. None where nothing is. Takes a few system calls: none for the event loop.
    """
    found = _look_at(str(path))
    if found is None:
        return None
    if stat.S_ISDIR(found.st_mode):
        seen = "\n".join(sorted(_looks_of_folder(path)))
        return hashlib.sha256(seen.encode()).hexdigest()[:32]
    log = _look_at(f"{path}.wal")
    return _looks(found) if log is None else f"{_looks(found)}+{_looks(log)}"


def _looks_of_folder(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".parquet"):
                file = os.path.join(parent, name)
                found = _look_at(file)
                yield f"{file!a} {_looks(found) if found else ''}"


def _look_at(file: str) -> os.stat_result | None:
    """What is there, behind links; None where nothing is, or nothing that may be looked at."""
    try:
        return os.stat(file)
    except OSError:
        return None


def _looks(found: os.stat_result) -> str:
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
