"""The filter algebra has two values, on every engine, and values part from shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from analytics_gql.model.granularity import Granularity
from analytics_gql.query.metric_query import DateRange, MetricQuery, Ordering, split
from analytics_gql.query.predicate import (
    AllOf,
    AnyOf,
    Comparison,
    Not,
    Operator,
    Predicate,
    Scalar,
    Slot,
    Value,
)
from tests.properties.conftest import World
from tests.properties.odd_rows import DAYS, TENANTS
from tests.properties.oracle import DIMENSIONS, METRICS, Filter, Question, fields_of
from tests.properties.questions import ODD, filters, plain_request, questions
from tests.properties.test_random_queries import SETTINGS

EVERY_DAY = (DAYS[0] - timedelta(days=2), DAYS[-1] + timedelta(days=2))
COUNTED = Question(*EVERY_DAY, (("n", "orderCount"),))
ON_ORDERS = filters(tuple(DIMENSIONS), ODD)


def ask(world: World, asked: dict[str, Question], tenant: str) -> dict[str, Any]:
    request = plain_request(asked)
    note(request.text)
    response = world.ask(request, Caller(tenant, tier=3))
    note(response)
    assert "errors" not in response
    data: dict[str, Any] = response["data"]
    return data


# --- on the engines ------------------------------------------------------------------------------


@given(where=ON_ORDERS, tenant=st.sampled_from(TENANTS))
@settings(max_examples=120, **SETTINGS)
def test_a_filter_and_its_complement_split_the_rows_in_two(
    odd: World, where: Filter, tenant: str
) -> None:
    data = ask(
        odd,
        {
            "all": COUNTED,
            "those": replace(COUNTED, where=where),
            "others": replace(COUNTED, where={"not": where}),
            "both": replace(COUNTED, where={"and": [where, {"not": where}]}),
            "either": replace(COUNTED, where={"or": [where, {"not": where}]}),
        },
        tenant,
    )
    counts = {key: rows[0]["n"] for key, rows in data.items()}
    assert counts["those"] + counts["others"] == counts["all"]
    assert counts["both"] == 0
    assert counts["either"] == counts["all"]


@given(question=questions(ODD), data=st.data(), tenant=st.sampled_from(TENANTS))
@settings(max_examples=120, **SETTINGS)
def test_a_condition_on_metrics_and_its_complement_split_the_finished_rows_in_two(
    odd: World, question: Question, data: st.DataObject, tenant: str
) -> None:
    question = replace(question, where=None, limit=None)
    metrics = [name for name in METRICS if METRICS[name].sources <= question.sources]
    where = data.draw(filters((*question.dimensions, *metrics), ODD))
    assume(any(name in METRICS for name in fields_of(where)))
    rows = ask(
        odd,
        {
            "all": question,
            "those": replace(question, where={"or": [where]}),  # an `and` would be taken apart
            "others": replace(question, where={"not": where}),
        },
        tenant,
    )
    # Each part keeps the order of the whole.
    assert len(rows["those"]) + len(rows["others"]) == len(rows["all"])
    assert is_subsequence(rows["those"], rows["all"])
    assert is_subsequence(rows["others"], rows["all"])
    assert sorted(map(repr, rows["those"] + rows["others"])) == sorted(map(repr, rows["all"]))


def is_subsequence(part: list[Any], whole: list[Any]) -> bool:
    rest = iter(whole)
    return all(row in rest for row in part)


@given(one=ON_ORDERS, other=ON_ORDERS, tenant=st.sampled_from(TENANTS))
@settings(max_examples=60, **SETTINGS)
def test_neither_nor_is_not_one_or_the_other(
    odd: World, one: Filter, other: Filter, tenant: str
) -> None:
    rows = ask(
        odd,
        {
            "neither": replace(COUNTED, where={"and": [{"not": one}, {"not": other}]}),
            "not_either": replace(COUNTED, where={"not": {"or": [one, other]}}),
            "not_both": replace(COUNTED, where={"not": {"and": [one, other]}}),
            "lacks_one": replace(COUNTED, where={"or": [{"not": one}, {"not": other}]}),
        },
        tenant,
    )
    assert rows["neither"] == rows["not_either"]
    assert rows["not_both"] == rows["lacks_one"]


# --- shapes and values ---------------------------------------------------------------------------

SCALARS: st.SearchStrategy[Scalar] = st.one_of(
    st.text(max_size=5),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.booleans(),
)
DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))
NAMES = st.sampled_from([*DIMENSIONS, *METRICS])


def values_of(operator: Operator) -> st.SearchStrategy[Value | None]:
    """A value that fits an operator."""
    match operator:
        case Operator.IS_NULL | Operator.IS_NOT_NULL:
            return st.none()
        case Operator.BETWEEN:
            return st.tuples(SCALARS, SCALARS)
        case Operator.IN | Operator.NOT_IN:
            # Decimals have no array of one scale: their list becomes a comparison for each.
            lists = st.lists(SCALARS, max_size=4).map(tuple)
            return lists.filter(lambda values: not isinstance(next(iter(values), None), Decimal))
        case _:
            return SCALARS


COMPARISONS = st.builds(Comparison, NAMES, st.sampled_from(Operator)).flatmap(
    lambda empty: values_of(empty.operator).map(lambda value: replace(empty, value=value))
)
PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(AllOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=6,
)
RANGES = st.tuples(DATES, DATES).map(lambda days: DateRange(*sorted(days)))
QUERIES = st.builds(
    MetricQuery,
    st.just("OrderMetrics"),
    metrics=st.lists(st.sampled_from(list(METRICS)), max_size=3).map(tuple),
    dimensions=st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3).map(tuple),
    by_time=st.booleans(),
    granularity=st.sampled_from(Granularity),
    timezone=st.sampled_from([None, "UTC", "Europe/Berlin"]),
    date_range=st.none() | RANGES,
    where=st.none() | PREDICATES,
    order=st.lists(st.builds(Ordering, NAMES, st.booleans()), max_size=2).map(tuple),
    limit=st.none() | st.integers(1, 1000),
)


def with_other_values(predicate: Predicate, data: st.DataObject) -> Predicate:
    """The same conditions against other values."""
    match predicate:
        case Comparison():
            return replace(predicate, value=data.draw(values_of(predicate.operator)))
        case AllOf(parts):
            return AllOf(tuple(with_other_values(part, data) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(with_other_values(part, data) for part in parts))
        case Not(part):
            return Not(with_other_values(part, data))


def filled(predicate: Predicate, values: tuple[Scalar | Value, ...]) -> Predicate:
    """A predicate with its values back in their slots."""
    match predicate:
        case Comparison():
            return replace(predicate, value=with_values(predicate.value, values))
        case AllOf(parts):
            return AllOf(tuple(filled(part, values) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(filled(part, values) for part in parts))
        case Not(part):
            return Not(filled(part, values))


def with_values(slots: Any, values: tuple[Scalar | Value, ...]) -> Any:
    """What stands in a slot, or in a pair of slots."""
    if isinstance(slots, tuple):
        return tuple(with_values(slot, values) for slot in slots)
    return values[slots.index] if isinstance(slots, Slot) else slots


def slots_of(query: MetricQuery) -> Iterator[int]:
    """The slots of a shape, wherever they are; it holds no value besides."""
    held: list[Any] = []
    if query.date_range is not None:
        held += [query.date_range.start, query.date_range.end]
    pending = [query.where] if query.where is not None else []
    while pending:
        match pending.pop():
            case Comparison(value=value):
                held += value if isinstance(value, tuple) else [value]
            case AllOf(parts) | AnyOf(parts):
                pending += parts
            case Not(part):
                pending.append(part)
    for slot in held:
        assert slot is None or isinstance(slot, Slot)
        if slot is not None:
            yield slot.index


@given(query=QUERIES)
@settings(max_examples=200, **SETTINGS)
def test_a_query_is_its_shape_and_its_values(query: MetricQuery) -> None:
    shape, values = split(query)
    assert sorted(slots_of(shape)) == list(range(len(values)))
    whole = replace(
        shape,
        limit=query.limit,
        where=None if shape.where is None else filled(shape.where, values),
    )
    if shape.date_range is not None:
        days = with_values((shape.date_range.start, shape.date_range.end), values)
        whole = replace(whole, date_range=DateRange(*days))
    # By type as well: True is no 1, and 1.0 is no Decimal.
    assert repr(whole) == repr(query)


@given(query=QUERIES, data=st.data())
@settings(max_examples=200, **SETTINGS)
def test_queries_that_differ_in_values_alone_have_one_shape(
    query: MetricQuery, data: st.DataObject
) -> None:
    other = replace(
        query,
        limit=data.draw(st.none() | st.integers(1, 1000)),
        where=None if query.where is None else with_other_values(query.where, data),
        date_range=None if query.date_range is None else data.draw(RANGES),
    )
    assert split(query)[0] == split(other)[0]
    assert hash(split(query)[0]) == hash(split(other)[0])


@given(query=QUERIES, other=QUERIES)
@settings(max_examples=200, **SETTINGS)
def test_queries_of_one_shape_differ_in_values_alone(
    query: MetricQuery, other: MetricQuery
) -> None:
    skeletons = [repr(split(each)[0]) for each in (query, other)]
    assert (split(query)[0] == split(other)[0]) == (skeletons[0] == skeletons[1])
