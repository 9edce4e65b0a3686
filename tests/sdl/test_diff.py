"""`schema diff`: each kind of change by an example, and nothing where nothing changed."""

from __future__ import annotations

import re
from datetime import date
from functools import cache

import pytest
from graphql import build_schema

from analytics_gql.errors import ModelError
from analytics_gql.sdl.changes import Change
from analytics_gql.sdl.contract import contract_changes
from analytics_gql.sdl.diff import Version, groupings, schema_changes, version_of
from analytics_gql.sdl.files import load_schema
from tests.conftest import ROOT
from tests.sdl import models
from tests.sdl.models import dataset_sdl, schema_file
from tests.sdl.test_public import MODEL as PUBLIC_MODEL
from tests.sdl.test_public import ROWS as PUBLIC_ROWS

TODAY = date(2027, 1, 31)

MODEL = """\
type Sales
  @dataset(table: "gold.orders", time: "ordered_at", tenant: "org_id", version: "max(a)")
  @source(name: "traffic", table: "gold.traffic", time: "day", tenant: "org_id")
  @join(name: "product", table: "gold.products", on: "product_id = product.id", tenant: "org_id")
  @join(name: "maker", table: "gold.makers", on: "product.maker_id = maker.id", shared: true)
{
  date: Date @time
  country: String @dimension(sources: [{ name: "traffic" }])
  city: String @dimension
  maker: String @dimension(sql: "maker.name")
  countryInfo: Country @lookup(by: ["country"])
  revenue: Decimal @metric(sql: "sum(net)", unit: "USD", format: CURRENCY, better: UP)
  share: Float @metric(sql: "(revenue - cost) / revenue")
  double: Float @metric(sql: "share * 2")
  cost: Decimal @metric(sql: "sum(product.price) filter (where paid)")
  visits: BigInt @metric(sql: "sum(traffic.visits)")
  rate: Float @metric(sql: "revenue / visits")
}

type Order @records(table: "gold.orders", key: ["id"], time: "ordered_at", where: "net > 0", tenant: "org_id") {
  id: ID!
  net: Decimal
  vat: Decimal @column(sql: "net * 0.2")
  quantity: BigInt
  countryCode: ID
  otherCode: ID
  country: Country @lookup(by: ["countryCode"])
}

type Country @entity(table: "gold.countries", key: ["code"], time: "since", availableAt: "known", shared: true) {
  code: ID!
  name: String
}

type Query {
  sales: [Sales!]
  orders: OrderConnection
  country: Country
}
"""  # noqa: E501
OLD = version_of((schema_file(MODEL),))
OWN = (
    "Sales, Sales.date, Sales.country, Sales.city, Sales.maker, "
    "Sales.revenue, Sales.share, Sales.double, Sales.cost, Sales.rate"
)
ORDER = (
    "Order, Order.id, Order.net, Order.vat, Order.quantity, "
    "Order.countryCode, Order.otherCode, Order.country"
)
COUNTRY = "Country, Country.code, Country.name"


def changed(*replaced: tuple[str, str], model: str = MODEL) -> Version:
    """The model with one text in place of another, each of which stands there once."""
    for old, new in replaced:
        assert model.count(old) == 1, old
        model = model.replace(old, new)
    return version_of((schema_file(model),))


def told(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.level.value} {change.kind}: {change.message}" for change in changes]


def meanings(*replaced: tuple[str, str]) -> list[tuple[str, str | None, str | None, str]]:
    """What a change of the model means: message, was, is, members; it is nothing else."""
    changes = schema_changes(OLD, changed(*replaced), TODAY)
    assert {change.level.value for change in changes} == {"meaning"}
    return [(c.message, c.was, c.now, ", ".join(c.members)) for c in changes]


