"""The catalog as clients read it: a tree of what a caller sees of a model, made once for a view.

Its objects are those of `sdl.catalog_types`, as dicts; what only the warehouse knows is not in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from analytics_gql.model.catalog import Catalog, Verb
from analytics_gql.model.dataset import Dataset, Dimension, Metric, TimeDimension
from analytics_gql.model.entity import Entity
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.records import Records
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.plan.combinations import Combinations, combinations_of
from analytics_gql.sdl.formulas import additivity_of, formula_in_words
from analytics_gql.sdl.hidden import catalog_without
from analytics_gql.sdl.vocabulary import enum_name, snake_case

Node = dict[str, Any]


def catalog_tree(bound: Catalog, query_type: str, hidden: frozenset[str]) -> Node:
    """The tree of a bound catalog for those from whom some coordinates are hidden."""
    return _Tree(bound, query_type, hidden).root()


class _Tree:
    """Makes one tree; lives as long as that takes."""

    def __init__(self, bound: Catalog, query_type: str, hidden: frozenset[str]) -> None:
        self._catalog = catalog_without(bound, query_type, hidden)
        self._query_type = query_type
        self._hidden = hidden
        self._fields: dict[tuple[Verb, str], str] = {}
        for field in self._catalog.root_fields:
            self._fields.setdefault((field.verb, field.of), field.name)

        self._linked: list[tuple[str, tuple[Lookup, ...]]] = [
            *((item.name, item.lookups) for item in self._catalog.datasets),
            *((item.name, item.rows.lookups) for item in self._catalog.records),
            *((item.name, item.rows.lookups) for item in self._catalog.entities),
        ]

    def root(self) -> Node:
        return {
            "__typename": "Catalog",
            "datasets": [
                self._dataset(item)
                for item in self._catalog.datasets
                if self._is_asked(item.name, Verb.AGGREGATE, Verb.PAGE_OF_METRICS)
            ],
            "records": [
                self._records(item)
                for item in self._catalog.records
                if self._is_asked(item.name, Verb.PAGE_OF_RECORDS)
            ],
            "entities": [
                self._entity(item) for item in self._catalog.entities if self._ways_to(item)
            ],
        }

    def _is_asked(self, of: str, *verbs: Verb) -> bool:
        """Whether a root field asks it by one of the verbs: else it is not what may be asked."""
        return any((verb, of) in self._fields for verb in verbs)

    def _ways_to(self, entity: Entity) -> list[str]:
        """The coordinates of the fields that give an entity: root fields, and links to it."""
        name = entity.name
        found = [
            f"{self._query_type}.{field.name}"
            for field in self._catalog.root_fields
            if field.of == name and field.verb in (Verb.LOOK_UP, Verb.LOOK_UP_MANY)
        ]
        for owner, links in self._linked:
            found += [f"{owner}.{link.name}" for link in links if link.entity == name]
        return found

    def _dataset(self, dataset: Dataset) -> Node:
        combinations = combinations_of(dataset, self._catalog)
        fields = [
            self._fields.get((verb, dataset.name))
            for verb in (Verb.AGGREGATE, Verb.PAGE_OF_METRICS)
        ]
        time = self._time(dataset)
        buckets = {part for item in combinations.values() for part in item.granularities}
        return {
            "__typename": "CatalogDataset",
            **_named(dataset.name, dataset.description),
            "rootField": fields[0],
            "connectionField": fields[1],
            "time": None if time is None else _field(time),
            # No field of the type: whether figures of its time may be asked for.
            "hasTimes": dataset.has_range and (time is not None or dataset.time is None),
            "hasDateRange": dataset.has_range and self._take_range(fields),
            "timezone": dataset.sources[0].timezone,
            "granularities": [] if time is None else _granularities(buckets),
            "metrics": [
                _metric(metric, dataset, combinations[metric.name], time)
                for metric in dataset.metrics
            ],
            "dimensions": [_dimension(item) for item in dataset.dimensions],
            "links": _links(dataset.lookups),
        }

    def _time(self, dataset: Dataset) -> TimeDimension | None:
        time = dataset.time
        is_hidden = time is not None and f"{dataset.name}.{time.name}" in self._hidden
        return None if is_hidden else time

    def _records(self, records: Records) -> Node:
        field = self._fields.get((Verb.PAGE_OF_RECORDS, records.name))
        return {
            "__typename": "CatalogRecords",
            **_named(records.name, records.rows.description),
            "rootField": field,
            "hasDateRange": records.time is not None and self._take_range([field]),
            **_rows(records.rows),
        }

    def _entity(self, entity: Entity) -> Node:
        return {
            "__typename": "CatalogEntity",
            **_named(entity.name, entity.rows.description),
            "rootField": self._fields.get((Verb.LOOK_UP, entity.name)),
            "listField": self._fields.get((Verb.LOOK_UP_MANY, entity.name)),
            "isVersioned": entity.is_versioned
            and any(f"{way}(asOf:)" not in self._hidden for way in self._ways_to(entity)),
            **_rows(entity.rows),
        }

    def _take_range(self, fields: Iterable[str | None]) -> bool:
        return any(
            field is not None and f"{self._query_type}.{field}(dateRange:)" not in self._hidden
            for field in fields
        )


def _metric(
    metric: Metric, dataset: Dataset, combinations: Combinations, time: TimeDimension | None
) -> Node:
    return {
        "__typename": "CatalogMetric",
        **_named(metric.name, metric.description),
        "type": metric.type.value,
        "unit": metric.unit,
        "format": metric.format,
        "better": metric.better,
        "costFactor": metric.cost,
        "formula": formula_in_words(metric, dataset),
        "additivity": additivity_of(metric).name,
        "orderBy": enum_name(metric.name),
        "dimensions": list(combinations.dimensions),
        "metrics": list(combinations.metrics),
        "excluded": [
            {
                "__typename": "CatalogExclusion",
                "name": item.name,
                "reason": item.reason,
                "hint": item.hint,
            }
            for item in combinations.excluded
        ],
        "granularities": [] if time is None else _granularities(combinations.granularities),
        "timezone": combinations.timezone,
    }


def _dimension(dimension: Dimension) -> Node:
    return {
        "__typename": "CatalogDimension",
        **_named(dimension.name, dimension.description),
        "type": dimension.type.value,
        "groupBy": dimension.enum_value,
        "orderBy": enum_name(dimension.name),
    }


def _rows(rows: RowType) -> Node:
    return {
        "key": [name for name in rows.key if name in rows.field_named],
        "fields": [_field(item) for item in rows.fields],
        "links": _links(rows.lookups),
    }


def _field(field: RowField | TimeDimension) -> Node:
    return {
        "__typename": "CatalogField",
        **_named(field.name, field.description),
        "type": field.type.value,
    }


def _links(lookups: Iterable[Lookup]) -> list[Node]:
    return [
        {
            "__typename": "CatalogLink",
            **_named(item.name, item.description),
            "entity": item.entity,
            "by": list(item.by),
        }
        for item in lookups
    ]


def _named(name: str, description: str | None) -> Node:
    return {"name": name, "label": in_words(name), "description": description}


def in_words(name: str) -> str:
    """`averageOrderValue` → `Average order value`."""
    words = snake_case(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def _granularities(found: Iterable[Granularity]) -> list[str]:
    known = set(found)
    return [item.value for item in Granularity if item in known]
