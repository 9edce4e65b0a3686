"""Every fault of a model: told once, at its line, with the name concerned and how to mend it."""

from __future__ import annotations

import pytest
from sqlglot import exp

from analytics_gql.errors import ModelError
from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.model.components import Accumulate
from analytics_gql.model.kinds import FieldType
from analytics_gql.sdl.read import examine, query_type_name, read_catalog
from tests.sdl.models import (
    ORDERS,
    PRODUCT,
    TRAFFIC,
    catalog_of,
    dataset_sdl,
    read_faults,
    schema_file,
)

EQUALITIES = 'write equalities joined by AND, such as on: "product_id = product.id"'
TABLE = "write table, schema.table or database.schema.table; double quotes keep capitals"


def joined(on: str, name: str = "product") -> str:
    return f'@join(name: "{name}", table: "gold.{name}s", on: "{on}")'


# --- directives ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (
            '@metric(sql: "sum(a)", formt: NUMBER)',
            "@metric: unknown argument 'formt' – did you mean 'format' or 'cost'?",
        ),
        (
            '@metric(sql: "sum(a)", colour: "red")',
            "@metric: unknown argument 'colour' – it takes sql, unit, format, better, cost",
        ),
        (
            '@metric(sql: "sum(a)", format: CURENCY)',
            "@metric: CURENCY cannot be the value of 'format' – did you mean 'CURRENCY'?",
        ),
        (
            '@metric(sql: "sum(a)", better: "UP")',
            "@metric: \"UP\" cannot be the value of 'better' – did you mean 'UP'?",
        ),
        (
            '@metric(sql: "sum(a)", better: SIDEWAYS)',
            "@metric: SIDEWAYS cannot be the value of 'better' – it is one of UP, DOWN",
        ),
        (
            "@metric(sql: 5)",
            "@metric: 5 cannot be the value of 'sql' – write text in quotes: sql: \"…\"",
        ),
        (
            "@metric(sql: null)",
            "@metric: null cannot be the value of 'sql' – write text in quotes: sql: \"…\"",
        ),
        ("@metric", "@metric: the argument 'sql' is missing – add sql: \"…\""),
        (
            '@metric(sql: "sum(a)", cost: "high")',
            "@metric: \"high\" cannot be the value of 'cost' – write a number: cost: 1.5",
        ),
        (
            '@metric(sql: "sum(a)", cost: -1)',
            "the metric x has a cost of -1 – write a number from 0 on: how many times as dear as a "
            "plain sum it is",
        ),
        (
            '@metric(sql: "sum(a)", cost: 1e999)',
            "the metric x has a cost of inf – write a number from 0 on: how many times as dear as "
            "a plain sum it is",
        ),
        (
            '@metric(sql: "sum(a)", sql: "sum(b)")',
            "@metric: the argument 'sql' stands twice – keep one",
        ),
        (
            '@metric(sql: "sum(a)") @metric(sql: "sum(b)")',
            "@metric stands twice – keep one of them",
        ),
        (
            '@dimension(sources: [{nme: "traffic"}])',
            "@dimension: [{ nme: \"traffic\" }] cannot be the value of 'sources' – write sources: "
            '[{ name: "traffic", sql: "column" }]',
        ),
    ],
)
def test_arguments_are_checked_against_the_vocabulary(metric: str, expected: str) -> None:
    assert read_faults(dataset_sdl(f"x: Int {metric}")) == [f"m.graphql:7: {expected}"]


def test_null_means_the_default() -> None:
    sdl = dataset_sdl(
        'x: Int @metric(sql: "sum(a)", cost: null, unit: null)',
        f"{ORDERS}, timezone: null, storedIn: null, shared: null, where: null, version: null",
    )
    (dataset,) = catalog_of(sdl).datasets
    assert dataset.sources[0].timezone == dataset.sources[0].stored_in == "UTC"
    assert dataset.metric_named["x"].cost == 1.0


