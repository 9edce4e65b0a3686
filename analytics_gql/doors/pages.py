"""Home, explorer and dashboards: which page, and what it starts from.

What is written into pages everybody may read who reaches the server: a page is asked for before
anybody has said who they are. What callers alone may see, pages ask for with their credential.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.front_end import FrontEnd
from analytics_gql.persisted.dashboard_check import variables_of
from analytics_gql.persisted.live_dashboards import ServedDashboard
from analytics_gql.persisted.registry import Registered

Dashboards = Callable[[], Awaitable[tuple[ServedDashboard, ...]]]


class Pages:
    """The handlers of the pages.

    `is_for_all` says of a document whether everybody may see all that it asks; `live_text` gives
    the subscription to one of its root fields; `example` is the query that the explorer opens with
    where no dashboard names one.
    """

    def __init__(
        self,
        front_end: FrontEnd,
        dashboards: Dashboards,
        *,
        is_for_all: Callable[[Registered], bool],
        live_text: Callable[[Registered, str], str | None],
        example: str,
    ) -> None:
        self._front_end = front_end
        self._dashboards = dashboards
        self._is_for_all = is_for_all
        self._live_text = live_text
        self._example = example

    async def home(self, request: Request) -> Response:
        """`/`."""
        return self._front_end.page(request, "home", await self._boot(), "./")

    async def explorer(self, request: Request) -> Response:
        """`/explorer`."""
        tabs = []
        for one in await self._dashboards():
            explore = one.declared.content.explore
            if explore is not None and self._is_for_all(one.documents[explore.document]):
                tabs.append(_tab(one.documents[explore.document].document.text, explore.variables))
        tabs = tabs or [_tab(self._example, {})]
        return self._front_end.page(request, "explorer", await self._boot(tabs=tabs), "./")

    async def dashboard(self, request: Request) -> Response:
        """`/dashboards/NAME`. Raises HTTPException where there is none of that name."""
        name = request.path_params["name"]
        for one in await self._dashboards():
            if one.name == name:
                boot = await self._boot(dashboard=self._written(one))
                return self._front_end.page(request, "dashboard", boot, "../")
        raise HTTPException(404)

    async def file(self, request: Request) -> Response:
        """`/assets/NAME`. Raises HTTPException where the build has none of that name."""
        return await self._front_end.file(request)

    def _written(self, one: ServedDashboard) -> dict[str, Any]:
        """A dashboard as its page reads it."""
        content = asdict(one.declared.content)
        documents = {
            name: {"identifier": document.identifier, "variables": list(variables_of(document))}
            for name, document in one.documents.items()
        }
        columns = {
            name: {
                key: [_without_nulls(asdict(column)) for column in found]
                for key, found in by.items()
            }
            for name, by in one.columns.items()
        }
        live: dict[str, dict[str, str]] = {}
        for tile in one.declared.content.tiles:
            text = self._live_text(one.documents[tile.document], tile.field)
            if text is not None:
                live.setdefault(tile.document, {})[tile.field] = text
        return {
            **_without_nulls(content),
            "name": one.name,
            "tiles": [_without_nulls(tile) for tile in content["tiles"]],
            "documents": documents,
            "columns": columns,
            "live": live,
        }

    async def _boot(self, **own: object) -> dict[str, Any]:
        links = [
            {
                "name": one.name,
                "title": one.declared.content.title,
                "description": one.declared.content.description,
            }
            for one in await self._dashboards()
        ]
        return {"version": version("analytics-gql"), "dashboards": links, **own}


def _tab(query: str, variables: Mapping[str, object]) -> dict[str, str]:
    written = orjson.dumps(variables, option=orjson.OPT_INDENT_2).decode() if variables else ""
    return {"query": query, "variables": written}


def _without_nulls(members: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value is not None}
