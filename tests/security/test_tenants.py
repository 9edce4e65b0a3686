"""By whatever verb, cursor, key, tag or signed URL: no row of another tenant, over HTTP.

Every text of the warehouse bears its tenant's name, and every amount is a power of a thousand that
is the tenant's own: so a leak can be read off any answer, also off a sum.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import duckdb
import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from analytics_gql.access.keys import digest_of
from analytics_gql.persisted.registry import identifier_of
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from tests.conftest import ENGINES, MakeDatabase
from tests.doors.in_process import serving

TENANTS = {"acme": 1, "birch": 1_000, "cobalt": 1_000_000}
ROWS = 40

MODEL = """
type Sales @dataset(table: "sales", tenant: "org", version: "count(*)") @cacheControl(maxAge: 60) {
  buyer: String @dimension
  shopId: ID @dimension(sql: "shop_id")
  shop: Shop @lookup(by: ["shopId"])
  total: BigInt @metric(sql: "sum(amount)")
  buyers: BigInt @metric(sql: "count(distinct buyer)")
}
type Sale @records(table: "sales", key: ["id"], tenant: "org") @cacheControl(maxAge: 60) {
  id: ID!
  buyer: String
  amount: BigInt
  shopId: ID
  shop: Shop @lookup(by: ["shopId"])
}
type Shop @entity(table: "shops", key: ["id"], tenant: "org") @cacheControl(maxAge: 60) {
  id: ID!
  name: String
}
type Query {
  sales: [Sales!]
  salesConnection: SalesConnection
  saleList: SaleConnection
  shop: Shop
  shops: [Shop]
  signedUrl: SignedUrl @access(roles: ["publisher"])
}
"""
DOCUMENTS = {
    "sales": "query Sales($buyer: String) { sales(groupBy: [BUYER, SHOP_ID], "
    "where: { buyer: { ne: $buyer } }) { buyer total buyers shop { name } } }",
    "total": "query Total { sales { total } }",
    "page": "query Page($after: String) { saleList(first: 3, after: $after) { totalCount "
    "edges { cursor node { id buyer amount shop { name } } } } }",
    "metrics": "query Metrics($after: String) { salesConnection(groupBy: [BUYER], first: 3, "
    "after: $after) { totalCount edges { cursor node { buyer total } } } }",
    "shops": "query Shops($ids: [ID!]!) { shops(ids: $ids) { id name } }",
    "shop": "query Shop($id: ID!) { shop(id: $id) { name } }",
    "sign": "query Sign($name: String!, $parameters: [UrlParameter!]) { signedUrl("
    "document: $name, parameters: $parameters) { url } }",
}


def rows() -> list[str]:
    """Statements. Each tenant's ids are partly those of the others, partly its own."""
    statements = [
        "CREATE TABLE sales (org TEXT, id INT, buyer TEXT, amount BIGINT, shop_id INT)",
        "CREATE TABLE shops (org TEXT, id INT, name TEXT)",
    ]
    for index, (tenant, amount) in enumerate(TENANTS.items()):
        statements += [
            f"INSERT INTO sales SELECT '{tenant}', n + {index}, '{tenant}''s ' || n % 7, {amount}, "
            f"n % 5 + {index} FROM generate_series(0, {ROWS - 1}) AS numbers(n)",
            f"INSERT INTO shops SELECT '{tenant}', n + {index}, '{tenant}''s shop ' || n "
            "FROM generate_series(0, 4) AS numbers(n)",
        ]
    return statements


async def warehouse_of(engine: str, folder: Path, make_database: MakeDatabase) -> str:
    if engine == "duckdb":
        with duckdb.connect(str(folder / "w.duckdb")) as file:
            for statement in rows():
                file.execute(statement)
        return f"duckdb://{folder / 'w.duckdb'}"
    url = await make_database()
    connection = await asyncpg.connect(url)
    for statement in rows():
        await connection.execute(statement)
    await connection.close()
    return url


