"""python -m benchmarks.run [NAME …] [--postgres URL] [--redis URL]: print a table of ratios."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import uvloop

from analytics_gql.demo.postgres import load_into_postgres
from analytics_gql.demo.tables import TABLES
from analytics_gql.demo.warehouse import ensure_demo
from analytics_gql.settings import Settings
from benchmarks.answers import finance, large, naive
from benchmarks.cache import cache
from benchmarks.exports import exports
from benchmarks.fairness import fairness
from benchmarks.guarded import guarded
from benchmarks.http import http
from benchmarks.lookups import lookups
from benchmarks.observing import observing
from benchmarks.pages import pages
from benchmarks.planning import plan
from benchmarks.server import Server, demo_settings, serve
from benchmarks.table import Line, table
from benchmarks.tiles import tiles

MEASURES: dict[str, Callable[[Server], Awaitable[list[Line]]]] = {
    "finance": finance,
    "large": large,
    "plan": plan,
    "naive": naive,
    "lookups": lookups,
    "tiles": tiles,
    "cache": cache,
    "pages": pages,
    "http": http,
    "observing": observing,
    "guarded": guarded,
    "exports": exports,
    "fairness": fairness,
}


def main() -> None:
    """Run the measures that were named. The exit status says nothing of the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MEASURES)}")
    parser.add_argument(
        "--postgres", metavar="URL", help="measure PostgreSQL too; the demo is loaded if missing"
    )
    parser.add_argument("--redis", metavar="URL", help="measure what is kept there too")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in MEASURES]
    if unknown:
        parser.error(f"there is no measure '{unknown[0]}', only {', '.join(MEASURES)}")
    # uvloop, as uvicorn has it.
    lines = uvloop.run(
        measured(arguments.names or list(MEASURES), arguments.postgres, arguments.redis)
    )
    print(table(lines))


async def measured(names: list[str], postgres_url: str | None, redis_url: str | None) -> list[Line]:
    """Every measure on every engine."""
    demo = await asyncio.to_thread(ensure_demo, Settings().cache_folder)
    engines = [("DuckDB", f"duckdb://{demo}")]
    if postgres_url is not None:
        await load_demo(demo, postgres_url)
        engines.append(("PostgreSQL", postgres_url))
    lines: list[Line] = []
    for label, url in engines:
        async with serve(label, demo_settings(url), demo, redis_url) as server:
            for name in names:
                print(f"{label}: {name} …", file=sys.stderr)
                lines += await MEASURES[name](server)
    # By measure, engine beside engine.
    return sorted(lines, key=lambda line: (names.index(line.name.split(":")[0]), line.name))


async def load_demo(demo: Path, url: str) -> None:
    """Load the demo into PostgreSQL if a table of it is missing."""
    connection = await asyncpg.connect(url)
    names = [f"gold.{table.name}" for table in TABLES]
    missing = await connection.fetchval(
        "SELECT count(*) FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL", names
    )
    await connection.close()
    if missing:
        print("PostgreSQL: loading the demo …", file=sys.stderr)
        await load_into_postgres(demo, url)


if __name__ == "__main__":
    main()
