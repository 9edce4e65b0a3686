"""A table as @dataset, @source, @join, @records and @entity name it → Relation."""

from __future__ import annotations

from graphql import NullValueNode
from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.model.relation import Place, Relation
from analytics_gql.model.time_zones import known_time_zones
from analytics_gql.sdl.applied import Applied
from analytics_gql.sdl.expressions import (
    ExpressionError,
    check_metric,
    check_row_level,
    has_aggregate,
    metric_names,
    own_columns,
    parse_column,
    parse_expression,
    parse_table,
    shortened,
)
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import place
from analytics_gql.sdl.scope import true_division


def read_relation(applied: Applied, faults: FaultList) -> Relation | None:
    """The table with its own expressions; None, with faults, if any of it cannot be told."""
    what = f"@{applied.name}"
    before = len(faults)
    table, where, version, tenant = None, None, None, None
    if applied["table"] is not None:
        with faults.told_at(applied.node, what):
            table = parse_table(applied["table"])
    if applied.arguments.get("where") is not None:
        with faults.told_at(applied.node, f"{what}, where"):
            where = _where(applied["where"])
    if applied["version"] is not None:
        with faults.told_at(applied.node, f"{what}, version"):
            version = _version(applied["version"])
    if applied["tenant"] is not None:
        with faults.told_at(applied.node, what):
            tenant = parse_column(applied["tenant"], "the tenant")
    if table is None or not applied.is_sound or len(faults) > before:
        return None
    return Relation(table, tenant, applied["shared"], where, version, Place(*place(applied.node)))


def _where(sql: str) -> exp.Expr:
    where = parse_expression(sql)
    check_row_level(where, sql)
    own_columns(where, "it")
    true_division(where)
    return where


def _version(sql: str) -> exp.Expr:
    version = parse_expression(sql)
    check_metric(version, sql)
    for name in metric_names(version):
        raise ExpressionError(
            f"`{shortened(sql)}` does not aggregate `{name}`", f"write max({name})"
        )
    if not has_aggregate(version):
        raise ExpressionError(
            f"`{shortened(sql)}` never changes", "write what does, such as max(updated_at)"
        )
    own_columns(version, "it")
    true_division(version)
    return version


def check_zone(applied: Applied, argument: str, faults: FaultList) -> None:
    """Report a time zone that the IANA database does not have."""
    zone = applied[argument]
    if zone is not None and zone not in known_time_zones():
        faults.add(
            applied.node,
            f"@{applied.name}: {argument} '{shortened(zone)}' is no time zone",
            suggest(
                shortened(zone),
                sorted(known_time_zones()),
                "use a name of the IANA database such as Europe/Berlin",
            ),
        )


def table_word(applied: Applied) -> str:
    """The table's last word: what its columns are qualified by where nothing names them."""
    try:
        return parse_table(applied["table"] or "").parts[-1]
    except ExpressionError:
        return str(applied["table"])  # for messages alone


def given(applied: Applied) -> set[str]:
    """The arguments that are written, also those at fault; not such that are null."""
    return {
        argument.name.value
        for argument in applied.node.arguments or ()
        if not isinstance(argument.value, NullValueNode)
    }
