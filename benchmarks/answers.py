"""`finance`, `large`, `naive`: a whole answer against the bare engine running its statement."""

from __future__ import annotations

from typing import Any

import orjson
from graphql import ExecutionResult, build_schema, execute, parse, print_schema

from benchmarks.bare import json_bytes
from benchmarks.rounds import Side, compare
from benchmarks.server import ROOT, Server, Variables
from benchmarks.table import Line

FINANCE = (ROOT / "persisted_queries" / "finance_metrics.graphql").read_text()
FIVE_WEEKS = {"start": "2026-05-25", "end": "2026-06-30"}

# By channel in place of payment method, over all that the demo has: some 48,000 rows.
LARGE = FINANCE.replace("PAYMENT_METHOD", "CHANNEL").replace("paymentMethod", "channel")
TWO_YEARS = {"start": "2024-07-01", "end": "2026-06-30"}

TARGET = 1.3


async def finance(server: Server) -> list[Line]:
    """About 2,000 rows of 6 fields."""
    return await _answer("finance", server, FINANCE, FIVE_WEEKS, rounds=100, seconds=4)


async def large(server: Server) -> list[Line]:
    """About 50,000 rows of 6 fields."""
    return await _answer("large", server, LARGE, TWO_YEARS, rounds=30, seconds=4)


async def _answer(
    name: str, server: Server, text: str, variables: Variables, *, rounds: int, seconds: float
) -> list[Line]:
    statement = await server.statement(text, variables)
    body = orjson.dumps({"query": text, "variables": variables})

    async def floor(_round: int) -> bytes:
        return await json_bytes(server.bare, statement.sql, statement.parameters)

    async def in_process(_round: int) -> bytes:
        return await server.ask(text, variables)

    async def through_asgi(_round: int) -> bytes:
        return await server.post(body)

    # A ratio between different answers would mean nothing.
    answer = await floor(0)
    body_of_data = b'{"data":{"orderMetrics":' + answer + b"}"
    assert await in_process(0) == body_of_data + b"}"
    assert (await through_asgi(0)).startswith(body_of_data)
    row_count = len(orjson.loads(answer))

    return [
        Line(
            f"{name}: {row_count:,} rows, {way}",
            server.label,
            await compare(floor, side, rounds=rounds, seconds=seconds),
            TARGET,
        )
        for way, side in (("in process", in_process), ("ASGI", through_asgi))
    ]


async def naive(server: Server) -> list[Line]:
    """The same 2,000 rows completed by graphql-core, field by field. For the record."""
    statement = await server.statement(FINANCE, FIVE_WEEKS)

    async def floor(_round: int) -> bytes:
        return await json_bytes(server.bare, statement.sql, statement.parameters)

    completed = _naive_completion(server, statement.parameters)
    expected = orjson.loads(await floor(0))
    assert orjson.loads(await completed(0))["data"]["orderMetrics"] == expected  # type: ignore[arg-type]

    ratio = await compare(floor, completed, rounds=30, seconds=4)
    return [Line(f"naive: {len(expected):,} rows, graphql-core", server.label, ratio, None)]


def _naive_completion(server: Server, parameters: list[Any]) -> Side:
    """Rows as tuples, rows as dicts, default resolvers, JSON; parsed and validated beforehand."""
    schema = build_schema(print_schema(server.engine.schema))
    document = parse(FINANCE)
    names = ("date", "country", "paymentMethod", "revenue", "grossMargin", "orderCount")
    tenant, start, end, _row_limit = parameters

    async def order_metrics(_info: Any, **_arguments: Any) -> list[dict[str, Any]]:
        rows = await server.bare.fetch(_PLAIN_SQL, [tenant, start, end])
        return [dict(zip(names, row, strict=True)) for row in rows]

    async def completed(_round: int) -> bytes:
        result: Any = execute(
            schema, document, {"orderMetrics": order_metrics}, variable_values=FIVE_WEEKS
        )
        response: ExecutionResult = await result
        assert not response.errors, response.errors
        return orjson.dumps({"data": response.data}, default=float)  # Decimal has no JSON form

    return completed


_PLAIN_SQL = """
SELECT
    CAST(ordered_at AS DATE) AS day,
    country,
    payment_method,
    sum(net_amount) AS revenue,
    CAST(sum(net_amount) - sum(cost) AS DOUBLE PRECISION)
        / NULLIF(CAST(sum(net_amount) AS DOUBLE PRECISION), 0) AS gross_margin,
    count(*) AS order_count
FROM gold.orders
WHERE org_id = $1 AND ordered_at >= $2 AND ordered_at < $3
GROUP BY 1, 2, 3
ORDER BY 1, 2 NULLS LAST, 3 NULLS LAST
"""
