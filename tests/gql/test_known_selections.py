"""Operations that were executed before: what they ask is known, what they are answered is not."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.known_selections import key_of
from analytics_gql.gql.variables import as_sent
from analytics_gql.settings import Settings
from tests.conftest import MakeDatabase
from tests.gql.changing_sales import DAY, Shop, open_shop, write_model

ACME = Caller("acme", (), tier=3)
BIRCH = Caller("birch", (), tier=3)
SALES = f"""
query Sales($isShort: Boolean! = false, $regions: [String!]) {{
  __typename
  north: sales({DAY}, groupBy: [REGION], where: {{ region: {{ in: $regions }} }}) {{
    __typename region revenue @skip(if: $isShort)
  }}
  saleRows(first: 1) {{ nodes {{ id region }} pageInfo {{ hasNextPage }} totalCount }}
  stock @skip(if: $isShort) {{ items }}
}}
"""


@pytest.fixture(scope="module")
async def only_shop(make_database: MakeDatabase) -> AsyncIterator[Shop]:
    shop = await open_shop(await make_database())
    yield shop
    await shop.connection.close()


@pytest.fixture
async def shop(only_shop: Shop) -> Shop:
    await only_shop.reset()
    return only_shop


@pytest.fixture
async def engine(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[GraphQLEngine]:
    path = write_model(tmp_path_factory.mktemp("shop"))
    settings = Settings(schema_path=path, warehouse=shop.url, result_cache_bytes=0)
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        yield engine_of(model, service, settings)


async def answer(
    engine: GraphQLEngine, text: str, caller: Caller = ACME, **variables: Any
) -> dict[str, Any]:
    found = await engine.execute(text, caller, variables=variables)
    read: dict[str, Any] = json.loads(orjson.dumps(found))
    return read


def is_known(engine: GraphQLEngine, text: str, caller: Caller = ACME, **variables: Any) -> bool:
    key = key_of(engine.prepare(text, caller), variables, None, caller)
    return key is not None and engine.known.find(key, engine.service.catalog) is not None


@pytest.mark.parametrize(
    "variables", [{}, {"isShort": True}, {"regions": []}, {"regions": ["north", "south"]}]
)
async def test_the_second_answer_is_the_first_one(
    engine: GraphQLEngine, variables: dict[str, Any]
) -> None:
    first = await answer(engine, SALES, **variables)
    assert "errors" not in first
    assert is_known(engine, SALES, **variables)
    second = await answer(engine, SALES, **variables)
    assert json.dumps(second) == json.dumps(first)


async def test_rows_are_read_anew(engine: GraphQLEngine, shop: Shop) -> None:
    text = f"{{ sales({DAY}) {{ saleCount }} }}"
    counts = []
    for _ in range(3):
        counts.append((await answer(engine, text))["data"]["sales"])
        await shop.sell(1)
    assert counts == [[{"saleCount": number}] for number in (1, 2, 3)]


async def test_what_one_caller_asked_no_other_one_is_answered_by(engine: GraphQLEngine) -> None:
    text = f"{{ sales({DAY}) {{ saleCount }} }}"
    for caller, count in ((ACME, 1), (BIRCH, 2), (ACME, 1), (BIRCH, 2)):
        assert (await answer(engine, text, caller))["data"]["sales"] == [{"saleCount": count}]
    # Callers are equal whatever rows their tier has; how long their pages may be is not.
    assert not is_known(engine, text, replace(ACME, rows=5))


async def test_an_error_is_told_as_it_is_the_first_time(engine: GraphQLEngine, shop: Shop) -> None:
    text = f"{{ __typename first: stock {{ items }} sales({DAY}) {{ saleCount }} }}"
    await answer(engine, text)
    assert is_known(engine, text)
    await shop.execute("ALTER TABLE shop.stock RENAME TO stock_no_more")
    try:
        known = await answer(engine, text)
        unknown = await answer(engine, f"# as if it were another one\n{text}")
    finally:
        await shop.execute("ALTER TABLE shop.stock_no_more RENAME TO stock")
    (error,) = known["errors"]
    assert error["path"] == ["first"]
    assert error["extensions"]["code"] == "WAREHOUSE_ERROR"
    assert known["data"] == {
        "__typename": "Query", "first": None, "sales": [{"saleCount": 1}],
    }  # fmt: skip
    for answered in (known, unknown):
        del answered["errors"][0]["locations"]
    assert known == unknown
    assert "errors" not in await answer(engine, text)


@pytest.mark.parametrize(
    "text",
    [
        "{ __typename }",
        "{ __schema { queryType { name } } }",
        f"{{ stock {{ items }} sales({DAY}, limit: 0) {{ saleCount }} }}",
    ],
    ids=["nothing asked", "introspection", "an error"],
)
async def test_what_comes_from_no_session_is_not_known(engine: GraphQLEngine, text: str) -> None:
    first = await answer(engine, text)
    assert not is_known(engine, text)
    assert await answer(engine, text) == first


@pytest.mark.parametrize(
    ("variables", "sent"),
    [
        (None, b"{}"),
        ({}, b"{}"),
        ({"b": 1, "a": {"y": 1.0, "x": True}}, b'{"a":{"x":true,"y":1.0},"b":1}'),
        ({"a": None, "b": "null"}, b'{"a":null,"b":"null"}'),
        ({"a": float("inf")}, None),
        ({"a": [float("nan")]}, None),
        ({"a": 10**30}, None),
        ({"a": "\ud800"}, None),
        ({"a": "x" * 5_000}, None),
    ],
    ids=str,
)
def test_variables_are_known_by_what_stands_for_them_alone(
    variables: dict[str, Any] | None, sent: bytes | None
) -> None:
    assert as_sent(variables) == sent
