"""The statement that tells whether a table's rows have changed."""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.relation import TableName
from analytics_gql.sql.builder import table
from analytics_gql.sql.dialects.dialect import Dialect
from analytics_gql.sql.expressions import as_text
from analytics_gql.sql.tenant_proof import prove_version_probe


def compile_version_probe(
    name: TableName, versions: tuple[exp.Expr, ...], catalog: Catalog, dialect: Dialect
) -> str:
    """One row of texts, one for each version expression of a table, over all of its rows.

    Proven to tell no more than that. Raises TenantProofError.
    """
    tree = exp.Select(
        expressions=[as_text(version.copy()) for version in versions],
        from_=exp.From(this=table(name.parts)),
    )
    prove_version_probe(tree, catalog)
    return tree.sql(dialect=dialect.name)
