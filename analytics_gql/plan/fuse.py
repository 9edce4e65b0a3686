"""Questions over the same ground → one plan.

The ground of a query is what its branches are made of: dataset, grain, range, time zone and the
conditions on dimensions. Queries that share it differ only in what they ask of finished rows, so
their facts are scanned once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analytics_gql.model.dataset import Dataset
from analytics_gql.plan.nodes import Accumulate, JoinStep, QueryPlan, Scan
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.predicate import conjuncts, fields_of

Ground = tuple[object, ...]


def ground_of(query: MetricQuery, dataset: Dataset) -> Ground:
    """Equal for queries that can be answered from the same merged rows."""
    on_dimensions = frozenset(
        part
        for part in conjuncts(query.where)
        if not any(name in dataset.metric_named for name in fields_of(part))
    )
    return (
        query.dataset,
        frozenset(query.dimensions),
        query.by_time,
        query.granularity if query.by_time else None,
        query.timezone,
        query.date_range,
        on_dimensions,
    )


def fuse(plans: Sequence[QueryPlan]) -> QueryPlan:
    """One plan for the questions of several over the same ground, in their order."""
    first = plans[0]
    branches: dict[str, Accumulate] = {}
    for branch in (branch for plan in plans for branch in plan.branches):
        name = branch.source.name
        branches[name] = _united(branches[name], branch) if name in branches else branch
    return replace(
        first,
        branches=tuple(
            branches[source.name] for source in first.dataset.sources if source.name in branches
        ),
        questions=tuple(question for plan in plans for question in plan.questions),
    )


def _united(one: Accumulate, other: Accumulate) -> Accumulate:
    """One read of a source for the components of both."""
    joins = {step.scan.alias: step for step in one.joins}
    for step in other.joins:
        known = joins.get(step.scan.alias)
        joins[step.scan.alias] = (
            step if known is None else JoinStep(_wider(known.scan, step.scan), step.on)
        )
    return replace(
        one,
        scan=_wider(one.scan, other.scan),
        joins=tuple(joins[join.name] for join in one.source.joins if join.name in joins),
        components=tuple(dict.fromkeys((*one.components, *other.components))),
    )


def _wider(one: Scan, other: Scan) -> Scan:
    return replace(one, columns=tuple(sorted({*one.columns, *other.columns})))
