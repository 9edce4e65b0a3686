"""Rates at the doors: whom they count, what clients are told, and what is refused."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import UrlSigner
from analytics_gql.app import create_app
from analytics_gql.doors.rate_headers import RATE_HEADERS
from analytics_gql.persisted.registry import identifier_of
from tests.conftest import ROOT
from tests.doors.in_process import ask, client_of, logging_as_it_was, refused, serving, started
from tests.doors.live_server import ORDERS, live_server
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import QUERY, fill

TIERS = {
    "1": {"per_minute": 1, "burst": 20, "per_day": 1_000},
    "2": {"per_minute": 1, "burst": 1_000, "per_day": 30},
    "3": {"per_minute": 60, "burst": 30},
    "4": {"per_minute": 1_000, "per_day": None, "rows": 5, "budget": 50_000},
}
KEYS = {f"{name} {tier}": tier for name in ("one", "other") for tier in (1, 2, 3, 4)}
DATES = '{ start: "2026-01-01", end: "2026-06-30" }'
TOTAL = f"{{ orderMetrics(dateRange: {DATES}) {{ revenue }} }}"
DAYS = f"{{ orderMetrics(dateRange: {DATES}) {{ date revenue }} }}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill(tmp_path / "documents", FILES)
    return tmp_path / "documents"


def keyed(demo_path: Path, folder: Path, **others: Any) -> Any:
    keys = folder.parent / "keys.json"
    entries = {
        hashlib.sha256(key.encode()).hexdigest(): {"tenant": "acme", "tier": tier}
        for key, tier in KEYS.items()
    }
    keys.write_bytes(orjson.dumps(entries))
    tiers = orjson.dumps(TIERS).decode()
    return settings(demo_path, folder, keys=keys, tiers=tiers, max_batch=10, **others)


@pytest.fixture(params=["process", "redis"])
async def client(
    demo_path: Path, folder: Path, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    url = request.getfixturevalue("redis_url") if request.param == "redis" else None
    async with serving(keyed(demo_path, folder, redis=url)) as client:
        yield client


def by(key: str) -> dict[str, str]:
    return {"x-api-key": key}


async def day(client: httpx.AsyncClient, key: str, **headers: str) -> httpx.Response:
    """The registered document, which is kept."""
    return await client.get("/graphql/p/day", params=DAY, headers=by(key) | headers)


def remaining(response: httpx.Response) -> int:
    """What all headers agree on."""
    found = int(response.headers["x-ratelimit-remaining"])
    assert response.headers["ratelimit"].startswith(f'"minute";r={found};t=')
    assert len(response.headers.get_list("ratelimit")) == 1
    return found


async def test_every_answer_says_where_its_client_stands(client: httpx.AsyncClient) -> None:
    first = await ask(client, TOTAL, headers=by("one 1"))
    assert first.headers["x-ratelimit-limit"] == "20"
    assert first.headers["ratelimit-policy"] == '"minute";q=20;w=1200, "day";q=1000;w=86400'
    assert re.fullmatch(r'"minute";r=19;t=\d+, "day";r=999;t=\d+', first.headers["ratelimit"]), (
        first.headers["ratelimit"]
    )
    assert 0 < int(first.headers["x-ratelimit-reset"]) <= 60
    stored = await day(client, "one 1")
    hit = await day(client, "one 1")
    not_modified = await day(client, "one 1", **{"if-none-match": stored.headers["etag"]})
    wrong = await ask(client, "{ nobody }", headers=by("one 1"))
    file = await client.post("/graphql?format=csv", json={"query": TOTAL}, headers=by("one 1"))
    batch = await client.post(
        "/graphql", json=[{"query": TOTAL}, {"query": TOTAL}], headers=by("one 1")
    )
    answers = [first, stored, hit, not_modified, wrong, file, batch]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 304, 200, 200, 200]
    # Each is a request, an array one for each operation.
    assert [remaining(answer) for answer in answers] == [19, 18, 17, 16, 15, 14, 12]
    assert "remaining" not in stored.text
    assert stored.headers["cache-control"].startswith("private")
    nobody = await ask(client, TOTAL, headers=by("nobody's"))
    assert nobody.status_code == 401
    assert not set(RATE_HEADERS) & set(nobody.headers)


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_who_has_used_all_up_is_429_whatever_they_ask(
    client: httpx.AsyncClient, accept: str
) -> None:
    kept = await day(client, "one 1")
    for _ in range(19):
        assert (await day(client, "one 1")).status_code == 200
    headers = by("one 1") | {"accept": accept}
    tag = {"if-none-match": kept.headers["etag"]}
    for response in (
        await ask(client, TOTAL, headers=headers),
        await client.get("/graphql/p/day", params=DAY, headers=headers),
        await client.get("/graphql/p/day", params=DAY, headers=headers | tag),
        await client.post("/graphql", json=[{"query": TOTAL}], headers=headers),
        await client.post("/graphql?format=csv", json={"query": DAYS}, headers=headers),
    ):
        if response.request.url.query != b"format=csv":
            error = refused(response, 429, "RATE_LIMITED", accept)
            assert error["message"].startswith("this takes one token, and 0 are left")
        assert response.status_code == 429
        assert 0 < int(response.headers["retry-after"]) <= 60
        assert response.headers["x-ratelimit-reset"] == response.headers["retry-after"]
        assert remaining(response) == 0
    # Another key of the same tenant is another client.
    assert (await day(client, "other 1")).status_code == 200


async def test_the_day_has_an_end_as_well(client: httpx.AsyncClient) -> None:
    answers = [await day(client, "one 2") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    error = refused(answers[-1], 429, "QUOTA_EXCEEDED")
    assert error["message"] == (
        "this takes one token, and of the 30 that you may use in 24 hours 0 are left"
    )
    assert int(answers[-1].headers["retry-after"]) > 80_000
    assert '"day";r=0;t=' in answers[-1].headers["ratelimit"]


DEAR = (
    "{ "
    + " ".join(
        f'm{year}: orderMetrics(dateRange: {{ start: "{year}-01-01", end: "{year}-12-31" }}) '
        "{ date country category channel revenue customers }"
        for year in range(2024, 2027)
    )
    + " }"
)


async def test_what_costs_more_takes_more_and_what_is_kept_one(client: httpx.AsyncClient) -> None:
    first = await ask(client, DEAR, headers=by("one 4"))
    cost = first.json()["extensions"]["cost"]
    tokens = -(-cost["requested"] // 100)
    assert tokens > 3
    assert first.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_ROWS"
    assert (cost["charged"], cost["remaining"]) == (tokens, 1_000 - tokens)
    assert remaining(first) == 1_000 - tokens


async def test_what_was_kept_is_given_back(client: httpx.AsyncClient) -> None:
    query = DEAR.replace("date country category", "country")
    many = [await ask(client, query, headers=by(f"{who} 3")) for who in ("one", "other")]
    first, again = (answer.json()["extensions"]["cost"] for answer in many)
    assert first["requested"] == again["requested"] > 100
    assert first["charged"] == -(-first["requested"] // 100)
    assert (again["charged"], again["remaining"]) == (1, 29)


async def test_what_is_dearer_than_is_left_is_refused_before_it_begins(
    client: httpx.AsyncClient,
) -> None:
    for _ in range(28):
        await day(client, "one 3")
    query = DEAR.replace("date country category", "country")
    response = await ask(client, query, headers=by("one 3"))
    error = refused(response, 429, "RATE_LIMITED")
    assert re.match(r"this takes (one token|\d+ tokens), and", error["message"])
    assert "data" not in response.json()


async def test_a_result_above_the_rows_of_a_tier_of_your_own_is_an_error(
    client: httpx.AsyncClient,
) -> None:
    key = by("one 4")
    response = await ask(client, DAYS, headers=key)
    assert "more than the 5 rows" in response.json()["errors"][0]["message"]
    limited = DAYS.replace("(", "(limit: 5, ", 1)
    assert len((await ask(client, limited, headers=key)).json()["data"]["orderMetrics"]) == 5
    page = await ask(client, "{ orders(first: 6) { nodes { id } } }", headers=key)
    assert page.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_ROWS"
    page = await ask(client, "{ orders(first: 5) { nodes { id } } }", headers=key)
    assert len(page.json()["data"]["orders"]["nodes"]) == 5
    file = await client.post("/graphql?format=csv", json={"query": DAYS}, headers=key)
    assert file.status_code == 422
    assert remaining(file) < 1_000


async def test_a_signed_url_is_a_client_and_its_public_answer_says_nothing_of_it(
    demo_path: Path, folder: Path
) -> None:
    secret, until = "a secret that only this test uses", int(time.time()) + 600
    signer = UrlSigner(secret.encode())
    text = signer.sign(identifier_of(QUERY), DAY.items(), Caller("acme", tier=1), until)
    async with serving(keyed(demo_path, folder, secret=secret)) as client:
        url = {**DAY, "__signed": text}
        answers = [await client.get("/graphql/p/day", params=url) for _ in range(21)]
        assert [answer.status_code for answer in answers] == [200] * 20 + [429]
        for answer in answers[:-1]:
            assert answer.headers["cache-control"].startswith("public")
            assert not set(RATE_HEADERS) & set(answer.headers)
        refused(answers[-1], 429, "RATE_LIMITED")
        assert remaining(answers[-1]) == 0


async def test_anybody_is_known_by_their_address(demo_path: Path, folder: Path) -> None:
    tiers = '{"3": {"per_minute": 1, "burst": 3}}'
    configured = settings(demo_path, folder, allow_anonymous=True, tiers=tiers)
    with logging_as_it_was():
        app = create_app(configured)
        async with started(app):
            for address in ("192.0.2.1", "192.0.2.2"):
                async with client_of(app, (address, 1)) as client:
                    statuses = [(await ask(client, "{ __typename }")).status_code for _ in "1234"]
                    assert statuses == [200, 200, 200, 429]


async def test_pages_of_other_origins_may_read_the_headers(demo_path: Path, folder: Path) -> None:
    origin = "https://app.example"
    async with serving(keyed(demo_path, folder, cors_origins=origin)) as client:
        for _ in range(2):
            response = await day(client, "one 1", origin=origin)
            exposed = response.headers["access-control-expose-headers"].lower().split(", ")
            assert set(RATE_HEADERS) <= set(exposed)


async def test_sockets_and_event_streams_pay_as_well(demo_path: Path, folder: Path) -> None:
    async with (
        live_server(keyed(demo_path, folder)) as server,
        server.initialised(by("one 1")) as socket,
        server.client() as client,
    ):
        await socket.subscribe("live", ORDERS)  # once, however many answers follow
        assert (await socket.receive())["type"] == "next"
        for left in range(18, 1, -1):
            await socket.subscribe("a", TOTAL)
            cost = (await socket.receive())["payload"]["extensions"]["cost"]
            assert (cost["charged"], cost["remaining"]) == (1, left)
            assert (await socket.receive())["type"] == "complete"
        await socket.subscribe("a", TOTAL, documentId="sha256:1")  # wrong, and not free
        (error,) = (await socket.receive())["payload"]
        assert error["extensions"]["code"] == "BAD_REQUEST"
        stream = by("one 1") | {"accept": "text/event-stream"}
        events = await ask(client, TOTAL, headers=stream)
        assert (events.status_code, remaining(events)) == (200, 0)
        await socket.subscribe("a", TOTAL)
        (error,) = (await socket.receive())["payload"]
        assert error["extensions"]["code"] == "RATE_LIMITED"
        refusal = await ask(client, TOTAL, headers=stream)
        refused(refusal, 429, "RATE_LIMITED", "application/graphql-response+json")
        assert 0 < int(refusal.headers["retry-after"]) <= 60


def test_the_readme_shows_the_tiers_as_they_are() -> None:
    readme = (ROOT / "README.md").read_text()
    for row in (
        "| 1 | 100 | 10,000 | 100 | 1,000 |",
        "| 2 | 1,000 | 100,000 | 10,000 | 5,000 |",
        "| 3 | 10,000 | – | 1,000,000 | 50,000 |",
    ):
        assert row in readme


async def test_where_a_tier_has_no_limit_nothing_is_counted(demo_path: Path, folder: Path) -> None:
    free = settings(demo_path, folder, tiers='{"3": {"per_minute": null}}')
    async with serving(free) as client:
        for _ in range(3):  # made, and then remembered
            answer = await client.get("/graphql/p/day", params=DAY)
            assert answer.status_code == 200
            assert not set(RATE_HEADERS) & set(answer.headers)
        assert not set(RATE_HEADERS) & set((await ask(client, TOTAL)).headers)
