"""What is told of a metric's formula: in words, and what figures of parts say of the whole.

Clients learn no physical names: aggregates are told as what they do, over dimensions by their
names and over anything else as a column.
"""

from __future__ import annotations

from enum import Enum

from sqlglot import exp

from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Dataset, Metric
from analytics_gql.sdl.expressions import (
    fraction_of,
    is_aggregate,
    is_percentile,
    is_star,
    parse_expression,
)


class Additivity(Enum):
    """What figures of parts say of the whole."""

    ADDITIVE = "they add up to it"
    SMALLEST = "the smallest is that of the whole"
    LARGEST = "the largest is that of the whole"
    NOT_ADDITIVE = "nothing"


# --- in words ------------------------------------------------------------------------------------


def formula_in_words(metric: Metric, dataset: Dataset) -> str:
    """`(revenue - cost) / revenue`, `number of rows`, `sum of a column of traffic`.

    The dataset has only what the reader may see. Other metrics keep their names: who sees a metric
    sees what it is derived from.
    """
    tree = _told(parse_expression(metric.sql), dataset)
    return tree.name if isinstance(tree, exp.Var) else tree.sql(dialect="postgres")


def _told(node: exp.Expr, dataset: Dataset) -> exp.Expr:
    """The expression with words in place of aggregates."""
    if isinstance(node, exp.Filter):
        return exp.Var(this=f"{_words(node.this, dataset)} where a condition holds")
    if is_aggregate(node):
        return exp.Var(this=_words(node, dataset))
    copy = node.copy()
    for child, original in zip(
        list(copy.iter_expressions()), list(node.iter_expressions()), strict=True
    ):
        told = _told(original, dataset)
        child.replace(exp.Paren(this=told) if _needs_paren(told, node) else told)
    return copy


def _needs_paren(told: exp.Expr, parent: exp.Expr) -> bool:
    is_words = isinstance(told, exp.Var) and " " in told.name
    return is_words and not isinstance(parent, exp.Paren)


def _words(call: exp.Expr, dataset: Dataset) -> str:
    argument = call.expressions[0] if is_percentile(call) else call.this
    if is_star(argument):
        source = argument.table if isinstance(argument, exp.Column) else ""
        return f"number of rows{_of_source(source, dataset)}"
    if isinstance(argument, exp.Distinct):
        what, argument = "number of different values of", argument.expressions[0]
    elif is_percentile(call):
        what = f"{(fraction_of(call) * 100).normalize():f}th percentile of"
    else:
        what = _DOING[type(call)]
    return f"{what} {_column_in_words(argument, dataset)}"


_DOING: dict[type[exp.Expr], str] = {
    exp.Sum: "sum of",
    exp.Count: "number of values of",
    exp.Min: "smallest of",
    exp.Max: "largest of",
    exp.Avg: "average of",
}


def _column_in_words(argument: exp.Expr, dataset: Dataset) -> str:
    own = dataset.sources[0].name
    for dimension in dataset.dimensions:
        for column in dimension.columns:
            known = column.expression
            if (
                isinstance(argument, exp.Column)
                and isinstance(known, exp.Column)
                and argument.name == known.name
                and (argument.table or own).lower() == known.table.lower()
            ):
                return f"{dimension.name}{_of_source(column.source, dataset)}"
    tables = {column.table for column in argument.find_all(exp.Column) if column.table}
    source = next((_of_source(table, dataset) for table in sorted(tables)), "")
    kind = "a column" if isinstance(argument, exp.Column) else "what columns give"
    return f"{kind}{source}"


def _of_source(name: str, dataset: Dataset) -> str:
    """` of traffic` where the facts are not the dataset's own; joined columns are their fact's."""
    for source in dataset.sources[1:]:
        names = (source.name, *(join.name for join in source.joins))
        if name.lower() in (known.lower() for known in names):
            return f" of {source.name}"
    return ""


# --- parts and the whole -------------------------------------------------------------------------


def additivity_of(metric: Metric) -> Additivity:
    """Sums and counts, added up and multiplied by constants, are additive; ratios are nothing."""
    components = {component.name: component for component in metric.components}
    expression = metric.expression.unnest()
    if isinstance(expression, exp.Column) and (component := components.get(expression.name)):
        match component.accumulate:
            case Accumulate.MIN:
                return Additivity.SMALLEST
            case Accumulate.MAX:
                return Additivity.LARGEST
    return Additivity.ADDITIVE if _is_linear(expression, components) else Additivity.NOT_ADDITIVE


def _is_linear(node: exp.Expr, components: dict[str, Component]) -> bool:
    match node:
        case exp.Column():
            component = components.get(node.name)
            return component is not None and component.accumulate in (
                Accumulate.SUM,
                Accumulate.COUNT,
            )
        case exp.Paren() | exp.Neg() | exp.Cast():
            return _is_linear(node.this, components)
        case exp.Coalesce():
            zeros = all(part == exp.Literal.number(0) for part in node.expressions)
            return zeros and _is_linear(node.this, components)
        case exp.Add() | exp.Sub():
            return all(_is_linear(part, components) for part in (node.left, node.right))
        case exp.Mul():
            left, right = node.left, node.right
            return (_is_constant(left) and _is_linear(right, components)) or (
                _is_constant(right) and _is_linear(left, components)
            )
        case exp.Div():
            return _is_constant(node.right) and _is_linear(node.left, components)
        case _:
            return False


def _is_constant(node: exp.Expr) -> bool:
    return node.find(exp.Column) is None
