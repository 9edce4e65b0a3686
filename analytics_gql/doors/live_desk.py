"""What the doors of live queries share: how much a client may open, and when all of it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager

import orjson
from graphql import OperationType

from analytics_gql.doors.documents import Question
from analytics_gql.doors.rate_headers import with_charge
from analytics_gql.errors import LimitError, TooManyConnectionsError, TooManySubscriptionsError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.live import LiveQueries, LiveQuestion, State
from analytics_gql.guards.toll import Toll
from analytics_gql.observe.asked import note_code, note_cost
from analytics_gql.service.pricing import price_of

STOP = "stop"
"""Under what a server finds `LiveDesk.stop` in the state of the application's lifespan."""


class LiveDesk:
    """Answers operations of clients that stay connected, one client no more than its share."""

    def __init__(
        self,
        engine: GraphQLEngine,
        live: LiveQueries,
        *,
        max_connections: int,
        max_subscriptions: int,
    ) -> None:
        self.stopping = asyncio.Event()
        """Set when the server stops: connections end by themselves."""
        self._engine = engine
        self._live = live
        self._connections = _Shares(
            max_connections,
            TooManyConnectionsError,
            "sockets and event streams open",
            "close some, or subscribe to several things over one socket",
        )
        self._operations = _Shares(
            max_subscriptions,
            TooManySubscriptionsError,
            "operations under way",
            "complete some of them first",
        )

    def stop(self) -> None:
        """Let every connection end."""
        self.stopping.set()

    @contextmanager
    def connected(self, client: str) -> Iterator[None]:
        """Count a connection of a client. Raises TooManyConnectionsError."""
        with self._connections.one(client):
            yield

    @contextmanager
    def operating(self, client: str) -> Iterator[None]:
        """Count an operation of a client. Raises TooManySubscriptionsError."""
        with self._operations.one(client):
            yield

    async def states(self, question: Question, toll: Toll) -> AsyncGenerator[State, None]:
        """The answers to an operation: one to a query, to a subscription one for each change.

        Every operation over a socket or an event stream begins here: its price is paid here, once.
        It is held against the tier's budget at each answer, as that of a POST is. Raises
        AnalyticsError.
        """
        if not _is_subscription(question):
            executed = await self._engine.executed(
                question.document,
                question.caller,
                variables=question.variables,
                operation_name=question.operation_name,
                is_registered=question.registered is not None,
                wants_columns=question.wants_columns,
                toll=toll,
            )
            # A socket has no headers that could say it.
            told = with_charge(executed.told, toll)
            if told.get("errors"):
                note_code(told["errors"][0]["extensions"]["code"])
            yield State(orjson.dumps(told).decode(), is_final="data" not in told)
            return
        live = LiveQuestion(
            question.document,
            question.caller,
            question.variables,
            question.operation_name,
            is_registered=question.registered is not None,
            wants_columns=question.wants_columns,
        )
        asked = await self._engine.requests(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
        )
        # Answers that follow are made for all who listen, and only where the data has changed.
        price = price_of(asked, self._engine.service.catalog)
        note_cost(price.requested)
        await toll.reserve(price)
        async with aclosing(self._live.states(live)) as states:
            async for state in states:
                if state.is_final:  # nothing ran
                    note_code(orjson.loads(state.response)["errors"][0]["extensions"]["code"])
                yield state


def _is_subscription(question: Question) -> bool:
    """Whether it has many answers. Raises OperationError."""
    if question.document.errors:
        return False
    operation = question.document.operation(question.operation_name)
    return operation.operation is OperationType.SUBSCRIPTION


class _Shares:
    """How many of something each client holds, of which it may hold so many."""

    def __init__(self, most: int, refusal: type[LimitError], what: str, hint: str) -> None:
        self._most = most
        self._refusal = refusal
        self._what = what
        self._hint = hint
        self._held: dict[str, int] = {}

    @contextmanager
    def one(self, client: str) -> Iterator[None]:
        """Hold one more. Raises the refusal if there are too many."""
        held = self._held.get(client, 0)
        if held >= self._most:
            raise self._refusal(
                f"{held:,} {self._what}, and a client may have {self._most:,}", hint=self._hint
            )
        self._held[client] = held + 1
        try:
            yield
        finally:
            left = self._held[client] - 1
            if left:
                self._held[client] = left
            else:
                del self._held[client]
