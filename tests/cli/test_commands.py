"""Each command as `analytics_gql.cli.parser.run`: what it prints, and its exit status."""

from __future__ import annotations

import asyncio
import io
import json
import os
import re
import shutil
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

import duckdb
import pytest

from analytics_gql.cache.reuse import Outcome
from analytics_gql.cli.parser import run
from analytics_gql.compose.access import local_caller
from analytics_gql.compose.engine import engine_of
from analytics_gql.compose.model import load_model
from analytics_gql.compose.service import open_service
from analytics_gql.demo.tables import TABLES
from analytics_gql.demo.warehouse import DEMO_VERSION
from analytics_gql.settings import Settings
from tests.conftest import ROOT
from tests.warehouses.throwaway_postgres import free_port

SCHEMA = ROOT / "schema.graphql"
FINANCE = ROOT / "persisted_queries" / "finance_metrics.graphql"
RANGE = '{"start": "2026-06-29", "end": "2026-06-30"}'
UNSYNCED = """
type Sales @dataset(table: "sales") {
  region: String @dimension
  total: BigInt @metric(sql: "sum(amount)")
}

type Query {
  sales: [Sales!]
}
"""


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting of whoever runs the tests; files go where they are thrown away."""
    for name in list(os.environ):
        if name.upper().startswith("ANALYTICS_GQL_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANALYTICS_GQL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def cached_demo(tmp_path: Path, demo_path: Path) -> Path:
    """The demo where `serve` and others look for it."""
    path = tmp_path / "cache" / f"demo-{DEMO_VERSION}.duckdb"
    path.parent.mkdir()
    shutil.copy(demo_path, path)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of one table, in order."""
    path = tmp_path / "schema.graphql"
    path.write_text(UNSYNCED)
    assert run(["schema", "sync", "--schema", str(path)]) == 0
    return path


@pytest.fixture
def sales(tmp_path: Path) -> str:
    """The warehouse that the model is about."""
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE sales (region TEXT, amount BIGINT)")
        connection.execute("INSERT INTO sales VALUES ('north', 1), ('south', 2)")
    return f"duckdb://{path}"


def complaint(capsys: pytest.CaptureFixture[str]) -> str:
    """What was said on standard error, and nothing on standard output."""
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    return err


# --- usage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [[], ["nothing"], ["schema"], ["schema", "nothing"], ["serve", "--port", "many"],
     ["serve", "--nothing"], ["explain"]],
)  # fmt: skip
def test_wrong_usage_is_told_and_exits_with_two(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exited:
        run(arguments)
    assert exited.value.code == 2
    assert "usage: analytics-gql" in complaint(capsys)


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["--help"], ["serve", "--help"], ["schema", "sync", "--help"]):
        with pytest.raises(SystemExit) as exited:
            run(arguments)
        assert exited.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"analytics-gql {version('analytics-gql')}\n")
    for word in ("serve", "schema", "explain", "demo", "--keys FILE", "--workers"):
        assert word in out


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PORT", "many", "port: Input should be a valid integer"),
        ("PORT", "70000", "port: Input should be less than or equal to 65535"),
        ("WORKERS", "0", "workers: Input should be greater than or equal to 1"),
        ("STATEMENT_TIMEOUT_S", "-1", "statement_timeout_s: Input should be greater than 0"),
        ("LOG_LEVEL", "loud", "log_level: String should match pattern"),
    ],
)
def test_a_setting_that_cannot_stand_is_named_with_its_variable(
    variable: str,
    value: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"ANALYTICS_GQL_{variable}", value)
    assert run(["serve"]) == 1
    error = complaint(capsys)
    assert error.startswith(f"analytics-gql: {said}")
    assert f"ANALYTICS_GQL_{variable} differently" in error
    has_option = variable in ("PORT", "WORKERS")
    assert (f"--{variable.lower()} or" in error) is has_option


# --- schema --------------------------------------------------------------------------------------


