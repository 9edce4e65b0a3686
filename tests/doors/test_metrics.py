"""/metrics: who may read it, and what it tells of requests at the doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.app import create_app
from analytics_gql.settings import Settings
from tests.access.test_access_over_http import keys_file
from tests.conftest import ROOT
from tests.doors.in_process import ask, client_of, logging_as_it_was, refused, serving, started
from tests.doors.registered import DAY, FILES, settings
from tests.observe.test_metrics import Samples, read
from tests.persisted.folders import fill

TOKEN = "a token of sixteen"
KEYS = {"key-of-acme": {"tenant": "acme", "tier": 3}}
ROWS = """query Mine { orderMetrics(dateRange: { start: "2026-06-01", end: "2026-06-30" },
  orderBy: [{ by: ORDER_COUNT }], groupBy: [COUNTRY]) { country revenue } }"""


async def told(client: httpx.AsyncClient, token: str | None = None) -> Samples:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}
    response = await client.get("/metrics", headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=")
    assert response.headers["cache-control"] == "no-store"
    return read(response.text)


def sample(samples: Samples, name: str, **labels: str) -> float:
    """The sum of what has these labels."""
    return sum(
        value
        for (full_name, of), value in samples.items()
        if full_name == f"analytics_gql_{name}" and labels.items() <= dict(of).items()
    )


@pytest.fixture
def demo(demo_path: Path, tmp_path: Path) -> Settings:
    return settings(demo_path, fill(tmp_path / "documents", FILES))


@pytest.fixture
async def client(demo: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(demo) as client:
        yield client


# --- who may read them ---------------------------------------------------------------------------


async def test_without_keys_and_token_they_are_for_callers_on_this_machine(demo: Settings) -> None:
    with logging_as_it_was():
        app = create_app(demo)
        async with started(app) as here, client_of(app, ("10.0.0.7", 1)) as elsewhere:
            await told(here)
            refused(await elsewhere.get("/metrics"), 401, "UNAUTHENTICATED")
            rebound = await here.get("/metrics", headers={"host": "evil.example"})
            refused(rebound, 401, "UNAUTHENTICATED")


async def test_with_keys_they_take_a_token(demo: Settings, tmp_path: Path) -> None:
    keys = keys_file(tmp_path, KEYS)
    async with serving(demo.model_copy(update={"keys": keys})) as client:
        for headers in ({}, {"authorization": "Bearer key-of-acme"}):
            error = refused(await client.get("/metrics", headers=headers), 401, "UNAUTHENTICATED")
            assert "ANALYTICS_GQL_METRICS_TOKEN" in error["extensions"]["hint"]


async def test_with_a_token_they_are_for_those_who_have_it(demo_path: Path, tmp_path: Path) -> None:
    own = settings(
        demo_path,
        fill(tmp_path / "documents", FILES),
        keys=keys_file(tmp_path, KEYS),
        metrics_token=TOKEN,
    )
    with logging_as_it_was():
        app = create_app(own)
        async with started(app) as here, client_of(app, ("10.0.0.7", 1)) as elsewhere:
            await told(elsewhere, TOKEN)
            for sent in ({}, {"authorization": f"Basic {TOKEN}"}, {"x-api-key": TOKEN}):
                response = await here.get("/metrics", headers=sent)
                refused(response, 401, "UNAUTHENTICATED")
                assert "Bearer" in response.headers["www-authenticate"]
            wrong = await here.get("/metrics", headers={"authorization": b"Bearer \xc3\xa9"})
            refused(wrong, 401, "UNAUTHENTICATED")
            # It opens nothing else.
            response = await ask(elsewhere, ROWS, headers={"authorization": f"Bearer {TOKEN}"})
            refused(response, 401, "UNAUTHENTICATED")


async def test_where_nothing_is_counted_there_is_nothing(demo_path: Path, tmp_path: Path) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES), metrics=False)) as client:
        assert (await ask(client, ROWS)).status_code == 200
        refused(await client.get("/metrics"), 404, "BAD_REQUEST")


# --- what they tell ------------------------------------------------------------------------------


async def test_requests_are_counted_by_door_operation_document_and_code(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(3):  # made, and then remembered
        assert (await client.get("/graphql/p/day", params=DAY)).status_code == 200
    await client.get("/graphql/p/day", params={"day": "no day"})
    await client.get("/graphql/p/no-such-document")
    await ask(client, ROWS)
    await ask(client, "{ nothing }")
    await ask(client, "{")
    await client.get("/nowhere")
    samples = await told(client)
    named: dict[str, Any] = {"door": "named", "document": "day", "operation": "Day"}
    assert sample(samples, "requests_total", **named, code="OK") == 3
    assert sample(samples, "requests_total", **named, code="BAD_USER_INPUT") == 1
    missing = {"door": "named", "document": "", "code": "PERSISTED_QUERY_NOT_FOUND"}
    assert sample(samples, "requests_total", **missing) == 1
    ad_hoc = {"door": "graphql", "document": "ad-hoc", "operation": ""}
    assert sample(samples, "requests_total", **ad_hoc, code="OK") == 1
    assert sample(samples, "requests_total", **ad_hoc, code="GRAPHQL_VALIDATION_FAILED") == 1
    assert sample(samples, "requests_total", **ad_hoc, code="GRAPHQL_PARSE_FAILED") == 1
    assert sample(samples, "requests_total", door="other", code="BAD_REQUEST") == 1
    assert sample(samples, "request_seconds_count", document="day") == 4
    assert sample(samples, "request_seconds_bucket", document="day", le="+Inf") == 4
    assert 0 < sample(samples, "request_seconds_sum", document="day") < 60


async def test_names_that_clients_make_up_are_no_labels(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await ask(client, f"query Mine{number} {{ __typename }}")
        await client.get(f"/graphql/p/mine{number}")
        await client.get(f"/mine{number}")
    assert "ine3" not in (await client.get("/metrics")).text


async def test_each_operation_of_an_array_counts(demo: Settings) -> None:
    async with serving(demo.model_copy(update={"max_batch": 3})) as client:
        batch = [{"query": "{ __typename }"}, {"query": "{ nothing }"}, {"query": "{ __typename }"}]
        await client.post("/graphql", json=batch)
        samples = await told(client)
    assert sample(samples, "requests_total", code="OK", document="ad-hoc") == 2
    assert sample(samples, "requests_total", code="GRAPHQL_VALIDATION_FAILED") == 1


async def test_answers_are_counted_by_the_layer_that_had_them(client: httpx.AsyncClient) -> None:
    first = await client.get("/graphql/p/day", params=DAY)
    await client.get("/graphql/p/day", params=DAY)  # remembered
    await client.get("/graphql/p/day", params=DAY, headers={"x-api-key": "other"})  # kept
    await client.get("/graphql/p/day", params=DAY, headers={"if-none-match": first.headers["etag"]})
    await ask(client, ROWS)
    await ask(client, ROWS)
    samples = await told(client)
    counted = {
        (dict(of)["layer"], dict(of)["outcome"]): value
        for (name, of), value in samples.items()
        if name == "analytics_gql_cache_answers_total" and value
    }
    assert counted == {
        ("requests", "reused"): 2,
        ("replies", "made"): 1,
        ("replies", "reused"): 1,
        ("results", "read"): 2,
        ("results", "reused"): 1,
    }


async def test_the_warehouse_s_time_is_told(client: httpx.AsyncClient) -> None:
    await ask(client, ROWS)
    await ask(client, ROWS, headers={"accept": "text/csv"})
    samples = await told(client)
    assert sample(samples, "warehouse_seconds_count", kind="rows", code="OK") >= 1
    assert sample(samples, "warehouse_seconds_count", kind="stream", code="OK") == 1
    assert sample(samples, "warehouse_seconds_sum", kind="rows") > 0


async def test_the_places_in_the_warehouse_and_its_breaker_are_told(
    client: httpx.AsyncClient,
) -> None:
    await ask(client, ROWS)
    samples = await told(client)
    for kind in ("statements", "streams", "look-ups"):
        for state in ("running", "waiting"):
            assert sample(samples, "warehouse_statements", kind=kind, state=state) == 0
    assert sample(samples, "warehouse_breaker_open") == 0


async def test_how_clients_are_counted_is_told(demo: Settings, redis_url: str) -> None:
    for redis in (None, redis_url):
        async with serving(demo.model_copy(update={"redis": redis})) as client:
            for _ in range(20):
                await ask(client, ROWS)
            samples = await told(client)
        assert sample(samples, "rate_clients") == 1
        trips = samples.get(("analytics_gql_rate_round_trips_total", ()), 0)
        assert 1 <= trips < 10 if redis else trips == 0


async def test_members_of_the_schema_are_counted_also_where_an_answer_is_remembered(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(3):
        await client.get("/graphql/p/day", params=DAY)
    await ask(client, ROWS)
    await ask(client, "{ orderMetrics { nothing } }")
    samples = await told(client)

    def uses(coordinate: str) -> float | None:
        labels = (("coordinate", coordinate), ("deprecated", "false"))
        return samples.get(("analytics_gql_schema_uses_total", labels))

    assert uses("OrderMetrics.orderCount") == 4, "who orders by it uses it"
    assert uses("OrderMetrics.revenue") == 1
    assert uses("OrderMetricsDimension.COUNTRY") == 1
    assert uses("OrderMetrics.sessions") == 0, "what nobody uses can be removed"
    assert uses("OrderMetrics") is None


async def test_what_is_deprecated_is_told_apart(demo_path: Path, tmp_path: Path) -> None:
    text = (ROOT / "schema.graphql").read_text()
    before = "revenue: Decimal @metric("
    assert before in text
    (tmp_path / "schema.graphql").write_text(
        text.replace(before, before.replace("@", '@deprecated(reason: "use cost") @'), 1)
    )
    own = Settings(schema_path=tmp_path / "schema.graphql", warehouse=f"duckdb://{demo_path}")
    async with serving(own) as client:
        await ask(client, ROWS)
        samples = await told(client)
    deprecated = {
        dict(of)["coordinate"]: value
        for (name, of), value in samples.items()
        if name == "analytics_gql_schema_uses_total" and dict(of)["deprecated"] == "true"
    }
    assert deprecated["OrderMetrics.revenue"] == 1


async def test_a_redis_that_is_gone_is_told(demo: Settings, redis_url: str) -> None:
    away = demo.model_copy(update={"redis": "redis://127.0.0.1:1/0"})
    for own, is_down in ((demo.model_copy(update={"redis": redis_url}), 0), (away, 1)):
        async with serving(own) as client:
            await client.get("/graphql/p/day", params=DAY)
            samples = await told(client)
        assert samples["analytics_gql_redis_is_down", ()] == is_down
        assert (samples["analytics_gql_redis_failures_total", ()] > 0) is bool(is_down)
