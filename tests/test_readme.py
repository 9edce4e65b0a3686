"""The README keeps its word."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from analytics_gql.access.caller import Caller
from analytics_gql.cli.parser import run
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.live import LiveQueries, LiveQuestion
from analytics_gql.sdl.check import check_model
from analytics_gql.sdl.hidden import hidden_from
from analytics_gql.sdl.public import public_sdl
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.doors.in_process import ask, serving
from tests.sdl.models import synced

README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    """The code blocks of a language, without the indentation of lists."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", README, re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def test_ci_runs_the_test_command_of_the_readme() -> None:
    (command,) = [block.strip() for block in blocks("sh") if ".venv/bin/pytest" in block]
    assert command in (ROOT / ".ci" / "run").read_text()


def test_every_setting_stands_in_the_table_with_its_default() -> None:
    table = re.search(r"<!-- settings:.*?-->(.*?)<!-- /settings -->", README, re.DOTALL)
    assert table is not None
    listed = re.findall(r"^\| `(\w+)` \| (?:`(.*?)`)? *\| (.*?) \|$", table[1], re.MULTILINE)
    assert listed == [
        (
            str(field.validation_alias or f"ANALYTICS_GQL_{name.upper()}"),
            "" if field.default is None else str(field.default),
            field.description,
        )
        for name, field in Settings.model_fields.items()
    ]


def test_the_commands_for_keys_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (commands,) = [block for block in blocks("sh") if "keys create" in block]
    monkeypatch.chdir(tmp_path)
    for command in commands.splitlines():
        assert run(command.split()[1:]) == 0
    assert capsys.readouterr().out.startswith("agql_")
    assert Path("keys.json").read_text() == "{}\n"


def test_every_directive_stands_in_the_table() -> None:
    schema = (ROOT / "schema.graphql").read_text()
    for directive in re.findall(r"^directive (@\w+)", schema, re.MULTILINE):
        assert f"| `{directive}" in README


OWN = [block for block in blocks("graphql") if "flight" in block]
GUARDED = [block for block in blocks("graphql") if "@access(" in block]
SIGNING = [block for block in blocks("graphql") if "signedUrl(" in block]
QUERIES = [
    block
    for block in blocks("graphql")
    if re.match(r"(query \w+ )?\{", block) and block not in (*OWN, *SIGNING)
]
LIVE = [block for block in blocks("graphql") if block.startswith("subscription")]


@pytest.mark.parametrize("query", QUERIES)
async def test_the_queries_run(demo_engine: GraphQLEngine, acme: Caller, query: str) -> None:
    response = orjson.loads(orjson.dumps(await demo_engine.execute(query, acme)))
    assert "errors" not in response
    ((field, answer),) = response["data"].items()
    assert answer
    if field == "catalog":
        assert all(answer.values())
    elif isinstance(answer, dict):
        assert len(answer["nodes"]) == 50
        assert all(order["customer"]["countryInfo"]["region"] for order in answer["nodes"])


async def test_the_subscription_is_answered(demo_engine: GraphQLEngine, acme: Caller) -> None:
    (text,) = LIVE
    live = LiveQueries(demo_engine, period_s=1, unversioned_period_s=1, at_once=1)
    question = LiveQuestion(demo_engine.prepare(text, acme), acme, None, None, is_registered=False)
    async with aclosing(live.states(question)) as states:
        response = orjson.loads((await anext(states)).response)
    assert "errors" not in response
    assert sum(row["orderCount"] for row in response["data"]["orderMetrics"]) == 543


def test_every_query_is_run() -> None:
    assert len(QUERIES) == 6
    told = (*QUERIES, *OWN, *GUARDED, *SIGNING, *LIVE)
    assert len(blocks("graphql")) == len(told) + 1  # the demo's model


async def test_the_url_that_is_signed_shows_the_answer(demo_path: Path) -> None:
    (query,) = SIGNING
    async with serving(Settings(warehouse=f"duckdb://{demo_path}")) as client:
        signed = (await ask(client, query)).json()["data"]["signedUrl"]
        shown = await client.get(signed["url"])
    assert shown.json()["data"]["orderMetrics"]
    assert len(OWN) == 3


def test_callers_see_what_the_guarded_model_says() -> None:
    (model,) = GUARDED
    model = model.replace(', tenant: "org_id"', "").replace("{\n", "{\n  date: Date @time\n", 1)
    files = synced(model + "type Query { orderMetrics: [OrderMetrics!] }")
    catalog = check_model(files)
    assert "cost: Decimal" in public_sdl(files, hidden_from(catalog, ["finance"]))
    others = public_sdl(files, hidden_from(catalog, ["support"]))
    assert "revenue: Decimal" in others
    for name in ("cost", "grossMargin", "COST", "GROSS_MARGIN"):
        assert re.search(rf"\b{name}\b", others) is None


