"""The independent proof that a finished statement stays within one tenant.

It shares nothing with the planner and the compiler but the catalog's list of tenant columns: it
walks the finished tree, and any table that it does not know, or knows to be tenanted without
seeing the predicate, stops the statement.
"""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.errors import TenantProofError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.dataset import TableName
from analytics_gql.sql.statement import Origin, Parameter


def prove_tenancy(tree: exp.Expr, parameters: tuple[Parameter, ...], catalog: Catalog) -> None:
    """Raise TenantProofError unless every scan of a tenanted table is restricted to the caller's.

    A proven scan is a SELECT from that table alone whose WHERE is a conjunction with the member
    `tenant_column = $n`, parameter n being the caller's tenant.
    """
    if not isinstance(tree, exp.Select):
        raise TenantProofError(f"the statement is a {type(tree).__name__}, not a SELECT")
    common = {cte.alias for cte in tree.find_all(exp.CTE)}
    if any(with_.args.get("recursive") for with_ in tree.find_all(exp.With)):
        raise TenantProofError("a recursive common table can hide a table")
    known = catalog.tenant_columns
    hidden = common & {table.parts[-1] for table in known if len(table.parts) == 1}
    if hidden:
        raise TenantProofError(f"the common table {hidden.pop()} hides a table of the model")
    for table in tree.find_all(exp.Table):
        name = TableName(tuple(part.name for part in table.parts))
        if len(name.parts) == 1 and name.parts[0] in common:
            continue
        if not isinstance(table.this, exp.Identifier):
            raise TenantProofError(f"{table.sql()} is no plain table")
        if name not in known:
            raise TenantProofError(f"the table {name} is not in the model")
        tenant = known[name]
        if tenant is not None:
            _prove_scan(table, tenant, parameters)


def _prove_scan(table: exp.Table, tenant: str, parameters: tuple[Parameter, ...]) -> None:
    from_ = table.parent
    select = from_.parent if isinstance(from_, exp.From) else None
    if not isinstance(select, exp.Select) or select.args.get("joins") or table.args.get("joins"):
        raise TenantProofError(f"{table.sql()} is not scanned by itself")
    where = select.args.get("where")
    conditions = _conjuncts(where.this) if isinstance(where, exp.Where) else []
    if not any(_is_tenant_predicate(part, tenant, parameters) for part in conditions):
        raise TenantProofError(f"a scan of {table.sql()} lacks its tenant predicate")


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.this), *_conjuncts(condition.expression)]
    return [condition]


def _is_tenant_predicate(
    condition: exp.Expr, tenant: str, parameters: tuple[Parameter, ...]
) -> bool:
    if not isinstance(condition, exp.EQ) or not isinstance(condition.this, exp.Column):
        return False
    value = condition.expression
    if isinstance(value, exp.Cast):
        value = value.this
    if (
        condition.this.name != tenant
        or condition.this.table
        or not isinstance(value, exp.Parameter)
    ):
        return False
    number = int(value.this.name)
    return 1 <= number <= len(parameters) and parameters[number - 1].origin is Origin.TENANT
