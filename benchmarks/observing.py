"""`observing`: what counting, logging, auditing and tracing add to a remembered GET, which is the
request that they weigh most on."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.http import REQUESTS, ask, on_cpu_ns, ours
from benchmarks.rounds import compare
from benchmarks.server import Server
from benchmarks.table import Line

_NOTHING = {"metrics": "false", "access_log": "false"}
_COUNTED = {"metrics": "true", "access_log": "false"}
_LOGGED = {"metrics": "true", "access_log": "true", "log_format": "json"}


async def observing(server: Server) -> list[Line]:
    """The time that the serving process works for each request, against a server that tells
    nothing; both as the command starts them."""
    if server.label != "DuckDB":
        return []
    with tempfile.TemporaryDirectory() as folder:
        audit = {"audit_log": str(Path(folder, "audit.jsonl"))}
        return [
            await _against_nothing(server, "counted, which is metrics", _COUNTED),
            await _against_nothing(server, "and a line of JSON in the log", _LOGGED),
            await _against_nothing(server, "and a line of the audit", _LOGGED | audit),
        ]


async def _against_nothing(server: Server, what: str, variables: dict[str, str]) -> Line:
    async with (
        ours(server, **_NOTHING) as (floor_port, floor_pid),
        ours(server, **variables) as (port, pid),
    ):

        def worked_s() -> float:
            return (on_cpu_ns(floor_pid) + on_cpu_ns(pid)) / REQUESTS / 1e9

        async def floor(_round: int) -> None:
            await ask(floor_port, b"")

        async def watched(_round: int) -> None:
            await ask(port, b"")

        ratio = await compare(floor, watched, rounds=20, seconds=12, clock=worked_s)
    return Line(f"observing: a remembered GET, {what}", "–", ratio, None)
