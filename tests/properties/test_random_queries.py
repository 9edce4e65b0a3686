"""Random questions have the answers that plain Python computes from the raw rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, note, reject, settings
from hypothesis import strategies as st

from analytics_gql.access.caller import Caller
from tests.properties.conftest import World
from tests.properties.odd_rows import TENANTS
from tests.properties.oracle import (
    DIMENSIONS,
    METRICS,
    Facts,
    Question,
    Undecidable,
    answer,
    difference,
)
from tests.properties.questions import (
    DEMO,
    ODD,
    TIMEZONES,
    Request,
    comparisons,
    plain_request,
    questions,
    requests,
)

SETTINGS: dict[str, Any] = {
    "derandomize": True,
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large],
}
TIER_ROWS = {1: 100, 2: 10_000, 3: 1_000_000}


def check(world: World, request: Request, caller: Caller) -> None:
    """Ask, and compare every root field with what plain Python says."""
    assert caller.tenant is not None
    try:
        expected = {
            key: answer(question, world.facts.get(caller.tenant, Facts()))
            for key, question in request.questions.items()
        }
    except Undecidable:
        reject()
    note(f"tenant {caller.tenant!r}, variables {request.variables!r}\n{request.text}")
    response = world.ask(request, caller)
    note(f"response {response!r}")
    assert "data" in response
    errors = {error["path"][0]: error for error in response.pop("errors", [])}
    assert list(response["data"]) == list(request.questions)
    for key, question in request.questions.items():
        rows = len(expected[key].rows)
        if min(rows, question.limit or rows) > TIER_ROWS[caller.tier]:
            assert errors.pop(key)["extensions"]["code"] == "TOO_MANY_ROWS"
            assert response["data"][key] is None
        else:
            wrong = difference(question, expected[key], response["data"][key])
            assert wrong is None, f"{key}: {wrong}"
    assert not errors


@given(
    request=requests(questions(ODD)),
    tenant=st.sampled_from(TENANTS),
    tier=st.sampled_from([3, 1]),
)
@settings(max_examples=250, **SETTINGS)
def test_random_questions_about_awkward_rows_are_answered_as_plain_python_does(
    odd: World, request: Request, tenant: str, tier: int
) -> None:
    check(odd, request, Caller(tenant, tier=tier))


@given(
    request=requests(questions(DEMO)),
    tenant=st.sampled_from(["dune", "cobalt"]),
    tier=st.sampled_from([3, 1]),
)
@settings(max_examples=50, **SETTINGS)
def test_random_questions_about_the_demo_are_answered_as_plain_python_does(
    demo: World, request: Request, tenant: str, tier: int
) -> None:
    check(demo, request, Caller(tenant, tier=tier))


# --- one thing at a time, where a random question seldom hits it ----------------------------------


@given(
    name=st.sampled_from([*DIMENSIONS, *METRICS]),
    data=st.data(),
    tenant=st.sampled_from(TENANTS),
)
@settings(max_examples=100, **SETTINGS)
def test_every_comparison_keeps_the_rows_that_plain_python_keeps(
    odd: World, name: str, data: st.DataObject, tenant: str
) -> None:
    by = name if name in DIMENSIONS else "country"
    question = Question(
        ODD.days[0],
        ODD.days[-1],
        ((by, by), ("sessions" if name in METRICS else "orderCount",) * 2),
        where=data.draw(comparisons(name, ODD)),
    )
    check(odd, plain_request({"kept": question}), Caller(tenant, tier=3))


def days_of_change() -> Iterator[tuple[str, date]]:
    """Zones, and their days that have not 24 hours."""
    for timezone in TIMEZONES:
        zone = ZoneInfo(timezone)
        for day in ODD.days:
            midnights = [datetime.combine(day + timedelta(days=n), time(), zone) for n in (0, 1)]
            if len({midnight.utcoffset() for midnight in midnights}) > 1:
                yield timezone, day


@given(
    change=st.sampled_from(sorted(days_of_change())),
    shift=st.integers(-1, 1),
    length=st.integers(0, 2),
)
@settings(max_examples=80, **SETTINGS)
def test_days_are_whole_where_clocks_change(
    odd: World, change: tuple[str, date], shift: int, length: int
) -> None:
    timezone, day = change
    start = day + timedelta(days=shift)
    question = Question(
        start,
        start + timedelta(days=length),
        (("date", "date"), ("orderCount", "orderCount")),
        timezone=timezone,
    )
    check(odd, plain_request({"days": question}), Caller("acme", tier=3))


@given(timezone=st.sampled_from(["UTC", "CET", "EET", "MET", "WET", "EST", "EST5EDT"]))
@settings(max_examples=10, **SETTINGS)
def test_a_zone_whose_name_is_an_abbreviation_too_has_its_clock_changes(
    odd: World, timezone: str
) -> None:
    question = Question(
        date(2025, 3, 28),
        date(2025, 10, 28),
        (("date", "date"), ("orderCount", "orderCount")),
        timezone=timezone,
    )
    check(odd, plain_request({"days": question}), Caller("acme", tier=3))


DECIMALS = st.one_of(
    st.sampled_from(
        [
            Decimal(text)
            for text in (
                *("99999999999999999999", "-99999999999999999999", "1e-18", "-1e-18", "0.005"),
                *("-0.009", "0.0100000000", "10.500000000000000001", "10.499999999999999999"),
                *("-0.0", "1E+2", "12345678901234567890.123456789012345678", "19999999999.980"),
            )
        ]
    ),
    st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=3),
)


@given(
    operator=st.sampled_from(["eq", "ne", "in", "notIn", "gt", "gte", "lt", "lte", "between"]),
    values=st.lists(DECIMALS, min_size=2, max_size=2),
    negated=st.booleans(),
    tenant=st.sampled_from(TENANTS),
)
@settings(max_examples=80, **SETTINGS)
def test_decimals_of_every_size_are_compared_exactly(
    odd: World, operator: str, values: list[Decimal], negated: bool, tenant: str
) -> None:
    many = operator in ("in", "notIn", "between")
    where: dict[str, Any] = {"revenue": {operator: values if many else values[0]}}
    question = Question(
        ODD.days[0],
        ODD.days[-1],
        (("country", "country"), ("revenue", "revenue")),
        where={"not": where} if negated else where,
    )
    check(odd, plain_request({"orders": question}), Caller(tenant, tier=3))


# --- questions without an answer -----------------------------------------------------------------


@given(question=questions(ODD, only_orders=True), data=st.data())
@settings(max_examples=50, **SETTINGS)
def test_what_traffic_does_not_know_is_refused_and_never_padded(
    odd: World, question: Question, data: st.DataObject
) -> None:
    traffic = data.draw(st.sampled_from(["sessions", "conversionRate", "clickThroughRate"]))
    unknown = data.draw(st.sampled_from(["paymentMethod", "category", "segment"]))
    match data.draw(st.sampled_from(["selected", "ordered by", "filtered by"])):
        case "selected":
            question = replace(question, selection=(*question.selection, ("traffic", traffic)))
        case "ordered by":
            question = replace(question, order_by=((traffic, True),))
        case _:
            where = question.where or {}
            question = replace(question, where={"and": [where, {traffic: {"gt": 0}}]})
    match data.draw(st.sampled_from(["grouped by", "filtered by", "zone"])):
        case "grouped by":
            grouped = (*question.dimensions, unknown)
            question = replace(question, group_by=grouped, timezone=None)
            codes = {"DIMENSION_NOT_IN_SOURCE"}
        case "filtered by":
            where = {"and": [question.where or {}, {unknown: {"isNull": False}}]}
            question = replace(question, where=where, timezone=None)
            codes = {"DIMENSION_NOT_IN_SOURCE"}
        case _:
            question = replace(question, timezone="Asia/Kathmandu")
            codes = {"TIME_NOT_AVAILABLE", "DIMENSION_NOT_IN_SOURCE"}
    request = plain_request({"refused": question})
    note(request.text)
    response = odd.ask(request, Caller("acme", tier=3))
    note(response)
    assert response["data"] == {"refused": None}
    assert {error["extensions"]["code"] for error in response["errors"]} <= codes
