"""The composition root: what is served when nothing is said, and what stops the start."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from analytics_gql.app import create_app
from analytics_gql.compose.model import load_model, packaged_schema, schema_path
from analytics_gql.compose.service import open_service, warehouse_url
from analytics_gql.demo.warehouse import DEMO_VERSION
from analytics_gql.errors import ModelError, SettingsError, WarehouseUnavailableError
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import ask, logging_as_it_was, serving, started


def test_the_model_is_the_one_named_else_the_one_here_else_the_demo_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert schema_path(Settings()) == packaged_schema()
    assert packaged_schema().read_text() == (ROOT / "schema.graphql").read_text()
    (tmp_path / "schema.graphql").write_text("")
    assert schema_path(Settings()) == Path("schema.graphql")
    assert schema_path(Settings(schema_path=Path("/other"))) == Path("/other")


def test_the_warehouse_is_the_one_named_else_the_demo(tmp_path: Path) -> None:
    assert warehouse_url(Settings(warehouse="duckdb:///x")) == "duckdb:///x"
    demo = tmp_path / f"demo-{DEMO_VERSION}.duckdb"
    demo.write_text("there")
    assert warehouse_url(Settings(cache_dir=tmp_path)) == f"duckdb://{demo}"


async def test_settings_come_from_the_environment_where_none_are_given(
    demo_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANALYTICS_GQL_SCHEMA", str(ROOT / "schema.graphql"))
    monkeypatch.setenv("ANALYTICS_GQL_WAREHOUSE", f"duckdb://{demo_path}")
    monkeypatch.setenv("ANALYTICS_GQL_LOCAL_TENANT", "dune")
    query = '{ orderMetrics(dateRange: { start: "2024-07-01", end: "2026-06-30" }) { orderCount } }'
    with logging_as_it_was():
        async with started(create_app()) as client:
            response = await ask(client, query)
    assert response.json()["data"] == {"orderMetrics": [{"orderCount": 30_000}]}


async def test_two_apps_of_one_file_stand_side_by_side(demo_path: Path) -> None:
    settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{demo_path}")
    async with serving(settings) as one:
        async with serving(settings) as other:
            assert (await other.get("/readyz")).status_code == 200
        assert (await one.get("/readyz")).status_code == 200


async def test_a_model_that_the_warehouse_contradicts_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    settings = Settings(schema_path=ROOT / "schema.graphql", warehouse=f"duckdb://{path}")
    with logging_as_it_was():
        app = create_app(settings)
        with pytest.raises(ModelError) as stopped:
            async with started(app):
                pass
    missing = {fault.message for fault in stopped.value.faults}
    assert f"there is no table gold.orders in DuckDB, {path}" in missing
    assert f"there is no table gold.traffic in DuckDB, {path}" in missing
    # The warehouse was let go: the file can be written again.
    duckdb.connect(str(path)).close()


def test_a_broken_model_stops_before_there_is_an_app(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphql"
    path.write_text("type Query {")
    with logging_as_it_was(), pytest.raises(ModelError):
        create_app(Settings(schema_path=path))
    with logging_as_it_was(), pytest.raises(SettingsError):
        create_app(Settings(schema_path=tmp_path / "nothing"))


async def test_a_service_closes_its_warehouse_also_after_an_error(demo_path: Path) -> None:
    model = load_model(Settings(schema_path=ROOT / "schema.graphql"))
    with pytest.raises(RuntimeError, match="ours"):
        async with open_service(Settings(warehouse=f"duckdb://{demo_path}"), model.catalog) as used:
            raise RuntimeError("ours")
    with pytest.raises(WarehouseUnavailableError, match="the warehouse is closed"):
        await used.warehouse.ping()
