"""Records, entities, look-ups and root fields: what is read, and every fault at its line."""

from __future__ import annotations

import pytest

from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.relation import Place
from analytics_gql.sdl.read import examine
from tests.sdl.models import ROWS, catalog_of, read_faults, schema_file

# --- what is read --------------------------------------------------------------------------------


def test_a_whole_model_is_read() -> None:
    catalog = catalog_of(ROWS)
    assert [item.name for item in catalog.datasets] == ["Sales"]
    assert [item.name for item in catalog.records] == ["Order"]
    assert [item.name for item in catalog.entities] == ["Order", "Customer", "Price", "Country"]
    assert catalog.root_fields == (
        RootField("sales", Verb.AGGREGATE, "Sales"),
        RootField("salesPages", Verb.PAGE_OF_METRICS, "Sales"),
        RootField("orders", Verb.PAGE_OF_RECORDS, "Order"),
        RootField("order", Verb.LOOK_UP, "Order"),
        RootField("ordersById", Verb.LOOK_UP_MANY, "Order"),
        RootField("customer", Verb.LOOK_UP, "Customer"),
        RootField("customers", Verb.LOOK_UP_MANY, "Customer"),
        RootField("price", Verb.LOOK_UP, "Price"),
    )
    assert {str(table): tenant for table, tenant in catalog.tenant_columns.items()} == {
        "sales": None,
        "gold.orders": "org_id",
        "gold.order_states": "org_id",
        "customers": None,
        "prices": None,
        "countries": None,
    }


def test_records_are_read_with_their_own_table() -> None:
    orders = catalog_of(ROWS).records_of("Order")
    rows = orders.rows
    assert rows.key == ("orderNumber", "id")
    assert [item.name for item in rows.key_fields] == ["orderNumber", "id"]
    assert rows.alias == "orders"
    assert rows.description == "What was ordered."
    assert rows.place == Place("m.graphql", 2)
    assert rows.relation.tenant == "org_id"
    assert rows.relation.where is not None
    assert rows.relation.where.sql() == '"total" > 0'
    assert rows.relation.version is not None
    assert orders.time is not None
    assert orders.time.sql() == (
        'CAST("orders"."ordered_at" AS DOUBLE) / NULLIF(CAST(2 AS DOUBLE), 0)'
    )
    assert {item.name: item.expression.sql() for item in rows.fields} == {
        "id": '"orders"."id"',
        "orderNumber": '"orders"."order_number"',
        "total": '"orders"."total"',
        "vat": 'CAST("orders"."orders_tax" AS DOUBLE) / NULLIF(CAST("orders"."net" AS DOUBLE), 0)',
        "customerId": '"orders"."customer_id"',
    }
    assert rows.field_named["total"].description == "With tax."
    assert rows.field_named["total"].type is FieldType.DECIMAL
    assert rows.field_named["id"].type is FieldType.ID
    assert rows.field_named["vat"].place == Place("m.graphql", 9)


def test_records_and_entities_say_what_zone_their_timestamps_are_stored_in() -> None:
    text = """type Order
      @records(table: "orders", key: ["id"], storedIn: "America/New_York")
      @entity(table: "states", key: ["id"], storedIn: null) { id: ID! }
    type Query { orders: OrderConnection order: Order }"""
    catalog = catalog_of(text)
    assert catalog.records_of("Order").rows.stored_in == "America/New_York"
    assert catalog.entity("Order").rows.stored_in == "UTC"


def test_an_entity_beside_records_has_its_own_table_key_and_time() -> None:
    catalog = catalog_of(ROWS)
    order = catalog.entity("Order")
    assert order.rows is not catalog.records_of("Order").rows
    assert order.is_versioned
    assert order.time is not None
    assert order.time.sql() == '"order_states"."valid_from"'
    assert order.available_at is not None
    assert order.available_at.sql() == '"order_states"."Known At"'
    assert order.rows.key == ("id",)
    assert order.rows.field_named["total"].expression.sql() == '"order_states"."total"'
    assert order.rows.relation.where is None
    assert catalog.entity("Customer").rows.key == ("id",)
    assert not catalog.entity("Price").is_versioned


