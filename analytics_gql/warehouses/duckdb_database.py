"""A DuckDB file, or a folder of Parquet files as a database: opened read-only and locked."""

from __future__ import annotations

from pathlib import Path

import duckdb

from analytics_gql.errors import SettingsError
from analytics_gql.model.relation import TableName
from analytics_gql.warehouses.file_identity import identity_of


class Database:
    """One opening of what stands at a path, by `open_database`; lends cursors to statements.

    Not safe for threads by itself: `CurrentDatabase` guards it.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalog: str | None, identity: str | None
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self._idle: list[duckdb.DuckDBPyConnection] = []
        self._lent = 0
        self._is_retired = False
        self.identity = identity
        """What stood at the path when it was opened."""

    @property
    def is_folder(self) -> bool:
        """Whether its tables are views, which read the files as they are at each statement."""
        return self._catalog is None

    def lend(self) -> duckdb.DuckDBPyConnection:
        """A cursor of one's own. Cursors are lent again: to make one costs 0.2 ms with its USE."""
        if self._idle:
            cursor = self._idle.pop()
        else:
            cursor = self._connection.cursor()
            if self._catalog is not None:
                cursor.execute(f"USE {quoted(self._catalog)}")
        self._lent += 1
        return cursor

    def take_back(self, cursor: duckdb.DuckDBPyConnection, *, is_sound: bool) -> None:
        """End a loan. A cursor whose statement failed or was interrupted is not lent again."""
        self._lent -= 1
        if is_sound and not self._is_retired:
            self._idle.append(cursor)
        else:
            cursor.close()
        self._close_when_drained()

    def retire(self) -> None:
        """Close as soon as no cursor is lent any more. None is lent from now on."""
        self._is_retired = True
        self._close_when_drained()

    def _close_when_drained(self) -> None:
        if self._is_retired and self._lent == 0:
            while self._idle:
                self._idle.pop().close()
            self._connection.close()


def open_database(path: Path) -> Database:
    """Open a database file, or a folder of Parquet files as one, as it is now.

    A folder's tables: `orders.parquet` is `orders`, `gold.orders.parquet` is `gold.orders`, and a
    sub-folder `orders/` of Parquet files is `orders` as well. Raises SettingsError.
    """
    # Looked at before: what is written while we open is seen as a change afterwards.
    identity = identity_of(path)
    catalog = None
    if path.is_dir():
        connection = _open_folder(path)
    elif path.is_file():
        if path.suffix.lower() == ".parquet":
            raise SettingsError(
                f"{path} is a single Parquet file, and a warehouse is a folder of them",
                hint=f"name its folder: --warehouse duckdb://{path.parent}; "
                f"{path.name} is its table {_table_of(path.stem)}",
            )
        connection, catalog = _open_file(path)
    else:
        raise SettingsError(
            f"there is no warehouse at {path}",
            hint="name a .duckdb file or a folder of Parquet files: --warehouse duckdb:///path",
        )
    _lock(connection)
    return Database(connection, catalog, identity)


def quoted(name: str) -> str:
    """A name as SQL writes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


def _lock(connection: duckdb.DuckDBPyConnection) -> None:
    """Settle the configuration of the whole database: cursors have none of a session's settings."""
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.execute("SET GLOBAL default_null_order = 'NULLS_LAST'")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


_NO_EXTENSIONS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}

# --- files ---------------------------------------------------------------------------------------

_OURS = "analytics_gql_warehouse"
_TAKEN = {"", "memory", "temp", "system"}
"""Names that a catalog cannot have beside a database in memory."""


def _open_file(path: Path) -> tuple[duckdb.DuckDBPyConnection, str]:
    """A database in memory with the file attached, and the catalog's name.

    Attached, not opened: while any connection of the process has an older file of that path open,
    `duckdb.connect(path)` gives that one.

    DuckDB names a file's catalog after the file, so do we: `facts.main.orders` is in facts.duckdb.
    But in `gold.duckdb` with a schema `gold` the name `gold.orders` would be ambiguous: such a
    catalog has a name of ours.
    """
    config = _NO_EXTENSIONS | {"temp_directory": f"{path}.tmp"}
    connection = duckdb.connect(":memory:", config=dict(config))
    catalog = path.name.partition(".")[0]
    try:
        if catalog.lower() in _TAKEN:
            catalog = _OURS
        _attach(connection, path, catalog)
        ambiguous = connection.execute(
            "SELECT count(*) > 0 FROM duckdb_schemas() WHERE database_name = $1 "
            "AND lower(schema_name) = lower($1)",
            [catalog],
        ).fetchone()
        if ambiguous == (True,):
            connection.execute(f"DETACH {quoted(catalog)}")
            catalog = _OURS
            _attach(connection, path, catalog)
    except duckdb.Error as error:
        connection.close()
        raise SettingsError(
            f"DuckDB cannot open {path}: {str(error).splitlines()[0]}",
            hint="is it a DuckDB file, and does no other process write to it?",
        ) from error
    return connection, catalog


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, catalog: str) -> None:
    connection.execute(f"ATTACH ? AS {quoted(catalog)} (READ_ONLY)", [str(path)])


# --- folders -------------------------------------------------------------------------------------


def _open_folder(path: Path) -> duckdb.DuckDBPyConnection:
    tables = _parquet_tables(path)
    connection = duckdb.connect(":memory:", config=dict(_NO_EXTENSIONS))
    # The order matters: allowed folders cannot be set once external access is off.
    folder = str(path.resolve()).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}']")
    connection.execute("SET enable_external_access = false")
    for table, pattern in tables.items():
        name = ".".join(quoted(part) for part in table.parts)
        files = pattern.replace("'", "''")
        if len(table.parts) > 1:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(table.parts[0])}")
        try:
            connection.execute(
                # DuckDB takes no parameters in DDL; the path is the operator's, quoted above.
                f"CREATE VIEW {name} AS "  # noqa: S608
                f"SELECT * FROM read_parquet('{files}', union_by_name = true)"
            )
        except duckdb.Error as error:
            connection.close()
            raise SettingsError(
                f"DuckDB cannot read {pattern}: {str(error).splitlines()[0]}",
                hint="is each of them a whole Parquet file?",
            ) from error
    return connection


def _parquet_tables(folder: Path) -> dict[TableName, str]:
    """Tables of a folder and the files of each."""
    root = folder.resolve()
    tables: dict[TableName, str] = {}
    for entry in sorted(root.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_file() and entry.suffix == ".parquet":
            table, files = _table_of(entry.stem), str(entry)
        elif entry.is_dir() and any(entry.rglob("*.parquet")):
            table, files = _table_of(entry.name), str(entry / "**" / "*.parquet")
        else:
            continue
        if table in tables:
            raise SettingsError(
                f"the folder {folder} has the table {table} twice: {tables[table]} and {files}",
                hint="rename one of them",
            )
        tables[table] = files
    if not tables:
        raise SettingsError(
            f"the folder {folder} has no Parquet files",
            hint="put `<table>.parquet` files or `<table>/` folders of them into it",
        )
    return tables


def _table_of(stem: str) -> TableName:
    return TableName(tuple(stem.lower().split(".", 1)))
