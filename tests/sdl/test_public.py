"""The public SDL: all that clients need, and nothing of the warehouse."""

from __future__ import annotations

import re
from pathlib import Path

from graphql import Source, build_schema, parse, print_schema, validate_schema

from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.public import public_sdl
from analytics_gql.sdl.sync import apply_sync, plan_sync

REPOSITORY = Path(__file__).parents[2]

MODEL = '''\
# Ask Ida before changing gold.sales.
"One row per group."
type SalesMetrics
  @dataset(table: "gold.sales", time: "sold_at", tenant: "org_id", version: "max(loaded_at)")
  @join(name: "shop", table: "gold.shops", on: "shop_key = shop.key", tenant: "org_id") {
  date: Date @time
  """
  Where it was sold.
  """
  country: String @dimension(sql: "shop.country_code")
  channel: String @deprecated(reason: "ask for country") @dimension
  revenue: Decimal @metric(sql: "sum(net_amount)", unit: "USD", format: CURRENCY)
}

type Query {
  "Sales of all shops."
  salesMetrics: [SalesMetrics!]
}
'''
PHYSICAL = (
    "gold",
    "sold_at",
    "org_id",
    "loaded_at",
    "shop_key",
    "country_code",
    "net_amount",
    "Ida",
)


def schema_files(*texts: str) -> tuple[SchemaFile, ...]:
    """The texts as files that are in sync."""
    files = tuple(
        SchemaFile(Path(name), name, text, parse(Source(text, name)))
        for number, text in enumerate(texts)
        if (name := f"{number}.graphql")
    )
    changed = apply_sync(plan_sync(files))
    return files if not changed else schema_files(*(changed.get(f.path, f.text) for f in files))


def test_clients_see_types_descriptions_and_deprecations_only() -> None:
    sdl = public_sdl(schema_files(MODEL))
    assert sdl.startswith('''\
"One row per group."
type SalesMetrics {
  date: Date
  """Where it was sold."""
  country: String
  channel: String @deprecated(reason: "ask for country")
  revenue: Decimal
}

type Query {
  "Sales of all shops."
  salesMetrics(dateRange: DateRange!, groupBy: [SalesMetricsDimension!], \
granularity: Granularity! = DAY, timezone: String, where: SalesMetricsFilter, \
orderBy: [SalesMetricsOrder!], limit: Int): [SalesMetrics!]
}

"What `SalesMetrics` can be grouped by."
enum SalesMetricsDimension {
  COUNTRY
  CHANNEL
}
''')
    assert sdl.endswith("}\n")


def test_no_physical_name_is_left() -> None:
    sdl = public_sdl(schema_files(MODEL))
    assert not [name for name in PHYSICAL if name in sdl]
    assert "Ask Ida" not in sdl


ROWS = """\
"An order."
type Order
  @records(table: "gold.orders", key: ["id"], time: "sold_at", where: "country_code > 1", tenant: "org_id")
  @entity(table: "gold.states", key: ["id"], time: "loaded_at", availableAt: "shop_key", tenant: "org_id") {
  id: ID! @column(sql: "net_amount")
  "Where it leads to."
  before(asOf: DateTime): Order @lookup(by: ["id"])
}

type Query {
  orders: OrderConnection
  order: Order
}
"""  # noqa: E501


def test_rows_are_shown_with_connections_and_without_tables() -> None:
    sdl = public_sdl(schema_files(ROWS))
    assert sdl.startswith("""\
"An order."
type Order {
  id: ID!
  "Where it leads to."
  before(asOf: DateTime): Order
}

type Query {
  orders(first: Int, after: String, last: Int, before: String, dateRange: DateRange, \
where: OrderFilter, orderBy: [OrderOrder!]): OrderConnection
  order(id: ID!, asOf: DateTime): Order
}
""")
    for shown in ("type OrderConnection {", "type OrderEdge {", "type PageInfo {"):
        assert shown in sdl
    sdl_of_rows = sdl.partition("directive @cacheControl")[0]
    assert not [name for name in (*PHYSICAL, "@", "states") if name in sdl_of_rows]
    assert validate_schema(build_schema(sdl)) == []


def test_the_vocabulary_is_not_for_clients() -> None:
    sdl = public_sdl(schema_files(MODEL))
    # But for the one that documents may bear.
    assert re.findall(r"directive (@\w+)", sdl) == ["@cacheControl"]
    for name in ("SourceColumn", "Format", "Direction"):
        assert f" {name} " not in sdl
    assert "enum SortDirection" in sdl


def test_the_public_sdl_is_a_valid_schema() -> None:
    demo = (REPOSITORY / "schema.graphql").read_text(encoding="utf-8")
    # Of a model with a catalog, Format and Direction are what the catalog tells of metrics.
    for text, unused in ((MODEL, 2), (demo, 0)):
        files = schema_files(text)
        schema = build_schema(public_sdl(files))
        assert validate_schema(schema) == []
        written = build_schema("\n".join(file.text for file in files))
        assert schema.query_type
        assert written.query_type
        enums = print_schema(written).count("\nenum ") - unused
        assert print_schema(schema).count("\nenum ") == enums


def test_types_of_the_vocabulary_that_something_else_uses_stay() -> None:
    used = MODEL.replace("type Query {", "type Query {\n  formats(toward: Direction): [Format!]")
    sdl = public_sdl(schema_files(used))
    assert "enum Format {" in sdl
    assert "enum Direction {" in sdl
    assert "SourceColumn" not in sdl


def test_directives_that_documents_may_use_stay_and_others_go() -> None:
    sdl = public_sdl(
        schema_files(
            MODEL,
            """\
"For documents."
directive @live(every: Int = 1) on QUERY | OBJECT
directive @owner(team: String!) repeatable on OBJECT | SCALAR | ENUM_VALUE | ARGUMENT_DEFINITION
scalar Colour @owner(team: "gold") @specifiedBy(url: "https://example.org/colour")
input Shade @oneOf @owner(team: "gold") { light: Colour dark: Colour @deprecated }
enum Tone @owner(team: "gold") { WARM @owner(team: "gold") }
extend type SalesMetrics @owner(team: "gold")
extend schema @owner(team: "gold")
extend enum Tone @owner(team: "gold") { COLD }
""",
        )
    )
    assert sdl.endswith("""\
"For documents."
directive @live(every: Int = 1) on QUERY | OBJECT

scalar Colour @specifiedBy(url: "https://example.org/colour")

input Shade @oneOf {
  light: Colour
  dark: Colour @deprecated
}

enum Tone {
  WARM
}

extend enum Tone {
  COLD
}
""")
    assert validate_schema(build_schema(sdl)) == []


def test_files_come_in_their_order_and_stay_as_they_are() -> None:
    model, query = MODEL.split("\ntype Query")
    files = schema_files(f"type Query{query}", model)
    before = [file.text for file in files]
    sdl = public_sdl(files)
    assert sdl.index("type Query") < sdl.index("type SalesMetrics")
    assert sdl == public_sdl(files)
    assert sdl == public_sdl(schema_files(*before))
    directives = [d.name.value for d in files[1].document.definitions[0].directives]  # type: ignore[attr-defined]
    assert directives == ["dataset", "join"]
