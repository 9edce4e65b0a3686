"""The @metric fields of a type → Metrics, each after those that it is derived from."""

from __future__ import annotations

import math

from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.model.components import Component
from analytics_gql.model.dataset import Metric
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.relation import Place
from analytics_gql.sdl.aggregates import ComponentRegistry, is_exact, unique_name
from analytics_gql.sdl.expressions import (
    ExpressionError,
    check_depth,
    check_metric,
    metric_names,
    parse_expression,
    shortened,
)
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.fields import DatasetField
from analytics_gql.sdl.files import place
from analytics_gql.sdl.read_sources import SourceNames
from analytics_gql.sdl.vocabulary import snake_case

_EXACT = (FieldType.DECIMAL, FieldType.INT, FieldType.BIG_INT)

MAX_PARTS = 2_000
"""Nodes of a finished metric: doubling eleven times in a derived chain already has more."""


def read_metrics(
    dataset: str,
    fields: list[DatasetField],
    names: SourceNames,
    taken: set[str],
    faults: FaultList,
) -> tuple[Metric, ...]:
    """The metrics without fault, in their order. Faults are appended."""
    reader = _MetricReader(dataset, fields, names, taken, faults)
    found = [reader.metric(name, ()) for name in reader.fields]
    return tuple(metric for metric in found if metric is not None)


class _MetricReader:
    """Reads the metrics of one dataset; lives as long as that takes."""

    def __init__(
        self,
        dataset: str,
        fields: list[DatasetField],
        names: SourceNames,
        taken: set[str],
        faults: FaultList,
    ) -> None:
        self.dataset = dataset
        self.fields = {field.name: field for field in fields}
        self.faults = faults
        self.registry = ComponentRegistry(names.scope, names.own, taken)
        self.columns = set(taken)
        self.finished: dict[str, Metric | None] = {}
        self.trees: dict[str, exp.Expr] = {}
        for name, field in self.fields.items():
            self._read(name, field)

    def _read(self, name: str, field: DatasetField) -> None:
        cost = field.applied["cost"]
        if cost is not None and not 0 <= cost < math.inf:
            self.faults.add(
                field.node,
                f"the metric {name} has a cost of {cost:g}",
                "write a number from 0 on: how many times as dear as a plain sum it is",
            )
        if field.applied["sql"] is None:
            return  # told already
        with self.faults.told_at(field.node, f"the metric {name}"):
            tree = parse_expression(field.applied["sql"])
            check_metric(tree, field.applied["sql"])
            self.trees[name] = tree

    def metric(self, name: str, path: tuple[str, ...]) -> Metric | None:
        """Finish a metric after those that it is derived from; None if one has a fault."""
        if name in self.finished or name not in self.trees:
            return self.finished.get(name)
        self.finished[name] = None  # until it is finished: a fault in it must be told once
        if not self._finish_others(name, (*path, name)):
            return None
        field = self.fields[name]
        with self.faults.told_at(field.node, f"the metric {name}"):
            self.finished[name] = self._finish(name, field)
        return self.finished[name]

    def _finish_others(self, name: str, path: tuple[str, ...]) -> bool:
        """Finish the metrics that one is derived from; False if any has a fault."""
        whole = True
        for other in dict.fromkeys(metric_names(self.trees[name])):
            if other in path:
                cycle = " → ".join([*path[path.index(other) :], other])
                self.faults.add(
                    self.fields[name].node,
                    f"the metric {name} is derived from itself: {cycle}",
                    "break the cycle: write one of them with aggregates alone",
                )
                whole = False
            elif other not in self.fields:
                self.faults.add(
                    self.fields[name].node,
                    f"the metric {name}: '{other}' is no metric of {self.dataset}, "
                    "and as a column it is not inside an aggregate",
                    suggest(other, list(self.fields), f"write sum({other}) if it is a column"),
                )
                whole = False
            elif self.metric(other, path) is None:
                whole = False
        return whole

    def _finish(self, name: str, field: DatasetField) -> Metric | None:
        sql: str = field.applied["sql"]
        components: list[Component] = []

        def expression_of(other: str) -> exp.Expr:
            metric = self.finished[other]
            assert metric is not None
            components.extend(metric.components)
            return metric.expression

        expression, own = self.registry.finish(self.trees[name], sql, expression_of)
        used = tuple(dict.fromkeys((*components, *own)))
        if not used:
            raise ExpressionError(
                f"`{shortened(sql)}` has no aggregate", "aggregate a column, as in sum(column)"
            )
        check_depth(expression, sql)
        if sum(1 for _ in expression.walk()) > MAX_PARTS:
            raise ExpressionError(
                f"`{shortened(sql)}`, with the metrics that it is derived from, has more than "
                f"{MAX_PARTS} parts",
                "derive it from fewer metrics",
            )
        if field.type in _EXACT and not is_exact(expression, used):
            raise ExpressionError(
                f"{field.type.value} is exact, and `{shortened(sql)}` is not: it divides, "
                "averages, or takes a percentile, a root, a logarithm or a floating-point number",
                "declare the metric Float",
            )
        return Metric(
            name,
            field.type or FieldType.FLOAT,
            unique_name(snake_case(name), self.columns),
            sql,
            expression,
            used,
            Place(*place(field.node)),
            field.applied["unit"],
            field.applied["format"],
            field.applied["better"],
            1.0 if field.applied["cost"] is None else float(field.applied["cost"]),
            field.description,
        )