def test_links_know_their_entity_and_what_holds_its_key() -> None:
    catalog = catalog_of(ROWS)
    customer = Lookup(
        "customer", "Customer", ("customerId",), Place("m.graphql", 12), "Who ordered."
    )
    price = Lookup("price", "Price", ("orderNumber", "customerId"), Place("m.graphql", 13))
    assert catalog.records_of("Order").rows.lookups == (customer, price)
    assert catalog.entity("Order").rows.lookup_named == {"customer": customer, "price": price}
    assert "customer" not in catalog.records_of("Order").rows.field_named
    (info,) = catalog.dataset("Sales").lookups
    assert info == Lookup("countryInfo", "Country", ("country",), Place("m.graphql", 31))
    assert [item.name for item in catalog.dataset("Sales").dimensions] == ["country"]


def test_a_column_may_be_qualified_by_its_own_table() -> None:
    text = model('id: ID! @column(sql: "Orders.Nr + 1")')
    rows = catalog_of(text).records_of("Order").rows
    assert rows.field_named["id"].expression.sql() == '"orders"."nr" + 1'


# --- faults of types -----------------------------------------------------------------------------


def model(
    fields: str = "id: ID!",
    directive: str = '@records(table: "orders", key: ["id"])',
    root: str = "orders: OrderConnection",
) -> str:
    """Records on line 2, their fields from 3 on; the root field on 12."""
    return f"""\
type Order
  {directive} {{
  {fields}
  total: Decimal
  customerId: ID
}}
type Customer @entity(table: "customers", key: ["id"]) {{ id: ID! name: String }}
type Price @entity(table: "prices", key: ["product", "shop"]) {{ product: ID! shop: ID! }}
type Invoice @records(table: "invoices", key: ["id"]) {{ id: ID! }}
type Sales @dataset(table: "sales") {{ country: String @dimension n: Int @metric(sql: "count(*)") }}
type Query {{
  {root}
}}
"""


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        (
            '@records(table: "orders", key: [])',
            "@records: the key is empty – name the fields that tell one row from another",
        ),
        (
            '@records(table: "orders", key: ["id", "id"])',
            "@records: the key names 'id' twice – name each field once",
        ),
        (
            '@records(table: "orders", key: ["id", "customrId"])',
            "@records: the key names 'customrId', which is no field of Order – "
            "did you mean 'customerId'?",
        ),
        (
            '@entity(table: "orders", key: ["id", "colour"])',
            "@entity: the key names 'colour', which is no field of Order – "
            "its columns are id, total, customerId",
        ),
        (
            # What it meant is never missing, so nothing is held against its `!`.
            '@records(table: "orders", key: ["order_id"])',
            "@records: the key names 'order_id', which is no field of Order – "
            "its columns are id, total, customerId",
        ),
        (
            '@records(table: "orders", key: ["id", "customer"])',
            "@records: the key names 'customer', which is no column – "
            "its columns are id, total, customerId",
        ),
        (
            '@records(table: "orders")',
            "@records: the argument 'key' is missing – add key: [\"…\"]",
        ),
        (
            '@records(table: "orders", key: 5)',
            "@records: 5 cannot be the value of 'key' – write text in quotes: key: [\"…\"]",
        ),
        (
            '@entity(table: "orders o", key: ["id"])',
            "@entity: `orders o` is not the name of a table – "
            "write table, schema.table or database.schema.table; double quotes keep capitals",
        ),
        (
            '@records(table: "orders", key: ["id"], time: "max(a)")',
            "@records, time: `max(a)` has an aggregate where only columns may stand – "
            "aggregate in a @metric instead",
        ),
        (
            '@records(table: "orders", key: ["id"], time: "customer.since")',
            "@records, time: `customer.since` speaks of 'customer', but sees the table's own "
            "columns alone – write since if it is a column of the table; a row of another one is "
            "reached by @lookup",
        ),
        *(
            (
                f'@{verb}(table: "orders", key: ["id"], storedIn: "localtime")',
                f"@{verb}: storedIn 'localtime' is no time zone – "
                "use a name of the IANA database such as Europe/Berlin",
            )
            for verb in ("records", "entity")
        ),
        (
            '@entity(table: "orders", key: ["id"], availableAt: "known_at")',
            "@entity: there is an availableAt and no time – "
            'add time: "column", from which on a row is valid',
        ),
        (
            '@entity(table: "orders", key: ["id"], time: "a", availableAt: "b(")',
            "@entity, availableAt: the expression `b(` cannot be read as SQL – check parentheses "
            "and quotes; a reserved word as a column's name needs double quotes",
        ),
        (
            '@records(table: "orders", key: ["id"], where: "customer.id = 1")',
            "@records, where: it speaks of 'customer', but sees the table's own columns alone – "
            "write id if it is a column of the table",
        ),
        (
            '@records(table: "orders", key: ["id"], version: "loaded_at")',
            "@records, version: `loaded_at` does not aggregate `loaded_at` – write max(loaded_at)",
        ),
        (
            '@records(table: "orders", key: ["id"], tenant: "lower(org)")',
            "@records: the tenant `lower(org)` is not a column – name one column of the table",
        ),
        (
            '@records(table: "orders", key: ["id"]) @records(table: "orders", key: ["id"])',
            "@records stands twice – keep one of them",
        ),
        (
            '@records(table: "orders", key: ["id"]) @dataset(table: "orders")',
            "@records stands on Order beside @dataset – "
            "part it: one type for its metrics, one for its rows",
        ),
        (
            '@records(table: "orders", key: ["id"]) @join(name: "a", table: "b", on: "c = a.d")',
            "@join stands on Order, which has no @dataset – "
            "take it away: rows are read from one table, and reach others by @lookup",
        ),
    ],
)
def test_a_fault_of_a_row_type_is_told_once(directive: str, expected: str) -> None:
    fields = 'id: ID! customer: Customer @lookup(by: ["customerId"])'
    told = [fault for fault in read_faults(model(fields, directive)) if ":12:" not in fault]
    assert told == [f"m.graphql:2: {expected}"]


