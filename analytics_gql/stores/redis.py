"""Redis: what processes and hosts share.

How it works. Redis is never needed: whoever asks goes on without it. So a call waits for a moment
at most, and once one has failed, all others fail at once, without waiting, while a task of the
store's own asks Redis again each second whether it is back.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    NoScriptError,
    RedisError,
    ResponseError,
)

from analytics_gql.errors import SettingsError, StoreUnavailableError

logger = logging.getLogger(__name__)

CALL_TIMEOUT_S = 1.0
"""How long a call may take: longer than a healthy Redis does and a busy event loop stands still."""

RETRY_EVERY_S = 1.0
"""How often a Redis that is gone is asked whether it is back."""

_COMPLAIN_EVERY_S = 60.0
_CONNECTIONS = 32
_KEYS_AT_ONCE = 1_000

_REMOVE_IF_SAME = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisStore:
    """A Store in Redis; made by `open_redis`. `failures` counts the calls that went without it."""

    def __init__(self, client: Redis, label: str) -> None:
        self._client = client
        self._label = label
        self._recovery: asyncio.Task[None] | None = None
        self._complained_at = float("-inf")
        self.failures = 0

    @property
    def is_down(self) -> bool:
        """Whether Redis is taken to be gone at the moment."""
        return self._recovery is not None

    async def get(self, key: str) -> bytes | None:
        """See Store.get."""
        found: bytes | None = await self._call(lambda: self._client.get(key))
        return found

    async def put(self, key: str, value: bytes, *, ttl_s: float | None) -> None:
        """See Store.put."""
        await self._call(lambda: self._client.set(key, value, px=_milliseconds(ttl_s)))

    async def add(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """See Store.add."""
        px = _milliseconds(ttl_s)
        return bool(await self._call(lambda: self._client.set(key, value, px=px, nx=True)))

    async def remove(self, key: str, value: bytes) -> None:
        """See Store.remove."""
        await self._call(lambda: self._client.eval(_REMOVE_IF_SAME, 1, key, value))

    async def clear(self, prefix: str) -> int:
        """See Store.clear."""
        pattern = re.sub(r"([*?\[\]\\])", r"\\\1", prefix) + "*"
        removed, cursor = 0, 0
        while True:
            scan = partial(self._client.scan, cursor, match=pattern, count=_KEYS_AT_ONCE)
            cursor, keys = await self._call(scan)
            if keys:
                removed += await self._call(partial(self._client.unlink, *keys))
            if cursor == 0:
                return removed

    async def run_script(self, script: str, key: str, arguments: Sequence[int]) -> Any:
        """See Scripts.run_script."""
        return await self._call(lambda: self._evaluate(script, key, arguments))

    async def _evaluate(self, script: str, key: str, arguments: Sequence[int]) -> Any:
        try:
            return await self._client.evalsha(_sha_1(script), 1, key, *arguments)
        except NoScriptError:  # a Redis that was started anew: sent whole, it is known again
            return await self._client.eval(script, 1, key, *arguments)

    async def close(self) -> None:
        """See Store.close."""
        if self._recovery is not None:
            self._recovery.cancel()
            await asyncio.gather(self._recovery, return_exceptions=True)
        await self._client.aclose()

    async def _call(self, command: Callable[[], Awaitable[Any]]) -> Any:
        if self.is_down:
            self.failures += 1
            raise self._unavailable()
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await command()
        except (RedisError, OSError, TimeoutError) as error:
            self.failures += 1
            if _is_refusal(error):
                self._complain(error)
            else:
                self._lost(error)
            raise self._unavailable() from error

    def _complain(self, error: Exception) -> None:
        """Redis is there and does not do it: no room, no right. Told once a minute."""
        now = time.monotonic()
        if now - self._complained_at >= _COMPLAIN_EVERY_S:
            self._complained_at = now
            logger.warning("%s refuses: %s", self._label, error)

    def _lost(self, error: Exception) -> None:
        if self._recovery is None:  # of those who waited when it went, the first one tells
            logger.warning(
                "%s cannot be reached (%s): nothing is shared until it is back",
                self._label,
                str(error) or type(error).__name__,
            )
            # In no request's context: its identifier would stand in the log minutes later.
            self._recovery = asyncio.get_running_loop().create_task(
                self._recovered(), context=Context()
            )

    async def _recovered(self) -> None:
        """Return when Redis answers again."""
        while True:
            await asyncio.sleep(RETRY_EVERY_S)
            try:
                async with asyncio.timeout(CALL_TIMEOUT_S):
                    await self._client.ping()
            except (RedisError, OSError, TimeoutError) as error:
                logger.debug("%s is still away: %s", self._label, error)
            else:
                logger.info("%s is back", self._label)
                self._recovery = None
                return

    def _unavailable(self) -> StoreUnavailableError:
        return StoreUnavailableError(
            f"{self._label} cannot be asked", hint="see that it runs and that its URL is right"
        )


@lru_cache(maxsize=16)
def _sha_1(script: str) -> str:
    """What Redis knows a script by."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()


def _is_refusal(error: Exception) -> bool:
    return isinstance(error, ResponseError) and not isinstance(
        error, (AuthenticationError, AuthorizationError)
    )


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds * 1_000))


def open_redis(url: str) -> RedisStore:
    """The store at a URL. Connects when it is first asked. Raises SettingsError."""
    options: dict[str, Any] = {
        "max_connections": _CONNECTIONS,
        "timeout": CALL_TIMEOUT_S,
        "socket_timeout": CALL_TIMEOUT_S,
        "socket_connect_timeout": CALL_TIMEOUT_S,
        # Once more, on a new connection: a Redis that was started anew has closed the old ones.
        "retry": Retry(NoBackoff(), 1),
    }
    try:
        pool = BlockingConnectionPool.from_url(url, **options)
        label = label_of(url)
    except ValueError as error:  # its words may quote the URL, and so the password
        raise SettingsError(
            "the URL of Redis cannot be read",
            hint="write redis://host:6379/0, rediss://… for TLS, or unix:///path/of/socket",
        ) from error
    return RedisStore(Redis.from_pool(pool), label)


def label_of(url: str) -> str:
    """What and where, without user and password."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"Redis, {parts.path}"
    port = f":{parts.port}" if parts.port else ""
    return f"Redis, {parts.hostname or 'localhost'}{port}{parts.path.rstrip('/')}"
