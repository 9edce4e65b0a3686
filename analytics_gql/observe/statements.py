"""How long statements take in the warehouse: counted, traced, and told where it is long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from analytics_gql.errors import AnalyticsError
from analytics_gql.observe.asked import OK
from analytics_gql.observe.log import fields
from analytics_gql.observe.request_counts import Durations, Labels
from analytics_gql.observe.spans import current_spans

logger = logging.getLogger(__name__)

CANCELLED = "CANCELLED"
"""The code of what nobody waited for any more."""

T = TypeVar("T")


class Running:
    """A statement that runs. `rows` is how many it has given, `spent_s` what was waited for it."""

    __slots__ = ("rows", "spent_s")

    def __init__(self) -> None:
        self.rows = 0
        self.spent_s = 0.0

    async def waited(self, batches: AsyncIterator[T]) -> AsyncGenerator[T, None]:
        """The same batches; what their reader takes to use them is no time of the warehouse's."""
        while True:
            began = perf_counter()
            try:
                batch = await anext(batches)
            except StopAsyncIteration:
                return
            finally:
                self.spent_s += perf_counter() - began
            yield batch


class StatementWatch:
    """Watches statements. `slow_ms`: from how long on they are told in the log; None for never."""

    def __init__(self, slow_ms: float | None = None) -> None:
        self._slow_ms = slow_ms
        self._durations: dict[Labels, Durations] = {}

    def durations(self) -> Mapping[Labels, Durations]:
        """How long statements took, by kind and code."""
        return self._durations

    @contextmanager
    def running(self, kind: str, sql: str, plan_hash: str) -> Iterator[Running]:
        """Watches the statement that runs inside of it. `kind`: `rows`, or `stream`.

        `plan_hash` tells statements of one text from others; values are no part of the text.
        """
        spans = current_spans()
        span = None if spans is None else spans.statement(sql, plan_hash)
        running, code, began = Running(), OK, perf_counter()
        try:
            yield running
        except AnalyticsError as error:
            code = error.code
            raise
        except (asyncio.CancelledError, GeneratorExit):
            code = CANCELLED
            raise
        except BaseException:
            code = AnalyticsError.code
            raise
        finally:
            spent_s = running.spent_s or perf_counter() - began
            durations = self._durations.get((kind, code))
            if durations is None:
                durations = self._durations[kind, code] = Durations()
            durations.observe(spent_s)
            if span is not None:
                span.end(rows=running.rows, code=code)
            if self._slow_ms is not None and spent_s * 1_000 >= self._slow_ms:
                logger.warning(
                    "a slow statement",
                    extra=fields(
                        ms=round(spent_s * 1_000, 1),
                        rows=running.rows,
                        code=code,
                        planHash=plan_hash,
                        sql=sql,
                    ),
                )
