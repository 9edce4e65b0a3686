"""The page verb's question: raw rows, in keyset order."""

from __future__ import annotations

from dataclasses import dataclass, replace

from analytics_gql.query.keyset import Keyset
from analytics_gql.query.metric_query import DateRange, Ordering, take_keyset, take_range
from analytics_gql.query.predicate import Predicate, Scalar, Slot, Value, take_values


@dataclass(frozen=True, slots=True)
class RecordQuery:
    """Rows of records, ordered by `order` and then by their key. Names are field names.

    `keyset` None means all of them.
    """

    records: str
    date_range: DateRange | None = None
    where: Predicate | None = None
    order: tuple[Ordering, ...] = ()
    keyset: Keyset | None = None


def split_records(query: RecordQuery) -> tuple[RecordQuery, tuple[Scalar | Value, ...]]:
    """Part a query into its shape and its values, as `metric_query.split` does."""
    values: list[Scalar | Value] = []

    def keep(value: Scalar | Value) -> Slot:
        values.append(value)
        return Slot(len(values) - 1)

    shape = replace(
        query,
        date_range=take_range(query.date_range, keep),
        where=None if query.where is None else take_values(query.where, keep),
        keyset=take_keyset(query.keyset, keep),
    )
    return shape, tuple(values)
