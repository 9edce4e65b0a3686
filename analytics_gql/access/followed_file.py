"""A file that is read anew when it changes, off the way of requests."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from analytics_gql.errors import SettingsError

logger = logging.getLogger(__name__)

PERIOD_S = 1.0
"""How often the file is looked at: one system call."""

T = TypeVar("T")


class FollowedFile(Generic[T]):
    """Holds what the newest state of a file that is in order says.

    `read` raises SettingsError for what is not in order, and so does the constructor: what is
    there at first must be. `what` names it in the log. What was read is another object each time.
    """

    def __init__(
        self, path: Path, read: Callable[[Path], T], what: str, *, period_s: float = PERIOD_S
    ) -> None:
        self._path = path
        self._read = read
        self._what = what
        self._period_s = period_s
        # Taken before the file is read: what is written meanwhile is another identity.
        self._seen = _identity(path)
        self.current: T = read(path)

    async def follow(self) -> None:
        """Look at the file every period, until cancelled."""
        while True:
            await asyncio.sleep(self._period_s)
            await self.renew()

    async def renew(self) -> None:
        """Look at the file now. One with a fault, or none, leaves what there is."""
        identity = await asyncio.to_thread(_identity, self._path)
        if identity == self._seen:
            return
        self._seen = identity
        try:
            self.current = await asyncio.to_thread(self._read, self._path)
        except SettingsError as error:
            logger.error(
                "%s have changed and are not in order; those of before hold: %s",
                self._what,
                error.message,
            )
        except Exception:  # the watch must outlive a bug: without it, nothing is read again
            logger.exception("%s could not be read anew", self._what)
        else:
            logger.info("%s were read anew", self._what)


def _identity(path: Path) -> str:
    """What changes when the file is written, replaced or taken away."""
    try:
        found = os.stat(path)
    except OSError as error:
        return f"unreadable: {error.errno}"
    return f"{found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
