"""The demo warehouse: a DuckDB file of an invented order business, the same on every machine."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import duckdb

from analytics_gql.demo import business
from analytics_gql.demo.generate import STATEMENTS
from analytics_gql.demo.tables import TABLES
from analytics_gql.errors import SettingsError

DEMO_VERSION = 3
"""Part of the file's name: raise it when the content changes, and no old file is served."""

DEMO_TENANT = business.ORGANIZATIONS[0].id
"""The largest organisation, as whose member a first visitor looks around."""


def build_demo(path: Path) -> None:
    """Write the demo warehouse to `path`, replacing what is there at once and only when complete.

    Raises OSError or duckdb.IOException if the folder cannot be written; then `path` is as it was.
    """
    # A folder of its own beside the target: the same file system, so that the rename is atomic; a
    # name no other process has; and a place for the engine's log, which goes with it.
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        unfinished = Path(folder) / path.name
        with duckdb.connect(str(unfinished)) as connection:
            _fill(connection)
            # All content into the file itself: a log beside it would stay behind at the rename.
            connection.execute("CHECKPOINT")
        os.replace(unfinished, path)


def ensure_demo(cache_dir: Path) -> Path:
    """Return the demo file in `cache_dir`, built first if this version of it is not there.

    Processes that start together may each build it; the contents are equal and the last rename
    wins. Raises SettingsError if the folder cannot be written.
    """
    path = cache_dir / f"demo-{DEMO_VERSION}.duckdb"
    try:
        if not path.is_file():
            cache_dir.mkdir(parents=True, exist_ok=True)
            build_demo(path)
    except (OSError, duckdb.IOException) as error:
        raise SettingsError(
            f"the demo warehouse cannot be written to {cache_dir}: {error}",
            hint="name a folder that can be written and has 100 MB free, or a warehouse of yours",
        ) from error
    return path


def _fill(connection: duckdb.DuckDBPyConnection) -> None:
    # Joins run as they are written: each order finds its one partner in one table after the other.
    # The engine, which cannot know that, would first join the small tables with one another.
    connection.execute("SET disabled_optimizers = 'join_order'")
    connection.execute("CREATE SCHEMA gold")
    for table in TABLES:
        connection.execute(table.create)
    for name, rows in business.plan().items():
        # max_depth: what is a list within a row stays one.
        connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT unnest($rows, max_depth := 2)", {"rows": rows}
        )
    for statement in STATEMENTS:
        connection.execute(statement)
    for table in TABLES:
        for statement in (*table.require, *table.create_keys):
            connection.execute(statement)
