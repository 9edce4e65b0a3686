"""A `--warehouse` URL → the open warehouse."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings
from analytics_gql.warehouses.duckdb import open_duckdb
from analytics_gql.warehouses.postgres import open_postgres
from analytics_gql.warehouses.warehouse import Warehouse


async def open_warehouse(url: str, settings: Settings) -> Warehouse:
    """Open the warehouse that a URL names. Raises SettingsError or WarehouseUnavailableError."""
    if url.startswith("duckdb://"):
        return open_duckdb(
            duckdb_path(url),
            connections=settings.warehouse_connections,
            statement_timeout_s=settings.statement_timeout_s,
        )
    if url.startswith(("postgresql://", "postgres://")):
        return await open_postgres(
            url,
            connections=settings.warehouse_connections,
            connect_timeout_s=settings.connect_timeout_s,
            statement_timeout_s=settings.statement_timeout_s,
        )
    raise _no_kind_of_warehouse(url)


def _no_kind_of_warehouse(url: str) -> SettingsError:
    scheme = url.split("://", 1)[0] if "://" in url else url
    hint = "write duckdb:///path/file.duckdb, duckdb:///folder-of-parquet or postgresql://…"
    path = Path(url)
    if "://" not in url and path.exists():
        is_parquet = path.suffix.lower() == ".parquet" and path.is_file()
        hint = f"to open what is there, write duckdb://{path.parent if is_parquet else path}"
    return SettingsError(f"'{scheme[:40]}' is no kind of warehouse", hint=hint)


def duckdb_path(url: str) -> Path:
    """`duckdb:///data/file.duckdb` is absolute; `duckdb://data/file.duckdb` is relative."""
    path = unquote(url.removeprefix("duckdb://"))
    if not path.strip("/"):
        raise SettingsError(
            "the warehouse's URL names no file",
            hint="write duckdb:///path/file.duckdb or duckdb:///folder-of-parquet",
        )
    return Path(path)
