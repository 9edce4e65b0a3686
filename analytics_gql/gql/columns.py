"""What is told of the columns of an answer: units, formats and descriptions, by their place in it.

It is read off the questions that the root fields came to, so it has what the answer has: no part
that a directive left out, and fragments where they were spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from analytics_gql.gql.catalog_tree import in_words
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import Dataset, Dimension, Metric, TimeDimension
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.page import ConnectionShape, EdgesMember, NodeMember, NodesMember
from analytics_gql.query.row_shape import FieldMember, LinkMember, RowSelection
from analytics_gql.sdl.formulas import additivity_of
from analytics_gql.service.requests import (
    EntityRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
)

Column = dict[str, Any]
Asked = Iterable[tuple[str, Request]]


def columns_of(asked: Asked, catalog: Catalog) -> list[Column]:
    """The columns of each root field by its response key, in the order of the selection."""
    return [column for key, request in asked for column in _columns(key, request, catalog)]


def _columns(key: str, request: Request, catalog: Catalog) -> Iterator[Column]:
    match request:
        case MetricRequest():
            fields = _of_dataset(catalog.dataset(request.query.dataset), request.query)
            yield from _rows((key,), request.rows, fields, catalog)
        case MetricPageRequest():
            fields = _of_dataset(catalog.dataset(request.query.dataset), request.query)
            for path, rows in _pages((key,), request.shape):
                yield from _rows(path, rows, fields, catalog)
        case RecordPageRequest():
            fields = _of_rows(catalog.records_of(request.query.records).rows)
            for path, rows in _pages((key,), request.shape):
                yield from _rows(path, rows, fields, catalog)
        case EntityRequest():
            fields = _of_rows(catalog.entity(request.entity).rows)
            yield from _rows((key,), request.rows, fields, catalog)


def _pages(
    path: tuple[str, ...], shape: ConnectionShape
) -> Iterator[tuple[tuple[str, ...], RowSelection]]:
    """Where the rows of a connection stand, and what is selected of them there."""
    for member in shape.members:
        if isinstance(member, NodesMember):
            yield (*path, member.key), member.rows
        elif isinstance(member, EdgesMember):
            for part in member.members:
                if isinstance(part, NodeMember):
                    yield (*path, member.key, part.key), part.rows


def _rows(
    path: tuple[str, ...], rows: RowSelection, fields: dict[str, Column], catalog: Catalog
) -> Iterator[Column]:
    """The columns of rows, those of the entities in them included."""
    links = iter(rows.links)  # one for each LinkMember, in their order
    for member in rows.shape:
        match member:
            case FieldMember():
                yield {"path": [*path, member.key], **fields[member.field]}
            case LinkMember():
                link = next(links)
                below = _of_rows(catalog.entity(link.entity).rows)
                yield from _rows((*path, member.key), link.rows, below, catalog)


def _of_dataset(dataset: Dataset, query: MetricQuery) -> dict[str, Column]:
    """What is told of each field of a dataset, the bucket of its time included."""
    fields = {item.name: _column(dataset.name, "METRIC", item) for item in dataset.metrics}
    fields |= {item.name: _column(dataset.name, "DIMENSION", item) for item in dataset.dimensions}
    if dataset.time is not None:
        time = _column(dataset.name, "TIME", dataset.time)
        fields[dataset.time.name] = time | {"granularity": query.granularity.value}
    return fields


def _of_rows(rows: RowType) -> dict[str, Column]:
    return {item.name: _column(rows.name, "FIELD", item) for item in rows.fields}


def _column(of: str, kind: str, item: Metric | Dimension | TimeDimension | RowField) -> Column:
    metric = item if isinstance(item, Metric) else None
    return {
        "of": of,
        "name": item.name,
        "kind": kind,
        "label": in_words(item.name),
        "type": item.type.value,
        "unit": None if metric is None else metric.unit,
        "format": None if metric is None else metric.format,
        "better": None if metric is None else metric.better,
        "additivity": None if metric is None else additivity_of(metric).name,
        "granularity": None,
        "description": item.description,
    }