@pytest.fixture(scope="module", params=ENGINES)
async def client(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    make_database: MakeDatabase,
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("tenants")
    url = await warehouse_of(request.param, folder, make_database)
    (folder / "schema.graphql").write_text(MODEL)
    (text,) = apply_sync(plan_sync(load_schema(folder / "schema.graphql"))).values()
    (folder / "schema.graphql").write_text(text)
    (folder / "documents").mkdir()
    for name, document in DOCUMENTS.items():
        (folder / "documents" / f"{name}.graphql").write_text(document)
    callers = {name: {"tenant": name, "tier": 2, "roles": ["publisher"]} for name in TENANTS}
    keys = folder / "keys.json"
    keys.write_text(json.dumps({digest_of(f"key of {n}"): c for n, c in callers.items()}))
    keys.chmod(0o600)
    options = Settings(
        schema_path=folder / "schema.graphql",
        warehouse=url,
        keys=keys,
        persisted_queries=folder / "documents",
        secret=SecretStr("a secret that only these tests use"),
        automatic_persisted_queries=True,
    )
    async with serving(options) as client:
        yield client


@dataclass
class Loot:
    """What was seen by anybody, to be tried by everybody."""

    cursors: list[str] = field(default_factory=lambda: ["nonsense"])
    tags: dict[str, set[str]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One request: by whom, of what, and how. `pick` chooses among what was seen."""

    tenant: str
    document: str
    by: str
    pick: int
    buyer: str


steps = st.builds(
    Step,
    st.sampled_from([*TENANTS]),
    st.sampled_from([*DOCUMENTS]),
    st.sampled_from(["text", "name", "hash", "tag", "url"]),
    st.integers(0, 1_000),
    st.sampled_from([f"{tenant}'s {n}" for tenant in TENANTS for n in (0, 9)]),
)


def variables_of(step: Step, loot: Loot) -> dict[str, Any]:
    match step.document:
        case "sales":
            return {"buyer": step.buyer}
        case "page" | "metrics":
            after = loot.cursors[step.pick % len(loot.cursors)]
            return {"after": after} if step.pick % 3 else {}
        case "shops":
            return {"ids": [str(n) for n in range(-1, 12)]}
        case "shop":
            return {"id": str(step.pick % 9)}
        case "sign":
            return {"name": "sales", "parameters": [{"name": "buyer", "value": step.buyer}]}
        case _:
            return {}


async def sent(client: httpx.AsyncClient, step: Step, loot: Loot) -> httpx.Response:
    text, variables = DOCUMENTS[step.document], variables_of(step, loot)
    headers = {"x-api-key": f"key of {step.tenant}"}
    if step.by == "text":
        body = {"query": text, "variables": variables}
        return await client.post("/graphql", json=body, headers=headers)
    if step.by == "hash":
        parameters = {"documentId": identifier_of(text), "variables": json.dumps(variables)}
        return await client.get("/graphql", params=parameters, headers=headers)
    if step.by == "tag" and loot.tags:
        headers["if-none-match"] = ", ".join(loot.tags)
    parameters = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in variables.items()
    }
    if step.document == "shops":
        parameters["ids"] = ",".join(variables["ids"])
    return await client.get(f"/graphql/p/{step.document}", params=parameters, headers=headers)


def check(tenant: str, response: httpx.Response) -> None:
    """Nothing of others is in an answer, neither as text nor as a part of a sum."""
    for other, amount in TENANTS.items():
        if other != tenant:
            assert f"{other}'s" not in response.text.replace("\\u0027", "'"), response.text
            for number in numbers(response.json(), ("total", "amount")):
                assert number // amount % 1_000 == 0 or tenant == other, response.text
    for number in numbers(response.json(), ("total", "amount")):
        assert number % TENANTS[tenant] == 0
        assert 0 < number // TENANTS[tenant] <= ROWS
    for number in numbers(response.json(), ("totalCount",)):
        assert number in (7, ROWS)


def numbers(part: Any, names: tuple[str, ...]) -> list[int]:
    if isinstance(part, list):
        return [number for item in part for number in numbers(item, names)]
    if not isinstance(part, dict):
        return []
    own = [value for key, value in part.items() if key in names and isinstance(value, int)]
    return own + [number for item in part.values() for number in numbers(item, names)]


def cursors(part: Any) -> list[str]:
    return collected(part, lambda item: [item["cursor"]] if "cursor" in item else [])


def collected(part: Any, found: Callable[[dict[str, Any]], list[str]]) -> list[str]:
    if isinstance(part, list):
        return [text for item in part for text in collected(item, found)]
    if not isinstance(part, dict):
        return []
    return found(part) + [text for item in part.values() for text in collected(item, found)]


@given(st.lists(steps, min_size=4, max_size=14))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_nobody_reads_another_s_rows(client: httpx.AsyncClient, asked: list[Step]) -> None:
    loot = Loot()
    for step in asked:
        if step.by == "url" and loot.urls:
            # Whoever has it reads as the one who signed, and as nobody else.
            url, signer = sorted(loot.urls.items())[step.pick % len(loot.urls)]
            response = await client.get(url, headers={"x-api-key": f"key of {step.tenant}"})
            assert response.status_code == 200
            check(signer, response)
            continue
        response = await sent(client, step, loot)
        if response.status_code == 304:
            assert step.tenant in loot.tags[response.headers["etag"]]
            continue
        check(step.tenant, response)
        body = response.json()
        if "etag" in response.headers:
            loot.tags.setdefault(response.headers["etag"], set()).add(step.tenant)
        loot.cursors += cursors(body.get("data"))
        if body.get("data") and (signed := body["data"].get("signedUrl")):
            loot.urls[signed["url"]] = step.tenant
        if "errors" in body:
            # A cursor of another tenant, or of another question.
            assert step.document in ("page", "metrics"), body
            assert all("CURSOR" in error["extensions"]["code"] for error in body["errors"]), body
