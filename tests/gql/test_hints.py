"""What graphql-core finds wrong comes with a hint that can be followed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.settings import Settings


@pytest.fixture
def engine(demo_model: Model, duckdb_demo: Service) -> GraphQLEngine:
    return engine_of(demo_model, duckdb_demo, Settings())


async def first_error(
    engine: GraphQLEngine, caller: Caller, query: str, variables: dict[str, Any] | None = None
) -> tuple[str, str]:
    """Message and hint."""
    response = await engine.execute(query, caller, variables=variables)
    error = orjson.loads(orjson.dumps(response))["errors"][0]
    return error["message"], error["extensions"]["hint"]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("{ orders { id } }", "write orders { nodes { id } }"),
        ("{ orders { netAmount } }", "write orders { nodes { netAmount } }"),
        ("{ orders { customer { id } } }", "write orders { nodes { customer { … } } }"),
        ("{ orders(first: 3) { edges { id } } }", "write edges { node { id } }"),
        ("{ orders }", "write orders { nodes { … } }"),
        ("{ orderMetricsConnection { date } }", "write orderMetricsConnection { nodes { date } }"),
        ("{ orderMetricsConnection { sessions } }",
         "write orderMetricsConnection { nodes { sessions } }"),
        ("{ orders { nodez { id } } }", "write 'nodes'"),
        ("{ orders { nothing } }", "look it up in the schema, by introspection"),
        ("{ nothings { edges { id } } }", "look it up in the schema, by introspection"),
    ],
)  # fmt: skip
async def test_a_forgotten_level_of_a_connection_is_written_out(
    engine: GraphQLEngine, acme: Caller, query: str, hint: str
) -> None:
    assert (await first_error(engine, acme, query))[1] == hint


@pytest.mark.parametrize(
    ("query", "variables", "of_type"),
    [
        ("{ customer(id: null) { id } }", None, "ID!"),
        ("{ customers(ids: null) { id } }", None, "[ID!]!"),
        ("query ($id: ID!) { customer(id: $id) { id } }", {"id": None}, "ID!"),
        ("query ($id: ID!) { customer(id: $id) { id } }", {}, "ID!"),
    ],
)
async def test_null_is_called_null(
    engine: GraphQLEngine,
    acme: Caller,
    query: str,
    variables: dict[str, Any] | None,
    of_type: str,
) -> None:
    message, hint = await first_error(engine, acme, query, variables)
    assert "None" not in message
    assert message.endswith((" not to be null.", " to be provided."))
    assert hint == f"give a value: `{of_type}` is neither null nor left out"
