"""`analytics-gql serve` as people run it: the script, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from analytics_gql.access.caller import Caller
from analytics_gql.access.keys_file import create_key, revoke_key
from analytics_gql.cli import parser
from analytics_gql.demo.warehouse import DEMO_VERSION
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.persisted.folders import QUERY as DAY
from tests.persisted.folders import fill

SCRIPT = Path(sys.executable).parent / "analytics-gql"
SCHEMA = ROOT / "schema.graphql"
QUERY = """{
    orderMetrics(dateRange: { start: "2026-06-30", end: "2026-06-30" }) { orderCount }
}"""


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without its settings, and with others."""
    kept = {
        name: value for name, value in os.environ.items() if "ANALYTICS_GQL" not in name.upper()
    }
    return kept | variables


class Server:
    """A running `serve`, and the lines with which it started."""

    def __init__(self, process: subprocess.Popen[str], banner: list[str]) -> None:
        self.process = process
        self.banner = banner
        self.url = banner[-1].split()[1].rstrip("/")

    def wait_until_it_answers(self, headers: dict[str, str] | None = None) -> httpx.Response:
        for _ in range(600):
            assert self.process.poll() is None, "the server has ended"
            try:
                return httpx.get(f"{self.url}/readyz", headers=headers)
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        """End it; what it said on standard error."""
        self.process.send_signal(how)
        out, err = self.process.communicate(timeout=15)
        assert out == "", "the banner is all that is printed"
        return err


@contextmanager
def served(*options: str, cwd: Path, **variables: str) -> Iterator[Server]:
    process = subprocess.Popen(
        [str(SCRIPT), "serve", *options],
        cwd=cwd,
        env=environment(**variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        banner = [process.stdout.readline().rstrip("\n") for _ in range(6)]
        assert all(banner), process.stderr.read() if process.stderr else ""
        yield Server(process, banner)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # its workers as well, which hold the pipes
            process.communicate()


def test_two_workers_serve_everything_and_end_when_told(demo_path: Path, tmp_path: Path) -> None:
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}")
    with served(*where, "--port", "0", "--workers", "2", cwd=tmp_path) as server:
        assert re.fullmatch(
            r"analytics-gql [0-9.]+ serves " + re.escape(str(SCHEMA)), server.banner[0]
        )
        assert re.fullmatch(
            r"  model      OrderMetrics \(\d+ dimensions, \d+ metrics\); "
            r"UsageMetrics \(\d+ dimensions, \d+ metrics\); "
            r"pages of Order; pages of UsageRequest; "
            r"look-ups of Customer, CustomerSegment, Product, Country, Workspace, AiModel",
            server.banner[1],
        )
        assert server.banner[2] == f"  warehouse  DuckDB, {demo_path}"
        assert server.banner[3].startswith("  callers    this machine only, as tenant acme")
        assert re.fullmatch(
            r"  open       (http://127\.0\.0\.1:[1-9]\d+)/ in a browser; "
            r"clients POST to \1/graphql",
            server.banner[5],
        )
        folder = ROOT / "persisted_queries"
        assert (
            server.banner[4] == f"  documents  14 registered in {folder}; others are answered too"
        )
        assert server.wait_until_it_answers().json() == {"status": "ready"}
        with httpx.Client(base_url=server.url) as client:
            assert client.get("/healthz").json() == {"status": "ok"}
            assert "analytics-gql</title>" in client.get("/").text
            response = client.post("/graphql", json={"query": QUERY})
            assert response.json()["data"] == {"orderMetrics": [{"orderCount": 543}]}
            assert "server" not in response.headers
            assert client.get("/graphql").status_code == 400
            assert client.get("/graphql?query={__typename}").json() == {
                "data": {"__typename": "Query"}
            }
            assert client.put("/graphql").status_code == 405
            foreign = client.post(
                "/graphql", json={"query": QUERY}, headers={"host": "evil.example"}
            )
            assert foreign.status_code == 401
        for _ in range(10):  # each its own connection, so that both workers answer
            response = httpx.post(f"{server.url}/graphql", json={"query": QUERY})
            assert response.json()["data"] == {"orderMetrics": [{"orderCount": 543}]}
        err = server.stop()
        assert server.process.returncode == 0
        assert "Traceback" not in err
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/healthz")


def test_each_worker_tells_the_counts_of_all(demo_path: Path, tmp_path: Path) -> None:
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}")
    token = "a token of sixteen"
    variables = {"ANALYTICS_GQL_METRICS_TOKEN": token, "TMPDIR": str(tmp_path)}
    options = (*where, "--port", "0", "--workers", "2")
    with served(*options, cwd=tmp_path, **variables) as server:
        server.wait_until_it_answers()
        for _ in range(20):  # each its own connection, so that both workers answer
            httpx.post(f"{server.url}/graphql", json={"query": QUERY})
        folders = list(tmp_path.glob("analytics-gql-metrics-*"))
        asked = 'analytics_gql_requests_total{code="OK",document="ad-hoc",door="graphql"'
        until, told = time.monotonic() + 10, 0
        while told < 10:  # ten times each, without one that tells less
            response = httpx.get(
                f"{server.url}/metrics", headers={"authorization": f"Bearer {token}"}
            )
            assert response.status_code == 200
            told = told + 1 if f'{asked},operation=""}} 20.0' in response.text else 0
            assert time.monotonic() < until
        assert "Traceback" not in server.stop()
    assert len(folders) == 1
    assert not folders[0].exists()


