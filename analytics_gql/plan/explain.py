"""QueryPlan → indented text."""

from __future__ import annotations

from collections.abc import Iterator

from analytics_gql.plan.nodes import Accumulate, QueryPlan
from analytics_gql.query.predicate import describe


def explain_plan(plan: QueryPlan) -> str:
    """The steps of a plan, the last to be taken first."""
    return "\n".join(_lines(plan))


def _lines(plan: QueryPlan) -> Iterator[str]:
    for question in plan.questions:
        order = ", ".join(
            f"{key.column}{' descending' if key.descending else ''}" for key in question.order
        )
        yield f"order     {order or 'one row'}"
        for part in question.having:
            yield f"filter    {describe(part)}"
    for metric in plan.metrics:
        yield f"finish    {metric.name} = {metric.expression.sql()}"
    grain = _grain(plan)
    if len(plan.branches) > 1:
        yield f"merge     {len(plan.branches)} branches by ({grain})"
    for branch in plan.branches:
        is_defining = any(branch.source.name in item.sources for item in plan.questions)
        yield from _branch(branch, grain, is_defining)


def _branch(branch: Accumulate, grain: str, is_defining: bool) -> Iterator[str]:
    components = ", ".join(component.name for component in branch.components)
    adds = "" if is_defining else ", adding no groups"
    yield f"  accumulate ({components or 'members'}) by ({grain}) from {branch.source.name}{adds}"
    for part in branch.restrict:
        yield f"    restrict {describe(part)}"
    if branch.date_range is not None and branch.source.time is not None:
        yield f"    range    {branch.source.time.sql()} in days of {branch.timezone}"
    for step in branch.joins:
        yield f"    join     {step.scan.alias} on {step.on.sql()}"
    for scan in (branch.scan, *(step.scan for step in branch.joins)):
        relation = scan.relation
        owner = f"tenant by {relation.tenant}" if relation.tenant else "shared"
        yield f"    scan     {relation.table} ({', '.join(scan.columns)}), {owner}"


def _grain(plan: QueryPlan) -> str:
    keys = [dimension.column for dimension in plan.dimensions]
    if plan.time is not None:
        keys.insert(0, f"{plan.time.column} by {plan.time.granularity.value}")
    return ", ".join(keys) or "everything"
