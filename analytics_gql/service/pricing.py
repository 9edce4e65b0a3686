"""Requests of one operation → its price."""

from __future__ import annotations

from collections.abc import Sequence

from analytics_gql.guards.price import (
    Part,
    Price,
    page_rows,
    price_count_of_records,
    price_groups,
    price_look_ups,
    price_page_of_records,
    price_rows,
)
from analytics_gql.model.catalog import Catalog
from analytics_gql.query.row_shape import Link, RowSelection
from analytics_gql.service.pages import READ_AHEAD_ROWS
from analytics_gql.service.requests import (
    EntityRequest,
    FiguresRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
    ValuesRequest,
)


def price_of(requests: Sequence[Request], catalog: Catalog) -> Price:
    """The price of all of them together. What is wrong with a request is told when it is run."""
    return Price(tuple([part for request in requests for part in _parts(request, catalog)]))


def _parts(request: Request, catalog: Catalog) -> list[Part]:
    match request:
        case MetricRequest():
            return _rows_of_metrics(request, catalog)
        case MetricPageRequest():
            return _page_of_metrics(request, catalog)
        case RecordPageRequest():
            return _page_of_records(request)
        case EntityRequest():
            link = Link(request.entity, request.as_of, request.rows)
            return price_look_ups(len(request.keys), (link,))
        case ValuesRequest():
            return _rows_of_metrics(
                MetricRequest(request.query, RowSelection(request.shape)), catalog
            )
        case FiguresRequest():
            query, made_up = request.figures.question(catalog)
            return price_groups(query, made_up.dataset(query.dataset))[1]


def _rows_of_metrics(request: MetricRequest, catalog: Catalog) -> list[Part]:
    query = request.query
    groups, parts = price_groups(query, catalog.dataset(query.dataset))
    return parts + price_rows(query.dataset, min(groups, query.limit or groups), request.rows)


def _page_of_metrics(request: MetricPageRequest, catalog: Catalog) -> list[Part]:
    """A page is a statement of its own, and so is the count of all rows."""
    query, shape = request.query, request.shape
    groups, parts = price_groups(query, catalog.dataset(query.dataset))
    parts *= shape.has_page + shape.has_total
    # The first page reads ahead for those that follow, however few rows it has itself.
    rows = min(groups, max(page_rows(request.page), READ_AHEAD_ROWS))
    for selection in shape.selections:
        parts += price_rows(query.dataset, rows, selection)
    return parts


def _page_of_records(request: RecordPageRequest) -> list[Part]:
    query, shape = request.query, request.shape
    parts: list[Part] = []
    if shape.has_page:
        parts.append(price_page_of_records(query))
        for selection in shape.selections:
            parts += price_rows(query.records, page_rows(request.page), selection)
    if shape.has_total:
        parts.append(price_count_of_records(query))
    return parts
