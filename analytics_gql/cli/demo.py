"""`analytics-gql demo`: the demo warehouse, as a file or in PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from analytics_gql.demo.postgres import load_into_postgres
from analytics_gql.demo.warehouse import ensure_demo
from analytics_gql.settings import Settings
from analytics_gql.warehouses.postgres import label_of


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser("demo", help="create the demo warehouse; load it into PostgreSQL")
    parser.add_argument(
        "--postgres",
        metavar="URL",
        help="load the demo there too; its tables in the schema `gold` are replaced",
    )
    parser.set_defaults(command=demo)


def demo(options: argparse.Namespace, settings: Settings) -> int:
    """Create what is missing and say where it is."""
    path = ensure_demo(settings.cache_folder)
    print(f"the demo warehouse is {path}")
    if options.postgres:
        counts = asyncio.run(load_into_postgres(path, options.postgres))
        loaded = ", ".join(f"{count:,} {table}" for table, count in counts.items())
        print(f"loaded into {label_of(options.postgres)}: {loaded}")
    return 0
