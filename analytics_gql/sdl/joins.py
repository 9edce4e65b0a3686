"""The joins of one source: read, proven to be equalities, put in the order they build on."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.dataset import Join
from analytics_gql.model.relation import Relation
from analytics_gql.sdl.applied import Applied
from analytics_gql.sdl.expressions import (
    ExpressionError,
    check_row_level,
    parse_expression,
    shortened,
)
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.scope import Scope

_FORM = 'write equalities joined by AND, such as on: "product_id = product.id"'


@dataclass(frozen=True, slots=True)
class JoinSpec:
    """An @join as written, its source known."""

    applied: Applied
    name: str
    source: str
    relation: Relation
    on: str


def build_joins(
    source: str, specs: list[JoinSpec], known: frozenset[str], faults: FaultList
) -> tuple[Join, ...]:
    """The joins of a source, each after those it needs. Faults are appended.

    `known` are the names of all its joins, also of those whose own faults are told already.
    """
    scope = Scope({source: source} | dict.fromkeys(sorted(known), source))
    drafts: dict[str, Join] = {}
    written = {spec.name: spec.applied.node for spec in specs}
    for spec in specs:
        with faults.told_at(spec.applied.node, f"@join '{spec.name}'"):
            drafts[spec.name] = _join(spec, source, scope)
    ordered: dict[str, Join] = {}
    while len(ordered) < len(drafts):
        ready = [
            join
            for join in drafts.values()
            if join.name not in ordered
            and all(need in ordered or need not in drafts for need in join.needs)
        ]
        if not ready:
            cycle = _cycle([join for name, join in drafts.items() if name not in ordered])
            faults.add(
                written[cycle[0]],
                f"@join '{cycle[0]}' needs itself: {' → '.join([*cycle, cycle[0]])}",
                f"break the cycle: join one of them by a column of '{source}'",
            )
            break
        ordered |= {join.name: join for join in ready}
    return tuple(ordered.values())


def _cycle(blocked: list[Join]) -> list[str]:
    """The names of joins that need one another in turn, from the first written one on."""
    needs = {join.name: join.needs for join in blocked}
    path = [blocked[0].name]
    while True:
        after = next(need for need in needs[path[-1]] if need in needs)
        if after in path:
            found = path[path.index(after) :]
            first = min(map(list(needs).index, found))
            turn = found.index(list(needs)[first])
            return found[turn:] + found[:turn]
        path.append(after)


def _join(spec: JoinSpec, source: str, scope: Scope) -> Join:
    tree = parse_expression(spec.on)
    check_row_level(tree, spec.on)
    on, qualifiers = scope.resolve(tree, source, spec.on)
    keys: list[str] = []
    conditions: list[exp.Expr] = []
    for part in on.flatten() if isinstance(on, exp.And) else [on]:
        part = part.unnest()
        if _tables(part) == {spec.name}:
            conditions.append(part)
            continue
        key = _key(part, spec.name)
        if key is None:
            raise ExpressionError(f"`{shortened(spec.on)}` is not made of equalities", _FORM)
        keys.append(key)
    if not keys:
        raise ExpressionError(
            f"`{shortened(spec.on)}` ties no column of '{spec.name}' to '{source}'", _FORM
        )
    needs = tuple(sorted(qualifiers - {source, spec.name}))
    return Join(spec.name, spec.relation, on, tuple(dict.fromkeys(keys)), tuple(conditions), needs)


def _key(part: exp.Expr, name: str) -> str | None:
    """The join's column in `x = join.column`; None if the part is something else."""
    if not isinstance(part, exp.EQ):
        return None
    for column, other in ((part.this, part.expression), (part.expression, part.this)):
        if isinstance(column, exp.Column) and column.table == name and name not in _tables(other):
            return str(column.name)
    return None


def _tables(expression: exp.Expr) -> set[str]:
    return {column.table for column in expression.find_all(exp.Column)}
