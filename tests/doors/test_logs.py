"""The lines that requests leave: in the log, and in the audit of who asked for what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from analytics_gql.access.keys import new_key
from analytics_gql.access.signed_urls import PARAMETER
from analytics_gql.app import create_app
from analytics_gql.errors import SettingsError, WarehouseUnavailableError
from analytics_gql.persisted.registry import identifier_of
from analytics_gql.settings import Settings
from tests.access.test_access_over_http import keys_file
from tests.doors import live_server
from tests.doors.in_process import ask, logging_as_it_was, serving
from tests.doors.registered import DAY, FILES, settings
from tests.persisted.folders import QUERY, fill

KEY = new_key()
UNKNOWN = new_key()
ROWS = """query Mine { orderMetrics(dateRange: { start: "2026-06-01", end: "2026-06-02" }
  where: { country: { eq: "Lotusland" } }) { date country revenue } }"""
BY = """query By($day: Date!, $by: [OrderMetricsDimension!]) {
  orderMetrics(dateRange: { start: $day, end: $day }, groupBy: $by) { orderCount } }"""


def own(demo_path: Path, folder: Path, **others: Any) -> Settings:
    keys = keys_file(folder, {KEY: {"tenant": "acme", "tier": 3, "name": "dashboards"}})
    return settings(
        demo_path, fill(folder / "documents", FILES), keys=keys, log_format="json", **others
    )


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def accesses(text: str) -> list[dict[str, Any]]:
    return [line for line in lines(text) if line["logger"] == "analytics_gql.access"]


async def several(client: httpx.AsyncClient) -> None:
    """Requests of all kinds, with secrets in all places."""
    mine = {"authorization": f"Bearer {KEY}"}
    for _ in range(2):
        await client.get("/graphql/p/day", params=DAY, headers=mine)
    await client.get(f"/graphql/p/day?day=2026-06-30&{PARAMETER}=c2lnbmF0dXJl.abc")
    await client.get(f"/graphql/p/{KEY}", headers={"x-api-key": KEY})
    await client.get(f"/nowhere/{UNKNOWN}?token={UNKNOWN}")
    await ask(client, ROWS, headers=mine)
    await ask(client, f'{{ a(b: "{KEY}") }}', headers=mine)
    await ask(client, ROWS, headers={"x-api-key": UNKNOWN})
    await ask(client, BY, {"day": "2026-06-30", "by": ["CHANNEL"]}, headers=mine)


async def test_every_request_is_a_line_of_the_log(
    demo_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async with serving(own(demo_path, tmp_path)) as client:
        await several(client)
        identified = await client.get("/healthz", headers={"x-request-id": "request-of-a-test"})
        assert identified.status_code == 200
        sent = {"x-api-key": KEY, "x-request-id": "request-of-a-test"}
        await client.get("/graphql/p/day", params=DAY, headers=sent)
    told = accesses(capfd.readouterr().err)
    assert [
        (line["door"], line["method"], line["status"], line["code"], line["document"])
        for line in told
    ] == [
        ("named", "GET", 200, "OK", "day"),
        ("named", "GET", 200, "OK", "day"),
        ("named", "GET", 403, "SIGNATURE_INVALID", None),
        ("named", "GET", 404, "PERSISTED_QUERY_NOT_FOUND", None),
        ("other", "GET", 404, "BAD_REQUEST", None),
        ("graphql", "POST", 200, "OK", identifier_of(ROWS)),
        ("graphql", "POST", 200, "GRAPHQL_VALIDATION_FAILED", told[6]["document"]),
        ("graphql", "POST", 401, "UNAUTHENTICATED", None),
        ("graphql", "POST", 200, "OK", identifier_of(BY)),
        ("other", "GET", 200, "OK", None),
        ("named", "GET", 200, "OK", "day"),
    ]
    assert told[0]["path"] == told[1]["path"] == "/graphql/p/day"
    assert told[0]["operation"] == "Day"
    assert told[5]["tenant"] == told[1]["tenant"] == "acme"
    assert told[7]["tenant"] is None
    assert told[-1]["requestId"] == "request-of-a-test"
    assert all(line["ms"] >= 0 and line["time"].endswith("Z") for line in told)
    assert len({line["requestId"] for line in told}) == 11


async def test_no_secret_is_in_any_log(
    demo_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    audit = tmp_path / "audit.jsonl"
    for form in ("text", "json"):
        with_everything = own(
            demo_path,
            tmp_path,
            audit_log=str(audit),
            log_level="debug",
            access_log=True,
            slow_statement_ms=0,
            persisted_mode="safelist-log",
            redis="redis://ada:redis-password@127.0.0.1:1/0",
            metrics_token="a token of sixteen",
        ).model_copy(update={"log_format": form})
        async with serving(with_everything) as client:
            await several(client)
            await client.get("/metrics", headers={"authorization": "Bearer a token of sixteen"})
    written = capfd.readouterr().err + audit.read_text()
    assert "a slow statement" in written
    assert "Redis, 127.0.0.1" in written
    for secret in (
        KEY, UNKNOWN, KEY[5:], "c2lnbmF0dXJl", "redis-password", "a token of sixteen",
        "a secret that only tests use", "Lotusland",
    ):  # fmt: skip
        assert secret not in written, secret


async def test_a_warehouse_s_password_is_in_no_log(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    nowhere = Settings(
        warehouse="postgresql://ada:warehouse-password@127.0.0.1:1/shop", connect_timeout_s=1
    )
    with pytest.raises(WarehouseUnavailableError) as raised:
        async with serving(nowhere):
            pass
    assert "warehouse-password" not in f"{capfd.readouterr().err}{raised.value}"


async def test_text_is_a_line_a_request_whatever_is_in_it(
    demo_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    as_text = own(demo_path, tmp_path, access_log=True).model_copy(update={"log_format": "text"})
    async with serving(as_text) as client:
        await client.get("/a%0Ab%20c")
        await client.get("/graphql/p/day", params=DAY, headers={"x-api-key": KEY})
    first, second = capfd.readouterr().err.splitlines()
    assert "GET '/a\\nb c' BAD_REQUEST door=other tenant=- document=-" in first
    assert second.endswith("GET /graphql/p/day OK door=named tenant=acme document=day")


async def test_there_are_no_lines_where_they_are_not_wanted(
    demo_path: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    others: dict[str, Any]
    for others in ({"access_log": False}, {"log_level": "warning"}, {"log_format": "text"}):
        async with serving(own(demo_path, tmp_path).model_copy(update=others)) as client:
            await several(client)
        assert "analytics_gql.access" not in capfd.readouterr().err


# --- the audit -----------------------------------------------------------------------------------


async def test_the_audit_tells_who_asked_for_what(demo_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    async with serving(own(demo_path, tmp_path, audit_log=str(path), max_batch=2)) as client:
        await several(client)
        mine = {"x-api-key": KEY}
        day = {"documentId": identifier_of(QUERY), "variables": DAY}
        await client.post("/graphql", json=[day, {"query": "{"}], headers=mine)
        csv = await ask(client, BY, {"day": "2026-06-30"}, headers=mine | {"accept": "text/csv"})
        assert csv.headers["content-type"].startswith("text/csv")
    told = lines(path.read_text())
    assert [
        (line["tenant"], line["key"], line.get("name"), line.get("rows"), line["code"])
        for line in told
    ] == [
        ("acme", "dashboards", "day", 1, "OK"),
        ("acme", "dashboards", "day", 1, "OK"),
        (None, None, None, None, "SIGNATURE_INVALID"),
        ("acme", "dashboards", None, None, "PERSISTED_QUERY_NOT_FOUND"),
        ("acme", "dashboards", None, 0, "OK"),
        ("acme", "dashboards", None, 0, "GRAPHQL_VALIDATION_FAILED"),
        (None, None, None, None, "UNAUTHENTICATED"),
        ("acme", "dashboards", None, told[7]["rows"], "OK"),
        ("acme", "dashboards", "day", 1, "OK"),
        ("acme", "dashboards", None, 0, "GRAPHQL_PARSE_FAILED"),
        ("acme", "dashboards", None, 1, "OK"),
    ]
    assert told[7]["rows"] > 1
    assert told[0]["document"] == told[1]["document"] == identifier_of(QUERY)
    assert told[0]["cost"] == told[1]["cost"] == 3
    assert told[10]["cost"] > 0
    # Equal variables are recognised, others told apart, and none can be read.
    assert told[0]["variables"] == told[1]["variables"] == told[8]["variables"]
    assert told[0]["variables"] not in (None, told[7]["variables"])
    assert "2026-06-30" not in path.read_text().replace(told[0]["time"][:10], "")
    assert {line["requestId"] for line in told[8:10]} == {told[8]["requestId"]}


async def test_a_kept_answer_has_the_rows_and_the_cost_that_it_had(
    demo_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    async with serving(own(demo_path, tmp_path, audit_log=str(path))) as client:
        for accept in ("application/json", "application/json;q=0.9"):
            await client.get(
                "/graphql/p/day", params=DAY, headers={"x-api-key": KEY, "accept": accept}
            )
    assert [(line["rows"], line["cost"]) for line in lines(path.read_text())] == [(1, 3), (1, 3)]


async def test_the_audit_tells_of_numbers_that_are_no_numbers_here(
    demo_path: Path, tmp_path: Path
) -> None:
    """A URL may say more digits than any number of 64 bits has."""
    path = tmp_path / "audit.jsonl"
    async with serving(own(demo_path, tmp_path, audit_log=str(path))) as client:
        parameters = {"day": "2026-06-30", "limit": "9" * 20}
        answer = await client.get("/graphql/p/all", params=parameters, headers={"x-api-key": KEY})
    assert answer.status_code == 400
    (line,) = lines(path.read_text())
    assert (line["name"], line["code"]) == ("all", "BAD_USER_INPUT")
    assert line["variables"]


async def test_the_audit_tells_of_sockets_and_event_streams_as_well(
    demo_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "audit.jsonl"
    token = "a token of sixteen"
    audited = own(demo_path, tmp_path, audit_log=str(path), metrics_token=token)
    query = f"query Orders {{ orderMetrics({live_server.DAY}) {{ orderCount }} }}"
    mine = {"x-api-key": KEY}
    async with live_server.live_server(audited) as server, server.client() as client:
        async with server.socket() as stranger:
            await stranger.send({"type": "connection_init", "payload": {"x-api-key": UNKNOWN}})
            await stranger.closed()
        async with server.initialised(mine) as socket:
            await socket.subscribe("1", query)
            assert [(await socket.receive())["type"] for _ in "12"] == ["next", "complete"]
            await socket.subscribe("2", "{ nothing }")
            assert (await socket.receive())["type"] == "error"
            await socket.subscribe("3", live_server.ORDERS)
            assert (await socket.receive())["type"] == "next"
        await live_server.until(lambda: len(lines(path.read_text())) == 4)
        stream = mine | {"accept": "text/event-stream"}
        await ask(client, query, headers=stream)
        await ask(client, "{ nothing }", headers=stream)
        numbers = await client.get("/metrics", headers={"authorization": f"Bearer {token}"})
    told = lines(path.read_text())
    assert [
        (line["door"], line["status"], line["tenant"], line["key"], line.get("operation"),
         line["code"])
        for line in told
    ] == [
        ("socket", 101, None, None, None, "UNAUTHENTICATED"),
        ("socket", 101, "acme", "dashboards", "Orders", "OK"),
        ("socket", 101, "acme", "dashboards", None, "GRAPHQL_VALIDATION_FAILED"),
        ("socket", 101, "acme", "dashboards", None, "OK"),
        ("events", 200, "acme", "dashboards", "Orders", "OK"),
        ("events", 200, "acme", "dashboards", None, "GRAPHQL_VALIDATION_FAILED"),
    ]  # fmt: skip
    assert told[1]["document"] == told[4]["document"] == identifier_of(query)
    assert told[1]["rows"] == told[4]["rows"] == 1
    assert told[1]["cost"] == told[3]["cost"] == told[4]["cost"] == 3
    assert len({line["requestId"] for line in told}) == 6
    assert 'code="OK",document="ad-hoc",door="socket",operation=""} 2.0' in numbers.text


def test_an_audit_that_cannot_be_written_stops_the_start(tmp_path: Path) -> None:
    with logging_as_it_was(), pytest.raises(SettingsError) as raised:
        create_app(Settings(audit_log=str(tmp_path / "no" / "folder")))
    assert "cannot be written: No such file or directory" in raised.value.message
