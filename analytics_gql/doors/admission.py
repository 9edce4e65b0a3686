"""The first gate, the same for all doors: headers → Caller."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from starlette.datastructures import Headers

from analytics_gql.access.caller import Admitted, Caller
from analytics_gql.access.credentials import Credentials
from analytics_gql.access.failed_attempts import FailedAttempts, address_of
from analytics_gql.access.keys import HOW_TO_AUTHENTICATE
from analytics_gql.errors import (
    CredentialExpiredError,
    CredentialsConflictError,
    TokenKeysUnavailableError,
    UnauthenticatedError,
)


class Admission:
    """Knows callers by their credentials.

    Without any configured, whoever is on this machine is `local`; with `admits_anybody`, whoever
    asks.
    """

    def __init__(
        self,
        credentials: Credentials | None,
        local: Caller,
        attempts: FailedAttempts,
        *,
        admits_anybody: bool = False,
    ) -> None:
        self._credentials = credentials
        self._local = local
        self._attempts = attempts
        self._admits_anybody = admits_anybody

    @property
    def generation(self) -> object:
        """Equal as long as every credential means what it meant, but for those that expire."""
        return None if self._credentials is None else self._credentials.generation

    async def admit(self, headers: Headers, client: str | None) -> Admitted:
        """Who asks, and until when the credential holds.

        Raises UnauthenticatedError, CredentialExpiredError, CredentialsConflictError,
        TokenKeysUnavailableError or FailedAttemptsError.
        """
        if self._credentials is None:
            caller = self._local_caller(headers, client)
            # Anybody is nobody in particular: what tells them apart is where they come from.
            name = f"address {address_of(client)}" if self._admits_anybody else "this machine"
            return Admitted(caller, client=name)
        presented = _credential(headers)
        if presented is None:
            raise UnauthenticatedError("this server needs a key", hint=HOW_TO_AUTHENTICATE)
        is_counted = self._attempts.begin(client, presented)
        try:
            admitted = await self._credentials.identify(presented)
        except UnauthenticatedError:
            self._attempts.failed(client, presented, is_counted=is_counted)
            raise
        except (CredentialExpiredError, TokenKeysUnavailableError):
            # Nobody guesses: a page that was left open over night has an old token.
            self._attempts.forgive(client, is_counted=is_counted)
            raise
        self._attempts.succeeded(client, presented, is_counted=is_counted)
        return admitted

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow changes of what callers are known by until the block ends."""
        if self._credentials is None:
            yield
            return
        async with self._credentials.following():
            yield

    def _local_caller(self, headers: Headers, client: str | None) -> Caller:
        if self._admits_anybody:
            return self._local
        if is_from_here(headers, client):
            return self._local
        raise UnauthenticatedError(
            "without keys, this server answers callers on its own machine alone",
            hint="ask http://localhost, or start the server with --keys",
        )


def is_from_here(headers: Headers, client: str | None) -> bool:
    """Whether a request comes from this machine, by the address and by the name that it asks."""
    # A foreign page can make a browser send requests to this machine under its own host
    # name (DNS rebinding), so the name matters as much as the address.
    if client is not None and not is_loopback(client):
        return False
    host = headers.get("host", "").lower()
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    return name == "localhost" or is_loopback(name.strip("[]"))


@lru_cache(maxsize=1_024)
def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _credential(headers: Headers) -> str | None:
    """The one credential of a request; None if it has none. Raises CredentialsConflictError."""
    sent = [_bearer(value) for value in headers.getlist("authorization")]
    sent += [_as_sent(value) for value in headers.getlist("x-api-key")]
    credentials = [value for value in sent if value]
    for other in credentials[1:]:
        # Which of them counts must not depend on who reads: a proxy may look at the other one.
        if not hmac.compare_digest(_utf8(credentials[0]), _utf8(other)):
            raise CredentialsConflictError(
                "two different credentials came with this request",
                hint="send one of `Authorization: Bearer` and `X-API-Key`, or the same in both",
            )
    return credentials[0] if credentials else None


def _bearer(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return _as_sent(token.strip()) if scheme.lower() == "bearer" else ""


def _utf8(value: str) -> bytes:
    return value.encode("utf-8", "surrogateescape")


def _as_sent(value: str) -> str:
    """A header's bytes as the UTF-8 that they are: HTTP reads them as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")