def opened_by(pid: int, path: Path) -> int:
    """How many processes that a process has begun have a file open."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    count = 0
    for child in children:
        try:
            opened = [os.readlink(link) for link in Path(f"/proc/{child}/fd").iterdir()]
        except FileNotFoundError:  # it, or a file of its, is gone meanwhile
            continue
        count += str(path.resolve()) in opened
    return count


def test_documents_are_followed_by_all_workers_without_a_restart(
    demo_path: Path, tmp_path: Path
) -> None:
    folder = fill(tmp_path / "documents", {"day.graphql": DAY})
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}")
    options = (*where, "--persisted-queries", "documents", "--port", "0", "--workers", "2")
    with served(*options, cwd=tmp_path, ANALYTICS_GQL_PERSISTED_MODE="safelist") as server:
        assert server.banner[4] == "  documents  1 registered in documents; others are refused"
        server.wait_until_it_answers()
        old = {"orderMetrics": [{"orderCount": 543}]}
        new = {"orderMetrics": [{"customers": 533}]}

        def day() -> Any:
            # Each its own connection, so that both workers answer.
            response = httpx.get(f"{server.url}/graphql/p/day?day=2026-06-30")
            assert response.status_code == 200
            return response.json()["data"]

        # A worker that finds faulty documents when it starts does not: both are to be there first.
        until = time.monotonic() + 30
        while opened_by(server.process.pid, demo_path) < 2:
            assert time.monotonic() < until
            time.sleep(0.05)
        until = time.monotonic() + 2
        while time.monotonic() < until:
            assert day() == old
        fill(folder, {"day.graphql": "query Day {"})
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            assert day() == old
        fill(folder, {"day.graphql": DAY.replace("orderCount", "customers")})
        until, answers = time.monotonic() + 10, [old]
        while answers[-20:] != [new] * 20:
            answers.append(day())
            assert time.monotonic() < until
        assert all(answer in (old, new) for answer in answers)
        err = server.stop()
        assert server.process.returncode == 0
        assert err.count("documents/day.graphql:1: Syntax Error") == 2, "each worker says so once"
        assert "Traceback" not in err


def test_a_document_that_does_not_fit_is_told_before_serving(
    demo_path: Path, tmp_path: Path
) -> None:
    fill(tmp_path, {"day.graphql": DAY, "old.graphql": "query Old {\n  orderMetric { cost }\n}"})
    where = ["--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}"]
    done = subprocess.run(
        [str(SCRIPT), "serve", *where, "--persisted-queries", "."],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    first, last = done.stderr.splitlines()
    assert first.startswith("old.graphql:2: Cannot query field 'orderMetric' on type 'Query'. Did")
    assert last == "1 fault in the registered documents"


def test_without_a_word_the_demo_is_served(demo_path: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    demo = tmp_path / "cache" / f"demo-{DEMO_VERSION}.duckdb"
    shutil.copy(demo_path, demo)
    variables = {"ANALYTICS_GQL_CACHE_DIR": str(demo.parent), "ANALYTICS_GQL_PORT": "0"}
    with served(cwd=tmp_path, **variables) as server:
        assert server.banner[0].endswith("schema.graphql")
        assert server.banner[2] == f"  warehouse  DuckDB, {demo}"
        server.wait_until_it_answers()
        response = httpx.post(f"{server.url}/graphql", json={"query": QUERY})
        assert response.json()["data"] == {"orderMetrics": [{"orderCount": 543}]}
        err = server.stop(signal.SIGINT)
        assert server.process.returncode in (0, 130)
        assert "Traceback" not in err


def test_the_environment_says_the_same_as_options(demo_path: Path, tmp_path: Path) -> None:
    """A server that is told everything by its environment."""
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({hashlib.sha256(b"k").hexdigest(): {"tenant": "dune"}}))
    (tmp_path / "model").mkdir()
    shutil.copy(SCHEMA, tmp_path / "model" / "demo.graphql")
    with served(
        cwd=tmp_path,
        ANALYTICS_GQL_SCHEMA="model",
        ANALYTICS_GQL_WAREHOUSE=f"duckdb://{demo_path}",
        ANALYTICS_GQL_HOST="localhost",
        ANALYTICS_GQL_PORT="0",
        ANALYTICS_GQL_KEYS="keys.json",
        ANALYTICS_GQL_LOG_LEVEL="error",
    ) as server:
        assert server.banner[0].endswith(" serves model")
        assert server.banner[3] == "  callers    keys of keys.json"
        assert server.url.startswith("http://localhost:")
        server.wait_until_it_answers()
        post = {"url": f"{server.url}/graphql", "json": {"query": QUERY}}
        assert httpx.post(**post).status_code == 401  # type: ignore[arg-type]
        response = httpx.post(**post, headers={"x-api-key": "k"})  # type: ignore[arg-type]
        (row,) = response.json()["data"]["orderMetrics"]
        assert 0 < row["orderCount"] < 543
        server.stop()
        assert server.process.returncode in (0, -signal.SIGTERM)


def test_keys_are_followed_by_all_workers_without_a_restart(
    demo_path: Path, tmp_path: Path
) -> None:
    keys, now = tmp_path / "keys.json", datetime.now(UTC)
    first = create_key(keys, "first", Caller("acme", (), 2), now, None).key
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}", "--keys", str(keys))
    # Nobody knows which of the workers answers, so they are asked often.
    often = {"ANALYTICS_GQL_FAILED_ATTEMPTS_PER_MINUTE": "100000"}
    with served(*where, "--port", "0", "--workers", "2", cwd=tmp_path, **often) as server:
        assert server.banner[3] == f"  callers    keys of {keys}"
        server.wait_until_it_answers()

        def statuses(key: str) -> list[int]:
            headers = {"x-api-key": key}
            url = f"{server.url}/graphql?query={{__typename}}"
            return [httpx.get(url, headers=headers).status_code for _ in range(20)]

        assert statuses(first) == [200] * 20
        second = create_key(keys, "second", Caller("acme", (), 2), now, None).key
        until = time.monotonic() + 10
        while statuses(second) != [200] * 20:
            assert time.monotonic() < until
        revoke_key(keys, "first")
        until = time.monotonic() + 10
        while statuses(first) != [401] * 20:
            assert time.monotonic() < until
        assert statuses(second) == [200] * 20
        err = server.stop()
        assert "Traceback" not in err
        assert first not in err
        assert second not in err


def test_anybody_is_answered_only_where_that_is_said(demo_path: Path, tmp_path: Path) -> None:
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}")
    options = (*where, "--port", "0", "--allow-anonymous")
    with served(*options, cwd=tmp_path, ANALYTICS_GQL_HOST="0.0.0.0") as server:
        assert server.banner[3] == (
            "  callers    ANYBODY who reaches this address, as tenant acme: no key is asked for"
        )
        server.wait_until_it_answers()
        response = httpx.post(
            f"{server.url}/graphql", json={"query": QUERY}, headers={"host": "example.com"}
        )
        assert response.json()["data"] == {"orderMetrics": [{"orderCount": 543}]}


def test_options_are_the_environment_s_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "schema": "/s.graphql",
        "warehouse": "duckdb:///w.duckdb",
        "host": "::1",
        "port": "8123",
        "workers": "3",
        "keys": "/k.json",
    }
    for name in list(os.environ):
        if name.upper().startswith("ANALYTICS_GQL_"):
            monkeypatch.delenv(name)
    words = [word for name, value in told.items() for word in (f"--{name}", value)]
    by_options = parser._settings(parser._parser().parse_args(["serve", *words]))
    for name, value in told.items():
        monkeypatch.setenv(f"ANALYTICS_GQL_{name.upper()}", value)
    by_environment = parser._settings(parser._parser().parse_args(["serve"]))
    assert by_options == by_environment
    assert by_options.schema_path == Path("/s.graphql")
    # An option stands above the environment.
    chosen = parser._settings(
        parser._parser().parse_args(["serve", "--port", "9", "--schema", "/o"])
    )
    assert chosen == by_options.model_copy(update={"port": 9, "schema_path": Path("/o")})
    assert chosen != Settings()


def test_what_stops_a_command_is_said_without_a_stack(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(SCRIPT), "serve", "--schema", str(SCHEMA), "--warehouse", "mysql://u:secret@h/d"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "analytics-gql: 'mysql' is no kind of warehouse\n"
        "  → write duckdb:///path/file.duckdb, duckdb:///folder-of-parquet or postgresql://…\n"
    )


def test_the_module_is_the_script() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "analytics_gql", "schema", "print", "--schema", str(SCHEMA)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "type OrderMetrics {" in done.stdout


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sockets_are_told_that_the_server_goes(
    demo_path: Path, tmp_path: Path, workers: str
) -> None:
    where = ("--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}")
    with served(*where, "--port", "0", "--workers", workers, cwd=tmp_path) as server:
        server.wait_until_it_answers()
        url = server.url.replace("http", "ws") + "/graphql"
        offered = [Subprotocol("graphql-transport-ws")]
        with connect(url, subprotocols=offered, proxy=None) as socket:
            socket.send('{"type": "connection_init"}')
            assert socket.recv(timeout=10) == '{"type":"connection_ack"}'
            began = time.monotonic()
            err = server.stop()
            with pytest.raises(ConnectionClosed):
                socket.recv(timeout=10)
            assert socket.protocol.close_rcvd is not None
            assert socket.protocol.close_rcvd.code == 1001
        assert time.monotonic() - began < 10
        assert "Traceback" not in err
