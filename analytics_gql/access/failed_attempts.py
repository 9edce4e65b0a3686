"""How often an address may present credentials that stand for nobody."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from analytics_gql.errors import FailedAttemptsError

logger = logging.getLogger(__name__)

_MAX_ADDRESSES = 10_000
_MAX_CREDENTIALS = 10_000


class FailedAttempts:
    """A bucket for each address that drains at `per_minute`, and holds as many at once.

    An attempt is put in before its credential is looked at and taken out if it was good, so those
    that are looked at at the same time count too. An address whose bucket is full is refused
    unseen, but for credentials that were good a while ago: one client that fails behind a common
    address does not lock out the others.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        # The level of each bucket, and when it was that. Those that were used least recently go
        # first, which are the emptiest.
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()

    def begin(self, client: str | None, credential: str) -> bool:
        """Count an attempt, unless its credential was good before; whether it was counted.

        Raises FailedAttemptsError if there were too many.
        """
        if _digest(credential) in self._good:
            return False
        address, now = address_of(client), self._clock()
        level = self._level(address, now)
        if level + 1 > self._size:
            wait_s = (level + 1 - self._size) / self._per_second
            raise FailedAttemptsError(
                "too many keys and tokens that are not valid came from this address",
                hint=f"wait {math.ceil(wait_s)} s, then send a key or token that is valid",
                retry_after_ms=math.ceil(wait_s * 1_000),
            )
        self._put(address, level + 1, now)
        return True

    def succeeded(self, client: str | None, credential: str, *, is_counted: bool) -> None:
        """The attempt was no failure, nor are later ones with this credential."""
        digest = _digest(credential)
        self._good[digest] = None
        self._good.move_to_end(digest)
        if len(self._good) > _MAX_CREDENTIALS:
            self._good.popitem(last=False)
        self.forgive(client, is_counted=is_counted)

    def forgive(self, client: str | None, *, is_counted: bool) -> None:
        """The attempt was no failure, or nobody could tell."""
        if is_counted:
            address, now = address_of(client), self._clock()
            self._put(address, self._level(address, now) - 1, now)

    def failed(self, client: str | None, credential: str, *, is_counted: bool) -> None:
        """The attempt was a failure, and its credential is not good any more if it was."""
        self._good.pop(_digest(credential), None)
        address, now = address_of(client), self._clock()
        level = self._level(address, now)
        if not is_counted:
            level = min(level + 1, self._size)
            self._put(address, level, now)
        if level + 1 > self._size:
            logger.warning("too many failed attempts to authenticate from %s", address)

    def _level(self, address: str, now: float) -> float:
        level, then = self._levels.get(address, (0.0, now))
        return max(level - (now - then) * self._per_second, 0.0)

    def _put(self, address: str, level: float, now: float) -> None:
        if level <= 0:
            self._levels.pop(address, None)
            return
        self._levels[address] = (level, now)
        self._levels.move_to_end(address)
        if len(self._levels) > _MAX_ADDRESSES:
            self._levels.popitem(last=False)


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode("utf-8", "surrogateescape")).digest()


def address_of(client: str | None) -> str:
    """What counts as one address: of IPv6 the /64, which one host may have whole."""
    try:
        address = ipaddress.ip_address(client or "")
    except ValueError:
        return client or "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)