@pytest.mark.parametrize(
    ("dataset", "expected"),
    [
        ('time: "a"', "@dataset: the argument 'table' is missing – add table: \"…\""),
        (
            'table: 5, time: "a"',
            "@dataset: 5 cannot be the value of 'table' – write text in quotes: table: \"…\"",
        ),
        (
            'table: "orders", time: "a", shared: "yes"',
            "@dataset: \"yes\" cannot be the value of 'shared' – write shared: true or "
            "shared: false",
        ),
        (
            'table: "orders", time: "a", tabel: "x"',
            "@dataset: unknown argument 'tabel' – did you mean 'table' or 'time'?",
        ),
        *(
            (
                f'table: "{table}", time: "a"',
                f"@dataset: `{table}` is not the name of a table – {TABLE}",
            )
            for table in (
                "",
                "orders o",
                "a.b.c.d",
                "a..b",
                "(select 1)",
                "read_csv('x')",
                "a; drop table b",
                "orders join x on 1=1",
                "orders tablesample (10)",
                "orders -- x",
                "1st",
            )
        ),
        (
            'table: "orders", time: "a("',
            "@dataset, time: the expression `a(` cannot be read as SQL – check parentheses and "
            "quotes; a reserved word as a column's name needs double quotes",
        ),
        (
            'table: "orders", time: "traffic.day"',
            "@dataset, time: `traffic.day` reads the source 'traffic', which is another fact than "
            "'orders' – use columns of the source itself or of its joins",
        ),
        (
            'table: "orders", time: "a", where: "product.x = 1"',
            "@dataset, where: it speaks of 'product', but sees the table's own columns alone – "
            "write x if it is a column of the table",
        ),
        (
            'table: "orders", time: "a", where: "count(*) > 1"',
            "@dataset, where: `count(*) > 1` has an aggregate where only columns may stand – "
            "aggregate in a @metric instead",
        ),
        (
            'table: "orders", time: "a", where: ""',
            "@dataset, where: the SQL expression is empty – write one, or leave the argument out",
        ),
        (
            'table: "orders", time: "a", version: "loaded_at"',
            "@dataset, version: `loaded_at` does not aggregate `loaded_at` – write max(loaded_at)",
        ),
        (
            'table: "orders", time: "a", version: "max(orders.loaded_at)"',
            "@dataset, version: it speaks of 'orders', but sees the table's own columns alone – "
            "write loaded_at if it is a column of the table",
        ),
        (
            'table: "orders", time: "a", version: "1"',
            "@dataset, version: `1` never changes – write what does, such as max(updated_at)",
        ),
        *(
            (
                f'table: "orders", time: "a", tenant: "{tenant}"',
                f"@dataset: the tenant `{tenant}` is not a column – name one column of the table",
            )
            for tenant in ("lower(org)", "*", "product.org", "'acme'")
        ),
        (
            'table: "orders", time: "a", timezone: "Europe/Berln"',
            "@dataset: timezone 'Europe/Berln' is no time zone – did you mean 'Europe/Berlin', "
            "'Europe/Dublin', 'Europe/Jersey', 'Europe/Kirov', or 'Europe/Oslo'?",
        ),
        *(
            (
                f'table: "orders", time: "a", storedIn: "{zone}"',
                f"@dataset: storedIn '{zone}' is no time zone – "
                "use a name of the IANA database such as Europe/Berlin",
            )
            for zone in ("", "../etc/passwd", "localtime", "+02:00")
        ),
    ],
)
def test_a_fault_of_the_dataset_is_told_once(dataset: str, expected: str) -> None:
    also = f"{TRAFFIC} {PRODUCT}"
    assert read_faults(dataset_sdl(dataset=dataset, also=also)) == [f"m.graphql:2: {expected}"]


def test_a_second_dataset_is_refused() -> None:
    assert read_faults(dataset_sdl(also='@dataset(table: "b")')) == [
        "m.graphql:3: @dataset stands twice – keep one of them"
    ]


def test_a_table_may_be_quoted_and_qualified() -> None:
    catalog = catalog_of(
        dataset_sdl(dataset=r'table: "Lake.\"Gold Layer\".\"Orders\"\"2\"", time: "a"', also="")
    )
    source = catalog.datasets[0].sources[0]
    assert source.relation.table.parts == ("lake", "Gold Layer", 'Orders"2')
    assert source.name == 'Orders"2'


