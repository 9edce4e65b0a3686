"""A question has one price, however it is put: aliases, fragments, variables, order of fields."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given, settings

from analytics_gql.access.caller import Caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import Model
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.planning import PlanningEngine
from analytics_gql.guards.price import Price
from analytics_gql.service.service import Service
from analytics_gql.service.statements import EntityRows, StatementRequest
from analytics_gql.settings import Settings
from tests.properties.questions import DEMO, Request, plain_request, questions, requests
from tests.properties.test_random_queries import SETTINGS


class _Nobody:
    """Takes no note of statements."""

    def statement(self, request: StatementRequest, service: Service, caller: Caller) -> None:
        """See Recorder."""

    def look_up(self, request: EntityRows, service: Service, caller: Caller) -> None:
        """See Recorder."""


@pytest.fixture(scope="module")
def engine(demo_model: Model, duckdb_demo: Service) -> GraphQLEngine:
    return PlanningEngine(engine_of(demo_model, duckdb_demo, Settings()), _Nobody())


def shuffled(request: Request) -> Request:
    """The same questions, the fields and root fields of each the other way round."""
    return plain_request(
        {
            key: replace(question, selection=question.selection[::-1])
            for key, question in reversed(request.questions.items())
        }
    )


@given(request=requests(questions(DEMO)))
@settings(max_examples=300, **SETTINGS)
def test_a_question_costs_the_same_however_it_is_put(
    engine: GraphQLEngine, session_loop: asyncio.AbstractEventLoop, request: Request
) -> None:
    def price(put: Request) -> Price:
        executed = session_loop.run_until_complete(
            engine.executed(
                engine.views.whole.documents.prepare(put.text),
                Caller("dune", tier=3),
                variables=put.variables,
                operation_name=put.operation_name,
            )
        )
        assert "errors" not in executed.response
        return executed.price

    plain = price(plain_request(request.questions))
    assert price(request).requested == plain.requested
    assert price(shuffled(request)).requested == plain.requested
    assert plain.requested > 0
