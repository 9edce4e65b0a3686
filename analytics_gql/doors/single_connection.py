"""GraphQL over server-sent events, "single connection mode": /graphql/stream.

PUT reserves a stream, whose token is the answer. GET or POST that accepts `text/event-stream`
connects to it, other ones begin an operation whose answers come over it, and DELETE completes one.
What is wrong with a request is told by its own reply; 202 says that the rest comes as events.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

from __future__ import annotations

from contextlib import AbstractContextManager, aclosing, nullcontext
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from analytics_gql.access.caller import Admitted
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.documents import DocumentDesk, Question
from analytics_gql.doors.gate import Gate
from analytics_gql.doors.graphql_http import check_reads, headers_of
from analytics_gql.doors.graphql_sse import SIGN_OF_LIFE, Events
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.media_types import EVENT_STREAM, RESPONSE_JSON, negotiate
from analytics_gql.doors.noted import noted
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.doors.rate_headers import bear
from analytics_gql.doors.shared_streams import SharedStream, SharedStreams
from analytics_gql.doors.standing import Standing
from analytics_gql.errors import (
    AccessError,
    AnalyticsError,
    BadRequestError,
    EventStreamUnavailableError,
    FailedAttemptsError,
    ForbiddenError,
    MethodNotAllowedError,
)
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.guards.toll import Rates, Toll
from analytics_gql.observe.asked import Asked, begin_operation, current_asked, note_code
from analytics_gql.observe.audit import Digest, no_digest
from analytics_gql.observe.request_id import begin_request
from analytics_gql.observe.timings import Part, timed
from analytics_gql.observe.watch import RequestWatch

_HEADER = "x-graphql-event-stream-token"
_PARAMETER = "token"
"""Where a token is: a browser's EventSource sends no headers."""

_ALLOWED = "GET, POST, PUT, DELETE"

_CREDENTIALS = ("authorization", "x-api-key")

_DOOR = "events"

_ERRORS = f"{RESPONSE_JSON}; charset=utf-8"


