"""The npm clients of both protocols: `npm install --prefix tests/npm`, then `pytest -m npm`."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key
from tests.conftest import MakeDatabase
from tests.doors.live_server import PATIENCE_S
from tests.doors.test_graphql_sse import NOW
from tests.doors.test_live_changes import serving
from tests.doors.test_real_clients import NPM
from tests.gql.changing_sales import COUNT, open_shop


@pytest.mark.npm
@pytest.mark.parametrize(
    ("how", "path", "wrong", "refusal"),
    [
        ("ws", "/graphql", ["GRAPHQL_VALIDATION_FAILED"], 4403),
        ("sse", "/graphql", ["GRAPHQL_VALIDATION_FAILED"], 401),
        ("single", "/graphql/stream", 400, 401),
    ],
)
async def test_a_client_asks_listens_and_is_told_of_a_change(
    make_database: MakeDatabase, tmp_path: Path, how: str, path: str, wrong: object, refusal: int
) -> None:
    shop = await open_shop(await make_database())
    file = tmp_path / "keys.json"
    key = create_key(file, "client", Caller("acme", (), tier=3), NOW, None).key
    async with serving(shop, tmp_path, keys=file) as server:
        client = await asyncio.create_subprocess_exec(
            "node",
            str(NPM / "clients" / "live.js"),
            how,
            f"{server.url}{path}",
            key,
            COUNT.replace("subscription", "query"),
            COUNT,
            cwd=NPM,
            stdout=asyncio.subprocess.PIPE,
        )
        assert client.stdout is not None

        async def told() -> object:
            assert client.stdout is not None
            async with asyncio.timeout(PATIENCE_S):
                return json.loads(await client.stdout.readline())

        try:
            assert await told() == ["query", {"sales": [{"saleCount": 1}]}]
            assert await told() == ["query", "complete"]
            assert await told() == ["wrong", wrong]
            assert await told() == ["live", {"sales": [{"saleCount": 1}]}]
            await shop.sell(1)
            assert await told() == ["live", {"sales": [{"saleCount": 2}]}]
            assert await told() == ["stranger", refusal]
            async with asyncio.timeout(PATIENCE_S):
                assert await client.wait() == 0
        finally:
            if client.returncode is None:
                client.kill()
                await client.wait()
        assert server.live.watched == 0
    await shop.connection.close()
