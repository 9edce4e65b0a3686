"""A `--warehouse` URL → the open warehouse."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from analytics_gql.errors import SettingsError
from analytics_gql.settings import Settings
from analytics_gql.warehouses.duckdb import open_duckdb
from analytics_gql.warehouses.postgres import open_postgres
from analytics_gql.warehouses.warehouse import Warehouse

LOOK_UPS = 2
"""Versions of data that are looked up at once."""

KEPT_FREE = LOOK_UPS + 1
"""Connections beside those of callers' statements: for versions, and one for binding and to tell
whether the warehouse is there. None of them waits for a caller."""


async def open_warehouse(url: str, settings: Settings) -> Warehouse:
    """Open the warehouse that a URL names. Raises SettingsError or WarehouseUnavailableError."""
    if url.startswith("duckdb://"):
        if settings.rls_variable is not None:
            raise SettingsError(
                "DuckDB has no row-level security that could read rls_variable",
                hint="leave it out: every statement has the tenant's condition in any case",
            )
        return open_duckdb(
            duckdb_path(url),
            connections=settings.warehouse_connections + KEPT_FREE,
            statement_timeout_s=settings.statement_timeout_s,
        )
    if url.startswith(("postgresql://", "postgres://")):
        return await open_postgres(
            url,
            connections=settings.warehouse_connections + KEPT_FREE,
            connect_timeout_s=settings.connect_timeout_s,
            statement_timeout_s=settings.statement_timeout_s,
            tenant_variable=settings.rls_variable,
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
