"""GETs of registered documents as clients and caches keep them: tags, 304, Cache-Control, Vary."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import duckdb
import httpx
import orjson
import pytest
import zstandard

from analytics_gql.access.caller import Caller
from analytics_gql.access.signed_urls import PARAMETER, UrlSigner
from analytics_gql.app import create_app
from analytics_gql.persisted.registry import identifier_of
from analytics_gql.sdl.files import load_schema
from analytics_gql.sdl.sync import apply_sync, plan_sync
from analytics_gql.settings import Settings
from analytics_gql.warehouses.duckdb import DuckDBWarehouse
from tests.doors.in_process import logging_as_it_was, refused, started

MODEL = """
type Sales @dataset(table: "sales", tenant: "org")
  @cacheControl(maxAge: 60, staleWhileRevalidate: 5) {
  kind: String @dimension
  total: BigInt @metric(sql: "sum(amount)")
  secret: BigInt @metric(sql: "max(amount)") @cacheControl(scope: PRIVATE)
}
type Shop @entity(table: "shops", key: ["id"], shared: true) @cacheControl(maxAge: 60) {
  id: ID!
  name: String
}
type Unhinted @dataset(table: "shops", shared: true) { count: BigInt @metric(sql: "count(*)") }
type Query { sales: [Sales!] shop: Shop unhinted: [Unhinted!] }
"""
DOCUMENTS = {
    "sales": "query Sales($kinds: [String!]) { sales(where: {kind: {in: $kinds}}) { kind total } }",
    "private": "query Private { sales { secret } }",
    "lower": "query Lower @cacheControl(maxAge: 7) { sales { total } }",
    "shop": 'query Shop($id: ID = "1") { shop(id: $id) { name } }',
    "unhinted": "query Unhinted { unhinted { count } }",
    "wrong": "query Wrong($id: ID!) { shop(id: $id, ) { name } }",
}
KEYS = {"acme-key": {"tenant": "acme", "tier": 2}, "rival-key": {"tenant": "rival", "tier": 2}}
SECRET = "a secret that only these tests use"
ACME = {"x-api-key": "acme-key"}
RIVAL = {"authorization": "Bearer rival-key"}


def build(path: Path, factor: int = 1) -> None:
    new = path.with_suffix(".new")
    with duckdb.connect(str(new)) as database:
        database.execute(
            f"CREATE TABLE sales AS SELECT 'k' || range % 3 AS kind, range * {factor} AS amount, "
            "CASE WHEN range < 40 THEN 'acme' ELSE 'rival' END AS org FROM range(60)"
        )
        database.execute(
            "CREATE TABLE shops AS SELECT range AS id, 's' || range AS name FROM range(99)"
        )
    os.replace(new, path)


class World:
    """A server with a counted warehouse, and a client."""

    def __init__(self, client: httpx.AsyncClient, path: Path, statements: list[str]) -> None:
        self.client = client
        self.path = path
        self.statements = statements

    async def get(self, url: str, **headers: str) -> httpx.Response:
        return await self.client.get(
            url, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )


@asynccontextmanager
async def world_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> AsyncIterator[World]:
    schema, folder, path = (
        tmp_path / "schema.graphql",
        tmp_path / "documents",
        tmp_path / "w.duckdb",
    )
    schema.write_text(MODEL)
    (text,) = apply_sync(plan_sync(load_schema(schema))).values()
    schema.write_text(text)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, document in DOCUMENTS.items():
        (folder / f"{name}.graphql").write_text(document)
    build(path)
    statements: list[str] = []
    rows = DuckDBWarehouse.rows

    async def counted(self: DuckDBWarehouse, sql: str, parameters: list[Any]) -> list[str]:
        statements.append(sql)
        return await rows(self, sql, parameters)

    monkeypatch.setattr(DuckDBWarehouse, "rows", counted)
    settings = Settings(
        schema_path=schema,
        warehouse=f"duckdb://{path}",
        persisted_queries=folder,
        secret=SECRET,
        **options,
    )
    with logging_as_it_was():
        async with started(create_app(settings)) as client:
            yield World(client, path, statements)


@pytest.fixture
async def keyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    keys = tmp_path / "keys.json"
    keys.write_bytes(
        orjson.dumps({hashlib.sha256(k.encode()).hexdigest(): v for k, v in KEYS.items()})
    )
    async with world_of(tmp_path, monkeypatch, keys=keys) as world:
        yield world


SALES = "/graphql/p/sales"


async def test_a_second_get_takes_no_statement(keyed: World) -> None:
    first = await keyed.get(SALES, **ACME)
    assert len(keyed.statements) == 1
    second = await keyed.get(SALES, **ACME)
    third = await keyed.get(SALES, **ACME)
    assert len(keyed.statements) == 1
    assert first.json()["data"]["sales"] == [
        {"kind": f"k{k}", "total": sum(n for n in range(40) if n % 3 == k)} for k in range(3)
    ]
    for other in (second, third):
        assert other.content == first.content
        for name in ("etag", "cache-control", "vary", "content-type"):
            assert other.headers[name] == first.headers[name]
        assert other.headers["x-request-id"] != first.headers["x-request-id"]
    assert first.headers["cache-control"] == "private, max-age=60, stale-while-revalidate=5"
    assert first.headers["vary"] == "Accept, Accept-Encoding, Authorization, X-API-Key"
    assert first.headers["age"] == "0"


async def test_all_forms_of_one_question_share_its_answer(keyed: World) -> None:
    digest = identifier_of(DOCUMENTS["sales"])
    extensions = orjson.dumps(
        {"persistedQuery": {"version": 1, "sha256Hash": digest.removeprefix("sha256:")}}
    ).decode()
    answers = [
        await keyed.get(f"{SALES}?kinds=k1,k2", **ACME),
        await keyed.get(f"{SALES}?kinds=k1&kinds=k2", **ACME),
        await keyed.get(f'/graphql?documentId={digest}&variables={{"kinds":["k1","k2"]}}', **ACME),
        await keyed.get(
            f'/graphql?documentId={digest}&variables={{"x":1,  "kinds": ["k1", "k2"]}}', **ACME
        ),
        await keyed.get(
            f'/graphql?extensions={extensions}&variables={{"kinds":["k1","k2"]}}', **ACME
        ),
    ]
    assert len(keyed.statements) == 1
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert {answer.content for answer in answers} == {answers[0].content}


async def test_if_none_match_is_304_without_a_statement_while_the_data_stands(keyed: World) -> None:
    tag = (await keyed.get(SALES, **ACME)).headers["etag"]
    keyed.statements.clear()
    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await keyed.get(SALES, **ACME, if_none_match=sent)
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == tag
        assert again.headers["cache-control"] == "private, max-age=60, stale-while-revalidate=5"
        assert "content-type" not in again.headers
    other = await keyed.get(SALES, **ACME, if_none_match='W/"other"')
    assert other.status_code == 200
    assert keyed.statements == []


async def test_a_tag_is_known_before_anything_is_kept(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = (await keyed.get(SALES, **ACME)).headers["etag"]
    keys = tmp_path / "keys.json"
    settings = Settings(
        schema_path=tmp_path / "schema.graphql",
        warehouse=f"duckdb://{keyed.path}",
        persisted_queries=tmp_path / "documents",
        secret=SECRET,
        keys=keys,
    )
    keyed.statements.clear()
    async with started(create_app(settings)) as client:  # another server over the same file
        again = await client.get(SALES, headers={**ACME, "if-none-match": tag})
    assert again.status_code == 304
    assert again.headers["etag"] == tag
    assert keyed.statements == []


async def test_a_304_needs_a_key_and_is_for_its_tenant(keyed: World) -> None:
    tag = (await keyed.get(SALES, **ACME)).headers["etag"]
    refused(await keyed.get(SALES, if_none_match=tag), 401, "UNAUTHENTICATED")
    refused(await keyed.get(SALES, x_api_key="x", if_none_match=tag), 401, "UNAUTHENTICATED")
    rival = await keyed.get(SALES, **RIVAL, if_none_match=tag)
    assert rival.status_code == 200
    assert rival.headers["etag"] != tag
    assert sum(row["total"] for row in rival.json()["data"]["sales"]) == sum(range(40, 60))
    assert (await keyed.get(SALES, **RIVAL)).content == rival.content


async def test_new_data_has_a_new_tag(keyed: World) -> None:
    first = await keyed.get(SALES, **ACME)
    build(keyed.path, factor=2)
    async with asyncio.timeout(20):
        while (again := await keyed.get(SALES, **ACME)).content == first.content:
            # Within staleWhileRevalidate what is old may be given, once, and says so.
            assert again.headers["cache-control"].startswith("private, max-age=60")
            await asyncio.sleep(0.01)
    assert again.headers["etag"] != first.headers["etag"]
    assert (
        again.json()["data"]["sales"][1]["total"] == 2 * first.json()["data"]["sales"][1]["total"]
    )
    tagged = await keyed.get(SALES, **ACME, if_none_match=first.headers["etag"])
    assert tagged.status_code == 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("private", "private, max-age=60, stale-while-revalidate=5"),
        ("lower", "private, max-age=7, stale-while-revalidate=5"),
        ("shop", "private, max-age=60"),
        ("unhinted", "private, no-cache"),
    ],
)
async def test_who_may_keep_it_and_how_long(keyed: World, name: str, expected: str) -> None:
    answer = await keyed.get(f"/graphql/p/{name}", **ACME)
    assert answer.headers["cache-control"] == expected
    assert answer.headers["etag"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sales", "public, max-age=60, s-maxage=60, stale-while-revalidate=5"),
        ("private", "private, max-age=60, stale-while-revalidate=5"),
    ],
)
async def test_a_cache_that_honours_vary_may_share(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    async with world_of(tmp_path, monkeypatch, shared_cache="vary", local_tenant="acme") as world:
        answer = await world.get(f"/graphql/p/{name}")
        assert answer.headers["cache-control"] == expected
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Authorization, X-API-Key"


async def test_what_is_the_same_for_everybody_is_public_where_no_key_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world_of(tmp_path, monkeypatch) as world:
        answer = await world.get("/graphql/p/shop?id=3")
        assert answer.headers["cache-control"] == "public, max-age=60, s-maxage=60"
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        assert (await world.get(SALES)).headers["cache-control"].startswith("private")


async def test_what_is_not_whole_is_not_kept(keyed: World) -> None:
    for url in ("/graphql/p/shop?id=x", '/graphql/p/shop?id=1&nope=2', "/graphql/p/nothing",
                "/graphql/p/wrong"):  # fmt: skip
        answer = await keyed.get(url, **ACME)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers
        assert "errors" in answer.json()
    ad_hoc = await keyed.get("/graphql?query={shop(id:1){name}}", **ACME)
    posted = await keyed.client.post(
        "/graphql", json={"documentId": identifier_of(DOCUMENTS["shop"])}, headers=ACME
    )
    for answer in (ad_hoc, posted):
        assert answer.json()["data"] == {"shop": {"name": "s1"}}
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_each_encoding_has_its_bytes_and_its_tag(
    keyed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.doors.encodings._SMALLEST_BYTES", 10)
    plain = await keyed.get(SALES, **ACME, accept_encoding="identity")
    tags = {plain.headers["etag"]}
    for encoding in ("gzip", "br", "zstd"):
        for _ in range(2):
            async with keyed.client.stream(
                "GET", SALES, headers={**ACME, "accept-encoding": encoding}
            ) as answer:
                raw = b"".join([part async for part in answer.aiter_raw()])
            assert answer.headers["content-encoding"] == encoding
            assert int(answer.headers["content-length"]) == len(raw)
            tags.add(answer.headers["etag"])
            if encoding == "gzip":
                assert gzip.decompress(raw) == plain.content
            if encoding == "zstd":
                assert zstandard.ZstdDecompressor().decompress(raw) == plain.content
    assert len(tags) == 4
    assert len(keyed.statements) == 1


async def test_media_types_have_their_own_tags(keyed: World) -> None:
    one = await keyed.get(SALES, **ACME)
    two = await keyed.get(SALES, **ACME, accept="application/graphql-response+json")
    assert one.content == two.content
    assert one.headers["etag"] != two.headers["etag"]
    assert two.headers["content-type"].startswith("application/graphql-response+json")


async def test_head_says_what_get_would(keyed: World) -> None:
    get = await keyed.get(SALES, **ACME)
    for _ in range(2):
        head = await keyed.client.head(SALES, headers=ACME)
        assert head.status_code == 200
        for name in ("etag", "cache-control", "vary", "content-length", "content-type"):
            assert head.headers[name] == get.headers[name]


async def test_a_range_is_ignored(keyed: World) -> None:
    answer = await keyed.get(SALES, **ACME, range="bytes=0-5")
    assert answer.status_code == 200
    assert answer.json()["data"]


# --- signed URLs ---------------------------------------------------------------------------------

NOW = 1_800_000_000


def signed(name: str, query: str = "", tenant: str = "acme", expires: int = NOW + 30) -> str:
    parameters = [tuple(pair.split("=")) for pair in query.split("&") if pair]
    text = UrlSigner(SECRET.encode()).sign(
        identifier_of(DOCUMENTS[name]),
        parameters,  # type: ignore[arg-type]
        Caller(tenant, (), 2),
        expires,
    )
    return f"/graphql/p/{name}?{query}{'&' if query else ''}{PARAMETER}={text}"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [float(NOW)]
    monkeypatch.setattr("analytics_gql.doors.kept_replies.time.time", lambda: now[0])
    return now


async def test_a_signed_url_needs_no_key_and_may_be_shared_until_it_expires(
    keyed: World, clock: list[float]
) -> None:
    with_key = await keyed.get(f"{SALES}?kinds=k1", **ACME)
    url = signed("sales", "kinds=k1")
    for _ in range(2):
        answer = await keyed.get(url)
        assert answer.content == with_key.content
        assert answer.headers["cache-control"] == "public, max-age=30, s-maxage=30"
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
    rival = await keyed.get(signed("sales", "kinds=k1", tenant="rival"))
    assert rival.content != with_key.content
    clock[0] += 29.5
    assert (await keyed.get(f"{url}&")).headers["cache-control"] == "public, no-cache"
    clock[0] += 1
    refused(await keyed.get(f"{url}&&"), 403, "SIGNATURE_EXPIRED")


async def test_a_signature_is_of_one_question(keyed: World, clock: list[float]) -> None:
    url = signed("sales", "kinds=k1")
    for altered in (
        url.replace("k1", "k2"),
        url.replace("kinds=k1&", ""),
        url.replace("/sales", "/shop"),
        url[:-2],
        f"{url}&kinds=k2",
    ):
        refused(await keyed.get(altered), 403, "SIGNATURE_INVALID")
    refused(await keyed.get(f"{SALES}?{PARAMETER}=x", **ACME), 403, "SIGNATURE_INVALID")


async def test_a_private_answer_stays_private_under_a_signature(
    keyed: World, clock: list[float]
) -> None:
    answer = await keyed.get(signed("private"))
    assert answer.headers["cache-control"] == "private, max-age=30"
