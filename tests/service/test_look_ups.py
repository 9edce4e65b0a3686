"""Look-ups are batched: one statement for each entity, level and instant."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service import stitching
from analytics_gql.service.service import MAX_KEYS, Service
from analytics_gql.service.session import MAX_PLACES
from tests.service.counting import CountingWarehouse


async def ask(engine: GraphQLEngine, caller: Caller, text: str, **variables: Any) -> Any:
    response = await engine.execute(text, caller, variables=variables)
    return orjson.loads(orjson.dumps(response))


def tables(counting: CountingWarehouse) -> list[str]:
    """The table that each statement reads first, in the order in which they ran."""
    return [re.findall(r'FROM "gold"\."(\w+)"', sql)[0] for sql in counting.statements]


async def test_a_page_takes_one_statement_for_each_entity_and_level(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        """{ orders(first: 500) { nodes {
               customer { name countryInfo { name } }
               buyer: customer { segment }
               product { category }
               countryInfo { region }
             } edges { node { id customer { id } } } } }""",
    )
    assert "errors" not in response
    assert sorted(tables(counting)) == [
        "countries",
        "countries",
        "customers",
        "orders",
        "products",
    ]
    assert tables(counting)[0] == "orders"
    nodes = response["data"]["orders"]["nodes"]
    assert len(nodes) == 500
    assert all(node["customer"]["name"] and node["buyer"]["segment"] for node in nodes)


async def test_root_fields_share_a_level(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        """{ orders(first: 5) { nodes { countryInfo { name } } }
             later: orders(first: 5, orderBy: [{by: ORDERED_AT, direction: DESC}]) {
               nodes { countryInfo { region } } }
             orderMetrics(dateRange: {start: "2026-04-01", end: "2026-06-30"}, groupBy: [COUNTRY]) {
               countryInfo { name population } revenue }
             customers(ids: ["1", "2"]) { countryInfo { name } }
             products(ids: ["1"]) { name } }""",
    )
    assert "errors" not in response
    assert sorted(tables(counting)) == [
        "countries",
        "customers",
        "orders",
        "orders",
        "orders",
        "products",
    ]
    assert tables(counting)[-1] == "countries"
    named = [row for row in response["data"]["orderMetrics"] if row["countryInfo"]]
    assert all(row["countryInfo"]["population"] > 0 for row in named)


async def test_instants_are_other_questions(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        """query ($then: DateTime) { customers(ids: ["1", "2", "3"]) {
             a: segmentHistory { segment }
             b: segmentHistory { validFrom }
             c: segmentHistory(asOf: $then) { segment }
             d: segmentHistory(asOf: "2026-01-01T00:00:00Z") { segment }
             e: segmentHistory(asOf: "2026-01-01T01:00:00+01:00") { validFrom } } }""",
        then="2025-01-01T00:00:00Z",
    )
    assert "errors" not in response
    assert tables(counting) == ["customers"] + ["customer_segments"] * 3


async def test_only_selected_columns_are_read(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    await ask(engine, acme, "{ orders(first: 1) { nodes { netAmount customer { name } } } }")
    orders, customers = counting.statements
    assert re.findall(r'SELECT ("[^(]*?) FROM "gold"', orders) == [
        '"customer_id", "id", "net_amount"'
    ]
    assert re.findall(r'SELECT ("[^(]*?) FROM "gold"', customers) == ['"id", "name"']


async def test_a_missing_key_is_null_and_the_order_is_the_one_asked(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        """{ customers(ids: ["3", "987654321", "1", "3"]) { id }
             customer(id: "987654321") { id countryInfo { name } }
             none: customers(ids: []) { id } country(code: "nowhere") { name } }""",
    )
    assert response["data"] == {
        "customers": [{"id": "3"}, None, {"id": "1"}, {"id": "3"}],
        "customer": None,
        "none": [],
        "country": None,
    }
    assert sorted(tables(counting)) == ["countries", "customers"]


async def test_keys_are_looked_up_in_chunks(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller
) -> None:
    ids = [str(number) for number in range(MAX_KEYS + 1)]
    response = await ask(
        engine, acme, "query ($ids: [ID!]!) { customers(ids: $ids) { id } }", ids=ids
    )
    assert tables(counting) == ["customers"] * 2
    found = response["data"]["customers"]
    assert len(found) == len(ids)
    assert all(item is None or item["id"] == key for item, key in zip(found, ids, strict=True))
    assert sum(item is not None for item in found) > 9_000


async def test_no_more_entities_than_rows_at_once(engine: GraphQLEngine) -> None:
    caller = Caller("acme", (), tier=1)
    ids = [str(number) for number in range(101)]
    response = await ask(
        engine, caller, "query ($ids: [ID!]!) { customers(ids: $ids) { id } }", ids=ids
    )
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_ROWS"
    assert "101 entities" in error["message"]


@pytest.mark.parametrize(
    "key", ["abc", "", "1.0", "01", "1e3", " 1", "9" * 30, "9223372036854775808"]
)
async def test_what_is_no_identifier_is_told(
    engine: GraphQLEngine, counting: CountingWarehouse, acme: Caller, key: str
) -> None:
    response = await ask(engine, acme, "query ($id: ID!) { customer(id: $id) { id } }", id=key)
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "INVALID_KEY"
    assert counting.statements == []


async def test_an_instant_needs_its_offset(engine: GraphQLEngine, acme: Caller) -> None:
    for text in ("2026-01-01T00:00:00", "2026-01-01", "yesterday"):
        response = await ask(
            engine, acme, f'{{ customerSegment(customerId: "1", asOf: "{text}") {{ segment }} }}'
        )
        (error,) = response["errors"]
        assert "with its offset" in error["message"]


async def test_before_all_history_there_is_nothing_and_the_future_is_what_is_known(
    engine: GraphQLEngine, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        """{ before: customerSegment(customerId: "1", asOf: "1970-01-01T00:00:00Z") { segment }
             newest: customerSegment(customerId: "1") { segment validFrom availableAt }
             future: customerSegment(customerId: "1", asOf: "2999-01-01T00:00:00Z") {
               segment validFrom availableAt } }""",
    )
    assert response["data"]["before"] is None
    assert response["data"]["newest"] is not None
    assert response["data"]["future"] == response["data"]["newest"]


async def test_a_look_up_needs_its_dimension_to_be_grouped(
    engine: GraphQLEngine, acme: Caller
) -> None:
    ground = 'dateRange: {start: "2026-04-01", end: "2026-04-02"}'
    for arguments, selected in ((f"{ground}, groupBy: [CHANNEL]", "channel"), (ground, "")):
        response = await ask(
            engine,
            acme,
            f"{{ orderMetrics({arguments}) {{ {selected} revenue countryInfo {{ name }} }} }}",
        )
        (error,) = response["errors"]
        assert error["extensions"]["code"] == "DIMENSION_NOT_GROUPED"
        assert error["message"] == (
            "'countryInfo' is looked up by the dimension 'country', which is not grouped by"
        )
        assert "COUNTRY" in error["extensions"]["hint"]


async def test_a_fault_below_leaves_other_fields_their_answers(
    demo_service: Service, engine: GraphQLEngine, acme: Caller
) -> None:
    response = await ask(
        engine,
        acme,
        '{ a: customer(id: "x") { name countryInfo { name } } '
        "b: orders(first: 1) { nodes { customer { name countryInfo { name } } } } "
        "c: orders(first: 0) { nodes { customer { name } } } }",
    )
    assert response["data"]["a"] is None
    assert response["data"]["c"] is None
    assert response["data"]["b"]["nodes"][0]["customer"]["name"]
    assert {tuple(error["path"]) for error in response["errors"]} == {("a",), ("c",)}


async def test_entities_of_another_tenant_are_not_there(engine: GraphQLEngine) -> None:
    answers = [
        await ask(
            engine,
            Caller(tenant, (), 3),
            '{ customer(id: "1") { name } orders(first: 3) { nodes { customer { name } } } }',
        )
        for tenant in ("acme", "birch")
    ]
    assert answers[0]["data"]["customer"] != answers[1]["data"]["customer"]
    assert answers[0]["data"]["orders"] != answers[1]["data"]["orders"]
    nobody = await ask(engine, Caller(None, (), 3), '{ customer(id: "1") { name } }')
    assert nobody["errors"][0]["extensions"]["code"] == "TENANT_REQUIRED"


async def test_places_of_look_ups_are_bounded(engine: GraphQLEngine, acme: Caller) -> None:
    def page(look_ups: int, first: int = 1) -> str:
        places = " ".join(f"c{number}: customer {{ name }}" for number in range(look_ups))
        return f"{{ orders(first: {first}) {{ nodes {{ {places} }} }} }}"

    assert "errors" not in await ask(engine, acme, page(MAX_PLACES))
    (error,) = (await ask(engine, acme, page(MAX_PLACES + 1)))["errors"]
    assert error["extensions"]["code"] == "DOCUMENT_TOO_LARGE"
    nested = "{ orders(first: 1) { nodes { customer { countryInfo { name } } } } }"
    assert "errors" not in await ask(engine, acme, nested)


async def test_entities_in_an_answer_are_bounded(
    engine: GraphQLEngine, acme: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stitching, "MAX_ENTITIES", 20)
    text = "{ orders(first: %d) { nodes { customer { countryInfo { name } } } } }"
    assert "errors" not in await ask(engine, acme, text % 10)
    response = await ask(engine, acme, text % 11)
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "TOO_MANY_ROWS"
    assert "22 looked-up entities" in error["message"]


async def test_an_identifier_with_u_0000_is_refused_on_every_engine(
    engine: GraphQLEngine, acme: Caller
) -> None:
    response = await ask(engine, acme, r'{ country(code: "D\u0000") { name } }')
    (error,) = response["errors"]
    assert error["extensions"]["code"] == "INVALID_KEY"
