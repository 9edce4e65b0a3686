"""The registry as its folder has it now: read anew when a file changes, off the way of requests."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from analytics_gql.errors import PersistedDocumentsError
from analytics_gql.persisted.manifest import document_files
from analytics_gql.persisted.registry import Registry

logger = logging.getLogger(__name__)

PERIOD_S = 1.0
"""How often the folder is looked at: a system call for each file."""


class LiveRegistry:
    """Holds the newest set of documents that is in order.

    `load` reads the folder; it is called in a thread. `plan` sees to it that a set can be
    answered. Both raise PersistedDocumentsError. Without a folder there are no documents.
    """

    def __init__(
        self,
        folder: Path | None,
        load: Callable[[Path], Registry],
        plan: Callable[[Registry], Awaitable[object]],
        *,
        period_s: float = PERIOD_S,
    ) -> None:
        self.current = Registry()
        self._folder = folder
        self._load = load
        self._plan = plan
        self._period_s = period_s
        self._seen: tuple[str, ...] = ()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Read the folder, and follow it until the block ends.

        Raises PersistedDocumentsError if what is there at first is not in order.
        """
        folder = self._folder
        if folder is None:
            yield
            return
        self._seen = await asyncio.to_thread(_identity, folder)
        await self._read(folder)
        task = asyncio.create_task(self._follow(folder), name="registered documents")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _follow(self, folder: Path) -> None:
        while True:
            await asyncio.sleep(self._period_s)
            # Taken before the files are read: what is written meanwhile is another identity.
            identity = await asyncio.to_thread(_identity, folder)
            if identity == self._seen:
                continue
            self._seen = identity
            try:
                await self._read(folder)
            except PersistedDocumentsError as error:
                logger.error(
                    "the registered documents have changed and are not in order; those of before "
                    "are served:\n%s",
                    error,
                )
            except Exception:  # the watch must outlive a bug: without it, nothing is read again
                logger.exception("the registered documents could not be read anew")
            else:
                logger.info("the registered documents were read anew: %d", len(self.current))

    async def _read(self, folder: Path) -> None:
        registry = await asyncio.to_thread(self._load, folder)
        await self._plan(registry)
        # Requests under way go on with the documents they have found.
        self.current = registry


def _identity(folder: Path) -> tuple[str, ...]:
    """What changes when a file of the folder is written, replaced, added or taken away."""
    try:
        return identity_of(document_files(folder))
    except OSError as error:
        return (f"unreadable: {error.errno}",)


def identity_of(files: Iterable[Path]) -> tuple[str, ...]:
    """What changes when one of the files is written, replaced, added or taken away."""
    return tuple(map(_look, files))


def _look(path: Path) -> str:
    try:
        found = os.stat(path)
    except OSError as error:
        return f"{path.name!a} {error.errno}"
    return f"{path.name!a} {found.st_dev}:{found.st_ino}:{found.st_size}:{found.st_mtime_ns}"
