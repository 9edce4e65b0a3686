"""Live and ready. What becomes of `ready` when the warehouse goes: tests/warehouses."""

from __future__ import annotations

from pathlib import Path

from analytics_gql.settings import Settings
from tests.doors.in_process import serving

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
