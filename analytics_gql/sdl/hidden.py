"""What a model is to callers with given roles: what they see nothing of, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.entity import Entity
from analytics_gql.model.records import Records
from analytics_gql.model.row_type import RowType
from analytics_gql.sdl.derived_names import DERIVED_TYPES, derived_coordinates

T = TypeVar("T", Dataset, Records, Entity)


def hidden_from(catalog: Catalog, roles: Iterable[str]) -> frozenset[str]:
    """The schema coordinates that callers with these roles see nothing of.

    Types, fields and arguments, and the members of derived types that stand for a field. A type
    none of whose fields can be seen is not seen either, nor is a link to it.
    """
    held = frozenset(roles)
    hidden = {name for name, needed in catalog.clearances.items() if not needed.is_met_by(held)}
    if not hidden:
        return frozenset()
    for dataset in catalog.datasets:
        if all(f"{dataset.name}.{name}" in hidden for name in _fields(dataset)):
            hidden.add(dataset.name)
    hidden |= {member for member, field in derived_coordinates(catalog).items() if field in hidden}
    owners = {item.name for item in catalog.datasets} | {item.name for item in catalog.records}
    hidden |= {f"{owner}{part}" for owner in owners & hidden for part in DERIVED_TYPES}
    return frozenset(hidden)


def _fields(dataset: Dataset) -> list[str]:
    time = [] if dataset.time is None else [dataset.time.name]
    return [*time, *dataset.dimension_named, *dataset.metric_named, *dataset.lookup_named]


def catalog_without(catalog: Catalog, query_type: str, hidden: frozenset[str]) -> Catalog:
    """What is left of a catalog without what is hidden."""
    if not hidden:
        return catalog
    return replace(
        catalog,
        datasets=tuple(_dataset(item, hidden) for item in _left(catalog.datasets, hidden)),
        records=tuple(
            replace(item, rows=_rows(item.rows, hidden)) for item in _left(catalog.records, hidden)
        ),
        entities=tuple(
            replace(item, rows=_rows(item.rows, hidden)) for item in _left(catalog.entities, hidden)
        ),
        root_fields=tuple(
            field
            for field in catalog.root_fields
            if field.of not in hidden and f"{query_type}.{field.name}" not in hidden
        ),
        # What a field of the subscription type needs is what the query type's of its name does.
        live_fields=tuple(
            field
            for field in catalog.live_fields
            if field.of not in hidden and f"{query_type}.{field.name}" not in hidden
        ),
    )


def _left(items: Iterable[T], hidden: frozenset[str]) -> list[T]:
    return [item for item in items if item.name not in hidden]


def _dataset(dataset: Dataset, hidden: frozenset[str]) -> Dataset:
    name = dataset.name
    return replace(
        dataset,
        dimensions=tuple(d for d in dataset.dimensions if f"{name}.{d.name}" not in hidden),
        metrics=tuple(m for m in dataset.metrics if f"{name}.{m.name}" not in hidden),
        lookups=tuple(link for link in dataset.lookups if f"{name}.{link.name}" not in hidden),
    )


def _rows(rows: RowType, hidden: frozenset[str]) -> RowType:
    name = rows.name
    return replace(
        rows,
        fields=tuple(item for item in rows.fields if f"{name}.{item.name}" not in hidden),
        lookups=tuple(link for link in rows.lookups if f"{name}.{link.name}" not in hidden),
    )
