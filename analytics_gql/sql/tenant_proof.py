"""The independent proof that a finished statement stays within one tenant.

It shares nothing with the planner and the compiler but the catalog's list of tenant columns: it
walks the finished tree, and any table that it does not know, or knows to be tenanted without
seeing the predicate, stops the statement.
"""

from __future__ import annotations

from sqlglot import exp

from analytics_gql.errors import TenantProofError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.relation import TableName
from analytics_gql.sql.statement import Origin, Parameter


def prove_tenancy(
    tree: exp.Expr, parameters: tuple[Parameter, ...], catalog: Catalog
) -> frozenset[TableName]:
    """The tables that a statement reads, once it is sure that it reads one tenant's rows alone.

    Raises TenantProofError unless every scan of a tenanted table is restricted to the caller's.

    A proven scan is a SELECT from that table alone whose WHERE is a conjunction with the member
    `tenant_column = $n`, parameter n being the caller's tenant. Common tables are known by name
    alone, so they stand at the head of the statement only and no table of the model bears the
    name of one.
    """
    if not isinstance(tree, exp.Select):
        raise TenantProofError(f"the statement is a {type(tree).__name__}, not a SELECT")
    known = catalog.tenant_columns
    common = _common_tables(tree, {table.parts[-1].lower() for table in known})
    read: set[TableName] = set()
    for node in tree.find_all(exp.Table, exp.Into, exp.DML, exp.DDL):
        if not isinstance(node, exp.Table):
            raise TenantProofError(f"{type(node).__name__} does more than read")
        _check_plain(node)
        name = TableName(tuple(part.name for part in node.parts))
        if len(name.parts) == 1 and name.parts[0] in common:
            continue
        if name not in known:
            raise TenantProofError(f"the table {name} is not in the model")
        read.add(name)
        tenant = known[name]
        if tenant is not None:
            _prove_scan(node, tenant, parameters)
    return frozenset(read)


def prove_version_probe(tree: exp.Expr, catalog: Catalog) -> None:
    """Raise TenantProofError unless a statement tells of one table's rows no more than a version.

    It is the one statement on behalf of callers that may omit the tenant: a single row of
    aggregates over one table of the model. Its value never reaches a client.
    """
    parts = {name for name, value in tree.args.items() if value}
    if not isinstance(tree, exp.Select) or parts != {"expressions", "from_"}:
        raise TenantProofError("a version probe is one SELECT of expressions from one table")
    if len(list(tree.find_all(exp.Query))) > 1:
        raise TenantProofError("a version probe has no sub-query")
    for table in tree.find_all(exp.Table):
        _check_plain(table)
        if TableName(tuple(part.name for part in table.parts)) not in catalog.tenant_columns:
            raise TenantProofError(f"the table {table.sql()} is not in the model")
    for column in tree.find_all(exp.Column):
        if column.find_ancestor(exp.AggFunc) is None:
            raise TenantProofError("a version probe shows aggregates alone")


def _common_tables(tree: exp.Select, stored: set[str]) -> frozenset[str]:
    """The names of the common tables, once it is sure that they hide nothing."""
    head = tree.args.get("with_")
    for with_ in tree.find_all(exp.With):
        if with_ is not head or with_.args.get("recursive"):
            raise TenantProofError("a recursive or nested common table can hide a table")
    names = [cte.alias for cte in tree.find_all(exp.CTE)]
    hidden = stored & {name.lower() for name in names}
    if hidden or len(set(names)) < len(names):
        raise TenantProofError(f"the common tables {', '.join(names)} can hide a table")
    return frozenset(names)


def _check_plain(table: exp.Table) -> None:
    """A table read by its name, its columns by theirs: no function, no new names, no sample."""
    allowed = {"this", "db", "catalog", "alias"}
    odd = {name for name, value in table.args.items() if value} - allowed
    if odd or not isinstance(table.this, exp.Identifier) or table.alias_column_names:
        raise TenantProofError(f"{table.sql()} is no plain table")


def _prove_scan(table: exp.Table, tenant: str, parameters: tuple[Parameter, ...]) -> None:
    from_ = table.parent
    select = from_.parent if isinstance(from_, exp.From) else None
    if not isinstance(select, exp.Select) or select.args.get("joins"):
        raise TenantProofError(f"{table.sql()} is not scanned by itself")
    where = select.args.get("where")
    conditions = _conjuncts(where.this) if isinstance(where, exp.Where) else []
    if not any(_is_tenant_predicate(part, tenant, parameters) for part in conditions):
        raise TenantProofError(f"a scan of {table.sql()} lacks its tenant predicate")


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    if isinstance(condition, exp.And):
        return [*_conjuncts(condition.this), *_conjuncts(condition.expression)]
    return [condition]


_WHOLE = (exp.DType.TEXT, exp.DType.BIGINT, exp.DType.UUID)
"""Types that a tenant may be cast to: a cast to one of them keeps the whole value."""


def _is_tenant_predicate(
    condition: exp.Expr, tenant: str, parameters: tuple[Parameter, ...]
) -> bool:
    if not isinstance(condition, exp.EQ) or not isinstance(condition.this, exp.Column):
        return False
    value = condition.expression
    if isinstance(value, exp.Cast):
        if value.to.this not in _WHOLE or value.to.expressions:
            return False
        value = value.this
    if condition.this.name != tenant or condition.this.table:
        return False
    if not isinstance(value, exp.Parameter) or not value.this.name.isdecimal():
        return False
    number = int(value.this.name)
    return 1 <= number <= len(parameters) and parameters[number - 1].origin is Origin.TENANT
