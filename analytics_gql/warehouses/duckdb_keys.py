"""What DuckDB enforces of a table, read from its catalog."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from analytics_gql.model.relation import TableName
from analytics_gql.warehouses.duckdb_database import quoted
from analytics_gql.warehouses.table_keys import TableKeys

_COLUMNS = """
SELECT column_name FROM duckdb_columns()
WHERE database_name = current_database() AND NOT internal
  AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)
"""
_CONSTRAINTS = """
SELECT constraint_type, constraint_column_names FROM duckdb_constraints()
WHERE database_name = current_database()
  AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)
ORDER BY constraint_index
"""
_INDEXES = """
SELECT CAST(expressions AS VARCHAR[]) FROM duckdb_indexes()
WHERE database_name = current_database() AND is_unique
  AND lower(schema_name) = lower($1) AND lower(table_name) = lower($2)
ORDER BY index_name
"""


def read_table_keys(cursor: duckdb.DuckDBPyConnection, table: TableName) -> TableKeys:
    """The keys of a table of the cursor's catalog; none of a view or an unknown table."""
    names = _schema_and_table(cursor, table)
    not_null: set[str] = set()
    unique: list[frozenset[str]] = []
    for kind, columns in cursor.execute(_CONSTRAINTS, names).fetchall():
        if kind == "NOT NULL":
            not_null.update(columns)
        elif kind in ("PRIMARY KEY", "UNIQUE"):
            unique.append(frozenset(columns))
    indexes = cursor.execute(_INDEXES, names).fetchall()
    if indexes:
        written = _as_written([row[0] for row in cursor.execute(_COLUMNS, names).fetchall()])
        for (parts,) in indexes:
            found = [written.get(part.lower()) for part in parts]
            columns = frozenset(column for column in found if column is not None)
            if None not in found:  # else it is over an expression
                unique.append(columns)
    return TableKeys(frozenset(not_null), tuple(unique))


def _schema_and_table(cursor: duckdb.DuckDBPyConnection, table: TableName) -> list[str]:
    *outer, name = table.parts
    catalog = cursor.execute("SELECT current_database()").fetchall()[0][0]
    if outer and outer[0].lower() == catalog.lower():
        outer = outer[1:]
    return [outer[0] if outer else "main", name]


def _as_written(columns: list[str]) -> Mapping[str, str]:
    """Columns by how an index shows them: plain, or in quotes where they need them."""
    plain = {column.lower(): column for column in columns if column.isidentifier()}
    return plain | {quoted(column).lower(): column for column in columns}
