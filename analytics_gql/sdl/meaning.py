"""What a model says of its members: formulas, tables, filters, joins …, each in a normal form.

Two models are compared by these sayings. Each knows the members whose values rest on it, by
their schema coordinates (`OrderMetrics.revenue`); a type's own name stands for its rows.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import Dataset, Join, Metric, Source
from analytics_gql.model.entity import Entity
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Relation
from analytics_gql.model.row_type import RowType
from analytics_gql.sdl.expressions import metric_names, parse_expression

FORMULA = "formula"


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that is said of a subject.

    `form` is equal where the meaning is; `text` is what people read. `members` rest on it.
    `derived_from` names the metrics that a formula refers to.
    """

    form: Hashable
    text: str | None
    members: tuple[str, ...]
    derived_from: tuple[str, ...] = ()


Meaning = dict[str, dict[str, Saying]]
"""Subject → aspect → what is said. A subject is a coordinate, or a source or join of a type."""


def meaning_of(catalog: Catalog, query_type: str) -> Meaning:
    """All that a model says, in its order. `query_type` is the name of the query root type."""
    meaning: Meaning = {}
    for dataset in catalog.datasets:
        meaning |= _dataset(dataset)
    for records in catalog.records:
        meaning |= _records(records, catalog, query_type)
    for entity in catalog.entities:
        meaning |= _entity(entity)
    return meaning


# --- datasets ------------------------------------------------------------------------------------


def _dataset(dataset: Dataset) -> Meaning:
    meaning: Meaning = {}
    own = dataset.sources[0].name
    for source in dataset.sources:
        subject = dataset.name if source.name == own else f"{dataset.name}, source {source.name}"
        meaning[subject] = _source(dataset, source, own)
        for join in source.joins:
            meaning[f"{dataset.name}, join {join.name}"] = _join(dataset, source, join, own)
    if dataset.time is not None:
        coordinate = f"{dataset.name}.{dataset.time.name}"
        meaning[coordinate] = {"role": _text("time dimension", (coordinate,))}
    for dimension in dataset.dimensions:
        coordinate = f"{dataset.name}.{dimension.name}"
        members = (coordinate, *_linked_by(dataset.name, dataset.lookups, dimension.name))
        meaning[coordinate] = {"role": _text("dimension", members)} | {
            FORMULA if column.source == own else f"formula in {column.source}": _expression(
                column.expression, column.source, members
            )
            for column in dimension.columns
        }
    for metric in dataset.metrics:
        meaning[f"{dataset.name}.{metric.name}"] = _metric(dataset, metric, own)
    return meaning | _lookups(dataset.name, dataset.lookups)


def _source(dataset: Dataset, source: Source, own: str) -> dict[str, Saying]:
    members = _resting_on(dataset, source, own)
    return {
        **_relation(source.relation, members),
        "time": _expression(source.time, source.name, members),
        "timezone": _text(source.timezone, members),
        "storedIn": _text(source.stored_in, members),
    }


def _join(dataset: Dataset, source: Source, join: Join, own: str) -> dict[str, Saying]:
    members = _resting_on(dataset, source, own, join.name)
    return {
        **_relation(join.relation, members),
        "on": _expression(join.on, source.name if source.name == own else "", members),
        "source": _text(source.name if source.name != own else None, members),
    }


def _metric(dataset: Dataset, metric: Metric, own: str) -> dict[str, Saying]:
    coordinate = f"{dataset.name}.{metric.name}"
    alone = (coordinate,)
    names = {f"{dataset.name}.{name}" for name in _derived_from(metric)}
    return {
        "role": _text("metric", alone),
        FORMULA: Saying(
            _resolved(metric, own),
            parse_expression(metric.sql).sql(dialect="postgres"),
            tuple(f"{dataset.name}.{name}" for name in _with_derived(dataset, metric.name)),
            tuple(sorted(names)),
        ),
        "unit": _text(metric.unit, alone),
        "format": _text(metric.format, alone),
        "better": _text(metric.better, alone),
    }


def _resting_on(
    dataset: Dataset, source: Source, own: str, join: str | None = None
) -> tuple[str, ...]:
    """The members that read a source, or one of its joins, in the order of the dataset."""

    def reads(expressions: Iterable[exp.Expr | None]) -> bool:
        return join is None or join in _joins_used(source, expressions)

    if join is not None and reads((source.time,)):
        return _resting_on(dataset, source, own)
    # Which members of a dimension occur is told by the dataset's own table alone.
    found: list[str] = [] if source.name != own or join else [""]
    if dataset.time is not None and join is None and source.name == own:
        found.append(dataset.time.name)
    for dimension in dataset.dimensions:
        column = dimension.in_source(source.name)
        if column is not None and (join or source.name == own) and reads((column.expression,)):
            found.append(dimension.name)
    for metric in dataset.metrics:
        if any(
            component.source == source.name and reads(component.expressions)
            for component in metric.components
        ):
            found.append(metric.name)
    return tuple(f"{dataset.name}.{name}" if name else dataset.name for name in found)


def _joins_used(source: Source, expressions: Iterable[exp.Expr | None]) -> frozenset[str]:
    """The joins that expressions need, also through others."""
    needs = {join.name: join.needs for join in source.joins}
    used: set[str] = set()
    pending = {
        column.table
        for expression in expressions
        if expression is not None
        for column in expression.find_all(exp.Column)
    }
    while pending:
        name = pending.pop()
        if name in needs and name not in used:
            used.add(name)
            pending |= set(needs[name])
    return frozenset(used)


