"""A model against real warehouses: what is not there, what is of another kind, what repeats."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import duckdb
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.binding.bind import bind_catalog
from analytics_gql.cache.reuse import Answer
from analytics_gql.errors import ModelError, StatementTimeoutError
from analytics_gql.model.catalog import Catalog, RootField, Verb
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.query.metric_query import MetricQuery, Ordering
from analytics_gql.query.row_shape import FieldMember
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings
from analytics_gql.warehouses.open import open_warehouse
from analytics_gql.warehouses.warehouse import Warehouse
from tests.conftest import ENGINES, MakeDatabase
from tests.sdl.models import catalog_of, dataset_sdl

TABLES = """
CREATE SCHEMA lake;
CREATE TYPE mood AS ENUM ('happy', 'sad');
CREATE TABLE orders (
    org_id text, id int, product_id int, sku text, country text,
    net_amount numeric(12, 2), cost double precision, quantity int, big bigint,
    is_paid boolean, note text, status mood, token uuid, tags text[], payload json,
    ordered_at timestamp, seen_at timestamptz, day date, loaded_at timestamp
);
CREATE TABLE products (org_id text, id int, sku text, kind text, name text, price numeric(12, 2));
INSERT INTO products VALUES
    ('acme', 1, 'a', 'own', 'one', 1), ('acme', 1, 'b', 'old', 'one, as it was', 1),
    ('acme', 2, 'c', 'own', 'two', 1), ('rival', 2, 'c', 'own', 'two', 1),
    ('acme', NULL, 'd', 'own', 'unknown', 1), ('acme', NULL, 'e', 'own', 'unknown', 1),
    ('rival', 3, 'it''s', 'old', 'three', 1), ('rival', 4, 'it''s', 'old', 'four', 1);
INSERT INTO orders VALUES
    ('acme', 1, 1, 'a', 'DE', 10.50, 4.25, 2, 9000000000000000000, true, 'new', 'happy',
     '00000000-0000-0000-0000-000000000001', ARRAY['x'], '{"a": 1}',
     '2026-04-01 10:00', '2026-04-01 10:00+00', '2026-04-01', '2026-04-02'),
    ('acme', 2, 2, 'b', 'FR', -3.00, 'NaN', 0, 5, false, NULL, 'sad', NULL, NULL, NULL,
     '2026-04-02 10:00', '2026-04-02 10:00+00', '2026-04-02', '2026-04-02'),
    ('acme', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
     '2026-04-02 10:00', NULL, NULL, NULL);
