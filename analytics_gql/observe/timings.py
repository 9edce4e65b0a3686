"""Where the time of a request went, by name: what its answer says as `Server-Timing`.

Where requests are traced, each part is a span as well.

Only what a request itself waits for is counted. Work that is shared between requests, or goes on
without any, runs outside of all collectors (`untimed`): whoever waits for it counts the waiting.
What runs at the same time adds up, so the parts may be more than the whole.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from contextvars import Context, ContextVar, copy_context
from enum import StrEnum
from time import perf_counter
from types import TracebackType

from analytics_gql.observe.spans import Spans, current_spans


class Part(StrEnum):
    """What the time of a request is spent with, in the order in which an answer names them."""

    PARSE = "parse"
    """Reading the request, parsing and validating its document."""
    PLAN = "plan"
    """From the selection to the price and the statement."""
    CACHE = "cache"
    """Looking up results and the versions of data."""
    WAREHOUSE = "warehouse"
    """Waiting for rows."""
    ENCODE = "encode"
    """Writing JSON, compressing it."""


class Timings:
    """Collects the durations of one request until it ends."""

    __slots__ = ("_is_ended", "_is_told", "_spent_s", "spans")

    def __init__(self, *, is_told: bool = True, spans: Spans | None = None) -> None:
        self._spent_s: dict[Part, float] = {}
        self._is_ended = False
        self._is_told = is_told
        self.spans = spans

    def add(self, part: Part, duration_s: float) -> None:
        """Count a duration. Nothing is counted once the request has ended."""
        if not self._is_ended:
            self._spent_s[part] = self._spent_s.get(part, 0.0) + duration_s

    def end(self) -> dict[str, str]:
        """The header with what was spent, in milliseconds (W3C Server Timing); none of nothing."""
        self._is_ended = True
        if not self._is_told:
            return {}
        metrics = [
            f"{part};dur={self._spent_s[part] * 1_000:.2f}"
            for part in Part
            if part in self._spent_s
        ]
        return {"server-timing": ", ".join(metrics)} if metrics else {}


class _Span:
    """Counts the time between entering and leaving it, waiting included."""

    __slots__ = ("_began", "_part", "_timings", "_traced")

    def __init__(self, timings: Timings, part: Part) -> None:
        self._timings = timings
        self._part = part
        self._traced: AbstractContextManager[None] | None = None

    def __enter__(self) -> None:
        if self._timings.spans is not None:
            self._traced = self._timings.spans.part(self._part)
            self._traced.__enter__()
        self._began = perf_counter()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timings.add(self._part, perf_counter() - self._began)
        if self._traced is not None:
            self._traced.__exit__(kind, error, traceback)


_current: ContextVar[Timings | None] = ContextVar("timings", default=None)
_untimed: AbstractContextManager[None] = nullcontext()


def begin_timings(*, is_wanted: bool) -> Timings:
    """The collector of the request that begins; `timed` writes into it where it is wanted."""
    spans = current_spans()
    timings = Timings(is_told=is_wanted, spans=spans)
    _current.set(timings if is_wanted or spans is not None else None)
    return timings


def timed(part: Part) -> AbstractContextManager[None]:
    """Counts what runs inside of it for the present request. Spans are not to be nested."""
    timings = _current.get()
    return _untimed if timings is None else _Span(timings, part)


def untimed() -> Context | None:
    """The context for a task that belongs to no request; None where nothing is collected."""
    if _current.get() is None:
        return None
    context = copy_context()
    context.run(_current.set, None)
    return context
