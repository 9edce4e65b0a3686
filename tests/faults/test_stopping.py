"""SIGTERM under load: what was taken is answered, and what a balancer sends is not lost."""

from __future__ import annotations

import asyncio
import signal
import time
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.faults.running import serving
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import ThrowAwayServer


async def test_what_runs_and_what_waits_is_answered_before_the_end(
    postgres: ThrowAwayServer, tmp_path: Path
) -> None:
    owner = await asyncpg.connect(postgres.url())
    async with serving(postgres.url(), tmp_path) as server:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(limits=limits) as client:
            async with owner.transaction():
                await owner.execute("LOCK TABLE facts IN ACCESS EXCLUSIVE MODE")
                asked = [
                    asyncio.create_task(
                        server.ask(client, "acme", f"{{ a{n}: facts {{ t{n}: total }} }}")
                    )
                    for n in range(30)
                ]
                await asyncio.sleep(0.5)
                server.tell(signal.SIGTERM)
                await asyncio.sleep(0.5)
                assert not any(one.done() for one in asked)
                with pytest.raises(httpx.ConnectError):
                    await server.ready()
            async with asyncio.timeout(5):
                answers = await asyncio.gather(*asked)
        assert {code for code, _ in answers} == {"OK"}
        async with asyncio.timeout(5):
            await server.process.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
    await owner.close()


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_with_a_delay_nothing_is_lost_of_what_a_balancer_sends(
    postgres: ThrowAwayServer, tmp_path: Path, workers: str
) -> None:
    settings = {"drain_delay_s": "3", "workers": workers}
    async with serving(postgres.url(), tmp_path, **settings) as server:
        async with server.under_load() as load:
            async with asyncio.timeout(10):
                await load.succeeds(20)
            server.tell(signal.SIGTERM)
            told = time.monotonic()

            async def is_told() -> bool:
                return await server.ready() == 503

            await until(is_told)
            await load.succeeds(20)
        assert time.monotonic() - told < 2.5, "the balancer has had time"
        assert set(load.outcomes) == {"OK"}
        assert not load.wrong
        async with asyncio.timeout(10):
            await server.process.wait()
    assert "Traceback" not in (tmp_path / "log").read_text()