async def test_the_answer_to_the_first_query_is_the_one_shown(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    # As a shell hands it to curl: to the letter.
    body, *_ = re.findall(r"-d '(\{\"query\".*?\})'$", README, re.MULTILINE | re.DOTALL)
    query = orjson.loads(body)["query"]
    answer = orjson.dumps(await demo_engine.execute(query, acme)).decode()
    shown = next(block for block in blocks("json") if "bank_transfer" in block)
    shown_rows = orjson.loads(shown.strip().removesuffix(", …") + "]}}")
    rows = orjson.loads(answer)["data"]["orderMetrics"]
    assert rows[0] == pytest.approx(shown_rows["data"]["orderMetrics"][0])


async def test_the_answer_about_usage_is_the_one_shown(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    (query,) = [block for block in QUERIES if "usageMetrics" in block]
    answer = orjson.loads(orjson.dumps(await demo_engine.execute(query, acme)))
    shown = next(block for block in blocks("json") if "usageMetrics" in block)
    shown_rows = orjson.loads(shown.strip().removesuffix(", …") + "]}}")
    rows = answer["data"]["usageMetrics"]
    assert rows[:2] == shown_rows["data"]["usageMetrics"]
    assert [row["time"][11:13] for row in rows] == ["14", "15", "16"]


async def test_the_answer_as_of_an_instant_is_the_one_shown(
    demo_engine: GraphQLEngine, acme: Caller
) -> None:
    (query,) = [block for block in QUERIES if "asOf" in block]
    answer = orjson.loads(orjson.dumps(await demo_engine.execute(query, acme)))
    shown = next(block for block in blocks("json") if "january" in block)
    shown_customers = orjson.loads(shown.strip().removesuffix(", …") + "]}}")
    assert answer["data"]["customers"][0] == shown_customers["data"]["customers"][0]


async def test_own_data_in_ten_minutes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model, rows_model, rows_query = OWN
    monkeypatch.chdir(tmp_path)
    Path("schema.graphql").write_text(model)
    Path("data").mkdir()
    duckdb.sql(
        """SELECT timestamp '2026-05-01' + to_hours(range) AS departed_at,
                  'XQ' || range AS flight_no,
                  ['BER', 'LIS', NULL][range % 3 + 1] AS origin, 'XQ' AS carrier_code,
                  range % 40 AS delay_minutes
           FROM range(1000)"""
    ).write_parquet("data/flights.parquet")
    duckdb.sql("SELECT 'XQ' AS carrier_code, 'SunExpress' AS name").write_parquet(
        "data/carriers.parquet"
    )
    assert run(["schema", "sync"]) == 0
    assert run(["schema", "sync"]) == 0
    assert "in order" in capsys.readouterr().out
    Path("schema.graphql").write_text(Path("schema.graphql").read_text() + rows_model)
    assert run(["schema", "sync"]) == 0
    settings = Settings(warehouse="duckdb://data")
    loaded = load_model(settings)
    async with open_service(settings, loaded.catalog) as service:
        engine = engine_of(loaded, service, settings)

        async def ask(query: str) -> Any:
            return orjson.loads(orjson.dumps(await engine.execute(query, Caller(None, (), tier=3))))

        response = await ask(
            """{ flightMetrics(dateRange: {start: "2026-05-01", end: "2026-05-31"}) {
                   origin flights delayed delayRate } }"""
        )
        rows = (await ask(rows_query))["data"]
        one = await ask('{ carrier(carrierCode: "XQ") { name } }')
    assert rows["flights"]["nodes"][0] == {
        "flightNo": "XQ999",
        "departedAt": "2026-06-11T15:00:00Z",
        "carrier": {"name": "SunExpress"},
    }
    assert rows["carriers"] == [{"name": "SunExpress"}, None]
    assert one == {"data": {"carrier": {"name": "SunExpress"}}}
    delays = {"BER": 0, "LIS": 1, None: 2}
    expected = []
    for origin, remainder in delays.items():
        flights = [number for number in range(31 * 24) if number % 3 == remainder]
        delayed = sum(number % 40 > 15 for number in flights)
        expected.append(
            {
                "origin": origin,
                "flights": len(flights),
                "delayed": delayed,
                "delayRate": pytest.approx(delayed / len(flights)),
            }
        )
    assert response == {"data": {"flightMetrics": expected}}


def test_a_wrong_column_is_told_as_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (model,) = [block for block in blocks("graphql") if "type FlightMetrics" in block]
    monkeypatch.chdir(tmp_path)
    Path("schema.graphql").write_text(model)
    Path("data").mkdir()
    duckdb.sql(
        "SELECT timestamp '2026-05-01' AS departed_at, 'BER' AS origin, 'XQ' AS carrier, "
        "1 AS delay_minutes"
    ).write_parquet("data/flights.parquet")
    assert run(["schema", "sync"]) == 0
    capsys.readouterr()
    # A command runs a loop of its own, which needs a thread of its own beside the tests'.
    with ThreadPoolExecutor(1) as threads:
        command = ["schema", "check", "--warehouse", "duckdb://data"]
        assert threads.submit(run, command).result() == 1
    shown = next(line.strip() for line in README.splitlines() if "did you mean 'carrier'" in line)
    assert shown in capsys.readouterr().err.splitlines()
