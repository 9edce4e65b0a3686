"""PostgreSQL: a server that is not there, goes away and comes back; and its secrets."""

from __future__ import annotations

import asyncio
import socket
import threading
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import asyncpg
import pytest

from analytics_gql.app import create_app
from analytics_gql.cli.parser import run
from analytics_gql.errors import (
    SettingsError,
    StatementTimeoutError,
    WarehouseError,
    WarehouseUnavailableError,
)
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.settings import Settings
from analytics_gql.warehouses.postgres import (
    PostgresWarehouse,
    kind_of,
    label_of,
    open_postgres,
)
from analytics_gql.warehouses.table_keys import TableKeys
from tests.conftest import MakeDatabase
from tests.doors.in_process import ask, captured_log, logging_as_it_was, refused, started
from tests.warehouses.patience import until
from tests.warehouses.throwaway_postgres import (
    PASSWORD,
    ThrowAwayServer,
    free_port,
    throwaway_server,
)

MODEL = """
type T @dataset(table: "facts") {
  total: BigInt @metric(sql: "sum(amount)")
  small: Int @metric(sql: "sum(amount)")
}

type Query {
  t: [T!]
}
"""
FACTS = """
CREATE TABLE facts (amount BIGINT);
INSERT INTO facts VALUES (1000000000), (2000000000)
"""


async def open_at(url: str, *, connect_timeout_s: float = 10) -> PostgresWarehouse:
    return await open_postgres(
        url, connections=2, connect_timeout_s=connect_timeout_s, statement_timeout_s=20
    )


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[ThrowAwayServer]:
    """A server of this module's own, running, with some facts in it."""
    with throwaway_server() as server:
        await server.start()
        connection = await asyncpg.connect(server.url())
        await connection.execute(FACTS)
        await connection.execute("CREATE ROLE reader LOGIN PASSWORD 'reader'")
        await connection.close()
        yield server


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "schema.graphql"
    path.write_text(MODEL)
    assert run(["schema", "sync", "--schema", str(path)]) == 0
    return path


# --- a server that goes away ---------------------------------------------------------------------


async def test_a_server_that_dies_is_told_and_one_that_comes_back_is_used(
    server: ThrowAwayServer, schema: Path
) -> None:
    answer = {"t": [{"total": 3_000_000_000}]}
    settings = Settings(schema_path=schema, warehouse=server.url())
    with logging_as_it_was():
        app = create_app(settings)
        async with started(app) as client:
            for _ in range(2):
                assert (await client.get("/readyz")).status_code == 200
                assert (await ask(client, "{ t { total } }")).json()["data"] == answer

                await server.kill()
                for _ in range(2):
                    with captured_log() as log:
                        ready = await client.get("/readyz")
                    assert "WARNING not ready: WAREHOUSE_UNAVAILABLE: " in log.getvalue()
                    assert ready.status_code == 503
                    assert ready.json() == {
                        "status": "unavailable",
                        "code": "WAREHOUSE_UNAVAILABLE",
                    }
                    assert (await client.get("/healthz")).status_code == 200
                    with captured_log() as log:
                        response = await ask(client, "{ t { total } }")
                    error = refused(response, 200, "WAREHOUSE_UNAVAILABLE")
                    assert response.json()["data"] == {"t": None}
                    assert str(server.port) not in error["message"]
                    assert response.headers["x-request-id"] in log.getvalue()
                    assert PASSWORD not in log.getvalue()

                await server.start()
                assert (await client.get("/readyz")).status_code == 200
                assert (await ask(client, "{ t { total } }")).json()["data"] == answer

            # Gone and back between two requests.
            await server.kill()
            await server.start()
            assert (await ask(client, "{ t { total } }")).json()["data"] == answer


async def test_a_statement_that_runs_when_the_server_dies_ends(server: ThrowAwayServer) -> None:
    warehouse = await open_at(server.url())
    running = asyncio.create_task(warehouse.rows("SELECT pg_sleep(600)::TEXT", []))
    await asyncio.sleep(0.1)
    await server.kill()
    try:
        async with asyncio.timeout(5):
            with pytest.raises(WarehouseUnavailableError):
                await running
            await warehouse.close()
    finally:
        await server.start()