# --- nothing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "model",
    [
        MODEL,
        models.ROWS,
        dataset_sdl(),
        PUBLIC_MODEL,
        PUBLIC_ROWS,
        (ROOT / "schema.graphql").read_text(),
        (ROOT / "tests" / "tpch" / "schema.graphql").read_text(),
    ],
)
def test_a_model_does_not_differ_from_itself(model: str) -> None:
    old, new = version_of((schema_file(model),)), version_of((schema_file(model),))
    assert schema_changes(old, new, TODAY) == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("sum(net)", " SUM ( NET ) "),
        ("sum(net)", "sum(orders.net)"),
        ("sum(net)", "sum((net))"),
        ('"(revenue - cost) / revenue"', '"((revenue) - cost) / (revenue)"'),
        ("net > 0", '( \\"net\\" > 0 )'),
        ("product_id = product.id", "orders.product_id  =  PRODUCT.ID"),
        ("net * 0.2", "orders.net * 0.2"),
        ("maker: String @dimension(", "maker: String\n  # from the factory\n  @dimension("),
        ("sum(product.price) filter (where paid)", "sum(product.price) filter (where (paid))"),
        ("city: String @dimension", 'city: String @dimension(sql: "city")'),
        ("max(a)", "max(b)"),
    ],
)
def test_another_spelling_is_no_change(old: str, new: str) -> None:
    assert schema_changes(OLD, changed((old, new)), TODAY) == ()


def test_a_formula_that_is_written_out_is_no_change() -> None:
    written = changed(('sql: "revenue / visits"', 'sql: "sum(net) / sum(traffic.visits)"'))
    assert schema_changes(OLD, written, TODAY) == ()


def test_the_parts_that_sync_writes_are_no_change() -> None:
    files = load_schema(ROOT / "schema.graphql")
    text = files[0].text
    bare = text[: text.index("# Derived from the model")]
    old, new = version_of(files), version_of((schema_file(bare),))
    assert schema_changes(old, new, TODAY) == ()


def test_a_model_with_faults_is_not_compared() -> None:
    with pytest.raises(ModelError) as caught:
        changed(("sum(net)", "sum(net"))
    assert "cannot be read as SQL" in str(caught.value)


