"""The log: a line a record, as text for people or as JSON for programs, without secrets."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any, Literal

from analytics_gql.observe.lines import json_line
from analytics_gql.observe.redaction import without_secrets
from analytics_gql.observe.request_id import RequestIdFilter

LogFormat = Literal["text", "json"]


def fields(**members: Any) -> dict[str, Any]:
    """The `extra` of a record: what JSON has as members of their own, and text after the message.

    Never what a client or a warehouse calls a value: names, hashes, counts and durations.
    """
    return {"fields": members}


def iso(timestamp: float) -> str:
    """An instant in UTC, to the millisecond."""
    written = datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


class TextFormatter(logging.Formatter):
    """`time LEVEL logger [request id] message name=value`, then a stack, if there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 – logging calls it so
        """The line without a stack."""
        line = super().formatMessage(record)
        members: dict[str, Any] = getattr(record, "fields", {})
        return " ".join([line, *(f"{name}={value}" for name, value in members.items())])

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written."""
        return without_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a record; what a record's `fields` has stands beside its message."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as it is written, without a line break."""
        members: dict[str, Any] = {
            "time": iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "requestId": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            members["stack"] = self.formatException(record.exc_info)
        shown = {
            name: without_secrets(value) if isinstance(value, str) else value
            for name, value in members.items()
        }
        return json_line(shown).decode().rstrip("\n")


def configure_logging(level: str, form: LogFormat = "text") -> None:
    """Log to standard error, one record after the other, each with its request's identifier."""
    handler = logging.StreamHandler()
    handler.addFilter(RequestIdFilter())
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    own = logging.getLogger("analytics_gql")
    own.handlers[:] = [handler]
    own.setLevel(level.upper())
    own.propagate = False
    if form == "json":  # a program that reads the log reads every line of it
        for name in ("uvicorn", "asyncio"):
            other = logging.getLogger(name)
            other.handlers[:] = [handler]
            other.propagate = False