async def test_a_server_that_does_not_answer_any_more_is_not_a_statement_that_ran_too_long(
    server: ThrowAwayServer,
) -> None:
    """What runs too long is its caller's own matter; this closes the warehouse for a while."""
    warehouse = await open_at(server.url(), connect_timeout_s=0.3)
    await server.kill()
    try:
        with socket.create_server(("127.0.0.1", server.port)):
            with pytest.raises(WarehouseUnavailableError):
                await warehouse.rows("SELECT '1'", [])
            with pytest.raises(WarehouseUnavailableError):
                await anext(warehouse.stream("SELECT '1'", []))
        await warehouse.close()
    finally:
        await server.start()


async def test_connections_that_the_server_ends_are_replaced(server: ThrowAwayServer) -> None:
    warehouse = await open_at(server.url())
    await asyncio.gather(warehouse.ping(), warehouse.ping())
    admin = await asyncpg.connect(server.url())
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'analytics-gql'"
    )
    # A connection whose end has not been read yet is told to the caller, and not used again.
    for _ in range(2):
        try:
            await warehouse.ping()
        except WarehouseUnavailableError:
            continue
    await warehouse.ping()
    await admin.close()
    await warehouse.close()


async def test_a_table_that_changes_under_us_is_read_as_it_is_now(server: ThrowAwayServer) -> None:
    admin = await asyncpg.connect(server.url())
    await admin.execute("CREATE TABLE changing AS SELECT 1 AS n")
    warehouse = await open_at(server.url())
    for kind in ("BIGINT", "NUMERIC", "TEXT"):
        assert await warehouse.rows("SELECT n::TEXT FROM changing", []) == ["1"]
        assert await warehouse.first_row("SELECT * FROM changing") is not None
        await admin.execute(f"ALTER TABLE changing ALTER COLUMN n TYPE {kind}")
    assert await warehouse.kinds("SELECT * FROM changing") == (ColumnKind.TEXT,)
    await admin.close()
    await warehouse.close()


# --- a server that is not there ------------------------------------------------------------------