# --- sources and joins ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        (
            joined("pid = nowhere.id"),
            "'product': `pid = nowhere.id` speaks of 'nowhere', which is no "
            "source and no join here – known are orders, product",
        ),
        (
            joined("pid = prodct.id"),
            "'product': `pid = prodct.id` speaks of 'prodct', which is no "
            "source and no join here – did you mean 'product'?",
        ),
        *(
            (joined(on), f"'product': `{on}` is not made of equalities – {EQUALITIES}")
            for on in (
                "pid > product.id",
                "pid = product.id or pid = product.id2",
                "a = b",
                "pid = product.id + 1",
                "pid = product.id and true",
                "pid is not distinct from product.id",
                "product.a = product.b + pid",
            )
        ),
        *(
            (
                joined(on),
                f"'product': `{on}` ties no column of 'product' to 'orders' – {EQUALITIES}",
            )
            for on in ("product.a = product.b", "product.kind = 1")
        ),
        (
            joined(""),
            "'product': the SQL expression is empty – write one, or leave the argument out",
        ),
        (
            joined("sum(pid) = product.id"),
            "'product': `sum(pid) = product.id` has an aggregate "
            "where only columns may stand – aggregate in a @metric instead",
        ),
        (
            joined("pid = (select 1)"),
            "'product': there is a sub-query in `pid = (select 1)` – "
            "reach another table by @join, a fact by @source",
        ),
        (
            joined("pid = traffic.id") + TRAFFIC,
            "'product': `pid = traffic.id` speaks of 'traffic', "
            "which is no source and no join here – known are orders, product",
        ),
        (
            joined("a.pid = product.id") + joined("product.aid = a.id", "a"),
            "'product' needs itself: product → a → product – break the cycle: "
            "join one of them by a column of 'orders'",
        ),
        (
            joined("product.did = d.id", "d")
            + joined("a.pid = product.id")
            + joined("b.aid = a.id", "a")
            + joined("product.bid = b.id", "b"),
            "'product' needs itself: product → a → b → product – break the cycle: "
            "join one of them by a column of 'orders'",
        ),
        (
            joined("pid = product.id") + joined("id = product.pid"),
            "'product': another source or join of the dataset is called 'product' – "
            "give it another name",
        ),
        (
            joined("pid = product.id") + joined("id = Product.pid", "Product"),
            "'Product': another source or join of the dataset is called 'product' – "
            "give it another name",
        ),
        (
            joined("pid = orders.id", "orders") + PRODUCT,
            "'orders': another source or join of the dataset is called 'orders' – "
            "give it another name",
        ),
        *(
            (
                joined("pid = x", name) + PRODUCT,
                f"'{name}': a name is made of letters, digits and _, sixty of them at most – "
                "rename it; the table's own name stands in `table`",
            )
            for name in ("", "my join", "a.b", "1st", "straße", "n" * 61)
        ),
        (
            '@join(name: "product", table: "p", source: "trafic", on: "a = product.b")' + TRAFFIC,
            "'product' starts at 'trafic', which is no source – did you mean 'traffic'?",
        ),
    ],
)
def test_a_fault_of_a_join_is_told_once(also: str, expected: str) -> None:
    # The dimension that uses the join is not to blame.
    sdl = dataset_sdl('category: String @dimension(sql: "product.category")', also=also)
    assert read_faults(sdl) == [f"m.graphql:3: @join {expected}"]


@pytest.mark.parametrize(
    ("join", "expected"),
    [
        (
            '@join(name: "product", table: "p")',
            "@join: the argument 'on' is missing – add on: \"…\"",
        ),
        (
            '@join(name: "product", table: "p", on: 5)',
            "@join: 5 cannot be the value of 'on' – write text in quotes: on: \"…\"",
        ),
        (
            '@join(name: "product", table: "p p", on: "a = product.b")',
            f"@join: `p p` is not the name of a table – {TABLE}",
        ),
        (
            '@join(name: "product", table: "p", on: "a = product.b", version: "b")',
            "@join, version: `b` does not aggregate `b` – write max(b)",
        ),
        (
            '@source(name: "product", tabel: "x", table: "p", time: "a")',
            "@source: unknown argument 'tabel' – did you mean 'table', 'name', or 'time'?",
        ),
        (
            '@source(name: "product", table: "p")',
            "the source 'product' has no time, the dataset has one – "
            "give each source of a dataset a time, or none",
        ),
    ],
)
def test_what_uses_a_faulty_join_or_source_is_not_blamed(join: str, expected: str) -> None:
    fields = 'x: Float @metric(sql: "sum(product.price)")'
    assert read_faults(dataset_sdl(fields, also=join)) == [f"m.graphql:3: {expected}"]


