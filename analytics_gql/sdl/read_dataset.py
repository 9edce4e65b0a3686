"""One type with @dataset → Dataset: its sources, dimensions, metrics and look-ups."""

from __future__ import annotations

from typing import Any

from graphql import ObjectTypeDefinitionNode
from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.model.dataset import Dataset, Dimension, DimensionColumn, TimeDimension
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.relation import Place
from analytics_gql.sdl.aggregates import unique_name
from analytics_gql.sdl.applied import check_repeats
from analytics_gql.sdl.expressions import quoted
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.fields import DatasetField, read_fields
from analytics_gql.sdl.files import place
from analytics_gql.sdl.model_types import ModelTypes
from analytics_gql.sdl.read_lookups import KeyHolders, Link, read_lookups
from analytics_gql.sdl.read_metrics import read_metrics
from analytics_gql.sdl.read_sources import SourceNames, read_sources, row_expression
from analytics_gql.sdl.vocabulary import enum_name, snake_case


def read_dataset(
    node: ObjectTypeDefinitionNode, types: ModelTypes, faults: FaultList
) -> Dataset | None:
    """Read one dataset; None if its own table cannot be told. Faults are appended."""
    check_repeats(tuple(node.directives or ()), faults)
    names, sources = read_sources(node, faults)
    fields = read_fields(node, faults)
    taken: set[str] = set()
    time = _time(fields, node.name.value, names, taken, faults)
    dimensions = tuple(
        _dimension(field, names, taken, faults)
        for field in fields
        if field.applied.name == "dimension"
    )
    metrics = read_metrics(
        node.name.value,
        [field for field in fields if field.applied.name == "metric"],
        names,
        taken,
        faults,
    )
    links = [Link(field.node, field.applied) for field in fields if field.applied.name == "lookup"]
    holders = KeyHolders("@dimension field", tuple(dimension.name for dimension in dimensions))
    lookups = read_lookups(node.name.value, links, holders, types, faults)
    if not sources or sources[0].name != names.own:
        return None
    return Dataset(
        node.name.value,
        sources,
        time,
        dimensions,
        metrics,
        Place(*place(node)),
        node.description.value if node.description else None,
        lookups,
    )


def _time(
    fields: list[DatasetField], dataset: str, names: SourceNames, taken: set[str], faults: FaultList
) -> TimeDimension | None:
    found = [field for field in fields if field.applied.name == "time"]
    if not found:
        return None
    field = found[0]
    for other in found[1:]:
        faults.add(
            other.node,
            f"{dataset}.{other.name} is a second @time beside {field.name}",
            "a dataset has one time dimension: take one away, or make it a @dimension",
        )
    if field.type not in (FieldType.DATE, FieldType.DATE_TIME, None):
        faults.add(
            field.node,
            f"the time {field.name} is of type {field.type.value}",
            "declare it Date or DateTime",
        )
    if not names.has_range:
        faults.add(
            field.node,
            f"{field.name} is the time of a dataset whose @dataset has no `time`",
            'add time: "column" to @dataset',
        )
    return TimeDimension(
        field.name,
        field.type or FieldType.DATE,
        unique_name(snake_case(field.name), taken),
        Place(*place(field.node)),
        field.description,
    )


def _dimension(
    field: DatasetField, names: SourceNames, taken: set[str], faults: FaultList
) -> Dimension:
    name = field.name
    columns: dict[str, DimensionColumn] = {}
    written: list[tuple[str, Any]] = [(names.own, field.applied["sql"])]
    written += [(entry["name"], entry.get("sql")) for entry in field.applied["sources"] or ()]
    seen: set[str] = set()
    for source, sql in written:
        if source in seen:
            faults.add(
                field.node,
                f"the dimension {name} stands twice in '{source}'",
                "keep one; its SQL in the dataset's own table is the `sql` beside `sources`",
            )
            continue
        seen.add(source)
        if source not in names.sources:
            faults.add(
                field.node,
                f"the dimension {name} stands in '{source}', which is no source",
                suggest(source, list(names.sources), f"known are {', '.join(names.sources)}"),
            )
            continue
        with faults.told_at(field.node, f"the dimension {name}"):
            columns[source] = DimensionColumn(
                source,
                exp.column(quoted(snake_case(name)), table=quoted(source, fold=False))
                if sql is None
                else row_expression(sql, source, names.scope),
            )
    return Dimension(
        name,
        field.type or FieldType.STRING,
        enum_name(name),
        unique_name(snake_case(name), taken),
        tuple(columns.values()),
        Place(*place(field.node)),
        field.description,
    )