# --- meaning -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "sum(net)",
            "sum(net - tax)",
            (
                "Sales.revenue: formula",
                "SUM(net)",
                "SUM(net - tax)",
                "Sales.revenue, Sales.share, Sales.double, Sales.rate",
            ),
        ),
        (
            "(revenue - cost) / revenue",
            "revenue - cost / revenue",
            (
                "Sales.share: formula",
                "(revenue - cost) / revenue",
                "revenue - cost / revenue",
                "Sales.share, Sales.double",
            ),
        ),
        (
            "(where paid)",
            "(where not paid)",
            (
                "Sales.cost: formula",
                "SUM(product.price) FILTER(WHERE paid)",
                "SUM(product.price) FILTER(WHERE NOT paid)",
                "Sales.cost, Sales.share, Sales.double",
            ),
        ),
        (
            '@dimension(sql: "maker.name")',
            '@dimension(sql: "maker.title")',
            ("Sales.maker: formula", "maker.name", "maker.title", "Sales.maker"),
        ),
        (
            '[{ name: "traffic" }]',
            '[{ name: "traffic", sql: "land" }]',
            (
                "Sales.country: formula in traffic",
                "country",
                "land",
                "Sales.country, Sales.countryInfo",
            ),
        ),
        (
            'table: "gold.orders", time: "ordered_at", tenant: "org_id", version',
            'table: "gold.orders", time: "ordered_at", tenant: "org_id", where: "net > 0", version',
            ("Sales: where", None, "net > 0", OWN),
        ),
        (
            'table: "gold.orders", time: "ordered_at", tenant: "org_id", version',
            'table: "silver.orders", time: "ordered_at", tenant: "org_id", version',
            ("Sales: table", "gold.orders", "silver.orders", OWN),
        ),
        (
            'time: "ordered_at", tenant: "org_id", version',
            'time: "paid_at", tenant: "org_id", version',
            ("Sales: time", "ordered_at", "paid_at", OWN),
        ),
        (
            'time: "ordered_at", tenant: "org_id", version',
            'time: "ordered_at", timezone: "Europe/Berlin", tenant: "org_id", version',
            ("Sales: timezone", "UTC", "Europe/Berlin", OWN),
        ),
        (
            'time: "ordered_at", tenant: "org_id", version',
            'time: "ordered_at", storedIn: "Europe/Berlin", tenant: "org_id", version',
            ("Sales: storedIn", "UTC", "Europe/Berlin", OWN),
        ),
        (
            'maker.id", shared: true',
            'maker.id", tenant: "org_id"',
            ("Sales, join maker: tenant", "shared", "org_id", "Sales.maker"),
        ),
        (
            'time: "day", tenant: "org_id"',
            'time: "day", shared: true',
            ("Sales, source traffic: tenant", "org_id", "shared", "Sales.visits, Sales.rate"),
        ),
        (
            "product_id = product.id",
            "product_id = product.number",
            (
                "Sales, join product: on",
                "product_id = product.id",
                "product_id = product.number",
                "Sales.maker, Sales.share, Sales.double, Sales.cost",
            ),
        ),
        (
            'table: "gold.makers"',
            'table: "gold.factories"',
            ("Sales, join maker: table", "gold.makers", "gold.factories", "Sales.maker"),
        ),
        (
            'unit: "USD"',
            'unit: "EUR"',
            ("Sales.revenue: unit", "USD", "EUR", "Sales.revenue"),
        ),
        (
            ", format: CURRENCY",
            "",
            ("Sales.revenue: format", "CURRENCY", None, "Sales.revenue"),
        ),
        (
            "better: UP",
            "better: DOWN",
            ("Sales.revenue: better", "UP", "DOWN", "Sales.revenue"),
        ),
        (
            '"net > 0"',
            '"net > 1"',
            ("Order, @records: where", "net > 0", "net > 1", ORDER),
        ),
        (
            'key: ["id"]',
            'key: ["id", "net"]',
            ("Order, @records: key", "id", "id, net", ORDER),
        ),
        (
            'time: "ordered_at", where',
            'time: "paid_at", where',
            ("Order, @records: time", "ordered_at", "paid_at", "Query.orders(dateRange:)"),
        ),
        (
            "net * 0.2",
            "net * 0.19",
            ("Order.vat: column", "net * 0.2", "net * 0.19", "Order.vat"),
        ),
        (
            "  countryCode: ID\n",
            '  countryCode: ID @column(sql: "land")\n',
            (
                "Order.countryCode: column",
                "country_code",
                "land",
                "Order.countryCode, Order.country",
            ),
        ),
        (
            '@lookup(by: ["countryCode"])',
            '@lookup(by: ["otherCode"])',
            ("Order.country: by", "countryCode", "otherCode", "Order.country"),
        ),
        (
            'availableAt: "known"',
            'availableAt: "seen"',
            ("Country, @entity: availableAt", "known", "seen", COUNTRY),
        ),
        (
            'time: "since"',
            'time: "valid_from"',
            ("Country, @entity: time", "since", "valid_from", COUNTRY),
        ),
        (
            'table: "gold.countries"',
            'table: "gold.lands"',
            ("Country, @entity: table", "gold.countries", "gold.lands", COUNTRY),
        ),
    ],
)
def test_a_changed_meaning_is_told_with_what_it_was_and_what_rests_on_it(
    old: str, new: str, expected: tuple[str, str | None, str | None, str]
) -> None:
    assert meanings((old, new)) == [expected]


def test_a_join_that_the_time_needs_changes_everything_of_its_source() -> None:
    model = MODEL.replace(
        'time: "ordered_at", tenant: "org_id", v', 'time: "product.at", tenant: "org_id", v'
    )
    old = version_of((schema_file(model),))
    new = changed(("product_id = product.id", "product_id = product.number"), model=model)
    (change,) = schema_changes(old, new, TODAY)
    assert ", ".join(change.members) == OWN


def test_a_number_that_becomes_a_key_changes_its_meaning() -> None:
    metric = 'size: BigInt @metric(sql: "max(size)")'
    model = MODEL.replace("  visits:", f"  {metric}\n  visits:")
    old = version_of((schema_file(model),))
    new = changed((metric, "size: BigInt @dimension"), model=model)
    changes = [change for change in schema_changes(old, new, TODAY) if change.was]
    assert [(c.message, c.was, c.now) for c in changes] == [
        ("Sales.size: role", "metric", "dimension"),
        ("Sales.size: formula", "MAX(size)", "size"),
    ]


def test_another_percentile_is_another_meaning() -> None:
    half, most = 'sql: "percentile(net, 0.5)"', 'sql: "percentile(net, 0.95)"'
    old = changed(('sql: "share * 2"', half))
    (found,) = schema_changes(old, changed(('sql: "share * 2"', most)), TODAY)
    assert (found.message, found.was, found.now) == (
        "Sales.double: formula",
        "PERCENTILE(net, 0.5)",
        "PERCENTILE(net, 0.95)",
    )
    spelt = changed(('sql: "share * 2"', 'sql: "Percentile(orders.net, .50)"'))
    assert schema_changes(old, spelt, TODAY) == ()


