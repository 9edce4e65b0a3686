"""`schema sync` of records, entities, look-ups and connections."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import GraphQLError, build_schema, parse, validate_schema
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.errors import ModelError
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.sync import apply_sync, edits_as_faults, plan_sync
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY
from tests.sdl.models import ROWS, schema_file

SHORTEST = """\
type Order @records(table: "orders", key: ["id"]) { id: ID! total: Decimal customerId: ID customer: Customer @lookup(by: ["customerId"]) }
type Customer @entity(table: "customers", key: ["id"]) { id: ID! name: String }
type Query { orders: OrderConnection customer: Customer customers: [Customer] }
"""  # noqa: E501

SHORTEST_SYNCED = """\
type Order @records(table: "orders", key: ["id"]) { id: ID! total: Decimal customerId: ID customer: Customer @lookup(by: ["customerId"]) }
type Customer @entity(table: "customers", key: ["id"]) { id: ID! name: String }
type Query { orders(
  first: Int
  after: String
  last: Int
  before: String
  where: OrderFilter
  orderBy: [OrderOrder!]
): OrderConnection customer(id: ID!): Customer customers(ids: [ID!]!): [Customer] }

# Derived from the model, written by `analytics-gql schema sync`.

"Conditions on `Order`, all of which must hold."
input OrderFilter {
  and: [OrderFilter!]
  or: [OrderFilter!]
  not: OrderFilter
  id: IDFilter
  total: DecimalFilter
  customerId: IDFilter
}

"What `Order` can be ordered by."
enum OrderOrderField {
  ID
  TOTAL
  CUSTOMER_ID
}

"One step in the order of `Order`."
input OrderOrder {
  by: OrderOrderField!
  direction: SortDirection! = ASC
}

"A page of `Order`."
type OrderConnection {
  edges: [OrderEdge!]!
  nodes: [Order!]!
  pageInfo: PageInfo!
  "How many there are on all pages."
  totalCount: BigInt!
}

"One row of a page of `Order`, and the cursor that stands for it."
type OrderEdge {
  cursor: String!
  node: Order!
}
"""  # noqa: E501

FULL = """\
# What the shop sold.
type Order
  @records(table: "orders", key: ["id"], time: "ordered_at")
  @entity(table: "order_states", key: ["id"], time: "valid_from", availableAt: "known_at") {
  id: ID! # never missing
  orderedAt: DateTime
  customer: Customer @lookup(by: ["id", "orderedAt"]) # who
  note: Note @lookup(by: ["id"])
}

type Customer @entity(table: "customers", key: ["code", "shop"], time: "since") {
  code: String!
  shop: Int
  order: Order @lookup(by: ["code"])
}

type Note @entity(table: "notes", key: ["id"]) {
  id: ID
}

type Sales @dataset(table: "sales", time: "sold_at") {
  date: Date @time
  order: String @dimension
  orderInfo: Order @lookup(by: ["order"])
  revenue: Decimal @metric(sql: "sum(net)")
}

type Query {
  sales: [Sales!]
  salesPages: SalesConnection
  orders: OrderConnection
  order: Order
  ordersById: [Order]
  customer: Customer
  notes: [Note]
}
"""

FULL_WITH_ARGUMENTS = """\
# What the shop sold.
type Order
  @records(table: "orders", key: ["id"], time: "ordered_at")
  @entity(table: "order_states", key: ["id"], time: "valid_from", availableAt: "known_at") {
  id: ID! # never missing
  orderedAt: DateTime
  customer(asOf: DateTime): Customer @lookup(by: ["id", "orderedAt"]) # who
  note: Note @lookup(by: ["id"])
}

type Customer @entity(table: "customers", key: ["code", "shop"], time: "since") {
  code: String!
  shop: Int
  order(asOf: DateTime): Order @lookup(by: ["code"])
}

type Note @entity(table: "notes", key: ["id"]) {
  id: ID
}

