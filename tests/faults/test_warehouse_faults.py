"""A warehouse that goes away, or hangs, under load: answers or clear errors, and then answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import asyncpg
import httpx

from tests.faults.running import serving
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import ThrowAwayServer

CLEAR = {"OK", "WAREHOUSE_UNAVAILABLE", "WAREHOUSE_SUSPENDED", "QUEUE_TIMEOUT"}


async def test_postgres_that_is_restarted_under_load_is_back_within_five_seconds(
    postgres: ThrowAwayServer, tmp_path: Path
) -> None:
    async with (
        serving(postgres.url(), tmp_path, queue_timeout_s="3", statement_timeout_s="5") as server,
        server.under_load() as load,
    ):
        await load.succeeds(50)
        assert set(load.outcomes) == {"OK"}
        await postgres.kill()
        await load.meets("WAREHOUSE_SUSPENDED")  # nobody asks a warehouse that is not there
        assert await server.ready() == 503
        suspended = load.outcomes.copy()
        await asyncio.sleep(1)
        # Nobody waits for it, but for one round of probes, each of which eight may share.
        more = load.outcomes - suspended
        assert more["WAREHOUSE_SUSPENDED"]
        assert more["WAREHOUSE_UNAVAILABLE"] <= 3 * 8
        await postgres.start()
        async with asyncio.timeout(5):
            await load.succeeds(20)
        assert await server.ready() == 200
        refused = load.refused
        await load.succeeds(50)
        assert load.refused == refused, "what was closed is open again"
    assert set(load.outcomes) <= CLEAR, load.outcomes
    assert not load.wrong
    assert load.longest_s < 3 + 5 + 1


async def test_a_refusal_is_an_http_status_with_the_time_to_wait(
    postgres: ThrowAwayServer, tmp_path: Path
) -> None:
    async with serving(postgres.url(), tmp_path) as server, httpx.AsyncClient() as client:
        await postgres.kill()
        codes = [await server.ask(client, "acme", f"{{ a{n}: facts {{ id }} }}") for n in range(20)]
        await postgres.start()
        assert codes[0][0] == "WAREHOUSE_UNAVAILABLE"
        code, response = codes[-1]
        assert code == "WAREHOUSE_SUSPENDED"
        assert response.status_code == 503
        assert response.headers["retry-after"] in ("1", "2")
        assert response.headers["cache-control"] == "no-store"
        async with asyncio.timeout(5):

            async def is_answered() -> bool:
                return (await server.ask(client, "acme", "{ facts { total } }"))[0] == "OK"

            await until(is_answered)


async def test_a_table_that_is_locked_costs_its_askers_their_time_and_nobody_else(
    postgres: ThrowAwayServer, tmp_path: Path
) -> None:
    """acme asks a table that hangs, as much as it may; dune asks another one."""
    owner = await asyncpg.connect(postgres.url())
    await owner.execute("CREATE TABLE IF NOT EXISTS other (org TEXT, amount BIGINT)")
    await owner.execute("CREATE OR REPLACE VIEW slow AS SELECT org, amount FROM other")
    settings = {"queue_timeout_s": "2", "tiers": '{"2": {"timeout_s": 1}}'}
    async with serving(postgres.url(), tmp_path, **settings) as server:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(limits=limits) as client:
            locking = owner.transaction()
            await locking.start()
            await owner.execute("LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
            asked = [
                asyncio.create_task(
                    server.ask(client, "acme", f"{{ a{n}: slows {{ t{n}: total }} }}")
                )
                for n in range(30)
            ]
            await asyncio.sleep(0.3)
            slowest = 0.0
            for n in range(20):
                began = time.monotonic()
                query = f"{{ facts(where: {{id: {{lte: {n + 10}}}}}) {{ total }} }}"
                assert (await server.ask(client, "dune", query))[0] == "OK"
                slowest = max(slowest, time.monotonic() - began)
            assert slowest < 0.5, "a place is free, whatever acme does"
            assert await server.ready() == 200
            async with asyncio.timeout(2 + 1 + 2):
                codes = {(await one)[0] for one in asked}
            assert codes == {"STATEMENT_TIMEOUT", "QUEUE_TIMEOUT"}
            # Its own time is over, and for nobody the warehouse is closed.
            assert (await server.ask(client, "dune", "{ facts { total } }"))[0] == "OK"
            await locking.rollback()
            code, data = await server.ask(client, "acme", "{ slows { total } }")
            assert (code, data) == ("OK", {"slows": [{"total": None}]})
    running = await owner.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'analytics-gql'"
    )
    assert running == 0
    await owner.close()
