"""Records as text and as JSON, with their request, without secrets."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from analytics_gql.access.keys import new_key
from analytics_gql.observe.log import JsonFormatter, TextFormatter, configure_logging, fields
from analytics_gql.observe.request_id import RequestIdFilter, begin_request
from tests.doors.in_process import logging_as_it_was


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    made = logging.getLogger("analytics_gql.some").makeRecord(
        "analytics_gql.some", logging.WARNING, __file__, 1, message, values, None,
        extra=fields(**extra) if extra else None,
    )  # fmt: skip
    begin_request("request-of-a-test")
    RequestIdFilter().filter(made)
    return made


def test_json_has_a_record_in_one_object_on_one_line() -> None:
    line = JsonFormatter().format(record("%d rows\nof %s", 3, "it", ms=1.5, sql="SELECT\n1"))
    assert "\n" not in line
    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "warning",
        "logger": "analytics_gql.some",
        "requestId": "request-of-a-test",
        "message": "3 rows\nof it",
        "ms": 1.5,
        "sql": "SELECT\n1",
    }


def test_json_has_the_stack_of_an_error() -> None:
    made = record("it broke")
    try:
        raise ValueError("at postgresql://ada:secret@db/shop")
    except ValueError:
        made.exc_info = sys.exc_info()
    told = json.loads(JsonFormatter().format(made))
    assert "ValueError: at postgresql://***@db/shop" in told["stack"]
    assert "secret" not in TextFormatter().format(made)


def test_text_has_the_fields_behind_the_message() -> None:
    line = TextFormatter().format(record("slow", ms=2, rows=3))
    assert line.endswith("WARNING analytics_gql.some [request-of-a-test] slow ms=2 rows=3")


def test_neither_has_a_key() -> None:
    key = new_key()
    made = record("a key: %s", key, sent=f"x {key}")
    for line in (TextFormatter().format(made), JsonFormatter().format(made)):
        assert key not in line
        assert line.count("agql_***") == 2


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_logged_goes_to_standard_error(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    others = {name: logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "asyncio")}
    before = {
        name: (found.handlers[:], found.propagate, found.level) for name, found in others.items()
    }
    others["uvicorn.error"].setLevel(logging.NOTSET)  # a server of another test may have been quiet
    try:
        with logging_as_it_was():
            configure_logging("info", "json" if form == "json" else "text")
            logging.getLogger("analytics_gql.some").info("one")
            logging.getLogger("analytics_gql.some").debug("two")
            logging.getLogger("uvicorn.error").warning("three")
    finally:
        for name, found in others.items():
            found.handlers[:], found.propagate, level = before[name]
            found.setLevel(level)
    written = capsys.readouterr().err.splitlines()
    if form == "json":
        assert [json.loads(line)["message"] for line in written] == ["one", "three"]
    else:
        assert "two" not in "".join(written)
        assert written[0].endswith("one")
