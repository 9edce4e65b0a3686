"""`extensions: {columns: true}`: what the model says of each column of an answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.persisted.registry import identifier_of
from tests.doors.in_process import ask, refused, serving
from tests.doors.registered import settings
from tests.persisted.folders import fill

DAY = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
REGISTERED = f"query Day {{ orderMetrics({DAY}) {{ revenue }} }}\n"
REVENUE = {
    "of": "OrderMetrics",
    "name": "revenue",
    "kind": "METRIC",
    "label": "Revenue",
    "type": "Decimal",
    "unit": "USD",
    "format": "CURRENCY",
    "better": "UP",
    "additivity": "ADDITIVE",
    "granularity": None,
    "description": "Net revenue after discounts and refunds, before tax.",
}


@pytest.fixture(scope="module")
async def client(
    demo_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("registered")
    fill(folder, {"day.graphql": REGISTERED})
    async with serving(settings(demo_path, folder, max_batch=2)) as served:
        yield served


async def columns(client: httpx.AsyncClient, query: str, **variables: Any) -> list[dict[str, Any]]:
    response = await ask(client, query, variables, extensions={"columns": True})
    body = response.json()
    assert "errors" not in body
    told: list[dict[str, Any]] = body["extensions"]["columns"]
    return told


def places(told: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(".".join(item["path"]), item["of"], item["kind"]) for item in told]


async def test_each_column_has_unit_format_and_description(client: httpx.AsyncClient) -> None:
    told = await columns(
        client,
        f"{{ sales: orderMetrics({DAY}, granularity: MONTH) {{ date country money: revenue }} }}",
    )
    assert places(told) == [
        ("sales.date", "OrderMetrics", "TIME"),
        ("sales.country", "OrderMetrics", "DIMENSION"),
        ("sales.money", "OrderMetrics", "METRIC"),
    ]
    assert told[0]["granularity"] == "MONTH"
    assert told[2] == {"path": ["sales", "money"], **REVENUE}


async def test_who_draws_is_told_whether_the_parts_add_up(client: httpx.AsyncClient) -> None:
    told = await columns(client, f"{{ orderMetrics({DAY}) {{ country revenue grossMargin }} }}")
    assert [item["additivity"] for item in told] == [None, "ADDITIVE", "NOT_ADDITIVE"]


async def test_columns_of_pages_and_of_what_is_looked_up_stand_where_they_are_in_the_answer(
    client: httpx.AsyncClient,
) -> None:
    told = await columns(
        client,
        f"""query ($no: Boolean = false) {{
          orders(first: 1) {{
            edges {{ cursor n: node {{ who: customer {{ name }} netAmount }} }}
            nodes {{ id quantity @include(if: $no) }}
          }}
          m: orderMetricsConnection(first: 1, {DAY}) {{ nodes {{ ...part }} totalCount }}
          country(code: "DE") {{ region __typename }}
          catalog {{ datasets {{ name }} }}
        }}
        fragment part on OrderMetrics {{ country countryInfo {{ name }} }}""",
    )
    assert places(told) == [
        ("orders.edges.n.who.name", "Customer", "FIELD"),
        ("orders.edges.n.netAmount", "Order", "FIELD"),
        ("orders.nodes.id", "Order", "FIELD"),
        ("m.nodes.country", "OrderMetrics", "DIMENSION"),
        ("m.nodes.countryInfo.name", "Country", "FIELD"),
        ("country.region", "Country", "FIELD"),
    ]


@pytest.mark.parametrize("extensions", [{}, {"columns": False}, {"columns": None}])
async def test_who_does_not_ask_is_told_nothing(
    client: httpx.AsyncClient, extensions: dict[str, Any]
) -> None:
    response = await ask(client, REGISTERED, extensions=extensions)
    assert "columns" not in response.json()["extensions"]


@pytest.mark.parametrize("value", ["true", 1, [], {}])
async def test_anything_but_true_and_false_is_refused(
    client: httpx.AsyncClient, value: object
) -> None:
    response = await ask(client, REGISTERED, extensions={"columns": value})
    error = refused(response, 400, "BAD_REQUEST")
    assert error["message"] == "`extensions.columns` is neither true nor false"


async def test_a_kept_answer_with_columns_is_another_one_than_without(
    client: httpx.AsyncClient,
) -> None:
    where = f"/graphql?documentId={identifier_of(REGISTERED)}"
    asking = f'{where}&extensions={{"columns":true}}'
    plain = [await client.get(where) for _ in range(3)]
    told = [await client.get(asking) for _ in range(3)]
    again = await client.get(where)
    assert {response.text for response in (*plain, again)} == {plain[0].text}
    assert "columns" not in plain[0].json()["extensions"]
    for response in told:
        assert response.json()["extensions"]["columns"] == [
            {"path": ["orderMetrics", "revenue"], **REVENUE}
        ]
    tags = {response.headers["etag"] for response in (*plain, *told)}
    assert len(tags) == 2
    stands = await client.get(asking, headers={"if-none-match": told[0].headers["etag"]})
    assert stands.status_code == 304
    other = await client.get(asking, headers={"if-none-match": plain[0].headers["etag"]})
    assert other.status_code == 200


async def test_each_operation_of_an_array_asks_for_itself(client: httpx.AsyncClient) -> None:
    body = [
        {"query": REGISTERED, "extensions": {"columns": True}},
        {"query": REGISTERED},
    ]
    first, second = (await client.post("/graphql", json=body)).json()
    assert [item["path"] for item in first["extensions"]["columns"]] == [
        ["orderMetrics", "revenue"]
    ]
    assert "columns" not in second["extensions"]
