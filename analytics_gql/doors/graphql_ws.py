"""GraphQL over WebSocket: the protocol graphql-transport-ws, at GET /graphql.

How it works. A socket is a group of tasks: one reads what the client sends, one waits for
`connection_init`, one for the server's end, and one answers each operation. Whoever of them finds
that the socket has to be closed raises that, which ends all others; so does the client's leaving,
and nothing of a socket outlives it. A client that reads slowly makes `send` wait, and an operation
that waits asks for its newest state when it is done: nothing is queued.

A browser lets any page open a socket to any host, so the page's origin is looked at first: what may
not read answers over HTTP may not over a socket.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import AbstractContextManager, ExitStack, aclosing, nullcontext
from enum import IntEnum
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.websockets import WebSocket, WebSocketDisconnect

from analytics_gql.doors.admission import Admission
from analytics_gql.doors.cors import CrossOrigin, is_own
from analytics_gql.doors.documents import DocumentDesk
from analytics_gql.doors.graphql_request import read_payload
from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.noted import noted
from analytics_gql.doors.standing import Standing, standing_of
from analytics_gql.doors.ws_messages import (
    SUBPROTOCOL,
    Complete,
    ConnectionInit,
    MalformedMessageError,
    Ping,
    Pong,
    Subscribe,
    acknowledgement,
    complete_message,
    error_message,
    next_message,
    pong_message,
    read_message,
)
from analytics_gql.errors import (
    AccessError,
    AnalyticsError,
    FailedAttemptsError,
    TokenKeysUnavailableError,
    TooManyConnectionsError,
    TooManySubscriptionsError,
)
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.guards.toll import Rates
from analytics_gql.observe.asked import Asked, begin_operation, note_code
from analytics_gql.observe.audit import Digest, no_digest
from analytics_gql.observe.request_id import begin_request, current_request_id
from analytics_gql.observe.watch import RequestWatch

_CREDENTIALS = ("authorization", "x-api-key")
"""The members of `connection_init`'s payload that stand for headers, in lower case."""

_MAX_REASON_BYTES = 123
"""RFC 6455, section 5.5: a control frame has 125 bytes, of which the code takes two."""


class CloseCode(IntEnum):
    """Why a socket is closed: RFC 6455's codes, and those of the protocol."""

    GOING_AWAY = 1001
    MESSAGE_TOO_BIG = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITIALISATION_REQUESTS = 4429