def test_two_formulas_of_one_chain_are_both_told() -> None:
    found = meanings(("sum(net)", "sum(net - tax)"), ('"share * 2"', '"share * 3"'))
    assert [message for message, *_ in found] == ["Sales.revenue: formula", "Sales.double: formula"]


def test_one_formula_reads_another_source_under_the_same_name() -> None:
    source = '@source(name: "traffic", table: "gold.traffic", time: "day", tenant: "org_id")'
    join = source.replace("@source", "@join").replace(
        'time: "day"', 'on: "traffic_id = traffic.id"'
    )
    without = ('(sources: [{ name: "traffic" }])', "")
    changes = schema_changes(changed(without), changed(without, (source, join)), TODAY)
    assert [
        (change.message, change.was, change.now) for change in changes if change.was or change.now
    ] == [("Sales.visits: formula", "SUM(traffic.visits)", "SUM(traffic.visits)")]


def test_what_is_new_changes_no_meaning() -> None:
    new = changed(
        (
            '@join(name: "maker"',
            '@join(name: "shop", table: "gold.shops", on: "shop_id = shop.id", shared: true)\n'
            '@join(name: "maker"',
        ),
        ("  visits:", '  shops: BigInt @metric(sql: "count(distinct shop.id)")\n  visits:'),
    )
    assert told(schema_changes(OLD, new, TODAY)) == [
        "additive FIELD_ADDED: Field Sales.shops was added",
        "additive OPTIONAL_INPUT_FIELD_ADDED: An optional field SalesFilter.shops was added",
        "additive VALUE_ADDED_TO_ENUM: Enum value SalesOrderField.SHOPS was added",
    ]


DEMO = (ROOT / "schema.graphql").read_text().partition("# Derived from the model")[0]
SAID = [
    found
    for found in re.finditer(r'(\w+): \[?"([^"]+)"', DEMO)
    if found[1] not in ("version", "name", "key", "by", "tenant")
]
OTHERWISE = {
    "count(*)": "count(id)",
    "(revenue - cost) / revenue": "(revenue - cost) / cost",
    "orderCount / sessions": "customers / sessions",
    "cost / requests": "cost / errors",
    "errors / requests": "errors / inputTokens",
    "count(*) filter (where status_code >= 400 and status_code <> 499)": "count(status_code)",
    "percentile(latency_ms, 0.5)": "percentile(latency_ms, 0.6)",
    "percentile(latency_ms, 0.95)": "percentile(latency_ms, 0.99)",
}


@cache
def demo() -> Version:
    return version_of((schema_file(DEMO),))


@pytest.mark.parametrize(
    "found", SAID, ids=[f"{DEMO.count(chr(10), 0, f.start()) + 1}-{f[1]}" for f in SAID]
)
def test_whatever_the_demo_says_of_its_data_is_compared(found: re.Match[str]) -> None:
    word = re.findall(r"\w+", found[2])[-1]
    other = OTHERWISE.get(found[2], f"{word}_2".join(found[2].rsplit(word, 1)))
    new = version_of((schema_file(DEMO[: found.start(2)] + other + DEMO[found.end(2) :]),))
    changes = schema_changes(demo(), new, TODAY)
    # Who may see a member is told as who gains or loses it.
    assert [c for c in changes if c.level.value == "meaning" or c.kind == "ACCESS_NARROWED"]


# --- the public schema ---------------------------------------------------------------------------


def test_what_is_removed_breaks() -> None:
    new = changed(('  visits: BigInt @metric(sql: "sum(traffic.visits)")\n', ""),
                  ('  rate: Float @metric(sql: "revenue / visits")\n', ""))  # fmt: skip
    assert told(schema_changes(OLD, new, TODAY)) == [
        "breaking FIELD_REMOVED: Field Sales.visits was removed",
        "breaking FIELD_REMOVED: Field Sales.rate was removed",
        "breaking FIELD_REMOVED: Field SalesFilter.visits was removed",
        "breaking FIELD_REMOVED: Field SalesFilter.rate was removed",
        "breaking VALUE_REMOVED_FROM_ENUM: Enum value SalesOrderField.VISITS was removed",
        "breaking VALUE_REMOVED_FROM_ENUM: Enum value SalesOrderField.RATE was removed",
    ]


