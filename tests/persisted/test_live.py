"""The documents follow their folder while requests run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.app import create_app
from analytics_gql.errors import PersistedDocumentsError
from analytics_gql.persisted import live
from analytics_gql.persisted.automatic import AutomaticDocumentsInMemory
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.registry import Registry, identifier_of, sha_256
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import captured_log, logging_as_it_was, serving, started
from tests.persisted.folders import CUSTOMER, QUERY, fill

NEW = QUERY.replace("orderCount", "orderCount customers")
OLD_ANSWER = {"orderMetrics": [{"orderCount": 543}]}
NEW_ANSWER = {"orderMetrics": [{"orderCount": 543, "customers": 533}]}


def settings(demo_path: Path, folder: Path) -> Settings:
    return Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        persisted_queries=folder,
        # Nobody waits between requests here.
        tiers='{"3": {"per_minute": 10000000}}',
    )


async def until(what: Callable[[], bool]) -> None:
    """Wait for what the watch does."""
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the folder more often than a server does."""
    defaults: dict[str, Any] = LiveRegistry.__init__.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "period_s", 0.02)


async def day(client: httpx.AsyncClient) -> Any:
    return (await client.get("/graphql/p/day?day=2026-06-30")).json()["data"]


async def test_a_changed_document_is_served_and_no_request_is_dropped(
    demo_path: Path, tmp_path: Path
) -> None:
    folder = fill(tmp_path, {"day.graphql": QUERY})
    async with serving(settings(demo_path, folder)) as client:
        answers: list[Any] = []
        done = asyncio.Event()

        async def keep_asking() -> None:
            while not done.is_set():
                answers.append(await day(client))

        askers = [asyncio.create_task(keep_asking()) for _ in range(4)]
        for text, answer in ((NEW, NEW_ANSWER), (QUERY, OLD_ANSWER), (NEW, NEW_ANSWER)):
            fill(folder, {"day.graphql": text})
            await until(lambda answer=answer: bool(answers) and answers[-1] == answer)  # type: ignore[misc]
        done.set()
        await asyncio.gather(*askers)
        assert all(answer in (OLD_ANSWER, NEW_ANSWER) for answer in answers)
        assert len(answers) > 20
        # What is no more there is no more found, and a new file is.
        old = await client.get("/graphql", params={"documentId": identifier_of(QUERY)})
        assert old.status_code == 404
        fill(folder, {"customer.graphql": CUSTOMER})
        for _ in range(500):
            response = await client.get("/graphql/p/customer?id=98")
            if response.status_code == 200:
                break
            await asyncio.sleep(0.01)
        assert response.json()["data"] == {"customer": {"name": "Kowal Consulting"}}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("query Day { nothing }", "day.graphql:1: Cannot query field 'nothing'"),
        (  # it fits the schema, and could never be answered
            QUERY.replace("$day }", "$day }, groupBy: [PAYMENT_METHOD]").replace(
                "orderCount", "conversionRate"
            ),
            "the metric 'conversionRate' comes from 'traffic'",
        ),
    ],
)
async def test_a_faulty_set_leaves_the_one_before(
    demo_path: Path, tmp_path: Path, wrong: str, said: str
) -> None:
    folder = fill(tmp_path, {"day.graphql": QUERY})
    async with serving(settings(demo_path, folder)) as client:
        with captured_log() as log:
            fill(folder, {"day.graphql": wrong, "customer.graphql": CUSTOMER})
            await until(lambda: said in log.getvalue())
        assert "those of before are served" in log.getvalue()
        assert await day(client) == OLD_ANSWER
        assert (await client.get("/graphql/p/customer?id=98")).status_code == 404
        with captured_log() as log:
            await asyncio.sleep(0.2)
        assert log.getvalue() == "", "a fault is told once"
        with captured_log() as log:
            fill(folder, {"day.graphql": NEW})
            await until(lambda: "read anew: 2" in log.getvalue())
        assert await day(client) == NEW_ANSWER
        # The folder itself may go.
        with captured_log() as log:
            folder.rename(tmp_path.with_name(f"{tmp_path.name}-gone"))
            await until(lambda: "cannot be read: No such file" in log.getvalue())
        assert await day(client) == NEW_ANSWER


async def test_a_document_that_does_not_fit_stops_the_start(
    demo_path: Path, tmp_path: Path
) -> None:
    folder = fill(tmp_path, {"day.graphql": "query Day { nothing }", "customer.graphql": CUSTOMER})
    with logging_as_it_was():
        app = create_app(settings(demo_path, folder))
        with pytest.raises(PersistedDocumentsError, match=r"day\.graphql:1: Cannot query field"):
            async with started(app):
                pass


async def test_a_bug_does_not_end_the_watch(tmp_path: Path) -> None:
    folder = fill(tmp_path, {"day.graphql": QUERY})
    found_sets: list[Registry | Exception] = [Registry(), RuntimeError("ours"), Registry()]
    sets = iter(found_sets)

    def load(_folder: Path) -> Registry:
        found = next(sets)
        if isinstance(found, Exception):
            raise found
        return found

    async def plan(_registry: Registry) -> None:
        pass

    registry = LiveRegistry(folder, load, plan, period_s=0.01)
    with captured_log() as log:
        async with registry.following():
            first = registry.current
            fill(folder, {"day.graphql": NEW})
            await until(lambda: "RuntimeError: ours" in log.getvalue())
            assert registry.current is first
            fill(folder, {"day.graphql": QUERY + NEW})
            await until(lambda: registry.current is not first)
    assert live.PERIOD_S == 1


async def test_what_clients_register_is_bounded_and_the_oldest_is_forgotten() -> None:
    texts = [f"query {name * 39} {{ä}}" for name in "abcd"]
    sizes = {len(text.encode()) for text in texts}
    (size,) = sizes
    kept = AutomaticDocumentsInMemory(max_bytes=3 * size)
    for text in texts[:3]:
        await kept.put(sha_256(text), text)
        await kept.put(sha_256(text), text)  # once more is no more
    assert await kept.get(sha_256(texts[0])) == texts[0]
    await kept.put(sha_256(texts[3]), texts[3])
    assert [await kept.get(sha_256(text)) for text in texts] == [texts[0], None, *texts[2:]]
    await kept.put("large", "x" * 3 * size + "x")
    assert await kept.get("large") is None
    assert await kept.get(sha_256(texts[2])) == texts[2]
