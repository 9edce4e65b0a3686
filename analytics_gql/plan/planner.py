"""MetricQuery → QueryPlan.

How it works. The metrics that a query needs (selected, filtered by or ordered by) name their
components; components name their sources. Each needed source becomes a branch of its own, grouped
at the grain of the question, because two facts that are joined to each other multiply their rows.
A branch scans its table and the joins that its expressions mention, and no other. A dimension
that is grouped or filtered by must exist in every branch: padding it with NULL would show totals
under a heading they do not belong to. Conditions on dimensions go into every branch, conditions on
metrics to the finished rows; where one condition mixes both, it is applied to finished rows and so
may only speak of grouped dimensions. A page's keyset restricts finished rows too, and where its
order starts with dimensions, the facts as well.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from analytics_gql.access.caller import Caller
from analytics_gql.errors import FilterError, SourceLacksDimensionError, TimeError
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate as Aggregate
from analytics_gql.model.components import Component
from analytics_gql.model.dataset import Dataset, Dimension, DimensionColumn, Join, Metric, Source
from analytics_gql.model.granularity import Granularity
from analytics_gql.model.kinds import ColumnKind
from analytics_gql.plan.grain import (
    dimension_of,
    grouped_dimensions,
    metric_of,
    time_bucket,
    timezone_of,
)
from analytics_gql.plan.nodes import Accumulate, JoinStep, QueryPlan, Question
from analytics_gql.plan.order import on_leading_dimensions, sort_items, total_order
from analytics_gql.plan.tenant_scope import scan
from analytics_gql.query.keyset import within
from analytics_gql.query.metric_query import MetricQuery
from analytics_gql.query.predicate import Predicate, conjuncts, fields_of


def plan(query: MetricQuery, catalog: Catalog, caller: Caller) -> QueryPlan:
    """Plan a query, or its shape. Raises the RequestError that tells what to mend."""
    dataset = catalog.dataset(query.dataset)
    dimensions = grouped_dimensions(query, dataset)
    on_dimensions, having = _part_filters(query, dataset)
    metrics = _needed_metrics(query, dataset, having)
    bucket = time_bucket(query, dataset)
    order = total_order(query, dataset)
    restrict = (*on_dimensions, *on_leading_dimensions(query, dataset, order))
    filtered = tuple(
        dimension_of(dataset, name)
        for name in dict.fromkeys(name for part in restrict for name in fields_of(part))
    )
    defining = defining_sources(dataset, query)
    branches = tuple(
        _branch(
            source,
            components,
            query,
            dataset,
            caller,
            dimensions,
            filtered,
            restrict,
            metrics,
        )
        for source, components in _sources_read(
            dataset, defining, metrics, is_grouped=bool(dimensions or bucket)
        )
    )
    question = Question(
        metrics,
        having,
        order,
        defining,
        within(query.keyset, sort_items(order)),
        backwards=query.keyset is not None and query.keyset.backwards,
    )
    return QueryPlan(dataset, branches, bucket, dimensions, (question,))


def _part_filters(
    query: MetricQuery, dataset: Dataset
) -> tuple[tuple[Predicate, ...], tuple[Predicate, ...]]:
    """Conditions on dimensions, and conditions on finished rows."""
    on_dimensions: list[Predicate] = []
    having: list[Predicate] = []
    for part in conjuncts(query.where):
        names = set(fields_of(part))
        if dataset.time is not None and dataset.time.name in names:
            raise FilterError(
                f"`where` cannot restrict the time '{dataset.time.name}'", hint="use dateRange"
            )
        metrics = sorted(names & dataset.metric_named.keys())
        for name in names - set(metrics):
            dimension_of(dataset, name)
        if not metrics:
            on_dimensions.append(part)
            continue
        having.append(part)
        for name in sorted(names - set(metrics) - set(query.dimensions)):
            raise FilterError(
                f"one condition mixes the metric '{metrics[0]}' with the dimension '{name}', "
                "which is not grouped by",
                hint=f"add {dataset.dimension_named[name].enum_value} to groupBy, "
                "or put the two into separate conditions joined by `and`",
            )
    return tuple(on_dimensions), tuple(having)


def _needed_metrics(
    query: MetricQuery, dataset: Dataset, having: tuple[Predicate, ...]
) -> tuple[Metric, ...]:
    """The metrics selected, filtered by and ordered by, each once, in that order."""
    names = [
        *query.metrics,
        *(name for part in having for name in fields_of(part) if name in dataset.metric_named),
        *(item.field for item in query.order if item.field in dataset.metric_named),
    ]
    return tuple(metric_of(dataset, name) for name in dict.fromkeys(names))


def defining_sources(dataset: Dataset, query: MetricQuery) -> frozenset[str]:
    """The sources whose groups are the result's.

    Those of the selected metrics, without metrics the dataset's own table: what a result is
    filtered and ordered by must not add rows to it.
    """
    selected = {name for metric in query.metrics for name in metric_of(dataset, metric).sources}
    return frozenset(selected or {dataset.sources[0].name})


def _sources_read(
    dataset: Dataset, defining: frozenset[str], metrics: tuple[Metric, ...], *, is_grouped: bool
) -> list[tuple[Source, tuple[Component, ...]]]:
    """The sources to read, and the components of each."""
    needed = dict.fromkeys(component for metric in metrics for component in metric.components)
    read = [
        (source, tuple(part for part in needed if part.source == source.name))
        for source in dataset.sources
    ]
    found = [
        (source, components)
        for source, components in read
        if components or (source.name in defining and is_grouped)
    ]
    if found:
        return found
    # Without grouping there is one row, which an aggregate makes.
    own = dataset.sources[0]
    counted = Component("row_count", own.name, Aggregate.COUNT, None, None, ColumnKind.INTEGER)
    return [(own, (counted,))]


def _branch(
    source: Source,
    components: tuple[Component, ...],
    query: MetricQuery,
    dataset: Dataset,
    caller: Caller,
    dimensions: tuple[Dimension, ...],
    filtered: tuple[Dimension, ...],
    restrict: tuple[Predicate, ...],
    metrics: tuple[Metric, ...],
) -> Accumulate:
    timezone = timezone_of(query, dataset)
    if query.by_time or query.date_range is not None:
        _check_time(source, query, dataset, timezone, metrics)
    keys = tuple(
        (dimension, _written(dimension, source, dataset, metrics, caller))
        for dimension in dimensions
    )
    written = tuple(
        (dimension, _written(dimension, source, dataset, metrics, caller)) for dimension in filtered
    )
    expressions = [column.expression for _, column in (*keys, *written)]
    expressions += [part for component in components for part in component.expressions]
    if (query.by_time or query.date_range is not None) and source.time is not None:
        expressions.append(source.time)
    joins = _needed_joins(source, expressions)
    expressions += [join.on for join in joins]
    columns = _columns_by_table(expressions)
    return Accumulate(
        source,
        scan(source.relation, caller, alias=source.name, columns=columns.get(source.name, ())),
        tuple(
            JoinStep(
                scan(join.relation, caller, alias=join.name, columns=columns[join.name]), join.on
            )
            for join in joins
        ),
        query.date_range,
        timezone,
        restrict,
        written,
        keys,
        components,
    )


def _reader_of(source: Source, metrics: tuple[Metric, ...]) -> str:
    """`the metric 'sessions'`: whom to name when a source cannot answer."""
    reader = next((metric for metric in metrics if source.name in metric.sources), None)
    return f"the metric '{reader.name}'" if reader is not None else "the question"


def _written(
    dimension: Dimension,
    source: Source,
    dataset: Dataset,
    metrics: tuple[Metric, ...],
    caller: Caller,
) -> DimensionColumn:
    column = dimension.in_source(source.name)
    if column is None:
        shared = [
            known.name
            for known in dataset.dimensions
            if known.in_source(source.name)
            and known.clearance.is_met_by(caller.roles_among(known.clearance.roles))
        ]
        raise SourceLacksDimensionError(
            f"{_reader_of(source, metrics)} comes from '{source.name}', "
            f"which has no dimension '{dimension.name}'",
            hint=f"'{source.name}' can be grouped and filtered by "
            f"{', '.join(shared) or 'no dimension'}; or leave the metric out",
        )
    return column


def _check_time(
    source: Source,
    query: MetricQuery,
    dataset: Dataset,
    timezone: str,
    metrics: tuple[Metric, ...],
) -> None:
    if source.time is None:
        raise TimeError(
            f"{_reader_of(source, metrics)} comes from '{source.name}', which has no time",
            hint="leave dateRange and the time out",
        )
    if source.time_kind is not ColumnKind.DATE:
        return
    if query.by_time and query.granularity is Granularity.HOUR:
        raise TimeError(
            f"{_reader_of(source, metrics)} comes from '{source.name}', "
            "which knows days, not hours",
            hint="ask for DAY or coarser, or leave the metric out",
        )
    if timezone != source.timezone:
        raise TimeError(
            f"{_reader_of(source, metrics)} comes from '{source.name}', "
            f"whose days are days of {source.timezone}, not of {timezone}",
            hint=f'ask with timezone: "{source.timezone}", or leave the metric out',
        )


def _needed_joins(source: Source, expressions: list[exp.Expr]) -> list[Join]:
    tables = _columns_by_table(expressions).keys()
    needed: set[str] = set()
    for join in reversed(source.joins):
        if join.name in tables or join.name in needed:
            needed |= {join.name, *join.needs}
    return [join for join in source.joins if join.name in needed]


def _columns_by_table(expressions: Iterable[exp.Expr]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for expression in expressions:
        for column in expression.find_all(exp.Column):
            found.setdefault(column.table, []).append(column.name)
    return found
