"""Records, entities and look-ups against real warehouses: kinds, keys, and what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import pytest

from analytics_gql.binding.bind import bind_catalog
from analytics_gql.errors import ModelError, StatementTimeoutError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.row_type import RowType
from analytics_gql.settings import Settings
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import ENGINES, MakeDatabase
from tests.sdl.models import catalog_of

TABLES = """
CREATE TABLE orders (
    org_id text NOT NULL, id int NOT NULL, line int, customer_id int, shop text, cost float,
    token uuid, placed_at timestamp, day date, status text, tags text[], PRIMARY KEY (org_id, id)
);
INSERT INTO orders (org_id, id, line, shop, cost, status) VALUES
    ('acme', 1, 1, 'a', 1, 'new'), ('acme', 2, 1, 'b', 2, 'new'), ('rival', 1, 1, 'a', 1, 'new'),
    ('acme', 3, NULL, 'a', 1, 'old'), ('acme', 4, NULL, 'c', 1, 'old');
CREATE TABLE customers (org_id text, id int, name text, state text);
INSERT INTO customers VALUES
    ('acme', 1, 'one', 'open'), ('acme', 2, 'two', 'open'), ('rival', 1, 'one', 'open'),
    ('acme', 2, 'two, as it was', 'shut'), ('acme', NULL, 'nobody', 'shut');
CREATE TABLE versions (org_id text, id int NOT NULL, since timestamp, known date, score float);
INSERT INTO versions VALUES
    ('acme', 1, '2026-01-01', '2026-01-01', 1), ('acme', 1, '2026-01-01', '2026-01-02', 2),
    ('acme', 1, '2026-02-01', '2026-02-01', 3), ('rival', 1, '2026-01-01', '2026-01-01', 4);
CREATE TABLE shops (code text PRIMARY KEY, name text);
CREATE TABLE indexed (org_id text, id int, since timestamp);
INSERT INTO indexed VALUES ('acme', 1, NULL), ('acme', 2, '2026-01-01');
CREATE UNIQUE INDEX indexed_id ON indexed (id);
CREATE TABLE undated (id int NOT NULL, since timestamp, UNIQUE (id, since));
INSERT INTO undated VALUES (1, NULL), (1, NULL), (1, '2026-01-01');
CREATE TABLE instants (id uuid, since timestamptz, known timestamptz);
INSERT INTO instants VALUES
    ('00000000-0000-0000-0000-000000000001', '2026-01-01 00:00:00+00', '2026-01-02 00:00:00+00'),
    ('00000000-0000-0000-0000-000000000001', '2026-01-01 01:00:00+01', '2026-01-02 00:00:00+00');
"""

ORDERS = 'table: "orders", key: ["id"], tenant: "org_id"'
OPEN = 'table: "customers", key: ["id"], tenant: "org_id", where: "state = \'open\'"'
VERSIONS = 'table: "versions", key: ["id"], tenant: "org_id", time: "since", availableAt: "known"'


def records(directive: str, fields: str = "id: Int!") -> str:
    """A model of records; its directive stands on line 1, its fields from line 2 on."""
    return f"""type Thing @records({directive}) {{
  {fields}
}}
type Query {{ things: ThingConnection }}
"""


def entity(directive: str, fields: str = "id: Int!") -> str:
    """A model of an entity, as `records`."""
    return f"""type Thing @entity({directive}) {{
  {fields}
}}
type Query {{ thing: Thing }}
"""


@dataclass(frozen=True)
class Engine:
    """A warehouse with the tables above, and what it was asked beyond descriptions."""

    name: str
    warehouse: Warehouse

    async def bind(self, sdl: str) -> Catalog:
        return await bind_catalog(catalog_of(sdl), self.warehouse)

    async def faults(self, sdl: str) -> list[str]:
        try:
            await self.bind(sdl)
        except ModelError as error:
            return [str(fault) for fault in error.faults]
        return []


@pytest.fixture(scope="module")
async def duckdb_rows(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    path = tmp_path_factory.mktemp("rows") / "tables.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    warehouse = await open_warehouse(f"duckdb://{path}", Settings())
    yield Engine("duckdb", warehouse)
    await warehouse.close()


@pytest.fixture(scope="module")
async def postgres_rows(make_database: MakeDatabase) -> AsyncIterator[Engine]:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES)
    await connection.close()
    warehouse = await open_warehouse(url, Settings())
    yield Engine("postgres", warehouse)
    await warehouse.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(f"{request.param}_rows")
    return found


@pytest.fixture
def probes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were run to find out about rows."""
    run: list[str] = []
    first_row = engine.warehouse.first_row

    async def noted(sql: str) -> object:
        if "GROUP BY" in sql or "IS NULL" in sql:
            run.append(sql)
        return await first_row(sql)

    monkeypatch.setattr(engine.warehouse, "first_row", noted)
    return run


