"""Entities: rows that are looked up by their key."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.row_type import RowType


@dataclass(frozen=True, eq=False)
class Entity:
    """What is fetched by key.

    With `time` it is versioned: a key has several rows, each valid from its `time` on, and known
    from `available_at` on. Without an instant the newest row counts.
    """

    rows: RowType
    time: exp.Expr | None
    available_at: exp.Expr | None
    time_kind: ColumnKind | None = None
    available_kind: ColumnKind | None = None

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.rows.name

    @property
    def is_versioned(self) -> bool:
        """Whether it can be read as of an instant."""
        return self.time is not None
