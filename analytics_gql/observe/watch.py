"""Watches requests from their first byte to their last, and tells those who want to know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Protocol

from analytics_gql.observe.asked import OK, Asked, begin_asked
from analytics_gql.observe.request_counts import Durations, FieldUses, RequestCounts
from analytics_gql.observe.spans import Spans, use_spans

SOCKET = "socket"
"""The door of what comes over sockets: each operation there is a request."""

_SWITCHING_PROTOCOLS = 101

CLIENT_LEFT = 499
"""The status of a request whose client was gone before there was one; nginx's number for it."""

# As ASGI has them, without the names that Starlette has for it.
_Scope = MutableMapping[str, Any]
_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[_Scope, _Receive, _Send], Awaitable[None]]


class RequestLog(Protocol):
    """Writes lines about requests."""

    def fixed(self, asked: Asked) -> tuple[bytes, ...]:
        """What is the same in the lines of requests that are the same."""

    def write(
        self, fixed: tuple[bytes, ...], request_id: bytes, status: int, seconds: float
    ) -> None:
        """Write the lines of one request."""


@dataclass(slots=True, eq=False)
class Known:
    """What is known of a request that is answered again as it was, and is not worked out again."""

    asked: Asked
    durations: Durations | None = None
    fixed: dict[str, tuple[tuple[bytes, ...], ...]] = field(default_factory=dict)


class RequestWatch:
    """Counts requests, writes their lines, makes their spans: what of that there is."""

    def __init__(
        self,
        counts: RequestCounts | None = None,
        uses: FieldUses | None = None,
        logs: Sequence[RequestLog] = (),
        spans: Spans | None = None,
    ) -> None:
        self._counts = counts
        self._uses = uses
        self._logs = tuple(logs)
        self._spans = spans

    async def answering(self, app: _App, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Let the application answer, and tell of it when it has, or has failed."""
        asked = begin_asked(scope["method"], scope["path"])

        async def sending(message: _Message) -> None:
            if message["type"] == "http.response.start":
                asked.status = message["status"]
                for name, value in message.get("headers", ()):
                    if name == b"x-request-id":
                        asked.request_id = value.decode("latin-1")
            await send(message)

        with self._told(asked, scope):
            try:
                await app(scope, receive, sending)
            finally:
                asked.status = asked.status or CLIENT_LEFT

    @contextmanager
    def over_socket(self, scope: _Scope) -> Iterator[Asked]:
        """The notes on what came over a socket; it is told of on leaving, which may be late."""
        asked = begin_asked("GET", scope["path"])  # the handshake's
        asked.door, asked.status = SOCKET, _SWITCHING_PROTOCOLS
        with self._told(asked, scope):
            yield asked

    @contextmanager
    def _told(self, asked: Asked, scope: _Scope) -> Iterator[None]:
        """Tell of a request when the block ends, however it does."""
        began = perf_counter()
        use_spans(self._spans)
        span = (
            nullcontext() if self._spans is None else self._spans.request(asked, scope["headers"])
        )
        try:
            with span:
                yield
        finally:
            seconds = perf_counter() - began
            self._count(asked, seconds)
            self._write(asked, seconds)

    def remembered(self, known: Known, scope: _Scope, start: _Message, began: float) -> None:
        """Tell of a request that was answered ahead of the application. It has to cost little.

        Its identifier is the last header of the answer.
        """
        seconds = perf_counter() - began
        asked, method = known.asked, scope["method"]
        (operation,) = asked.operations
        if self._counts is not None:
            durations = known.durations
            if durations is None:
                labels = (asked.door, operation.name, operation.document, OK)
                durations = known.durations = self._counts.series(*labels)
            durations.observe(seconds)
        if self._uses is not None:
            self._uses.count(operation.used)
        if self._logs:
            fixed = known.fixed.get(method)
            if fixed is None:
                one = replace(asked, method=method, code=OK, status=200)
                fixed = known.fixed[method] = tuple(log.fixed(one) for log in self._logs)
            request_id, status = start["headers"][-1][1], start["status"]
            for log, parts in zip(self._logs, fixed, strict=True):
                log.write(parts, request_id, status, seconds)
        if self._spans is not None:
            request_id = start["headers"][-1][1].decode("latin-1")
            one = replace(asked, method=method, request_id=request_id, status=start["status"])
            self._spans.remembered(one, scope["headers"], seconds)

    def _count(self, asked: Asked, seconds: float) -> None:
        counts = self._counts
        if counts is None:
            return
        if not asked.operations:
            counts.series(asked.door, None, "", asked.code).observe(seconds)
        for operation in asked.operations:
            counts.series(asked.door, operation.name, operation.document, operation.code).observe(
                seconds
            )

    def _write(self, asked: Asked, seconds: float) -> None:
        request_id = asked.request_id.encode("latin-1")
        for log in self._logs:
            log.write(log.fixed(asked), request_id, asked.status, seconds)
