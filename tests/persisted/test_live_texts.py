"""Registered documents as the subscriptions that a dashboard's tiles follow."""

from __future__ import annotations

import pytest
from graphql import GraphQLSchema, build_schema

from analytics_gql.gql.document import prepare
from analytics_gql.persisted.live_texts import subscription_of
from analytics_gql.persisted.registry import Registered, identifier_of

FIELDS = "figures(day: String, by: Int): [Figure!]  other(day: String): [Figure!]"
SCHEMA = build_schema(
    "type Figure { day: String value: Int }"
    f" type Query {{ {FIELDS} lone: Figure }} type Subscription {{ {FIELDS} }}"
)
TEXT = """query Both($day: String!, $by: Int = 3, $else: String) {
  total: figures(day: $day, by: $by) { value }
  other(day: $else) { ...All }
  lone { day }
}
fragment All on Figure { day value }
"""


def registered(text: str, schema: GraphQLSchema = SCHEMA) -> Registered:
    document = prepare(text, schema, max_tokens=1_000)
    assert document.errors == ()
    return Registered(identifier_of(text), "both", document, "both.graphql")


def test_one_root_field_is_followed_with_the_variables_that_it_uses() -> None:
    text = subscription_of(
        registered(TEXT.partition("fragment")[0].replace("...All", "day")), "total", SCHEMA
    )
    assert text is not None
    assert " ".join(text.split()) == (
        "subscription Both($day: String!, $by: Int = 3) "
        "{ total: figures(day: $day, by: $by) { value } }"
    )


@pytest.mark.parametrize(("key", "is_there"), [("other", True), ("total", False), ("lone", False)])
def test_what_would_not_fit_the_schema_is_not_followed(key: str, is_there: bool) -> None:
    # A fragment that the one field does not use is a fault of the text.
    assert (subscription_of(registered(TEXT), key, SCHEMA) is not None) == is_there


def test_without_subscriptions_nothing_is_followed() -> None:
    schema = build_schema(f"type Figure {{ day: String value: Int }} type Query {{ {FIELDS} }}")
    assert subscription_of(registered("query A { other { day } }", schema), "other", schema) is None
    assert subscription_of(registered("query A { other { day } }"), "nothing", SCHEMA) is None
