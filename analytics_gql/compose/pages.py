"""The pages, and the dashboards among them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from graphql import validate

from analytics_gql.compose.documents import documents_folder
from analytics_gql.compose.model import Model, catalog_for_all
from analytics_gql.doors.example_query import example_query
from analytics_gql.doors.front_end import built_front_end, read_front_end
from analytics_gql.doors.pages import Pages
from analytics_gql.errors import SettingsError
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.live_dashboards import LiveDashboards, load_dashboards
from analytics_gql.persisted.live_texts import subscription_of
from analytics_gql.persisted.registry import Registered, Registry
from analytics_gql.sdl.hidden import hidden_from
from analytics_gql.settings import Settings

_KEPT = 256


def dashboards_folder(settings: Settings) -> Path | None:
    """The dashboards: where set, else `dashboards` beside the registered documents, if any.

    They show these documents and fit no others. Raises SettingsError.
    """
    if settings.dashboards is not None:
        if not settings.dashboards.is_dir():
            raise SettingsError(
                f"there is no folder {settings.dashboards}",
                hint="name the folder of dashboards with ANALYTICS_GQL_DASHBOARDS",
            )
        return settings.dashboards
    documents = documents_folder(settings)
    beside = None if documents is None else documents.parent / "dashboards"
    return beside if beside is not None and beside.is_dir() else None


def check_dashboards_at_start(settings: Settings, model: Model, registry: Registry) -> int:
    """How many dashboards there are. Raises DashboardsError with every fault, or SettingsError."""
    folder = dashboards_folder(settings)
    return 0 if folder is None else len(load_dashboards(folder, registry, catalog_for_all(model)))


def pages_of(settings: Settings, model: Model, registry: LiveRegistry) -> Pages:
    """Home, explorer and dashboards."""
    catalog = catalog_for_all(model)
    dashboards = LiveDashboards(dashboards_folder(settings), registry, catalog)
    schema = model.schema_without(hidden_from(model.catalog, ()))

    # Pages are asked for by anybody: a document is validated for them once.
    @lru_cache(maxsize=_KEPT)
    def is_for_all(document: Registered) -> bool:
        ast = document.document.ast
        return ast is not None and validate(schema, ast) == []

    @lru_cache(maxsize=_KEPT)
    def live_text(document: Registered, key: str) -> str | None:
        return subscription_of(document, key, schema)

    return Pages(
        read_front_end(built_front_end()),
        dashboards.current,
        is_for_all=is_for_all,
        live_text=live_text,
        example=example_query(catalog),
    )
