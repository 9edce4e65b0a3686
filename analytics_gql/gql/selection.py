"""Selection set and arguments of a root field → the request that it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from graphql import FieldNode

from analytics_gql.errors import GroupingError
from analytics_gql.gql.collecting import Info
from analytics_gql.gql.connections import connection_shape, page_arguments
from analytics_gql.gql.filters import read_filter
from analytics_gql.gql.rows import entity_selection, row_selection
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.entity import Entity
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.records import Records
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember, LinkMember, RowSelection
from analytics_gql.sdl.vocabulary import enum_name
from analytics_gql.service.requests import (
    EntityRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
)


@dataclass(frozen=True, eq=False)
class DatasetReader:
    """Reads root fields of one dataset. Enum values stand for fields by name."""

    dataset: Dataset
    catalog: Catalog

    @cached_property
    def _grouped_by(self) -> dict[str, str]:
        return {dimension.enum_value: dimension.name for dimension in self.dataset.dimensions}

    @cached_property
    def _ordered_by(self) -> dict[str, str]:
        names = [*self.dataset.dimension_named, *self.dataset.metric_named]
        if self.dataset.time is not None:
            names.append(self.dataset.time.name)
        return {enum_name(name): name for name in names}

    def rows(self, info: Info, arguments: Mapping[str, Any]) -> MetricRequest:
        """A list of metrics. Raises the RequestError that tells what to mend."""
        rows = self._selection(info, info.field_nodes)
        return MetricRequest(self._query((rows,), arguments), rows)

    def page(self, info: Info, arguments: Mapping[str, Any]) -> MetricPageRequest:
        """A page of metrics. Raises the RequestError that tells what to mend."""
        shape = connection_shape(
            info, self.dataset.name, lambda nodes: self._selection(info, nodes)
        )
        query = self._query(shape.selections, arguments)
        return MetricPageRequest(query, page_arguments(arguments), shape)

    def _selection(self, info: Info, nodes: Iterable[FieldNode]) -> RowSelection:
        lookups = self.dataset.lookup_named
        return row_selection(nodes, info, self.dataset.name, lookups, self.catalog)

    def _query(
        self, selections: Iterable[RowSelection], arguments: Mapping[str, Any]
    ) -> MetricQuery:
        selected = dict.fromkeys(
            member.field
            for rows in selections
            for member in rows.shape
            if isinstance(member, FieldMember)
        )
        dimensions = self._grouping(selected, arguments.get("groupBy"))
        for member in (member for rows in selections for member in rows.shape):
            if isinstance(member, LinkMember):
                self._check_grouped(member, dimensions)
        time = self.dataset.time
        return MetricQuery(
            self.dataset.name,
            metrics=tuple(name for name in selected if name in self.dataset.metric_named),
            dimensions=dimensions,
            by_time=time is not None and time.name in selected,
            granularity=Granularity(arguments.get("granularity") or "DAY"),
            timezone=arguments.get("timezone"),
            date_range=_date_range(arguments.get("dateRange")),
            where=read_filter(arguments.get("where")),
            order=_order(arguments.get("orderBy"), self._ordered_by),
            limit=arguments.get("limit"),
        )

    def _grouping(self, selected: Iterable[str], group_by: list[str] | None) -> tuple[str, ...]:
        """The dimensions of `groupBy`; where it is left out, those that are selected."""
        dimensions = [name for name in selected if name in self.dataset.dimension_named]
        if group_by is None:
            return tuple(dimensions)
        grouped = tuple(dict.fromkeys(self._grouped_by[value] for value in group_by))
        missing = [name for name in dimensions if name not in grouped]
        if missing:
            values = [self.dataset.dimension_named[name].enum_value for name in missing]
            raise GroupingError(
                f"the dimension '{missing[0]}' is selected but not grouped by",
                hint=f"add {', '.join(values)} to groupBy, or leave groupBy out to group by the "
                "dimensions that are selected",
            )
        return grouped

    def _check_grouped(self, link: LinkMember, grouped: tuple[str, ...]) -> None:
        """A look-up is no grouping: it must not change the grain of what it decorates."""
        missing = [name for name in link.by if name not in grouped]
        if missing:
            raise GroupingError(
                f"'{link.key}' is looked up by the dimension '{missing[0]}', which is not "
                "grouped by",
                hint=f"add {self.dataset.dimension_named[missing[0]].enum_value} to groupBy, or "
                f"select {missing[0]} as well where groupBy is left out",
            )


@dataclass(frozen=True, eq=False)
class RecordsReader:
    """Reads root fields of one records type."""

    records: Records
    catalog: Catalog

    @cached_property
    def _ordered_by(self) -> dict[str, str]:
        return {enum_name(name): name for name in self.records.rows.field_named}

    def page(self, info: Info, arguments: Mapping[str, Any]) -> RecordPageRequest:
        """A page of records. Raises the RequestError that tells what to mend."""
        name, lookups = self.records.name, self.records.rows.lookup_named
        shape = connection_shape(
            info, name, lambda nodes: row_selection(nodes, info, name, lookups, self.catalog)
        )
        query = RecordQuery(
            name,
            date_range=_date_range(arguments.get("dateRange")),
            where=read_filter(arguments.get("where")),
            order=_order(arguments.get("orderBy"), self._ordered_by),
        )
        return RecordPageRequest(query, page_arguments(arguments), shape)


@dataclass(frozen=True, eq=False)
class EntityReader:
    """Reads root fields of one entity."""

    entity: Entity
    catalog: Catalog

    def one(self, info: Info, arguments: Mapping[str, Any]) -> EntityRequest:
        """An entity by its key."""
        key = tuple(str(arguments[name]) for name in self.entity.rows.key)
        return self._request(info, (key,), arguments, is_list=False)

    def many(self, info: Info, arguments: Mapping[str, Any]) -> EntityRequest:
        """Entities by their keys, which are of one field."""
        (name,) = self.entity.rows.key
        keys = tuple((str(value),) for value in arguments[f"{name}s"])
        return self._request(info, keys, arguments, is_list=True)

    def _request(
        self,
        info: Info,
        keys: tuple[tuple[str, ...], ...],
        arguments: Mapping[str, Any],
        *,
        is_list: bool,
    ) -> EntityRequest:
        rows = entity_selection(info.field_nodes, info, self.entity.name, self.catalog)
        return EntityRequest(self.entity.name, keys, arguments.get("asOf"), rows, is_list)


def _order(items: list[dict[str, Any]] | None, named: dict[str, str]) -> tuple[Ordering, ...]:
    return tuple(
        Ordering(named[item["by"]], item.get("direction") == "DESC") for item in items or ()
    )


def _date_range(value: Mapping[str, Any] | None) -> DateRange | None:
    return None if value is None else DateRange(value["start"], value["end"])