type Sales @dataset(table: "sales", time: "sold_at") {
  date: Date @time
  order: String @dimension
  orderInfo(asOf: DateTime): Order @lookup(by: ["order"])
  revenue: Decimal @metric(sql: "sum(net)")
}

type Query {
  sales(
    dateRange: DateRange!
    groupBy: [SalesDimension!]
    granularity: Granularity! = DAY
    timezone: String
    where: SalesFilter
    orderBy: [SalesOrder!]
    limit: Int
  ): [Sales!]
  salesPages(
    first: Int
    after: String
    last: Int
    before: String
    dateRange: DateRange!
    groupBy: [SalesDimension!]
    granularity: Granularity! = DAY
    timezone: String
    where: SalesFilter
    orderBy: [SalesOrder!]
  ): SalesConnection
  orders(
    first: Int
    after: String
    last: Int
    before: String
    dateRange: DateRange
    where: OrderFilter
    orderBy: [OrderOrder!]
  ): OrderConnection
  order(
    id: ID!
    asOf: DateTime
  ): Order
  ordersById(
    ids: [ID!]!
    asOf: DateTime
  ): [Order]
  customer(
    code: String!
    shop: Int!
    asOf: DateTime
  ): Customer
  notes(ids: [ID!]!): [Note]
}
"""


def synced(text: str) -> str:
    return apply_sync(plan_sync((schema_file(text),))).get(Path("m.graphql"), text)


def faults_of(text: str) -> list[str]:
    return [str(fault) for fault in plan_sync((schema_file(text),)).faults]


def disagreements(text: str) -> list[str]:
    """What a file that sync has written to before would be told."""
    plan = replace(plan_sync((schema_file(text),)), is_first=False)
    return [str(fault) for fault in edits_as_faults(plan)]


def definition(text: str, name: str) -> str:
    """The text of a type, its description included."""
    for node in parse(text).definitions:
        if getattr(node, "name", None) and node.name.value == name and node.loc:  # type: ignore[attr-defined]
            return text[node.loc.start : node.loc.end]
    raise AssertionError(f"{name} is not defined")


SYNCED = synced(FULL)


def full_with(old: str, new: str) -> str:
    """The synced full model after a person's change."""
    assert old in SYNCED
    return SYNCED.replace(old, new, 1)


# --- what is written -----------------------------------------------------------------------------


def test_the_shortest_model_becomes_a_complete_one() -> None:
    result = synced(SHORTEST)
    assert result.startswith(SHORTEST_SYNCED)
    shared = "\n\n".join(
        definition(SHARED_TYPES, name)
        for name in ("BigInt", "Decimal", "SortDirection", "PageInfo", "IDFilter", "DecimalFilter")
    )
    assert result[len(SHORTEST_SYNCED) :] == (
        "\n# Shared by the whole model, written by `analytics-gql schema sync`.\n\n"
        f"{shared}\n"
        "\n# What the directives mean, written by `analytics-gql schema sync`.\n\n"
        f"{VOCABULARY}"
    )


def test_a_full_model_gets_every_argument_in_its_order() -> None:
    assert SYNCED.startswith(FULL_WITH_ARGUMENTS)


@pytest.mark.parametrize("text", [SHORTEST, FULL])
def test_a_synced_model_is_valid_and_has_nothing_to_sync(text: str) -> None:
    result = synced(text)
    plan = plan_sync((schema_file(result),))
    assert plan.edits == ()
    assert plan.faults == ()
    assert validate_schema(build_schema(result)) == []


@pytest.mark.parametrize("text", [SHORTEST, FULL, FULL.replace("\n", "\r\n")])
def test_what_people_wrote_stays_as_it_is(text: str) -> None:
    plan = plan_sync((schema_file(text),))
    assert all(edit.start == edit.end for edit in plan.edits)
    result, position, offset = synced(text), 0, 0
    for edit in plan.edits:
        expected = text[offset : edit.start] + edit.text
        assert result[position : position + len(expected)] == expected
        position, offset = position + len(expected), edit.end
    assert result[position:] == text[offset:]
    if "\r\n" in text:
        assert not re.search(r"(?<!\r)\n", result)