def test_a_key_called_as_of_is_refused() -> None:
    text = model("asOf: Date!", '@entity(table: "orders", key: ["asOf"])', "order: Order")
    assert read_faults(text) == [
        "m.graphql:2: @entity: the key names 'asOf', which is an argument of every look-up – "
        "rename the field; @column(sql: …) keeps its column"
    ]


def test_a_fault_of_a_type_that_is_records_and_entity_is_told_once() -> None:
    directives = (
        '@records(table: "orders", key: ["id"]) @entity(table: "order_states", key: ["id"])'
    )
    fields = 'id: ID!\n  a: Flot\n  b: Int @column(sql: "x.y")\n  c: Int @column(sql: "sum(a)")'
    assert read_faults(model(fields, directives)) == [
        "m.graphql:4: Order.a is of type Flot – use one of String, Boolean, Int, Float, BigInt, "
        "Decimal, Date, DateTime, ID, without `!`: any of them can be missing",
        "m.graphql:5: the column b: `x.y` speaks of 'x', but sees the table's own columns alone – "
        "write y if it is a column of the table; a row of another one is reached by @lookup",
        "m.graphql:6: the column c: `sum(a)` has an aggregate where only columns may stand – "
        "aggregate in a @metric instead",
    ]


def test_the_tables_of_rows_are_as_clear_about_tenants_as_others() -> None:
    text = ROWS.replace('key: "id", time: "since", shared: true', 'key: "id", time: "since"')
    assert read_faults(text) == [
        "m.graphql:16: the table customers names no tenant column, while others do – "
        'add tenant: "column", or shared: true if its rows are for everybody'
    ]


# --- faults of fields ----------------------------------------------------------------------------

