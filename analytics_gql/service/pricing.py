"""Requests of one operation → its price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics_gql.guards import price
from analytics_gql.guards.price import Part, Price
from analytics_gql.model.catalog import Catalog
from analytics_gql.query.row_shape import Link
from analytics_gql.service.pages import READ_AHEAD_ROWS
from analytics_gql.service.requests import (
    EntityRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
)


def price_of(requests: Sequence[Request], catalog: Catalog) -> Price:
    """The price of all of them together. What is wrong with a request is told when it is run."""
    return Price(tuple(part for request in requests for part in _parts(request, catalog)))


def _parts(request: Request, catalog: Catalog) -> Iterator[Part]:
    match request:
        case MetricRequest():
            yield from _rows_of_metrics(request, catalog)
        case MetricPageRequest():
            yield from _page_of_metrics(request, catalog)
        case RecordPageRequest():
            yield from _page_of_records(request)
        case EntityRequest():
            link = Link(request.entity, request.as_of, request.rows)
            yield from price.looking_up(len(request.keys), (link,))


def _rows_of_metrics(request: MetricRequest, catalog: Catalog) -> Iterator[Part]:
    query = request.query
    dataset = catalog.dataset(query.dataset)
    groups = price.groups_of(query, dataset)
    yield from price.reading_metrics(query, dataset)
    yield price.grouping(query, dataset)
    yield from price.writing(query.dataset, min(groups, query.limit or groups), (request.rows,))


def _page_of_metrics(request: MetricPageRequest, catalog: Catalog) -> Iterator[Part]:
    """A page is a statement of its own, and so is the count of all rows."""
    dataset = catalog.dataset(request.query.dataset)
    groups = price.groups_of(request.query, dataset)
    for _ in range(request.shape.has_page + request.shape.has_total):
        yield from price.reading_metrics(request.query, dataset)
        yield price.grouping(request.query, dataset)
    # The first page reads ahead for those that follow, however few rows it has itself.
    rows = min(groups, max(price.page_rows(request.page), READ_AHEAD_ROWS))
    yield from price.writing(dataset.name, rows, request.shape.selections)


def _page_of_records(request: RecordPageRequest) -> Iterator[Part]:
    shape = request.shape
    if shape.has_page:
        yield price.paging_records(request.query)
        rows = price.page_rows(request.page)
        yield from price.writing(request.query.records, rows, shape.selections)
    if shape.has_total:
        yield price.counting_records(request.query)
