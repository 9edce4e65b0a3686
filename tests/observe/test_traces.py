"""Traces, as a collector receives them over the wire."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from analytics_gql.compose.observe import Observation
from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings
from tests.doors.in_process import ask, serving
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import fill

TRACE = "0af7651916cd43dd8448eb211c80319c"
SENDER = "b7ad6b7169203331"
ROWS = """query Countries { orderMetrics(dateRange: { start: "2026-06-01", end: "2026-06-30" }
  where: { country: { eq: "Atlantis" } }) { country revenue } }"""


class Collector(HTTPServer):
    """Takes what is exported by OTLP over HTTP."""

    def __init__(self) -> None:
        received: list[bytes] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        super().__init__(("127.0.0.1", 0), Handler)
        self._received = received

    @property
    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self._received]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    @property
    def service(self) -> str:
        request = ExportTraceServiceRequest.FromString(self._received[0])
        attributes = request.resource_spans[0].resource.attributes
        return next(item.value.string_value for item in attributes if item.key == "service.name")


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with Collector() as found:
        thread = Thread(target=found.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{found.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        yield found
        found.shutdown()
        thread.join()


@asynccontextmanager
async def traced(demo_path: Path, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a traced server; what it has traced is with the collector when it has ended."""
    async with serving(settings(demo_path, fill(folder, FILES), traces=True)) as client:
        yield client


def told(span: Any) -> dict[str, Any]:
    return {
        item.key: getattr(item.value, str(item.value.WhichOneof("value")))
        for item in span.attributes
    }


async def test_a_request_is_a_span_below_its_sender_s_with_its_parts_below_it(
    demo_path: Path, tmp_path: Path, collector: Collector
) -> None:
    async with traced(demo_path, tmp_path) as client:
        response = await ask(client, ROWS, headers={"traceparent": f"00-{TRACE}-{SENDER}-01"})
        assert "errors" not in response.json()
    assert collector.service == "analytics-gql"
    spans = {span.name: span for span in collector.spans}
    assert {span.trace_id.hex() for span in collector.spans} == {TRACE}
    request = spans["POST graphql"]
    assert request.parent_span_id.hex() == SENDER
    assert told(request) == {
        "http.request.method": "POST",
        "http.response.status_code": 200,
        "analytics_gql.request_id": response.headers["x-request-id"],
        "analytics_gql.tenant": "acme",
        "analytics_gql.code": "OK",
        "graphql.operation.name": "Countries",
        "graphql.document.id": told(request)["graphql.document.id"],
        "analytics_gql.document": "ad-hoc",
        "analytics_gql.cost": response.json()["extensions"]["cost"]["requested"],
        "analytics_gql.rows": 0,
    }
    for name in ("parse", "plan", "cache", "warehouse", "encode"):
        assert spans[name].parent_span_id == request.span_id
    statement = spans["statement"]
    assert statement.parent_span_id == spans["warehouse"].span_id
    assert told(statement)["db.query.text"].startswith("WITH")
    assert len(told(statement)["analytics_gql.plan_hash"]) == 16
    assert not any(b"Atlantis" in body for body in collector._received)


async def test_a_remembered_get_is_a_span_of_its_own(
    demo_path: Path, tmp_path: Path, collector: Collector
) -> None:
    async with traced(demo_path, tmp_path) as client:
        for _ in range(2):
            await client.get("/graphql/p/day", params=DAY)
        await client.get(
            "/graphql/p/day", params=DAY, headers={"traceparent": f"00-{TRACE}-{SENDER}-01"}
        )
    spans = [span for span in collector.spans if span.name == "GET named"]
    assert [told(span).get("analytics_gql.remembered") for span in spans] == [None, True, True]
    assert len({span.trace_id for span in spans}) == 3
    assert spans[2].parent_span_id.hex() == SENDER
    assert {told(span)["analytics_gql.document"] for span in spans} == {"day"}


async def test_errors_are_told_by_their_code(
    demo_path: Path, tmp_path: Path, collector: Collector
) -> None:
    async with traced(demo_path, tmp_path) as client:
        await ask(client, "{ nothing }", headers={"traceparent": "no such thing"})
        await client.get("/nothing")
    codes = [told(span)["analytics_gql.code"] for span in collector.spans if " " in span.name]
    assert codes == ["GRAPHQL_VALIDATION_FAILED", "BAD_REQUEST"]


async def test_nothing_is_traced_unless_it_is_wanted(
    demo_path: Path, tmp_path: Path, collector: Collector
) -> None:
    async with serving(settings(demo_path, fill(tmp_path, FILES))) as client:
        await ask(client, ROWS, headers={"traceparent": f"00-{TRACE}-{SENDER}-01"})
    assert collector.spans == []


def test_traces_without_the_extra_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "analytics_gql.observe.traces", None)
    with pytest.raises(SettingsError) as raised:
        Observation(Settings(traces=True))
    assert "pip install 'analytics-gql[otel]'" in str(raised.value.hint)
