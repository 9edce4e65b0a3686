"""Prices: what is counted, and that more never costs less."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics_gql.compose.model import Model
from analytics_gql.guards.price import ALL_DAYS, Part, Price, days_of, price_groups
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.granularity import Granularity
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering
from analytics_gql.query.page import (
    ConnectionShape,
    NodesMember,
    PageArguments,
    TotalCountMember,
)
from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Not, Operator
from analytics_gql.query.record_query import RecordQuery
from analytics_gql.query.row_shape import FieldMember, Link, LinkMember, RowSelection
from analytics_gql.service.pricing import price_of
from analytics_gql.service.requests import (
    EntityRequest,
    MetricPageRequest,
    MetricRequest,
    RecordPageRequest,
    Request,
)

FIRST = date(2026, 1, 1)
MODEL: dict[str, tuple[str, ...]] = {
    "metrics": ("revenue", "grossMargin", "customers", "sessions", "conversionRate"),
    "dimensions": ("country", "channel", "deviceType", "category", "segment", "productId"),
}


@pytest.fixture(scope="module")
def dataset(demo_model: Model) -> Dataset:
    return demo_model.catalog.dataset("OrderMetrics")


def days(count: int) -> DateRange:
    return DateRange(FIRST, FIRST + timedelta(days=count - 1))


def groups_of(query: MetricQuery, dataset: Dataset) -> int:
    return price_groups(query, dataset)[0]


def rows_of(query: MetricQuery) -> RowSelection:
    names = (*query.dimensions, *query.metrics)
    return RowSelection(tuple(FieldMember(name, name) for name in names))


def points(demo_model: Model, *requests: Request) -> float:
    return sum(part.points for part in price_of(requests, demo_model.catalog).parts)


def part(of: str, points: float) -> Part:
    return Part("reading", 1, "day", of, points)


# --- what is counted -----------------------------------------------------------------------------


def test_the_price_is_the_sum_of_its_parts_rounded_up() -> None:
    price = Price((part("b", 1.2), part("a", 1.2), part("c", 4.0)))
    assert price.requested == 7
    assert [found.of for found in price.by_points] == ["c", "a", "b"]
    assert Price(()).requested == 0
    assert Price((part("a", 0.1), part("b", 0.2), part("c", 0.7))).requested == 1


def test_each_source_is_read_and_each_named_as_clients_know_it(demo_model: Model) -> None:
    query = MetricQuery("OrderMetrics", ("conversionRate",), ("country",), date_range=days(10))
    price = price_of((MetricRequest(query, rows_of(query)),), demo_model.catalog)
    assert [part.name for part in price.parts] == [
        "reading 10 days of OrderMetrics",
        "reading 10 days of OrderMetrics (traffic)",
        "grouping 10 rows of OrderMetrics",
        "writing 10 rows of OrderMetrics",
    ]


def test_days_are_those_of_the_range_and_many_without_one() -> None:
    assert days_of(days(1)) == 1
    assert days_of(days(37)) == 37
    assert days_of(None) == days_of(days(5_000)) == ALL_DAYS


@pytest.mark.parametrize(
    ("granularity", "groups"),
    [("HOUR", 8_760), ("DAY", 365), ("WEEK", 53), ("MONTH", 13), ("QUARTER", 5), ("YEAR", 1)],
)
def test_groups_are_buckets_times_values(dataset: Dataset, granularity: str, groups: int) -> None:
    query = MetricQuery(
        "OrderMetrics", by_time=True, granularity=Granularity(granularity), date_range=days(365)
    )
    assert groups_of(query, dataset) == groups
    by_country = groups_of(replace(query, dimensions=("country",)), dataset)
    assert 10 * (groups - 1) < by_country <= 10 * groups
    assert groups_of(replace(query, by_time=False), dataset) == 1


def test_a_metric_costs_what_the_model_says(demo_model: Model) -> None:
    cheap, dear = (
        MetricQuery("OrderMetrics", (name,), date_range=days(100))
        for name in ("revenue", "customers")
    )
    cost = [points(demo_model, MetricRequest(query, rows_of(query))) for query in (cheap, dear)]
    assert cost[1] > 1.5 * cost[0]


def test_an_operation_costs_what_its_root_fields_cost(demo_model: Model) -> None:
    query = MetricQuery("OrderMetrics", ("revenue",), date_range=days(10))
    one = MetricRequest(query, rows_of(query))
    other = EntityRequest("Product", (("1",),), None, RowSelection((FieldMember("n", "n"),)), False)
    together = points(demo_model, one, other, one)
    assert together == pytest.approx(2 * points(demo_model, one) + points(demo_model, other))
    assert points(demo_model, other, one, one) == pytest.approx(together)


# --- more never costs less -----------------------------------------------------------------------

conditions = st.builds(
    lambda field, size, wrap: wrap(
        Comparison(field, Operator.IN, tuple("abcdefgh"[:size]))
        if size
        else Comparison(field, Operator.EQ, "a")
    ),
    st.sampled_from(MODEL["dimensions"] + MODEL["metrics"]),
    st.integers(0, 8),
    st.sampled_from([lambda it: it, Not, lambda it: AnyOf((it, it)), lambda it: AllOf((it,))]),
)

queries = st.builds(
    MetricQuery,
    st.just("OrderMetrics"),
    metrics=st.lists(st.sampled_from(MODEL["metrics"]), unique=True).map(tuple),
    dimensions=st.lists(st.sampled_from(MODEL["dimensions"]), unique=True).map(tuple),
    by_time=st.booleans(),
    granularity=st.sampled_from(Granularity),
    date_range=st.one_of(st.none(), st.integers(1, 2_000).map(days)),
    where=st.one_of(st.none(), conditions),
    order=st.lists(st.sampled_from(MODEL["metrics"]).map(Ordering), max_size=2).map(tuple),
    limit=st.one_of(st.none(), st.integers(1, 100_000)),
)


def more_of(query: MetricQuery, data: st.DataObject) -> MetricQuery:
    """The query with one thing more."""
    name = data.draw(st.sampled_from(["metric", "dimension", "time", "day", "condition", "order",
                                      "limit", "granularity"]))  # fmt: skip
    changes: dict[str, Any]
    match name:
        case "metric":
            metric = data.draw(st.sampled_from(MODEL["metrics"]))
            changes = {"metrics": tuple(dict.fromkeys((*query.metrics, metric)))}
        case "dimension":
            dimension = data.draw(st.sampled_from(MODEL["dimensions"]))
            changes = {"dimensions": tuple(dict.fromkeys((*query.dimensions, dimension)))}
        case "time":
            changes = {"by_time": True}
        case "day":
            longer = None if query.date_range is None else days(days_of(query.date_range) + 1)
            changes = {"date_range": longer}
        case "condition":
            parts = () if query.where is None else (query.where,)
            changes = {"where": AllOf((*parts, data.draw(conditions)))}
        case "order":
            by = data.draw(st.sampled_from(MODEL["metrics"]))
            changes = {"order": (*query.order, Ordering(by))}
        case "limit":
            changes = {"limit": data.draw(st.sampled_from([None, (query.limit or 10**6) + 1]))}
        case _:
            finer = list(Granularity)[: list(Granularity).index(query.granularity) + 1]
            changes = {"granularity": data.draw(st.sampled_from(finer))}
    return replace(query, **changes)


@given(query=queries, data=st.data())
@settings(derandomize=True, deadline=None, max_examples=400)
def test_one_thing_more_never_makes_a_question_cheaper(
    demo_model: Model, query: MetricQuery, data: st.DataObject
) -> None:
    more = more_of(query, data)
    for make in (as_list, as_page):
        before = points(demo_model, make(query))
        assert points(demo_model, make(more)) >= before - 1e-9
        assert points(demo_model, make(query), make(more)) >= before


def as_list(query: MetricQuery) -> Request:
    return MetricRequest(query, rows_of(query))


def as_page(query: MetricQuery) -> Request:
    shape = ConnectionShape((NodesMember("nodes", rows_of(query)), TotalCountMember("n")))
    return MetricPageRequest(replace(query, limit=None), PageArguments(first=10), shape)


NAME = RowSelection((FieldMember("name", "name"),))
TWO = RowSelection((FieldMember("name", "name"), FieldMember("id", "id")))
LINKED = RowSelection(
    (FieldMember("name", "name"), LinkMember("country", ("c",))), (Link("Country", None, NAME),)
)


def page(rows: int | None, selection: RowSelection, **query: Any) -> RecordPageRequest:
    shape = ConnectionShape((NodesMember("nodes", selection),))
    return RecordPageRequest(RecordQuery("Order", **query), PageArguments(first=rows), shape)


def entities(count: int, selection: RowSelection) -> EntityRequest:
    keys = tuple((str(number),) for number in range(count))
    return EntityRequest("Customer", keys, None, selection, True)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (page(10, NAME), page(11, NAME)),
        (page(None, NAME), page(101, NAME)),
        (page(10, NAME), page(10, TWO)),
        (page(10, TWO), page(10, LINKED)),
        (page(10, LINKED), page(11, LINKED)),
        (page(10, NAME, date_range=days(9)), page(10, NAME, date_range=days(10))),
        (page(10, NAME, date_range=days(10)), page(10, NAME)),
        (page(10, NAME), page(10, NAME, where=Comparison("name", Operator.EQ, "a"))),
        (entities(1, NAME), entities(2, NAME)),
        (entities(5, NAME), entities(5, TWO)),
        (entities(5, TWO), entities(5, LINKED)),
    ],
)
def test_more_rows_fields_days_and_look_ups_cost_more(
    demo_model: Model, less: Request, more: Request
) -> None:
    assert points(demo_model, less) < points(demo_model, more)
