"""A real nginx in front, which keeps what it may share: the second GET never reaches the server.

`apt-get install nginx-light`, then `pytest -m nginx`.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics_gql.app import create_app
from analytics_gql.cli.parser import run
from tests.conftest import ROOT
from tests.doors.in_process import logging_as_it_was
from tests.doors.registered import settings

pytestmark = pytest.mark.nginx

CONFIGURATION = """
worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; daemon off; {user}
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=answers:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{origin};
      proxy_http_version 1.1;
      proxy_cache answers;
      proxy_cache_key $request_uri;
      add_header X-Cache $upstream_cache_status always;
    }}
  }}
}}
"""
KEYS = {"acme-key": {"tenant": "acme", "tier": 2}, "globex-key": {"tenant": "globex", "tier": 2}}
ACME, GLOBEX = {"x-api-key": "acme-key"}, {"x-api-key": "globex-key"}
TOP = "/graphql/p/top_products?start=2026-04-01&end=2026-06-30&limit=3"


class Counting:
    """The application, with a list of the URLs that reached it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seen: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.seen.append(scope["path"])
        await self._app(scope, receive, send)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def behind_nginx(
    tmp_path: Path, demo_path: Path, shared_cache: str
) -> AsyncIterator[tuple[httpx.AsyncClient, list[str]]]:
    """A client of nginx, and the paths that its server was asked for."""
    keys = tmp_path / "keys.json"
    keys.write_bytes(
        orjson.dumps({hashlib.sha256(k.encode()).hexdigest(): v for k, v in KEYS.items()})
    )
    with logging_as_it_was():
        app = Counting(
            create_app(
                settings(
                    demo_path, ROOT / "persisted_queries", keys=keys, shared_cache=shared_cache
                )
            )
        )
        origin, port = free_port(), free_port()
        server = uvicorn.Server(uvicorn.Config(app, port=origin, log_level="warning"))
        serving = asyncio.create_task(server.serve())
        folder = tmp_path / "nginx"
        folder.mkdir()
        # nginx's workers give up root, and must reach the folder still.
        user = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(folder=folder, port=port, origin=origin, user=user)
        (folder / "nginx.conf").write_text(text)
        nginx = await asyncio.create_subprocess_exec(
            "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")
        )
        try:
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base, timeout=20) as client:
                await _until_it_answers(client)
                app.seen.clear()
                yield client, app.seen
        finally:
            nginx.terminate()
            await nginx.wait()
            server.should_exit = True
            await serving


async def _until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                if (await client.get("/healthz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


def signed(tenant: str, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    schema = ["--schema", str(ROOT / "schema.graphql")]
    parameters = ["--param", "start=2026-04-01", "--param", "end=2026-06-30"]
    assert run(["sign", "top_products", *schema, *parameters, "--tenant", tenant]) == 0
    parts = urlsplit(capsys.readouterr().out.strip())
    return f"{parts.path}?{parts.query}"


async def test_a_signed_answer_is_shared_by_nginx(
    tmp_path: Path, demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    acme, globex = signed("acme", capsys), signed("globex", capsys)
    async with behind_nginx(tmp_path, demo_path, "none") as (client, seen):
        first = await client.get(acme)
        second = await client.get(acme)
        assert [first.headers["x-cache"], second.headers["x-cache"]] == ["MISS", "HIT"]
        assert len(seen) == 1
        assert second.content == first.content
        assert second.headers["etag"] == first.headers["etag"]
        # Another encoding is another representation; nginx tells them apart by Vary.
        plain = await client.get(acme, headers={"accept-encoding": "identity"})
        assert plain.headers["x-cache"] == "MISS"
        assert plain.json() == first.json()
        not_modified = await client.get(acme, headers={"if-none-match": first.headers["etag"]})
        assert not_modified.status_code == 304
        assert not_modified.headers["x-cache"] == "HIT"
        theirs = await client.get(globex)
        assert theirs.headers["x-cache"] == "MISS"
        assert theirs.json() != first.json()


async def test_what_depends_on_a_key_never_stays_in_nginx(tmp_path: Path, demo_path: Path) -> None:
    async with behind_nginx(tmp_path, demo_path, "none") as (client, seen):
        answers = [await client.get(TOP, headers=key) for key in (ACME, ACME, GLOBEX, ACME)]
        assert {answer.headers["x-cache"] for answer in answers} == {"MISS"}
        assert len(seen) == 4
        assert answers[0].content == answers[1].content == answers[3].content
        assert answers[2].content != answers[0].content
        refused = await client.get(TOP)
        assert refused.status_code == 401
        assert refused.headers["x-cache"] == "MISS"


async def test_where_nginx_honours_vary_each_tenant_has_its_own(
    tmp_path: Path, demo_path: Path
) -> None:
    async with behind_nginx(tmp_path, demo_path, "vary") as (client, seen):
        order = (ACME, ACME, GLOBEX, GLOBEX, ACME)
        answers = [await client.get(TOP, headers=key) for key in order]
        assert [answer.headers["x-cache"] for answer in answers] == [
            "MISS", "HIT", "MISS", "HIT", "HIT",
        ]  # fmt: skip
        assert len(seen) == 2
        assert answers[0].content == answers[1].content == answers[4].content
        assert answers[2].content == answers[3].content != answers[0].content
        for headers in ({}, {"x-api-key": "nobody's"}):
            assert (await client.get(TOP, headers=headers)).status_code == 401
