"""What goes together where facts know days of other calendars, and days instead of hours."""

from __future__ import annotations

from dataclasses import replace

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.plan.combinations import Combinations, combinations_of
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