def test_a_dataset_has_a_connection_only_where_one_is_asked_for() -> None:
    text = FULL.replace("  salesPages: SalesConnection\n", "")
    assert "SalesConnection" not in synced(text)
    assert "SalesEdge" not in synced(text)
    assert definition(SYNCED, "SalesConnection").endswith("""\
type SalesConnection {
  edges: [SalesEdge!]!
  nodes: [Sales!]!
  pageInfo: PageInfo!
  "How many there are on all pages."
  totalCount: BigInt!
}""")
    assert "  node: Sales!\n" in definition(SYNCED, "SalesEdge")


def test_an_entity_alone_implies_no_types() -> None:
    for name in ("CustomerFilter", "CustomerOrder", "CustomerConnection", "NoteEdge"):
        assert name not in SYNCED


def test_links_are_in_no_enum_filter_or_order() -> None:
    for name in ("OrderFilter", "OrderOrderField", "SalesFilter", "SalesOrderField"):
        text = definition(SYNCED, name).lower()
        assert "customer" not in text
        assert "info" not in text
    assert "ORDER\n}" in definition(SYNCED, "SalesDimension")


def test_derived_types_stand_beside_their_owner_and_shared_ones_beside_the_query() -> None:
    query = "type Query" + FULL.partition("type Query")[2]
    files = (
        schema_file(FULL.partition("type Query")[0], "models.graphql"),
        schema_file(query, "query.graphql"),
    )
    changed = apply_sync(plan_sync(files))
    assert "type OrderConnection" in changed[Path("models.graphql")]
    assert "type PageInfo" not in changed[Path("models.graphql")]
    assert "type PageInfo" in changed[Path("query.graphql")]
    again = tuple(schema_file(changed[file.path], file.name) for file in files)
    assert plan_sync(again).edits == ()


def test_each_disagreement_is_a_line_that_names_the_command() -> None:
    found = disagreements(FULL)
    for expected in (
        "m.graphql:7: type Order: field customer lacks the argument `asOf`",
        "m.graphql:24: type Sales: field orderInfo lacks the argument `asOf`",
        "m.graphql:31: type Query: field orders lacks the argument `first`",
        "m.graphql:32: type Query: field order lacks the argument `id`",
        "m.graphql:2: type OrderConnection is missing",
        "m.graphql:28: type PageInfo is missing",
        "m.graphql:28: directive @lookup is missing",
    ):
        assert f"{expected} – run `analytics-gql schema sync`" in found


def test_a_new_column_is_appended_to_its_types() -> None:
    text = full_with("  note: Note", "  total: Int\n  note: Note")
    head = text.replace(
        "  orderedAt: DateTimeFilter\n", "  orderedAt: DateTimeFilter\n  total: IntFilter\n"
    ).replace("  ORDERED_AT\n", "  ORDERED_AT\n  TOTAL\n")
    # What no other type used before stands behind it all.
    heading = "\n# Shared by the whole model, written by `analytics-gql schema sync`.\n\n"
    assert synced(text) == f"{head}{heading}{definition(SHARED_TYPES, 'IntFilter')}\n"


# --- whatever people do --------------------------------------------------------------------------

WHOLE = synced(ROWS)
TOKENS = """
    , ! [ ] { } ( ) " : @ # extend type input enum union Query Order OrderEdge OrderConnection
    Customer Int id asOf @records @entity @column @lookup @dataset nodes null
"""