def test_names_of_sources_are_unique() -> None:
    for name in ("traffic", "orders", "ORDERS"):
        second = f'@source(name: "{name}", table: "b", time: "day")'
        (told,) = read_faults(dataset_sdl(also=f"{TRAFFIC} {second}"))
        known = "traffic" if name == "traffic" else "orders"
        assert told == (
            f"m.graphql:3: @source '{name}': another source or join of the dataset is called "
            f"'{known}' – give it another name"
        )


def test_a_source_with_a_time_needs_a_dataset_with_one() -> None:
    assert read_faults(dataset_sdl(dataset='table: "orders"', also=TRAFFIC)) == [
        "m.graphql:3: the source 'traffic' has a time, the dataset has none – "
        "give each source of a dataset a time, or none"
    ]


def test_joins_stand_in_an_order_in_which_each_builds_on_earlier_ones() -> None:
    hops = [
        joined("region.continent_id = continent.id", "continent"),
        joined("city.region_id = region.id", "region"),
        joined("city_id = city.id", "city"),
        joined("brand_id = brand.id and brand.kind = 'own'", "brand"),
    ]
    orders = []
    for also in (hops, hops[::-1], [hops[1], hops[3], hops[2], hops[0]]):
        (source,) = catalog_of(dataset_sdl(also=" ".join(also))).datasets[0].sources
        names = [join.name for join in source.joins]
        orders.append(names)
        assert names.index("city") < names.index("region") < names.index("continent")
        by_name = {join.name: join for join in source.joins}
        assert by_name["continent"].needs == ("region",)
        assert by_name["city"].needs == ()
        assert by_name["brand"].keys == ("id",)
        assert [part.sql() for part in by_name["brand"].conditions] == ['"brand"."kind" = \'own\'']
    assert len({tuple(sorted(names)) for names in orders}) == 1


def test_a_join_may_have_several_keys_and_each_counts_once() -> None:
    also = joined("org = product.org and product.id = pid and pid2 = product.id")
    (source,) = catalog_of(dataset_sdl(also=also)).datasets[0].sources
    assert source.joins[0].keys == ("org", "id")


def test_qualifiers_ignore_case() -> None:
    catalog = catalog_of(dataset_sdl(also=joined("pid = product.id", "Product")))
    join = catalog.datasets[0].sources[0].joins[0]
    assert join.on.sql() == '"orders"."pid" = "Product"."id"'


# --- fields --------------------------------------------------------------------------------------

KINDS = "String, Boolean, Int, Float, BigInt, Decimal, Date, DateTime, ID"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        *(
            (
                f'x: {written} @metric(sql: "sum(a)")',
                f"Sales.x is of type {written} – use one of {KINDS}, without `!`: any of them can "
                "be missing",
            )
            for written in ("Float!", "[Float]", "Sales", "Query", "Foo", "SalesFilter")
        ),
        (
            "x: Float",
            "Sales.x has no meaning – "
            "give it one of @time, @dimension(…), @metric(sql: …), @lookup(by: …)",
        ),
        (
            'x: Float @deprecated(reason: "old")',
            "Sales.x has no meaning – "
            "give it one of @time, @dimension(…), @metric(sql: …), @lookup(by: …)",
        ),
        ("x: Float @metrc(sql: 5)", "Sales.x has no meaning – did you mean 'metric'?"),
        (
            'x: Float @metric(sql: "sum(a)") @dimension',
            "Sales.x has more than one meaning – "
            "give it one of @time, @dimension(…), @metric(sql: …), @lookup(by: …)",
        ),
        (
            'x(a: Int): Float @metric(sql: "sum(a)")',
            "Sales.x takes arguments – take them away; no verb reads them",
        ),
        (
            "x: Date @time",
            "Sales.x is a second @time beside date – "
            "a dataset has one time dimension: take one away, or make it a @dimension",
        ),
        (
            'x: String @dimension(sources: [{name: "trafic"}])',
            "the dimension x stands in 'trafic', which is no source – did you mean 'traffic'?",
        ),
        (
            'x: String @dimension(sources: [{name: "traffic"}, {name: "traffic"}])',
            "the dimension x stands twice in 'traffic' – "
            "keep one; its SQL in the dataset's own table is the `sql` beside `sources`",
        ),
        (
            'x: String @dimension(sources: [{name: "orders", sql: "y"}])',
            "the dimension x stands twice in 'orders' – "
            "keep one; its SQL in the dataset's own table is the `sql` beside `sources`",
        ),
        (
            'x: String @dimension(sources: {name: "traffic", sql: "product.name"})',
            "the dimension x: `product.name` reads the source 'orders', which is another fact than "
            "'traffic' – use columns of the source itself or of its joins",
        ),
        (
            'x: String @dimension(sql: "")',
            "the dimension x: the SQL expression is empty – write one, or leave the argument out",
        ),
        (
            'x: String @dimension(sql: "max(a)")',
            "the dimension x: `max(a)` has an aggregate where only columns may stand – "
            "aggregate in a @metric instead",
        ),
        (
            'x: String @dimension(sql: "traffic.a")',
            "the dimension x: `traffic.a` reads the source 'traffic', which is another fact than "
            "'orders' – use columns of the source itself or of its joins",
        ),
    ],
)
def test_a_fault_of_a_field_is_told_once(field: str, expected: str) -> None:
    assert read_faults(dataset_sdl(field)) == [f"m.graphql:7: {expected}"]


