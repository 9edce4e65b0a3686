"""A JWKS at a URL, from a real endpoint on this machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from analytics_gql.access.remote_key_set import RemoteKeySet
from analytics_gql.errors import SettingsError
from tests.access.issuer import ALL, KEYS, Endpoint, endpoint, jwk, jwks
from tests.doors.in_process import captured_log
from tests.warehouses.patience import until


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def served() -> Iterator[Endpoint]:
    with endpoint() as served:
        yield served


def remote(served: Endpoint, clock: Clock | None = None) -> RemoteKeySet:
    return RemoteKeySet(served.url, refresh_s=300, min_refresh_s=10, clock=clock or time.monotonic)


def kids(keys: RemoteKeySet) -> list[str | None]:
    assert keys.current is not None
    return [key.kid for key in keys.current.keys]


async def test_it_is_had_on_the_first_look_and_again_not_too_soon(
    served: Endpoint, clock: Clock
) -> None:
    keys = remote(served, clock)
    assert keys.current is None
    for _ in range(5):
        await keys.renew()
    assert kids(keys) == ["rs256", "es256", "eddsa"]
    assert served.asked == 1
    clock.now += 9.9
    await keys.renew()
    assert served.asked == 1
    clock.now += 0.2
    served.body = jwks(jwk(KEYS["EdDSA"], kid="new"))
    await keys.renew()
    assert (served.asked, kids(keys)) == (2, ["new"])


async def test_the_same_keys_are_the_same_object(served: Endpoint, clock: Clock) -> None:
    keys = remote(served, clock)
    await keys.renew()
    before = keys.current
    clock.now += 60
    await keys.renew()
    assert served.asked == 2
    assert keys.current is before


async def test_all_who_wait_wait_for_one_fetch_and_others_go_on(served: Endpoint) -> None:
    served.delay_s = 0.3
    keys = remote(served)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(beat())
    leaver = asyncio.create_task(keys.renew())
    others = [asyncio.create_task(keys.renew()) for _ in range(20)]
    await asyncio.sleep(0.05)
    leaver.cancel()  # whose leaving takes the keys from nobody
    await asyncio.gather(*others)
    beating.cancel()
    assert served.asked == 1
    assert len(kids(keys)) == 3
    assert beats > 10


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 404},
        {"status": 302, "headers": {"location": "http://127.0.0.1:1/"}},
        {"body": b"<html>"},
        {"body": jwks()},
        {"body": jwks({"kty": "oct", "k": "AA"})},
        {"body": b" " * 1_000_001 + ALL},
        {"body": b"\x1f\x8b", "headers": {"content-encoding": "gzip"}},
    ],
)
async def test_what_cannot_be_had_leaves_the_keys_of_before(
    served: Endpoint, clock: Clock, fault: dict[str, object]
) -> None:
    keys, new = remote(served, clock), remote(served, clock)
    await keys.renew()
    before = keys.current
    for name, value in fault.items():
        setattr(served, name, value)
    clock.now += 60
    with captured_log() as log:
        await keys.renew()
        await new.renew()
    assert keys.current is before
    assert new.current is None
    assert "the keys of before hold" in log.getvalue()
    assert "no token can be checked" in log.getvalue()
    assert "Traceback" not in log.getvalue()


async def test_an_endpoint_that_is_not_there_or_hangs_stops_nobody(
    served: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.access.remote_key_set._TIMEOUT_S", 0.2)
    served.delay_s = 1.0
    for url in (served.url, "http://127.0.0.1:1/jwks"):
        keys = RemoteKeySet(url, refresh_s=300, min_refresh_s=10)
        started = time.monotonic()
        with captured_log() as log:
            await keys.renew()
        assert time.monotonic() - started < 0.8
        assert keys.current is None
        assert f"the JWKS of {url} cannot be fetched" in log.getvalue()


async def test_it_is_followed_and_more_often_while_it_is_missing(served: Endpoint) -> None:
    served.status = 503
    keys = RemoteKeySet(served.url, refresh_s=600, min_refresh_s=0.05)
    following = asyncio.create_task(keys.follow())

    async def is_asked_again() -> bool:
        return served.asked >= 2

    async def is_had() -> bool:
        return keys.current is not None

    await until(is_asked_again)
    served.status = 200
    await until(is_had)
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def test_the_end_does_not_wait_for_a_fetch(served: Endpoint) -> None:
    served.delay_s = 2.0
    keys = RemoteKeySet(served.url, refresh_s=0.01, min_refresh_s=0.01)
    following = asyncio.create_task(keys.follow())

    async def is_asked() -> bool:
        return served.asked > 0

    await until(is_asked)
    started = time.monotonic()
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following
    await asyncio.sleep(0)
    assert time.monotonic() - started < 0.5


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/jwks",
        "http://127.0.0.1.evil.example/",
        "ftp://id.example/jwks",
        "file:///etc/passwd",
        "https:///jwks",
        "http://[::1/jwks",
    ],
)
def test_a_url_that_others_could_answer_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="by https only"):
        RemoteKeySet(url, refresh_s=300, min_refresh_s=10)


def test_a_url_that_only_the_provider_answers_is_taken() -> None:
    for url in ("https://id.example/jwks", "http://localhost:8080/jwks", "http://[::1]:80/"):
        assert RemoteKeySet(url, refresh_s=300, min_refresh_s=10).current is None
