"""Dashboards: what is wrong with one is told before it is served, by file and name."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from analytics_gql.compose.documents import load_registry
from analytics_gql.compose.model import Model, catalog_for_all
from analytics_gql.compose.pages import dashboards_folder
from analytics_gql.errors import DashboardsError, SettingsError
from analytics_gql.persisted.dashboard import (
    ChartForm,
    Dashboard,
    Days,
    LastDays,
    Tile,
    read_dashboards,
)
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.live_dashboards import LiveDashboards, load_dashboards
from analytics_gql.persisted.registry import Registry
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import captured_log
from tests.persisted.folders import fill

FOLDER = ROOT / "dashboards"
TILE: dict[str, Any] = {"title": "Revenue", "document": "order_totals", "field": "total"}
FILTER = {
    "label": "Country",
    "variable": "countries",
    "document": "orders_by_country",
    "field": "countries",
    "column": "country",
}


@pytest.fixture(scope="module")
def registry(demo_model: Model) -> Registry:
    return load_registry(Settings(persisted_queries=ROOT / "persisted_queries"), demo_model)


def declared(tile: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    """A dashboard of one tile."""
    return {"title": "Mine", "range": {"days": 30}, "tiles": [TILE | (tile or {})], **members}


def faults(folder: Path, registry: Registry, model: Model) -> list[str]:
    """What is wrong with a folder, its own path left out."""
    try:
        load_dashboards(folder, registry, catalog_for_all(model))
    except DashboardsError as error:
        return [str(fault).replace(f"{folder}/", "") for fault in error.faults]
    return []


def test_those_that_ship_are_in_order(registry: Registry, demo_model: Model) -> None:
    served = load_dashboards(FOLDER, registry, catalog_for_all(demo_model))
    assert [one.name for one in served] == ["executive", "finance", "marketing"]
    for one in served:
        assert one.declared.content.filter is not None
        assert isinstance(one.declared.content.range, Days)
        assert all(tile.chart is not None for tile in one.declared.content.tiles)


def test_the_readme_s_is_in_order_and_every_member_is_told(
    tmp_path: Path, registry: Registry, demo_model: Model
) -> None:
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("### A dashboard is a file")[2].partition("\n## ")[0]
    (shown,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    (tmp_path / "sales.json").write_text(shown)
    assert faults(tmp_path, registry, demo_model) == []
    rows = re.findall(r"^\| (`.*?) \| ", section, re.MULTILINE)
    told = {name.removeprefix("tiles[].") for row in rows for name in re.findall("`(.*?)`", row)}
    members = {field.name for declaring in (Dashboard, Tile) for field in fields(declaring)}
    assert told == members - {"tiles"}


def test_a_file_is_read_as_it_is_meant(tmp_path: Path) -> None:
    tile = {"chart": "line", "columns": ["date", "revenue"], "variables": {"limit": 5}, "width": 8}
    fill(tmp_path, {"mine.json": declared(tile, filter=FILTER), ".hidden.json": "no JSON"})
    (found,) = read_dashboards(tmp_path)
    assert found.name == "mine"
    assert found.content.range == LastDays(30)
    (read,) = found.content.tiles
    assert (read.chart, read.columns, read.width) == (ChartForm.LINE, ("date", "revenue"), 8)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "mine.json: invalid JSON"),
        (declared() | {"tiles": []}, "mine.json: tiles: "),
        (declared({"wdth": 3}), "mine.json: tiles.0.wdth: unexpected keyword argument"),
        (declared({"width": 13}), "mine.json: tiles.0.width: input should be less than or equal"),
        (declared({"chart": "pie"}), "mine.json: tiles.0.chart: input should be 'number', 'line'"),
        (declared(range={"start": "2026-02-01", "end": "2026-01-01"}), "mine.json: range: "),
        (
            declared({"document": "order_total"}),
            "mine.json: the tile 'Revenue': there is no registered document 'order_total'"
            " – did you mean 'order_totals'",
        ),
        (
            declared({"field": "totals"}),
            "mine.json: the tile 'Revenue': 'order_totals' has no root field 'totals'"
            " – did you mean 'total'?",
        ),
        (
            declared({"columns": ["revenu"]}),
            "mine.json: the tile 'Revenue': 'order_totals' selects no 'revenu' in 'total'"
            " – did you mean 'revenue'?",
        ),
        (
            declared({"variables": {"country": "DE"}}),
            "mine.json: the tile 'Revenue': 'order_totals' has no variable 'country'"
            " – did you mean 'countries'?",
        ),
        (
            declared({"document": "customer_page", "field": "customer"}),
            "mine.json: the tile 'Revenue': 'customer_page' needs the variable 'id'"
            " – give it a value under `variables`",
        ),
        (
            declared(
                {"document": "customer_page", "field": "customer"},
                filter=FILTER | {"variable": "id"},
            ),
            "mine.json: the tile 'Revenue': 'customer_page' needs the filter's variable 'id'"
            " – let it be left out: nothing may be picked",
        ),
        (
            declared(filter=FILTER | {"column": "land"}),
            "mine.json: the filter: 'orders_by_country' selects no 'land' in 'countries'",
        ),
        (
            declared(explore={"document": "nothing"}),
            "mine.json: there is no registered document 'nothing'",
        ),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, registry: Registry, demo_model: Model, content: object, said: str
) -> None:
    fill(tmp_path, {"mine.json": content})
    found = faults(tmp_path, registry, demo_model)
    assert any(fault.startswith(said) for fault in found), found


def test_every_fault_is_told_at_once(tmp_path: Path, registry: Registry, demo_model: Model) -> None:
    fill(tmp_path, {"a.json": declared({"field": "x"}), "b.json": declared({"document": "y"})})
    assert len(faults(tmp_path, registry, demo_model)) == 2
    fill(tmp_path, {"Not An Address.json": declared()})
    (fault,) = faults(tmp_path, registry, demo_model)
    assert "cannot stand in an address" in fault


async def test_they_follow_their_folder_and_outlive_a_fault(
    tmp_path: Path, registry: Registry, demo_model: Model
) -> None:
    documents = LiveRegistry(None, lambda _: registry, lambda _: _nothing())
    documents.current = registry
    live = LiveDashboards(tmp_path, documents, catalog_for_all(demo_model))
    assert await live.current() == ()
    fill(tmp_path, {"mine.json": declared()})
    assert [one.name for one in await live.current()] == ["mine"]
    assert (await live.current())[0] is (await live.current())[0]
    file = fill(tmp_path, {"mine.json": declared({"field": "gone"})}) / "mine.json"
    os.utime(file, ns=(1, 1))
    with captured_log() as log:
        (kept,) = await live.current()
    assert kept.declared.content.tiles[0].field == "total"
    assert "the dashboards are not in order; those of before are served" in log.getvalue()
    file.write_text(json.dumps(declared(title="Another")))
    assert [one.declared.content.title for one in await live.current()] == ["Another"]


async def _nothing() -> None:
    return None


def test_the_folder_is_the_one_named_else_the_one_beside_the_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # The packaged model comes with its documents, and these with their dashboards.
    packaged = dashboards_folder(Settings())
    assert packaged is not None
    assert packaged.samefile(FOLDER)
    documents = tmp_path / "documents"
    documents.mkdir()
    assert dashboards_folder(Settings(persisted_queries=documents)) is None
    (tmp_path / "dashboards").mkdir()
    found = dashboards_folder(Settings(persisted_queries=documents))
    assert found == tmp_path / "dashboards"
    assert dashboards_folder(Settings(dashboards=FOLDER)) == FOLDER
    with pytest.raises(SettingsError, match="there is no folder nothing"):
        dashboards_folder(Settings(dashboards=Path("nothing")))
