"""Root fields over the same ground are answered by one statement, each with its own JSON."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.gql.execution import GraphQLEngine
from tests.service.counting import CountingWarehouse

GROUND = 'dateRange: {start: "2026-05-01", end: "2026-05-03"}, where: {channel: {ne: "email"}}'


async def ask(engine: GraphQLEngine, caller: Caller, *fields: str) -> dict[str, Any]:
    document = "{" + " ".join(f"f{n}: {text}" for n, text in enumerate(fields)) + "}"
    response: dict[str, Any] = orjson.loads(orjson.dumps(await engine.execute(document, caller)))
    return response


TILES = (
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ country revenue }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY], limit: 3) {{ revenue country }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY], orderBy: [{{by: SESSIONS, direction: DESC}}])"
    " { country }",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ sessions c: country __typename }}",
    f"orderMetrics({GROUND}, groupBy: [COUNTRY]) {{ conversionRate customers country }}",
    'orderMetrics(dateRange: {start: "2026-05-01", end: "2026-05-03"}, groupBy: [COUNTRY],'
    ' where: {channel: {ne: "email"}, revenue: {gte: 5000}}) { country grossMargin }',
    'orderMetrics(dateRange: {start: "2026-05-01", end: "2026-05-03"}, groupBy: [COUNTRY],'
    ' where: {and: [{conversionRate: {lt: 0.03}}, {channel: {ne: "email"}}]}) { orderCount }',
    # NULL in the ground, groups that only some source has
    f"orderMetrics({GROUND}, groupBy: [COUNTRY], orderBy: [{{by: COUNTRY, direction: DESC}}])"
    " { country newCustomerCount clickThroughRate }",
)


async def test_eight_tiles_over_one_ground_take_one_statement(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    together = await ask(engine, acme, *TILES)
    assert len(counting.statements) == 1
    assert "errors" not in together
    for number, tile in enumerate(TILES):
        alone = await ask(engine, acme, tile)
        rows = alone["data"]["f0"]
        assert rows
        assert together["data"][f"f{number}"] == [
            {
                key: pytest.approx(value, rel=1e-12) if isinstance(value, float) else value
                for key, value in row.items()
            }
            for row in rows
        ]
        assert [list(row) for row in together["data"][f"f{number}"]] == [list(row) for row in rows]


async def test_other_ground_is_another_statement(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    other = (
        TILES[0].replace("05-03", "05-04"),
        TILES[0].replace("groupBy: [COUNTRY]", "groupBy: [CHANNEL]").replace("{ country", "{"),
        TILES[0].replace('"email"', '"organic"'),
        TILES[0].replace("{ country", "{ date country"),
        TILES[0].replace("groupBy", 'timezone: "Europe/Berlin", groupBy'),
        f"orderMetrics({GROUND}) {{ revenue }}",
    )
    response = await ask(engine, acme, TILES[0], *other)
    assert "errors" not in response
    assert len(counting.statements) == 1 + len(other)


async def test_equal_tiles_are_asked_once(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(engine, acme, TILES[0], TILES[0])
    assert response["data"]["f0"] == response["data"]["f1"]
    assert len(counting.statements) == 1
    assert '"question"' not in counting.statements[0]


async def test_without_grouping_each_question_has_its_row(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        f"orderMetrics({GROUND}) {{ revenue }}",
        f"orderMetrics({GROUND}) {{ sessions }}",
        f"orderMetrics({GROUND}) {{ __typename }}",
        'orderMetrics(dateRange: {start: "2026-05-01", end: "2026-05-03"},'
        ' where: {channel: {ne: "email"}, revenue: {lt: 0}}) { revenue }',
    )
    assert len(counting.statements) == 1
    assert response["data"]["f0"][0]["revenue"] > 0
    assert response["data"]["f1"][0]["sessions"] > 0
    assert response["data"]["f2"] == [{"__typename": "OrderMetrics"}]
    assert response["data"]["f3"] == []


async def test_a_tile_at_fault_leaves_the_others_their_answers(
    engine: GraphQLEngine, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        TILES[0],
        f"orderMetrics({GROUND}, groupBy: [COUNTRY], orderBy: [{{by: CHANNEL}}]) {{ revenue }}",
        TILES[1],
    )
    assert response["data"]["f1"] is None
    assert response["data"]["f0"]
    assert response["data"]["f2"] == [
        {"revenue": row["revenue"], "country": row["country"]} for row in response["data"]["f0"][:3]
    ]
    (error,) = response["errors"]
    assert error["path"] == ["f1"]
    assert error["extensions"]["code"] == "INVALID_ORDER"


async def test_rows_are_counted_for_each_tile(engine: GraphQLEngine) -> None:
    caller = Caller("acme", (), tier=1)
    wide = (
        'orderMetrics(dateRange: {start: "2026-01-01", end: "2026-06-30"}, '
        "groupBy: [COUNTRY]%s) { date country revenue }"
    )
    response = await ask(engine, caller, wide % "", wide % ", limit: 100", wide % ", limit: 101")
    assert [len(response["data"][f"f{n}"] or ()) for n in range(3)] == [0, 100, 0]
    assert {error["extensions"]["code"] for error in response["errors"]} == {"TOO_MANY_ROWS"}


async def test_tenants_do_not_meet_in_a_fused_statement(engine: GraphQLEngine) -> None:
    answers = [await ask(engine, Caller(tenant, (), 3), *TILES) for tenant in ("acme", "birch")]
    for number in range(len(TILES)):
        assert answers[0]["data"][f"f{number}"] != answers[1]["data"][f"f{number}"]
