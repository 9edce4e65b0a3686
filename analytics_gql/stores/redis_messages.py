"""Messages of a channel in Redis: it is said that data has changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from analytics_gql.stores.redis import CALL_TIMEOUT_S, RETRY_EVERY_S, label_of

logger = logging.getLogger(__name__)

_LOOK_EVERY_S = 15.0
"""How often a connection on which nothing comes is asked whether it is still there."""


class RedisMessages:
    """Subscribes to a channel, on a connection of its own."""

    def __init__(self, url: str, channel: str) -> None:
        self._url = url
        self._channel = channel

    async def follow(self, tell: Callable[[str], None]) -> None:
        """Tell each message, and nothing (`""`) where some may have been missed.

        Goes on until it is cancelled: a connection that is lost is made again.
        """
        is_told = False
        while True:
            try:
                await self._listen(tell)
            except (RedisError, OSError, TimeoutError) as error:
                if not is_told:  # once, not every second of an outage
                    logger.warning(
                        "%s: the channel %s cannot be listened to (%s): live queries look for "
                        "changes by themselves",
                        label_of(self._url),
                        self._channel,
                        type(error).__name__,
                    )
                is_told = True
            await asyncio.sleep(RETRY_EVERY_S)

    async def _listen(self, tell: Callable[[str], None]) -> None:
        """Listen until the connection is lost, which is raised."""
        client = Redis.from_url(
            self._url,
            socket_connect_timeout=CALL_TIMEOUT_S,
            health_check_interval=int(_LOOK_EVERY_S),
        )
        async with client, client.pubsub() as subscription:
            await subscription.subscribe(self._channel)
            while True:
                message = await subscription.get_message(timeout=_LOOK_EVERY_S)
                if message is None:
                    continue
                # What the subscribing is answered: from now on nothing is missed.
                is_answer = message["type"] == "subscribe"
                data = message["data"]
                tell(data.decode(errors="replace") if not is_answer and data else "")
