"""A PostgreSQL of these tests' own, which they hurt."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.faults.running import fill
from tests.warehouses.throwaway_postgres import ThrowAwayServer, throwaway_server


@pytest.fixture(scope="package")
async def filled() -> AsyncIterator[ThrowAwayServer]:
    """Running, with some facts in it."""
    with throwaway_server() as server:
        await server.start()
        await fill(server)
        yield server


@pytest.fixture
async def postgres(filled: ThrowAwayServer) -> AsyncIterator[ThrowAwayServer]:
    """It runs for the next test, whatever became of this one."""
    yield filled
    if not (filled.folder / "data" / "postmaster.pid").exists():
        await filled.start()
