"""Event streams that several operations share: who reserved them, and what goes over them.

How it works. A stream is reserved under a token that nobody guesses, for the client who reserved
it; it is one of their connections from then on. Whoever brings the token connects to it, once. Each
operation is a task that waits for the connection, and then for its turn to send: as over a socket,
what is sent is the newest state, and nothing is queued. When the connection ends, so does the
stream with all that is under way for it. One that nobody connects to ends by itself.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from contextvars import Context

from analytics_gql.doors.live_desk import LiveDesk
from analytics_gql.doors.standing import Standing
from analytics_gql.errors import EventStreamConflictError, EventStreamNotFoundError

RESERVED_FOR_S = 15.0
"""How long a stream waits to be connected to: as long as a socket does for `connection_init`."""

SendEvent = Callable[[bytes], Awaitable[None]]


class SharedStream:
    """One stream: reserved, then connected, then over."""

    def __init__(self, desk: LiveDesk, standing: Standing) -> None:
        self.standing = standing
        self._desk = desk
        self._is_taken = self._is_stalled = False
        self._send: SendEvent | None = None
        self._connected = asyncio.Event()
        self._over = asyncio.Event()
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_connected(self) -> bool:
        """Whether events can be sent."""
        return self._connected.is_set()

    def take(self) -> None:
        """Make it that of the one who is about to connect. Raises EventStreamConflictError."""
        if self._is_taken:
            raise EventStreamConflictError(
                "somebody is connected to this event stream already",
                hint="a token is good for one connection: reserve another one by PUT",
            )
        self._is_taken = True

    def connect(self, send: SendEvent) -> None:
        """Let what is under way be sent."""
        self._send = send
        self._connected.set()

    async def wait_for_connection(self) -> None:
        """Return when somebody is connected."""
        await self._connected.wait()

    async def send(self, event: bytes) -> None:
        """Send a whole event once somebody is connected; the stream ends if they do not read."""
        await self._connected.wait()
        assert self._send is not None
        try:
            await self._send(event)
        except TimeoutError:
            self._is_stalled = True
            self.end()
            raise

    def begin(self, id: str, operate: Callable[[], Awaitable[None]]) -> None:
        """Begin an operation, as one of its client's.

        Raises EventStreamConflictError where there is one of that identifier, and
        TooManySubscriptionsError.
        """
        if id in self._operations:
            raise EventStreamConflictError(
                f"the operation '{id[:60]}' is under way already",
                hint="give each operation of a stream an `operationId` of its own",
            )
        held = ExitStack()
        held.enter_context(self._desk.operating(self.standing.client))

        async def work() -> None:
            await self._connected.wait()
            await operate()

        # In nobody's context: it outlives the request that it came by.
        task = asyncio.get_running_loop().create_task(work(), context=Context())
        self._operations[id] = task
        self._tasks.add(task)

        def done(task: asyncio.Task[None]) -> None:
            held.close()
            self._tasks.discard(task)
            if self._operations.get(id) is task:
                del self._operations[id]

        task.add_done_callback(done)

    def release(self, id: str) -> None:
        """Say that an operation is over but for the telling of it: its identifier is free."""
        self._operations.pop(id, None)

    def complete(self, id: str) -> None:
        """End an operation; nothing more is sent for it. One that is over already is no error."""
        task = self._operations.pop(id, None)
        if task is not None:
            task.cancel()

    def end(self) -> None:
        """Let it end soon."""
        self._over.set()

    async def wait_for_end(self) -> None:
        """Return when it is to end. Raises TimeoutError where its reader took nothing."""
        await self._over.wait()
        if self._is_stalled:
            raise TimeoutError

    async def close(self) -> None:
        """End what is under way, down to the statements in the warehouse."""
        self._over.set()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class SharedStreams:
    """The streams of this process, by their tokens."""

    def __init__(self, desk: LiveDesk, *, reserved_for_s: float = RESERVED_FOR_S) -> None:
        self._desk = desk
        self._reserved_for_s = reserved_for_s
        self._streams: dict[str, SharedStream] = {}
        self._held: dict[str, ExitStack] = {}
        self._keepers: set[asyncio.Task[None]] = set()

    def reserve(self, standing: Standing) -> str:
        """The token of a new stream of a client. Raises TooManyConnectionsError."""
        held = ExitStack()
        held.enter_context(self._desk.connected(standing.client))
        token = secrets.token_urlsafe(32)
        self._streams[token] = stream = SharedStream(self._desk, standing)
        self._held[token] = held
        keeper = asyncio.get_running_loop().create_task(
            self._keep(token, stream), context=Context()
        )
        self._keepers.add(keeper)
        keeper.add_done_callback(self._keepers.discard)
        return token

    def of(self, token: str) -> SharedStream:
        """The stream of a token. Raises EventStreamNotFoundError."""
        stream = self._streams.get(token)
        if stream is None:
            raise EventStreamNotFoundError(
                "there is no event stream of this token",
                hint=f"reserve one by PUT and connect to it within {self._reserved_for_s:g} s; it "
                "ends with its connection, and only the process that reserved it knows it",
            )
        return stream

    async def over(self, token: str) -> None:
        """End a stream, and give its client's connection back."""
        stream = self._streams.pop(token, None)
        if stream is not None:
            await stream.close()
            self._held.pop(token).close()

    async def _keep(self, token: str, stream: SharedStream) -> None:
        """End a stream that nobody connects to in time, or before the server stops."""
        waiting = [
            asyncio.create_task(stream.wait_for_connection()),
            asyncio.create_task(self._desk.stopping.wait()),
        ]
        try:
            await asyncio.wait(
                waiting, timeout=self._reserved_for_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        if not stream.is_connected:
            await self.over(token)
