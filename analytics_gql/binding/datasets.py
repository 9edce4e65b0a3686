"""Datasets: the kinds of their dimensions, metrics and look-ups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from analytics_gql.binding.sources import SourceBinder
from analytics_gql.binding.tables import REFUSALS, Tables
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Dataset, Dimension, Metric, Source
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.relation import Place
from analytics_gql.sql.probes import aggregate_probe


class DatasetBinder:
    """Binds the datasets of one catalog."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def bind(self, dataset: Dataset) -> Dataset:
        """The dataset with every kind filled in."""
        binders = {source.name: SourceBinder(self.tables, source) for source in dataset.sources}
        sources = tuple([await binder.bind() for binder in binders.values()])
        dimensions = tuple(
            [await self._dimension(dimension, binders) for dimension in dataset.dimensions]
        )
        components = await self._components(dataset, binders)
        metrics = tuple([await self._metric(metric, components) for metric in dataset.metrics])
        if dataset.time is not None:
            self._check_time(dataset, sources[0])
        bound = replace(dataset, sources=sources, dimensions=dimensions, metrics=metrics)
        for metric in metrics:
            if metric.type is FieldType.DATE_TIME:
                self._check_instants(metric, bound)
        return bound

    async def _dimension(
        self, dimension: Dimension, binders: Mapping[str, SourceBinder]
    ) -> Dimension:
        columns = []
        for written in dimension.columns:
            binder = binders[written.source]
            what = f"the dimension {dimension.name}"
            if len(dimension.columns) > 1:
                what += f" in '{written.source}'"
            kind = await binder.kind(written.expression, dimension.place, what)
            if self.tables.check_kind(kind, dimension.type, dimension.place, what):
                await binder.check_text(
                    written.expression, kind, dimension.type, dimension.place, what
                )
            columns.append(replace(written, kind=kind))
        return replace(dimension, columns=tuple(columns))

    async def _components(
        self, dataset: Dataset, binders: Mapping[str, SourceBinder]
    ) -> dict[Component, Component]:
        """Every sound component of a dataset with its kind; the kind of what it accumulates."""
        bound: dict[Component, Component] = {}
        for metric in dataset.metrics:
            what = f"the metric {metric.name}"
            for component in metric.components:
                if component in bound:
                    continue
                binder = binders[component.source]
                kind: ColumnKind | None = ColumnKind.INTEGER
                if component.argument is not None:
                    kind = await self._argument_kind(component, binder, metric.place, what)
                if component.where is not None:
                    condition = await binder.kind(component.where, metric.place, what)
                    if condition not in (None, ColumnKind.BOOLEAN):
                        self.tables.fault(
                            metric.place,
                            f"{what}: the condition of its filter is {condition.value}",
                            "compare something, as in filter (where status = 'paid')",
                        )
                bound[component] = replace(component, kind=kind)
        return bound

    async def _argument_kind(
        self, component: Component, binder: SourceBinder, place: Place, what: str
    ) -> ColumnKind | None:
        assert component.argument is not None
        argument = component.argument.copy()
        if component.accumulate is Accumulate.PERCENTILE:
            return await self._percentile_kind(argument, binder, place, what)
        aggregate = aggregate_probe(component)
        if component.accumulate is Accumulate.COUNT_DISTINCT:
            aggregate = exp.Count(this=exp.Distinct(expressions=[argument]), big_int=True)
        kind = await binder.kind(aggregate, place, what)
        if kind is ColumnKind.TEXT and component.accumulate in (Accumulate.MIN, Accumulate.MAX):
            aggregate.set("this", self.tables.warehouse.dialect.by_code_point(argument))
            return await binder.kind(aggregate, place, what)
        if kind is ColumnKind.DECIMAL and component.accumulate is Accumulate.SUM:
            # PostgreSQL sums integers of 64 bits as numerics: the argument tells what they are.
            summed = await binder.kind(argument, place, what)
            return summed if summed is ColumnKind.INTEGER else ColumnKind.DECIMAL
        return kind

    async def _percentile_kind(
        self, argument: exp.Expr, binder: SourceBinder, place: Place, what: str
    ) -> ColumnKind | None:
        """A double, if the argument is a number: between two texts or truths there is nothing."""
        kind = await binder.kind(argument, place, what)
        if kind in (None, ColumnKind.INTEGER, ColumnKind.DECIMAL, ColumnKind.FLOAT):
            return None if kind is None else ColumnKind.FLOAT
        self.tables.fault(
            place,
            f"{what} takes a percentile of {kind.value}",
            "take it of a number; of a span of time, of its seconds",
        )
        return None

    async def _metric(self, metric: Metric, bound: Mapping[Component, Component]) -> Metric:
        components = tuple(bound[component] for component in metric.components)
        what = f"the metric {metric.name}"
        kinds = {component.name: component.kind for component in components}
        if None not in kinds.values():
            kind = await self._finished_kind(metric, kinds, what)
            self.tables.check_kind(kind, metric.type, metric.place, what)
        return replace(metric, components=components)

    async def _finished_kind(
        self, metric: Metric, kinds: Mapping[str, ColumnKind | None], what: str
    ) -> ColumnKind | None:
        """The kind of a metric's expression over its components."""
        plain = metric.expression
        if isinstance(plain, exp.Coalesce) and plain.expressions == [exp.Literal.number(0)]:
            plain = plain.this  # a count
        if isinstance(plain, exp.Column):
            return kinds[plain.name]
        expression = metric.expression.copy()
        for component in list(expression.find_all(exp.Column)):
            component.replace(exp.cast(exp.Null(), _TYPES[kinds[component.name]]))
        select = exp.Select(expressions=[exp.alias_(expression, "c0")])
        try:
            return (await self.tables.warehouse.kinds(select.sql(dialect=self.tables.dialect)))[0]
        except REFUSALS as error:
            self.tables.refused(metric.place, what, error)
            return None

    def _check_time(self, dataset: Dataset, own: Source) -> None:
        assert dataset.time is not None
        if dataset.time.type is FieldType.DATE_TIME and own.time_kind is ColumnKind.DATE:
            self.tables.fault(
                dataset.time.place,
                f"the time {dataset.time.name} is declared DateTime, and the warehouse has days",
                "declare it Date",
            )

    def _check_instants(self, metric: Metric, dataset: Dataset) -> None:
        """Report a DateTime that is put together from times which are read differently."""
        readings = {
            (component.kind, dataset.source_named[component.source].stored_in)
            for component in metric.components
            if component.kind is not None
        }
        if len(readings) > 1:
            self.tables.fault(
                metric.place,
                f"the metric {metric.name} is a DateTime made of parts of several kinds",
                "take the min or max of one time, or of times of one kind and zone",
            )


_TYPES: dict[ColumnKind | None, exp.DType] = {
    ColumnKind.TEXT: exp.DType.TEXT,
    ColumnKind.BOOLEAN: exp.DType.BOOLEAN,
    ColumnKind.INTEGER: exp.DType.BIGINT,
    ColumnKind.DECIMAL: exp.DType.DECIMAL,
    ColumnKind.FLOAT: exp.DType.DOUBLE,
    ColumnKind.DATE: exp.DType.DATE,
    ColumnKind.TIMESTAMP: exp.DType.TIMESTAMP,
    ColumnKind.INSTANT: exp.DType.TIMESTAMPTZ,
    ColumnKind.UUID: exp.DType.UUID,
    ColumnKind.OTHER: exp.DType.TEXT,
}
"""A type of each kind, for describing what is computed from components."""
