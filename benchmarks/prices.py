"""python -m benchmarks.prices [--postgres URL]: do prices rank questions as the warehouse does?

Each question's statements are run on the bare engine, one after the other, and their time is set
against the price that clients are told. What counts is Spearman's rank correlation: a budget has to
tell what is dear from what is cheap; how long a point takes differs from machine to machine.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import uvloop

from analytics_gql.demo.warehouse import ensure_demo
from analytics_gql.settings import Settings
from benchmarks.answers import FINANCE, FIVE_WEEKS, LARGE, TWO_YEARS
from benchmarks.lookups import PAGE
from benchmarks.planning import MARKETING
from benchmarks.run import load_demo
from benchmarks.server import ROOT, Arrival, Server, Variables, demo_settings, serve
from benchmarks.tiles import TILES, TOGETHER

TARGET = 0.8
ROUNDS = 7
DAYS = {"a day": "2026-06-30", "a quarter": "2026-04-01", "a year": "2025-07-01"}


@dataclass(frozen=True, slots=True)
class Priced:
    """A question, its price and its time in the warehouse."""

    name: str
    points: int
    milliseconds: float


def questions() -> Iterator[tuple[str, str, Variables]]:
    """The queries of the other benchmarks, the registered documents, and a grid between them."""
    yield "finance", FINANCE, FIVE_WEEKS
    yield "finance, two years", FINANCE, TWO_YEARS
    yield "marketing", MARKETING, FIVE_WEEKS
    yield "marketing, two years", MARKETING, TWO_YEARS
    yield "large", LARGE, TWO_YEARS
    yield "tiles together", TOGETHER, {}
    for number in (0, 4, 6):
        yield f"tile {number}", f"{{ {TILES[number]} }}", {}
    yield "1,000 orders with look-ups", PAGE, {}
    for name, variables in {
        "executive_overview": FIVE_WEEKS,
        "top_products": {**FIVE_WEEKS, "limit": 5},
        "customer_page": {"id": "98", "orders": 5},
    }.items():
        yield name, (ROOT / "persisted_queries" / f"{name}.graphql").read_text(), variables
    for name, start in DAYS.items():
        asked = f'dateRange: {{ start: "{start}", end: "2026-06-30" }}'
        for what, arguments, fields in (
            ("revenue", "", "revenue"),
            ("revenue by month", "granularity: MONTH", "date revenue"),
            ("customers by country", "groupBy: [COUNTRY]", "country customers"),
            (
                "three metrics by category",
                "groupBy: [CATEGORY]",
                "category revenue cost orderCount",
            ),
            (
                "conversion by channel and day",
                "groupBy: [CHANNEL]",
                "date channel conversionRate clickThroughRate",
            ),
            (
                "filtered, by four",
                "groupBy: [COUNTRY, CHANNEL, DEVICE_TYPE, SEGMENT],"
                ' where: { country: { ne: "DE" } }',
                "country channel deviceType segment revenue grossMargin orderCount",
            ),
        ):
            yield f"{what}, {name}", f"{{ orderMetrics({asked}, {arguments}) {{ {fields} }} }}", {}
        yield (
            f"a page of orders, {name}",
            f"{{ orders({asked}) {{ nodes {{ id netAmount }} }} }}",
            {},
        )
        yield f"orders counted, {name}", f"{{ orders({asked}) {{ totalCount }} }}", {}
    ids = ", ".join(f'"{number}"' for number in range(1, 501))
    yield "a customer", '{ customer(id: "98") { name segment } }', {}
    yield "500 customers", f"{{ customers(ids: [{ids}]) {{ name countryInfo {{ name }} }} }}", {}


async def priced(server: Server) -> list[Priced]:
    """Every question. Rounds go over all of them, so that noise hits none alone."""
    asked: list[tuple[str, int, list[Arrival]]] = []
    for name, text, variables in questions():
        document = server.engine.prepare(text, server.caller)
        executed = await server.engine.executed(document, server.caller, variables=dict(variables))
        statements = await server.statements(text, variables)
        asked.append((name, executed.price.requested, statements))
    times: list[list[float]] = [[] for _ in asked]
    for _ in range(ROUNDS):
        for number, (_, _, statements) in enumerate(asked):
            started = perf_counter()
            for statement in statements:
                await server.bare.fetch(statement.sql, statement.parameters)
            times[number].append(perf_counter() - started)
    return [
        Priced(name, points, median(measured) * 1_000)
        for (name, points, _), measured in zip(asked, times, strict=True)
    ]


def spearman(pairs: Sequence[Priced]) -> float:
    """The correlation of the ranks of prices with those of times; equal ones share a rank."""
    ranks = [_ranks([pair.points for pair in pairs]), _ranks([pair.milliseconds for pair in pairs])]
    mean = (len(pairs) + 1) / 2
    one, other = ([rank - mean for rank in column] for column in ranks)
    products = sum(a * b for a, b in zip(one, other, strict=True))
    return products / (sum(a * a for a in one) * sum(b * b for b in other)) ** 0.5


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    return [ordered.index(value) + (ordered.count(value) + 1) / 2 for value in values]


async def measured(postgres_url: str | None) -> None:
    """Print a table for each engine, cheapest question first, and its correlation."""
    demo = await asyncio.to_thread(ensure_demo, Settings().cache_folder)
    engines = [("DuckDB", f"duckdb://{demo}")]
    if postgres_url is not None:
        await load_demo(demo, postgres_url)
        engines.append(("PostgreSQL", postgres_url))
    for label, url in engines:
        async with serve(label, demo_settings(url), demo) as server:
            pairs = await priced(server)
        print(f"\n{label}\n\n| points |      ms | question |\n| -----: | ------: | --- |")
        for pair in sorted(pairs, key=lambda pair: pair.points):
            print(f"| {pair.points:6,} | {pair.milliseconds:7.2f} | {pair.name} |")
        correlation = spearman(pairs)
        verdict = "met" if correlation >= TARGET else "NOT met"
        print(
            f"\n{label}: rank correlation of {len(pairs)} prices with times: {correlation:.3f}, "
            f"target ≥ {TARGET}: {verdict}"
        )


def main() -> None:
    """Measure, and print. The exit status says nothing of the correlation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prices", description=__doc__)
    parser.add_argument("--postgres", metavar="URL", help="measure PostgreSQL too")
    uvloop.run(measured(parser.parse_args().postgres))


if __name__ == "__main__":
    main()
