"""Roles at the door: what a caller may not see is not there, or its document is forbidden."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import PARAMETER, UrlSigner
from analytics_gql.cli.parser import run
from analytics_gql.persisted.registry import identifier_of, sha_256
from analytics_gql.settings import Settings
from tests.access.test_access_over_http import keys_file
from tests.conftest import ROOT
from tests.doors.in_process import ask, refused, serving
from tests.doors.registered import extension, in_url
from tests.persisted.folders import fill

SECRET = "a secret for signing"
RANGE = 'dateRange: { start: "2026-06-30", end: "2026-06-30" }'
MARGINS = f"query Margins {{ orderMetrics({RANGE}) {{ grossMargin }} }}\n"
ORDERED = f"""query Ordered($order: [OrderMetricsOrder!], $where: OrderMetricsFilter) {{
  orderMetrics({RANGE}, groupBy: [COUNTRY], orderBy: $order, where: $where, limit: 2) {{ country }}
}}
"""
BUYERS = "query Buyers { orders(first: 1) { nodes { customer { name } } } }\n"
KEYS: dict[str, dict[str, Any]] = {
    "plain": {"tenant": "acme", "tier": 3},
    "finance": {"tenant": "acme", "tier": 3, "roles": ["staff", "finance"]},
    "crm": {"tenant": "acme", "tier": 3, "roles": ["crm"], "register": True},
    "boss": {"tenant": "acme", "tier": 3, "roles": ["*"], "register": True},
    "strict": {"tenant": "acme", "tier": 3, "documents": "safelist"},
}
HIDDEN = re.compile(r"\b(cost|COST|grossMargin|GROSS_MARGIN|Customer\w*|customers?)\b")
"""What a caller without roles must not read, unless they wrote it."""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's model, with roles, and documents beside it."""
    folder = tmp_path_factory.mktemp("guarded")
    text = (ROOT / "schema.graphql").read_text()
    before = "cost: Decimal @metric("
    text = text.replace(before, before.replace("@", '@access(roles: ["finance"]) @'))
    text = text.replace("type Customer @", 'type Customer @access(roles: ["crm"]) @')
    before = "customers: BigInt @metric("
    text = text.replace(before, before.replace("@", '@access(roles: ["crm"]) @'))
    (folder / "schema.graphql").write_text(text)
    fill(
        folder / "persisted_queries",
        {"margins.graphql": MARGINS, "ordered.graphql": ORDERED, "buyers.graphql": BUYERS},
    )
    return folder


def settings(folder: Path, demo_path: Path, **others: Any) -> Settings:
    return Settings(
        schema_path=folder / "schema.graphql",
        warehouse=f"duckdb://{demo_path}",
        secret=SECRET,
        **others,
    )


@pytest.fixture(scope="module")
async def client(
    guarded: Path, demo_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    keys = keys_file(tmp_path_factory.mktemp("keys"), KEYS)
    async with serving(settings(guarded, demo_path, keys=keys)) as served:
        yield served


SWAPPED = {
    "cost": "cots",
    "COST": "COTS",
    "gross": "grass",
    "GROSS": "GRASS",
    "ustomer'": "ustamer'",
}
"""Names that are hidden, and others that never were, as long and as far from what is there."""


def key(name: str) -> dict[str, str]:
    return {"x-api-key": name, "x-request-id": "the-same-for-all"}


def shown(response: httpx.Response) -> str:
    """A response as a whole, headers included."""
    return response.text + str(response.headers.raw)


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("orderMetrics({r}) {{ cost }}", "orderMetrics({r}) {{ cots }}"),
        ("orderMetrics({r}) {{ grossMargin }}", "orderMetrics({r}) {{ grassMargin }}"),
        (
            "orderMetrics({r}, where: {{ cost: {{ gt: 1 }} }}) {{ revenue }}",
            "orderMetrics({r}, where: {{ cots: {{ gt: 1 }} }}) {{ revenue }}",
        ),
        (
            "orderMetrics({r}, orderBy: [{{ by: COST }}]) {{ revenue }}",
            "orderMetrics({r}, orderBy: [{{ by: COTS }}]) {{ revenue }}",
        ),
        (
            "orderMetrics({r}, groupBy: [GROSS_MARGIN]) {{ revenue }}",
            "orderMetrics({r}, groupBy: [GRASS_MARGIN]) {{ revenue }}",
        ),
        ("customer(id: 1) {{ id }}", "custamer(id: 1) {{ id }}"),
        (
            "orders {{ nodes {{ customer {{ id }} }} }}",
            "orders {{ nodes {{ custamer {{ id }} }} }}",
        ),
        ("orders {{ customer }}", "orders {{ custamer }}"),
        ("... on Customer {{ id }}", "... on Custamer {{ id }}"),
    ],
)
async def test_a_hidden_name_is_answered_as_one_that_never_was(
    client: httpx.AsyncClient, written: str, never: str
) -> None:
    answers = [
        await ask(client, f"{{ {text.format(r=RANGE)} }}", headers=key("plain"))
        for text in (written, never)
    ]
    refused(answers[0], 200, "GRAPHQL_VALIDATION_FAILED")
    swapped = answers[0].text
    for name, other in SWAPPED.items():
        swapped = swapped.replace(name, other)
    assert swapped == answers[1].text
    assert answers[0].status_code == answers[1].status_code
    boss = await ask(client, f"{{ {written.format(r=RANGE)} }}", headers=key("boss"))
    assert boss.text != answers[0].text


