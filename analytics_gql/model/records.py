"""Records: raw rows, read page by page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.row_type import RowType


@dataclass(frozen=True, eq=False)
class Records:
    """What a connection of raw rows pages through.

    `time` is what a dateRange restricts, in days of UTC; without it there is no dateRange.
    """

    rows: RowType
    time: exp.Expr | None
    time_kind: ColumnKind | None = None

    @property
    def name(self) -> str:
        """The name of the type."""
        return self.rows.name
