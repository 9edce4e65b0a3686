"""`type Subscription`: its arguments are written, its fields are those of the query type."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema

from analytics_gql.model.catalog import RootField, Verb
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.hidden import catalog_without, hidden_from
from analytics_gql.sdl.public import public_sdl
from tests.sdl.models import check_faults, synced

MODEL = """
type Sales @dataset(table: "shop.sales", time: "day", shared: true) {
  date: Date @time
  region: String @dimension
  revenue: Decimal @metric(sql: "sum(amount)")
}

type Wage @access(roles: ["hr"])
  @records(table: "shop.wages", key: ["id"], time: "paid_on", shared: true) {
  id: ID!
  amount: Decimal
}

type Query {
  sales: [Sales!]
  wages: WageConnection
  board: [Sales!] @access(roles: ["board"])
}

type Subscription {
  sales: [Sales!]
  wages: WageConnection
  board: [Sales!]
}
"""


def test_its_arguments_are_those_of_the_query_type() -> None:
    schema = build_schema(public_sdl(synced(MODEL)))
    assert schema.query_type is not None
    assert schema.subscription_type is not None
    for name in ("sales", "wages", "board"):
        of_query = schema.query_type.fields[name].args
        of_subscription = schema.subscription_type.fields[name].args
        assert list(of_subscription) == list(of_query)
        assert "where" in of_subscription
        for argument, found in of_subscription.items():
            assert str(found.type) == str(of_query[argument].type)


def test_its_fields_are_read() -> None:
    catalog = check_model(synced(MODEL))
    assert catalog.live_fields == (
        RootField("sales", Verb.AGGREGATE, "Sales"),
        RootField("wages", Verb.PAGE_OF_RECORDS, "Wage"),
        RootField("board", Verb.AGGREGATE, "Sales"),
    )


def test_it_may_have_another_name() -> None:
    named = MODEL.replace("type Subscription", "type Live")
    schema = "schema { query: Query subscription: Live }"
    catalog = check_model(synced(named + schema))
    assert [field.name for field in catalog.live_fields] == ["sales", "wages", "board"]
    assert not check_model(synced(MODEL.partition("type Subscription")[0])).live_fields


def test_who_may_not_see_a_field_of_the_query_type_sees_none_of_the_subscription_type() -> None:
    files = synced(MODEL)
    catalog = check_model(files)
    for roles, seen in (
        ((), ["sales"]),
        (("hr",), ["sales", "wages"]),
        (("board", "hr"), ["sales", "wages", "board"]),
    ):
        hidden = hidden_from(catalog, roles)
        left = catalog_without(catalog, "Query", hidden)
        assert [field.name for field in left.live_fields] == seen
        schema = build_schema(public_sdl(files, hidden))
        assert schema.subscription_type is not None
        assert list(schema.subscription_type.fields) == seen


def test_without_a_field_that_can_be_seen_there_is_no_such_type() -> None:
    files = synced(
        MODEL.replace(
            "  sales: [Sales!]\n  wages: WageConnection\n  board: [Sales!]\n}",
            "  board: [Sales!]\n}",
        )
    )
    hidden = hidden_from(check_model(files), ())
    assert "Subscription" not in public_sdl(files, hidden)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (
            "sale: [Sales!]",
            "Subscription.sale has no counterpart: Query has no field sale – did you mean 'sales'?",
        ),
        (
            "wages: [Sales!]",
            "Subscription.wages returns [Sales!], and Query.wages WageConnection – "
            "write WageConnection",
        ),
        (
            "sales: Sales",
            "Subscription.sales returns Sales, which is no list of a dataset – write [Sales!]",
        ),
    ],
)
def test_what_is_wrong_with_a_field_is_told(field: str, told: str) -> None:
    text = re.sub(
        r"type Subscription \{.*\}", f"type Subscription {{\n  {field}\n}}", MODEL, flags=re.DOTALL
    )
    faults = [fault.partition(": ")[2] for fault in check_faults(text)]
    assert told in faults


def test_access_stands_on_the_query_types_field() -> None:
    head = "type Subscription {\n  sales: [Sales!]"
    text = MODEL.replace(head, f'{head} @access(roles: ["hr"])')
    (fault,) = check_faults(text)
    assert "@access stands on Subscription.sales" in fault
