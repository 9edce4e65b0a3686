"""The tree of errors: drawn as it is, each leaf with a code of its own that doors know."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from analytics_gql import errors
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import (
    AnalyticsError,
    DashboardsError,
    Fault,
    FaultsError,
    LimitError,
    ModelError,
    PersistedDocumentsError,
    SettingsError,
    TenantProofError,
    suggest,
)

STOPS_THE_START = {SettingsError, ModelError, PersistedDocumentsError, DashboardsError}
"""Met by operators alone, before there is a door."""


def is_ours(error: type[AnalyticsError]) -> bool:
    """Whether it is no test's own."""
    return error.__module__.startswith(f"{errors.__name__}.")


def descendants(root: type[AnalyticsError]) -> Iterator[type[AnalyticsError]]:
    for child in root.__subclasses__():
        if is_ours(child):
            yield child
            yield from descendants(child)


def is_leaf(error: type[AnalyticsError]) -> bool:
    return not any(is_ours(child) for child in error.__subclasses__())


ALL = [*descendants(AnalyticsError)]
LEAVES = [error for error in ALL if is_leaf(error)]


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn: dict[str, tuple[str, str]] = {}
    parents = ["AnalyticsError"]
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│ ]*)[├└]── (\w+) +(\S.*)$", line)
        if found is None:
            continue
        depth = len(found[1]) // 4
        del parents[depth + 1 :]
        drawn[found[2]] = (parents[depth], found[3])
        parents.append(found[2])
    assert sorted(drawn) == sorted(error.__name__ for error in ALL)
    assert {"AnalyticsError", "Fault", "suggest", *drawn} == set(errors.__all__)
    for error in ALL:
        parent, said = drawn[error.__name__]
        assert error.__mro__[1].__name__ == parent
        if is_leaf(error) and error not in STOPS_THE_START:
            assert re.split(r"[ ;]", said)[0] == error.code, error


def test_every_leaf_has_a_code_of_its_own() -> None:
    codes = [error.code for error in LEAVES if error is not TenantProofError]
    assert len(set(codes)) == len(codes)
    for code in codes:
        assert re.fullmatch(r"[A-Z]+(_[A-Z]+)*", code)
        assert code != AnalyticsError.code
    # A statement that would cross tenants is a defect of ours: nothing else is told of it.
    assert TenantProofError.code == AnalyticsError.code == "INTERNAL"
    for error in ALL:
        if not is_leaf(error):
            assert error.code == AnalyticsError.code, "families are never raised themselves"


def test_every_code_that_clients_meet_has_a_status_and_no_other() -> None:
    codes = {error.code for error in LEAVES if error not in STOPS_THE_START}
    assert codes | {AnalyticsError.code} == set(HTTP_STATUS)


def test_codes_do_not_change() -> None:
    """They are public: clients compare with them. New ones are added here."""
    known = {
        "BAD_REQUEST",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "OPERATION_NOT_DETERMINED",
        "PERSISTED_QUERY_NOT_FOUND",
        "PERSISTED_QUERY_MISMATCH",
        "DOCUMENT_NOT_REGISTERED",
        "EVENT_STREAM_NOT_FOUND",
        "EVENT_STREAM_CONFLICT",
        "EVENT_STREAM_UNAVAILABLE",
        "BAD_USER_INPUT",
        "UNKNOWN_NAME",
        "INVALID_DATE_RANGE",
        "UNKNOWN_TIME_ZONE",
        "TIME_NOT_AVAILABLE",
        "DIMENSION_NOT_GROUPED",
        "DIMENSION_NOT_IN_SOURCE",
        "INVALID_FILTER",
        "INVALID_ORDER",
        "INVALID_LIMIT",
        "UNAUTHENTICATED",
        "CREDENTIAL_EXPIRED",
        "CREDENTIALS_CONFLICT",
        "TOKEN_KEYS_UNAVAILABLE",
        "TOO_MANY_FAILED_ATTEMPTS",
        "TENANT_REQUIRED",
        "TENANT_INVALID",
        "REQUEST_TOO_LARGE",
        "DOCUMENT_TOO_LARGE",
        "TOO_MANY_ROWS",
        "NOT_EXPORTABLE",
        "READER_STALLED",
        "TOO_MANY_WAITING",
        "QUEUE_TIMEOUT",
        "WAREHOUSE_SUSPENDED",
        "WAREHOUSE_UNAVAILABLE",
        "STATEMENT_TIMEOUT",
        "VALUE_OUT_OF_RANGE",
        "WAREHOUSE_ERROR",
        "STORE_UNAVAILABLE",
        "INTERNAL",
    }
    assert known <= set(HTTP_STATUS)


@pytest.mark.parametrize("error", LEAVES)
def test_every_leaf_carries_message_and_hint(error: type[AnalyticsError]) -> None:
    if issubclass(error, FaultsError):
        return
    raised = error("what happened", hint="what to do")
    assert (raised.message, raised.hint, str(raised)) == (
        "what happened",
        "what to do",
        "what happened",
    )
    assert error("what happened").hint is None
    assert error.__doc__
    if issubclass(error, LimitError):
        assert error("what happened", retry_after_ms=5).retry_after_ms == 5


def test_a_model_s_faults_come_sorted_and_once() -> None:
    late = Fault("b.graphql", 7, "is wrong", "mend it")
    early = Fault("a.graphql", 20, "is wrong", "mend it")
    whole = Fault("a.graphql", 0, "is not UTF-8", "save it as UTF-8")
    raised = ModelError((late, early, whole, early))
    assert raised.faults == (whole, early, late)
    assert str(raised) == (
        "a.graphql: is not UTF-8 – save it as UTF-8\n"
        "a.graphql:20: is wrong – mend it\n"
        "b.graphql:7: is wrong – mend it"
    )


def test_a_near_miss_is_suggested() -> None:
    known = ["revenue", "reverse", "cost"]
    assert suggest("revenu", known) == "did you mean 'revenue' or 'reverse'?"
    assert suggest("xyz", known, "it has others") == "it has others"
    assert suggest("xyz", known) == ""
    assert suggest("", ()) == ""
