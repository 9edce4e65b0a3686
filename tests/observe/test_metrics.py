"""Counts of several workers in one answer."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from analytics_gql.observe import metrics as metrics_module
from analytics_gql.observe import request_counts
from analytics_gql.observe.asked import AD_HOC, OK, Used
from analytics_gql.observe.metrics import Metrics
from analytics_gql.observe.request_counts import Durations, FieldUses, RequestCounts
from tests.doors.in_process import captured_log

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    """Every sample by its name and its labels, as Prometheus reads it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def told(metrics: Metrics) -> Samples:
    content, media_type = metrics.exposition("")
    assert media_type.startswith("text/plain")
    return read(content.decode())


def made(folder: Path | None = None, times: float = 3, depth: float = 2) -> Metrics:
    metrics = Metrics(folder)
    durations = Durations()
    for seconds in (0.001, 0.002, 100.0):
        durations.observe(seconds)
    metrics.counter("asked", "Asked.", ("door",), lambda: {("a",): times, ('b"\n',): 1})
    metrics.gauge("waiting", "Waiting.", ("tenant",), lambda: {("acme",): depth})
    metrics.histogram("seconds", "Seconds.", (), lambda: {(): durations})
    return metrics


def test_numbers_are_told_as_prometheus_reads_them() -> None:
    samples = told(made())
    assert samples["analytics_gql_asked_total", (("door", "a"),)] == 3
    assert samples["analytics_gql_asked_total", (("door", 'b"\n'),)] == 1
    assert samples["analytics_gql_waiting", (("tenant", "acme"),)] == 2
    assert samples["analytics_gql_seconds_bucket", (("le", "0.001"),)] == 1
    assert samples["analytics_gql_seconds_bucket", (("le", "0.0025"),)] == 2
    assert samples["analytics_gql_seconds_bucket", (("le", "30.0"),)] == 2
    assert samples["analytics_gql_seconds_bucket", (("le", "+Inf"),)] == 3
    assert samples["analytics_gql_seconds_count", ()] == 3
    assert samples["analytics_gql_seconds_sum", ()] == pytest.approx(100.003)


def test_openmetrics_is_told_to_those_who_accept_it() -> None:
    content, media_type = made().exposition("application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text")
    assert content.endswith(b"# EOF\n")


async def test_workers_tell_each_other(tmp_path: Path) -> None:
    one, two = made(tmp_path, depth=2), made(tmp_path, times=40, depth=5)
    async with one.shared(), two.shared():
        samples, others = told(one), told(two)
    assert others["analytics_gql_asked_total", (("door", "a"),)] == 43
    assert samples["analytics_gql_asked_total", (("door", "a"),)] == 43
    assert samples["analytics_gql_seconds_bucket", (("le", "0.001"),)] == 2
    assert samples["analytics_gql_seconds_count", ()] == 6


@pytest.fixture
def ended_pid() -> int:
    """A process that was there."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


async def test_gauges_are_told_for_each_worker_that_is_there(
    tmp_path: Path, ended_pid: int
) -> None:
    one, two = made(tmp_path), made(tmp_path, depth=5)
    two._file = f"{ended_pid}-gone.json"
    async with two.shared():
        samples = told(one)
    own = (("tenant", "acme"), ("worker", str(os.getpid())))
    gauges = {labels: value for (name, labels), value in samples.items() if "waiting" in name}
    assert gauges == {own: 2}
    assert samples["analytics_gql_asked_total", (("door", "a"),)] == 6, "totals never fall"


async def test_old_files_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "_MAX_FILES", 3)
    for _ in range(6):
        async with made(tmp_path).shared():
            pass
    assert len(list(tmp_path.glob("*.json"))) == 4


def test_a_file_that_is_no_worker_s_is_told_of_and_left_out(tmp_path: Path) -> None:
    (tmp_path / "1-x.json").write_bytes(b"{")
    with captured_log() as log:
        assert told(made(tmp_path))["analytics_gql_asked_total", (("door", "a"),)] == 3
    assert "cannot be read" in log.getvalue()


def test_a_family_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "_MAX_ROWS", 10)
    metrics = Metrics()
    numbers: Mapping[tuple[str, ...], float] = {(str(number),): 1.0 for number in range(50)}
    metrics.counter("many", "Many.", ("number",), lambda: numbers)
    with captured_log() as log:
        assert len(told(metrics)) == len(told(metrics)) == 10
    assert log.getvalue().count("many has 50 sets of labels") == 1


def test_requests_are_counted_by_few_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_counts, "_MAX_SERIES", 3)
    counts = RequestCounts()
    for number in range(100):  # what clients name themselves is one
        counts.series("graphql", f"Mine{number}", AD_HOC, OK).observe(0.1)
    for number in range(10):
        counts.series("named", "Name", f"document{number}", OK).observe(0.1)
    assert counts.totals() == {
        ("graphql", "", AD_HOC, OK): 100,
        ("named", "Name", "document0", OK): 1,
        ("named", "Name", "document1", OK): 1,
        ("named", "other", "other", OK): 8,
    }
    durations = counts.durations()
    assert sum(durations["named", "other"].buckets) == 8
    assert durations["graphql", AD_HOC].sum_s == pytest.approx(10)


def test_uses_are_counted_once_a_document_however_many_documents() -> None:
    uses = FieldUses()
    often = Used(("A.a", "A.b"))
    for _ in range(5):
        uses.count(often)
    for _ in range(2_500):
        uses.count(Used(("A.a",)))
    assert uses.counts == uses.counts == {"A.a": 2_505, "A.b": 5}
    assert len(uses._by_document) == 0