def test_another_type_breaks() -> None:
    new = changed(("revenue: Decimal", "revenue: Float"))
    assert told(schema_changes(OLD, new, TODAY)) == [
        "breaking FIELD_CHANGED_KIND: Field Sales.revenue changed type from Decimal to Float",
        "breaking FIELD_CHANGED_KIND: Field SalesFilter.revenue changed type "
        "from DecimalFilter to FloatFilter",
    ]


def test_a_default_that_others_count_on_is_dangerous() -> None:
    new = changed(("  sales: [", "  sales(granularity: Granularity! = MONTH): ["))
    assert told(schema_changes(OLD, new, TODAY)) == [
        "dangerous ARG_DEFAULT_VALUE_CHANGE: Query.sales(granularity:) has changed defaultValue "
        "from DAY to MONTH"
    ]


def test_an_enum_value_surprises_only_those_who_may_receive_it() -> None:
    sdl = "enum Tone { WARM } type Query { tones(tone: Tone): [TYPE] }"
    for returned, level in (("Tone", "dangerous"), ("Int", "additive")):
        old = build_schema(sdl.replace("TYPE", returned))
        new = build_schema(sdl.replace("TYPE", returned).replace("WARM", "WARM COLD"))
        assert told(contract_changes(old, new, {}, TODAY)) == [
            f"{level} VALUE_ADDED_TO_ENUM: Enum value Tone.COLD was added"
        ]


def test_an_argument_is_dangerous_only_with_a_default() -> None:
    old = build_schema("type Query { a: Int }")
    for argument, expected in (
        ("b: Int", "additive OPTIONAL_ARG_ADDED: An optional argument Query.a(b:) was added"),
        ("b: Int = 1", "dangerous OPTIONAL_ARG_ADDED: An optional argument Query.a(b:) was added"),
        ("b: Int!", "breaking REQUIRED_ARG_ADDED: A required argument Query.a(b:) was added"),
    ):
        new = build_schema(f"type Query {{ a({argument}): Int }}")
        assert told(contract_changes(old, new, {}, TODAY)) == [expected]


def test_a_scalar_goes_with_the_last_that_needed_it() -> None:
    field = '  b: Float @deprecated @sunset(date: "2027-01-01")\n'
    sunset = "directive @sunset(date: String!) on FIELD_DEFINITION\n"
    old = build_schema(f"{sunset}type Query {{\n  a: Int\n{field}}}")
    new = build_schema("type Query { a: Int }")
    assert told(contract_changes(old, new, {}, TODAY)) == [
        "dangerous TYPE_REMOVED: Standard scalar Float was removed because it is not referenced "
        "anymore, and no operation needs it",
        "dangerous FIELD_REMOVED: Field Query.b was removed, "
        "as announced: its sunset was 2027-01-01",
    ]


def test_a_description_is_no_more_than_told() -> None:
    new = changed(("  city:", '  "Long text. Sales.revenue was removed."\n  city:'))
    assert told(schema_changes(OLD, new, TODAY)) == [
        "additive DESCRIPTION_CHANGED: Description of field Sales.city has changed"
    ]


def test_a_grouping_that_is_lost_breaks() -> None:
    new = changed(
        ('country: String @dimension(sources: [{ name: "traffic" }])', "country: String @dimension")
    )
    assert told(schema_changes(OLD, new, TODAY)) == [
        "breaking GROUPING_REMOVED: Sales.visits can no longer be grouped or filtered by country",
        "breaking GROUPING_REMOVED: Sales.rate can no longer be grouped or filtered by country",
    ]
    assert groupings(OLD.catalog.dataset("Sales"), "rate") == ("country",)


def test_a_metric_that_comes_to_need_another_source_loses_groupings() -> None:
    changes = schema_changes(OLD, changed(("sum(net)", "sum(net) - sum(traffic.price)")), TODAY)
    assert told(changes)[:1] == [
        "breaking GROUPING_REMOVED: Sales.revenue can no longer be grouped or filtered by "
        "city, maker"
    ]
    assert changes[0].members == ("Sales.revenue", "Sales.city", "Sales.maker")


