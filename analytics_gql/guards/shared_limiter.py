"""Who may go on, counted in Redis for all processes and hosts.

How it works. One script takes from a client's bucket and quota in one round trip, on the clock of
Redis. A client that asks often is not worth a round trip each time: the process takes more than is
needed, as a lease, and spends that by itself. A lease was debited before it is spent, so all
processes together never let in more than there is. Each time a lease is used up within its time
the next one is twice as large; it takes a fifth of a full bucket at most, and half of what is
there, since the others want some as well. What of it is left after LEASE_S is given back; when the
process dies it is lost.

While Redis is gone, each process counts by itself, from what it has seen the client take.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from analytics_gql.errors import StoreUnavailableError
from analytics_gql.guards.limiter import KEPT_CLIENTS, LocalLimiter, monotonic_us
from analytics_gql.guards.rates import RING, STEP_US, UNITS, Policy, Rate, Standing
from analytics_gql.stores.store import Scripts

logger = logging.getLogger(__name__)

LEASE_S = 1.0
"""How long tokens may be held that others might want."""

FIRST_LEASE = 4
PART_OF_BUCKET = 5

_COMPLAIN_EVERY_US = 60_000_000

SCRIPT = f"""
local per_minute, burst, per_day = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local need, extra, back = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local TOKEN, RING, STEP = {UNITS}, {RING}, {STEP_US}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = burst * TOKEN
local state = redis.call('HMGET', KEYS[1], 'units', 'at', 'taken', 'step')
local units, at = tonumber(state[1] or full), tonumber(state[2] or now)
if now > at then
  units, at = units + (now - at) * per_minute, now
end
units = math.min(units + back * TOKEN, full)
local taken, slot = 0, nil
local current = math.floor(now / STEP)
local step = tonumber(state[4] or current)
if per_day > 0 then
  taken = tonumber(state[3] or 0)
  if current - step >= RING then
    for number = 0, RING - 1 do redis.call('HDEL', KEYS[1], number) end
    taken = 0
  else
    for passed = step + 1, current do
      taken = taken - tonumber(redis.call('HGET', KEYS[1], passed % RING) or 0)
      redis.call('HDEL', KEYS[1], passed % RING)
    end
  end
  step = math.max(step, current)
  slot = tonumber(redis.call('HGET', KEYS[1], step % RING) or 0)
  local given = math.min(back, slot)
  taken, slot = taken - given, slot - given
end
local granted, refused, wait = 0, 0, 0
if per_day > 0 and taken + need > per_day then
  refused, wait = 2, RING * STEP
  local left = taken + need - per_day
  for number = step - RING + 1, step do
    local of = slot
    if number < step then of = tonumber(redis.call('HGET', KEYS[1], number % RING) or 0) end
    left = left - of
    if left <= 0 then
      wait = (number + RING) * STEP - now
      break
    end
  end
elseif units < need * TOKEN then
  refused, wait = 1, math.ceil((need * TOKEN - units) / per_minute)
else
  granted = need + math.min(extra, math.floor((units / TOKEN - need) / 2))
  if per_day > 0 then
    granted = need + math.min(granted - need, math.floor((per_day - taken - need) / 2))
    taken, slot = taken + granted, slot + granted
  end
  units = units - granted * TOKEN
end
redis.call('HSET', KEYS[1], 'units', units, 'at', at)
if per_day > 0 then
  redis.call('HSET', KEYS[1], 'taken', taken, 'step', step, step % RING, slot)
  redis.call('PEXPIRE', KEYS[1], RING * STEP / 1000)
else
  redis.call('PEXPIRE', KEYS[1], math.ceil((full - units) / per_minute / 1000) + 1000)
end
return {{granted, math.floor(units / TOKEN), per_day - taken, refused, math.ceil(wait / 1000)}}
"""
"""Account, in Redis. Gives what was granted, what remains of bucket and quota, and why not.