def test_the_time_is_a_date_or_an_instant_of_a_dataset_with_time() -> None:
    assert read_faults(dataset_sdl().replace("date: Date", "date: Int")) == [
        "m.graphql:5: the time date is of type Int – declare it Date or DateTime"
    ]
    sdl = dataset_sdl("date: Date @time", 'table: "orders"', also="")
    assert read_faults(sdl) == [
        "m.graphql:7: date is the time of a dataset whose @dataset has no `time` – "
        'add time: "column" to @dataset'
    ]


def test_a_described_field_is_found_at_its_own_line() -> None:
    field = '"""\n  What it means,\n  in two lines.\n  """\n  # a comment\n  x: Float'
    (told,) = read_faults(dataset_sdl(field))
    assert told.startswith("m.graphql:12: Sales.x has no meaning")


def test_names_default_to_snake_case_and_columns_fold_like_sql() -> None:
    catalog = catalog_of(
        dataset_sdl(
            "paymentMethod: String @dimension\n"
            'shop: String @dimension(sql: "ShopName", '
            'sources: [{name: "traffic", sql: "\\"Shop\\""}])'
        )
    )
    method, shop = catalog.datasets[0].dimensions[1:]
    assert [column.expression.sql() for column in method.columns] == ['"orders"."payment_method"']
    assert [column.expression.sql() for column in shop.columns] == [
        '"orders"."shopname"',
        '"traffic"."Shop"',
    ]
    assert shop.enum_value == "SHOP"
    assert method.type is FieldType.STRING


# --- tenancy -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "also", "expected"),
    [
        (
            f'{ORDERS}, tenant: "org_id"',
            TRAFFIC,
            "m.graphql:3: the table gold.traffic names no tenant column, while others do – "
            'add tenant: "column", or shared: true if its rows are for everybody',
        ),
        (
            ORDERS,
            PRODUCT.replace("table:", 'tenant: "org_id", table:'),
            "m.graphql:2: the table gold.orders names no tenant column, while others do – "
            'add tenant: "column", or shared: true if its rows are for everybody',
        ),
        (
            f'{ORDERS}, tenant: "org_id", shared: true',
            "",
            "m.graphql:2: the table gold.orders has a tenant and is shared – keep one of the two",
        ),
        (
            f'{ORDERS}, tenant: "org_id"',
            '@source(name: "b", table: "gold.orders", tenant: "org", time: "a")',
            "m.graphql:3: the table gold.orders has the tenant 'org' here and the tenant 'org_id' "
            "at m.graphql:2 – say the same everywhere",
        ),
        (
            f"{ORDERS}, shared: true",
            '@source(name: "b", table: "gold.orders", tenant: "org", time: "a")',
            "m.graphql:2: the table gold.orders has no tenant here and the tenant 'org' "
            "at m.graphql:3 – say the same everywhere",
        ),
        (
            ORDERS,
            '@source(name: "b", table: "gold.orders", tenant: "org", time: "a")',
            "m.graphql:2: the table gold.orders names no tenant column, while others do – "
            'add tenant: "org", or shared: true if its rows are for everybody',
        ),
    ],
)
def test_tenancy_fails_closed(dataset: str, also: str, expected: str) -> None:
    assert read_faults(dataset_sdl(dataset=dataset, also=also)) == [expected]


