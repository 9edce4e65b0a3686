"""What a warehouse itself promises of a table's rows."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableKeys:
    """Columns that have a value in every row, and sets of columns that no two rows share.

    Names are in the warehouse's spelling. Rows with a NULL in a unique set are not held apart.
    Where rows are hidden as long as no tenant is told, nothing can be learnt by looking at them.
    """

    not_null: frozenset[str] = frozenset()
    unique: tuple[frozenset[str], ...] = ()
    are_rows_hidden: bool = False

    def prove_unique(self, columns: Set[str]) -> bool:
        """Whether no two rows have the same values in these columns, none of them NULL."""
        return any(unique <= columns for unique in self.unique)
