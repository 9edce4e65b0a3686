"""A model most of which not everybody may see, and the same as if it had never been written."""

from __future__ import annotations

import re

from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.files import SchemaFile
from analytics_gql.sdl.public import public_sdl
from tests.sdl.models import synced

# Whatever a role is asked for stands in lines of its own: `written_without` takes lines out.
GUARDED = """\
type ShopMetrics @dataset(table: "sales", time: "sold_on", shared: true)
  @source(name: "visits", table: "visits", time: "day", shared: true) {
  day: Date @time
  country: String @dimension(sources: [{ name: "visits" }])
  region: String @access(roles: ["finance", "board"]) @dimension(sources: [{ name: "visits" }])
  buyerId: ID @access(roles: ["crm"]) @dimension
  buyer: Person @lookup(by: ["buyerId"])
  revenue: Decimal @metric(sql: "sum(net)")
  purchaseCost: Decimal @access(roles: ["finance", "board"]) @metric(sql: "sum(cost)")
  marginRate: Float @metric(sql: "(revenue - purchaseCost) / revenue")
  bonus: Float @access(roles: ["board"]) @metric(sql: "marginRate * 2")
  visitCount: BigInt @metric(sql: "sum(visits.n)")
}

type Wages @access(roles: ["hr"]) @dataset(table: "wages", shared: true) {
  team: String @dimension
  paid: BigInt @metric(sql: "sum(paid)")
}

type Sale @records(table: "sales", key: ["id"], time: "sold_on", shared: true) {
  id: ID!
  soldOn: Date @access(roles: ["finance"])
  net: Decimal
  personId: ID @column(sql: "buyer_id")
  person: Person @lookup(by: ["personId"])
}

type Person @access(roles: ["crm", "hr"])
  @records(table: "people", key: ["id"], shared: true)
  @entity(table: "people", key: ["id"], time: "since", shared: true) {
  id: ID!
  fullName: String
  salary: Int @access(roles: ["hr"])
  hiredAt: DateTime @access(roles: ["hr"]) @column(sql: "since")
  isOpen: Boolean
}

type Query {
  shopMetrics: [ShopMetrics!]
  shopMetricsConnection: ShopMetricsConnection
  wages: [Wages!]
  sales: SaleConnection
  people: PersonConnection @access(roles: ["hr"])
  person: Person
  persons: [Person]
}
"""

ROLES = ("board", "crm", "finance", "hr")

FILES = synced(GUARDED)


def guarded_catalog() -> Catalog:
    return check_model(FILES)


def written_without(hidden: frozenset[str]) -> tuple[SchemaFile, ...]:
    """The model of somebody who never wrote what is hidden, in sync."""
    lines: list[str] = []
    owner = ""
    for line in GUARDED.splitlines():
        if found := re.match(r"type (\w+)", line):
            owner = found[1]
        field = re.match(r"  (\w+): (\w+|\[\w+!?\])", line)
        of_hidden = field is not None and re.sub(r"\W|Connection", "", field[2]) in hidden
        is_hidden = field is not None and f"{owner}.{field[1]}" in hidden
        if owner not in hidden and not is_hidden and not of_hidden:
            lines.append(line)
    text = "\n".join(lines) + "\n"
    if "Query.sales(dateRange:)" in hidden:
        text = text.replace('time: "sold_on", shared: true) {\n  id', "shared: true) {\n  id")
    if "Query.people" in hidden:
        text = text.replace('  @records(table: "people", key: ["id"], shared: true)\n', "")
    if "Query.person(asOf:)" in hidden:
        text = text.replace('time: "since", ', "")
    return synced(text)


def names_in(files: tuple[SchemaFile, ...]) -> set[str]:
    """Every name that clients can meet in a model."""
    return set(re.findall(r"\w+", public_sdl(files)))
