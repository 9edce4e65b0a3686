"""DuckDB files that are replaced, spoilt and deleted while they are served."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analytics_gql.errors import WarehouseError, WarehouseUnavailableError
from analytics_gql.model.relation import TableName
from analytics_gql.warehouses.duckdb import DuckDBWarehouse
from tests.warehouses.duckdb_files import count, database, open_at, parquet, replace
from tests.warehouses.patience import until

SLOW = (
    "SELECT count(*)::TEXT || '|' || (SELECT max(range) FROM t)::TEXT FROM range(30000) a, "
    "range(30000) b WHERE hash(a.range * b.range) = 1"
)
"""Runs for a second or so, then says which file it read."""


def table_of(rows: int) -> str:
    return f"CREATE TABLE t AS FROM range({rows})"


def open_files(path: Path) -> int:
    """How many files of that name this process has open; a deleted one is still one."""
    links = [Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")]
    shown = [os.readlink(link) for link in links if link.is_symlink()]
    return sum(target.removesuffix(" (deleted)") == str(path) for target in shown)


def told(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.levelno >= logging.WARNING]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return database(tmp_path / "facts.duckdb", table_of(3))


# --- replaced ------------------------------------------------------------------------------------


async def test_the_next_statement_reads_the_file_that_took_the_place(path: Path) -> None:
    warehouse = open_at(path)
    before = await warehouse.identity()
    assert await count(warehouse, "t") == 3
    for rows in (5, 7, 11):
        replace(path, table_of(rows))
        assert await count(warehouse, "t") == rows
        assert await count(warehouse, "facts.main.t") == rows
        after = await warehouse.identity()
        assert after not in (None, before)
        before = after
        assert open_files(path) == 1, "the one before is closed"
    await warehouse.close()
    assert open_files(path) == 0


async def test_a_new_file_with_a_schema_of_its_name_is_read_as_well(tmp_path: Path) -> None:
    path = database(tmp_path / "gold.duckdb", table_of(3), "CREATE SCHEMA other")
    warehouse = open_at(path)
    assert await count(warehouse, "t") == 3
    replace(path, "CREATE SCHEMA gold", "CREATE TABLE gold.t AS FROM range(5)")
    assert await count(warehouse, "gold.t") == 5
    await warehouse.close()


async def test_a_link_to_another_file_is_a_replacement(tmp_path: Path) -> None:
    one = database(tmp_path / "one.duckdb", table_of(1))
    two = database(tmp_path / "two.duckdb", table_of(2))
    link, new = tmp_path / "current.duckdb", tmp_path / "new"
    link.symlink_to(one)
    warehouse = open_at(link)
    assert await count(warehouse, "t") == 1
    new.symlink_to(two)
    os.replace(new, link)
    assert await count(warehouse, "t") == 2
    await warehouse.close()


async def test_a_statement_ends_on_the_old_file_which_is_closed_after_it(path: Path) -> None:
    warehouse = open_at(path)
    slow = asyncio.create_task(warehouse.rows(SLOW, []))

    async def is_running() -> bool:
        return bool(warehouse._running) and open_files(path) == 1

    await until(is_running)
    await asyncio.sleep(0.1)
    replace(path, table_of(5))
    assert await count(warehouse, "t") == 5
    assert not slow.done()
    assert open_files(path) == 2
    assert await slow == ["0|2"]
    assert open_files(path) == 1
    await warehouse.close()


async def test_a_statement_that_is_cancelled_on_the_old_file_lets_go_of_it(path: Path) -> None:
    warehouse = open_at(path)
    slow = asyncio.create_task(warehouse.rows(SLOW, []))

    async def is_running() -> bool:
        return bool(warehouse._running)

    await until(is_running)
    await asyncio.sleep(0.1)
    replace(path, table_of(5))
    assert await count(warehouse, "t") == 5
    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow
    assert open_files(path) == 1
    await warehouse.close()


async def test_closing_ends_what_runs_on_the_old_file_too(path: Path) -> None:
    warehouse = open_at(path)
    slow = asyncio.create_task(warehouse.rows(SLOW, []))
    await asyncio.sleep(0.1)
    replace(path, table_of(5))
    assert await count(warehouse, "t") == 5
    await warehouse.close()
    with pytest.raises(WarehouseUnavailableError, match="the warehouse is closed"):
        await slow
    assert open_files(path) == 0


async def test_many_statements_at_once_never_see_a_file_that_is_neither(path: Path) -> None:
    """Each sees one file whole, and never an older one than a statement that ended before it."""
    warehouse = open_at(path, connections=6)
    replaced = asyncio.Event()
    seen: list[int] = []

    async def ask() -> None:
        newest = 0
        while not replaced.is_set():
            (text,) = await warehouse.rows(
                "SELECT count(*)::TEXT || '|' || (max(range) + 1)::TEXT FROM t", []
            )
            rows, same = map(int, text.split("|"))
            assert rows == same
            assert rows >= newest
            newest = rows
        seen.append(newest)

    asking = [asyncio.create_task(ask()) for _ in range(12)]
    for rows in range(4, 24):
        await asyncio.to_thread(replace, path, table_of(rows))
    replaced.set()
    await asyncio.gather(*asking)
    assert len(seen) == 12
    assert max(seen) > 3, "files were replaced while statements ran"
    assert await count(warehouse, "t") == 23
    assert open_files(path) == 1
    await warehouse.close()


async def test_what_the_new_file_lacks_is_refused(path: Path) -> None:
    warehouse = open_at(path)
    assert await count(warehouse, "t") == 3
    replace(path, "CREATE TABLE other AS SELECT 1 AS n")
    for statement in ("SELECT range::TEXT FROM t", "SELECT range::TEXT FROM other"):
        with pytest.raises(WarehouseError):
            await warehouse.rows(statement, [])
    assert await warehouse.table_columns([TableName(("t",))]) == {}
    await warehouse.close()


async def test_a_replaced_file_is_as_locked_as_the_first(path: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("secret\n42\n")
    warehouse = open_at(path)
    replace(path, table_of(5))
    assert await warehouse.rows("SELECT current_setting('TimeZone')", []) == ["UTC"]
    for statement in (
        f"SELECT secret::TEXT FROM read_csv('{tmp_path}/secret.csv')",
        "SET lock_configuration = false",
        "DELETE FROM t",
    ):
        with pytest.raises(WarehouseError):
            await warehouse.rows(statement, [])
    assert await count(warehouse, "t") == 5
    await warehouse.close()


# --- spoilt --------------------------------------------------------------------------------------


async def unavailable(warehouse: DuckDBWarehouse) -> None:
    for ask in (warehouse.ping(), count(warehouse, "t"), warehouse.kinds("SELECT 1")):
        with pytest.raises(WarehouseUnavailableError, match="the warehouse cannot be read"):
            await ask


async def test_a_broken_file_stops_the_answers_until_a_good_one_stands_there(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse = open_at(path)
    good = path.read_bytes()
    broken = path.with_suffix(".broken")
    for content in (b"not a database " * 500, good[: len(good) // 4], b""):
        broken.write_bytes(content)
        os.replace(broken, path)
        caplog.clear()
        await unavailable(warehouse)
        await unavailable(warehouse)
        (message,) = told(caplog)
        assert f"DuckDB cannot open {path}: " in message
        assert " – " in message
        caplog.clear()
        replace(path, table_of(len(content) % 7 + 4))
        assert await count(warehouse, "t") == len(content) % 7 + 4
        assert told(caplog) == []
        assert open_files(path) == 1
    await warehouse.close()


async def test_a_deleted_file_stops_the_answers_until_one_stands_there(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse = open_at(path)
    elsewhere = path.with_suffix(".elsewhere")
    path.rename(elsewhere)
    assert await warehouse.identity() is None
    await unavailable(warehouse)
    await unavailable(warehouse)
    assert [message.partition(" – ")[0] for message in told(caplog)] == [
        f"the warehouse was replaced, and cannot be opened: there is no warehouse at {path}"
    ]
    elsewhere.rename(path)
    assert await count(warehouse, "t") == 3
    path.unlink()
    await unavailable(warehouse)
    assert len(told(caplog)) == 2
    replace(path, table_of(9))
    assert await count(warehouse, "t") == 9
    await warehouse.close()


WRITER = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.readline()
"""


