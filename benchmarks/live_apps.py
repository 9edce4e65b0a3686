"""The two servers that `live` compares, each run by uvicorn in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from analytics_gql.app import create_app
from analytics_gql.compose.access import local_caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from benchmarks.bare import json_bytes, open_bare_postgres
from benchmarks.server import Arrival, StatementRecorder

DIMENSIONS = ("COUNTRY", "CHANNEL", "PAYMENT_METHOD", "DEVICE_TYPE", "CATEGORY")
FLOOR_CHANNEL = "benchmark_floor"


def question(dimension: str) -> str:
    """One of the five queries: a quarter's figures by a dimension."""
    name = "".join(part.capitalize() for part in dimension.split("_"))
    field = name[0].lower() + name[1:]
    return f"""{{ orderMetrics(dateRange: {{ start: "2026-04-01", end: "2026-06-30" }},
        groupBy: [{dimension}]) {{ {field} revenue orderCount }} }}"""


def ours() -> Starlette:
    """The server, which says at /statements how many it has run since it was asked first."""
    app = create_app(Settings())
    recorders: list[StatementRecorder] = []

    async def statements(_request: Request) -> JSONResponse:
        service = app.state.graphql._engine.service
        if not recorders:
            recorders.append(StatementRecorder(service.warehouse))
            service.warehouse = recorders[0]
        return JSONResponse(len(recorders[0].arrived))

    app.router.routes.append(Route("/statements", statements))
    return app


def floor() -> Starlette:
    """The least that any server has to do: at a notice, run five statements and send the rows.

    No version is looked up, nothing is compared, priced or planned: the statements are known, and
    whoever listens is sent what there is.
    """
    settings = Settings()
    listeners: list[set[WebSocket]] = [set() for _ in DIMENSIONS]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        model = load_model(settings)
        async with open_service(settings, model.catalog) as service:
            arrivals = await _arrivals(engine_of(model, service, settings), service, settings)
            assert settings.warehouse is not None
            bare = await open_bare_postgres(settings.warehouse, service.warehouse)
            told = asyncio.Event()
            listening: Any = await asyncpg.connect(settings.warehouse)
            await listening.add_listener(FLOOR_CHANNEL, lambda *_: told.set())

            async def push() -> None:
                while True:
                    await told.wait()
                    told.clear()
                    for sockets, arrival in zip(listeners, arrivals, strict=True):
                        text = (await json_bytes(bare, arrival.sql, arrival.parameters)).decode()
                        for socket in tuple(sockets):
                            await socket.send_text(text)

            task = asyncio.create_task(push())
            yield
            task.cancel()
            listening.terminate()
            await bare.close()

    async def listen(socket: WebSocket) -> None:
        await socket.accept()
        sockets = listeners[int(await socket.receive_text())]
        sockets.add(socket)
        await socket.send_text("[]")
        try:
            await socket.receive_text()
        except WebSocketDisconnect:
            sockets.discard(socket)

    return Starlette(routes=[WebSocketRoute("/graphql", listen)], lifespan=lifespan)


async def _arrivals(engine: GraphQLEngine, service: Service, settings: Settings) -> list[Arrival]:
    """The statement that each query leads to."""
    recorder = StatementRecorder(service.warehouse)
    recording = engine.over(Service(service.catalog, recorder))
    for dimension in DIMENSIONS:
        response = await recording.execute(question(dimension), local_caller(settings))
        assert "errors" not in response, response
    return recorder.arrived
