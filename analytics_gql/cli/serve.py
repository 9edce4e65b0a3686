"""`analytics-gql serve`."""

from __future__ import annotations

import argparse
import asyncio
import os
from importlib.metadata import version
from pathlib import Path
from typing import Any

import uvicorn

from analytics_gql.app import (
    Model,
    admission_of,
    load_model,
    open_service,
    schema_path,
    warehouse_url,
)
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
        help="JSON: SHA-256 of an API key → {tenant, roles, tier}; needed beyond loopback",
    )
    parser.set_defaults(command=serve)


def serve(_options: argparse.Namespace, settings: Settings) -> int:
    """Check everything, say what is served and where, serve until told to stop."""
    admission_of(settings)
    model = load_model(settings)
    # The demo warehouse is made here, before workers start, and by its path they find it.
    settings = settings.model_copy(update={"warehouse": warehouse_url(settings)})
    label = asyncio.run(_preflight(settings, model))
    _hand_down(settings)
    print(_banner(settings, model, label), flush=True)
    uvicorn.run(
        "analytics_gql.app:create_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=int(settings.statement_timeout_s) + 5,
    )
    return 0


async def _preflight(settings: Settings, model: Model) -> str:
    """Open the warehouse and check the model against it, so that faults are told before serving."""
    async with open_service(settings, model.catalog) as service:
        return service.warehouse.label


def _hand_down(settings: Settings) -> None:
    """Worker processes build their settings from the environment."""
    for name, value in settings.model_dump().items():
        variable = f"ANALYTICS_GQL_{name.upper().replace('SCHEMA_PATH', 'SCHEMA')}"
        if value is not None:
            os.environ[variable] = str(value)


def _banner(settings: Settings, model: Model, label: str) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{settings.port}"
    datasets = ", ".join(
        f"{dataset.name} ({len(dataset.dimensions)} dimensions, {len(dataset.metrics)} metrics)"
        for dataset in model.catalog.datasets
    )
    callers = (
        f"keys of {settings.keys}"
        if settings.keys
        else f"this machine only, as tenant {settings.local_tenant} (--keys FILE for others)"
    )
    return "\n".join(
        (
            f"analytics-gql {version('analytics-gql')} serves {schema_path(settings)}",
            f"  model      {datasets}",
            f"  warehouse  {label}",
            f"  callers    {callers}",
            f"  open       {url}/ in a browser; clients POST to {url}/graphql",
        )
    )
