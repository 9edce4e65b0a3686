"""Who may ask documents that are not registered, and who may register them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.persisted.registry import sha_256
from tests.doors.in_process import captured_log, refused, serving
from tests.doors.registered import (
    ANSWER,
    DAY,
    FILES,
    FORMS,
    extension,
    in_url,
    said,
    settings,
)
from tests.persisted.folders import QUERY, fill


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("documents"), FILES)


# --- automatic persisted queries -----------------------------------------------------------------


async def test_a_client_registers_by_hash_and_query_where_it_may(
    demo_path: Path, folder: Path
) -> None:
    query = "query New { __typename }"
    form = {"extensions": extension(sha_256(query))}
    async with serving(settings(demo_path, folder, automatic_persisted_queries=True)) as client:
        unknown = await client.get("/graphql", params=in_url(**form))
        refused(unknown, 404, "PERSISTED_QUERY_NOT_FOUND")
        # A document that does not fit is not kept, nor one under another's hash.
        for wrong in ("{ nothing }", "{"):
            bad = {"extensions": extension(sha_256(wrong)), "query": wrong}
            assert "errors" in (await client.post("/graphql", json=bad)).json()
            del bad["query"]
            refused(await client.post("/graphql", json=bad), 404, "PERSISTED_QUERY_NOT_FOUND")
        other = await client.post("/graphql", json=form | {"query": "{ __typename }"})
        refused(other, 400, "PERSISTED_QUERY_MISMATCH")
        refused(await client.post("/graphql", json=form), 404, "PERSISTED_QUERY_NOT_FOUND")
        answer = {"data": {"__typename": "Query"}}
        assert (await client.post("/graphql", json=form | {"query": query})).json() == answer
        assert (await client.get("/graphql", params=in_url(**form))).json() == answer
        assert (await client.post("/graphql", json=form)).json() == answer


# --- modes ---------------------------------------------------------------------------------------


async def test_safelist_answers_registered_documents_alone(demo_path: Path, folder: Path) -> None:
    only = settings(demo_path, folder, persisted_mode="safelist", automatic_persisted_queries=True)
    async with serving(only) as client:
        for form in FORMS:
            asked = form | {"variables": DAY}
            assert said(await client.post("/graphql", json=asked)) == ANSWER
            assert (await client.get("/graphql", params=in_url(**asked))).json() == ANSWER
        assert (await client.get("/graphql/p/day?day=2026-06-30")).json() == ANSWER
        # The text of a registered document is as good as its identifier.
        asked = {"query": f"# as printed elsewhere\n{QUERY}", "variables": DAY}
        assert said(await client.post("/graphql", json=asked)) == ANSWER
        new = "query New { __typename }"
        for query in ("{ __typename }", "{ nothing }", "{", new, "{ __schema { types { name } } }"):
            for form in (
                {"query": query},
                {"query": query, "extensions": extension(sha_256(query))},
            ):
                for response in (
                    await client.post("/graphql", json=form),
                    await client.get("/graphql", params=in_url(**form)),
                ):
                    refused(response, 403, "DOCUMENT_NOT_REGISTERED")
        # Registering by hash is no way around the list.
        form = {"extensions": extension(sha_256(new))}
        refused(await client.post("/graphql", json=form), 404, "PERSISTED_QUERY_NOT_FOUND")


async def test_safelist_log_answers_and_logs_what_is_not_registered(
    demo_path: Path, folder: Path
) -> None:
    async with serving(settings(demo_path, folder, persisted_mode="safelist-log")) as client:
        with captured_log() as log:
            for asked in ({"query": QUERY, "variables": DAY}, {**FORMS[0], "variables": DAY}):
                assert said(await client.post("/graphql", json=asked)) == ANSWER
        assert log.getvalue() == ""
        for query, names in (
            ("query New { __typename }", "New"),
            ("{ a: __typename }", "without names"),
            ("{", "without names"),
        ):
            with captured_log() as log:
                response = await client.post("/graphql", json={"query": query})
            assert response.status_code == 200
            line = f"WARNING not registered: sha256:{sha_256(query)} of tenant acme, operations"
            assert f"[{response.headers['x-request-id']}] {line} {names}" in log.getvalue()


async def test_a_key_has_its_own_mode_and_rights(
    demo_path: Path, folder: Path, tmp_path: Path
) -> None:
    entries = {
        "own mode": {"tenant": "acme", "documents": "open"},
        "registers": {"tenant": "acme", "documents": "open", "register": True},
        "as the server": {"tenant": "acme", "register": True},
    }
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({sha_256(key): entry for key, entry in entries.items()}))
    query = "query New { __typename }"
    form = {"extensions": extension(sha_256(query))}

    async with serving(settings(demo_path, folder, persisted_mode="safelist", keys=keys)) as client:

        async def post(key: str, body: dict[str, Any]) -> httpx.Response:
            return await client.post("/graphql", json=body, headers={"x-api-key": key})

        # Who asks is looked at first: nobody learns what is registered.
        refused(await client.get("/graphql/p/day?day=2026-06-30"), 401, "UNAUTHENTICATED")
        for key in entries:
            assert said(await post(key, {**FORMS[0], "variables": DAY})) == ANSWER
        refused(await post("as the server", {"query": query}), 403, "DOCUMENT_NOT_REGISTERED")
        assert "data" in (await post("own mode", form | {"query": query})).json()
        refused(await post("own mode", form), 404, "PERSISTED_QUERY_NOT_FOUND")
        assert "data" in (await post("registers", form | {"query": query})).json()
        assert "data" in (await post("registers", form)).json()
        for key in ("own mode", "as the server"):
            refused(await post(key, form), 404, "PERSISTED_QUERY_NOT_FOUND")
