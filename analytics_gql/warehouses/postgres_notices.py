"""PostgreSQL's NOTIFY: it is said that data has changed, on a connection of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import asyncpg

from analytics_gql.warehouses.postgres import label_of

logger = logging.getLogger(__name__)

RETRY_EVERY_S = 1.0
"""How often a server that is gone is tried again."""

_LOOK_EVERY_S = 30.0
"""How often a connection on which nothing comes is asked whether it is still there."""


class PostgresNotices:
    """Listens to a channel. The connection is none of the pool's: it would be held for ever."""

    def __init__(self, url: str, channel: str, *, timeout_s: float) -> None:
        self._url = url
        self._channel = channel
        self._timeout_s = timeout_s

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Tell the payload of each notice, and nothing (`""`) where some may have been missed.

        Goes on until it is cancelled: a connection that is lost is made again.
        """
        is_told = False
        while True:
            try:
                await self._listen(tell)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                if not is_told:  # once, not every second of an outage
                    # Without the error's own words, which may quote the URL and its password.
                    logger.warning(
                        "%s: the channel %s cannot be listened to (%s): live queries look for "
                        "changes by themselves",
                        label_of(self._url),
                        self._channel,
                        type(error).__name__,
                    )
                is_told = True
            else:
                is_told = False
            await asyncio.sleep(RETRY_EVERY_S)

    async def _listen(self, tell: Callable[[str], None]) -> None:
        """Listen until the connection is lost. Raises what connecting raises."""
        connection: Any = await asyncpg.connect(
            self._url,
            timeout=self._timeout_s,
            server_settings={"application_name": "analytics-gql"},
        )
        try:
            lost = asyncio.Event()
            connection.add_termination_listener(lambda _connection: lost.set())
            await connection.add_listener(
                self._channel, lambda _connection, _pid, _channel, payload: tell(payload)
            )
            tell("")
            while not lost.is_set():
                try:
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=self._timeout_s)
        finally:
            connection.terminate()
