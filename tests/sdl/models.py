"""Models for the tests, written in the tests."""

from __future__ import annotations

from pathlib import Path

from graphql import Source, parse

from analytics_gql.errors import ModelError
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.read import examine, read_catalog
from analytics_gql.sdl.sync import apply_sync, plan_sync

ORDERS = 'table: "gold.orders", time: "ordered_at"'
TRAFFIC = '@source(name: "traffic", table: "gold.traffic", time: "day")'
PRODUCT = '@join(name: "product", table: "gold.products", on: "product_id = product.id")'

ROWS = """\
"What was ordered."
type Order
  @records(table: "Gold.Orders", key: ["orderNumber", "id"], time: "ordered_at / 2", where: "total > 0", tenant: "org_id", version: "max(loaded_at)")
  @entity(table: "gold.order_states", key: ["id"], time: "valid_from", availableAt: "\\"Known At\\"", tenant: "org_id") {
  id: ID!
  orderNumber: Int!
  "With tax."
  total: Decimal
  vat: Float @column(sql: "orders_tax / net")
  customerId: ID
  "Who ordered."
  customer(asOf: DateTime): Customer @lookup(by: ["customerId"])
  price: Price @lookup(by: ["orderNumber", "customerId"])
}

type Customer @entity(table: "customers", key: "id", time: "since", shared: true) {
  id: ID
  since: DateTime
  isOpen: Boolean
}

type Price @entity(table: "prices", key: ["product", "shop"], shared: true) {
  product: Int!
  shop: ID
  amount: Decimal
}

type Country @entity(table: "countries", key: ["code"], shared: true) { code: String! name: String }

type Sales @dataset(table: "sales", shared: true) {
  country: String @dimension
  countryInfo: Country @lookup(by: ["country"])
  revenue: Decimal @metric(sql: "sum(net)")
}

type Query {
  sales: [Sales!]
  salesPages: SalesConnection
  orders: OrderConnection
  order: Order
  ordersById: [Order]
  customer: Customer
  customers: [Customer]!
  price: Price
}
"""  # noqa: E501
"""A model with all verbs: records that are an entity too, links, keys of two fields."""


def schema_file(text: str, name: str = "m.graphql") -> SchemaFile:
    return SchemaFile(Path(name), name, text, parse(Source(text, name)))


def dataset_sdl(fields: str = "", dataset: str = ORDERS, also: str = f"{TRAFFIC} {PRODUCT}") -> str:
    """A dataset whose @dataset stands on line 2, other directives on 3 and `fields` from 7 on."""
    return f"""\
type Sales
  @dataset({dataset})
  {also}
{{
  {"date: Date @time" if "time:" in dataset else ""}
  country: String @dimension
  {fields}
  orderCount: BigInt @metric(sql: "count(*)")
}}

type Query {{
  sales: [Sales!]
}}
"""


def read_faults(text: str) -> list[str]:
    """What the reader holds against a model."""
    return [str(fault) for fault in examine((schema_file(text),))[1]]


def metric_faults(metric: str) -> list[str]:
    """What the reader holds against a metric, without its place."""
    return [told.partition(": ")[2] for told in read_faults(dataset_sdl(metric))]


def synced(*texts: str) -> tuple[SchemaFile, ...]:
    """The files after `schema sync`."""
    files = tuple(schema_file(text, f"{number}.graphql") for number, text in enumerate(texts))
    written = apply_sync(plan_sync(files))
    return tuple(schema_file(written.get(file.path, file.text), file.name) for file in files)


def check_faults(*texts: str) -> list[str]:
    """What `schema check` still holds against files after `schema sync`."""
    try:
        check_model(synced(*texts))
    except ModelError as error:
        return [str(fault) for fault in error.faults]
    return []


def catalog_of(text: str) -> Catalog:
    return read_catalog((schema_file(text),))