class SingleConnectionDoor:
    """Reserves streams, and hands what is asked over them to the desk."""

    def __init__(
        self,
        desk: LiveDesk,
        streams: SharedStreams,
        gate: Gate,
        admission: Admission,
        documents: DocumentDesk,
        rates: Rates,
        *,
        processes: int,
        stall_timeout_s: float,
        watch: RequestWatch | None = None,
        digest_variables: Digest = no_digest,
    ) -> None:
        self.streams = streams
        self._desk = desk
        self._gate = gate
        self._admission = admission
        self._documents = documents
        self._rates = rates
        self._processes = processes
        self._stall_timeout_s = stall_timeout_s
        self._watch = watch
        self._digest_variables = digest_variables

    async def respond(self, request: Request) -> Response:
        """Answer one request of the protocol."""
        toll = self._rates.toll()
        request_id = begin_request(request.headers.get("x-request-id"))
        current_asked().door = _DOOR
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        try:
            response = await self._replied(request, toll, headers)
            if response.status_code < 300:
                # Nothing was read yet: what an operation reads is told of at its end.
                current_asked().door = "other"
        except AnalyticsError as error:
            response = _refused(
                shown_error(error), HTTP_STATUS[error.code], headers | headers_of(error)
            )
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            response = _refused(bug_error(error), 500, headers)
        return bear(response, toll)

    async def _replied(self, request: Request, toll: Toll, headers: dict[str, str]) -> Response:
        if self._processes > 1:
            # Which of them a request comes to is up to the system.
            raise EventStreamUnavailableError(
                f"this server is {self._processes} processes, and a stream is known to one of them",
                hint="send each operation to /graphql with `Accept: text/event-stream`, or use a "
                "socket; its operator can run processes of one worker behind sticky sessions",
            )
        if request.method == "HEAD":  # the router's, along with GET
            error = MethodNotAllowedError("HEAD is no method of this path", hint=f"send {_ALLOWED}")
            return _refused(shown_error(error), 405, headers | {"allow": _ALLOWED})
        if request.method == "PUT":
            return await self._reserve(request, toll, headers)
        token = _token_of(request)
        if request.method in ("GET", "POST") and _accepts_events(request):
            return await self._connect(request, token, toll, headers)
        admitted = await self._gate.admitted(request, toll)
        stream = self.streams.of(token)
        _check_is_theirs(stream, admitted)
        if request.method == "DELETE":
            stream.complete(_operation_id(request.query_params.get("operationId")))
            return Response(status_code=200, headers=headers)
        return await self._begin(request, token, stream, admitted, toll, headers)

    async def _reserve(self, request: Request, toll: Toll, headers: dict[str, str]) -> Response:
        generation = self._admission.generation
        admitted = await self._gate.admitted(request, toll)
        standing = Standing(
            self._admission,
            request.headers,
            request.client.host if request.client else None,
            admitted.caller,
            admitted.client,
            until=admitted.until,
            generation=generation,
            name=admitted.name,
        )
        token = self.streams.reserve(standing)
        return Response(token, 201, headers, media_type="text/plain; charset=utf-8")

    async def _connect(
        self, request: Request, token: str, toll: Toll, headers: dict[str, str]
    ) -> Response:
        """The stream. "This token is then presented … as an entrance ticket": it is enough."""
        if any(name in request.headers for name in _CREDENTIALS):
            admitted = await self._gate.admitted(request, toll)
            stream = self.streams.of(token)
            _check_is_theirs(stream, admitted)
        else:
            stream = self.streams.of(token)
            standing, asked = stream.standing, current_asked()
            asked.tenant, asked.key = standing.caller.tenant, standing.name
            await toll.enter(self._rates.client(standing.client, standing.caller.tier))
        stream.take()
        return _Connection(
            self._desk,
            self.streams,
            token,
            stream,
            headers,
            stall_timeout_s=self._stall_timeout_s,
        )

    async def _begin(
        self,
        request: Request,
        token: str,
        stream: SharedStream,
        admitted: Admitted,
        toll: Toll,
        headers: dict[str, str],
    ) -> Response:
        """Begin an operation. Raises the AnalyticsError that its own reply tells of."""
        with timed(Part.PARSE):
            asked = await self._gate.read(request)
            assert not isinstance(asked, tuple), "an array, which is taken only where it may be one"
            id = _operation_id(asked.operation_id)
            question = await self._documents.resolve(asked, admitted.caller)
        question = self._gate.with_credential(question, admitted)
        # "Validation issues and other request problems are handled as documented in the GraphQL
        # over HTTP spec": by status, and not as events.
        if question.document.errors:
            begin_operation(noted(question, self._digest_variables))
            async with aclosing(self._desk.states(question, toll)) as states:
                response = (await anext(states)).response
            return Response(response, 400, headers, media_type=_ERRORS)
        question.document.operation(question.operation_name)
        if request.method == "GET":
            check_reads(question, is_stream=True)
        stream = self.streams.of(token)  # it may have ended while the body was read
        watched = self._watched(request.scope)
        request_id = headers["x-request-id"]

        async def operate() -> None:
            await self._operate(id, request_id, question, toll, stream, watched)

        stream.begin(id, operate)
        return Response(status_code=202, headers=headers)

    def _watched(self, scope: Scope) -> AbstractContextManager[Asked]:
        """The notes on an operation, which is told of at its end, by itself."""
        return nullcontext(Asked()) if self._watch is None else self._watch.over_socket(scope)

    async def _operate(
        self,
        id: str,
        request_id: str,
        question: Question,
        toll: Toll,
        stream: SharedStream,
        watched: AbstractContextManager[Asked],
    ) -> None:
        """Send the answers to one operation, to its end or until the client completes it."""
        with watched as asked:
            asked.door, asked.status = _DOOR, 200
            asked.request_id = begin_request(request_id)
            standing = stream.standing
            asked.tenant, asked.key = standing.caller.tenant, standing.name
            begin_operation(noted(question, self._digest_variables))
            try:
                async with aclosing(self._desk.states(question, toll)) as states:
                    async for state in states:
                        await standing.check()
                        await stream.send(_next(id, state.response.encode()))
            except TimeoutError:
                return  # the reader is gone, and the stream with it
            except (AccessError, FailedAttemptsError) as error:
                await self._tell(id, shown_error(error), stream)
                stream.end()
                return
            except AnalyticsError as error:
                await self._tell(id, shown_error(error), stream)
            except Exception as error:
                await self._tell(id, bug_error(error), stream)
        # Before it is told: who reads that the identifier is free may use it at once.
        stream.release(id)
        await stream.send(_event(b"complete", orjson.dumps({"id": id})))

    async def _tell(self, id: str, error: dict[str, Any], stream: SharedStream) -> None:
        note_code(error["extensions"]["code"])
        await stream.send(_next(id, orjson.dumps({"errors": [error]})))


