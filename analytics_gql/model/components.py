"""Aggregates as components: accumulate over rows, merge partial results, finish.

A metric compiles to components, not to columns. Whatever combines partial results (several
sources today; rollups, totals, windows and shifts later) works on components and merges them by
the registry below; only then is the metric's expression computed, so that a ratio is always a
ratio of merged figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind


class Merge(Enum):
    """How partial results of a component become one."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"


class Mergeable(Enum):
    """When partial results may be merged at all."""

    ALWAYS = "always"
    ONLY_AT_ITS_GRAIN = "only at its grain"
    """A count of distinct keys: two partial counts may hold the same key. A percentile: the medians
    of two parts do not tell the median of the whole."""


class Accumulate(Enum):
    """What an aggregate keeps while it reads rows."""

    SUM = "sum"
    COUNT = "count"
    MIN = "min"
    MAX = "max"
    COUNT_DISTINCT = "count distinct"
    PERCENTILE = "percentile"
    """The value below which a fraction of all values lies, between two of them in proportion."""

    @property
    def merge(self) -> Merge:
        """How two partial results become one."""
        return _REGISTRY[self].merge

    @property
    def nothing(self) -> int | None:
        """The finished value where a source has no rows in a group: 0 for counts, else NULL."""
        return _REGISTRY[self].nothing

    @property
    def mergeable(self) -> Mergeable:
        """When partial results may be merged."""
        return _REGISTRY[self].mergeable


class _Behaviour(NamedTuple):
    merge: Merge
    nothing: int | None
    mergeable: Mergeable


_REGISTRY = {
    Accumulate.SUM: _Behaviour(Merge.SUM, None, Mergeable.ALWAYS),
    Accumulate.COUNT: _Behaviour(Merge.SUM, 0, Mergeable.ALWAYS),
    Accumulate.MIN: _Behaviour(Merge.MIN, None, Mergeable.ALWAYS),
    Accumulate.MAX: _Behaviour(Merge.MAX, None, Mergeable.ALWAYS),
    # At one grain a group's count stands in one branch and is NULL in the others: MAX takes it.
    Accumulate.COUNT_DISTINCT: _Behaviour(Merge.MAX, 0, Mergeable.ONLY_AT_ITS_GRAIN),
    Accumulate.PERCENTILE: _Behaviour(Merge.MAX, None, Mergeable.ONLY_AT_ITS_GRAIN),
}


@dataclass(frozen=True, slots=True)
class Component:
    """A mergeable part of a metric over one source.

    `name` is its column in every statement, unique in the dataset. `argument` is an expression
    over the source's and its joins' columns, None where rows are counted; `where` says which rows
    count. `kind` is known once the model is bound to a warehouse. `fraction` says which percentile,
    0.95 for the 95th, and is None for everything else.
    """

    name: str
    source: str
    accumulate: Accumulate
    argument: exp.Expr | None
    where: exp.Expr | None
    kind: ColumnKind | None = None
    fraction: Decimal | None = None

    def __post_init__(self) -> None:
        if (self.fraction is not None) != (self.accumulate is Accumulate.PERCENTILE):
            raise ValueError("a percentile, and nothing else, has a fraction")

    @property
    def expressions(self) -> tuple[exp.Expr, ...]:
        """All expressions over columns."""
        return tuple(part for part in (self.argument, self.where) if part is not None)