@contextmanager
def listener(greeting: bytes) -> Iterator[int]:
    """Something at a port that is no PostgreSQL: it says something, or nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        accepted: list[socket.socket] = []

        def serve() -> None:
            try:
                while True:
                    client, _ = listening.accept()
                    accepted.append(client)
                    if greeting:
                        client.recv(100)
                        client.sendall(greeting)
                        client.close()
            except OSError:
                return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for client in accepted:
            client.close()


def said_by(error: BaseException) -> str:
    """Everything that a terminal or a log could show of an error."""
    return "".join(traceback.format_exception(error)) + str(getattr(error, "hint", ""))


async def unreachable(url: str, **options: float) -> str:
    """The message with which opening a warehouse fails; it never holds the password."""
    with pytest.raises(WarehouseUnavailableError) as failed:
        await open_at(url, **options)
    assert PASSWORD not in said_by(failed.value)
    assert "host, port, user, password and database" in (failed.value.hint or "")
    return failed.value.message


async def test_what_is_wrong_at_the_start_is_told(server: ThrowAwayServer, tmp_path: Path) -> None:
    where = f"PostgreSQL, 127.0.0.1:{server.port}"
    assert await unreachable(server.url(password="wrong")) == (
        f'{where}/postgres cannot be reached: password authentication failed for user "postgres"'
    )
    assert await unreachable(server.url(user="nobody")) == (
        f'{where}/postgres cannot be reached: password authentication failed for user "nobody"'
    )
    assert await unreachable(server.url("nothing")) == (
        f'{where}/nothing cannot be reached: database "nothing" does not exist'
    )
    elsewhere = server.url().replace(f":{server.port}/", f":{free_port()}/")
    assert (await unreachable(elsewhere)).endswith("Connection refused")
    assert (await unreachable(f"postgresql:///postgres?host={tmp_path}")).endswith(
        "PostgreSQL, local socket/postgres cannot be reached: No such file or directory"
    )


async def test_what_is_no_postgresql_is_told(server: ThrowAwayServer) -> None:
    for greeting in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"N" + b"\xff" * 50):
        with listener(greeting) as port:
            url = server.url().replace(f":{server.port}/", f":{port}/")
            assert "cannot be reached" in await unreachable(url)
    with listener(b"") as port:
        url = server.url().replace(f":{server.port}/", f":{port}/")
        message = await unreachable(url, connect_timeout_s=0.2)
        assert message.endswith("cannot be reached: no answer in time")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:pa/ss@127.0.0.1/db",
        "postgresql://u:pass@127.0.0.1:port/db",
        "postgresql://u:pass@[::1/db",
        "postgresql://u:pass@127.0.0.1:99999/db",
        "postgresql://u:pass@127.0.0.1/db?sslmode=pass",
    ],
)
async def test_a_url_that_cannot_be_read_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(SettingsError) as failed:
        await open_at(url)
    shown = said_by(failed.value).replace("await open_at(url)", "")
    assert "pass@" not in shown
    assert "'pa'" not in shown
    assert failed.value.message == "the warehouse's URL cannot be read"
    assert "percent-encoded" in (failed.value.hint or "")


@pytest.mark.parametrize(
    ("url", "label"),
    [
        ("postgresql://u:pw@db.example:5433/shop", "PostgreSQL, db.example:5433/shop"),
        ("postgres://u:pw@db.example/shop?sslmode=require", "PostgreSQL, db.example/shop"),
        ("postgresql://db.example/shop?user=u&password=pw", "PostgreSQL, db.example/shop"),
        ("postgresql://u:pw@[2001:db8::1]:5432/shop", "PostgreSQL, 2001:db8::1:5432/shop"),
        ("postgresql:///shop?host=/run/postgresql&password=pw", "PostgreSQL, local socket/shop"),
        ("postgresql://u:pw@one:1,two:2/shop", "PostgreSQL"),
        ("postgresql://u:12/pw@db.example/shop", "PostgreSQL"),
        ("postgresql://u:12#pw@db.example/shop", "PostgreSQL"),
        ("postgresql://u:12?pw@db.example/shop", "PostgreSQL"),
        ("postgresql://u:pw@db.example:pw/shop", "PostgreSQL"),
        ("postgresql://[pw", "PostgreSQL"),
    ],
)
def test_a_label_shows_the_place_and_no_secret(url: str, label: str) -> None:
    assert label_of(url) == label


async def test_an_open_warehouse_keeps_its_secret(server: ThrowAwayServer) -> None:
    warehouse = await open_at(server.url())
    assert warehouse.label == f"PostgreSQL, 127.0.0.1:{server.port}/postgres"
    assert PASSWORD not in repr(vars(warehouse))
    await warehouse.close()


# --- sessions ------------------------------------------------------------------------------------


async def test_a_user_who_may_write_still_may_not(server: ThrowAwayServer) -> None:
    warehouse = await open_at(server.url())
    let_through = []
    for statement in (
        "INSERT INTO facts VALUES (1)",
        "UPDATE facts SET amount = 0",
        "TRUNCATE facts",
        "DROP TABLE facts",
        "CREATE TABLE t (n INTEGER)",
        "CREATE ROLE writer SUPERUSER",
        "GRANT ALL ON facts TO PUBLIC",
        "WITH gone AS (DELETE FROM facts RETURNING amount) SELECT amount::TEXT FROM gone",
        "SELECT amount::TEXT FROM facts FOR UPDATE",
    ):
        try:
            await warehouse.rows(statement, [])
            let_through.append(statement)
        except WarehouseError:
            pass
    assert let_through == []
    assert await warehouse.rows("SELECT sum(amount)::TEXT FROM facts", []) == ["3000000000"]
    await warehouse.close()


async def test_what_a_statement_sets_is_gone_with_it(server: ThrowAwayServer) -> None:
    warehouse = await open_postgres(
        server.url(), connections=1, connect_timeout_s=10, statement_timeout_s=20
    )
    for statement in (
        "SET default_transaction_read_only = off",
        "SELECT set_config('TimeZone', 'Asia/Tokyo', false)",
        "SET DateStyle = 'German'",
    ):
        await warehouse.rows(statement, [])
    settings = ("default_transaction_read_only", "TimeZone", "DateStyle", "application_name")
    shown = [
        (await warehouse.rows(f"SELECT current_setting('{name}')", []))[0] for name in settings
    ]
    assert shown == ["on", "UTC", "ISO, YMD", "analytics-gql"]
    await warehouse.close()


async def test_a_table_that_the_user_may_not_read_is_a_fault_that_says_so(
    server: ThrowAwayServer, schema: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.url(user="reader", password="reader")
    command = ["schema", "check", "--schema", str(schema), "--warehouse", url]
    assert await asyncio.to_thread(run, command) == 1
    error = capsys.readouterr().err
    assert "reader:" not in error
    assert "Traceback" not in error
    assert "permission denied" in error


async def test_a_value_beyond_its_type_is_told_through_every_floor(
    server: ThrowAwayServer, schema: Path
) -> None:
    with logging_as_it_was():
        app = create_app(Settings(schema_path=schema, warehouse=server.url()))
        async with started(app) as client:
            with captured_log() as log:
                response = await ask(client, "{ a: t { small } b: t { total } }")
    error = refused(response, 200, "VALUE_OUT_OF_RANGE")
    assert error["path"] == ["a"]
    assert "BigInt" in error["extensions"]["hint"]
    assert response.json()["data"] == {"a": None, "b": [{"total": 3_000_000_000}]}
    assert "integer out of range" in log.getvalue()


async def test_a_statement_that_the_server_s_owner_cancels_is_a_timeout(
    postgres_url: str,
) -> None:
    warehouse = await open_at(postgres_url)
    running = asyncio.create_task(warehouse.rows("SELECT pg_sleep(600)::TEXT /* mine */", []))
    admin = await asyncpg.connect(postgres_url)
    cancel = (
        "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity "
        "WHERE query LIKE '%/* mine */' AND state = 'active' AND pid <> pg_backend_pid()"
    )

    async def is_cancelled() -> bool:
        return bool(await admin.fetchval(cancel))

    await until(is_cancelled)
    with pytest.raises(StatementTimeoutError):
        await running
    await admin.close()
    await warehouse.close()


LOOSE_KEYS = """
CREATE TABLE parent (id INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parts (id INTEGER NOT NULL, day DATE, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE narrow (a INTEGER, b INTEGER, c INTEGER);
CREATE UNIQUE INDEX ON narrow (a) WHERE b > 0;
CREATE UNIQUE INDEX ON narrow (b) INCLUDE (c);
CREATE MATERIALIZED VIEW stored AS SELECT * FROM narrow;
CREATE UNIQUE INDEX ON stored (c);
CREATE TABLE doubtful (a INTEGER);
INSERT INTO doubtful VALUES (1), (1)
"""


async def test_only_what_holds_for_every_row_is_a_key(make_database: MakeDatabase) -> None:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute(LOOSE_KEYS)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("CREATE UNIQUE INDEX CONCURRENTLY ON doubtful (a)")
    warehouse = await open_at(url)
    found = {
        name: await warehouse.table_keys(TableName((name,)))
        for name in ("parent", "parts", "narrow", "stored", "doubtful")
    }
    assert found == {
        "parent": TableKeys(),  # its children have rows of their own, which it shows
        "parts": TableKeys(frozenset({"id", "day"}), (frozenset({"id", "day"}),)),
        "narrow": TableKeys(unique=(frozenset({"b"}),)),
        "stored": TableKeys(unique=(frozenset({"c"}),)),
        "doubtful": TableKeys(),  # the index was left behind, invalid
    }
    await warehouse.close()
    await connection.close()


async def test_types_of_the_user_s_own_are_of_another_kind(
    make_database: MakeDatabase,
) -> None:
    url = await make_database()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
    await connection.execute("CREATE DOMAIN code AS TEXT")
    await connection.execute("CREATE TABLE t (m mood, c code, words TEXT[])")
    await connection.close()
    warehouse = await open_at(url)
    assert await warehouse.kinds("SELECT m, words, m::TEXT FROM t") == (
        ColumnKind.OTHER,
        ColumnKind.OTHER,
        ColumnKind.TEXT,
    )
    await warehouse.close()


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("bpchar", ColumnKind.OTHER),
        ("int2", ColumnKind.INTEGER),
        ("numeric", ColumnKind.DECIMAL),
        ("timestamptz", ColumnKind.INSTANT),
        ("timestamp", ColumnKind.TIMESTAMP),
        ("int4[]", ColumnKind.OTHER),
        ("interval", ColumnKind.OTHER),
        ("mood", ColumnKind.OTHER),
    ],
)
def test_kinds_are_read_off_type_names(type_name: str, kind: ColumnKind) -> None:
    assert kind_of(type_name) is kind


async def test_the_calendar_s_first_and_last_days_are_no_infinities(
    make_database: MakeDatabase,
) -> None:
    warehouse = await open_at(await make_database())
    first, last = date(1, 1, 1), date(9999, 12, 31)
    sql = (
        "SELECT concat_ws(' ', CAST($1 AS DATE), CAST($2 AS DATE), CAST($3 AS DATE[]), "
        "CAST($4 AS TIMESTAMP), CAST($5 AS TIMESTAMPTZ))"
    )
    moment = datetime.max.replace(tzinfo=UTC)
    parameters = [first, last, [first, last], moment.replace(tzinfo=None), moment]
    (row,) = await warehouse.rows(sql, parameters)
    end = "9999-12-31 23:59:59.999999"
    assert row == f"0001-01-01 9999-12-31 {{0001-01-01,9999-12-31}} {end} {end}+00"
    await warehouse.close()
