"""Traces by OpenTelemetry. Imported only where they are wanted: it is an extra of the package."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from analytics_gql.observe.asked import OK, Asked
from analytics_gql.observe.spans import RawHeaders

_PROPAGATED = {b"traceparent", b"tracestate"}
_MAX_SQL_CHARACTERS = 4_096


class OpenTelemetrySpans:
    """See Spans. Where spans go, how they are sampled and called say OpenTelemetry's own variables.

    Attributes are named by its semantic conventions where those have a name. SQL has its values
    outside of it; neither they nor a document's text or variables are told.
    """

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        """Without an exporter: OTLP over HTTP, to OTEL_EXPORTER_OTLP_ENDPOINT."""
        ours = Resource({"service.name": "analytics-gql"})
        self._provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()))
        self._provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("analytics_gql")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, asked: Asked, headers: RawHeaders) -> Iterator[None]:
        """See Spans.request."""
        with self._tracer.start_as_current_span(
            asked.method, self._sender(headers), SpanKind.SERVER
        ) as span:
            try:
                yield
            finally:
                _describe(span, asked)

    def remembered(self, asked: Asked, headers: RawHeaders, seconds: float) -> None:
        """See Spans.remembered."""
        now = time.time_ns()
        span = self._tracer.start_span(
            asked.method,
            self._sender(headers),
            SpanKind.SERVER,
            start_time=now - round(seconds * 1e9),
        )
        span.set_attribute("analytics_gql.remembered", value=True)
        _describe(span, asked)
        span.end(now)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """See Spans.part."""
        with self._tracer.start_as_current_span(name):
            yield

    def statement(self, sql: str, plan_hash: str) -> _StatementSpan:
        """See Spans.statement."""
        span = self._tracer.start_span("statement", kind=SpanKind.CLIENT)
        span.set_attribute("db.query.text", sql[:_MAX_SQL_CHARACTERS])
        span.set_attribute("analytics_gql.plan_hash", plan_hash)
        return _StatementSpan(span)

    def close(self) -> None:
        """See Spans.close."""
        self._provider.shutdown()

    def _sender(self, headers: RawHeaders) -> Context:
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in headers
            if name in _PROPAGATED
        }
        # Never the context of whatever runs here: a request is below its sender, or on top.
        return self._propagator.extract(carrier, Context())


class _StatementSpan:
    """Not made the current one: a stream may be closed in another task than has begun it."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def end(self, *, rows: int, code: str) -> None:
        """See OpenSpan.end."""
        self._span.set_attribute("db.response.returned_rows", rows)
        if code != OK:
            self._span.set_attribute("error.type", code)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _describe(span: Span, asked: Asked) -> None:
    span.update_name(f"{asked.method} {asked.door}")
    attributes: dict[str, str | int | None] = {
        "http.request.method": asked.method,
        "http.response.status_code": asked.status,
        "analytics_gql.request_id": asked.request_id,
        "analytics_gql.tenant": asked.tenant,
        "analytics_gql.code": asked.code,
    }
    if asked.operations:
        operation = asked.operations[0]
        attributes |= {
            "graphql.operation.name": operation.name,
            "graphql.document.id": operation.digest,
            "analytics_gql.document": operation.document,
            "analytics_gql.cost": operation.cost,
            "analytics_gql.rows": operation.rows,
        }
    span.set_attributes({name: value for name, value in attributes.items() if value is not None})
    if asked.status >= 500:
        span.set_status(Status(StatusCode.ERROR))
