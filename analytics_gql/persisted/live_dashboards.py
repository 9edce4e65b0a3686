"""The dashboards as their folder has them now: looked at when a page is asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from analytics_gql.errors import DashboardsError
from analytics_gql.model.catalog import Catalog
from analytics_gql.persisted.dashboard import (
    DeclaredDashboard,
    dashboard_files,
    read_dashboards,
)
from analytics_gql.persisted.dashboard_check import Column, check_dashboards, columns_of
from analytics_gql.persisted.live import LiveRegistry, identity_of
from analytics_gql.persisted.registry import Registered, Registry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedDashboard:
    """A dashboard that is in order, with its documents and what everybody may know of columns."""

    declared: DeclaredDashboard
    documents: Mapping[str, Registered]
    columns: Mapping[str, Mapping[str, tuple[Column, ...]]]

    @property
    def name(self) -> str:
        """Its name in addresses."""
        return self.declared.name


def load_dashboards(
    folder: Path, registry: Registry, catalog: Catalog
) -> tuple[ServedDashboard, ...]:
    """The dashboards of a folder over these documents.

    Raises DashboardsError with everything that is wrong.
    """
    declared = read_dashboards(folder)
    check_dashboards(declared, registry)
    return tuple(_served(one, registry, catalog) for one in declared)


def _served(declared: DeclaredDashboard, registry: Registry, catalog: Catalog) -> ServedDashboard:
    content = declared.content
    names = [tile.document for tile in content.tiles]
    if content.filter is not None:
        names.append(content.filter.document)
    if content.explore is not None:
        names.append(content.explore.document)
    documents = {name: found for name in names if (found := registry.named(name)) is not None}
    columns = {name: columns_of(document, catalog) for name, document in documents.items()}
    return ServedDashboard(declared, documents, columns)


class LiveDashboards:
    """Holds the newest dashboards that are in order.

    `catalog` has what everybody may know. Without a folder there are none.
    """

    def __init__(self, folder: Path | None, registry: LiveRegistry, catalog: Catalog) -> None:
        self._folder = folder
        self._registry = registry
        self._catalog = catalog
        self._seen: tuple[object, ...] = ()
        self._current: tuple[ServedDashboard, ...] = ()

    async def current(self) -> tuple[ServedDashboard, ...]:
        """The dashboards now. What has a fault is logged, and those of before are served."""
        folder, registry = self._folder, self._registry.current
        if folder is None:
            return ()
        files = await asyncio.to_thread(dashboard_files, folder)
        seen = (registry, await asyncio.to_thread(identity_of, files))
        if seen != self._seen:
            self._seen = seen
            try:
                self._current = await asyncio.to_thread(
                    load_dashboards, folder, registry, self._catalog
                )
            except DashboardsError as error:
                logger.error(
                    "the dashboards are not in order; those of before are served:\n%s", error
                )
        return self._current
