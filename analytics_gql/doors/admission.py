"""The first gate, the same for all doors: headers → Caller."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Mapping

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys import HOW_TO_AUTHENTICATE, KeyRing
from analytics_gql.errors import UnauthenticatedError


class Admission:
    """Knows callers by their keys; without a key ring, whoever is on this machine is `local`."""

    def __init__(self, keys: KeyRing | None, local: Caller) -> None:
        self._keys = keys
        self._local = local

    def caller(self, headers: Mapping[str, str], client: str | None) -> Caller:
        """Who asks. Raises UnauthenticatedError."""
        if self._keys is None:
            return self._local_caller(headers, client)
        key = _key(headers)
        if key is None:
            raise UnauthenticatedError("this server needs a key", hint=HOW_TO_AUTHENTICATE)
        found = self._keys.find(key)
        if found is None:
            raise UnauthenticatedError("this key is not known", hint=HOW_TO_AUTHENTICATE)
        if found.has_expired(time.time()):
            raise UnauthenticatedError("this key has expired", hint=HOW_TO_AUTHENTICATE)
        return found.caller

    def _local_caller(self, headers: Mapping[str, str], client: str | None) -> Caller:
        # A foreign page can make a browser send requests to this machine under its own host
        # name (DNS rebinding), so the name matters as much as the address.
        if client is None or is_loopback(client):
            host = headers.get("host", "").lower()
            name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
            if name == "localhost" or is_loopback(name.strip("[]")):
                return self._local
        raise UnauthenticatedError(
            "without --keys, this server answers callers on its own machine alone",
            hint="ask http://localhost, or start the server with --keys",
        )


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _key(headers: Mapping[str, str]) -> str | None:
    authorization = headers.get("authorization", "")
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return _as_sent(token.strip())
    return _as_sent(headers.get("x-api-key", "")) or None


def _as_sent(value: str) -> str:
    """A header's bytes as the UTF-8 that they are: HTTP reads them as Latin-1."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")
