"""Pages of other origins: what they may read, and that remembered replies say the same of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.app import create_app
from analytics_gql.errors import SettingsError
from tests.doors.in_process import ask, logging_as_it_was, serving
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import fill

OURS = "https://app.example.com"
ALSO_OURS = "http://localhost:5173"
FOREIGN = "https://evil.example"
URL = "/graphql/p/day"
LISTED = {"cors_origins": f"{OURS}, {ALSO_OURS}"}
ALL: dict[str, Any] = {"cors_origins": "*", "allow_anonymous": True}


def of_cors(response: httpx.Response) -> dict[str, str]:
    """The headers that decide what a page may read."""
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith("access-control-") or name == "vary"
    }


def preflight(origin: str, method: str = "POST", headers: str = "content-type") -> dict[str, str]:
    return {
        "origin": origin,
        "access-control-request-method": method,
        "access-control-request-headers": headers,
    }


async def test_without_configuration_no_page_may_read(demo_path: Path, tmp_path: Path) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES))) as client:
        for response in (
            await ask(client, "{ __typename }", headers={"origin": OURS}),
            await client.get(URL, params=DAY, headers={"origin": OURS}),
            await client.get(URL, params=DAY, headers={"origin": OURS}),
            await client.options("/graphql", headers=preflight(OURS)),
        ):
            assert of_cors(response).keys() <= {"vary"}
            assert "Origin" not in response.headers.get("vary", "")


async def test_a_page_of_a_listed_origin_may_read(demo_path: Path, tmp_path: Path) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES), **LISTED)) as client:
        asked = await client.options(
            "/graphql",
            headers=preflight(ALSO_OURS, headers="authorization, content-type, x-api-key"),
        )
        assert asked.status_code == 200
        assert asked.headers["access-control-allow-origin"] == ALSO_OURS
        assert asked.headers["access-control-allow-methods"] == (
            "GET, HEAD, POST, PUT, DELETE, OPTIONS"
        )
        assert asked.headers["access-control-max-age"] == "7200"
        assert asked.headers["x-content-type-options"] == "nosniff"
        for response in (
            await ask(client, "{ __typename }", headers={"origin": ALSO_OURS}),
            await ask(client, "{", headers={"origin": ALSO_OURS}),
            await client.get("/nowhere", headers={"origin": ALSO_OURS}),
            await client.get("/healthz", headers={"origin": ALSO_OURS, "x-long": "x" * 70_000}),
        ):
            assert of_cors(response) == {
                "access-control-allow-origin": ALSO_OURS,
                "access-control-allow-credentials": "true",
                "access-control-expose-headers": "ETag, Age, X-Request-Id, Server-Timing, "
                "Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
                "RateLimit-Policy, RateLimit",
                "vary": "Origin",
            }


async def test_another_page_may_not(demo_path: Path, tmp_path: Path) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES), **LISTED)) as client:
        for headers in (
            preflight(FOREIGN),
            preflight(f"{OURS}.evil.example"),
            preflight("null"),
            preflight(OURS, "PATCH"),
            preflight(OURS, headers="x-unknown"),
        ):
            assert (await client.options("/graphql", headers=headers)).status_code == 400
        for _ in range(2):
            response = await client.get(URL, params=DAY, headers={"origin": FOREIGN})
            assert "access-control-allow-origin" not in response.headers


async def test_all_origins_come_without_cookies(demo_path: Path, tmp_path: Path) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES), **ALL)) as client:
        for response in (
            await client.options("/graphql", headers=preflight(FOREIGN)),
            await client.get(URL, params=DAY, headers={"origin": FOREIGN}),
            await client.get(URL, params=DAY, headers={"origin": FOREIGN}),
        ):
            assert response.headers["access-control-allow-origin"] == "*"
            assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize("options", [LISTED, ALL])
async def test_what_is_remembered_is_read_by_the_pages_that_may_read_it_anew(
    demo_path: Path, tmp_path: Path, options: dict[str, Any]
) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES), **options)) as client:
        for origin in (OURS, None, FOREIGN, ALSO_OURS):
            headers = {} if origin is None else {"origin": origin}
            made = await client.get(URL, params=DAY, headers=headers)
            again = await client.get(URL, params=DAY, headers=headers)
            assert "server-timing" in made.headers
            assert "server-timing" not in again.headers  # it was remembered
            assert of_cors(again) == of_cors(made)
            assert again.headers["vary"].endswith(", Origin")
            tagged = {**headers, "if-none-match": made.headers["etag"]}
            not_modified = await client.get(URL, params=DAY, headers=tagged)
            assert not_modified.status_code == 304
            assert of_cors(not_modified) == of_cors(made)


def test_all_pages_may_not_read_what_only_this_machine_may(demo_path: Path, tmp_path: Path) -> None:
    with (
        logging_as_it_was(),
        pytest.raises(SettingsError, match="any page in a browser on this machine") as refused,
    ):
        create_app(settings(demo_path, tmp_path, cors_origins="*"))
    assert refused.value.hint is not None
