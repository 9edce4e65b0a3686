"""GraphQL over server-sent events: `Accept: text/event-stream`, by GET or POST.

The protocol is graphql-sse, "distinct connections mode": a request has one operation, whose answers
come as `next` events on its own connection, and `complete` ends them. What is wrong with the
document comes as a `next` as well, since a browser's EventSource shows nothing of a 400; who may
not ask at all is refused by status.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import ExitStack, aclosing
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from analytics_gql.doors.documents import Question
from analytics_gql.doors.export_response import left
from analytics_gql.doors.exports import refuse_with
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.media_types import EVENT_STREAM
from analytics_gql.doors.standing import Standing
from analytics_gql.errors import AnalyticsError, LimitError
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.guards.toll import Toll
from analytics_gql.observe.asked import note_code

SIGN_OF_LIFE_EVERY_S = 12.0
"""A proxy closes what is silent for long: the graphql-sse server's own interval."""

_COMPLETE = b"event: complete\ndata:\n\n"
SIGN_OF_LIFE = b":\n\n"

Work = Coroutine[Any, Any, object]
"""What a stream of events is there for."""


class Events(Response):
    """A stream of events: begins, shows signs of life, and ends with what it is there for."""

    def __init__(
        self, desk: LiveDesk, headers: Mapping[str, str], *, stall_timeout_s: float
    ) -> None:
        super().__init__(
            headers={
                **headers,
                "content-type": f"{EVENT_STREAM}; charset=utf-8",
                # nginx would keep events back until its buffer is full.
                "x-accel-buffering": "no",
            }
        )
        del self.headers["content-length"]
        self._desk = desk
        self._stall_timeout_s = stall_timeout_s
        self._sending = asyncio.Lock()

    async def stream(self, receive: Receive, send: Send, *works: Callable[[], Work]) -> None:
        """Send what the works send, until one of them ends; without any, the head alone.

        The client's leaving and the server's stopping end it as well. Whatever does ends what it
        waits for.
        """
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        tasks = []
        if works:
            tasks = [
                *(asyncio.create_task(work()) for work in works),
                asyncio.create_task(self._send_signs_of_life(send)),
                asyncio.create_task(self._desk.stopping.wait()),
                asyncio.create_task(left(receive)),
            ]
        try:
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            # Until the warehouse has let go of the statement.
            await asyncio.gather(*tasks, return_exceptions=True)
        # A reader that took nothing for too long has a buffer that is full: this would wait, too.
        if not any(isinstance(_error_of(task), TimeoutError) for task in tasks):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_signs_of_life(self, send: Send) -> None:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_EVERY_S)
            await self.send_event(SIGN_OF_LIFE, send)

    async def send_event(self, content: bytes, send: Send) -> None:
        """Send a whole event. Raises TimeoutError when the reader takes nothing."""
        async with self._sending, asyncio.timeout(self._stall_timeout_s):
            await send({"type": "http.response.body", "body": content, "more_body": True})


class EventStream(Events):
    """Sends the answers to an operation until it is complete, or nobody reads."""

    def __init__(
        self,
        desk: LiveDesk,
        question: Question,
        toll: Toll,
        standing: Standing,
        headers: Mapping[str, str],
        *,
        stall_timeout_s: float,
        is_head: bool = False,
    ) -> None:
        """`headers` go with a refusal, too."""
        super().__init__(desk, headers, stall_timeout_s=stall_timeout_s)
        self._question = question
        self._toll = toll
        self._standing = standing
        self._is_head = is_head
        self._refuse = refuse_with(dict(headers))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events, if the client may have one stream more."""
        client = self._standing.client
        with ExitStack() as held:
            try:
                held.enter_context(self._desk.connected(client))
                held.enter_context(self._desk.operating(client))
            except LimitError as error:
                await self._refuse(error)(scope, receive, send)
                return
            works = () if self._is_head else (lambda: self._send_events(send),)
            await self.stream(receive, send, *works)

    async def _send_events(self, send: Send) -> None:
        async with aclosing(self._events()) as events:
            async for event in events:
                await self.send_event(event, send)

    async def _events(self) -> AsyncGenerator[bytes, None]:
        try:
            async with aclosing(self._desk.states(self._question, self._toll)) as states:
                async for state in states:
                    await self._standing.check()
                    yield _next(state.response.encode())
        except AnalyticsError as error:
            yield _refusal(shown_error(error))
        except Exception as error:
            yield _refusal(bug_error(error))
        yield _COMPLETE


def _refusal(error: dict[str, Any]) -> bytes:
    note_code(error["extensions"]["code"])
    return _next(orjson.dumps({"errors": [error]}))


def _next(response: bytes) -> bytes:
    # A line break would end the data. In JSON it is a blank: those of texts are escaped.
    return b"event: next\ndata: " + b" ".join(response.splitlines()) + b"\n\n"


def _error_of(task: asyncio.Task[object]) -> BaseException | None:
    return None if not task.done() or task.cancelled() else task.exception()
