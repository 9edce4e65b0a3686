"""What the people on call see: log, metrics, traces, audit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from graphql import GraphQLField

from analytics_gql.doors.hits import Hits
from analytics_gql.doors.metrics import MetricsDoor
from analytics_gql.doors.replies import Replies
from analytics_gql.errors import SettingsError
from analytics_gql.gql.deprecations import deprecated_members
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.guards.isolation import Isolation
from analytics_gql.guards.limiter import Limiter
from analytics_gql.guards.shared_limiter import SharedLimiter
from analytics_gql.observe.access_log import AccessLog
from analytics_gql.observe.audit import AuditLog
from analytics_gql.observe.lines import LineWriter
from analytics_gql.observe.metrics import Metrics
from analytics_gql.observe.request_counts import FieldUses, Labels, RequestCounts
from analytics_gql.observe.spans import Spans
from analytics_gql.observe.statements import StatementWatch
from analytics_gql.observe.watch import RequestLog, RequestWatch
from analytics_gql.sdl.contract import members_of
from analytics_gql.settings import Settings
from analytics_gql.stores.redis import RedisStore
from analytics_gql.stores.store import Store


class Observation:
    """Everything that watches one application. `watch` is None where nobody wants to know.

    Raises SettingsError.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counts = RequestCounts() if settings.metrics else None
        self.uses = FieldUses()
        self.statements = StatementWatch(settings.slow_statement_ms)
        self._writers: list[LineWriter] = []
        logs: list[RequestLog] = []
        if settings.logs_requests:
            logs.append(AccessLog(settings.log_format, self._writer("stderr", held_for_s=0.1)))
        if settings.audit_log is not None:
            logs.append(AuditLog(self._writer(settings.audit_log, held_for_s=0.0)))
        self._spans = _spans() if settings.traces else None
        self.watch: RequestWatch | None = None
        if self._counts is not None or logs or self._spans is not None:
            self.watch = RequestWatch(self._counts, self.uses, logs, self._spans)

    def _writer(self, target: str, *, held_for_s: float) -> LineWriter:
        try:
            writer = LineWriter(target, held_for_s=held_for_s)
        except OSError as error:
            raise SettingsError(
                f"{target} cannot be written: {error.strerror}",
                hint="name a file in a folder that this user may write to with "
                "ANALYTICS_GQL_AUDIT_LOG, or stdout",
            ) from error
        self._writers.append(writer)
        return writer

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Metrics | None]:
        """What further numbers can be registered with; None where nothing is counted.

        On leaving, everything that is held is written.
        """
        try:
            if self._counts is None:
                yield None
            else:
                metrics = self._metrics(self._counts)
                async with metrics.shared():
                    yield metrics
        finally:
            for writer in self._writers:
                writer.close()
            if self._spans is not None:
                self._spans.close()

    def _metrics(self, counts: RequestCounts) -> Metrics:
        metrics = Metrics(self._settings.metrics_folder)
        metrics.counter(
            "requests",
            "Operations asked for, and requests that had none.",
            ("door", "operation", "document", "code"),
            counts.totals,
        )
        metrics.histogram(
            "request_seconds",
            "From the first byte of a request to the last of its answer.",
            ("door", "document"),
            counts.durations,
        )
        metrics.histogram(
            "warehouse_seconds",
            "What statements took in the warehouse.",
            ("kind", "code"),
            self.statements.durations,
        )
        metrics.counter(
            "log_lines_lost",
            "Lines of the access and audit logs that could not be written.",
            (),
            lambda: {(): sum(writer.lost for writer in self._writers)},
        )
        return metrics


def metrics_door_of(metrics: Metrics, settings: Settings) -> MetricsDoor:
    """Who may read the numbers, and where."""
    token = settings.metrics_token
    return MetricsDoor(
        metrics,
        None if token is None else token.get_secret_value(),
        is_open_here=not settings.asks_for_credentials,
    )


