"""A credential → who it stands for: an API key, or a token of a trusted identity provider."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from analytics_gql.access.caller import Admitted
from analytics_gql.access.followed_file import FollowedFile
from analytics_gql.access.keys import HOW_TO_AUTHENTICATE, KeyRing
from analytics_gql.access.tokens import TokenReader
from analytics_gql.errors import CredentialExpiredError, UnauthenticatedError


class Credentials:
    """What the server knows callers by. Both may change while it runs, and are followed."""

    def __init__(
        self,
        keys: FollowedFile[KeyRing] | None,
        tokens: TokenReader | None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._tokens = tokens
        self._clock = clock

    @property
    def generation(self) -> tuple[object, ...]:
        """Equal as long as every credential means what it meant, but for those that expire."""
        tokens = None if self._tokens is None else self._tokens.keys.current
        return (None if self._keys is None else self._keys.current, tokens)

    async def identify(self, credential: str) -> Admitted:
        """Who a credential stands for, and until when.

        Raises UnauthenticatedError, CredentialExpiredError or TokenKeysUnavailableError.
        """
        key = None if self._keys is None else self._keys.current.find(credential)
        if key is not None:
            if key.has_expired(self._clock()):
                raise CredentialExpiredError("this key has expired", hint=HOW_TO_AUTHENTICATE)
            until = None if key.expires is None else key.expires.timestamp()
            name = key.name or key.identifier
            return Admitted(key.caller, until, name, f"key {key.digest}")
        if self._tokens is not None and (self._keys is None or credential.count(".") == 2):
            return await self._tokens.read(credential)
        raise UnauthenticatedError(
            "this key is not known", hint=HOW_TO_AUTHENTICATE, was_presented=True
        )

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow changes until the block ends; the keys of tokens are looked for before it."""
        sources = [self._keys, None if self._tokens is None else self._tokens.keys]
        if self._tokens is not None:
            await self._tokens.keys.renew()
        tasks = [
            asyncio.create_task(source.follow(), name="credentials")
            for source in sources
            if source is not None
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
