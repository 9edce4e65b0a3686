"""What goes together where facts know days of other calendars, and days instead of hours."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from analytics_gql.access.caller import EVERY_ROLE, Caller
from analytics_gql.errors import RequestError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.plan import combinations
from analytics_gql.plan.combinations import Combinations, combinations_of
from analytics_gql.plan.planner import plan
from analytics_gql.query.metric_query import MetricQuery
from tests.sdl.models import catalog_of

FACTS = """\
type Sales
  @dataset(table: "orders", time: "ordered_at", shared: true, timezone: "Europe/Berlin")
  @source(name: "visits", table: "visits", time: "day", shared: true, timezone: "Europe/Berlin")
  @source(name: "calls", table: "calls", time: "day", shared: true, timezone: "Asia/Tokyo")
{
  at: DateTime @time
  country: String @dimension(sources: [{ name: "visits" }])
  shop: String @dimension
  orderCount: BigInt @metric(sql: "count(*)")
  visitCount: BigInt @metric(sql: "count(visits.*)")
  callCount: BigInt @metric(sql: "count(calls.*)")
  perCall: Float @metric(sql: "visitCount / callCount")
}

type Query { sales: [Sales!] }
"""
FROM_DAY = tuple(item for item in Granularity if item is not Granularity.HOUR)


def bound(catalog: Catalog) -> Catalog:
    """The catalog as it is bound where orders have instants, and the other facts days."""
    (dataset,) = catalog.datasets
    kinds = {"orders": ColumnKind.INSTANT}
    sources = tuple(
        replace(source, time_kind=kinds.get(source.name, ColumnKind.DATE))
        for source in dataset.sources
    )
    return replace(catalog, datasets=(replace(dataset, sources=sources),))


def found() -> dict[str, Combinations]:
    catalog = bound(catalog_of(FACTS))
    return combinations_of(catalog.datasets[0], catalog)


def test_a_fact_of_days_has_no_hours_and_one_calendar() -> None:
    told = found()
    assert told["orderCount"].granularities == tuple(Granularity)
    assert told["orderCount"].timezone is None
    assert told["visitCount"].granularities == told["callCount"].granularities == FROM_DAY
    assert told["visitCount"].timezone == "Europe/Berlin"
    assert told["callCount"].timezone == "Asia/Tokyo"


def test_facts_of_days_of_two_calendars_do_not_go_together() -> None:
    told = found()
    assert told["orderCount"].metrics == ("visitCount", "callCount")
    assert told["visitCount"].metrics == ("orderCount",)
    reasons = {item.name: item.reason for item in told["visitCount"].excluded}
    assert reasons["callCount"] == (
        "the metric 'callCount' comes from 'calls', whose days are days of Asia/Tokyo, not of "
        "Europe/Berlin"
    )


def test_a_metric_over_both_can_be_asked_with_nothing() -> None:
    told = found()["perCall"]
    assert (told.dimensions, told.metrics, told.granularities) == ((), (), ())
    assert told.timezone is None
    assert [item.name for item in told.excluded] == [
        "country",
        "shop",
        "orderCount",
        "visitCount",
        "callCount",
    ]


def test_where_a_dimension_is_missing_the_reason_says_which_are_there() -> None:
    (shop,) = [item for item in found()["visitCount"].excluded if item.name == "shop"]
    assert (
        shop.reason == "the metric 'visitCount' comes from 'visits', which has no dimension 'shop'"
    )
    assert shop.hint == "'visits' can be grouped and filtered by country; or leave the metric out"


def test_without_a_time_nothing_is_grouped_by_it() -> None:
    catalog = catalog_of(
        'type Shops @dataset(table: "shops", shared: true) '
        '{ kind: String @dimension n: BigInt @metric(sql: "count(*)") } '
        "type Query { shops: [Shops!] }"
    )
    (told,) = combinations_of(catalog.datasets[0], catalog).values()
    assert (told.dimensions, told.granularities, told.timezone) == (("kind",), (), None)


def large(times: int) -> Catalog:
    """The same facts with so many metrics of each kind, every other one declared backwards."""
    kinds = [
        ("orders{}", "BigInt", "count(*)"),
        ("visits{}", "BigInt", "count(visits.*)"),
        ("calls{}", "BigInt", "count(calls.*)"),
        ("perCall{}", "Float", "visits{} / calls{}"),
    ]
    lines = [
        f"  {name}: {type} @metric(sql: {sql!r})".replace("{}", str(number)).replace("'", '"')
        for number in range(times)
        for name, type, sql in kinds[:: -1 if number % 2 else 1]
    ]
    head, _, tail = FACTS.partition("  orderCount")
    return bound(catalog_of(head + "\n".join(lines) + tail[tail.index("\n}") :]))


def test_each_reason_is_the_one_that_asking_is_refused_with() -> None:
    catalog = large(3)
    (dataset,) = catalog.datasets
    caller, refused = Caller("any", (EVERY_ROLE,)), 0
    for metric, told in combinations_of(dataset, catalog).items():
        reasons = {item.name: (item.reason, item.hint) for item in told.excluded}
        assert reasons.keys().isdisjoint({*told.dimensions, *told.metrics})
        for name in (*dataset.dimension_named, *dataset.metric_named):
            if name == metric:
                continue
            is_metric = name in dataset.metric_named
            query = MetricQuery(
                dataset.name,
                metrics=(metric, name) if is_metric else (metric,),
                dimensions=() if is_metric else (name,),
                date_range=combinations._ANY_DAY,
            )
            errors = []
            for zone in (None, "Asia/Tokyo"):
                try:
                    plan(replace(query, timezone=zone), catalog, caller)
                except RequestError as error:
                    errors.append((error.message, error.hint))
            assert (reasons.get(name) is None) == (len(errors) < 2)
            if len(errors) == 2:
                assert reasons[name] == errors[0]
                refused += 1
    assert refused > 50


def test_what_is_planned_depends_on_facts_and_not_on_how_many_metrics_read_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    planned: Counter[int] = Counter()
    for times in (2, 40):

        def counted(*asked: Any, times: int = times) -> Any:
            planned[times] += 1
            return plan(*asked)

        monkeypatch.setattr(combinations, "plan", counted)
        catalog = large(times)
        told = combinations_of(catalog.datasets[0], catalog)
        assert len(told) == 4 * times
    assert planned[2] == planned[40] > 0
