"""`analytics-gql serve`."""

from __future__ import annotations

import argparse
import asyncio
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from pydantic import SecretStr

from analytics_gql.cli.protocols import StoppingHttp, StoppingWebSocket
from analytics_gql.compose.access import admission_of, local_caller
from analytics_gql.compose.documents import documents_folder, load_registry
from analytics_gql.compose.engine import engine_of, secret_of
from analytics_gql.compose.model import Model, load_model, schema_path
from analytics_gql.compose.pages import check_dashboards_at_start
from analytics_gql.compose.service import open_service, warehouse_url
from analytics_gql.errors import SettingsError
from analytics_gql.persisted.planning import plan_documents
from analytics_gql.persisted.registry import Registry
from analytics_gql.settings import Settings


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser("serve", parents=[common], help="serve the model")
    parser.add_argument("--host", help="the address to listen at (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="the port to listen at (default: 8000)")
    parser.add_argument("--workers", type=int, help="server processes (default: 1)")
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        help="the API keys, as `analytics-gql keys` writes them; needed beyond loopback",
    )
    parser.add_argument(
        "--allow-anonymous",
        action="store_true",
        default=None,
        help="without keys: answer anybody who reaches the server, as the local tenant",
    )
    parser.add_argument(
        "--persisted-queries",
        type=Path,
        metavar="FOLDER",
        help="the registered documents (default: persisted_queries beside the model)",
    )
    parser.add_argument(
        "--redis", metavar="URL", help="where processes and hosts share results (default: nowhere)"
    )
    parser.set_defaults(command=serve)


def serve(_options: argparse.Namespace, settings: Settings) -> int:
    """Check everything, say what is served and where, serve until told to stop."""
    admission_of(settings)
    model = load_model(settings)
    settings = settings.model_copy(update={"port": _free_port(settings)})
    # The demo warehouse is made here, before workers start, and by its path they find it.
    settings = settings.model_copy(update={"warehouse": warehouse_url(settings)})
    # So is the secret that cursors are signed with.
    secret_of(settings)
    registry = load_registry(settings, model)
    check_dashboards_at_start(settings, model, registry)
    label = asyncio.run(_preflight(settings, model, registry))
    with _metrics_folder(settings) as folder:
        _hand_down(settings.model_copy(update={"metrics_folder": folder}))
        print(_banner(settings, model, label, len(registry)), flush=True)
        uvicorn.run(
            "analytics_gql.app:create_app",
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            log_level="warning",
            server_header=False,
            access_log=False,  # ours knows what was asked
            http=StoppingHttp,
            ws=StoppingWebSocket,
            ws_max_size=settings.max_body_bytes,
            # What runs or waits at that moment is answered, if only by an error.
            timeout_graceful_shutdown=int(settings.queue_timeout_s + settings.statement_timeout_s)
            + 5,
        )
    return 0


@contextmanager
def _metrics_folder(settings: Settings) -> Iterator[Path | None]:
    """Where workers tell each other their counts: as set, else one that is gone afterwards."""
    if settings.metrics_folder is not None or settings.workers == 1 or not settings.metrics:
        yield settings.metrics_folder
        return
    with TemporaryDirectory(prefix="analytics-gql-metrics-") as folder:
        yield Path(folder)


async def _preflight(settings: Settings, model: Model, registry: Registry) -> str:
    """Check model and documents against the warehouse, so that faults are told before serving."""
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        await plan_documents(registry, engine, local_caller(settings))
        return service.warehouse.label


def _free_port(settings: Settings) -> int:
    """The port to listen at, a free one for 0. Raises SettingsError if it cannot be had."""
    # Asked before anything is said: uvicorn would tell it after the banner.
    port, absent = settings.port, OSError("the name has no address")
    bound = False
    try:
        places = socket.getaddrinfo(settings.host, port, type=socket.SOCK_STREAM)
        for family, _, _, _, address in places:
            try:
                with socket.socket(family) as probe:
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind((address[0], port, *address[2:]))
                    port = probe.getsockname()[1]
                    bound = True
            except OSError as error:
                # `localhost` is ::1 as well, also on machines without IPv6.
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise
                absent = error
        if not bound:
            raise absent
    except OSError as error:
        raise SettingsError(
            f"cannot listen at {settings.host}, port {settings.port}: {error.strerror}",
            hint="choose another with --port, or stop the server that has it",
        ) from error
    return port


def _hand_down(settings: Settings) -> None:
    """Worker processes build their settings from the environment."""
    for name, value in settings.model_dump().items():
        variable = f"ANALYTICS_GQL_{name.upper().replace('SCHEMA_PATH', 'SCHEMA')}"
        if isinstance(value, SecretStr):
            os.environ[variable] = value.get_secret_value()
        elif value is not None:
            os.environ[variable] = str(value)


def _banner(settings: Settings, model: Model, label: str, documents: int) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    catalog = model.catalog
    parts = [
        f"{dataset.name} ({len(dataset.dimensions)} dimensions, {len(dataset.metrics)} metrics)"
        for dataset in catalog.datasets
    ]
    parts += [f"pages of {records.name}" for records in catalog.records]
    if catalog.entities:
        parts.append(f"look-ups of {', '.join(entity.name for entity in catalog.entities)}")
    return "\n".join(
        (
            f"analytics-gql {version('analytics-gql')} serves {schema_path(settings)}",
            f"  model      {'; '.join(parts)}",
            f"  warehouse  {label}",
            f"  callers    {_callers(settings)}",
            f"  documents  {_documents(settings, documents)}",
            f"  open       {url}/ in a browser; clients POST to {url}/graphql",
        )
    )


def _callers(settings: Settings) -> str:
    tenant = f"as tenant {settings.local_tenant}"
    if settings.allow_anonymous:
        return f"ANYBODY who reaches this address, {tenant}: no key is asked for"
    if not settings.asks_for_credentials:
        return f"this machine only, {tenant} (--keys FILE for others)"
    known_by = [f"keys of {settings.keys}"] if settings.keys else []
    known_by += [f"tokens of {settings.jwt_issuer}"] if settings.jwt_keys else []
    return ", ".join(known_by)


def _documents(settings: Settings, count: int) -> str:
    folder = documents_folder(settings)
    registered = f"{count} registered in {folder}" if folder else "none registered"
    others = {"open": "are answered too", "safelist-log": "are logged", "safelist": "are refused"}
    return f"{registered}; others {others[settings.persisted_mode]}"
