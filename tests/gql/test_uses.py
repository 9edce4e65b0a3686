"""What a document uses of a schema, and that uses of deprecated members are counted."""

from __future__ import annotations

from pathlib import Path

import duckdb
from graphql import build_schema, parse

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.deprecations import deprecated_members
from analytics_gql.gql.document import DocumentStore
from analytics_gql.gql.uses import RootUse, members_used, uses_of
from analytics_gql.settings import Settings
from tests.sdl.models import synced

SCHEMA = build_schema("""
interface Node { id: ID }
type Sale implements Node { id: ID total(unit: Unit = EUR): Int buyer: Buyer }
type Buyer implements Node { id: ID name: String @deprecated }
enum Unit { EUR USD @deprecated }
input Where { not: Where unit: Unit units: [Unit!] old: Int @deprecated }
type Query { sales(where: Where, by: [Unit!], was: Int @deprecated): [Sale!] node: Node }
""")


def used(text: str) -> list[tuple[str, str]]:
    return [(use.field, " ".join(sorted(use.coordinates))) for use in uses_of(parse(text), SCHEMA)]


def test_fields_arguments_and_types_are_uses() -> None:
    assert used("{ sales { id total(unit: USD) } }") == [
        ("sales", "ID Int Query.sales Sale Sale.id Sale.total Sale.total(unit:) Unit.USD")
    ]


def test_fragments_are_uses_in_their_places() -> None:
    text = """
    { node { ...N ... on Sale { buyer { ... { name } } } ... @include(if: true) { __typename } } }
    fragment N on Buyer { id }
    """
    assert used(text) == [
        ("node", "Buyer Buyer.id Buyer.name ID Node Query.node Sale.buyer String")
    ]


def test_each_root_field_has_its_own_uses() -> None:
    text = """
    query A { ...Q b: node { id } }
    query B { node { id } }
    fragment Q on Query { sales { id } }
    """
    assert sorted(field for field, _ in used(text)) == ["node", "node", "sales"]


def test_values_are_uses_and_variables_by_their_defaults() -> None:
    text = """
    query ($unit: Unit = USD, $where: Where = { old: 1 }, $sent: [Unit!]) {
      a: sales(where: { not: { unit: $unit, units: [EUR] } }, by: $sent) { id }
      b: sales(where: $where, by: EUR) { id }
    }
    """
    first, second = (coordinates.split() for _, coordinates in used(text))
    assert [name for name in first if name.startswith(("Where", "Unit"))] == [
        "Unit.EUR", "Unit.USD", "Where.not", "Where.unit", "Where.units",
    ]  # fmt: skip
    assert [name for name in second if name.startswith(("Where", "Unit"))] == [
        "Unit.EUR", "Where.old",
    ]  # fmt: skip


def test_what_has_no_root_uses_nothing() -> None:
    assert uses_of(parse("mutation { a } fragment F on Sale { id }"), SCHEMA) == ()
    assert uses_of(parse("{ __typename }"), SCHEMA) == (RootUse("__typename", frozenset()),)


def test_fragments_that_stand_in_very_many_places_are_walked_once() -> None:
    spreads = "\n".join(
        f"fragment F{n} on Sale {{ a: buyer {{ ...G{n} }} b: buyer {{ ...G{n} }} ...F{n + 1} }}\n"
        f"fragment G{n} on Buyer {{ ...H{n} ... {{ ...H{n} }} }} fragment H{n} on Buyer {{ id }}"
        for n in range(30)
    )
    nested = "\n".join(
        f"fragment N{n} on Node {{ ... on Sale {{ ...N{n + 1} }} ... on Buyer {{ ...N{n + 1} }} }}"
        for n in range(60)
    )
    text = f"""
    {{ sales {{ ...F0 }} node {{ ...N0 }} }}
    {spreads}
    fragment F30 on Sale {{ id }}
    {nested}
    fragment N60 on Buyer {{ name }}
    """
    assert {"Sale.id", "Sale.buyer", "Buyer.id"} <= members_used(parse(text), SCHEMA)
    assert {"Sale.id", "Buyer.name"} <= members_used(parse(text), SCHEMA)


# --- deprecated members --------------------------------------------------------------------------


def test_all_kinds_of_members_can_be_deprecated() -> None:
    assert sorted(deprecated_members(SCHEMA)) == [
        "Buyer.name", "Query.sales(was:)", "Unit.USD", "Where.old",
    ]  # fmt: skip


def test_a_document_knows_the_deprecated_members_that_it_uses() -> None:
    store = DocumentStore(SCHEMA, max_tokens=100, entries=10)
    text = "{ sales(was: 1) { buyer { name n: name } } }"
    assert store.prepare(text).deprecated == ("Buyer.name", "Query.sales(was:)")
    assert store.prepare(text).deprecated == ("Buyer.name", "Query.sales(was:)")
    assert store.prepare("{ sales { id } }").deprecated == ()
    assert store.prepare("{ sales { name } }").deprecated == ()


async def test_each_execution_counts_each_deprecated_member_once(tmp_path: Path) -> None:
    (file,) = synced("""
    type Sales @dataset(table: "sales") {
      old: BigInt @metric(sql: "sum(amount)") @deprecated(reason: "ask total")
      total: BigInt @metric(sql: "sum(amount)")
    }
    type Query { sales: [Sales!] }
    """)
    schema = tmp_path / "schema.graphql"
    schema.write_text(file.text)
    with duckdb.connect(str(tmp_path / "sales.duckdb")) as connection:
        connection.execute("CREATE TABLE sales AS SELECT 1 AS amount")
    settings = Settings(schema_path=schema, warehouse=f"duckdb://{tmp_path}/sales.duckdb")
    model = load_model(settings)
    async with open_service(settings, model.catalog) as service:
        engine = engine_of(model, service, settings)
        for text in (
            "{ sales { old o: old total } }",
            "{ sales(where: { old: { gt: 0 } }, orderBy: [{ by: OLD }]) { total } }",
            "{ sales { total } }",
        ):
            assert "errors" not in await engine.execute(text, Caller(None))
        assert "errors" in await engine.execute("{ sales { old none } }", Caller(None))
    assert engine.uses.counts["Sales.old"] == 2