# --- kinds ---------------------------------------------------------------------------------------


async def test_kinds_of_rows_are_filled_in(engine: Engine) -> None:
    fields = 'id: ID! line: Int token: ID placedAt: DateTime twice: Float @column(sql: "cost * 2")'
    catalog = await engine.bind(records(f'{ORDERS}, time: "day"', fields))
    (found,) = catalog.records
    assert found.time_kind is ColumnKind.DATE
    assert found.rows.relation.tenant_kind is ColumnKind.TEXT
    assert {item.name: (item.kind, item.is_nullable) for item in found.rows.fields} == {
        "id": (ColumnKind.INTEGER, False),
        "line": (ColumnKind.INTEGER, True),
        "token": (ColumnKind.UUID, True),
        "placedAt": (ColumnKind.TIMESTAMP, True),
        "twice": (ColumnKind.FLOAT, True),
    }
    (found_entity,) = (await engine.bind(entity(VERSIONS))).entities
    assert found_entity.time_kind is ColumnKind.TIMESTAMP
    assert found_entity.available_kind is ColumnKind.DATE
    assert found_entity.rows.relation.tenant_kind is ColumnKind.TEXT
    assert not found_entity.rows.field_named["id"].is_nullable


FIELD_FAULTS = [
    ("id: Int! line: String", "is declared String, and the warehouse has integer"),
    ("id: Int! cots: Float", "the table orders has no column 'cots'"),
    ("id: Int! tags: String", "is declared String, and the warehouse has no plain text"),
    ('id: Int! x: Int @column(sql: "line + shop * 2")', "the warehouse refuses it: "),
]


@pytest.mark.parametrize(("fields", "expected"), FIELD_FAULTS)
async def test_a_field_that_cannot_be_sent_is_told_at_its_line(
    engine: Engine, fields: str, expected: str
) -> None:
    for model in (records(ORDERS, fields), entity(ORDERS, fields)):
        (fault,) = await engine.faults(model)
        assert fault.startswith("m.graphql:2: ")
        assert expected in fault
        assert " – " in fault


async def test_a_time_zone_that_the_warehouse_does_not_know_is_told(engine: Engine) -> None:
    for model in (records, entity):
        catalog = catalog_of(model(ORDERS))
        records_of = [replace(r, rows=_stored_on_mars(r.rows)) for r in catalog.records]
        entities = [replace(e, rows=_stored_on_mars(e.rows)) for e in catalog.entities]
        catalog = replace(catalog, records=tuple(records_of), entities=tuple(entities))
        with pytest.raises(ModelError) as caught:
            await bind_catalog(catalog, engine.warehouse)
        (fault,) = caught.value.faults
        assert str(fault).startswith(
            "m.graphql:1: the warehouse does not know the time zone 'Mars/Olympus': "
        )


def _stored_on_mars(rows: RowType) -> RowType:
    return replace(rows, stored_in="Mars/Olympus")


async def test_a_type_that_is_records_and_an_entity_of_one_table_is_blamed_once(
    engine: Engine,
) -> None:
    model = f"""type Thing @records({ORDERS}) @entity({ORDERS}) {{
  id: Int! cost: Int nothing: Int
}}
type Query {{ things: ThingConnection thing: Thing }}
"""
    assert len(await engine.faults(model)) == 2


async def test_a_table_that_is_not_there_is_told_once(engine: Engine) -> None:
    for model in (records, entity):
        (fault,) = await engine.faults(model(ORDERS.replace("orders", "ordrs")))
        assert fault.startswith("m.graphql:1: there is no table ordrs in ")


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ('where: "shop"', "`where` is text"),
        ('where: "shp = 1"', "`where`: the table orders has no column 'shp'"),
        ('version: "max(loaded)"', "`version`: the table orders has no column 'loaded'"),
        ('time: "shop"', "the time of Thing is text – name a date or timestamp"),
        ('time: "placed"', "the time of Thing: the table orders has no column 'placed'"),
    ],
)
async def test_what_is_wrong_with_the_table_is_told(
    engine: Engine, argument: str, expected: str
) -> None:
    for model in (records, entity):
        (fault,) = await engine.faults(model(f"{ORDERS}, {argument}"))
        assert fault.startswith(f"m.graphql:1: {expected}")