TYPES = "String, Boolean, Int, Float, BigInt, Decimal, Date, DateTime, ID"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            "x: Int!",
            f"Order.x is of type Int! – use one of {TYPES}, without `!`: any of them can be "
            "missing",
        ),
        (
            "x: [Int]",
            f"Order.x is of type [Int] – use one of {TYPES}, without `!`: any of them can be "
            "missing",
        ),
        ("x(a: Int): Int", "Order.x takes arguments – take them away; no verb reads them"),
        (
            "x: Customer",
            "Order.x is of type Customer, and has no @lookup – "
            'add @lookup(by: ["…"]) with the fields of this type that hold id',
        ),
        (
            "x: [Invoice]",
            "Order.x is of type [Invoice], and has no @lookup – "
            f"use one of {TYPES}, or link it by @lookup to a type with @entity",
        ),
        ("x: Int @column", "@column: the argument 'sql' is missing – add sql: \"…\""),
        (
            'x: Int @column(sql: "")',
            "the column x: the SQL expression is empty – write one, or leave the argument out",
        ),
        (
            'x: Int @column(sql: "a.b.c")',
            "the column x: `a.b.c` speaks of 'b', but sees the table's own columns alone – write c "
            "if it is a column of the table; a row of another one is reached by @lookup",
        ),
        (
            'x: Int @metric(sql: "sum(a)")',
            "Order.x has @metric, and Order has no @dataset – "
            "take it away: a field of rows is a column, or has @lookup",
        ),
        (
            'x: Customer @lookup(by: ["customerId"]) @column(sql: "a")',
            "Order.x has more than one meaning – keep @column or @lookup",
        ),
        (
            'x: Customer! @lookup(by: ["customerId"])',
            "Order.x is of type Customer!, but a look-up finds one or none – write Customer",
        ),
        (
            'x: [Customer] @lookup(by: ["customerId"])',
            "Order.x is of type [Customer], but a look-up finds one or none – write Customer",
        ),
        (
            'x: Invoice @lookup(by: ["customerId"])',
            "Order.x looks up Invoice, which has no @entity – "
            'add @entity(table: "…", key: ["…"]) to Invoice',
        ),
        (
            'x: Custmer @lookup(by: ["customerId"])',
            "Order.x looks up Custmer, which is no type with @entity – did you mean 'Customer'?",
        ),
        (
            'x: ID @lookup(by: ["customerId"])',
            "Order.x looks up ID, which is no type with @entity – those are Customer, Price",
        ),
        (
            'x: Customer @lookup(by: ["customrId"])',
            "Order.x is looked up by 'customrId', which is no column of Order – "
            "did you mean 'customerId'?",
        ),
        (
            'x: Customer @lookup(by: ["x"])',
            "Order.x is looked up by 'x', which is no column of Order – "
            "those are id, total, customerId",
        ),
        (
            'x: Price @lookup(by: ["id"])',
            "Order.x is looked up by 1 field, and the key of Price has 2 – "
            "name the fields that hold product, shop, in this order",
        ),
        (
            "x: Customer @lookup(by: [])",
            "Order.x is looked up by 0 fields, and the key of Customer has 1 – "
            "name the fields that hold id, in this order",
        ),
        (
            'x: Price @lookup(by: ["id", "id"])',
            "Order.x is looked up by 'id' twice – name each field once",
        ),
        ("x: Customer @lookup", "@lookup: the argument 'by' is missing – add by: [\"…\"]"),
    ],
)
def test_a_fault_of_a_field_is_told_once(field: str, expected: str) -> None:
    assert read_faults(model(f"id: ID!\n  {field}")) == [f"m.graphql:4: {expected}"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            'x: Customer @lookup(by: ["n"])',
            "Sales.x is looked up by 'n', which is no @dimension field of Sales – "
            "those are country",
        ),
        (
            'x: Customer @lookup(by: ["county"])',
            "Sales.x is looked up by 'county', which is no @dimension field of Sales – "
            "did you mean 'country'?",
        ),
        (
            'x: Invoice @lookup(by: ["country"])',
            "Sales.x looks up Invoice, which has no @entity – "
            'add @entity(table: "…", key: ["…"]) to Invoice',
        ),
        (
            'x: String @column(sql: "a")',
            "Sales.x has @column, and Sales has neither @records nor @entity – "
            "write the `sql` of a @dimension or @metric instead",
        ),
        (
            'x: String @column(sql: "a") @dimension',
            "Sales.x has @column, and Sales has neither @records nor @entity – "
            "write the `sql` of a @dimension or @metric instead",
        ),
    ],
)
def test_a_fault_of_a_datasets_link_is_told_once(field: str, expected: str) -> None:
    text = model().replace("{ country", f"{{ {field} country")
    assert read_faults(text) == [f"m.graphql:10: {expected}"]