def test_sync_writes_what_is_missing_and_says_what(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    path.write_text(UNSYNCED)
    path.chmod(0o640)
    assert run(["schema", "check", "--schema", str(path)]) == 1
    faults = complaint(capsys)
    told, count = faults.splitlines()
    assert re.fullmatch(rf"{re.escape(str(path))}: \d+ parts follow from the model, .*", told)
    assert told.endswith(" – run `analytics-gql schema sync`")
    assert count == "1 fault in the model"

    assert run(["schema", "sync", "--schema", str(path)]) == 0
    out = capsys.readouterr().out
    assert re.fullmatch(
        rf"wrote what follows from the model into {re.escape(str(path))}: \d+ changes\n", out
    )
    written = path.read_text()
    assert "enum SalesDimension" in written
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["schema.graphql"]

    assert run(["schema", "sync", "--schema", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} is in order: nothing to write\n"
    assert path.read_text() == written
    assert run(["schema", "check", "--schema", str(path)]) == 0
    assert capsys.readouterr().out == f"{path} is in order\n"


def test_sync_and_check_tell_every_fault(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    path.write_text(UNSYNCED.replace("sum(amount)", "sum(amount").replace("String", "Strng"))
    for action in ("sync", "check"):
        assert run(["schema", action, "--schema", str(path)]) == 1
        err = capsys.readouterr().err
        assert "Traceback" not in err
        assert f"{path}:3: " in err
        assert f"{path}:4: " in err


def test_a_folder_of_files_is_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sales_type, query_type = UNSYNCED.split("type Query")
    (tmp_path / "sales.graphql").write_text(sales_type)
    (tmp_path / "query.graphql").write_text("type Query" + query_type)
    assert run(["schema", "sync", "--schema", str(tmp_path)]) == 0
    assert run(["schema", "check", "--schema", str(tmp_path)]) == 0
    capsys.readouterr()
    assert run(["schema", "print", "--schema", str(tmp_path)]) == 0
    assert "type Sales {" in capsys.readouterr().out


def test_print_shows_what_clients_may_know(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "print", "--schema", str(SCHEMA)]) == 0
    out = capsys.readouterr().out
    assert "type OrderMetrics {" in out
    assert "enum OrderMetricsDimension {" in out
    assert "Net revenue after discounts and refunds" in out
    for physical in ("@dataset", "@metric", "gold", "org_id", "net_amount"):
        assert physical not in out


def test_print_shows_what_callers_with_some_roles_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    cost = "cost: Decimal @metric("
    path.write_text(
        SCHEMA.read_text().replace(cost, cost.replace("@", '@access(roles: ["finance"]) @'), 1)
    )

    def shown(*roles: str) -> tuple[str, str]:
        assert run(["schema", "print", "--schema", str(path), *roles]) == 0
        printed = capsys.readouterr()
        return printed.out, printed.err

    whole = shown()
    assert shown("--roles", "finance, publisher") == shown("--roles", "*") == whole
    less, err = shown("--roles", "")
    assert err == ""
    # An order has a cost, too, which everybody may see.
    assert less.count("COST") == whole[0].count("COST") - 1
    for name in ("grossMargin", "GROSS_MARGIN"):
        assert name in whole[0]
        assert name not in less
    assert shown("--roles", "finanse") == (
        less, "no @access names the role 'finanse': did you mean 'finance'?\n"
    )  # fmt: skip
    assert shown("--roles", "finance,viewer,publisher") == (
        whole[0], "no @access names the role 'viewer': it makes no difference\n"
    )  # fmt: skip


def test_check_compares_with_the_warehouse(
    model: Path, sales: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    command = ["schema", "check", "--schema", str(model), "--warehouse"]
    assert run([*command, sales]) == 0
    assert capsys.readouterr().out == (
        f"{model} is in order, and DuckDB, {sales.removeprefix('duckdb://')} agrees\n"
    )
    model.write_text(model.read_text().replace('"sum(amount)"', '"sum(amout)"'))
    assert run([*command, sales]) == 1
    error = complaint(capsys)
    assert f"{model}:4: the metric total: the table sales has no column 'amout'" in error
    assert "did you mean 'amount'?" in error
    assert error.endswith("1 fault in the model\n")


def test_check_without_a_url_takes_the_demo(
    cached_demo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["schema", "check", "--schema", str(SCHEMA), "--warehouse"]) == 0
    assert f"DuckDB, {cached_demo} agrees" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no schema at"),
        (b"type Query {", "Syntax Error: Expected Name, found <EOF>"),
        (b"", "empty"),
        (b"type Query { a: Int \xff }", "not UTF-8"),
    ],
)
@pytest.mark.parametrize("action", ["sync", "check", "print"])
def test_a_schema_that_cannot_be_read_is_told(
    tmp_path: Path,
    action: str,
    content: bytes | None,
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "schema.graphql"
    if content is not None:
        path.write_bytes(content)
    assert run(["schema", action, "--schema", str(path)]) == 1
    assert said in complaint(capsys)


def test_a_file_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    path.write_text(UNSYNCED)

    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("os.replace", full)
    assert run(["schema", "sync", "--schema", str(path)]) == 1
    assert "No space left on device" in complaint(capsys)
    assert path.read_text() == UNSYNCED
    assert [entry.name for entry in tmp_path.iterdir()] == ["schema.graphql"]


# --- explain -------------------------------------------------------------------------------------


def test_explain_shows_plan_sql_and_values(
    demo_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}"]
    assert run(["explain", str(FINANCE), *where, "--variables", RANGE]) == 0
    out = capsys.readouterr().out
    assert out.startswith("-- OrderMetrics\n")
    assert "accumulate (sum_net_amount, sum_cost, count) by (date by DAY, country" in out
    assert "\nWITH orders_rows AS (\n  SELECT\n" in out
    assert re.search(r"^  \$1 = 'acme' .*proven on every scan$", out, re.MULTILINE)
    assert re.search(r"^  \$2 = datetime\.datetime\(2026, 6, 29, 0, 0\) ", out, re.MULTILINE)
    priced = out[out.index("-- costs ") :].splitlines()
    assert re.fullmatch(r"-- costs \d+ points", priced[0])
    assert re.fullmatch(r" +\d+\.\d\d  reading 2 days of OrderMetrics", priced[1])
    assert len(priced) == 4


def test_explain_runs_nothing_that_it_explains(
    model: Path, sales: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = tmp_path / "query.graphql"
    query.write_text("query A { sales { total } } query B { sales { region } }")
    where = ["--schema", str(model), "--warehouse", sales]
    capsys.readouterr()
    assert run(["explain", str(query), *where, "--operation", "B"]) == 0
    out = capsys.readouterr().out
    assert '"region"' in out
    assert "north" not in out


def test_explain_shows_every_statement_of_a_page_and_its_look_ups(
    demo_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = tmp_path / "query.graphql"
    query.write_text(
        """{ orders(first: 5, orderBy: [{by: COUNTRY, direction: DESC}]) { totalCount nodes { id
             customer { name segmentHistory(asOf: "2026-01-01T00:00:00Z") { segment }
                        countryInfo { name } }
             a: customer { segment } } } }"""
    )
    where = ["--schema", str(SCHEMA), "--warehouse", f"duckdb://{demo_path}"]
    assert run(["explain", str(query), *where]) == 0
    out = capsys.readouterr().out
    assert re.findall(r"^-- (\w+)$", out, re.MULTILINE) == [
        "Order",
        "Order",
        "Customer",
        "CustomerSegment",
        "Country",
    ]
    assert "order     country descending, id descending\n" in out
    assert re.search(r"^  \$2 = 6  the rows to fetch$", out, re.MULTILINE)
    assert out.count("= the keys of the rows above") == 3
    assert "version   the newest at the instant" in out
    assert "datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)" in out


def test_explain_reads_standard_input(
    model: Path, sales: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"{ sales { total } }")))
    assert run(["explain", "-", "--schema", str(model), "--warehouse", sales]) == 0
    assert "SUM(" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ sales { totl } }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ sales {", "GRAPHQL_PARSE_FAILED"),
        ("{ sales(limit: 0) { total } }", "INVALID_LIMIT"),
        ("query ($n: Int!) { sales(limit: $n) { total } }", "BAD_USER_INPUT"),
    ],
)
def test_explain_of_a_query_with_errors_shows_them_and_exits_with_one(
    model: Path,
    sales: str,
    tmp_path: Path,
    query: str,
    code: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "query.graphql"
    path.write_text(query)
    capsys.readouterr()
    assert run(["explain", str(path), "--schema", str(model), "--warehouse", sales]) == 1
    out, err = capsys.readouterr()
    (error,) = json.loads(out)
    assert error["extensions"]["code"] == code
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        (None, [], "cannot be read: No such file or directory"),
        (b"\xff\xfe", [], "is not UTF-8"),
        (b"{ sales { total } }", ["--variables", "{"], "--variables is not JSON"),
        (b"{ sales { total } }", ["--variables", '{"a": NaN}'], "--variables is not JSON"),
        (b"{ sales { total } }", ["--variables", "[1]"], "--variables is not a JSON object"),
        (b"{ sales { total } }", ["--operation", "A"], "the document has no operation 'A'"),
        (b"{" + b"a{" * 3_000, [], "nests too deeply"),
    ],
)
def test_explain_of_what_cannot_be_read_says_why(
    model: Path,
    sales: str,
    tmp_path: Path,
    content: bytes | None,
    options: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "query.graphql"
    if content is not None:
        path.write_bytes(content)
    capsys.readouterr()
    where = ["--schema", str(model), "--warehouse", sales]
    assert run(["explain", str(path), *where, *options]) == 1
    assert said in complaint(capsys)


# --- demo ----------------------------------------------------------------------------------------


def test_demo_says_where_it_is(cached_demo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo"]) == 0
    assert capsys.readouterr().out == f"the demo warehouse is {cached_demo}\n"


def test_demo_is_loaded_into_postgresql(
    cached_demo: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    small = cached_demo.with_name("small.duckdb")
    with duckdb.connect(str(small)) as connection:
        connection.execute("ATTACH ? AS whole (READ_ONLY)", [str(cached_demo)])
        connection.execute("CREATE SCHEMA gold")
        for table in TABLES:
            connection.execute(table.create)
            connection.execute(
                f"INSERT INTO gold.{table.name} FROM whole.gold.{table.name} LIMIT 9"
            )
    small.replace(cached_demo)
    assert run(["demo", "--postgres", postgres_url]) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"^loaded into PostgreSQL, .*/test_\w+: 4 organizations, 9 ", out, re.MULTILINE
    )


def test_demo_that_cannot_be_written_or_loaded_says_why(
    cached_demo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for url in (f"postgresql://u:secret@127.0.0.1:{free_port()}/db", "postgresql://u:sec/ret@h/db"):
        assert run(["demo", "--postgres", url]) == 1
        err = capsys.readouterr().err
        assert "cannot be" in err
        assert "sec" not in err
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ANALYTICS_GQL_CACHE_DIR", str(tmp_path / "file"))
    assert run(["demo"]) == 1
    assert "cannot be written" in complaint(capsys)


# --- cache ---------------------------------------------------------------------------------------


def test_cache_clear_drops_what_servers_share(
    cached_demo: Path, redis_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async def results_of_a_server() -> dict[Outcome, int]:
        settings = Settings(redis=redis_url)
        model = load_model(settings)
        async with open_service(settings, model.catalog) as service:
            engine = engine_of(model, service, settings)
            query = "{ orders(first: 1) { nodes { id } } }"
            await engine.execute(query, local_caller(settings))
            assert service._results is not None
            return service._results.counts

    def asked() -> dict[Outcome, int]:
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(asyncio.run, results_of_a_server()).result()

    def clear(*options: str) -> tuple[int, str]:
        with ThreadPoolExecutor(1) as threads:
            status = threads.submit(
                run, ["cache", "clear", "--redis", redis_url, *options]
            ).result()
        return status, capsys.readouterr().out

    assert asked()[Outcome.READ] == 1
    assert asked()[Outcome.REUSED] == 1
    other = ["--warehouse", "postgresql://elsewhere.example/shop"]
    assert clear(*other) == (0, "dropped 0 results; running servers drop theirs within a second\n")
    assert asked()[Outcome.REUSED] == 1
    assert clear() == (0, "dropped 1 result; running servers drop theirs within a second\n")
    assert asked()[Outcome.READ] == 1


def test_cache_clear_without_redis_says_that_nothing_is_shared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["cache", "clear"]) == 1
    told = capsys.readouterr().err
    assert "without Redis nothing is shared" in told
    assert "restart the server to drop them" in told


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("unix:///no/such.sock", "Redis, /no/such.sock cannot be asked"),
        ("http://r", "URL of Redis"),
    ],
)
def test_cache_clear_tells_of_a_redis_that_is_not_there(
    cached_demo: Path, capsys: pytest.CaptureFixture[str], url: str, words: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(run, ["cache", "clear", "--redis", url]).result() == 1
    assert words in capsys.readouterr().err


# --- serve, where it does not start --------------------------------------------------------------


def serve(*options: str) -> int:
    return run(["serve", "--port", "0", *options])


def test_serve_tells_every_fault_of_a_broken_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "schema.graphql"
    path.write_text(UNSYNCED.replace("total: BigInt", "total: Total"))
    assert serve("--schema", str(path), "--warehouse", "duckdb:///nowhere") == 1
    told = complaint(capsys)
    assert "parts follow from the model, and are not written yet" in told
    assert "Sales.total is of type Total" in told
    assert "2 faults in the model" in told


def test_serve_tells_of_a_table_that_is_missing(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    assert serve("--schema", str(model), "--warehouse", f"duckdb://{path}") == 1
    error = complaint(capsys)
    assert f"{model}:2: there is no table sales in DuckDB, {path}" in error
    assert error.endswith("1 fault in the model\n")


def test_serve_tells_of_a_table_that_is_missing_in_postgresql(
    model: Path, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert serve("--schema", str(model), "--warehouse", postgres_url) == 1
    assert f"{model}:2: there is no table sales in PostgreSQL, " in complaint(capsys)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://host/db", "'mysql' is no kind of warehouse"),
        ("/data/file.duckdb", "'/data/file.duckdb' is no kind of warehouse"),
        ("duckdb://", "the warehouse's URL names no file"),
        ("duckdb:///", "the warehouse's URL names no file"),
        ("duckdb:///no/such/file.duckdb", "there is no warehouse at /no/such/file.duckdb"),
        ("postgresql://u:secret@h:port/db", "the warehouse's URL cannot be read"),
        ("postgresql://u:secret@127.0.0.1:99999/db", "the warehouse's URL cannot be read"),
    ],
)
def test_serve_tells_of_a_bad_url(
    model: Path, url: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert serve("--schema", str(model), "--warehouse", url) == 1
    error = complaint(capsys)
    assert said in error
    assert "\n  → " in error
    assert "secret" not in error


@pytest.mark.parametrize(
    ("place", "meant"),
    [("data", "data"), ("data/orders.parquet", "data"), ("shop.duckdb", "shop.duckdb")],
)
def test_serve_tells_how_a_path_becomes_a_url(
    model: Path,
    place: str,
    meant: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.parquet").touch()
    (tmp_path / "shop.duckdb").touch()
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert serve("--schema", str(model), "--warehouse", place) == 1
    assert complaint(capsys) == (
        f"analytics-gql: '{place}' is no kind of warehouse\n"
        f"  → to open what is there, write duckdb://{meant}\n"
    )


def test_serve_tells_of_a_server_that_is_not_there(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    port = free_port()
    url = f"postgresql://u:secret@127.0.0.1:{port}/db"
    assert serve("--schema", str(model), "--warehouse", url) == 1
    error = complaint(capsys)
    assert f"PostgreSQL, 127.0.0.1:{port}/db cannot be reached: Connection refused" in error
    assert "secret" not in error


def test_serve_tells_of_a_port_that_is_taken(
    model: Path, sales: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = ["serve", "--schema", str(model), "--warehouse", sales, "--port", str(port)]
        assert run(command) == 1
    error = complaint(capsys)
    assert f"cannot listen at 127.0.0.1, port {port}: Address already in use" in error
    assert "--port" in error


def test_serve_tells_of_an_address_that_is_not_this_machine_s(
    model: Path, sales: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    keys = tmp_path / "keys.json"
    keys.write_text("{}")
    where = ("--schema", str(model), "--warehouse", sales, "--keys", str(keys))
    assert serve(*where, "--host", "203.0.113.7") == 1
    error = complaint(capsys)
    assert "cannot listen at 203.0.113.7, port 0: Cannot assign requested address" in error


def test_serve_tells_of_a_keys_file_that_cannot_stand(
    model: Path, sales: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    keys = tmp_path / "keys.json"
    keys.write_text('{"my-secret-key": {}}')
    where = ("--schema", str(model), "--warehouse", sales)
    assert serve(*where, "--keys", str(keys)) == 1
    error = complaint(capsys)
    assert "the name of entry 1 is no SHA-256" in error
    assert "my-secret-key" not in error
    assert serve(*where, "--keys", str(tmp_path / "none.json")) == 1
    assert "cannot be read: No such file" in complaint(capsys)
