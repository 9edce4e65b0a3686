"""The one statement that may omit the tenant tells nothing but a version."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from analytics_gql.errors import TenantProofError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Place, Relation, TableName
from analytics_gql.model.row_type import RowType
from analytics_gql.sql.dialects.postgres import PostgresDialect
from analytics_gql.sql.tenant_proof import prove_version_probe
from analytics_gql.sql.version_probe import compile_version_probe

ORDERS = TableName(("gold", "orders"))
RELATION = Relation(ORDERS, "org_id", False, None, None, Place("m", 1))
CATALOG = Catalog((), (Records(RowType("O", RELATION, (), (), (), RELATION.place), None),), (), ())


def test_it_reads_one_table_and_shows_aggregates() -> None:
    version = sqlglot.parse_one("max(loaded_at)")
    sql = compile_version_probe(ORDERS, (version,), CATALOG, PostgresDialect())
    assert sql == 'SELECT CAST(MAX(loaded_at) AS TEXT) FROM "gold"."orders"'


def test_a_version_that_shows_rows_is_refused() -> None:
    with pytest.raises(TenantProofError, match="aggregates alone"):
        compile_version_probe(ORDERS, (exp.column("secret"),), CATALOG, PostgresDialect())


@pytest.mark.parametrize(
    "sql",
    [
        'SELECT net_amount FROM "gold"."orders"',
        'SELECT max(a), b FROM "gold"."orders" GROUP BY b',
        'SELECT max(a) FROM "gold"."orders" WHERE id = 1',
        'SELECT max(a) FROM "gold"."orders", "gold"."orders" AS other',
        'SELECT max(a) FROM "gold"."orders" JOIN "gold"."orders" AS other ON TRUE',
        'SELECT max(a) FROM "gold"."customers"',
        'SELECT (SELECT max(a) FROM "gold"."orders") FROM "gold"."orders"',
        'SELECT max((SELECT b FROM "gold"."orders" LIMIT 1)) FROM "gold"."orders"',
        'WITH x AS (SELECT 1) SELECT max(a) FROM "gold"."orders"',
        'SELECT max(a) FROM "gold"."orders" UNION ALL SELECT max(b) FROM "gold"."orders"',
        'SELECT max(a) FROM "gold"."orders" LIMIT 1',
        'DELETE FROM "gold"."orders"',
    ],
)
def test_anything_more_is_refused(sql: str) -> None:
    with pytest.raises(TenantProofError):
        prove_version_probe(sqlglot.parse_one(sql, dialect="postgres"), CATALOG)