async def test_when_a_row_became_known_is_a_time(engine: Engine) -> None:
    (fault,) = await engine.faults(entity(VERSIONS.replace('"known"', '"score"')))
    assert "availableAt of Thing is float – name a date or timestamp" in fault


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "fields", "kind"),
    [
        ("cost", "id: Int cost: Float", "float"),
        ("placedAt", "id: Int placedAt: DateTime", "timestamp without time zone"),
        ("x", 'x: Boolean @column(sql: "cost > 1")', "boolean"),
    ],
)
async def test_a_key_of_a_kind_that_is_no_key_is_told(
    engine: Engine, key: str, fields: str, kind: str
) -> None:
    for model in (records, entity):
        (fault,) = await engine.faults(model(ORDERS.replace('"id"', f'"{key}"'), fields))
        assert f"{key} is {kind} – a key is " in fault


async def test_a_primary_key_is_proof(engine: Engine, probes: list[str]) -> None:
    for model in (records, entity):
        assert await engine.faults(model(ORDERS)) == []
        assert await engine.faults(model(f"{ORDERS}, where: \"status = 'new'\"")) == []
        shared = 'table: "shops", key: ["code"], shared: true'
        assert await engine.faults(model(shared, "code: ID!")) == []
    assert probes == []


async def test_without_proof_rows_are_counted(engine: Engine, probes: list[str]) -> None:
    for model in (records, entity):
        assert await engine.faults(model(OPEN)) == []
    assert await engine.faults(entity(VERSIONS)) == []
    assert probes != []


async def test_a_key_of_another_tenant_s_row_is_another_key(engine: Engine) -> None:
    alone = OPEN.replace('tenant: "org_id"', "shared: true")
    (fault,) = await engine.faults(entity(alone))
    assert "2 rows of customers have id = 1" in fault


async def test_a_key_that_repeats_is_named_with_its_rows(engine: Engine) -> None:
    doubled = OPEN.replace("state = 'open'", "id > 0")
    for model in (records, entity):
        (fault,) = await engine.faults(model(doubled))
        assert fault.startswith("m.graphql:1: ")
        assert "2 rows of customers have org_id = 'acme', id = 2 – " in fault


async def test_a_proof_for_some_rows_is_none_for_all(engine: Engine) -> None:
    everything = OPEN.replace("state = 'open'", "id > 0")
    model = f"""type Open @records({OPEN}) {{ id: Int! }}
type Any @entity({everything}) {{ id: Int! }}
type Query {{ opens: OpenConnection any: Any }}
"""
    (fault,) = await engine.faults(model)
    assert fault.startswith("m.graphql:2: ")
    assert "2 rows of customers have org_id = 'acme', id = 2" in fault


async def test_a_version_is_a_key_a_time_and_when_it_was_known(engine: Engine) -> None:
    (fault,) = await engine.faults(entity(VERSIONS.replace(', availableAt: "known"', "")))
    assert "2 rows of versions have org_id = 'acme', id = 1, since = '2026-01-01" in fault


async def test_versions_of_one_instant_are_named(engine: Engine) -> None:
    directive = 'table: "instants", key: ["id"], time: "since", availableAt: "known"'
    (fault,) = await engine.faults(entity(directive, "id: ID!"))
    assert (
        "2 rows of instants have id = '00000000-0000-0000-0000-000000000001', "
        "since = '2026-01-01 00:00:00+00'" in fault
    )
    (fault,) = await engine.faults(records('table: "instants", key: ["id"]', "id: ID!"))
    assert "2 rows of instants have id = '00000000-" in fault


async def test_versions_without_a_time_are_told_apart_too(
    engine: Engine, probes: list[str]
) -> None:
    directive = 'table: "undated", key: ["id"], shared: true, time: "since"'
    (fault,) = await engine.faults(entity(directive))
    assert "2 rows of undated have id = 1, since = NULL – " in fault
    assert len(probes) == 1, "a unique index holds no NULLs apart"


async def test_an_index_of_the_key_is_proof_for_versions_too(
    engine: Engine, probes: list[str]
) -> None:
    directive = 'table: "indexed", key: ["id"], tenant: "org_id", time: "since"'
    assert await engine.faults(entity(directive)) == []
    assert not any("GROUP BY" in sql for sql in probes)


