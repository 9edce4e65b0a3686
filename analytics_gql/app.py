"""The application: builds every object once, joins the doors, owns start and stop."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from analytics_gql.access.caller import Caller
from analytics_gql.compose.access import admission_of, cross_origin_of
from analytics_gql.compose.documents import live_registry
from analytics_gql.compose.engine import door_of, engine_of
from analytics_gql.compose.live import (
    change_sources_of,
    desk_of,
    live_queries_of,
    socket_door_of,
    streams_door_of,
)
from analytics_gql.compose.model import load_model
from analytics_gql.compose.observe import (
    Observation,
    metrics_door_of,
    tell_of_isolation,
    tell_of_rates,
    tell_of_store,
    tell_of_uses,
)
from analytics_gql.compose.pages import check_dashboards_at_start, pages_of
from analytics_gql.compose.rates import open_rates
from analytics_gql.compose.service import open_service, open_store
from analytics_gql.doors.drain import Drain
from analytics_gql.doors.graphql_http import GraphQLDoor
from analytics_gql.doors.graphql_ws import GraphQLSocketDoor
from analytics_gql.doors.header_limit import HeaderLimit
from analytics_gql.doors.health import Readiness, healthz
from analytics_gql.doors.hits import Hits, HitsFirst
from analytics_gql.doors.live_desk import STOP
from analytics_gql.doors.metrics import MetricsDoor
from analytics_gql.doors.pages import Pages
from analytics_gql.doors.refusal import refuse
from analytics_gql.doors.single_connection import SingleConnectionDoor
from analytics_gql.observe.log import configure_logging
from analytics_gql.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(settings: Settings | None = None) -> Starlette:
    """The ASGI application. Without settings they are read from the environment.

    The warehouse is opened and the model checked against it when the server starts.
    """
    settings = settings or Settings()
    configure_logging(settings.log_level, settings.log_format)
    observation = Observation(settings)
    admission = admission_of(settings)
    cross_origin = cross_origin_of(settings)
    model = load_model(settings)
    change_sources = change_sources_of(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Callable[[], None]]]:
        async with (
            observation.running() as metrics,
            open_store(settings) as store,
            open_rates(settings, store) as rates,
            open_service(settings, model.catalog, store, observation.statements) as service,
        ):
            engine = engine_of(model, service, settings, observation.uses)
            # What those without roles see takes a tenth of a second to build.
            engine.views.of(Caller(None))
            if metrics is not None:
                tell_of_store(metrics, store)
                tell_of_uses(metrics, engine)
                tell_of_rates(metrics, rates.limiter)
                tell_of_isolation(metrics, service.isolation)
                app.state.metrics = metrics_door_of(metrics, settings)
            registry = live_registry(model, engine, settings)
            hits = Hits(
                lambda: (registry.current, admission.generation),
                time.monotonic,
                cross_origin=cross_origin,
                limiter=rates.limiter,
            )
            assert isinstance(app, HitsFirst)
            app.hits = hits
            live = live_queries_of(engine, settings)
            desk = desk_of(engine, live, settings)
            door = door_of(engine, admission, registry, hits, settings, desk, store, metrics, rates)
            app.state.graphql = door
            app.state.live = live
            app.state.socket = socket_door_of(
                desk, admission, door.documents, rates, settings, observation.watch
            )
            app.state.streams = streams_door_of(
                desk, admission, door.documents, door.gate, rates, settings, observation.watch
            )
            drain = Drain()
            app.state.readiness = Readiness(service, drain)
            app.state.pages = pages_of(settings, model, registry)
            async with (
                registry.following(),
                admission.following(),
                live.running(change_sources),
            ):
                check_dashboards_at_start(settings, model, registry.current)
                with drain.following(settings.drain_delay_s):
                    # For the server that runs this: whoever is connected is told before it waits.
                    yield {STOP: desk.stop}
                desk.stop()

    async def graphql(request: Request) -> Response:
        door: GraphQLDoor = request.app.state.graphql
        return await door.respond(request)

    async def graphql_by_name(request: Request) -> Response:
        door: GraphQLDoor = request.app.state.graphql
        return await door.respond_to_name(request)

    async def graphql_over_socket(websocket: WebSocket) -> None:
        door: GraphQLSocketDoor = websocket.app.state.socket
        await door.serve(websocket)

    async def graphql_over_one_stream(request: Request) -> Response:
        door: SingleConnectionDoor = request.app.state.streams
        return await door.respond(request)

    def of_pages(handler: Callable[[Pages, Request], Awaitable[Response]]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            return await handler(request.app.state.pages, request)

        return endpoint

    async def readyz(request: Request) -> Response:
        readiness: Readiness = request.app.state.readiness
        return await readiness.readyz(request)

    async def read_metrics(request: Request) -> Response:
        door: MetricsDoor = request.app.state.metrics
        return await door.respond(request)

    app = HitsFirst(
        routes=[
            Route("/graphql", graphql, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", graphql_over_socket),
            Route(
                "/graphql/stream",
                graphql_over_one_stream,
                methods=["GET", "POST", "PUT", "DELETE"],
            ),
            Route("/graphql/p/{name}", graphql_by_name, methods=["GET"]),
            Route("/", of_pages(Pages.home), methods=["GET"]),
            Route("/explorer", of_pages(Pages.explorer), methods=["GET"]),
            Route("/dashboards/{name}", of_pages(Pages.dashboard), methods=["GET"]),
            Route("/assets/{name}", of_pages(Pages.file), methods=["GET"]),
            Route("/healthz", healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
            *([Route("/metrics", read_metrics, methods=["GET"])] if settings.metrics else []),
        ],
        # Behind what is remembered, which reads no header that it does not know. A page may read
        # as well why its request was refused: cross-origin headers come first.
        middleware=[
            *([] if cross_origin is None else [cross_origin.middleware]),
            Middleware(HeaderLimit, max_bytes=settings.max_header_bytes),
        ],
        exception_handlers={HTTPException: refuse},
        lifespan=lifespan,
    )
    app.watch = observation.watch
    return app