class _CloseError(Exception):
    """The socket has to be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class _LeftError(Exception):
    """The client has closed the socket, or is gone."""


class GraphQLSocketDoor:
    """Takes sockets, and hands what comes over them to the desk."""

    def __init__(
        self,
        desk: LiveDesk,
        admission: Admission,
        documents: DocumentDesk,
        rates: Rates,
        cross_origin: CrossOrigin | None,
        *,
        init_timeout_s: float,
        max_message_bytes: int,
        watch: RequestWatch | None = None,
        digest_variables: Digest = no_digest,
    ) -> None:
        self.desk = desk
        self.admission = admission
        self.documents = documents
        self.rates = rates
        self.init_timeout_s = init_timeout_s
        self.max_message_bytes = max_message_bytes
        self.digest_variables = digest_variables
        self._cross_origin = cross_origin
        self._watch = watch

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one socket until it is closed."""
        begin_request(websocket.headers.get("x-request-id"))
        if SUBPROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await _close(
                websocket, CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable"
            )
            return
        await websocket.accept(SUBPROTOCOL)
        if not self._may_come_from(websocket.headers):
            # Told over the socket: of a handshake that fails a page is told nothing.
            reason = "this page's origin is not in ANALYTICS_GQL_CORS_ORIGINS"
            await _close(websocket, CloseCode.FORBIDDEN, reason)
            return
        await _Socket(self, websocket).run()

    def watched(self, websocket: WebSocket) -> AbstractContextManager[Asked]:
        """The notes on what came over a socket, for those who want to know."""
        if self._watch is None:
            return nullcontext(Asked())
        return self._watch.over_socket(websocket.scope)

    def _may_come_from(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if origin is None or is_own(origin, headers.get("host", "")):
            return True
        return self._cross_origin is not None and self._cross_origin.allows(origin)


class _Socket:
    """One socket that is open."""

    def __init__(self, door: GraphQLSocketDoor, websocket: WebSocket) -> None:
        self._door = door
        self._desk = door.desk
        self._websocket = websocket
        self._standing: Standing | None = None
        self._acknowledged = asyncio.Event()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._held = ExitStack()

    async def run(self) -> None:
        """Return when it is closed and nothing of it is left."""
        ends: list[_CloseError] = []
        with self._held:
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._read(group))
                    group.create_task(self._wait_for_init())
                    group.create_task(self._wait_for_end())
            except* _LeftError:
                pass
            except* _CloseError as closing:
                ends += _closings(closing)
        if ends:
            await _close(self._websocket, ends[0].code, ends[0].reason)

    # --- what ends it ------------------------------------------------------------------------

    async def _wait_for_init(self) -> None:
        try:
            async with asyncio.timeout(self._door.init_timeout_s):
                await self._acknowledged.wait()
        except TimeoutError:
            raise _CloseError(
                CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout"
            ) from None

    async def _wait_for_end(self) -> None:
        await self._desk.stopping.wait()
        raise _CloseError(CloseCode.GOING_AWAY, "the server is going away: connect again")

    # --- what the client sends ---------------------------------------------------------------

    async def _read(self, group: asyncio.TaskGroup) -> None:
        while True:
            text = await self._received()
            try:
                message = read_message(text)
            except MalformedMessageError as error:
                raise _CloseError(CloseCode.BAD_REQUEST, str(error)) from None
            match message:
                case ConnectionInit():
                    await self._initialise(message)
                case Ping():
                    await self._send(pong_message(message))
                case Pong():
                    pass
                case Subscribe():
                    await self._subscribe(message, group)
                case Complete():
                    # "the client … completed the operation": nothing more is sent for it.
                    task = self._operations.pop(message.id, None)
                    if task is not None:
                        task.cancel()

    async def _received(self) -> str:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise _LeftError
        text = message.get("text")
        if not isinstance(text, str):
            raise _CloseError(CloseCode.BAD_REQUEST, "the message is not text")
        most = self._door.max_message_bytes
        if len(text) > most or len(text.encode("utf-8", "surrogatepass")) > most:
            raise _CloseError(
                CloseCode.MESSAGE_TOO_BIG, f"the message has more than {most:,} bytes"
            )
        return text

    async def _initialise(self, message: ConnectionInit) -> None:
        if self._acknowledged.is_set():
            raise _CloseError(
                CloseCode.TOO_MANY_INITIALISATION_REQUESTS, "Too many initialisation requests"
            )
        client = self._websocket.client
        host = client.host if client else None
        headers = _with_credentials(self._websocket.headers, message.payload)
        try:
            standing = await standing_of(self._door.admission, headers, host)
            self._held.enter_context(self._desk.connected(standing.client))
        except (AccessError, FailedAttemptsError, TooManyConnectionsError) as error:
            with self._door.watched(self._websocket) as asked:
                asked.request_id = current_request_id()
                note_code(error.code)
            raise _refused(error) from None
        self._standing = standing
        self._acknowledged.set()
        await self._send(acknowledgement())

    async def _subscribe(self, message: Subscribe, group: asyncio.TaskGroup) -> None:
        if self._standing is None:
            raise _CloseError(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._operations:
            raise _CloseError(
                CloseCode.SUBSCRIBER_ALREADY_EXISTS, f"Subscriber for {message.id} already exists"
            )
        held = ExitStack()
        try:
            held.enter_context(self._desk.operating(self._standing.client))
        except TooManySubscriptionsError as error:
            # Here, so that who does not read is not read from.
            with self._door.watched(self._websocket) as asked:
                asked.request_id = begin_request(None)
                asked.tenant, asked.key = self._standing.caller.tenant, self._standing.name
                refusal = _refusal(message.id, shown_error(error))
            await self._send(refusal)
            return
        task = group.create_task(self._operate(message, self._standing))
        self._operations[message.id] = task
        task.add_done_callback(lambda _: held.close())

    # --- what it is answered -----------------------------------------------------------------

    async def _operate(self, message: Subscribe, standing: Standing) -> None:
        """Answer one operation, to its end or until the client completes it."""
        id = message.id
        with self._door.watched(self._websocket) as asked:
            asked.request_id = begin_request(None)
            asked.tenant, asked.key = standing.caller.tenant, standing.name
            try:
                end = await self._answer(message, standing)
            except (_CloseError, _LeftError):
                raise
            except AnalyticsError as error:
                end = _refusal(id, shown_error(error))
            except Exception as error:
                end = _refusal(id, bug_error(error))
        # Before it is told: who reads that the id is free may use it at once.
        self._operations.pop(id, None)
        await self._send(end)

    async def _answer(self, message: Subscribe, standing: Standing) -> str:
        """Send every answer; the message that ends the operation."""
        rates = self._door.rates
        toll = rates.toll()
        await toll.enter(rates.client(standing.client, standing.caller.tier))
        asked = read_payload(message.payload)
        question = await self._door.documents.resolve(asked, standing.caller)
        begin_operation(noted(question, self._door.digest_variables))
        async with aclosing(self._desk.states(question, toll)) as states:
            async for state in states:
                await self._check(standing)
                if state.is_final:  # nothing ran
                    return error_message(message.id, orjson.loads(state.response)["errors"])
                await self._send(next_message(message.id, state.response))
        return complete_message(message.id)

    async def _check(self, standing: Standing) -> None:
        """Close the socket of a client whose key was taken away."""
        try:
            await standing.check()
        except (AccessError, FailedAttemptsError) as error:
            note_code(error.code)
            raise _refused(error) from None

    async def _send(self, message: str) -> None:
        try:
            await self._websocket.send_text(message)
        except (WebSocketDisconnect, RuntimeError):
            # RuntimeError: it was closed while this waited for its turn.
            raise _LeftError from None


def _refusal(id: str, error: dict[str, Any]) -> str:
    note_code(error["extensions"]["code"])
    return error_message(id, [error])


def _refused(error: AnalyticsError) -> _CloseError:
    """How a socket is closed whose client is not let in."""
    if isinstance(error, TokenKeysUnavailableError | TooManyConnectionsError):
        return _CloseError(CloseCode.TRY_AGAIN_LATER, error.message)
    return _CloseError(CloseCode.FORBIDDEN, "Forbidden")


def _closings(group: BaseExceptionGroup[_CloseError]) -> Iterable[_CloseError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _closings(error)
        else:
            yield error


async def _close(websocket: WebSocket, code: CloseCode, reason: str) -> None:
    """Close a socket; it may be closed already."""
    short = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
    try:
        await websocket.close(int(code), short)
    except (WebSocketDisconnect, RuntimeError):
        return


def _with_credentials(headers: Headers, payload: dict[str, Any]) -> Headers:
    """The handshake's headers, and those that the payload has under a header's name.

    A browser cannot send headers with a socket. Raises _CloseError.
    """
    raw = list(headers.raw)
    for name, value in payload.items():
        if name.lower() not in _CREDENTIALS or value is None:
            continue
        if not isinstance(value, str):
            raise _CloseError(CloseCode.BAD_REQUEST, f"`payload.{name}` is no text")
        raw.append((name.lower().encode(), value.encode("utf-8", "surrogatepass")))
    return Headers(raw=raw)
