"""The look-up verb's question: entities by their keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from analytics_gql.query.row_shape import RowShape


@dataclass(frozen=True, slots=True)
class EntityQuery:
    """One JSON row for each key that there is; as it stood at an instant, or the newest.

    A key is the JSON of its values as strings, joined by commas (`"DE"`, `"acme","7"`): as
    statements write it, so that keys pass from one statement to the next without being read. Each
    stands once, in the order in which rows have them.
    """

    entity: str
    shape: RowShape
    keys: tuple[str, ...]
    as_of: datetime | None = None