async def test_a_file_that_cannot_be_opened_is_tried_again_though_it_looks_the_same(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analytics_gql.warehouses.current_database._RETRY_S", 0.05)
    warehouse = open_at(path)
    replace(path, table_of(5))
    with subprocess.Popen(  # noqa: ASYNC220  nothing else waits for this loop
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        await asyncio.to_thread(writer.stdout.readline)
        identity = await warehouse.identity()
        await unavailable(warehouse)
        writer.communicate(b"\n")
    assert await warehouse.identity() == identity

    async def is_back() -> bool:
        try:
            return await count(warehouse, "t") == 5
        except WarehouseUnavailableError:
            return False

    await until(is_back)
    await warehouse.close()


async def test_a_file_that_is_written_in_place_is_another(path: Path) -> None:
    warehouse = open_at(path)
    before = await warehouse.identity()
    new = database(path.with_suffix(".new"), table_of(50_000))
    inode = path.stat().st_ino
    shutil.copyfile(new, path)
    assert path.stat().st_ino == inode
    assert await warehouse.identity() not in (None, before)
    assert await count(warehouse, "t") == 50_000
    await warehouse.close()


async def test_a_write_ahead_log_is_part_of_the_identity(path: Path) -> None:
    warehouse = open_at(path)
    before = await warehouse.identity()
    path.with_name("facts.duckdb.wal").write_bytes(b"")
    assert await warehouse.identity() not in (None, before)
    await warehouse.close()


# --- folders of Parquet --------------------------------------------------------------------------


async def test_files_of_a_folder_are_read_as_they_are_now(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    parquet(lake / "t.parquet", "SELECT 1 AS n")
    parquet(lake / "days" / "1.parquet", "SELECT 1 AS n")
    warehouse = open_at(lake)
    identities = {await warehouse.identity()}

    async def totals() -> list[str]:
        identities.add(await warehouse.identity())
        return await warehouse.rows(
            "SELECT (SELECT sum(n) FROM t)::TEXT || '|' || (SELECT sum(n) FROM days)::TEXT", []
        )

    assert await totals() == ["1|1"]
    parquet(lake / "days" / "2.parquet", "SELECT 10 AS n")
    assert await totals() == ["1|11"]
    # Of one size, and written within the same second: nothing that is kept of a file is stale.
    for number in range(2, 7):
        os.replace(parquet(tmp_path / "new", f"SELECT {number} AS n"), lake / "t.parquet")
        assert await totals() == [f"{number}|11"]
    parquet(lake / "t.parquet", "SELECT 9 AS n")
    assert await totals() == ["9|11"]
    (lake / "days" / "1.parquet").unlink()
    assert await totals() == ["9|10"]
    assert len(identities) == 9
    assert None not in identities
    (lake / "README.txt").write_text("not read")
    assert await warehouse.identity() in identities
    await warehouse.close()


async def test_tables_and_columns_that_a_folder_gets_are_there_at_once(tmp_path: Path) -> None:
    parquet(tmp_path / "t.parquet", "SELECT 1 AS n")
    warehouse = open_at(tmp_path)
    assert await count(warehouse, "t") == 1
    parquet(tmp_path / "t.parquet", "SELECT 'x' AS word, 2 AS n")
    parquet(tmp_path / "other.parquet", "SELECT 1 AS n")
    assert await warehouse.rows("SELECT word || n FROM t", []) == ["x2"]
    assert await count(warehouse, "other") == 1
    await warehouse.close()


async def test_a_broken_file_of_a_folder_spoils_its_own_table(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    parquet(tmp_path / "t.parquet", "SELECT 1 AS n")
    parquet(tmp_path / "other.parquet", "SELECT 1 AS n")
    warehouse = open_at(tmp_path)
    (tmp_path / "t.parquet").write_bytes(b"PAR1 not yet whole")
    for _ in range(3):
        with pytest.raises((WarehouseError, WarehouseUnavailableError)):
            await count(warehouse, "t")
        assert await count(warehouse, "other") == 1
    (message,) = told(caplog)
    assert "DuckDB cannot read" in message
    parquet(tmp_path / "t.parquet", "SELECT 1 AS n FROM range(4)")
    assert await count(warehouse, "t") == 4
    await warehouse.close()
