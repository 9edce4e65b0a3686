"""Live and ready. What becomes of `ready` when the warehouse goes: tests/warehouses."""

from __future__ import annotations

from pathlib import Path

import duckdb

from analytics_gql.cli.parser import run
from analytics_gql.settings import Settings
from tests.doors.in_process import ask, captured_log, serving

SCHEMA = Path(__file__).parent.parent.parent / "schema.graphql"


async def test_a_server_that_has_started_is_live_and_ready(demo_path: Path) -> None:
    settings = Settings(schema_path=SCHEMA, warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as client:
        for path, body in (("/healthz", {"status": "ok"}), ("/readyz", {"status": "ready"})):
            response = await client.get(path)
            assert response.status_code == 200
            assert response.json() == body
            assert response.headers["content-type"] == "application/json; charset=utf-8"
            assert response.headers["cache-control"] == "no-store"


async def test_the_log_says_why_a_warehouse_is_gone(tmp_path: Path) -> None:
    path, schema = tmp_path / "facts.duckdb", tmp_path / "schema.graphql"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    schema.write_text(
        'type T @dataset(table: "t") { n: BigInt @metric(sql: "sum(n)") }\ntype Query { t: [T!] }\n'
    )
    assert run(["schema", "sync", "--schema", str(schema)]) == 0
    async with serving(Settings(schema_path=schema, warehouse=f"duckdb://{path}")) as client:
        path.unlink()
        with captured_log() as log:
            assert (await client.get("/readyz")).status_code == 503
            await ask(client, "{ t { n } }")
        written = log.getvalue()
    assert "not ready: WAREHOUSE_UNAVAILABLE: the warehouse cannot be read\n" in written
    assert "WARNING WAREHOUSE_UNAVAILABLE: the warehouse cannot be read\n" in written
    assert "None" not in written
