"""Home, explorer and dashboards as the server sends them; browsers look at them elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest

from analytics_gql.doors.front_end import EDITOR_POLICY, STRICT_POLICY
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import refused, serving

SCRIPT = b"console.log('a script of the page')" * 40
PAGES = ("home", "explorer", "dashboard")
PATHS = {"/": "home", "/explorer": "explorer", "/dashboards/executive": "dashboard"}


def written_build(folder: Path) -> Path:
    """What `npm run build` would leave: pages, and a file with its encodings."""
    (folder / "assets").mkdir(parents=True)
    for name in PAGES:
        (folder / f"{name}.html").write_text(f"<!doctype html><!--boot--><p>{name}")
    (folder / "assets" / "page-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "page-1a2b.js.br").write_bytes(brotli.compress(SCRIPT))
    return folder


def boot_of(page: httpx.Response) -> dict[str, Any]:
    """What a page starts from."""
    found = re.search(r'<script type="application/json" id="boot">(.*?)</script>', page.text)
    assert found is not None
    read: dict[str, Any] = json.loads(found[1])
    return read


@pytest.fixture(scope="module")
async def client(
    demo_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    built = written_build(tmp_path_factory.mktemp("pages") / "dist")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("analytics_gql.compose.pages.built_front_end", lambda: built)
        settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}")
        async with serving(settings) as client:
            yield client


@pytest.mark.parametrize(("path", "name"), PATHS.items())
async def test_each_page_is_sent_with_its_base_and_its_policy(
    client: httpx.AsyncClient, path: str, name: str
) -> None:
    page = await client.get(path)
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.endswith(f"<p>{name}")
    base = "../" if name == "dashboard" else "./"
    assert page.text.startswith(f'<!doctype html><base href="{base}" />')
    policy = page.headers["content-security-policy"]
    assert policy == (EDITOR_POLICY if name == "explorer" else STRICT_POLICY)
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("policy", [EDITOR_POLICY, STRICT_POLICY])
def test_a_policy_lets_no_script_be_written_into_a_page(policy: str) -> None:
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["connect-src"] == "'self'"
    assert "http" not in policy
    assert "unsafe-eval" not in policy


async def test_a_page_that_has_not_changed_is_not_sent_again(client: httpx.AsyncClient) -> None:
    page = await client.get("/explorer")
    tag = {"if-none-match": page.headers["etag"]}
    again = await client.get("/explorer", headers=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/", headers=tag)).status_code == 200


async def test_every_page_leads_to_every_dashboard(client: httpx.AsyncClient) -> None:
    for path in PATHS:
        links = boot_of(await client.get(path))["dashboards"]
        assert [link["name"] for link in links] == ["executive", "finance", "marketing"]


async def test_the_explorer_opens_with_the_queries_of_finance_and_marketing(
    client: httpx.AsyncClient,
) -> None:
    tabs = boot_of(await client.get("/explorer"))["tabs"]
    assert [tab["query"].split("(")[0] for tab in tabs] == [
        "query FinanceMetrics",
        "query MarketingMetrics",
    ]
    for tab in tabs:
        asked = {"query": tab["query"], "variables": json.loads(tab["variables"])}
        answer = (await client.post("/graphql", json=asked)).json()
        assert len(answer["data"]["orderMetrics"]) > 100


async def test_without_dashboards_the_explorer_opens_with_an_example(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, empty = written_build(tmp_path / "dist"), tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setattr("analytics_gql.compose.pages.built_front_end", lambda: built)
    settings = Settings(
        schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}", dashboards=empty
    )
    async with serving(settings) as client:
        (tab,) = boot_of(await client.get("/explorer"))["tabs"]
    assert "orderMetrics(" in tab["query"]


async def test_a_dashboard_comes_with_what_its_tiles_ask(client: httpx.AsyncClient) -> None:
    dashboard = boot_of(await client.get("/dashboards/marketing"))["dashboard"]
    assert dashboard["title"] == "Marketing"
    assert dashboard["range"] == {"start": "2025-07-01", "end": "2026-06-30"}
    for tile in dashboard["tiles"]:
        assert "description" not in tile or tile["description"]
        document = dashboard["documents"][tile["document"]]
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", document["identifier"])
        asked = {**dashboard["range"], "channels": "email"}
        sent = {name: asked[name] for name in document["variables"] if name in asked}
        url = f"/graphql/p/{document['identifier']}"
        answer = (await client.get(url, params=sent)).json()
        rows = answer["data"][tile["field"]]
        assert set(tile["columns"]) <= rows[0].keys()
    described = {column["key"]: column for column in dashboard["columns"]["order_totals"]["total"]}
    assert described["revenue"] == {
        "key": "revenue",
        "kind": "metric",
        "description": "Net revenue after discounts and refunds, before tax.",
        "unit": "USD",
        "format": "CURRENCY",
        "better": "UP",
    }


async def test_there_is_no_dashboard_of_another_name(client: httpx.AsyncClient) -> None:
    response = await client.get("/dashboards/nothing")
    refused(response, 404, "BAD_REQUEST")


async def test_files_are_kept_for_ever_and_sent_compressed(client: httpx.AsyncClient) -> None:
    packed = await client.get("/assets/page-1a2b.js", headers={"accept-encoding": "gzip, br"})
    assert packed.content == SCRIPT
    assert packed.headers["content-encoding"] == "br"
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["vary"] == "Accept-Encoding"
    plain = await client.get("/assets/page-1a2b.js", headers={"accept-encoding": "gzip, zstd"})
    assert (plain.content, "content-encoding" in plain.headers) == (SCRIPT, False)
    assert plain.headers["etag"] != packed.headers["etag"]
    again = await client.get(
        "/assets/page-1a2b.js",
        headers={"accept-encoding": "br", "if-none-match": packed.headers["etag"]},
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "name", ["nothing.js", "page-1a2b.js.br", "..%2Fhome.html", "%2Fetc%2Fpasswd", "."]
)
async def test_nothing_else_is_sent(client: httpx.AsyncClient, name: str) -> None:
    refused(await client.get(f"/assets/{name}"), 404, "BAD_REQUEST")


async def test_without_a_build_the_pages_say_what_to_do(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.compose.pages.built_front_end", lambda: tmp_path / "no")
    settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as client:
        for path in PATHS:
            page = await client.get(path)
            assert page.status_code == 503
            assert "pip install -e ." in page.text
        assert (await client.get("/readyz")).status_code == 200


async def test_what_is_written_into_a_page_cannot_end_its_block(
    demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built, folder = written_build(tmp_path / "dist"), tmp_path / "dashboards"
    folder.mkdir()
    declared = json.loads((ROOT / "dashboards" / "executive.json").read_text())
    title = "</script><script>alert(1)</script>"
    (folder / "executive.json").write_text(json.dumps(declared | {"title": title}))
    monkeypatch.setattr("analytics_gql.compose.pages.built_front_end", lambda: built)
    settings = Settings(
        schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}", dashboards=folder
    )
    async with serving(settings) as client:
        page = await client.get("/dashboards/executive")
    assert "alert(1)</script>" not in page.text
    assert boot_of(page)["dashboard"]["title"] == title