def test_parts_of_rows_outside_of_them_are_not_overlooked() -> None:
    text = model() + (
        "extend type Order { x: Int }\n"
        "extend type Customer { x: Int }\n"
        'extend type Other @records(table: "a", key: ["b"]) { x: Int @column(sql: "c") }\n'
        'type Other { y: Customer @lookup(by: ["x"]) }\n'
    )
    assert read_faults(text) == [
        "m.graphql:14: the records type Order is extended here, and is read in one piece – "
        "move this into the type at m.graphql:1",
        "m.graphql:15: the entity Customer is extended here, and is read in one piece – "
        "move this into the type at m.graphql:7",
        "m.graphql:16: @records stands on an extension of Other – move it to the type itself",
        "m.graphql:16: Other.x has @column, and Other has neither @records nor @entity – "
        'add @records(table: "…", key: ["…"]) or @entity(…) to Other, or take the directive away',
        "m.graphql:17: Other.y has @lookup, and Other has none of @dataset, @records and @entity – "
        'add @records(table: "…", key: ["…"]) or @entity(…) to Other, or take the directive away',
    ]


# --- faults of root fields -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        ("[Order!]", "and records come in pages – return OrderConnection"),
        (
            "Order",
            "and records come in pages – "
            "return OrderConnection, or add @entity to Order to look one up",
        ),
        (
            "OrderConnection!",
            "and if it is refused the others would be lost too – write OrderConnection",
        ),
        ("[OrderConnection]", "and a connection is no item of a list – write OrderConnection"),
        (
            "InvoiceConection",
            "which no root field can return – "
            "did you mean 'InvoiceConnection' or 'OrderConnection'?",
        ),
        ("Customer!", "but a key that is not there is null – write Customer"),
        ("[Customer!]", "but a key that is not there is null – write [Customer]"),
        ("[Customer!]!", "but a key that is not there is null – write [Customer]"),
        (
            "CustomerConnection",
            'and Customer has no @records – add @records(table: "…", key: ["…"]) to Customer',
        ),
        ("[Price]", "and the key of Price has 2 fields – look it up one by one: return Price"),
        ("[Price!]", "and the key of Price has 2 fields – look it up one by one: return Price"),
        ("Sales", "which is no list of a dataset – write [Sales!]"),
        (
            "Int",
            "which no root field can return – "
            "return one of [Sales!], OrderConnection, InvoiceConnection, Customer, Price",
        ),
    ],
)
def test_a_root_field_returns_what_a_verb_answers(root: str, expected: str) -> None:
    assert read_faults(model(root=f"x: {root}")) == [
        f"m.graphql:12: Query.x returns {root}, {expected}"
    ]


def test_a_list_of_what_is_records_and_entity_may_be_meant_as_a_page() -> None:
    directives = '@records(table: "orders", key: ["id"]) @entity(table: "orders", key: ["id"])'
    assert read_faults(model(directive=directives, root="orders: [Order!]")) == [
        "m.graphql:12: Query.orders returns [Order!], but a key that is not there is null – "
        "write [Order], or OrderConnection for a page"
    ]


def test_what_could_be_read_is_there_beside_the_faults() -> None:
    text = model("x: Int!", '@records(table: "orders", key: ["id"])')
    catalog, faults = examine((schema_file(text),))
    assert [fault.line for fault in faults] == [2]
    assert [item.name for item in catalog.records] == ["Invoice"]
    assert [item.name for item in catalog.entities] == ["Customer", "Price"]
