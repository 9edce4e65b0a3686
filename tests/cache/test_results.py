"""What is kept, for how long it is good, and what is read anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.cache.entry import Entry, decode_entry, encode_entry
from analytics_gql.cache.results import Results, result_key
from analytics_gql.cache.reuse import BY_VERSION, Answer, Outcome, Reuse
from analytics_gql.cache.shared import LOOKED_UP_EVERY_S, TURN_S, SharedResults, clear_shared
from analytics_gql.errors import WarehouseError
from analytics_gql.stores.redis import RedisStore, open_redis
from tests.stores.throwaway_redis import ThrowAwayRedis, throwaway_redis


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Data:
    """Data that change, and how often they were read. A read takes until `gate` is open."""

    version: str | None = "v1"
    reads: int = 0
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    error: Exception | None = None

    def __post_init__(self) -> None:
        self.gate.set()

    async def look(self) -> str | None:
        return self.version

    async def read(self) -> list[str]:
        self.reads += 1
        rows = [f'{{"n":{self.reads}}}', "ß\x1f\x1e"]
        await self.gate.wait()
        if self.error is not None:
            raise self.error
        return rows


async def ask(
    results: Results, data: Data, reuse: Reuse | None = BY_VERSION, key: str = "k"
) -> Answer:
    answer = await results.answer(key, data.look, data.read, reuse)
    assert answer.rows[1] == "ß\x1f\x1e"
    return answer


def number(answer: Answer) -> int:
    """Which read gave the rows."""
    return int(answer.rows[0][5:-1])


async def settled(results: Results) -> None:
    """Return when nothing is read in the background."""
    while results._refreshing:  # noqa: ASYNC110  no event tells of it
        await asyncio.sleep(0.001)


async def begun(data: Data, reads: int = 1) -> None:
    """Return when so many reads have begun, and all who ask at that time had their turn."""
    async with asyncio.timeout(20):
        while data.reads < reads:  # noqa: ASYNC110  no event tells of it
            await asyncio.sleep(0.001)
    for _ in range(10):
        await asyncio.sleep(0.001)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def results(clock: Clock) -> AsyncIterator[Results]:
    made = Results(1_000_000, clock=clock)
    yield made
    await made.close()


# --- versions and ages ---------------------------------------------------------------------------


async def test_while_the_version_stands_rows_are_good_however_old(
    results: Results, clock: Clock
) -> None:
    data = Data()
    first = await ask(results, data)
    assert (first.reading.version, first.reading.outcome) == ("v1", Outcome.READ)
    clock.now += 1_000_000
    again = await ask(results, data)
    assert again.rows == first.rows
    assert again.reading.outcome is Outcome.REUSED
    assert again.reading.age_s(clock.now) == 0, "they are known to be what the warehouse has now"
    data.version = "v2"
    anew = await ask(results, data)
    assert (number(anew), anew.reading.version) == (2, "v2")
    assert results.counts == {Outcome.READ: 2, Outcome.REUSED: 1, Outcome.STALE: 0}


async def test_without_a_version_rows_are_good_within_the_max_age_alone(
    results: Results, clock: Clock
) -> None:
    data, reuse = Data(version=None), Reuse(max_age_s=60)
    assert number(await ask(results, data)) == 1
    assert number(await ask(results, data)) == 2
    assert number(await ask(results, data, reuse)) == 3
    clock.now += 59
    reused = await ask(results, data, reuse)
    assert number(reused) == 3
    assert reused.reading.age_s(clock.now) == 59
    assert number(await ask(results, data, Reuse(max_age_s=30))) == 4, "who wants newer rows"
    clock.now += 60
    assert number(await ask(results, data, reuse)) == 5
    assert number(await ask(results, data)) == 6


async def test_a_max_age_does_not_hold_where_the_version_has_moved(results: Results) -> None:
    data = Data()
    await ask(results, data, Reuse(max_age_s=60))
    data.version = "v2"
    assert number(await ask(results, data, Reuse(max_age_s=60))) == 2


@pytest.mark.parametrize("version", ["v1", None])
async def test_old_rows_are_given_at_once_while_one_task_reads_new_ones(
    results: Results, clock: Clock, version: str | None
) -> None:
    data = Data(version=version)
    reuse = Reuse(max_age_s=10, stale_while_revalidate_s=30)
    await ask(results, data, reuse)
    clock.now += 39
    if version is not None:
        await ask(results, data, reuse)  # they hold until now
        clock.now += 29
        data.version = "v2"
    data.gate.clear()
    for _ in range(50):
        stale = await ask(results, data, reuse)
        assert (number(stale), stale.reading.outcome) == (1, Outcome.STALE)
        assert stale.reading.version == version
        assert stale.reading.age_s(clock.now) == (29 if version else 39)
    await begun(data, 2)
    assert data.reads == 2
    data.gate.set()
    await settled(results)
    fresh = await ask(results, data, reuse)
    assert (number(fresh), fresh.reading.outcome) == (2, Outcome.REUSED)
    assert data.reads == 2


async def test_rows_that_are_older_than_that_are_waited_for(results: Results, clock: Clock) -> None:
    data, reuse = Data(version=None), Reuse(max_age_s=10, stale_while_revalidate_s=30)
    await ask(results, data, reuse)
    clock.now += 40
    assert number(await ask(results, data, reuse)) == 2


async def test_who_allows_nothing_stale_waits_for_what_is_read_already(
    results: Results, clock: Clock
) -> None:
    data, reuse = Data(), Reuse(stale_while_revalidate_s=60)
    await ask(results, data, reuse)
    data.version = "v2"
    data.gate.clear()
    assert number(await ask(results, data, reuse)) == 1
    strict = asyncio.create_task(ask(results, data, reuse=BY_VERSION))
    await begun(data, 2)
    assert not strict.done()
    data.gate.set()
    assert number(await strict) >= 2


async def test_what_moves_while_it_is_read_is_not_kept(results: Results) -> None:
    data = Data()
    data.gate.clear()
    asked = asyncio.create_task(ask(results, data))
    await begun(data)
    data.version = "v2"
    data.gate.set()
    assert (await asked).reading.version == "v1", "never newer than the rows"
    data.version = "v1"  # even if it moves back
    assert number(await ask(results, data)) == 2


async def test_who_knows_of_newer_data_does_not_join_those_who_read_older(results: Results) -> None:
    data = Data()
    data.gate.clear()
    before = asyncio.create_task(ask(results, data))
    await begun(data)
    data.version = "v2"
    after = asyncio.create_task(ask(results, data))
    await begun(data, 2)
    data.gate.set()
    assert (number(await before), number(await after)) == (1, 2)
    assert number(await ask(results, data)) == 2


async def test_without_reuse_nothing_is_looked_for_and_nothing_kept(results: Results) -> None:
    data = Data()
    await ask(results, data)
    assert number(await ask(results, data, None)) == 2
    assert number(await ask(results, data)) == 1


async def test_a_room_of_nothing_keeps_nothing_and_still_reads_once(clock: Clock) -> None:
    results, data = Results(0, clock=clock), Data()
    assert [number(await ask(results, data)) for _ in range(2)] == [1, 2]
    data.gate.clear()
    asked = [asyncio.create_task(ask(results, data)) for _ in range(10)]
    await begun(data, 3)
    data.gate.set()
    assert {number(answer) for answer in await asyncio.gather(*asked)} == {3}


async def test_clearing_drops_what_is_kept_and_what_is_being_read(results: Results) -> None:
    data = Data()
    await ask(results, data)
    results.clear()
    data.gate.clear()
    asked = asyncio.create_task(ask(results, data))
    await begun(data, 2)
    results.clear()
    data.gate.set()
    assert number(await asked) == 2
    assert number(await ask(results, data)) == 3


async def test_what_has_too_many_rows_is_not_kept(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.cache.results._MOST_ROWS", 1)
    data = Data()
    assert [number(await ask(results, data)) for _ in range(2)] == [1, 2]


async def test_an_error_is_not_kept(results: Results) -> None:
    data = Data(error=WarehouseError("refused"))
    data.gate.clear()
    asked = [asyncio.create_task(ask(results, data)) for _ in range(5)]
    await begun(data)
    data.gate.set()
    for error in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(error, WarehouseError)
    assert data.reads == 1
    data.error = None
    assert number(await ask(results, data)) == 2


async def test_an_error_in_the_background_is_told_and_the_next_one_tries_again(
    results: Results, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logging.getLogger("analytics_gql"), "propagate", True)
    data, reuse = Data(), Reuse(stale_while_revalidate_s=60)
    await ask(results, data, reuse)
    data.version, data.error = "v2", WarehouseError("refused")
    for expected in (2, 3):
        assert number(await ask(results, data, reuse)) == 1
        await settled(results)
        assert data.reads == expected
    told = [record.getMessage() for record in caplog.records]
    assert told == ["old rows could not be read anew: refused"] * 2
    data.error = None
    await ask(results, data, reuse)
    await settled(results)
    assert number(await ask(results, data, reuse)) == 4


async def test_closing_stops_what_is_read_in_the_background(results: Results) -> None:
    data, reuse = Data(), Reuse(stale_while_revalidate_s=60)
    await ask(results, data, reuse)
    data.version = "v2"
    data.gate.clear()
    await ask(results, data, reuse)
    await begun(data, 2)
    await results.close()
    assert not results._refreshing
    assert not results._reads._flights


async def test_a_stampede_reads_once(results: Results) -> None:
    data = Data()
    data.gate.clear()
    asked = [asyncio.create_task(ask(results, data)) for _ in range(200)]
    await begun(data)
    data.gate.set()
    answers = await asyncio.gather(*asked)
    assert data.reads == 1
    assert results.joined == 199
    assert all(answer.rows == answers[0].rows for answer in answers)


# --- keys ----------------------------------------------------------------------------------------

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from(["", "1", "a'", "', 'acme'"]),
    st.sampled_from([Decimal(1), 1.0, date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)]),
)  # fmt: skip
asked = st.tuples(
    st.sampled_from(["m", "n"]),
    st.sampled_from(["s", "t"]),
    st.lists(st.one_of(scalars, st.lists(scalars, max_size=2)), max_size=3),
    st.builds(
        Caller,
        st.sampled_from([None, "None", "acme", "acme'", "dune"]),
        st.lists(st.sampled_from(["", "a", "b", "a,b"]), max_size=2).map(tuple),
    ),
)


@given(asked, asked)
def test_keys_are_equal_only_where_all_that_rows_depend_on_is(
    one: tuple[str, str, list[object], Caller], other: tuple[str, str, list[object], Caller]
) -> None:
    def meant(question: tuple[str, str, list[object], Caller]) -> object:
        model, statement, parameters, caller = question
        return model, statement, repr(parameters), caller.tenant, set(caller.roles)

    assert (result_key(*one) == result_key(*other)) == (meant(one) == meant(other))


def test_a_key_is_the_same_in_every_process() -> None:
    caller = Caller("acme", ("b", "a", "a"), tier=2)
    key = result_key("m", "s", ["x", date(2026, 1, 1), 10_001], caller)
    assert key == "149d56bcb82db242bfef6e02d92605768ae585d1c31a35dc4d47208719dba707"
    assert key == result_key("m", "s", ["x", date(2026, 1, 1), 10_001], Caller("acme", ("a", "b")))


# --- as bytes ------------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_characters="\x1d", exclude_categories=("Cs",)))


@given(
    st.lists(texts, max_size=5),
    st.none() | st.text(max_size=5).filter(lambda text: text.isprintable()),
    st.floats(0, 1e10),
)
def test_what_travels_comes_back_as_it_was(
    rows: list[str], version: str | None, known_at: float
) -> None:
    entry = Entry(rows, version, known_at)
    assert decode_entry(encode_entry(entry)) == entry


@given(st.binary() | st.sampled_from([b"", b"[]", b"[null,1.0,1]", b'["v",1.0,2]\x1d{}', b"[1,2]"]))
def test_what_is_not_ours_is_nothing(data: bytes) -> None:
    assert decode_entry(data) is None


# --- between processes ---------------------------------------------------------------------------


@dataclass
class Process:
    """What one process has: its own entries and its own connection."""

    results: Results
    store: RedisStore
    shared_clock: Clock


@pytest.fixture
def redis_of_its_own() -> Iterator[ThrowAwayRedis]:
    with throwaway_redis() as server:
        server.start()
        yield server


async def processes(url: str, clock: Clock, count: int, max_bytes: int) -> list[Process]:
    made = []
    for _ in range(count):
        store, shared_clock = open_redis(url), Clock()
        shared = SharedResults(store, "here", longest_turn_s=20, clock=shared_clock)
        made.append(Process(Results(max_bytes, shared, clock), store, shared_clock))
    return made


async def closed(several: list[Process]) -> None:
    for process in several:
        await process.results.close()
        await process.store.close()


@pytest.fixture(params=[1_000_000, 0], ids=["with own entries", "without"])
async def several(
    request: pytest.FixtureRequest, redis_url: str, clock: Clock
) -> AsyncIterator[list[Process]]:
    made = await processes(redis_url, clock, 4, request.param)
    yield made
    await closed(made)


async def test_what_one_process_has_read_others_use(several: list[Process], clock: Clock) -> None:
    data = Data()
    await ask(several[0].results, data)
    clock.now += 100
    for process in several:
        answer = await ask(process.results, data)
        assert (number(answer), answer.reading.outcome) == (1, Outcome.REUSED)
        assert answer.reading.age_s(clock.now) == 0
    data.version = "v2"
    assert number(await ask(several[1].results, data)) == 2
    for process in several:
        assert number(await ask(process.results, data)) == 2
    assert data.reads == 2


async def test_what_is_too_large_is_read_by_each(
    several: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.cache.shared.MAX_SHARED_BYTES", 10)
    data = Data()
    for reads, process in enumerate(several, start=1):
        assert number(await ask(process.results, data)) == reads
    assert not [key async for key in several[0].store._client.scan_iter("*")]


async def test_a_stampede_over_processes_reads_once(several: list[Process]) -> None:
    data = Data()
    data.gate.clear()
    asked = [asyncio.create_task(ask(p.results, data)) for _ in range(50) for p in several]
    await begun(data)
    await asyncio.sleep(0.2)
    assert data.reads == 1
    data.gate.set()
    assert {number(answer) for answer in await asyncio.gather(*asked)} == {1}
    assert data.reads == 1


async def test_a_read_may_take_longer_than_a_turn(several: list[Process]) -> None:
    data = Data()
    data.gate.clear()
    asked = [asyncio.create_task(ask(process.results, data)) for process in several]
    await begun(data)
    await asyncio.sleep(TURN_S * 1.5)
    assert data.reads == 1
    data.gate.set()
    assert {number(answer) for answer in await asyncio.gather(*asked)} == {1}


async def test_those_who_wait_for_a_process_that_fails_read_themselves(
    several: list[Process],
) -> None:
    first, *others = several
    bad, good = Data(error=WarehouseError("refused")), Data()
    bad.gate.clear()
    failing = asyncio.create_task(ask(first.results, bad))
    await begun(bad)
    waiting = [asyncio.create_task(ask(process.results, good)) for process in others]
    await asyncio.sleep(0.05)
    assert good.reads == 0
    bad.gate.set()
    with pytest.raises(WarehouseError):
        await failing
    await asyncio.gather(*waiting)
    assert 1 <= good.reads <= len(others)


async def test_those_who_wait_for_a_process_that_dies_read_themselves(
    several: list[Process],
) -> None:
    first, second, *_ = several
    dead, alive = Data(), Data()
    dead.gate.clear()
    asked = asyncio.create_task(ask(first.results, dead))
    await begun(dead)
    await first.store._client.aclose()
    first.store._call = never  # type: ignore[method-assign]  # its last sign of life was before
    waiting = asyncio.create_task(ask(second.results, alive))
    await asyncio.sleep(0.1)
    assert alive.reads == 0
    async with asyncio.timeout(TURN_S + 2):
        assert number(await waiting) == 1
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def never(_command: object) -> object:
    return None


async def test_old_rows_of_another_process_are_given_and_read_anew_once(
    several: list[Process], clock: Clock
) -> None:
    data, reuse = Data(), Reuse(stale_while_revalidate_s=60)
    await ask(several[0].results, data, reuse)
    data.version = "v2"
    data.gate.clear()
    for process in several:
        answer = await ask(process.results, data, reuse)
        assert (number(answer), answer.reading.outcome) == (1, Outcome.STALE)
    await begun(data, 2)
    await asyncio.sleep(0.1)
    assert data.reads == 2
    data.gate.set()
    for process in several:
        await settled(process.results)
        assert number(await ask(process.results, data, reuse)) == 2
    assert data.reads == 2


async def test_what_can_never_be_used_again_is_not_waited_for(several: list[Process]) -> None:
    data = Data(version=None)
    data.gate.clear()
    asked = [asyncio.create_task(ask(process.results, data)) for process in several]
    await begun(data, len(several))
    assert data.reads == len(several)
    data.gate.set()
    await asyncio.gather(*asked)
    assert not [key async for key in several[0].store._client.scan_iter("*")]


async def test_clearing_reaches_every_process(several: list[Process]) -> None:
    data, reads = Data(), 1
    for _ in range(3):
        for process in several:
            assert number(await ask(process.results, data)) == reads
        assert await clear_shared(several[0].store, "elsewhere") == 0
        assert await clear_shared(several[0].store, "here") == 1
        for process in several:
            process.shared_clock.now += LOOKED_UP_EVERY_S
        reads += 1
    assert data.reads == 3


async def test_a_process_that_starts_after_a_clearing_shares_with_the_others(
    redis_url: str, clock: Clock
) -> None:
    made = await processes(redis_url, clock, 1, 1_000_000)
    await clear_shared(made[0].store, "here")
    made += await processes(redis_url, clock, 1, 1_000_000)
    data = Data()
    for process in made:
        assert number(await ask(process.results, data)) == 1
    await closed(made)


async def test_all_goes_on_without_redis_and_is_shared_again_when_it_is_back(
    redis_of_its_own: ThrowAwayRedis, clock: Clock
) -> None:
    made = await processes(redis_of_its_own.url, clock, 2, 1_000_000)
    data = Data()
    await asyncio.gather(*(ask(process.results, data) for process in made))
    assert data.reads == 1
    await asyncio.to_thread(redis_of_its_own.kill)
    other = Data()
    for process in made:
        process.shared_clock.now += LOOKED_UP_EVERY_S
        assert number(await ask(process.results, data)) == 1, "what a process has, it has"
        await asyncio.gather(*(ask(process.results, other, key="o") for _ in range(20)))
    assert other.reads == 2, "once in each process"
    assert all(process.store.failures for process in made)
    await asyncio.to_thread(redis_of_its_own.start)
    async with asyncio.timeout(5):
        while any(process.store.is_down for process in made):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    third = Data()
    await asyncio.gather(*(ask(process.results, third, key="t") for process in made))
    assert third.reads == 1
    await closed(made)


async def test_redis_that_goes_while_rows_are_read_costs_no_answer(
    redis_of_its_own: ThrowAwayRedis, clock: Clock
) -> None:
    made = await processes(redis_of_its_own.url, clock, 3, 1_000_000)
    data = Data()
    data.gate.clear()
    asked = [asyncio.create_task(ask(p.results, data)) for _ in range(5) for p in made]
    await begun(data)
    await asyncio.to_thread(redis_of_its_own.kill)
    await asyncio.sleep(0.3)
    data.gate.set()
    assert len(await asyncio.gather(*asked)) == 15
    assert data.reads <= 3, "those who waited for the first one's turn read themselves"
    await closed(made)
