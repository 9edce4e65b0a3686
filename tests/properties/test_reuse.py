"""What is kept is what would be read: for every caller, in whatever order they ask."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.cache.results import Results
from analytics_gql.cache.reuse import Outcome, Reuse
from analytics_gql.cache.shared import SharedResults
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.service.service import Service
from analytics_gql.service.session import Session
from analytics_gql.stores.redis import open_redis
from tests.properties.conftest import World
from tests.properties.odd_rows import TENANTS
from tests.properties.questions import ODD, Request, questions, requests
from tests.properties.test_random_queries import SETTINGS
from tests.stores.throwaway_redis import ThrowAwayRedis

LASTING = Reuse(max_age_s=3_600)


class _Engine(GraphQLEngine):
    """Its answers last: PostgreSQL tells no version of these tables."""

    def session(self, caller: Caller, _reuse: Reuse, **options: Any) -> Session:
        return super().session(caller, LASTING, **options)


@pytest.fixture(scope="module", params=["in process", "in Redis alone"])
def reusing(
    request: pytest.FixtureRequest, odd: World, redis_server: ThrowAwayRedis
) -> Iterator[World]:
    """The same rows behind a cache."""
    store = open_redis(redis_server.url)
    if request.param == "in process":
        results = Results(50_000_000)
    else:
        results = Results(0, SharedResults(store, uuid.uuid4().hex, longest_turn_s=5))
    service = Service(odd.service.catalog, odd.service.warehouse, results=results)
    engine = odd.engine
    over = _Engine(engine.views, service, engine.pages.over(service))
    yield World(over, odd.facts, odd.loop)
    assert results.counts[Outcome.REUSED] > 0
    odd.run(results.close())
    odd.run(store.close())


callers = st.builds(
    Caller,
    st.sampled_from([*TENANTS[:2], "nobody"]),
    st.sampled_from([(), ("analyst",)]),
    tier=st.sampled_from([2, 3]),
)


@given(
    asked=st.lists(requests(questions(ODD)), min_size=1, max_size=2),
    who=st.lists(st.tuples(st.integers(0, 1), callers), min_size=2, max_size=6),
)
@settings(max_examples=40, **SETTINGS)
def test_every_tenant_is_answered_as_if_nothing_had_been_kept(
    odd: World, reusing: World, asked: list[Request], who: list[tuple[int, Caller]]
) -> None:
    service = Service(odd.service.catalog, odd.service.warehouse)
    reading = World(odd.engine.over(service), odd.facts, odd.loop)
    for number, caller in [*who, *who]:
        request = asked[number % len(asked)]
        assert without_ids(reusing.ask(request, caller)) == without_ids(
            reading.ask(request, caller)
        )


def without_ids(response: dict[str, object]) -> dict[str, object]:
    """The response without the identifiers of requests in its errors."""
    errors = response.get("errors", [])
    assert isinstance(errors, list)
    for error in errors:
        error["extensions"].pop("requestId")
    return response
