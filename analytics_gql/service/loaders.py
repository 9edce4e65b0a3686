"""DataLoaders, new for each operation: what its fields ask at one moment is asked together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from aiodataloader import DataLoader

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import Answer, Reading, Reuse
from analytics_gql.query.entity_query import EntityQuery
from analytics_gql.service.service import EntityAnswer, EntityTexts, Question, Service

T = TypeVar("T")


async def _owned(work: Coroutine[Any, Any, T], running: set[asyncio.Task[None]]) -> T:
    """Do the work of a batch; while it runs, its task is among those that the session ends."""
    task = asyncio.current_task()
    assert task is not None
    running.add(task)
    try:
        return await work
    finally:
        running.discard(task)


async def rows_of(
    service: Service,
    questions: Sequence[Question],
    caller: Caller,
    reuse: Reuse,
    readings: list[Reading],
) -> list[list[str] | Exception]:
    """The rows of each question, or its error; what was read for them is added to the readings."""
    answers = await service.metrics(questions, caller, reuse)
    readings += [answer.reading for answer in answers if isinstance(answer, Answer)]
    return [answer.rows if isinstance(answer, Answer) else answer for answer in answers]


class MetricLoader(DataLoader[Question, list[str]]):
    """Collects the questions of one operation's root fields.

    Equal ones, under whatever aliases, are one; the service fuses those over one ground.
    """

    def __init__(
        self,
        service: Service,
        caller: Caller,
        reuse: Reuse,
        running: set[asyncio.Task[None]],
        readings: list[Reading],
    ) -> None:
        super().__init__()
        self._running = running
        self._service = service
        self._caller = caller
        self._reuse = reuse
        self._readings = readings

    async def batch_load_fn(  # type: ignore[override]  # an error in a place is raised there
        self, keys: list[Question]
    ) -> list[list[str] | Exception]:
        """The rows of each question, or its error."""
        work = rows_of(self._service, keys, self._caller, self._reuse, self._readings)
        return await _owned(work, self._running)


class EntityLoader(DataLoader[EntityQuery, EntityTexts]):
    """Collects the look-ups of one level: sets of keys, so that no future is made for each key.

    The service asks for each entity once, whatever the fields that it is wanted for.
    """

    def __init__(
        self,
        service: Service,
        caller: Caller,
        reuse: Reuse,
        running: set[asyncio.Task[None]],
        readings: list[Reading],
    ) -> None:
        super().__init__()
        self._running = running
        self._service = service
        self._caller = caller
        self._reuse = reuse
        self._readings = readings

    async def batch_load_fn(  # type: ignore[override]  # an error in a place is raised there
        self, keys: list[EntityQuery]
    ) -> list[EntityTexts | Exception]:
        """The rows of each query by key, or its error."""
        answers = await _owned(
            self._service.entities(keys, self._caller, self._reuse), self._running
        )
        for answer in answers:
            if isinstance(answer, EntityAnswer):
                self._readings += answer.readings
        return [answer.texts if isinstance(answer, EntityAnswer) else answer for answer in answers]
