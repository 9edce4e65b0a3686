"""Dashboards as files declare them: tiles over registered documents, one small JSON file each.

Nothing here knows the documents; `dashboard_check.py` says whether they have what tiles show.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from analytics_gql.errors import DashboardsError, Fault

_STRICT = ConfigDict(extra="forbid", str_min_length=1)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


class ChartForm(Enum):
    """How a tile shows its rows; left out, the page chooses by the columns."""

    NUMBER = "number"
    LINE = "line"
    BAR = "bar"
    STACKED = "stacked"
    GROUPED = "grouped"
    HEATMAP = "heatmap"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Days:
    """The days that a dashboard opens with, both included."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError("the range ends before it starts")


@dataclass(frozen=True, slots=True)
class LastDays:
    """So many days, up to the day on which the dashboard is opened."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    days: Annotated[int, Field(ge=1, le=3_660)]


@dataclass(frozen=True, slots=True)
class DashboardFilter:
    """The one dimension that tiles are filtered by: a variable, and where its values are listed."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    label: str
    variable: str
    document: str
    field: str
    column: str


@dataclass(frozen=True, slots=True)
class Tile:
    """What is shown of one root field of one document. `width` counts twelfths of the page."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    title: str
    document: str
    field: str
    description: str | None = None
    chart: ChartForm | None = None
    columns: tuple[str, ...] | None = None
    variables: dict[str, str | int | float | bool] = dataclasses.field(default_factory=dict)
    compare: bool = False
    width: Annotated[int, Field(ge=2, le=12)] = 6


@dataclass(frozen=True, slots=True)
class Exploration:
    """The document that the explorer opens as a tab for a dashboard, and its variables."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    document: str
    variables: dict[str, JsonValue] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Tiles under one title, with the range and the filter that they share."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    title: str
    range: Days | LastDays
    tiles: Annotated[tuple[Tile, ...], Field(min_length=1, max_length=40)]
    description: str | None = None
    filter: DashboardFilter | None = None
    explore: Exploration | None = None
    position: int = 100
    """Where it stands among the others; equal ones are ordered by name."""


@dataclass(frozen=True, slots=True)
class DeclaredDashboard:
    """A dashboard, and the file that declares it; its name is the file's."""

    name: str
    file: str
    content: Dashboard

    def fault(self, message: str, hint: str) -> Fault:
        """Something wrong with it, where people find it."""
        return Fault(self.file, 0, message, hint)


def dashboard_files(folder: Path) -> list[Path]:
    """The files that declare dashboards. Hidden ones are those that editors keep for themselves."""
    return sorted(path for path in folder.glob("*.json") if not path.name.startswith("."))


def read_dashboards(folder: Path) -> tuple[DeclaredDashboard, ...]:
    """Read every file of a folder, in the order in which they are shown.

    Raises DashboardsError with everything that is wrong.
    """
    faults: list[Fault] = []
    found = [declared for path in dashboard_files(folder) for declared in _read(path, faults)]
    if faults:
        raise DashboardsError(tuple(faults))
    return tuple(sorted(found, key=lambda item: (item.content.position, item.name)))


def _read(path: Path, faults: list[Fault]) -> Iterator[DeclaredDashboard]:
    if not _NAME.fullmatch(path.stem):
        hint = "name it as its address should be, in small letters, digits, - and _"
        faults.append(Fault(str(path), 0, "the file's name cannot stand in an address", hint))
        return
    try:
        content = _DASHBOARD.validate_json(path.read_bytes())
    except OSError as error:
        hint = "may the server's user read it?"
        faults.append(Fault(str(path), 0, f"cannot be read: {error.strerror}", hint))
    except ValidationError as error:
        for wrong in error.errors(include_url=False, include_input=False):
            faults.append(Fault(str(path), 0, _said(wrong["loc"], wrong["msg"]), _HINT))
    else:
        yield DeclaredDashboard(path.stem, str(path), content)


_DASHBOARD = TypeAdapter(Dashboard)
_HINT = "README, Dashboards, lists what a dashboard has"


def _said(location: tuple[int | str, ...], message: str) -> str:
    """`tiles.0.width: input should be …`; the names of classes among the parts say nothing."""
    parts = [str(part) for part in location if str(part) not in ("Days", "LastDays")]
    lowered = message[:1].lower() + message[1:]
    return f"{'.'.join(parts)}: {lowered}" if parts else lowered
