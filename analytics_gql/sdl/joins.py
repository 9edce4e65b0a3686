"""The joins of one source: read, proven to be equalities, put in the order they build on."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import ConstDirectiveNode
from sqlglot import exp

from analytics_gql.errors import Fault
from analytics_gql.model.dataset import Join, Relation
from analytics_gql.sdl.expressions import (
    ExpressionError,
    Scope,
    check_row_level,
    parse_expression,
)
from analytics_gql.sdl.files import place

_FORM = 'write equalities joined by AND, such as on: "product_id = product.id"'


@dataclass(frozen=True, slots=True)
class JoinSpec:
    """An @join as written, its source known."""

    directive: ConstDirectiveNode
    name: str
    source: str
    relation: Relation
    on: str


def build_joins(source: str, specs: list[JoinSpec], faults: list[Fault]) -> tuple[Join, ...]:
    """The joins of a source, each after those it needs. Faults are appended."""
    scope = Scope({source: source} | {spec.name: source for spec in specs})
    drafts: dict[str, tuple[JoinSpec, Join]] = {}
    for spec in specs:
        try:
            drafts[spec.name] = (spec, _join(spec, source, scope))
        except ExpressionError as error:
            file, line = place(spec.directive)
            faults.append(Fault(file, line, f"@join '{spec.name}': {error.message}", error.hint))
    ordered: dict[str, Join] = {}
    while len(ordered) < len(drafts):
        ready = [
            join
            for _, join in drafts.values()
            if join.name not in ordered
            and all(need in ordered or need not in drafts for need in join.needs)
        ]
        if not ready:
            for spec, join in drafts.values():
                if join.name not in ordered:
                    file, line = place(spec.directive)
                    faults.append(
                        Fault(
                            file,
                            line,
                            f"@join '{join.name}' needs itself through {', '.join(join.needs)}",
                            "break the cycle: start from the source",
                        )
                    )
            break
        ordered |= {join.name: join for join in ready}
    return tuple(ordered.values())


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
            raise ExpressionError(f"`{spec.on}` is not made of equalities", _FORM)
        keys.append(key)
    if not keys:
        raise ExpressionError(f"`{spec.on}` has no column of the join", _FORM)
    needs = tuple(sorted(qualifiers - {source, spec.name}))
    return Join(spec.name, spec.relation, on, tuple(keys), tuple(conditions), needs)


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