def test_tenancy_holds_across_datasets() -> None:
    first = dataset_sdl(dataset=f'{ORDERS}, tenant: "org_id"', also="")
    second = 'type Costs @dataset(table: "costs") { a: Int @metric(sql: "sum(a)") }\n'
    assert read_faults(first + second) == [
        "m.graphql:14: the table costs names no tenant column, while others do – "
        'add tenant: "column", or shared: true if its rows are for everybody'
    ]


def test_a_model_with_tenants_and_shared_tables_is_in_order() -> None:
    shared = PRODUCT.replace("table:", "shared: true, table:")
    catalog = catalog_of(dataset_sdl(dataset=f'{ORDERS}, tenant: "OrgId"', also=shared))
    assert {str(table): tenant for table, tenant in catalog.tenant_columns.items()} == {
        "gold.orders": "orgid",
        "gold.products": None,
    }


# --- root fields and types -----------------------------------------------------------------------

TOTAL = 'type Total @dataset(table: "t") { n: Int @metric(sql: "count(*)") }\n'


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("t: Total", "returns Total, which is no list of a dataset – write [Total!]"),
        ("t: Total!", "returns Total!, which is no list of a dataset – write [Total!]"),
        ("t: [Totl]", "returns [Totl], which no root field can return – did you mean 'Total'?"),
        (
            "t: [[Total]]",
            "returns [[Total]], which no root field can return – did you mean 'Total'?",
        ),
        (
            "t: Int",
            "returns Int, which no root field can return – return [Total!]",
        ),
        (
            "t: [Other!]",
            "returns [Other!], which no root field can return – return [Total!]",
        ),
        (
            "t: SignedUrl",
            "returns SignedUrl, and lets others read what the caller may – say who may pass "
            'answers on: add @access(roles: ["…"])',
        ),
        (
            't: SignedUrl! @access(roles: ["a"])',
            "returns SignedUrl!, and if it is refused the others would be lost too – write "
            "SignedUrl",
        ),
    ],
)
def test_a_root_field_returns_what_a_verb_gives(root: str, expected: str) -> None:
    assert read_faults(f"{TOTAL}type Query {{\n  {root}\n}}") == [
        f"m.graphql:3: Query.t {expected}"
    ]


def test_there_must_be_a_query_type_and_a_dataset() -> None:
    assert read_faults(TOTAL) == [
        "m.graphql: there is no type Query – add `type Query { … }` with a root field"
    ]
    assert read_faults(f"schema {{ query: Root }}\n{TOTAL}type Query {{ a: Int }}") == [
        "m.graphql: there is no type Root – add `type Root { … }` with a root field"
    ]
    assert read_faults("type Query { a: Int }") == [
        "m.graphql:1: Query.a returns Int, which no root field can return – return a list of a "
        "type with @dataset, the connection of one with @records, or a type with @entity"
    ]
    assert read_faults("type Query") == [
        "m.graphql: no type has @dataset, @records or @entity – "
        "say where a type's rows come from with one of them"
    ]
    assert [str(fault) for fault in examine(())[1]] == [
        "schema: there is no type Query – add `type Query { … }` with a root field"
    ]


@pytest.mark.parametrize("opening", ["schema", "extend schema", "extend schema @a"])
def test_the_query_type_may_have_another_name(opening: str) -> None:
    text = f"{opening} {{ mutation: Query query: Root }}\n{TOTAL}type Root {{ t: [Total!] }}"
    assert query_type_name((schema_file(text),)) == "Root"
    assert catalog_of(text).root_fields == (RootField("t", Verb.AGGREGATE, "Total"),)


def test_a_dataset_that_nobody_asks_is_no_fault() -> None:
    catalog = catalog_of(f"{TOTAL}{TOTAL.replace('Total', 'Idle')}type Query {{ t: [Total!] }}")
    assert [dataset.name for dataset in catalog.datasets] == ["Total", "Idle"]


