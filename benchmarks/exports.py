"""`exports`: a million rows of six columns over HTTP, against the engine's own COPY to a file."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import duckdb

from benchmarks.rounds import compare
from benchmarks.server import ROOT, Server
from benchmarks.table import Line

ROWS = 1_000_000
MODEL = ROOT / "benchmarks" / "exports.graphql"
DOCUMENT = "{ sales { nodes { id createdAt kind country amount isPaid } } }"
WHOLE_PAGE = DOCUMENT.replace("sales", f"sales(first: {ROWS})")
"""As JSON a connection is cut at a page, if it is not said how many rows are wanted."""

BY_HAND = "SELECT id, created_at, kind, country, amount, is_paid FROM exports.sales ORDER BY id"

TARGET = 2.0
"""Half as fast as COPY."""

_BUILD = (
    "CREATE SCHEMA exports",
    f"""
    CREATE TABLE exports.sales AS
    SELECT
        i AS id,
        TIMESTAMP '2026-01-01' + INTERVAL '1 second' * CAST(floor(i / 10.0) AS INTEGER)
            AS created_at,
        CASE i * 31 % 7
            WHEN 0 THEN 'purchase' WHEN 1 THEN 'sign-up' WHEN 2 THEN NULL ELSE 'visit' END AS kind,
        CASE i % 3 WHEN 0 THEN 'Germany' WHEN 1 THEN 'France' ELSE 'United Kingdom' END AS country,
        CAST(i * 7907 % 100000 AS DECIMAL(12, 2)) / 100 AS amount,
        i % 5 <> 0 AS is_paid
    FROM generate_series(CAST(1 AS BIGINT), {ROWS}) AS numbers(i)
    """,
    "ALTER TABLE exports.sales ALTER COLUMN amount TYPE DECIMAL(12, 2)",
    "ALTER TABLE exports.sales ADD PRIMARY KEY (id)",
)


@dataclass(frozen=True, slots=True)
class Serving:
    """`analytics-gql serve` in a process of its own, and the same engine without it."""

    pid: int
    port: int
    idle_mb: float
    copy: str
    engine: duckdb.DuckDBPyConnection | asyncpg.Connection

    async def floor(self, _round: int) -> None:
        """The engine's own COPY to a file."""
        if isinstance(self.engine, duckdb.DuckDBPyConnection):
            await asyncio.to_thread(self.engine.execute, self.copy)
        else:
            await self.engine.execute(self.copy)

    async def export(self, format: str) -> int:
        """Read an answer to its end over a socket; how many bytes it had, headers and all."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1 << 20)
        document = WHOLE_PAGE if format == "json" else DOCUMENT
        target = f"/graphql?format={format}&query={quote(document)}"
        writer.write(
            f"GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode()
        )
        size, end = 0, b""
        while part := await reader.read(1 << 20):
            size, end = size + len(part), (end + part)[-5:]
        writer.close()
        assert end == b"0\r\n\r\n", "the answer is broken off"
        return size

    def forget_peak(self) -> None:
        """Count the peak from what is used now."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")


def memory_mb(pid: int, what: str) -> float:
    """VmRSS, what a process has now, or VmHWM, the most that it had since `forget_peak`."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1_024


async def exports(server: Server) -> list[Line]:
    """The format of lines, JSON, and the dearest of the others; on the engine of `server`."""
    lines: list[Line] = []
    async with _sales(server) as serving:
        for format in ("csv", "json", "parquet"):

            async def subject(_round: int, format: str = format) -> int:
                return await serving.export(format)

            serving.forget_peak()
            ratio = await compare(serving.floor, subject, rounds=10, seconds=10)
            above = memory_mb(serving.pid, "VmHWM") - serving.idle_mb
            lines.append(
                Line(
                    f"exports: {format}, {ROWS:,} rows of 6, peak {above:.0f} MB above idle",
                    server.label,
                    ratio,
                    TARGET if format == "csv" else None,
                )
            )
    return lines


@asynccontextmanager
async def _sales(server: Server) -> AsyncIterator[Serving]:
    url = server.settings.warehouse
    assert url is not None
    with tempfile.TemporaryDirectory(prefix="exports-") as folder:
        # PostgreSQL's server writes its file there.
        await asyncio.to_thread(Path(folder).chmod, 0o777)
        to_file = f"COPY ({BY_HAND}) TO '{folder}/by_hand.csv' (FORMAT csv, HEADER)"
        engine: duckdb.DuckDBPyConnection | asyncpg.Connection
        if url.startswith("duckdb://"):
            file = Path(folder) / "sales.duckdb"
            await asyncio.to_thread(_build, file)
            url = f"duckdb://{file}"
            engine = duckdb.connect(str(file), read_only=True)
        else:
            engine = await asyncpg.connect(url)
            if not await engine.fetchval("SELECT to_regclass('exports.sales') IS NOT NULL"):
                for statement in (*_BUILD, "VACUUM (ANALYZE) exports.sales"):
                    await engine.execute(statement)
        try:
            async with _served(url) as (pid, port):
                serving = Serving(pid, port, memory_mb(pid, "VmRSS"), to_file, engine)
                await serving.floor(0)
                await _check(serving, Path(folder) / "by_hand.csv")
                yield serving
        finally:
            if isinstance(engine, duckdb.DuckDBPyConnection):
                engine.close()
            else:
                await engine.close()


def _build(file: Path) -> None:
    print("DuckDB: making a million sales …", file=sys.stderr)
    with duckdb.connect(str(file)) as connection:
        for statement in (*_BUILD, "CHECKPOINT"):
            connection.execute(statement)


async def _check(serving: Serving, by_hand: Path) -> None:
    """Both files have the same number of lines, or the ratio would mean nothing."""
    with by_hand.open("rb") as file:
        assert sum(1 for _ in file) == ROWS + 1
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    target = f"/graphql?format=csv&query={quote(DOCUMENT)}"
    writer.write(f"GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    lines = 0
    while size := int(await reader.readline(), 16):
        lines += (await reader.readexactly(size)).count(b"\r\n")
        await reader.readexactly(2)
    writer.close()
    assert lines == ROWS + 1, f"{lines:,} lines"


@asynccontextmanager
async def _served(url: str) -> AsyncIterator[tuple[int, int]]:
    """The server's process and its port."""
    kept = {name: value for name, value in os.environ.items() if "ANALYTICS_GQL" not in name}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "analytics_gql", "serve", "--port", "0", "--schema", str(MODEL)),
        env=kept
        | {"ANALYTICS_GQL_WAREHOUSE": url, "ANALYTICS_GQL_SECRET": "what benchmarks sign with"},
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        port = 0
        while not port:
            line = (await process.stdout.readline()).decode()
            assert line, "the server did not start"
            found = re.search(r"^  open +http://127\.0\.0\.1:(\d+)/", line)
            port = int(found[1]) if found else 0
        await _answers(port)
        yield process.pid, port
    finally:
        process.terminate()
        await process.wait()


async def _answers(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return