@settings(max_examples=150, deadline=None)
@given(
    start=st.integers(0, len(WHOLE)),
    length=st.integers(0, 40),
    text=st.sampled_from(["", *TOKENS.split()]),
)
def test_a_damaged_file_is_told_or_mended_in_one_go(start: int, length: int, text: str) -> None:
    damaged = f"{WHOLE[:start]} {text} {WHOLE[start + length :]}"
    try:
        schema_file(damaged)
    except GraphQLError:
        return  # told when the file is loaded
    result = schema_file(synced(damaged))
    assert plan_sync((result,)).edits == ()
    try:
        check_model((result,))
    except ModelError:
        return
    assert validate_schema(build_schema(result.text)) == []


# --- what is stale or wrong ----------------------------------------------------------------------


def test_fields_of_a_connection_are_restored_and_mended() -> None:
    text = full_with(
        "  edges: [OrderEdge!]!\n  nodes: [Order!]!\n",
        "  # Ask Ida.\n  nodes: [Order] @deprecated\n  total: Int\n",
    )
    assert disagreements(text) == [
        "m.graphql:143: type OrderConnection: field `nodes` is `[Order]`, not `[Order!]!` – "
        "run `analytics-gql schema sync`",
        "m.graphql:144: type OrderConnection: Order has nothing for the field `total` – "
        "run `analytics-gql schema sync`",
        "m.graphql:141: type OrderConnection lacks the field `edges` – "
        "run `analytics-gql schema sync`",
    ]
    assert definition(synced(text), "OrderConnection").endswith("""\
type OrderConnection {
  # Ask Ida.
  nodes: [Order!]! @deprecated
  pageInfo: PageInfo!
  "How many there are on all pages."
  totalCount: BigInt!
  edges: [OrderEdge!]!
}""")


def test_a_field_that_becomes_a_link_leaves_the_derived_types() -> None:
    text = full_with("  orderedAt: DateTime\n", '  orderedAt: Note @lookup(by: ["id"])\n')
    result = synced(text)
    assert "orderedAt" not in definition(result, "OrderFilter")
    assert "ORDERED_AT" not in definition(result, "OrderOrderField")


