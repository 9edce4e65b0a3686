"""What PostgreSQL itself promises of a table's rows."""

from __future__ import annotations

from typing import Any

from analytics_gql.warehouses.table_keys import TableKeys

_ENFORCED = """
    FROM pg_class AS t
    WHERE t.oid = to_regclass($1)
      AND (t.relkind IN ('p', 'm') OR (t.relkind = 'r' AND NOT t.relhassubclass))
"""
"""Tables whose rows PostgreSQL checks itself. It does not check a foreign table's; and a table
that others inherit from (other than by partitions) also shows their rows, which its own indexes
do not cover."""

_NOT_NULL = f"""
SELECT a.attname
FROM pg_attribute AS a
WHERE a.attrelid = (SELECT t.oid {_ENFORCED})
  AND a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped
  AND NOT EXISTS (  -- NOT VALID: old rows are not checked yet
      SELECT FROM pg_constraint AS c
      WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND NOT c.convalidated
        AND a.attnum = ANY (c.conkey)
  )
"""  # noqa: S608  put together of our own texts

_UNIQUE = f"""
SELECT (
    SELECT array_agg(a.attname::text)
    FROM pg_attribute AS a
    WHERE a.attrelid = i.indrelid
      AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])
)
FROM pg_index AS i
WHERE i.indrelid = (SELECT t.oid {_ENFORCED})
  AND i.indisunique AND i.indisvalid AND NOT i.indisexclusion
  AND i.indpred IS NULL AND i.indexprs IS NULL
ORDER BY i.indexrelid
"""  # noqa: S608  put together of our own texts

_HIDES = "SELECT row_security_active(to_regclass($1))"


async def read_table_keys(connection: Any, table: str, *, tells_tenant: bool) -> TableKeys:
    """What holds for the rows of a table, whose name is quoted.

    `tells_tenant`: policies hide rows from statements that tell no tenant.
    """
    not_null = await connection.fetch(_NOT_NULL, table)
    unique = await connection.fetch(_UNIQUE, table)
    are_rows_hidden = tells_tenant and bool(await connection.fetchval(_HIDES, table))
    return TableKeys(
        frozenset(row[0] for row in not_null),
        tuple(frozenset(row[0]) for row in unique),
        are_rows_hidden,
    )