def _derived_from(metric: Metric) -> frozenset[str]:
    return frozenset(metric_names(parse_expression(metric.sql)))


def _with_derived(dataset: Dataset, name: str) -> Iterator[str]:
    """A metric, then those that are derived from it, however far."""
    changed = {name}
    # Each round finds one level; a metric may stand before those that it is derived from.
    while (
        more := {metric.name for metric in dataset.metrics if _derived_from(metric) & changed}
        - changed
    ):
        changed |= more
    yield name
    yield from (m.name for m in dataset.metrics if m.name in changed and m.name != name)


def _resolved(metric: Metric, own: str) -> Hashable:
    """A metric's expression with each component by what it does, not by its name."""
    forms = {
        component.name: f"component {number}" for number, component in enumerate(metric.components)
    }
    expression = metric.expression.copy()
    for column in expression.find_all(exp.Column):
        column.set("this", exp.to_identifier(forms[column.name], quoted=True))
    return _form(expression, ""), tuple(_component(part, own) for part in metric.components)


def _component(component: Component, own: str) -> tuple[str, Accumulate, *tuple[Hashable, ...]]:
    # The own source is called after its table, whose name is said elsewhere.
    source = "" if component.source == own else component.source
    return (
        source,
        component.accumulate,
        _form(component.argument, component.source),
        _form(component.where, component.source),
        component.fraction,
    )


# --- rows ----------------------------------------------------------------------------------------


def _records(records: Records, catalog: Catalog, query_type: str) -> Meaning:
    rows = records.rows
    asked = [f for f in catalog.root_fields if f.of == records.name and f.verb.is_paged]
    ranges = tuple(f"{query_type}.{field.name}(dateRange:)" for field in asked)
    return {
        f"{rows.name}, @records": {
            **_relation(rows.relation, _all_of(rows)),
            "key": _text(", ".join(rows.key), _all_of(rows)),
            "time": _expression(records.time, rows.alias, ranges),
            "storedIn": _text(rows.stored_in, _all_of(rows)),
        },
        **_fields(rows),
    }


def _entity(entity: Entity) -> Meaning:
    rows, members = entity.rows, _all_of(entity.rows)
    return {
        f"{rows.name}, @entity": {
            **_relation(rows.relation, members),
            "key": _text(", ".join(rows.key), members),
            "time": _expression(entity.time, rows.alias, members),
            "availableAt": _expression(entity.available_at, rows.alias, members),
            "storedIn": _text(rows.stored_in, members),
        },
        **_fields(rows),
    }


def _fields(rows: RowType) -> Meaning:
    meaning: Meaning = {}
    for column in rows.fields:
        coordinate = f"{rows.name}.{column.name}"
        members = (coordinate, *_linked_by(rows.name, rows.lookups, column.name))
        meaning[coordinate] = {"column": _expression(column.expression, rows.alias, members)}
    return meaning | _lookups(rows.name, rows.lookups)


def _all_of(rows: RowType) -> tuple[str, ...]:
    fields = (*rows.field_named, *rows.lookup_named)
    return (rows.name, *(f"{rows.name}.{name}" for name in fields))


def _lookups(owner: str, lookups: tuple[Lookup, ...]) -> Meaning:
    return {
        f"{owner}.{link.name}": {"by": _text(", ".join(link.by), (f"{owner}.{link.name}",))}
        for link in lookups
    }


def _linked_by(owner: str, lookups: tuple[Lookup, ...], field: str) -> tuple[str, ...]:
    return tuple(f"{owner}.{link.name}" for link in lookups if field in link.by)


# --- normal forms --------------------------------------------------------------------------------


def _relation(relation: Relation, members: tuple[str, ...]) -> dict[str, Saying]:
    return {
        "table": _text(str(relation.table), members),
        "where": _expression(relation.where, "", members),
        "tenant": _text("shared" if relation.shared else relation.tenant, members),
    }


def _text(text: str | None, members: tuple[str, ...]) -> Saying:
    return Saying(text, text, members)


def _expression(expression: exp.Expr | None, own: str, members: tuple[str, ...]) -> Saying:
    text = None if expression is None else _plain(expression, own).sql(dialect="postgres")
    return Saying(_form(expression, own), text, members)


def _form(expression: exp.Expr | None, own: str) -> Hashable:
    """What is equal for two spellings of one expression: a tree without needless parentheses."""
    if expression is None:
        return None
    whole = exp.Paren(this=_plain(expression, own))
    for node in list(whole.find_all(exp.Paren, bfs=True))[1:]:
        node.replace(node.this)
    return whole


def _plain(expression: exp.Expr, own: str) -> exp.Expr:
    """An expression as its author would write it: without the own qualifier and needless quotes."""
    plain = expression.copy()
    for column in plain.find_all(exp.Column):
        if column.table == own:
            column.set("table", None)
    for name in plain.find_all(exp.Identifier):
        name.set("quoted", re.fullmatch(r"[a-z_][a-z0-9_]*", name.name) is None)
    # True division is what `/` means in a model; see `sdl.scope`.
    for node in plain.find_all(exp.Div):
        divided, divisor = node.this, node.expression
        if isinstance(divided, exp.Cast) and isinstance(divisor, exp.Nullif):
            node.set("this", divided.this)
            node.set("expression", divisor.this.this)
            node.set("typed", True)
    return plain