def _spans() -> Spans:
    try:
        # An extra: without it, nothing of it may be asked for.
        from analytics_gql.observe.traces import OpenTelemetrySpans
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"traces need a package that is not installed: {error.name}",
            hint="pip install 'analytics-gql[otel]', or leave ANALYTICS_GQL_TRACES out",
        ) from error
    return OpenTelemetrySpans()


def tell_of_caches(metrics: Metrics, engine: GraphQLEngine, replies: Replies, hits: Hits) -> None:
    """Register how often each layer of caches had an answer, from the outermost inwards."""
    results, pages = engine.service.results, engine.pages.kept

    def answers() -> Mapping[Labels, float]:
        told: dict[Labels, float] = {("requests", "reused"): hits.answered}
        for outcome in ("reused", "made", "not modified", "not kept"):
            told["replies", outcome] = replies.counts[outcome]
        if results is not None:
            for found, times in results.counts.items():
                told["results", found.name.lower()] = times
            told["results", "joined"] = results.joined
        told["pages", "reused"], told["pages", "read"] = pages.found, pages.missed
        return told

    metrics.counter(
        "cache_answers",
        "Answers by the layer of caches that was asked and what came of it.",
        ("layer", "outcome"),
        answers,
    )


def tell_of_store(metrics: Metrics, store: Store | None) -> None:
    """Register whether what processes share is there."""
    if not isinstance(store, RedisStore):
        return
    redis = store
    metrics.gauge(
        "redis_is_down",
        "1 while Redis is taken to be gone and every process is on its own.",
        (),
        lambda: {(): float(redis.is_down)},
    )
    metrics.counter(
        "redis_failures",
        "Calls of Redis that went without an answer.",
        (),
        lambda: {(): redis.failures},
    )


def tell_of_rates(metrics: Metrics, limiter: Limiter) -> None:
    """Register how clients are counted; who was refused stands among the requests, by code."""
    metrics.gauge(
        "rate_clients",
        "Clients whose tokens are counted.",
        (),
        lambda: {(): float(limiter.clients)},
    )
    if isinstance(limiter, SharedLimiter):
        shared = limiter
        metrics.counter(
            "rate_round_trips",
            "Calls of Redis for tokens; most requests of a busy client need none.",
            (),
            lambda: {(): shared.round_trips},
        )


def tell_of_isolation(metrics: Metrics, isolation: Isolation | None) -> None:
    """Register what keeps callers of the warehouse apart: places, queues and the breaker."""
    if isolation is None:
        return
    kinds = {
        "statements": isolation.statements,
        "streams": isolation.streams,
        "look-ups": isolation.look_ups,
    }
    metrics.gauge(
        "warehouse_statements",
        "Statements that run in the warehouse or wait for a place there, by kind.",
        ("kind", "state"),
        lambda: {
            (kind, state): float(number)
            for kind, places in kinds.items()
            for state, number in (("running", places.running), ("waiting", places.waiting))
        },
    )
    breaker = isolation.breaker
    metrics.gauge(
        "warehouse_breaker_open",
        "1 while the warehouse is not asked because it failed too often; 0.5 while it is probed.",
        (),
        lambda: {(): {"closed": 0.0, "half_open": 0.5}.get(breaker.state, 1.0)},
    )


def tell_of_uses(metrics: Metrics, engine: GraphQLEngine) -> None:
    """Register how often members of the schema are used; those that never were are 0."""
    schema, uses = engine.schema, engine.uses
    deprecated = deprecated_members(schema)
    # What could be removed is there from the start: fields, and all that is on its way out.
    removable = deprecated.union(
        coordinate for coordinate, member in members_of(schema) if isinstance(member, GraphQLField)
    )

    def counts() -> Mapping[Labels, float]:
        return {
            (coordinate, str(coordinate in deprecated).lower()): times
            for coordinate, times in {**dict.fromkeys(removable, 0), **uses.counts}.items()
            if "." in coordinate  # types are used by what is of them
        }

    metrics.counter(
        "schema_uses",
        "Documents answered that use a member of the schema, by its coordinate.",
        ("coordinate", "deprecated"),
        counts,
    )