class _Connection(Events):
    """The one connection of a stream."""

    def __init__(
        self,
        desk: LiveDesk,
        streams: SharedStreams,
        token: str,
        stream: SharedStream,
        headers: dict[str, str],
        *,
        stall_timeout_s: float,
    ) -> None:
        super().__init__(desk, headers, stall_timeout_s=stall_timeout_s)
        self._streams = streams
        self._token = token
        self._shared = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what the operations have to say, until the client leaves."""
        try:
            await self.stream(receive, send, lambda: self._work(send))
        finally:
            await self._streams.over(self._token)

    async def _work(self, send: Send) -> None:
        # Some browsers take the stream for open only when something has come.
        await self.send_event(SIGN_OF_LIFE, send)
        self._shared.connect(lambda event: self.send_event(event, send))
        await self._shared.wait_for_end()


def _token_of(request: Request) -> str:
    """The token that a request bears. Raises BadRequestError."""
    token = request.headers.get(_HEADER) or request.query_params.get(_PARAMETER)
    if not token:
        raise BadRequestError(
            "there is no token of an event stream",
            hint=f"reserve a stream by PUT, and send its token as `{_HEADER}`; an operation "
            "with a stream of its own is sent to /graphql",
        )
    return token


def _accepts_events(request: Request) -> bool:
    """Raises NotAcceptableError."""
    return negotiate(",".join(request.headers.getlist("accept")) or None) == EVENT_STREAM


def _check_is_theirs(stream: SharedStream, admitted: Admitted) -> None:
    """Raises ForbiddenError for anybody but the one who reserved a stream."""
    standing = stream.standing
    if (admitted.client, admitted.caller) != (standing.client, standing.caller):
        raise ForbiddenError(
            "this event stream was reserved with another credential",
            hint="send the one that it was reserved with, or reserve one by PUT",
        )


def _operation_id(id: str | None) -> str:
    """What a client calls an operation. Raises BadRequestError."""
    if not id:
        raise BadRequestError(
            "there is no `operationId`, by which the answers are known",
            hint='begin an operation with {"query": "…", "extensions": {"operationId": "…"}}, and '
            "complete it by DELETE with ?operationId=…",
        )
    return id


def _next(id: str, response: bytes) -> bytes:
    return _event(b"next", b'{"id":' + orjson.dumps(id) + b',"payload":' + response + b"}")


def _event(name: bytes, data: bytes) -> bytes:
    # A line break would end the data. In JSON it is a blank: those of texts are escaped.
    return b"event: " + name + b"\ndata: " + b" ".join(data.splitlines()) + b"\n\n"


def _refused(error: dict[str, Any], status: int, headers: dict[str, str]) -> Response:
    note_code(error["extensions"]["code"])
    return Response(orjson.dumps({"errors": [error]}), status, headers, media_type=_ERRORS)
