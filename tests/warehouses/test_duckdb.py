"""DuckDB: files that are shared, folders of Parquet, and a configuration that nobody opens."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from analytics_gql.errors import EngineError, SettingsError, WarehouseError
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.model.relation import TableName
from analytics_gql.warehouses.duckdb import DuckDBWarehouse, kind_of
from tests.warehouses.duckdb_files import ORDERS, count, database, open_at, parquet

# --- files ---------------------------------------------------------------------------------------

READER = """
import asyncio, sys
from pathlib import Path
from analytics_gql.warehouses.duckdb import open_duckdb

async def read():
    warehouse = open_duckdb(Path(sys.argv[1]), connections=1, statement_timeout_s=20)
    rows = await warehouse.rows("SELECT count(*)::TEXT || current_setting('TimeZone') FROM t", [])
    print(rows[0], flush=True)
    sys.stdin.readline()
    await warehouse.close()

asyncio.run(read())
"""


async def test_several_processes_read_one_file_at_once_in_utc(tmp_path: Path) -> None:
    path = database(tmp_path / "shared.duckdb", "CREATE TABLE t AS FROM range(5)")
    ours = open_at(path)
    others = [
        subprocess.Popen(  # noqa: ASYNC220  nothing else waits for this loop
            [sys.executable, "-c", READER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"TZ": "Asia/Tokyo"},
        )
        for _ in range(2)
    ]
    try:
        for other in others:
            assert other.stdout is not None
            assert await asyncio.to_thread(other.stdout.readline) == b"5UTC\n"
        assert await count(ours, "t") == 5
    finally:
        for other in others:
            other.communicate(b"\n")
        await ours.close()
    assert [other.returncode for other in others] == [0, 0]


WRITER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


async def test_a_file_that_another_process_writes_to_is_refused_with_advice(
    tmp_path: Path,
) -> None:
    path = database(tmp_path / "written.duckdb", "CREATE TABLE t (n INTEGER)")
    with subprocess.Popen(  # noqa: ASYNC220  nothing else waits for this loop
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        await asyncio.to_thread(writer.stdout.readline)
        with pytest.raises(SettingsError) as refused:
            open_at(path)
        writer.communicate(b"\n")
    assert str(path) in refused.value.message
    assert "does no other process write to it" in (refused.value.hint or "")
    warehouse = open_at(path)
    assert await count(warehouse, "t") == 0
    await warehouse.close()


@pytest.mark.parametrize("schema", ["gold", "GOLD"])
async def test_a_file_may_have_the_name_of_a_schema_in_it(tmp_path: Path, schema: str) -> None:
    path = database(
        tmp_path / "gold.duckdb",
        f"CREATE SCHEMA gold.{schema}",
        f"CREATE TABLE gold.{schema}.t AS FROM range(3)",
        "CREATE TABLE plain AS FROM range(4)",
    )
    warehouse, again = open_at(path), open_at(path)
    for opened in (warehouse, again):
        assert await count(opened, '"gold"."t"') == 3
        assert await count(opened, '"plain"') == 4
        table = TableName(("gold", "t"))
        found = await opened.table_columns([table, TableName(("gold", "nothing"))])
        assert found == {table: {"range": ColumnKind.INTEGER}}
        with pytest.raises(WarehouseError):
            await opened.rows("DELETE FROM gold.t", [])
    assert warehouse.label == f"DuckDB, {path}"
    await again.close()
    await warehouse.close()


@pytest.mark.parametrize("content", [b"", b"not a database " * 500, b"\0" * 20_000, b"PAR1PAR1"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.duckdb"
    path.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        open_at(path)
    assert refused.value.message.startswith(f"DuckDB cannot open {path}: ")
    assert "\n" not in refused.value.message
    assert path.read_bytes() == content


async def test_a_file_that_is_cut_off_is_refused_at_start_or_when_it_is_read(
    tmp_path: Path,
) -> None:
    path = database(tmp_path / "cut.duckdb", f"CREATE TABLE t AS {ORDERS.format(200_000)}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        warehouse = open_at(path)
    except SettingsError:
        return
    with pytest.raises(EngineError):
        await warehouse.rows("SELECT sum(n + amount)::TEXT || max(word) FROM t", [])
    await warehouse.close()


def test_a_place_where_nothing_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no warehouse at"):
        open_at(tmp_path / "nothing.duckdb")
    assert list(tmp_path.iterdir()) == [], "nothing was created"


# --- folders of Parquet --------------------------------------------------------------------------


async def test_a_folder_s_files_and_sub_folders_are_its_tables(tmp_path: Path) -> None:
    folder = tmp_path / "it's a lake"
    parquet(folder / "customers.parquet", ORDERS.format(3))
    parquet(folder / "gold.orders.parquet", ORDERS.format(5))
    parquet(folder / "Events" / "day=1" / "a.parquet", ORDERS.format(7))
    parquet(folder / "Events" / "day=2" / "b.parquet", ORDERS.format(11))
    parquet(folder / "silver.visits" / "a.parquet", ORDERS.format(13))
    parquet(folder / ".hidden.parquet", ORDERS.format(1))
    (folder / "README.txt").write_text("not a table")
    (folder / "empty").mkdir()
    warehouse = open_at(folder)
    names = [
        TableName(("customers",)),
        TableName(("gold", "orders")),
        TableName(("events",)),
        TableName(("silver", "visits")),
        TableName(("empty",)),
        TableName(("README",)),
    ]
    assert list(await warehouse.table_columns(names)) == names[:4]
    counts = [await count(warehouse, str(name)) for name in names[:4]]
    assert counts == [3, 5, 18, 13]
    await warehouse.close()


async def test_files_of_a_sub_folder_may_differ_in_their_columns(tmp_path: Path) -> None:
    parquet(tmp_path / "t" / "old.parquet", "SELECT 1 AS a")
    parquet(tmp_path / "t" / "new.parquet", "SELECT 2 AS b, 3 AS a")
    warehouse = open_at(tmp_path)
    assert await warehouse.rows("SELECT a || '|' || coalesce(b, 0) FROM t ORDER BY a", []) == [
        "1|0",
        "3|2",
    ]
    await warehouse.close()


@pytest.mark.parametrize("broken", ["t.parquet", "t/part-2.parquet"])
def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path, broken: str) -> None:
    parquet(tmp_path / "good.parquet", ORDERS.format(1))
    path = parquet(tmp_path / broken, ORDERS.format(10))
    for content in (b"", b"not Parquet", path.read_bytes()[:-20]):
        path.write_bytes(content)
        with pytest.raises(SettingsError) as refused:
            open_at(tmp_path)
        assert "DuckDB cannot read" in refused.value.message
        assert "whole Parquet file" in (refused.value.hint or "")


def test_a_single_parquet_file_is_no_warehouse_and_its_folder_is(tmp_path: Path) -> None:
    path = parquet(tmp_path / "gold.orders.parquet", ORDERS.format(1))
    with pytest.raises(SettingsError) as refused:
        open_at(path)
    assert refused.value.message == (
        f"{path} is a single Parquet file, and a warehouse is a folder of them"
    )
    assert refused.value.hint == (
        f"name its folder: --warehouse duckdb://{tmp_path}; "
        "gold.orders.parquet is its table gold.orders"
    )


def test_a_folder_without_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "orders.csv").write_text("a,b\n")
    with pytest.raises(SettingsError, match="has no Parquet files"):
        open_at(tmp_path)


def test_a_table_that_a_folder_has_twice_is_refused(tmp_path: Path) -> None:
    parquet(tmp_path / "orders.parquet", ORDERS.format(1))
    parquet(tmp_path / "Orders" / "part.parquet", ORDERS.format(2))
    with pytest.raises(SettingsError, match="has the table orders twice"):
        open_at(tmp_path)


# --- the lock ------------------------------------------------------------------------------------


@pytest.fixture(params=["file", "attached file", "folder"])
async def locked(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DuckDBWarehouse]:
    """A warehouse that has a table `t`, with files beside it that are none of its business."""
    (tmp_path / "secret.csv").write_text("secret\n42\n")
    parquet(tmp_path / "secret.parquet", "SELECT 42 AS secret")
    database(tmp_path / "secret.duckdb", "CREATE TABLE secret AS SELECT 42 AS secret")
    if request.param == "folder":
        parquet(tmp_path / "lake" / "t.parquet", ORDERS.format(3))
        path = tmp_path / "lake"
    else:
        name = "lake" if request.param == "file" else "gold"
        path = database(
            tmp_path / f"{name}.duckdb",
            f"CREATE TABLE t AS {ORDERS.format(3)}",
            "CREATE SCHEMA gold" if name == "lake" else "CREATE SCHEMA gold.gold",
        )
    warehouse = open_at(path)
    yield warehouse
    await warehouse.close()


HOSTILE = [
    "SELECT content FROM read_text('@/secret.csv')",
    "SELECT content::TEXT FROM read_blob('/etc/passwd')",
    "SELECT secret::TEXT FROM read_csv('@/secret.csv')",
    "SELECT secret::TEXT FROM '@/secret.csv'",
    "SELECT secret::TEXT FROM read_parquet('@/secret.parquet')",
    "SELECT secret::TEXT FROM '@/lake/../secret.parquet'",
    "SELECT file FROM glob('@/*')",
    "SELECT file FROM glob('/etc/*')",
    "SELECT columns::TEXT FROM sniff_csv('@/secret.csv')",
    "SELECT * FROM 'https://example.com/data.parquet'",
    "ATTACH '@/secret.duckdb' AS s",
    "ATTACH '@/lake/new.duckdb' AS s",
    "ATTACH ':memory:' AS s",
    "COPY t TO '@/stolen.csv'",
    "COPY t TO '@/lake/stolen.parquet'",
    "COPY (SELECT 1) TO '@/lake/t.parquet' (FORMAT parquet)",
    "EXPORT DATABASE '@/export'",
    "IMPORT DATABASE '@/export'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '@/evil.duckdb_extension'",
    "CREATE SECRET (TYPE s3, KEY_ID 'a', SECRET 'b')",
    "CREATE TEMP TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW t AS SELECT 1",
    "DROP VIEW t",
    "DROP TABLE t",
    "CALL pragma_version()",
    "PRAGMA enable_profiling",
    "SET enable_external_access = true",
    "SET GLOBAL enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_directories = ['/']",
    "SET allow_community_extensions = true",
    "SET custom_extension_repository = 'http://example.com'",
    "SET profiling_output = '@/profile.json'",
    "SET log_query_path = '@/queries.log'",
    "SET temp_directory = '/tmp'",
    "SET threads = 1",
    "SET memory_limit = '1KB'",
    "SET TimeZone = 'Asia/Tokyo'",
    "RESET TimeZone",
    "BEGIN",
    "USE memory",
    "PREPARE p AS SELECT 1",
    "SELECT '1'; COPY t TO '@/lake/stolen.parquet'",
]


async def test_a_hostile_statement_finds_every_door_shut(
    locked: DuckDBWarehouse, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    let_through = []
    for statement in HOSTILE:
        try:
            await locked.rows(statement.replace("@", str(tmp_path)), [])
            let_through.append(statement)
        except WarehouseError:
            pass
    assert let_through == []
    assert sorted(tmp_path.rglob("*")) == before
    assert await locked.rows("SELECT (sum(n) + sum(amount))::DOUBLE::TEXT FROM t", []) == ["7.5"]
    assert await locked.rows("SELECT current_setting('TimeZone')", []) == ["UTC"]


# --- kinds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_name", "kind"),
    [
        ("HUGEINT", ColumnKind.INTEGER),
        ("UTINYINT", ColumnKind.INTEGER),
        ("DECIMAL(38,10)", ColumnKind.DECIMAL),
        ("TIMESTAMP_NS", ColumnKind.TIMESTAMP),
        ("TIMESTAMP WITH TIME ZONE", ColumnKind.INSTANT),
        ("ENUM('a', 'b')", ColumnKind.OTHER),
        ("INTEGER[]", ColumnKind.OTHER),
        ("STRUCT(a INTEGER)", ColumnKind.OTHER),
        ("TIME", ColumnKind.OTHER),
        ("varchar", ColumnKind.TEXT),
    ],
)
def test_kinds_are_read_off_type_names(type_name: str, kind: ColumnKind) -> None:
    assert kind_of(type_name) is kind