# --- deprecation ---------------------------------------------------------------------------------

VISITS = "visits: BigInt"
GONE = (
    ('  visits: BigInt @deprecated(reason: "ask rate") @sunset(date: "DAY") '
     '@metric(sql: "sum(traffic.visits)")\n', ""),
    ('sql: "revenue / visits"', 'sql: "revenue / sum(traffic.visits)"'),
)  # fmt: skip


def deprecated(day: str) -> str:
    return MODEL.replace(VISITS, f'{VISITS} @deprecated(reason: "ask rate") @sunset(date: "{day}")')


def removed(day: str) -> list[str]:
    old = deprecated(day)
    gone = changed((GONE[0][0].replace("DAY", day), ""), GONE[1], model=old)
    return told(schema_changes(version_of((schema_file(old),)), gone, TODAY))


def test_before_its_sunset_a_removal_breaks() -> None:
    assert removed("2027-02-01") == [
        "breaking FIELD_REMOVED: Field Sales.visits was removed, before its sunset on 2027-02-01",
        "breaking FIELD_REMOVED: Field SalesFilter.visits was removed, "
        "before its sunset on 2027-02-01",
        "breaking VALUE_REMOVED_FROM_ENUM: Enum value SalesOrderField.VISITS was removed, "
        "before its sunset on 2027-02-01",
    ]


@pytest.mark.parametrize("day", ["2027-01-31", "2026-12-01"])
def test_from_its_sunset_on_a_removal_is_dangerous(day: str) -> None:
    assert removed(day) == [
        "dangerous FIELD_REMOVED: Field Sales.visits was removed, "
        f"as announced: its sunset was {day}",
        "dangerous FIELD_REMOVED: Field SalesFilter.visits was removed, "
        f"as announced: its sunset was {day}",
        "dangerous VALUE_REMOVED_FROM_ENUM: Enum value SalesOrderField.VISITS was removed, "
        f"as announced: its sunset was {day}",
    ]


def test_types_that_only_what_was_announced_needed_go_with_it() -> None:
    old = MODEL.replace(
        "  orders: OrderConnection",
        '  orders: OrderConnection @deprecated @sunset(date: "2027-01-01")',
    )
    start, end = old.index("type Order"), old.index("type Country")
    new = old.replace(old[start:end], "").replace(
        old[old.index("  orders:") : old.index("  country: Country\n}")], ""
    )
    changes = schema_changes(
        version_of((schema_file(old),)), version_of((schema_file(new),)), TODAY
    )
    assert {change.level.value for change in changes} == {"dangerous"}
    assert "dangerous TYPE_REMOVED: OrderConnection was removed, and no operation needs it" in told(
        changes
    )
    undated = old.replace(' @sunset(date: "2027-01-01")', "")
    changes = schema_changes(
        version_of((schema_file(undated),)), version_of((schema_file(new),)), TODAY
    )
    assert {change.level.value for change in changes} == {"breaking"}


def test_a_deprecation_is_announced() -> None:
    plain, soon, late = (
        version_of((schema_file(text),))
        for text in (MODEL, deprecated("2027-05-01"), deprecated("2027-09-01"))
    )
    undated = changed((VISITS, f'{VISITS} @deprecated(reason: "ask rate")'))
    assert told(schema_changes(plain, soon, TODAY)) == [
        "additive DEPRECATED: Sales.visits is deprecated, and may be gone from 2027-05-01 on: "
        "ask rate"
    ]
    assert told(schema_changes(plain, undated, TODAY)) == [
        "additive DEPRECATED: Sales.visits is deprecated: ask rate"
    ]
    assert told(schema_changes(soon, plain, TODAY)) == [
        "additive DEPRECATION_REMOVED: Sales.visits is not deprecated any more"
    ]
    assert told(schema_changes(late, soon, TODAY)) == [
        "dangerous SUNSET_CHANGED: the sunset of Sales.visits moved from 2027-09-01 to 2027-05-01"
    ]
    assert told(schema_changes(soon, late, TODAY)) == [
        "additive SUNSET_CHANGED: the sunset of Sales.visits moved from 2027-05-01 to 2027-09-01"
    ]
    assert told(schema_changes(undated, soon, TODAY)) == [
        "additive SUNSET_CHANGED: the sunset of Sales.visits moved from no day to 2027-05-01"
    ]
