"""Plan → indented text."""

from __future__ import annotations

from collections.abc import Iterator

from analytics_gql.plan.nodes import Accumulate, EntityPlan, Plan, QueryPlan, RecordPlan, Scan
from analytics_gql.query.keyset import within
from analytics_gql.query.predicate import describe


def explain_plan(plan: Plan) -> str:
    """The steps of a plan, the last to be taken first."""
    match plan:
        case QueryPlan():
            return "\n".join(_lines(plan))
        case RecordPlan():
            return "\n".join(_record_lines(plan))
        case EntityPlan():
            return "\n".join(_entity_lines(plan))


def planned_type(plan: Plan) -> str:
    """The name of the type whose rows a plan gives."""
    match plan:
        case QueryPlan():
            return plan.dataset.name
        case RecordPlan():
            return plan.records.name
        case EntityPlan():
            return plan.entity.name


def _record_lines(plan: RecordPlan) -> Iterator[str]:
    order = ", ".join(
        f"{item.field}{' descending' if item.descending else ''}" for item in plan.order
    )
    yield f"order     {order}{', backwards' if plan.backwards else ''}"
    for part in within(plan.keyset, plan.order):
        yield f"keyset    {describe(part)}"
    for part in plan.restrict:
        yield f"restrict  {describe(part)}"
    if plan.date_range is not None and plan.records.time is not None:
        yield f"range     {plan.records.time.sql()} in days of UTC"
    yield f"scan      {_scanned(plan.scan)}"


def _entity_lines(plan: EntityPlan) -> Iterator[str]:
    yield f"look up   by {', '.join(plan.entity.rows.key)}"
    if plan.entity.is_versioned:
        yield f"version   {'the newest at the instant' if plan.has_instant else 'the newest'}"
    yield f"scan      {_scanned(plan.scan)}"


def _scanned(scan: Scan) -> str:
    relation = scan.relation
    owner = f"tenant by {relation.tenant}" if relation.tenant else "shared"
    return f"{relation.table} ({', '.join(scan.columns)}), {owner}"


def _lines(plan: QueryPlan) -> Iterator[str]:
    for question in plan.questions:
        order = ", ".join(
            f"{key.column}{' descending' if key.descending else ''}" for key in question.order
        )
        yield f"order     {order or 'one row'}{', backwards' if question.backwards else ''}"
        for part in question.keyset:
            yield f"keyset    {describe(part)}"
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
        yield f"    scan     {_scanned(scan)}"


def _grain(plan: QueryPlan) -> str:
    keys = [dimension.column for dimension in plan.dimensions]
    if plan.time is not None:
        keys.insert(0, f"{plan.time.column} by {plan.time.granularity.value}")
    return ", ".join(keys) or "everything"