async def test_introspection_and_the_page_know_nothing_of_it(client: httpx.AsyncClient) -> None:
    asked = get_introspection_query(descriptions=False)
    for name, expected in (("plain", False), ("boss", True)):
        found = (await ask(client, asked, headers=key(name))).text
        assert ("grossMargin" in found, '"Customer"' in found) == (expected, expected)
    finance = (await ask(client, asked, headers=key("finance"))).text
    assert ("grossMargin" in finance, '"Customer"' in finance) == (True, False)
    page = (await client.get("/explorer")).text
    assert "revenue" in page
    assert re.search(r"\bcost\b|grossMargin", page) is None


@pytest.mark.parametrize(
    "form",
    [
        {"documentId": identifier_of(MARGINS)},
        {"extensions": extension(sha_256(MARGINS))},
        {"extensions": extension(sha_256(MARGINS)), "query": MARGINS},
    ],
)
async def test_a_registered_document_is_forbidden_without_a_name(
    client: httpx.AsyncClient, form: dict[str, Any]
) -> None:
    for _ in range(2):  # the second time from what is kept, and remembered
        for name in ("finance", "boss"):
            answer = await client.get("/graphql", params=in_url(**form), headers=key(name))
            assert answer.json()["data"]["orderMetrics"][0]["grossMargin"] > 0
        for response in (
            await client.get("/graphql", params=in_url(**form), headers=key("plain")),
            await client.post("/graphql", json=form, headers=key("crm")),
        ):
            error = refused(response, 403, "FORBIDDEN")
            assert error["message"] == "the document asks for what your roles may not see"
            assert HIDDEN.search(shown(response)) is None


async def test_by_name_it_is_forbidden_as_well(client: httpx.AsyncClient) -> None:
    for _ in range(2):
        assert (await client.get("/graphql/p/margins", headers=key("finance"))).status_code == 200
        answer = await client.get("/graphql/p/margins?country=DE", headers=key("plain"))
        refused(answer, 403, "FORBIDDEN")
        refused(await client.get("/graphql/p/buyers", headers=key("finance")), 403, "FORBIDDEN")
        assert (await client.get("/graphql/p/buyers", headers=key("crm"))).status_code == 200


async def test_files_have_nothing_that_is_hidden(client: httpx.AsyncClient) -> None:
    csv = {"accept": "text/csv"}
    by_name = "/graphql/p/margins?format=csv"
    allowed = await client.get(by_name, headers=key("finance"))
    assert allowed.text.startswith("grossMargin\r\n0.")
    denied = await client.get(by_name, headers=key("plain"))
    assert (denied.status_code, denied.json()["errors"][0]["extensions"]["code"]) == (
        403,
        "FORBIDDEN",
    )
    text = f"{{ orderMetrics({RANGE}) {{ cost }} }}"
    for name, start in (("finance", "cost\r\n"), ("plain", '{"errors":[{"message":"Cannot query')):
        answer = await ask(client, text, headers=key(name) | csv)
        assert answer.text.startswith(start)


async def test_no_document_is_suggested_to_who_may_not_ask_it(client: httpx.AsyncClient) -> None:
    for name, hint in (("finance", "did you mean 'Margins'"), ("plain", "have it registered")):
        answer = await client.get("/graphql/p/margin", headers=key(name))
        error = refused(answer, 404, "PERSISTED_QUERY_NOT_FOUND")
        assert error["extensions"]["hint"].startswith(hint)


