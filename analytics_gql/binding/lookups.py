"""Look-ups: what they are fetched by is of the kind of the entity's key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analytics_gql.binding.tables import Tables
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.entity import Entity
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.lookup import Lookup


def check_lookups(catalog: Catalog, tables: Tables) -> None:
    """Report each look-up of a bound catalog whose values could not be found as keys."""
    for dataset in catalog.datasets:
        kinds = {
            dimension.name: {written.kind for written in dimension.columns}
            for dimension in dataset.dimensions
        }
        for lookup in dataset.lookups:
            _check(dataset.name, lookup, kinds, catalog.entity(lookup.entity), tables)
    row_types = [records.rows for records in catalog.records]
    row_types += [entity.rows for entity in catalog.entities]
    for rows in row_types:
        kinds = {item.name: {item.kind} for item in rows.fields}
        for lookup in rows.lookups:
            _check(rows.name, lookup, kinds, catalog.entity(lookup.entity), tables)


def _check(
    owner: str,
    lookup: Lookup,
    kinds: Mapping[str, set[ColumnKind | None]],
    entity: Entity,
    tables: Tables,
) -> None:
    for name, key, kind, wanted in _pairs(lookup, kinds, entity):
        tables.fault(
            lookup.place,
            f"{owner}.{lookup.name} looks up {entity.name} by {name}, which is {kind.value}, "
            f"and {entity.name}.{key} is {wanted.value}",
            "cast one of them, so that both are of one kind",
        )


def _pairs(
    lookup: Lookup, kinds: Mapping[str, set[ColumnKind | None]], entity: Entity
) -> Iterator[tuple[str, str, ColumnKind, ColumnKind]]:
    """The fields of a look-up that are of another kind than the key's; not those at fault."""
    for name, item in zip(lookup.by, entity.rows.key_fields, strict=True):
        for kind in kinds[name]:
            if kind is not None and item.kind is not None and kind is not item.kind:
                yield name, item.name, kind, item.kind
