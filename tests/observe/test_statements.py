"""Statements: counted by how they ended, and told in the log where they are slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.errors import WarehouseError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.observe.statements import CANCELLED, StatementWatch
from analytics_gql.service.service import Service
from tests.doors.in_process import captured_log


def counted(watch: StatementWatch) -> dict[tuple[str, ...], int]:
    return {labels: sum(found.buckets) for labels, found in watch.durations().items()}


async def test_statements_are_counted_by_how_they_ended() -> None:
    watch = StatementWatch()
    with watch.running("rows", "SELECT 1", "hash"):
        pass
    with pytest.raises(WarehouseError), watch.running("rows", "SELECT 1", "hash"):
        raise WarehouseError("no")
    with pytest.raises(ValueError, match="a bug"), watch.running("rows", "SELECT 1", "hash"):
        raise ValueError("a bug")

    async def wait() -> None:
        with watch.running("stream", "SELECT 1", "hash"):
            await asyncio.sleep(10)

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    assert counted(watch) == {
        ("rows", "OK"): 1,
        ("rows", "WAREHOUSE_ERROR"): 1,
        ("rows", "INTERNAL"): 1,
        ("stream", CANCELLED): 1,
    }


async def test_of_a_stream_the_time_of_its_reader_is_not_counted() -> None:
    async def batches() -> AsyncGenerator[int, None]:
        for number in range(3):
            await asyncio.sleep(0.01)
            yield number

    watch = StatementWatch()
    with watch.running("stream", "SELECT 1", "hash") as running:
        async with aclosing(running.waited(batches())) as waited:
            read = []
            async for number in waited:
                read.append(number)
                await asyncio.sleep(0.1)
    assert read == [0, 1, 2]
    assert 0.03 <= running.spent_s < 0.3


async def test_a_slow_statement_is_told_with_its_sql_and_without_its_values(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    inner = demo_engine.service
    query = """{ orderMetrics(dateRange: {start: "2026-06-01", end: "2026-06-30"},
        where: {country: {eq: "Atlantis"}}) { revenue } }"""
    for slow_ms, is_told in ((0, True), (60_000, False), (None, False)):
        watch = StatementWatch(slow_ms)
        engine = demo_engine.over(Service(inner.catalog, inner.warehouse, statements=watch))
        with captured_log() as log:
            assert "errors" not in await engine.execute(query, acme)
        assert ("a slow statement" in log.getvalue()) is is_told
        assert counted(watch) == {("rows", "OK"): 1}
        assert "Atlantis" not in log.getvalue()


async def test_the_plan_hash_tells_statements_apart(
    demo_engine: GraphQLEngine, acme: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    inner = demo_engine.service
    service = Service(inner.catalog, inner.warehouse, statements=StatementWatch(0))
    engine = demo_engine.over(service)
    for start, name in (("01", "revenue"), ("02", "revenue"), ("01", "cost")):
        await engine.execute(
            f'{{ orderMetrics(dateRange: {{start: "2026-06-{start}", end: "2026-06-30"}}) '
            f"{{ {name} }} }}",
            acme,
        )
    told = [vars(record)["fields"] for record in caplog.records if "slow" in record.message]
    assert [one["rows"] for one in told] == [1, 1, 1]
    assert all("SELECT" in one["sql"] for one in told)
    hashes = [one["planHash"] for one in told]
    assert hashes[0] == hashes[1] != hashes[2]