@pytest.mark.parametrize(
    "variables",
    [
        {"order": [{"by": "COST"}]},
        {"order": [{"by": "GROSS_MARGIN"}]},
        {"where": {"cost": {"gt": 1}}},
        {"where": {"not": {"and": [{"grossMargin": {"gt": 1}}]}}},
    ],
)
async def test_variables_of_a_registered_document_are_read_by_the_callers_schema(
    client: httpx.AsyncClient, variables: dict[str, Any]
) -> None:
    form: dict[str, Any] = {"documentId": identifier_of(ORDERED), "variables": variables}
    for _ in range(2):
        allowed = await client.get("/graphql", params=in_url(**form), headers=key("finance"))
        assert "errors" not in allowed.json()
        answer = await client.get("/graphql", params=in_url(**form), headers=key("plain"))
        error = refused(answer, 200, "BAD_USER_INPUT")
        told = error["message"].partition("Did you mean")[2].partition("?")[0]
        assert HIDDEN.search(told) is None
        by_name = await client.get(
            "/graphql/p/ordered", params=in_url(**variables), headers=key("plain")
        )
        refused(by_name, 400, "BAD_USER_INPUT")
    fits = form | {"variables": {"order": [{"by": "REVENUE"}]}}
    for name in ("plain", "finance"):
        answer = await client.get("/graphql", params=in_url(**fits), headers=key(name))
        assert len(answer.json()["data"]["orderMetrics"]) == 2


async def test_a_signed_url_has_the_roles_that_it_was_signed_for(
    client: httpx.AsyncClient,
) -> None:
    def signed(*roles: str) -> str:
        caller = Caller("acme", roles, tier=3)
        until = int(time.time()) + 60
        text = UrlSigner(SECRET.encode()).sign(identifier_of(MARGINS), [], caller, until)
        return f"/graphql/p/margins?{PARAMETER}={text}"

    assert (await client.get(signed("finance"))).status_code == 200
    refused(await client.get(signed("staff")), 403, "FORBIDDEN")
    # The roles of one URL under the signature of another.
    payload, _, _ = signed("finance").partition("=")[2].partition(".")
    signature = signed("staff").rpartition(".")[2]
    mixed = f"/graphql/p/margins?{PARAMETER}={payload}.{signature}"
    refused(await client.get(mixed), 403, "SIGNATURE_INVALID")


def test_a_url_is_not_signed_for_who_may_not_ask_it(
    guarded: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    margins = ["sign", "margins", "--schema", str(guarded / "schema.graphql")]
    assert run([*margins, "--role", "staff"]) == 1
    assert "asks for what your roles may not see" in capsys.readouterr().err
    assert run([*margins, "--role", "staff", "--role", "finance"]) == 0


async def test_another_callers_cursor_is_no_help(client: httpx.AsyncClient) -> None:
    def page(order: str, after: str = "") -> str:
        return f"""{{ orderMetricsConnection({RANGE}, groupBy: [COUNTRY], first: 1{after},
          {order}) {{ nodes {{ country }} pageInfo {{ endCursor }} }} }}"""

    by_cost = "orderBy: [{ by: COST }]"
    first = (await ask(client, page(by_cost), headers=key("finance"))).json()
    cursor = first["data"]["orderMetricsConnection"]["pageInfo"]["endCursor"]
    after = f', after: "{cursor}"'
    own = await ask(client, page(by_cost, after), headers=key("finance"))
    assert "errors" not in own.json()
    refused(
        await ask(client, page(by_cost, after), headers=key("plain")),
        200,
        "GRAPHQL_VALIDATION_FAILED",
    )
    other = await ask(client, page("orderBy: [{ by: REVENUE }]", after), headers=key("plain"))
    refused(other, 200, "CURSOR_MISMATCH")


async def test_what_one_client_registered_another_may_not_see_is_unknown(
    client: httpx.AsyncClient,
) -> None:
    text = f"{{ orderMetrics({RANGE}) {{ cost }} }}"
    form = {"extensions": extension(sha_256(text))}
    registered = await client.post("/graphql", json=form | {"query": text}, headers=key("boss"))
    assert "errors" not in registered.json()
    by_hash = await client.post("/graphql", json=form, headers=key("crm"))
    by_text = await ask(client, text, headers=key("crm"))
    refused(by_hash, 200, "GRAPHQL_VALIDATION_FAILED")
    assert by_hash.text == by_text.text


async def test_a_safelist_knows_the_text_of_a_document_that_is_forbidden(
    client: httpx.AsyncClient,
) -> None:
    refused(await ask(client, MARGINS, headers=key("strict")), 403, "FORBIDDEN")
    other = MARGINS.replace("grossMargin", "cost")
    refused(await ask(client, other, headers=key("strict")), 403, "DOCUMENT_NOT_REGISTERED")


async def test_without_keys_the_caller_on_this_machine_sees_all(
    guarded: Path, demo_path: Path
) -> None:
    async with serving(settings(guarded, demo_path)) as local:
        answer = await ask(
            local, f"{{ orderMetrics({RANGE}) {{ cost }} customer(id: 1) {{ id }} }}"
        )
        assert "errors" not in answer.json()
        assert (await local.get("/graphql/p/margins")).status_code == 200