def test_a_field_at_fault_stays_in_the_derived_types() -> None:
    text = full_with("  orderedAt: DateTime\n", "  orderedAt: DateTme\n")
    assert disagreements(text) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param(
            "    orderBy: [OrderOrder!]\n",
            "    orderBy: [OrderOrder!]\n    limit: Int\n",
            "type Query: field orders has the argument `limit`, and no verb reads it – use first",
            id="limit of records",
        ),
        pytest.param(
            "    orderBy: [SalesOrder!]\n  ): SalesConnection",
            "    orderBy: [SalesOrder!]\n    limit: Int\n  ): SalesConnection",
            "type Query: field salesPages has the argument `limit`, and no verb reads it – "
            "use first",
            id="limit of a page of metrics",
        ),
        pytest.param(
            "    first: Int\n    after: String\n    last: Int\n    before: String\n"
            "    dateRange: DateRange\n",
            "    first: String\n    after: String\n    last: Int\n    before: String\n"
            "    dateRange: DateRange\n",
            "type Query: field orders has the argument `first` of type `String` – "
            "write `first: Int`",
            id="a wrong type",
        ),
        pytest.param(
            "    id: ID!\n    asOf: DateTime\n",
            "    id: ID\n    asOf: DateTime\n",
            "type Query: field order has the argument `id` of type `ID` – write `id: ID!`",
            id="a key that may be left out",
        ),
        pytest.param(
            "    ids: [ID!]!\n    asOf: DateTime\n",
            "    ids: [ID!]!\n    asOf: DateTime\n    idds: Int\n",
            "type Query: field ordersById has the argument `idds`, and no verb reads it – "
            "did you mean 'ids'?",
            id="a misspelt key",
        ),
        pytest.param(
            "  notes(ids: [ID!]!): [Note]",
            "  notes(ids: [ID!]!, asOf: DateTime): [Note]",
            "type Query: field notes has the argument `asOf`, but the @entity of Note has no "
            "`time` – remove it, or give Note what it lacks",
            id="an instant of what has no versions",
        ),
        pytest.param(
            "  note: Note",
            "  note(asOf: DateTime): Note",
            "type Order: field note has the argument `asOf`, but the @entity of Note has no "
            "`time` – remove it, or give Note what it lacks",
            id="an instant of a link to what has no versions",
        ),
        pytest.param(
            "  note: Note",
            "  note(colour: Int): Note",
            "type Order: field note has the argument `colour`, and no verb reads it – remove it",
            id="an argument of a link",
        ),
        pytest.param(
            'key: ["id"], time: "ordered_at"',
            'key: ["id"]',
            "type Query: field orders has the argument `dateRange`, but the @records of Order has "
            "no `time` – remove it, or give Order what it lacks",
            id="a range of records without time",
        ),
        pytest.param(
            "  nodes: [Order!]!\n",
            "  nodes(first: Int): [Order!]!\n",
            "type OrderConnection: field `nodes` takes arguments – "
            "take them away; no verb reads them",
            id="arguments of a derived field",
        ),
        pytest.param(
            "  hasNextPage: Boolean!",
            "  hasNextPage: Boolean",
            "type PageInfo: field `hasNextPage` is `Boolean`, not `Boolean!` – "
            "write `Boolean!`, or rename the type",
            id="another type in a shared type",
        ),
        pytest.param(
            "type OrderEdge {\n  cursor: String!\n  node: Order!\n}",
            "input OrderEdge { cursor: String! }",
            "OrderEdge should be the type derived from Order, but is declared as input – "
            "rename this input",
            id="another kind under a derived name",
        ),
        pytest.param(
            '"One row of a page of `Order`, and the cursor that stands for it."\n'
            "type OrderEdge {\n  cursor: String!\n  node: Order!\n}",
            "type OrderEdge { length: Int }",
            "type OrderEdge should be the one derived from Order, but has no field of that – "
            "rename it; if it is a leftover, remove it and run `analytics-gql schema sync`",
            id="a person's type under a derived name",
        ),
        pytest.param(
            "  orderedAt: DateTime\n",
            "  orderedAt: DateTime\n  ordered_at: DateTime\n",
            "two fields with one enum name ORDERED_AT: `orderedAt` and `ordered_at` – "
            "rename one of them; @column(sql: …) keeps its column",
            id="one enum name",
        ),
        pytest.param(
            "  orderedAt: DateTime\n",
            "  orderedAt: DateTime\n  not: Boolean\n",
            "`not` of Order could not be filtered: `not` combines conditions in every filter – "
            "rename the field; @column(sql: …) keeps its column",
            id="a combinator",
        ),
    ],
)
def test_what_sync_cannot_mend_is_a_fault(old: str, new: str, expected: str) -> None:
    text = full_with(old, new)
    assert [told.partition(": ")[2] for told in faults_of(text)] == [expected]
    assert len(faults_of(synced(text))) == 1
    assert plan_sync((schema_file(synced(text)),)).edits == ()


def test_people_decide_what_must_be_given_and_its_default() -> None:
    text = full_with("    first: Int\n    after", "    first: Int! = 20\n    after").replace(
        "    dateRange: DateRange\n", "    dateRange: DateRange!\n"
    )
    plan = plan_sync((schema_file(text),))
    assert plan.edits == ()
    assert plan.faults == ()


def test_nothing_is_derived_from_what_has_no_columns_or_no_key() -> None:
    text = """\
type Order @records(table: "orders", key: ["id"]) { a: Nothing }
type Customer @entity(table: "customers", key: ["id"]) { a: Int }
type Query { orders: OrderConnection customer: Customer customers: [Customer] }
"""
    result = synced(text)
    assert result.startswith(text)
    assert "# Derived" not in result
    assert faults_of(text) == []