A hash for each client. Under its tag in Redis Cluster other keys of the client would lie as well.
"""

_REFUSED_BY: dict[int, Policy | None] = {0: None, 1: "minute", 2: "day"}


@dataclass(slots=True)
class _Lease:
    """What the process holds of a client's tokens, and what Redis last said of the rest."""

    rate: Rate
    standing: Standing
    left: int = 0
    until_us: int = 0
    size: int = FIRST_LEASE
    waiting: int = 0
    refused: int = 0
    """So many tokens, or more, are refused until `refused_until_us` without asking Redis."""
    refused_until_us: int = 0
    timer: asyncio.TimerHandle | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class SharedLimiter:
    """A Limiter that all processes share. `round_trips` counts how often Redis was asked."""

    def __init__(
        self,
        scripts: Scripts,
        local: LocalLimiter | None = None,
        *,
        clock: Callable[[], int] = monotonic_us,
        kept_clients: int = KEPT_CLIENTS,
    ) -> None:
        self._scripts = scripts
        self._local = local or LocalLimiter()
        self._clock = clock
        self._kept_clients = kept_clients
        self._leases: OrderedDict[str, _Lease] = OrderedDict()
        self._giving: set[asyncio.Task[None]] = set()
        self._complained_us: int | None = None
        self.round_trips = 0

    def take_at_once(self, client: str, rate: Rate, tokens: int) -> Standing | None:
        """See Limiter.take_at_once."""
        lease = self._leases.get(client)
        if lease is None or lease.rate != rate:
            return None
        now_us = self._clock()
        if now_us < lease.until_us and lease.left >= tokens:
            lease.left -= tokens
            return _seen(lease)
        if now_us < lease.refused_until_us and tokens >= lease.refused:
            wait_ms = -(-(lease.refused_until_us - now_us) // 1_000)
            return lease.standing._replace(retry_after_ms=wait_ms)
        return None

    async def take(self, client: str, rate: Rate, tokens: int) -> Standing:
        """See Limiter.take."""
        lease = self._lease(client, rate)
        lease.waiting += tokens
        try:
            async with lease.lock:  # those who wait may find what they need when it comes back
                standing = self.take_at_once(client, rate, tokens)
                if standing is None:
                    standing = await self._ask(client, lease, rate, tokens)
                return standing
        except StoreUnavailableError:
            self._complain()
            return self._local.take_at_once(client, rate, tokens)
        finally:
            lease.waiting -= tokens

    def give_back(self, client: str, rate: Rate, tokens: int) -> None:
        """See Limiter.give_back."""
        # To the lease: it is spent next, or goes back with the rest.
        lease = self._leases.get(client)
        if lease is not None and lease.rate == rate and self._clock() < lease.until_us:
            lease.left += tokens
        else:
            self._send_back(client, rate, tokens)

    @property
    def clients(self) -> int:
        """See Limiter.clients."""
        return len(self._leases)

    async def close(self) -> None:
        """See Limiter.close."""
        for client in tuple(self._leases):
            self._end(client, self._leases[client])
        self._leases.clear()
        if self._giving:
            await asyncio.gather(*self._giving)

    def _lease(self, client: str, rate: Rate) -> _Lease:
        lease = self._leases.get(client)
        if lease is None:
            lease = self._leases[client] = _Lease(rate, Standing(rate, rate.bucket.burst))
            if len(self._leases) > self._kept_clients:
                self._end(*self._leases.popitem(last=False))
        elif lease.rate != rate:
            lease.rate, lease.refused_until_us = rate, 0
        self._leases.move_to_end(client)
        return lease

    async def _ask(self, client: str, lease: _Lease, rate: Rate, tokens: int) -> Standing:
        """Take what is needed and a lease, in one round trip. Raises StoreUnavailableError."""
        now_us = self._clock()
        if now_us < lease.until_us:  # used up before its time: the client is busy
            most = max(rate.bucket.burst // PART_OF_BUCKET, 1)
            lease.size = min(lease.size * 2, most)
        else:
            lease.size = min(FIRST_LEASE, max(rate.bucket.burst // PART_OF_BUCKET, 1))
        back, lease.left = lease.left, 0
        extra = max(lease.size, lease.waiting) - 1
        granted, remaining, day_remaining, refused, wait_ms = await self._run(
            client, rate, tokens, extra, back
        )
        now_us = self._clock()
        refused_by = _REFUSED_BY[refused]
        standing = Standing(
            rate,
            remaining,
            None if rate.quota is None else max(day_remaining, 0),
            refused_by,
            wait_ms,
        )
        lease.standing = standing
        if refused_by is not None:
            lease.refused, lease.refused_until_us = tokens, now_us + wait_ms * 1_000
            return standing
        lease.refused_until_us = 0
        lease.left += granted - tokens  # what was given back meanwhile stays
        lease.until_us = now_us + int(LEASE_S * 1e6)
        # What Redis was told of is known here too, for the time when it is gone.
        self._local.take_at_once(client, rate, granted)
        if lease.timer is not None:
            lease.timer.cancel()
        lease.timer = asyncio.get_running_loop().call_later(LEASE_S, self._end, client, lease)
        return _seen(lease)

    async def _run(
        self, client: str, rate: Rate, need: int, extra: int, back: int
    ) -> tuple[int, int, int, int, int]:
        self.round_trips += 1
        per_day = 0 if rate.quota is None else rate.quota.per_day
        arguments = (rate.bucket.per_minute, rate.bucket.burst, per_day, need, extra, back)
        granted, remaining, day_remaining, refused, wait_ms = await self._scripts.run_script(
            SCRIPT, key_of(client), arguments
        )
        return granted, remaining, day_remaining, refused, wait_ms

    def _end(self, client: str, lease: _Lease) -> None:
        """The lease's time is over: give back what is left."""
        if lease.timer is not None:
            lease.timer.cancel()
            lease.timer = None
        left, lease.left = lease.left, 0
        if left:
            self._send_back(client, lease.rate, left)

    def _send_back(self, client: str, rate: Rate, tokens: int) -> None:
        self._local.give_back(client, rate, tokens)
        giving = asyncio.get_running_loop().create_task(self._returned(client, rate, tokens))
        self._giving.add(giving)
        giving.add_done_callback(self._giving.discard)

    async def _returned(self, client: str, rate: Rate, tokens: int) -> None:
        try:
            await self._run(client, rate, 0, 0, tokens)
        except StoreUnavailableError:
            logger.debug("%d tokens could not be given back, and are lost", tokens)

    def _complain(self) -> None:
        now_us = self._clock()
        if self._complained_us is None or now_us - self._complained_us >= _COMPLAIN_EVERY_US:
            self._complained_us = now_us
            logger.warning("rates cannot be shared: each process limits clients by itself")


def _seen(lease: _Lease) -> Standing:
    """Where the client stands, as far as this process knows: what it holds is the client's."""
    told = lease.standing
    remaining = min(told.remaining + lease.left, lease.rate.bucket.burst)
    day = None if told.day_remaining is None else told.day_remaining + lease.left
    return Standing(lease.rate, remaining, day)


def key_of(client: str) -> str:
    """Where a client's account stands. Nothing of a key or a tenant can be read in it."""
    return f"analytics-gql:rate:{{{hashlib.sha256(client.encode()).hexdigest()[:32]}}}"
