"""The subject: the application as it is served, asked in process and through ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import orjson
from starlette.applications import Starlette

from analytics_gql.access.caller import Caller
from analytics_gql.app import create_app
from analytics_gql.compose.access import local_caller
from analytics_gql.demo.warehouse import DEMO_TENANT
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.warehouse import Warehouse
from benchmarks.bare import BareEngine, open_bare_duckdb, open_bare_postgres
from benchmarks.rounds import Clock

ROOT = Path(__file__).parent.parent
Variables = Mapping[str, Any]

UNHINDERED = '{"3": {"per_minute": null}}'
"""A tier 3 of which nothing is counted."""

COUNTED = '{"3": {"per_minute": 10000000, "burst": 10000}}'
"""A tier 3 that may ask as fast as a benchmark does; its bucket is as large as ours."""


@dataclass(frozen=True, slots=True)
class Server:
    """An application that has started, and the bare engine over the same data.

    The application keeps no results; `redis` is where some measures do.
    """

    label: str
    app: Starlette
    engine: GraphQLEngine
    caller: Caller
    settings: Settings
    bare: BareEngine
    redis: str | None

    async def ask(self, text: str, variables: Variables) -> bytes:
        """The response's bytes, without HTTP."""
        response = await self.engine.execute(text, self.caller, variables=dict(variables))
        return orjson.dumps(response)

    async def post(self, body: bytes) -> bytes:
        """The response's bytes through the whole application, without a socket or a client."""
        parts: list[bytes] = []

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                assert message["status"] == 200, message
            parts.append(message.get("body", b""))

        await self.app(_SCOPE | {"state": {}}, receiving(body), send)
        return b"".join(parts)

    def without_warehouse(self, clock: Clock = perf_counter) -> tuple[GraphQLEngine, StatementStop]:
        """A second engine over the same model, whose statements arrive and are not run."""
        stop = StatementStop(self.engine.service.warehouse, clock)
        service = Service(
            self.engine.service.catalog,
            stop,
            statement_cache_entries=self.settings.statement_cache_entries,
        )
        return self.engine.over(service), stop

    async def statement(self, text: str, variables: Variables) -> Arrival:
        """The statement that a request leads to, and what is bound to it."""
        engine, stop = self.without_warehouse()
        await engine.execute(text, self.caller, variables=dict(variables))
        assert stop.arrived is not None, "the request led to no statement"
        return stop.arrived

    async def statements(self, text: str, variables: Variables) -> list[Arrival]:
        """The statements that a request leads to, as they run, and what is bound to each."""
        recorder = StatementRecorder(self.engine.service.warehouse)
        service = Service(self.engine.service.catalog, recorder)
        response = await self.engine.over(service).execute(
            text, self.caller, variables=dict(variables)
        )
        assert "errors" not in response, response
        return recorder.arrived


@dataclass(frozen=True, slots=True)
class Arrival:
    """A bound statement at the warehouse's door, and the clock's reading then."""

    sql: str
    parameters: list[Any]
    at: float


class StatementStop:
    """A warehouse that takes statements and gives no rows."""

    def __init__(self, warehouse: Warehouse, clock: Clock) -> None:
        self._warehouse = warehouse
        self._clock = clock
        self.dialect = warehouse.dialect
        self.label = warehouse.label
        self.arrived: Arrival | None = None

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        """Keep the statement instead of running it."""
        self.arrived = Arrival(sql, parameters, self._clock())
        return []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)


class StatementRecorder:
    """A warehouse that runs statements and keeps them."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.dialect = warehouse.dialect
        self.label = warehouse.label
        self.arrived: list[Arrival] = []

    async def rows(self, sql: str, parameters: list[Any]) -> list[str]:
        """Run the statement, and keep it."""
        self.arrived.append(Arrival(sql, parameters, perf_counter()))
        return await self._warehouse.rows(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._warehouse, name)


def receiving(body: bytes) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What a client sends that stays until it has its answer."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not messages:
            await asyncio.Event().wait()
        return messages.pop()

    return receive


_SCOPE: dict[str, Any] = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "http_version": "1.1",
    "method": "POST",
    "scheme": "http",
    "path": "/graphql",
    "raw_path": b"/graphql",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    "client": ("127.0.0.1", 50_000),
    "server": ("127.0.0.1", 8_000),
}


def demo_settings(url: str) -> Settings:
    """The demo model over the warehouse at `url`."""
    return Settings(
        schema_path=ROOT / "schema.graphql",
        warehouse=url,
        keys=None,
        host="127.0.0.1",
        local_tenant=DEMO_TENANT,
        # What is measured is what an answer costs; `cache` measures what keeping it saves.
        result_cache_bytes=0,
        redis=None,
        log_level="warning",
        tiers=UNHINDERED,
    )


@asynccontextmanager
async def serve(
    label: str, settings: Settings, file: Path, redis: str | None = None
) -> AsyncIterator[Server]:
    """Start the application; `file` is where the warehouse is if it is DuckDB's."""
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        # One service for both ways in: they share its pool, its threads and its caches.
        engine: GraphQLEngine = app.state.graphql._engine
        warehouse = engine.service.warehouse
        assert settings.warehouse is not None
        bare: BareEngine
        if settings.warehouse.startswith("duckdb://"):
            bare = await open_bare_duckdb(file, warehouse)
        else:
            bare = await open_bare_postgres(settings.warehouse, warehouse)
        try:
            yield Server(label, app, engine, local_caller(settings), settings, bare, redis)
        finally:
            await bare.close()
