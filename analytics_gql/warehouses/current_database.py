"""The database that stands at a path now: when its file is replaced, the new one is opened.

Nobody tells of a replacement, so whoever lends a cursor looks first (a stat). Statements that run
on the old database end on it; it is closed after the last of them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analytics_gql.errors import SettingsError, WarehouseReplacedError, WarehouseUnavailableError
from analytics_gql.warehouses.duckdb_database import Database, open_database
from analytics_gql.warehouses.file_identity import identity_of

_log = logging.getLogger(__name__)

_RETRY_S = 1.0
"""A file that could not be opened and has not changed is tried again after so long: what stood in
the way may have been outside of it, as a process that writes to it."""


class CurrentDatabase:
    """Lends cursors from any thread. Every look at files may block: none for the event loop."""

    def __init__(self, path: Path) -> None:
        """Open the path. Raises SettingsError."""
        self._path = path
        self._database = open_database(path)
        self._lock = threading.Lock()
        self._generation = 0
        self._refused: str | None = None
        """What could not be opened: its identity."""
        self._is_refused = False
        self._retry_at = 0.0

    def look(self) -> int:
        """The number of the database that stands at the path now: how many stood there before.

        Raises WarehouseUnavailableError while what stands there cannot be opened.
        """
        with self._lock:
            self._current()
            return self._generation

    @contextmanager
    def cursor(self, expected: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the database that stands at the path now, for one statement.

        Raises WarehouseUnavailableError while what stands there cannot be opened, and
        WarehouseReplacedError if it is not the database of the `expected` number.
        """
        with self._lock:
            database = self._current()
            if expected is not None and self._generation != expected:
                raise WarehouseReplacedError(
                    "the warehouse has just been replaced", hint="ask again"
                )
            cursor = database.lend()
        is_sound = False
        try:
            yield cursor
            is_sound = True
        finally:
            with self._lock:
                database.take_back(cursor, is_sound=is_sound)

    def close(self) -> None:
        """Close the database once its statements have ended."""
        with self._lock:
            self._database.retire()

    def _current(self) -> Database:
        identity = identity_of(self._path)
        if identity != self._database.identity:
            self._replace(identity)
        elif self._is_refused:  # the file that was open before is back
            self._is_refused = False
            _log.info("the warehouse %s is back as it was", self._path)
        return self._database

    def _replace(self, identity: str | None) -> None:
        is_known = self._is_refused and self._refused == identity
        if not is_known or time.monotonic() >= self._retry_at:
            try:
                new = open_database(self._path)
            except SettingsError as error:
                self._retry_at = time.monotonic() + _RETRY_S
                if not is_known:
                    self._is_refused, self._refused = True, identity
                    _log.error(
                        "the warehouse was replaced, and cannot be opened: %s – %s",
                        error.message,
                        error.hint,
                    )
            else:
                old, self._database = self._database, new
                self._generation += 1
                self._is_refused = False
                old.retire()
                _log.info("the warehouse %s was replaced; the new one is open", self._path)
                return
        # The views of a folder read its files as they are: one bad file spoils its own table.
        if not self._database.is_folder:
            raise WarehouseUnavailableError(
                "the warehouse cannot be read", hint="try again soon; the operator's log says more"
            )
