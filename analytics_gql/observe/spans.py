"""Spans of a request for a tracing system, where one is configured; else none, at no cost."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Protocol

from analytics_gql.observe.asked import Asked

RawHeaders = Iterable[tuple[bytes, bytes]]


class OpenSpan(Protocol):
    """A span that has begun."""

    def end(self, *, rows: int, code: str) -> None:
        """It is over, and what came of it."""


class Spans(Protocol):
    """Makes the spans of requests and of what is done for them."""

    def request(self, asked: Asked, headers: RawHeaders) -> AbstractContextManager[None]:
        """The span of a request, below that of the one who sent it (W3C Trace Context).

        What has been noted of the request is read on leaving.
        """

    def remembered(self, asked: Asked, headers: RawHeaders, seconds: float) -> None:
        """The span of a request that was answered just now and took so long."""

    def part(self, name: str) -> AbstractContextManager[None]:
        """The span of a part of the current request."""

    def statement(self, sql: str, plan_hash: str) -> OpenSpan:
        """The span of a statement that begins."""

    def close(self) -> None:
        """Send what has not been sent."""


_spans: ContextVar[Spans | None] = ContextVar("spans", default=None)


def use_spans(spans: Spans | None) -> None:
    """What is done in this context has spans of these from now on."""
    _spans.set(spans)


def current_spans() -> Spans | None:
    """What makes spans here; None where nothing is traced."""
    return _spans.get()
