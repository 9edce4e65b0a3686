"""A JWKS at a URL: fetched beside requests, kept, and looked at again for keys that are new."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

from analytics_gql.access.token_keys import KeySet, parse_key_set
from analytics_gql.errors import SettingsError

logger = logging.getLogger(__name__)

_TIMEOUT_S = 5.0
_MAX_BYTES = 1_000_000  # some hundred times what identity providers publish


class RemoteKeySet:
    """The newest key set of a URL that could be had.

    It is fetched every `refresh_s`, and once more when a token names a key that is not in it, but
    never twice within `min_refresh_s`: whoever sends tokens cannot make the server ask more often.
    What cannot be fetched leaves the set of before. Raises SettingsError for a URL without TLS.
    """

    def __init__(
        self,
        url: str,
        *,
        refresh_s: float,
        min_refresh_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.current: KeySet | None = None
        self._url = _checked(url)
        self._refresh_s = refresh_s
        self._min_refresh_s = min_refresh_s
        self._clock = clock
        self._content: bytes | None = None
        self._next_s = float("-inf")
        self._under_way: asyncio.Task[None] | None = None

    async def follow(self) -> None:
        """Fetch the set every period, and more often while there is none, until cancelled."""
        try:
            while True:
                period_s = self._refresh_s
                if self.current is None:
                    period_s = min(period_s, self._min_refresh_s)
                await asyncio.sleep(period_s)
                await self.renew()
        finally:
            if self._under_way is not None:
                self._under_way.cancel()

    async def renew(self) -> None:
        """Fetch the set, unless that was done just now. All who wait, wait for one fetch."""
        task = self._under_way
        if task is None:
            if self._clock() < self._next_s:
                return
            self._next_s = self._clock() + self._min_refresh_s
            task = asyncio.create_task(self._fetch(), name="fetch of the JWKS")
            self._under_way = task
            task.add_done_callback(self._done)
        # A client that leaves does not take the fetch from the others.
        await asyncio.shield(task)

    def _done(self, _task: asyncio.Task[None]) -> None:
        self._under_way = None

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                content = await self._content_of_url()
            if content == self._content:
                return  # the same object stays: nothing that was answered has to be forgotten
            self.current = parse_key_set(content, self._url)
            self._content = content
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:  # a timeout is an OSError
            logger.error(
                "the JWKS of %s cannot be fetched; %s: %s",
                self._url,
                self._what_holds(),
                str(error) or type(error).__name__,
            )
        except SettingsError as error:
            logger.error("%s; %s", error.message, self._what_holds())
        except Exception:  # the watch must outlive a bug: without it, nothing is fetched again
            logger.exception("the JWKS of %s cannot be read", self._url)
        else:
            logger.info("the JWKS of %s was read: %d keys", self._url, len(self.current.keys))

    async def _content_of_url(self) -> bytes:
        content = bytearray()
        async with (
            httpx.AsyncClient(timeout=_TIMEOUT_S) as client,
            client.stream("GET", self._url, headers={"accept": "application/json"}) as response,
        ):
            # A redirect is no success: it could lead to a place without TLS.
            if response.status_code != 200:
                raise httpx.HTTPError(f"status {response.status_code}")
            async for part in response.aiter_bytes():
                content += part
                if len(content) > _MAX_BYTES:
                    raise httpx.HTTPError(f"more than {_MAX_BYTES:,} bytes")
        return bytes(content)

    def _what_holds(self) -> str:
        return "no token can be checked" if self.current is None else "the keys of before hold"


def is_url(text: str) -> bool:
    """Whether a setting names a URL rather than a file."""
    return "://" in text


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise _no_url() from None
    if parts.scheme == "https" and host:
        return url
    # Whoever can alter an answer on its way could let anybody in.
    if parts.scheme == "http" and (host == "localhost" or _is_loopback_address(host)):
        return url
    raise _no_url()


def _no_url() -> SettingsError:
    return SettingsError(
        "the keys of tokens are fetched by https only, or by http from this machine",
        hint="set ANALYTICS_GQL_JWT_KEYS to an https URL, or to a file",
    )


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
