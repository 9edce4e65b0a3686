"""`analytics-gql cache clear`: results that servers share are dropped, by all of them."""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from analytics_gql.cache.shared import clear_shared
from analytics_gql.compose.service import results_place
from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings
from analytics_gql.stores.redis import open_redis


def add_parser(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the command."""
    parser = commands.add_parser("cache", help="drop the results that servers keep")
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    clear = actions.add_parser(
        "clear",
        parents=[common],
        help="drop the results of the warehouse in Redis and in every running server",
    )
    clear.add_argument("--redis", metavar="URL", help="the Redis that the servers share")
    clear.set_defaults(command=cache_clear)


def cache_clear(_options: argparse.Namespace, settings: Settings) -> int:
    """Clear, and say how much that was. Raises SettingsError or StoreUnavailableError."""
    if settings.redis is None:
        raise SettingsError(
            "without Redis nothing is shared: each server process keeps its own results",
            hint="restart the server to drop them; with --redis URL servers share results, and "
            "this command clears them",
        )
    count = asyncio.run(_clear(settings.redis, results_place(settings)))
    results = "1 result" if count == 1 else f"{count:,} results"
    print(f"dropped {results}; running servers drop theirs within a second")
    return 0


async def _clear(url: str, place: str) -> int:
    store = open_redis(url)
    try:
        return await clear_shared(store, place)
    finally:
        await store.close()
