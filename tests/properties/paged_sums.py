"""Random questions of the aggregate that `paged_rows.MODEL` has, as a list and as pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.properties.paged_oracle import enum_value
from tests.properties.paged_rows import DATE_RANGES
from tests.properties.paging import PAGE_ARGUMENTS, PASSED_ON, Client, Connection

DIMENSIONS = ("word", "flag", "small", "day")
SHARED = ("word",)
"""What both facts have."""
METRICS = ("total", "weight", "mean", "top", "rows", "firstWord", "lastSeen", "firstDay", "parts")
FLOATS = ("weight", "mean", "top")

_GROUND = (
    "$dateRange: DateRange!, $groupBy: [SumsDimension!], $granularity: Granularity!, "
    "$timezone: String, $where: SumsFilter, $orderBy: [SumsOrder!]"
)
_ARGUMENTS = (
    "dateRange: $dateRange, groupBy: $groupBy, granularity: $granularity, timezone: $timezone, "
    "where: $where, orderBy: $orderBy"
)


@dataclass(frozen=True, slots=True)
class Sums:
    """A question: what is grouped by, what is measured, in which order."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    granularity: str | None
    timezone: str | None
    where: Mapping[str, Any] | None
    order: tuple[tuple[str, bool], ...]
    days: tuple[date, date]

    @property
    def fields(self) -> str:
        """All that can be selected of a row."""
        time = ("at",) if self.granularity else ()
        return " ".join((*time, *self.dimensions, *self.metrics))

    @property
    def has_float_order(self) -> bool:
        """Whether the order depends on the last digits of a sum."""
        return any(name in FLOATS for name, _ in self.order)

    @property
    def meaning(self) -> tuple[object, ...]:
        """What it has in common with questions that have the same rows in the same order."""
        time = [("at", False)] if self.granularity else []
        sequence: dict[str, bool] = {}
        for name, descending in (*self.order, *time, *((name, False) for name in self.dimensions)):
            sequence.setdefault(name, descending)
        ground = (self.granularity, self.timezone, self.where, self.days)
        return ground, {*self.dimensions}, "parts" in self.metrics, [*sequence.items()]

    @property
    def variables(self) -> dict[str, Any]:
        """Its part of an operation's variables."""
        return {
            "dateRange": {"start": str(self.days[0]), "end": str(self.days[1])},
            "groupBy": [enum_value(name) for name in self.dimensions],
            "granularity": self.granularity or "DAY",
            "timezone": self.timezone,
            "where": self.where,
            "orderBy": [
                {"by": enum_value(name), "direction": "DESC" if descending else "ASC"}
                for name, descending in self.order
            ],
        }

    def plain(self, client: Client) -> list[dict[str, Any]]:
        """The rows of the list."""
        text = f"query ({_GROUND}) {{ c: sums({_ARGUMENTS}) {{ {self.fields} }} }}"
        rows: list[dict[str, Any]] = client.answer(text, self.variables)["c"]
        return rows

    def connection(self, client: Client, *, in_turn: bool = False) -> Connection:
        """The same rows as pages, which may select them in different words in turn."""

        def text(selected: str) -> str:
            return (
                f"query ({_GROUND}, {PAGE_ARGUMENTS}) {{ c: sumPages({_ARGUMENTS}, {PASSED_ON}) "
                f"{{ {selected} }} }}"
            )

        turned = [" ".join(reversed(self.fields.split()))] if in_turn else []
        return Connection(client, text, (self.fields, *turned), self.variables)


def rounded(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without the digits of floats that depend on the order of adding up."""
    return [
        {
            name: f"{Decimal(value):.9e}" if name in FLOATS and value is not None else value
            for name, value in row.items()
        }
        for row in rows
    ]


_FILTERS: tuple[Mapping[str, Any] | None, ...] = (
    *(None, None, None, None),
    {"word": {"gt": "B"}},
    {"flag": {"ne": True}},
    {"not": {"small": {"lte": 1}}},
    {"day": {"isNull": False}},
    {"rows": {"gte": 2}},
    {"total": {"isNull": False}, "mean": {"lt": 5}},
    {"or": [{"firstWord": {"gt": "a"}}, {"lastSeen": {"lt": "2025-10-26T01:00:00Z"}}]},
)


@st.composite
def sums(draw: Any) -> Sums:
    """Questions of one fact or of both, with and without time, in every order."""
    both = draw(st.integers(0, 3)) == 0
    names = SHARED if both else DIMENSIONS
    dimensions = draw(st.lists(st.sampled_from(names), unique=True, max_size=3))
    some = st.lists(st.sampled_from(METRICS[:-1]), unique=True, min_size=1, max_size=3)
    metrics = [*draw(some), *(["parts"] if both else [])]
    granularity = draw(
        st.sampled_from([None, None, "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
    )
    orderable = [*dimensions, *metrics, *(["at"] if granularity else [])]
    order = draw(st.lists(st.tuples(st.sampled_from(orderable), st.booleans()), max_size=3))
    where = draw(st.sampled_from(_FILTERS))
    if both and where is not None and {"flag", "small", "day", "not"} & set(where):
        where = None
    return Sums(
        tuple(dimensions),
        tuple(metrics),
        granularity,
        draw(st.sampled_from([None, "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu"])),
        where,
        tuple(order),
        draw(st.sampled_from(DATE_RANGES)),
    )
