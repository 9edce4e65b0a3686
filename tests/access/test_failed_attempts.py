"""Addresses that present wrong credentials are slowed down, and nobody else."""

from __future__ import annotations

import pytest

from analytics_gql.access.failed_attempts import FailedAttempts
from analytics_gql.errors import FailedAttemptsError

HERE = "192.0.2.1"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(attempts: FailedAttempts, client: str | None = HERE, credential: str = "wrong") -> None:
    is_counted = attempts.begin(client, credential)
    attempts.failed(client, credential, is_counted=is_counted)


def succeed(attempts: FailedAttempts, client: str | None, credential: str) -> None:
    is_counted = attempts.begin(client, credential)
    attempts.succeeded(client, credential, is_counted=is_counted)


def is_refused(attempts: FailedAttempts, client: str | None, credential: str = "wrong") -> bool:
    try:
        fail(attempts, client, credential)
    except FailedAttemptsError:
        return True
    return False


def test_as_many_as_there_may_be_in_a_minute_may_come_at_once(clock: Clock) -> None:
    attempts = FailedAttempts(6, clock=clock)
    for _ in range(6):
        fail(attempts)
    with pytest.raises(FailedAttemptsError) as refused:
        attempts.begin(HERE, "another")
    assert refused.value.retry_after_ms == 10_000
    assert "wait 10 s," in (refused.value.hint or "")
    clock.now += 9.9
    assert is_refused(attempts, HERE)
    clock.now += 0.2
    assert not is_refused(attempts, HERE)
    assert is_refused(attempts, HERE)
    clock.now += 60
    assert [is_refused(attempts, HERE) for _ in range(8)] == [False] * 6 + [True] * 2


def test_attempts_that_are_looked_at_at_the_same_time_count(clock: Clock) -> None:
    attempts = FailedAttempts(3, clock=clock)
    for n in range(3):
        attempts.begin(HERE, f"token {n}")
    with pytest.raises(FailedAttemptsError):
        attempts.begin(HERE, "token 3")


def test_good_credentials_do_not_count(clock: Clock) -> None:
    attempts = FailedAttempts(2, clock=clock)
    for n in range(50):
        succeed(attempts, HERE, f"good {n}")
    assert [is_refused(attempts, HERE) for _ in range(3)] == [False, False, True]


def test_attempts_that_nobody_can_judge_do_not_count(clock: Clock) -> None:
    attempts = FailedAttempts(1, clock=clock)
    for n in range(5):
        attempts.forgive(HERE, is_counted=attempts.begin(HERE, f"token {n}"))
    # Good ones that come for the first time, several at once, are taken out each.
    attempts = FailedAttempts(3, clock=clock)
    for is_counted in [attempts.begin(HERE, "good") for _ in range(3)]:
        attempts.succeeded(HERE, "good", is_counted=is_counted)
    assert attempts._levels == {}


def test_who_was_known_is_not_locked_out_by_a_neighbour(clock: Clock) -> None:
    attempts = FailedAttempts(2, clock=clock)
    succeed(attempts, HERE, "good")
    assert [is_refused(attempts, HERE) for _ in range(3)] == [False, False, True]
    succeed(attempts, HERE, "good")
    with pytest.raises(FailedAttemptsError):
        attempts.begin(HERE, "as good, but new")
    # Once it is revoked it is like any other.
    fail(attempts, HERE, "good")
    assert is_refused(attempts, HERE, "good")


def test_each_address_has_its_own_bucket(clock: Clock) -> None:
    attempts = FailedAttempts(1, clock=clock)
    for client in (HERE, "192.0.2.2", "2001:db8::1", "2001:db8:0:1::1", None, "unix"):
        assert [is_refused(attempts, client) for _ in range(2)] == [False, True]
    # One host may have all addresses of a /64; IPv4 is the same in either notation.
    assert is_refused(attempts, "2001:db8::ffff:1")
    assert is_refused(attempts, f"::ffff:{HERE}")


def test_what_is_kept_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics_gql.access.failed_attempts._MAX_ADDRESSES", 3)
    monkeypatch.setattr("analytics_gql.access.failed_attempts._MAX_CREDENTIALS", 3)
    attempts = FailedAttempts(1, clock=clock)
    for n in range(10):
        fail(attempts, f"192.0.2.{n}")
        succeed(attempts, f"198.51.100.{n}", f"good {n}")
    assert 0 < len(attempts._levels) <= 3
    assert len(attempts._good) == 3