def test_parts_of_a_dataset_outside_of_one_are_not_overlooked() -> None:
    text = f"""{TOTAL}
type Query {{ t: [Total!] }}
extend type Total {{ m: Int @metric(sql: "sum(m)") }}
type Other
  @join(name: "a", table: "b", on: "c = a.d") {{
  e: String @dimension
}}
"""
    assert read_faults(text) == [
        "m.graphql:4: the dataset Total is extended here, and is read in one piece – "
        "move this into the type at m.graphql:1",
        "m.graphql:6: @join stands on Other, which has no @dataset – "
        'add @dataset(table: "…") to the type',
        "m.graphql:7: Other.e has @dimension, and Other has no @dataset – "
        'add @dataset(table: "…") to Other, or take the directive away',
    ]


# --- all at once ---------------------------------------------------------------------------------


def test_every_fault_of_every_file_is_told_at_once() -> None:
    broken = """\
type Sales
  @dataset(table: "gold.orders o", time: "ordered_at(", where: "a b c", tenant: "x + 1", timezone: "Nowhere")
  @source(name: "traffic", time: "day")
  @join(name: "product", table: "p", on: "a > product.id")
{
  date: Int @time
  country: [String] @dimension(sql: "max(country)")
  revenue: Decimal @metric(sql: "sum(a) / sum(b)")
  margin: Float @metric(sql: "revenu / cost")
  clicks: BigInt @metric(sql: "sum(trafic.clicks)")
}
"""  # noqa: E501
    root = "type Query {\n  sales: Sales\n}\n"
    _, faults = examine((schema_file(broken, "a.graphql"), schema_file(root, "b/c.graphql")))
    places = [(fault.file, fault.line) for fault in faults]
    assert places == [
        *[("a.graphql", 2)] * 5,
        ("a.graphql", 3),
        ("a.graphql", 4),
        ("a.graphql", 6),
        *[("a.graphql", 7)] * 2,
        ("a.graphql", 8),
        *[("a.graphql", 9)] * 2,
        ("a.graphql", 10),
        ("b/c.graphql", 2),
    ]
    assert all(fault.hint and "\n" not in f"{fault}" for fault in faults)
    with pytest.raises(ModelError) as caught:
        read_catalog((schema_file(broken, "a.graphql"), schema_file(root, "b/c.graphql")))
    assert caught.value.faults == faults
    assert str(caught.value).count("\n") == len(faults) - 1


def test_a_whole_model_is_read() -> None:
    sdl = dataset_sdl(
        '"Net."\n  revenue: Decimal @metric(sql: "sum(net_amount)", unit: "USD", '
        "format: CURRENCY, better: UP, cost: 2)\n"
        '  clicks: BigInt @metric(sql: "sum(traffic.clicks)")\n'
        '  perOrder: Float @metric(sql: "revenue / orderCount")',
        f'{ORDERS}, where: "a / b > 1", version: "max(Loaded_At)", timezone: "Europe/Berlin"',
    )
    catalog = catalog_of(sdl)
    (dataset,) = catalog.datasets
    own, traffic = dataset.sources
    assert (own.name, own.timezone, own.stored_in) == ("orders", "Europe/Berlin", "UTC")
    assert own.time is not None
    assert own.time.sql() == '"orders"."ordered_at"'
    assert own.relation.where is not None
    assert own.relation.where.sql() == ('CAST("a" AS DOUBLE) / NULLIF(CAST("b" AS DOUBLE), 0) > 1')
    assert own.relation.version is not None
    assert own.relation.version.sql() == 'MAX("loaded_at")'
    assert [join.name for join in own.joins] == ["product"]
    assert traffic.joins == ()
    revenue = dataset.metric_named["revenue"]
    assert (revenue.unit, revenue.format, revenue.better, revenue.cost, revenue.description) == (
        "USD",
        "CURRENCY",
        "UP",
        2.0,
        "Net.",
    )
    assert dataset.metric_named["clicks"].sources == ("traffic",)
    assert [part.accumulate for part in dataset.metric_named["perOrder"].components] == [
        Accumulate.SUM,
        Accumulate.COUNT,
    ]
    assert isinstance(dataset.metric_named["perOrder"].expression, exp.Div)
    assert dataset.place.line == 1
    assert dataset.has_range