CREATE TABLE "Shouting" ("OrderID" int, "Net" numeric(12, 2), "country" text, "Org" text);
CREATE TABLE lake.visits (day date, country text, clicks bigint, product_id text, org_id text);
INSERT INTO lake.visits VALUES ('2026-04-01', 'DE', 7, 'a', 'acme');
CREATE VIEW order_view AS SELECT * FROM orders;
"""
POSTGRES_TABLES = """
ALTER TABLE orders ADD COLUMN doc jsonb;
CREATE MATERIALIZED VIEW order_store AS SELECT * FROM orders;
CREATE ROLE {role} LOGIN PASSWORD '{role}';
GRANT SELECT ON orders TO {role};
"""
OWN = 'table: "orders", time: "ordered_at", tenant: "org_id"'
PRODUCT = (
    '@join(name: "product", table: "products", on: "sku = product.sku and product.kind = \'own\'", '
    'tenant: "org_id")'
)
VISITS = '@source(name: "visits", table: "lake.visits", time: "day", tenant: "org_id")'


@dataclass(frozen=True)
class Engine:
    """A warehouse with the tables above."""

    name: str
    warehouse: Warehouse

    async def bind(self, fields: str = "", dataset: str = OWN, also: str = "") -> Catalog:
        return await bind_catalog(catalog_of(dataset_sdl(fields, dataset, also)), self.warehouse)

    async def faults(self, fields: str = "", dataset: str = OWN, also: str = "") -> list[str]:
        """What is held against a model; its fields start on line 7."""
        try:
            await self.bind(fields, dataset, also)
        except ModelError as error:
            return [str(fault) for fault in error.faults]
        return []


@pytest.fixture(scope="module")
async def duckdb_engine(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Engine]:
    path = tmp_path_factory.mktemp("binding") / "tables.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute(TABLES)
    connection.close()
    warehouse = await open_warehouse(f"duckdb://{path}", Settings())
    yield Engine("duckdb", warehouse)
    await warehouse.close()


READER = f"reader_{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
async def postgres_tables(make_database: MakeDatabase) -> AsyncIterator[str]:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute(TABLES + POSTGRES_TABLES.format(role=READER))
    yield url
    await connection.execute(f"DROP OWNED BY {READER}; DROP ROLE {READER}")
    await connection.close()


@pytest.fixture(scope="module")
async def postgres_engine(postgres_tables: str) -> AsyncIterator[Engine]:
    warehouse = await open_warehouse(postgres_tables, Settings())
    yield Engine("postgres", warehouse)
    await warehouse.close()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(f"{request.param}_engine")
    return found


def refusal(engine: Engine, duckdb_says: str, postgres_says: str) -> str:
    """What is told of SQL that an engine refuses: its own words, on one line."""
    says = duckdb_says if engine.name == "duckdb" else postgres_says
    hint = "look at the types of its columns; CAST(column AS …) converts them"
    return f"the warehouse refuses it: {says} – {hint}"


def joined(on: str) -> str:
    return f'@join(name: "product", table: "products", on: "{on}", tenant: "org_id")'


# --- tables and columns --------------------------------------------------------------------------


async def test_kinds_are_filled_in(engine: Engine) -> None:
    catalog = await engine.bind(
        'clicks: BigInt @metric(sql: "sum(visits.clicks)")\n'
        '  revenue: Decimal @metric(sql: "sum(net_amount)")\n'
        '  total: BigInt @metric(sql: "sum(big)")\n'
        '  last: DateTime @metric(sql: "max(seen_at)")\n'
        '  name: String @dimension(sql: "product.name")\n'
        '  mood: String @dimension(sql: "status")\n'
        "  token: ID @dimension",
        f'{OWN}, where: "quantity > 0", version: "max(loaded_at)"',
        f"{PRODUCT} {VISITS}",
    )
    (dataset,) = catalog.datasets
    own, visits = dataset.sources
    assert own.time_kind is ColumnKind.TIMESTAMP
    assert visits.time_kind is ColumnKind.DATE
    assert own.relation.tenant_kind is ColumnKind.TEXT
    assert own.joins[0].relation.tenant_kind is ColumnKind.TEXT
    kinds = {
        metric.name: [component.kind for component in metric.components]
        for metric in dataset.metrics
    }
    assert kinds == {
        "clicks": [ColumnKind.INTEGER],
        "revenue": [ColumnKind.DECIMAL],
        "total": [ColumnKind.INTEGER],
        "last": [ColumnKind.INSTANT],
        "orderCount": [ColumnKind.INTEGER],
    }
    assert {item.name: [column.kind for column in item.columns] for item in dataset.dimensions} == {
        "country": [ColumnKind.TEXT],
        "name": [ColumnKind.TEXT],
        "mood": [ColumnKind.OTHER],
        "token": [ColumnKind.UUID],
    }
    assert catalog.root_fields == (RootField("sales", Verb.AGGREGATE, "Sales"),)


async def test_a_table_that_is_not_there_is_told(engine: Engine) -> None:
    missing = PRODUCT.replace("products", "gold.product")
    label = engine.warehouse.label
    hint = "check the name and the warehouse; double quotes keep capitals"
    # What needs the table is not blamed for its absence; everything else is still looked at.
    fields = 'x: String @dimension(sql: "product.name")\n  y: String @dimension(sql: "contry")'
    assert await engine.faults(fields, also=f"{missing} {VISITS}") == [
        f"m.graphql:3: there is no table gold.product in {label} – {hint}",
        "m.graphql:8: the dimension y: the table orders has no column 'contry' – "
        "did you mean 'country' or 'cost'?",
    ]
    assert await engine.faults(fields, OWN.replace("orders", "ordrs"), PRODUCT) == [
        f"m.graphql:2: there is no table ordrs in {label} – {hint}"
    ]


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        (
            OWN.replace("ordered_at", "orderd_at"),
            "the time of 'orders': the table orders has no column 'orderd_at' – "
            "did you mean 'ordered_at' or 'loaded_at'?",
        ),
        (
            OWN.replace("org_id", "orgid"),
            "the tenant: the table orders has no column 'orgid' – did you mean 'org_id' or 'id'?",
        ),
        (
            f"{OWN}, where: \"contry = 'de'\"",
            "`where`: the table orders has no column 'contry' – did you mean 'country' or 'cost'?",
        ),
        (
            f'{OWN}, version: "max(loaded)"',
            "`version`: the table orders has no column 'loaded' – did you mean 'loaded_at'?",
        ),
        (
            f'{OWN}, where: "country"',
            "`where` is text – compare something: where: \"status = 'x'\"",
        ),
        (
            OWN.replace("ordered_at", "country"),
            "the time of 'orders' is text – "
            "name a date or timestamp; cast text with CAST(column AS DATE)",
        ),
        (
            OWN.replace("org_id", "net_amount"),
            "the tenant column orders.net_amount is decimal – "
            "a tenant is text, an integer or a UUID",
        ),
    ],
)
async def test_a_fault_of_a_source_is_told(engine: Engine, dataset: str, expected: str) -> None:
    assert await engine.faults(dataset=dataset) == [f"m.graphql:2: {expected}"]


async def test_a_fault_of_another_source_or_a_join_is_told_at_its_line(engine: Engine) -> None:
    visits = VISITS.replace("day", "days").replace("org_id", "organisation")
    join = PRODUCT.replace("sku", "ski").replace(", tenant", ', version: "max(at)", tenant')
    assert await engine.faults(also=f"{visits}\n{join}") == [
        "m.graphql:3: the tenant: the table lake.visits has no column 'organisation' – "
        "it has day, country, clicks, product_id, org_id",
        "m.graphql:3: the time of 'visits': the table lake.visits has no column 'days' – "
        "did you mean 'day'?",
        "m.graphql:4: @join 'product': the table orders has no column 'ski' – did you mean 'sku'?",
        "m.graphql:4: @join 'product': the table products has no column 'ski' – "
        "did you mean 'sku'?",
        "m.graphql:4: `version`: the table products has no column 'at' – "
        "it has org_id, id, sku, kind, name, price",
    ]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            'x: Float @metric(sql: "sum(net_amont)")',
            "the metric x: the table orders has no column 'net_amont' – did you mean 'net_amount'?",
        ),
        (
            'x: Float @metric(sql: "count(*) filter (where payd)")',
            "the metric x: the table orders has no column 'payd' – did you mean 'day'?",
        ),
        (
            'x: String @dimension(sql: "product.nme")',
            "the dimension x: the table products has no column 'nme' – did you mean 'name'?",
        ),
        (
            'x: String @dimension(sql: "name", sources: [{name: "visits", sql: "cntry"}])',
            "the dimension x in 'visits': the table lake.visits has no column 'cntry' – "
            "did you mean 'country'?",
        ),
        (
            "country2: String @dimension",
            "the dimension country2: the table orders has no column 'country2' – "
            "did you mean 'country'?",
        ),
    ],
)
async def test_a_column_that_is_not_there_is_told(
    engine: Engine, field: str, expected: str
) -> None:
    field = field.replace('"name"', '"note"')
    assert await engine.faults(field, also=f"{PRODUCT} {VISITS}") == [f"m.graphql:7: {expected}"]


async def test_all_faults_are_told_at_once(engine: Engine) -> None:
    faults = await engine.faults(
        'a: Int @dimension(sql: "country")\n'
        '  b: Decimal @metric(sql: "sum(cost)")\n'
        '  c: BigInt @metric(sql: "sum(visits.clics)")\n'
        '  d: String @dimension(sql: "nothing")',
        f'{OWN.replace("ordered_at", "note")}, where: "wher", version: "max(nix)"',
        joined("product_id = product.id") + VISITS,
    )
    assert [fault.partition(": ")[0] for fault in faults] == [
        *["m.graphql:2"] * 3,
        "m.graphql:3",
        *(f"m.graphql:{line}" for line in (7, 8, 9, 10)),
    ]


async def test_views_and_other_schemas_are_tables_as_well(engine: Engine) -> None:
    assert await engine.faults(dataset='table: "order_view", time: "day"') == []
    assert await engine.faults(dataset='table: "lake.visits", time: "day"') == []
    if engine.name == "postgres":
        assert await engine.faults(dataset='table: "order_store", time: "day"') == []
        assert await engine.faults(dataset='table: "public.orders", time: "day"') == []
    else:
        assert await engine.faults(dataset='table: "tables.main.orders", time: "day"') == []


async def test_capitals_are_kept_by_quotes_where_the_engine_tells_them_apart(
    engine: Engine,
) -> None:
    quoted = r'table: "\"Shouting\"", tenant: "\"Org\""'
    fields = (
        'id: Int @dimension(sql: "\\"OrderID\\"")\n  net: Decimal @metric(sql: "sum(\\"Net\\")")'
    )
    assert await engine.faults(fields, quoted) == []
    folded = 'id: Int @dimension(sql: "OrderID")\n  net: Decimal @metric(sql: "sum(Net)")'
    faults = await engine.faults(folded, r'table: "\"Shouting\"", tenant: "Org"')
    if engine.name == "duckdb":
        assert faults == []
        assert await engine.faults(folded, 'table: "SHOUTING", tenant: "ORG"') == []
        return
    assert faults == [
        "m.graphql:2: the tenant: the table Shouting has no column 'org' – "
        r"it has capitals: write \"Org\", with the quotes",
        "m.graphql:7: the dimension id: the table Shouting has no column 'orderid' – "
        r"it has capitals: write \"OrderID\", with the quotes",
        "m.graphql:8: the metric net: the table Shouting has no column 'net' – "
        r"it has capitals: write \"Net\", with the quotes",
    ]


async def test_a_table_that_may_not_be_read_is_told(postgres_tables: str) -> None:
    parts = urlsplit(postgres_tables)
    place = parts.netloc.rpartition("@")[2]
    url = parts._replace(netloc=f"{READER}:{READER}@{place}").geturl()
    warehouse = await open_warehouse(url, Settings())
    engine = Engine("postgres", warehouse)
    try:
        assert await engine.faults() == []
        assert await engine.faults(also=PRODUCT) == [
            "m.graphql:3: the table products cannot be read: "
            "permission denied for table products – let the warehouse's user read it"
        ]
    finally:
        await warehouse.close()


async def test_a_time_zone_that_the_warehouse_does_not_know_is_told(engine: Engine) -> None:
    catalog = catalog_of(dataset_sdl(dataset=OWN, also=""))
    (dataset,) = catalog.datasets
    source = replace(dataset.sources[0], timezone="Mars/Olympus", stored_in="Europe/Kyiv")
    catalog = replace(catalog, datasets=(replace(dataset, sources=(source,)),))
    with pytest.raises(ModelError) as caught:
        await bind_catalog(catalog, engine.warehouse)
    (fault,) = caught.value.faults
    assert fault.line == 2
    assert fault.message.startswith("the warehouse does not know the time zone 'Mars/Olympus': ")


# --- kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            'x: String @dimension(sql: "quantity")',
            "the dimension x is declared String, and the "
            "warehouse has integer – declare it ID, Int, BigInt, Decimal or Float, or cast it",
        ),
        (
            'x: Decimal @dimension(sql: "cost")',
            "the dimension x is declared Decimal, and the "
            "warehouse has float – declare it Float, or cast it",
        ),
        (
            'x: Boolean @dimension(sql: "note")',
            "the dimension x is declared Boolean, and the "
            "warehouse has text – declare it String or ID, or cast it",
        ),
        (
            'x: Int @dimension(sql: "net_amount")',
            "the dimension x is declared Int, and the "
            "warehouse has decimal – declare it Decimal or Float, or cast it",
        ),
        (
            'x: Int @dimension(sql: "quantity / 2")',
            "the dimension x is declared Int, and the "
            "warehouse has float – declare it Float, or cast it",
        ),
        (
            'x: Date @dimension(sql: "ordered_at")',
            "the dimension x is declared Date, and the "
            "warehouse has timestamp without time zone – declare it DateTime, or cast it",
        ),
        (
            'x: DateTime @dimension(sql: "day")',
            "the dimension x is declared DateTime, and the "
            "warehouse has date – declare it Date, or cast it",
        ),
        (
            'x: ID @dimension(sql: "status")',
            "the dimension x is declared ID, and the "
            "warehouse has another type – declare it String, or cast it",
        ),
        (
            'x: Decimal @metric(sql: "sum(cost)")',
            "the metric x is declared Decimal, and the "
            "warehouse has float – declare it Float, or cast it",
        ),
        (
            'x: BigInt @metric(sql: "sum(net_amount)")',
            "the metric x is declared BigInt, and the "
            "warehouse has decimal – declare it Decimal or Float, or cast it",
        ),
        (
            'x: Int @metric(sql: "sum(big) * 0.5")',
            "the metric x is declared Int, and the "
            "warehouse has decimal – declare it Decimal or Float, or cast it",
        ),
        (
            'x: Float @metric(sql: "max(country)")',
            "the metric x is declared Float, and the "
            "warehouse has text – declare it String or ID, or cast it",
        ),
        (
            'x: Boolean @metric(sql: "sum(quantity)")',
            "the metric x is declared Boolean, and the "
            "warehouse has integer – declare it ID, Int, BigInt, Decimal or Float, or cast it",
        ),
        (
            'x: Float @metric(sql: "sum(net_amount) > 5")',
            "the metric x is declared Float, and "
            "the warehouse has boolean – declare it Boolean, or cast it",
        ),
        (
            "x: Float @metric(sql: \"case when count(*) > max(big) then 'a' end\")",
            "the metric x is "
            "declared Float, and the warehouse has text – declare it String or ID, or cast it",
        ),
    ],
)
async def test_what_is_declared_is_what_the_warehouse_has(
    engine: Engine, declared: str, expected: str
) -> None:
    assert await engine.faults(declared) == [f"m.graphql:7: {expected} in `sql`"]


@pytest.mark.parametrize(
    "field",
    [
        'x: ID @dimension(sql: "id")',
        'x: ID @dimension(sql: "token")',
        'x: String @dimension(sql: "token")',
        'x: String @dimension(sql: "status")',
        'x: String @dimension(sql: "cast(payload as text)")',
        'x: Float @dimension(sql: "quantity / 2")',
        'x: Int @dimension(sql: "quantity % 2")',
        "x: String @dimension(sql: \"coalesce(product.kind, 'none') || '!'\")",
        'x: DateTime @dimension(sql: "seen_at")',
        'x: Boolean @dimension(sql: "cost > quantity")',
        'x: BigInt @metric(sql: "sum(big) + sum(quantity) - count(note)")',
        'x: Decimal @metric(sql: "sum(big)")',
        'x: Decimal @metric(sql: "sum(net_amount) * 0.19 - sum(visits.clicks)")',
        'x: Decimal @metric(sql: "round(sum(net_amount), 1)")',
        'x: Float @metric(sql: "sum(net_amount) / sum(visits.clicks)")',
        'x: Boolean @metric(sql: "sum(cost) > 5")',
        "x: String @metric(sql: \"case when count(*) > 5 then 'many' else 'few' end\")",
        'x: String @metric(sql: "min(country)")',
        'x: Int @metric(sql: "case when sum(cost) > 5 then 1 else 0 end")',
        'x: Date @metric(sql: "max(day)")',
        'x: DateTime @metric(sql: "greatest(max(ordered_at), max(loaded_at))")',
        'x: BigInt @metric(sql: "count(distinct status)")',
        'x: Float @metric(sql: "percentile(net_amount, 0.95)")',
        'x: Float @metric(sql: "percentile(quantity * 2, 0.5) filter (where is_paid)")',
        'x: Float @metric(sql: "percentile(visits.clicks, 0.5) / percentile(big, 0.5)")',
        "x: Float @metric(sql: \"avg(product.price) filter (where product.kind = 'own')\")",
    ],
)
async def test_what_fits_is_accepted_and_can_be_asked(
    engine: Engine, field: str, acme: Caller
) -> None:
    catalog = await engine.bind(field, also=f"{PRODUCT} {VISITS}")
    service = Service(catalog, engine.warehouse)
    order = (Ordering("x", descending=True),)
    if "@metric" in field:
        queries = [
            MetricQuery("Sales", metrics=("x",)),
            MetricQuery("Sales", metrics=("x",), by_time=True, order=order),
        ]
    else:
        queries = [MetricQuery("Sales", dimensions=("x",), order=order)]
    for query in queries:
        (answer,) = await service.metrics([(query, (FieldMember("x", "x"),))], acme)
        assert isinstance(answer, Answer)
        values = [json.loads(row)["x"] for row in answer.rows]
        assert any(value is not None for value in values)
        assert None not in values[:-1]  # NULLs come last


async def test_what_the_engine_refuses_is_told_in_its_words_on_one_line(engine: Engine) -> None:
    assert await engine.faults('x: Float @metric(sql: "sum(note)")') == [
        "m.graphql:7: the metric x: "
        + refusal(
            engine,
            "Binder Error: No function matches the given name and argument types "
            "'sum(VARCHAR)'. You might need to add explicit type casts.",
            "function sum(text) does not exist",
        )
    ]
    for field in (
        'x: Float @metric(sql: "sum(tags)")',
        'x: BigInt @metric(sql: "count(*) filter (where note > 5)")',
        'x: Float @metric(sql: "sum(cost) + max(note)")',
        'x: Float @metric(sql: "sum(net_amount) + max(status)")',
        'x: String @dimension(sql: "lower(day, 1)")',
    ):
        (fault,) = await engine.faults(field)
        assert "the warehouse refuses it: " in fault or "cannot be read as SQL" in fault
        assert "\n" not in fault


async def test_what_only_one_engine_refuses_is_told_by_that_one(engine: Engine) -> None:
    strict = {
        'x: Float @metric(sql: "sum(is_paid)")': "function sum(boolean) does not exist",
        'x: Float @metric(sql: "sum(cost) % 2")': "operator does not exist: double precision % int",
        'x: BigInt @metric(sql: "count(distinct payload)")': "could not identify an equality",
        'x: String @metric(sql: "max(payload)")': "function max(json) does not exist",
        "x: Int @dimension(sql: \"cast('abc' as int)\")": "invalid input syntax for type integer",
    }
    for field, complaint in strict.items():
        faults = await engine.faults(field)
        if engine.name == "duckdb":
            assert faults == []
        else:
            assert len(faults) == 1
            assert f"the warehouse refuses it: {complaint}" in faults[0]


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ("note", "text"),
        ("is_paid", "boolean"),
        ("day", "date"),
        ("ordered_at", "timestamp without time zone"),
    ],
)
async def test_a_percentile_is_of_numbers(engine: Engine, argument: str, kind: str) -> None:
    assert await engine.faults(f'x: Float @metric(sql: "percentile({argument}, 0.5)")') == [
        f"m.graphql:7: the metric x takes a percentile of {kind} – "
        "take it of a number; of a span of time, of its seconds"
    ]
    (unknown,) = await engine.faults('x: Float @metric(sql: "percentile(net_amout, 0.5)")')
    assert "has no column 'net_amout'" in unknown


async def test_a_filter_is_a_condition(engine: Engine) -> None:
    assert await engine.faults('x: Int @metric(sql: "count(*) filter (where note)")') == [
        "m.graphql:7: the metric x: the condition of its filter is text – "
        "compare something, as in filter (where status = 'paid')"
    ]


async def test_documents_and_arrays_are_no_text(engine: Engine) -> None:
    columns = ["tags"] if engine.name == "duckdb" else ["tags", "payload", "doc"]
    for column in columns:
        assert await engine.faults(f'x: String @dimension(sql: "{column}")') == [
            "m.graphql:7: the dimension x is declared String, and the warehouse has no plain text "
            '– choose a part of it, or write it as text: sql: "CAST(column AS TEXT)"'
        ]
        assert await engine.faults(f'x: String @dimension(sql: "cast({column} as text)")') == []


async def test_the_time_of_days_is_a_date(engine: Engine) -> None:
    sdl = dataset_sdl(dataset=OWN.replace("ordered_at", "day"), also="")
    catalog = catalog_of(sdl.replace("date: Date ", "date: DateTime "))
    with pytest.raises(ModelError) as caught:
        await bind_catalog(catalog, engine.warehouse)
    assert str(caught.value) == (
        "m.graphql:5: the time date is declared DateTime, and the warehouse has days – "
        "declare it Date"
    )


async def test_a_metric_of_instants_is_made_of_times_of_one_kind(engine: Engine) -> None:
    for sql in (
        "greatest(max(ordered_at), max(seen_at))",
        "case when count(*) > 1 then max(seen_at) end",
    ):
        assert await engine.faults(f'x: DateTime @metric(sql: "{sql}")') == [
            "m.graphql:7: the metric x is a DateTime made of parts of several kinds – "
            "take the min or max of one time, or of times of one kind and zone"
        ]


# --- joins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "on",
    [
        "product_id = product.id and product.kind = 'own'",  # the duplicate is of another kind
        "sku = product.sku and product.kind = 'own'",  # one a tenant; NULL joins nothing
        "product_id = product.id and sku = product.sku",
        "org_id = product.org_id and product.id = product_id and note = product.kind",
    ],
)
async def test_a_key_that_is_unique_within_a_tenant_is_proven(engine: Engine, on: str) -> None:
    assert await engine.faults(also=joined(on)) == []


@pytest.mark.parametrize(
    ("on", "tenant", "key"),
    [
        ("product_id = product.id", "org_id", "2 rows of products have org_id = 'acme', id = 1"),
        (
            "product_id = product.id and (product.kind = 'own' or product.kind = 'old')",
            "org_id",
            "2 rows of products have org_id = 'acme', id = 1",
        ),
        (
            "sku = product.sku and product.kind = 'old'",
            "org_id",
            "2 rows of products have org_id = 'rival', sku = 'it's'",
        ),
        (
            "org_id = product.org_id and product_id = product.id",
            "org_id",
            "2 rows of products have org_id = 'acme', id = 1",
        ),
        ("sku = product.sku and product.kind = 'own'", None, "2 rows of products have sku = 'c'"),
    ],
)
async def test_a_key_that_repeats_is_named(
    engine: Engine, on: str, tenant: str | None, key: str
) -> None:
    also = joined(on)
    dataset = OWN
    if tenant is None:
        also, dataset = (text.replace(', tenant: "org_id"', "") for text in (also, dataset))
    assert await engine.faults(also=also, dataset=dataset) == [
        f"m.graphql:3: @join 'product' is not many-to-one: {key} – "
        "join by a unique key; a duplicate would count what joins it twice"
    ]


async def test_a_join_over_types_that_do_not_compare_is_told_once(engine: Engine) -> None:
    fields = 'x: String @dimension(sql: "product.name")'
    faults = await engine.faults(
        fields, also=joined("quantity = product.sku and product.kind = 'own'")
    )
    if engine.name == "duckdb":  # would convert the text: '1' and '01' are one number
        assert faults == [
            "m.graphql:3: @join 'product' compares integer with text – "
            "join columns of one type, or CAST the side that the key is not on"
        ]
        return
    assert faults == [
        "m.graphql:3: @join 'product': "
        + refusal(engine, "", "operator does not exist: integer = text")
    ]


async def test_keys_that_cannot_be_counted_in_time_are_told(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_row = engine.warehouse.first_row

    async def too_long(sql: str) -> Any:
        if "HAVING" in sql:
            raise StatementTimeoutError("the statement ran for 30 s and was cancelled")
        return await first_row(sql)

    monkeypatch.setattr(engine.warehouse, "first_row", too_long)
    assert await engine.faults(also=PRODUCT) == [
        "m.graphql:3: @join 'product': whether sku is unique in products could not be counted in "
        "time – put a primary key or a unique index on it, or give the server more time "
        "(statement_timeout_s)"
    ]
