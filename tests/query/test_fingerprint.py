from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from analytics_gql.query.fingerprint import fingerprint
from analytics_gql.query.metric_query import DateRange
from analytics_gql.query.predicate import AllOf, AnyOf, Comparison, Not, Operator
from analytics_gql.query.record_query import RecordQuery

A = Comparison("a", Operator.EQ, "x")
B = Comparison("b", Operator.IN, ("y", "z"))
QUERY = RecordQuery("Order", DateRange(date(2026, 4, 1), date(2026, 4, 2)), AllOf((A, B)))


def test_it_is_the_same_in_every_process_and_release() -> None:
    assert fingerprint(QUERY) == "f0283c366336ebe1"


def test_the_order_of_conditions_and_of_listed_values_does_not_matter() -> None:
    turned = Comparison("b", Operator.IN, ("z", "y", "z"))
    assert fingerprint(replace(QUERY, where=AllOf((turned, A, A)))) == fingerprint(QUERY)
    assert fingerprint(AnyOf((A, B))) == fingerprint(AnyOf((B, A)))


def test_equal_decimals_are_equal() -> None:
    one, same = (Comparison("a", Operator.EQ, Decimal(text)) for text in ("1.50", "1.5"))
    assert fingerprint(one) == fingerprint(same)


def test_what_means_something_else_has_another_fingerprint() -> None:
    others = [
        replace(QUERY, records="Customer"),
        replace(QUERY, date_range=None),
        replace(QUERY, where=AnyOf((A, B))),
        replace(QUERY, where=Not(AllOf((A, B)))),
        replace(QUERY, where=A),
        replace(QUERY, where=AllOf((A, Comparison("b", Operator.NOT_IN, ("y", "z"))))),
        replace(QUERY, where=AllOf((Comparison("a", Operator.EQ, "X"), B))),
        replace(QUERY, where=AllOf((Comparison("a", Operator.BETWEEN, ("y", "x")), B))),
        replace(QUERY, where=AllOf((Comparison("a", Operator.BETWEEN, ("x", "y")), B))),
    ]
    assert len({fingerprint(query) for query in [QUERY, *others]}) == len(others) + 1


def test_a_number_and_its_text_differ() -> None:
    assert fingerprint(Comparison("a", Operator.EQ, 1)) != fingerprint(
        Comparison("a", Operator.EQ, "1")
    )
