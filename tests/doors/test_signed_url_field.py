"""`signedUrl`: callers with the right pass on what they may read, and nothing else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from analytics_gql.access.keys import digest_of
from analytics_gql.settings import Settings
from tests.doors.in_process import ask, refused, serving

SIGN = """query Sign($document: String!, $parameters: [UrlParameter!], $time: Int! = 60) {
  signedUrl(document: $document, parameters: $parameters, expiresInS: $time) { url expires }
}"""
DAY = """query Day($day: Date!) {
  orderMetrics(dateRange: { start: $day, end: $day }) { revenue orderCount }
}"""
PARAMETERS = [{"name": "day", "value": "2026-06-30"}]
PUBLISHER, READER, RIVAL = (
    {"x-api-key": key} for key in ("publisher-key", "reader-key", "rival-key")
)


@pytest.fixture(scope="module")
async def client(
    tmp_path_factory: pytest.TempPathFactory, demo_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("signed")
    (folder / "documents").mkdir()
    (folder / "documents" / "day.graphql").write_text(DAY)
    (folder / "documents" / "sign.graphql").write_text(SIGN)
    callers = {
        "publisher-key": {"tenant": "acme", "roles": ["publisher"], "tier": 2},
        "reader-key": {"tenant": "acme", "tier": 2},
        "rival-key": {"tenant": "birch", "roles": ["publisher"], "tier": 2},
    }
    keys = folder / "keys.json"
    keys.write_text(json.dumps({digest_of(key): caller for key, caller in callers.items()}))
    keys.chmod(0o600)
    settings = Settings(
        warehouse=f"duckdb://{demo_path}",
        keys=keys,
        persisted_queries=folder / "documents",
        secret=SecretStr("a secret that only these tests use"),
        signed_url_max_s=100_000,
    )
    async with serving(settings) as client:
        yield client


async def sign(
    client: httpx.AsyncClient, headers: dict[str, str], document: str, **variables: Any
) -> httpx.Response:
    return await ask(client, SIGN, {"document": document} | variables, headers=headers)


async def test_the_url_shows_the_answer_that_the_caller_would_have(
    client: httpx.AsyncClient,
) -> None:
    own = await client.get("/graphql/p/day?day=2026-06-30", headers=PUBLISHER)
    signed = await sign(client, PUBLISHER, "day", parameters=PARAMETERS)
    assert signed.headers["cache-control"] == "no-store"
    url = signed.json()["data"]["signedUrl"]["url"]
    answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.content == own.content
    assert answer.headers["cache-control"].startswith("public, max-age=")
    others = await sign(client, RIVAL, "day", parameters=PARAMETERS)
    rival = await client.get(others.json()["data"]["signedUrl"]["url"])
    assert rival.status_code == 200
    assert rival.content != answer.content


async def test_it_says_when_it_expires(client: httpx.AsyncClient) -> None:
    before = datetime.now().astimezone()
    signed = (await sign(client, PUBLISHER, "day", parameters=PARAMETERS, time=600)).json()
    expires = datetime.fromisoformat(signed["data"]["signedUrl"]["expires"])
    assert 598 <= (expires - before).total_seconds() <= 660


async def test_without_the_right_there_is_no_such_field(client: httpx.AsyncClient) -> None:
    error = refused(
        await ask(client, '{ signedUrl(document: "day") { url } }', headers=READER),
        200,
        "GRAPHQL_VALIDATION_FAILED",
    )
    assert error["message"].startswith("Cannot query field 'signedUrl'")


async def test_a_registered_document_signs_anew_each_time(client: httpx.AsyncClient) -> None:
    asked = f"/graphql/p/sign?document=day&parameters={json.dumps(PARAMETERS)}"
    for _ in range(2):
        answer = await client.get(asked, headers=PUBLISHER)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert (await client.get(answer.json()["data"]["signedUrl"]["url"])).status_code == 200


async def test_a_signed_url_signs_no_other(client: httpx.AsyncClient) -> None:
    parameters = [
        {"name": "document", "value": "day"},
        {"name": "parameters", "value": json.dumps(PARAMETERS)},
    ]
    signed = await sign(client, PUBLISHER, "sign", parameters=parameters)
    answer = await client.get(signed.json()["data"]["signedUrl"]["url"])
    assert answer.json()["data"] == {"signedUrl": None}
    assert answer.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("document", "variables", "code", "says"),
    [
        ("dya", {}, "PERSISTED_QUERY_NOT_FOUND", "did you mean 'Day' or 'day'?"),
        ("day", {}, "BAD_USER_INPUT", "$day"),
        (
            "day",
            {"parameters": [{"name": "dax", "value": "2026-06-30"}]},
            "UNKNOWN_NAME",
            "did you mean 'day'?",
        ),
        ("day", {"parameters": [{"name": "day", "value": "x"}]}, "BAD_USER_INPUT", "Date"),
        ("day", {"parameters": PARAMETERS, "time": 0}, "BAD_USER_INPUT", "1 to 100,000"),
        ("day", {"parameters": PARAMETERS, "time": 100_001}, "BAD_USER_INPUT", "1 to 100,000"),
    ],
)
async def test_what_the_server_would_refuse_is_not_signed(
    client: httpx.AsyncClient, document: str, variables: dict[str, Any], code: str, says: str
) -> None:
    answer = await sign(client, PUBLISHER, document, **variables)
    assert answer.json()["data"] == {"signedUrl": None}
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == code
    assert says in error["message"] + error["extensions"]["hint"]


async def test_it_stands_beside_what_is_read(client: httpx.AsyncClient) -> None:
    both = await ask(
        client,
        """{
          day: orderMetrics(dateRange: { start: "2026-06-30", end: "2026-06-30" }) { orderCount }
          signedUrl(document: "day", parameters: [{ name: "day", value: "2026-06-30" }]) { url }
        }""",
        headers=PUBLISHER,
    )
    assert both.json()["data"]["day"][0]["orderCount"] == 543
    assert both.json()["data"]["signedUrl"]["url"].startswith("/graphql/p/day?day=2026-06-30&")
