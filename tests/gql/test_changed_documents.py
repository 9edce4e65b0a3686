"""Documents under a changed schema: which fail, which change their meaning, and why."""

from __future__ import annotations

from datetime import date

import pytest

from analytics_gql.gql.changed_documents import Fate, changed_documents
from analytics_gql.sdl.diff import schema_changes, version_of
from tests.sdl.models import schema_file
from tests.sdl.test_diff import MODEL, OLD, changed

TODAY = date(2027, 1, 31)
RANGE = 'dateRange: { start: "2026-01-01", end: "2026-12-31" }'


def fates(text: str, *replaced: tuple[str, str]) -> list[tuple[Fate, tuple[str, ...]]]:
    new = changed(*replaced)
    changes = schema_changes(OLD, new, TODAY)
    return [
        (document.fate, document.reasons)
        for document in changed_documents([("d", text)], OLD, new, changes)
    ]


NET = ("sum(net)", "sum(net - tax)")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("sales(RANGE) { revenue }", "Sales.revenue"),
        ("sales(RANGE) { rate city }", "Sales.rate"),
        ("sales(RANGE, orderBy: [{ by: SHARE }]) { visits }", "Sales.share"),
        ("sales(RANGE, where: { or: [{ revenue: { gt: 1 } }] }) { visits }", "Sales.revenue"),
        ("sales(RANGE) { ...F } } fragment F on Sales { rate revenue", "Sales.revenue, Sales.rate"),
    ],
)
def test_a_document_that_uses_what_changed_changes_its_meaning(asked: str, named: str) -> None:
    text = f"{{ {asked.replace('RANGE', RANGE)} }}"
    assert fates(text, NET) == [(Fate.CHANGES_MEANING, (f"{named} (Sales.revenue: formula)",))]


@pytest.mark.parametrize(
    "asked",
    ["sales(RANGE) { cost visits }", "orders { nodes { net } }", "__typename"],
)
def test_a_document_that_does_not_use_it_is_not_named(asked: str) -> None:
    assert fates(f"{{ {asked.replace('RANGE', RANGE)} }}", NET) == []


def test_a_dimension_is_used_by_grouping_and_by_a_look_up() -> None:
    country = ('[{ name: "traffic" }]', '[{ name: "traffic", sql: "land" }]')
    reason = "(Sales.country: formula in traffic)"
    grouped = f"{{ sales({RANGE}, groupBy: [COUNTRY]) {{ visits }} }}"
    assert fates(grouped, country) == [(Fate.CHANGES_MEANING, (f"Sales.country {reason}",))]
    linked = f"{{ sales({RANGE}) {{ country countryInfo {{ name }} }} }}"
    assert fates(linked, country) == [
        (Fate.CHANGES_MEANING, (f"Sales.country, Sales.countryInfo {reason}",))
    ]


def test_rows_that_are_only_counted_are_used() -> None:
    where = ('"net > 0"', '"net > 1"')
    assert fates("{ orders { totalCount } }", where) == [
        (Fate.CHANGES_MEANING, ("Order (Order, @records: where)",))
    ]


def test_the_time_of_records_is_used_by_a_range() -> None:
    time = ('time: "ordered_at", where', 'time: "paid_at", where')
    assert fates("{ orders { nodes { net } } }", time) == []
    assert fates(f"{{ orders({RANGE}) {{ nodes {{ net }} }} }}", time) == [
        (Fate.CHANGES_MEANING, ("Query.orders(dateRange:) (Order, @records: time)",))
    ]


def test_an_entity_is_used_through_a_look_up() -> None:
    table = ('table: "gold.countries"', 'table: "gold.lands"')
    assert fates("{ orders { nodes { country { name } } } }", table) == [
        (Fate.CHANGES_MEANING, ("Country.name (Country, @entity: table)",))
    ]


def test_a_default_is_used_by_those_who_leave_it_out() -> None:
    granularity = ("  sales: [", "  sales(granularity: Granularity! = MONTH): [")
    assert fates(f"{{ sales({RANGE}) {{ date visits }} }}", granularity) == [
        (
            Fate.CHANGES_MEANING,
            (
                "Query.sales(granularity:) is left out (Query.sales(granularity:) has changed "
                "defaultValue from DAY to MONTH)",
            ),
        )
    ]
    assert fates(f"{{ sales({RANGE}, granularity: DAY) {{ date visits }} }}", granularity) == []
    assert fates("{ orders { totalCount } }", granularity) == []


def test_a_default_of_an_input_is_used_by_those_who_give_its_other_fields() -> None:
    inputs = """
input SalesOrder {
  by: SalesOrderField!
  direction: SortDirection! = DEFAULT
}
"""
    old = version_of((schema_file(MODEL + inputs.replace("DEFAULT", "ASC")),))
    new = version_of((schema_file(MODEL + inputs.replace("DEFAULT", "DESC")),))
    changes = schema_changes(old, new, TODAY)
    documents = [
        (direction, f"{{ sales({RANGE}, orderBy: [{{ by: RATE{direction} }}]) {{ rate }} }}")
        for direction in ("", ", direction: ASC")
    ] + [("none", f"{{ sales({RANGE}) {{ rate }} }}")]
    found = changed_documents(documents, old, new, changes)
    assert [document.name for document in found] == [""]


def test_a_document_that_no_longer_fits_fails() -> None:
    text = f"{{ sales({RANGE}) {{ city }} }}"
    assert fates(text, ("  city:", "  town:")) == [
        (Fate.FAILS, ("Cannot query field 'city' on type 'Sales'.",))
    ]


def test_a_document_with_a_grouping_that_is_lost_fails() -> None:
    lost = (
        'country: String @dimension(sources: [{ name: "traffic" }])',
        "country: String @dimension",
    )
    reasons = ("Sales.visits can no longer be grouped or filtered by country",)
    assert fates(f"{{ sales({RANGE}) {{ country visits }} }}", lost) == [(Fate.FAILS, reasons)]
    apart = f"{{ sales({RANGE}) {{ country revenue }} t: sales({RANGE}) {{ visits }} }}"
    assert fates(apart, lost) == []


def test_a_document_that_fitted_neither_is_told_apart() -> None:
    assert fates("{ nothing }", NET) == [
        (Fate.FAILED_BEFORE, ("Cannot query field 'nothing' on type 'Query'.",))
    ]
    ((fate, reasons),) = fates("{ sales(", NET)
    assert fate is Fate.FAILED_BEFORE
    assert reasons[0].startswith("Syntax Error")


def test_a_document_for_the_new_schema_is_in_order() -> None:
    assert fates(f"{{ sales({RANGE}) {{ town }} }}", ("  city:", "  town:")) == []
