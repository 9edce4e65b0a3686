"""The lowest maxAge of what is selected wins."""

from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from analytics_gql.gql.cache_policy import cache_policy, hint_of_operation
from analytics_gql.model.caching import CachePolicy, CacheScope
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.public import public_sdl
from tests.sdl.models import synced

MODEL = """
type Sales @dataset(table: "sales") @cacheControl(maxAge: 300, staleWhileRevalidate: 600) {
  kind: String @dimension
  total: Decimal @metric(sql: "sum(amount)")
  count: BigInt @metric(sql: "count(*)") @cacheControl(maxAge: 60)
  margin: Decimal @metric(sql: "sum(margin)") @cacheControl(scope: PRIVATE)
  shop: Shop @lookup(by: ["kind"])
  other: Other @lookup(by: ["kind"])
}
type Shop @entity(table: "shops", key: ["id"]) @cacheControl(maxAge: 3600, scope: PUBLIC) {
  id: ID
  name: String
}
type Other @entity(table: "others", key: ["id"]) { id: ID name: String }
type Sale @records(table: "sales", key: ["id"]) { id: ID! other: Other @lookup(by: ["id"]) }
type Query {
  sales: [Sales!]
  fresh: [Sales!] @cacheControl(maxAge: 5)
  salePages: SalesConnection
  saleList: SaleConnection @cacheControl(maxAge: 20)
  shop: Shop
  other: Other
}
"""
PUBLIC, PRIVATE = CacheScope.PUBLIC, CacheScope.PRIVATE
SALES = CachePolicy(300, 600, PUBLIC)
FILES = synced(MODEL)
CATALOG = check_model(FILES)
SCHEMA = build_schema(public_sdl(FILES))


def policy(text: str) -> CachePolicy:
    document = parse(text)
    assert validate(SCHEMA, document) == []
    operation = next(
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    )
    found = cache_policy(document, operation, SCHEMA, CATALOG.cache_hints)
    return found.tightened(hint_of_operation(operation, SCHEMA))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ sales { kind total } }", SALES),
        ("{ sales { kind count } }", CachePolicy(60, 0, PUBLIC)),
        ("{ sales { margin } }", CachePolicy(300, 600, PRIVATE)),
        ("{ fresh { total } }", CachePolicy(5, 600, PUBLIC)),
        ("{ sales { total } fresh { total } }", CachePolicy(5, 600, PUBLIC)),
        ("{ sales { kind shop { name } } }", CachePolicy(300, 0, PUBLIC)),
        ("{ sales { kind other { name } } }", CachePolicy(0, 0, PUBLIC)),
        ("{ salePages(first: 1) { nodes { total } pageInfo { endCursor } } }", SALES),
        ("{ salePages(first: 1) { edges { cursor node { total } } totalCount } }", SALES),
        ("{ salePages(first: 1) { nodes { count } } }", CachePolicy(60, 0, PUBLIC)),
        ("{ salePages(first: 1) { nodes { kind other { name } } } }", CachePolicy(0, 0, PUBLIC)),
        ("{ saleList(first: 1) { nodes { id } } }", CachePolicy(20, 0, PUBLIC)),
        ("{ saleList(first: 1) { edges { node { other { id } } } } }", CachePolicy(0, 0, PUBLIC)),
        ('{ shop(id: "a") { name } }', CachePolicy(3600, 0, PUBLIC)),
        ('{ other(id: "a") { name } }', CachePolicy(0, 0, PUBLIC)),
        ("{ __typename }", CachePolicy()),
        ("{ __schema { queryType { name } } }", CachePolicy()),
        ("{ __typename sales { total } }", SALES),
        ("{ ...F } fragment F on Query { sales { ...G } } "
         "fragment G on Sales { ... on Sales { count } }", CachePolicy(60, 0, PUBLIC)),
        ("query @cacheControl(maxAge: 9) { sales { total } }", CachePolicy(9, 600, PUBLIC)),
        ("query @cacheControl(maxAge: 900) { sales { total } }", SALES),
        ("query @cacheControl(scope: PRIVATE) { sales { total } }", CachePolicy(300, 600, PRIVATE)),
        ("query @cacheControl(scope: PUBLIC) { sales { margin } }",
         CachePolicy(300, 600, PRIVATE)),
        ("query @cacheControl(maxAge: -1) { sales { total } }", CachePolicy(0, 600, PUBLIC)),
    ],
)  # fmt: skip
def test_the_policy_of_an_operation(text: str, expected: CachePolicy) -> None:
    assert policy(text) == expected


def test_a_fragment_is_read_for_every_operation() -> None:
    text = "query A { sales { ...F } } query B { fresh { ...F } } fragment F on Sales { count }"
    document = parse(text)
    found = [
        cache_policy(document, node, SCHEMA, CATALOG.cache_hints)
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
    ]
    assert found == [CachePolicy(60, 0, PUBLIC), CachePolicy(5, 0, PUBLIC)]