async def test_a_key_without_a_value_is_told(engine: Engine) -> None:
    directive = 'table: "orders", key: ["id", "line"], tenant: "org_id"'
    fields = "id: Int line: Int"
    assert await engine.faults(records(directive, fields)) == [
        "m.graphql:1: @records of Thing: there are rows of orders without line – "
        "choose a key that every row has, or leave those rows out with `where`"
    ]
    kept = f"{directive}, where: \"status = 'new'\""
    assert await engine.faults(records(kept, fields)) == []
    # No key finds such an entity, and nothing else asks for it.
    assert await engine.faults(entity(directive, fields)) == []


@pytest.mark.parametrize("wide", ["UBIGINT", "HUGEINT", "UHUGEINT"])
async def test_whole_numbers_wider_than_a_key_can_be_are_told(tmp_path: Path, wide: str) -> None:
    path = tmp_path / "wide.duckdb"
    with duckdb.connect(str(path)) as database:
        database.execute(f"CREATE TABLE things (id {wide} PRIMARY KEY, part BIGINT)")
    warehouse = await open_warehouse(f"duckdb://{path}", Settings())
    try:
        for key, faults in (("id", 1), ("part", 0)):
            directive = f'table: "things", key: ["{key}"]'
            for model in (records, entity):
                other = "part" if key == "id" else "id"
                found = await Engine("duckdb", warehouse).faults(
                    model(directive, f"{key}: BigInt! {other}: BigInt")
                )
                assert len(found) == faults
                assert all(f"id is {wide}, wider than a key" in fault for fault in found)
    finally:
        await warehouse.close()


async def test_keys_that_cannot_be_counted_in_time_are_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_row = engine.warehouse.first_row

    async def too_long(sql: str) -> Any:
        if "GROUP BY" in sql:
            raise StatementTimeoutError("the statement ran for 30 s and was cancelled")
        return await first_row(sql)

    monkeypatch.setattr(engine.warehouse, "first_row", too_long)
    for model in (records, entity):
        (fault,) = await engine.faults(model(OPEN))
        assert "could not be counted in time" in fault
        assert "primary key" in fault.partition(" – ")[2]
        assert "statement_timeout_s" in fault.partition(" – ")[2]
        assert await engine.faults(model(ORDERS)) == []


# --- look-ups ------------------------------------------------------------------------------------

SHOP = 'type Shop @entity(table: "shops", key: ["code"], shared: true) { code: ID! name: String }'


async def test_a_look_up_by_the_kind_of_the_key_is_accepted(engine: Engine) -> None:
    model = f"""type Order @records({ORDERS}) {{
  id: Int! shop: ID where: Shop @lookup(by: ["shop"])
}}
type Sales @dataset(table: "orders", tenant: "org_id") {{
  shop: String @dimension
  place: Shop @lookup(by: ["shop"])
  count: BigInt @metric(sql: "count(*)")
}}
{SHOP}
type Query {{ orders: OrderConnection sales: [Sales!] }}
"""
    assert await engine.faults(model) == []


async def test_a_look_up_by_another_kind_than_the_key_is_told(engine: Engine) -> None:
    model = f"""type Order @records({ORDERS}) {{
  id: Int!
  where: Shop @lookup(by: ["id"])
}}
type Sales
  @dataset(table: "orders", tenant: "org_id", time: "day")
  @source(name: "seen", table: "orders", tenant: "org_id", time: "day") {{
  shop: ID @dimension(sources: [{{name: "seen", sql: "line"}}])
  place: Shop @lookup(by: ["shop"])
  count: BigInt @metric(sql: "count(*)")
}}
{SHOP}
type Query {{ orders: OrderConnection sales: [Sales!] }}
"""
    faults = await engine.faults(model)
    assert [fault.partition(": ")[0] for fault in faults] == ["m.graphql:3", "m.graphql:9"]
    for fault in faults:
        assert "integer" in fault
        assert "text" in fault


# --- joins ---------------------------------------------------------------------------------------


async def test_a_unique_index_is_proof_that_a_join_is_many_to_one(
    engine: Engine, probes: list[str]
) -> None:
    for table, tenant in (("orders", 'tenant: "org_id"'), ("indexed", 'tenant: "org_id"')):
        model = f"""type Sales @dataset(table: "versions", tenant: "org_id")
  @join(name: "o", table: "{table}", on: "id = o.id", {tenant}) {{
  name: Int @dimension(sql: "o.id")
  count: BigInt @metric(sql: "count(*)")
}}
type Query {{ sales: [Sales!] }}
"""
        assert await engine.faults(model) == []
    assert probes == []
