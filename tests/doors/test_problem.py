"""The table of statuses; that it has every error is tested in tests/test_errors.py."""

from __future__ import annotations

from http import HTTPStatus

from analytics_gql.doors.problem import HTTP_STATUS


def test_statuses_are_those_of_errors() -> None:
    for code, status in HTTP_STATUS.items():
        assert 400 <= HTTPStatus(status) < 600, code


def test_what_the_caller_mends_is_never_our_fault() -> None:
    ours = {code for code, status in HTTP_STATUS.items() if status >= 500}
    assert ours == {
        "INTERNAL",
        "EVENT_STREAM_UNAVAILABLE",
        "TOKEN_KEYS_UNAVAILABLE",
        "WAREHOUSE_UNAVAILABLE",
        "WAREHOUSE_REPLACED",
        "STATEMENT_TIMEOUT",
        "VALUE_OUT_OF_RANGE",
        "WAREHOUSE_ERROR",
        "STORE_UNAVAILABLE",
        "QUEUE_TIMEOUT",
        "WAREHOUSE_SUSPENDED",
    }
