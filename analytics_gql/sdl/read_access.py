"""`@access` on types and fields → who may see what of a model.

What a thing rests on counts for it as well. A metric needs what it is derived from, a link its
entity and the fields that hold its key, a root field the type that it asks; everything of a type
needs the type. What could be found out by an argument that everybody has, although it is hidden,
takes the argument along, or is a fault where the argument cannot go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from graphql import (
    ConstDirectiveNode,
    DefinitionNode,
    FieldDefinitionNode,
    InterfaceTypeDefinitionNode,
    InterfaceTypeExtensionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
)
from sqlglot import exp

from analytics_gql.access.caller import EVERY_ROLE
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.clearance import FOR_ALL, Clearance
from analytics_gql.model.dataset import Dataset
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.row_type import RowType
from analytics_gql.sdl.applied import read_applied
from analytics_gql.sdl.expressions import metric_names, parse_expression
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.model_types import ModelTypes

_Holder = (
    ObjectTypeDefinitionNode
    | ObjectTypeExtensionNode
    | InterfaceTypeDefinitionNode
    | InterfaceTypeExtensionNode
)


def read_access(
    nodes: Iterable[DefinitionNode], types: ModelTypes, catalog: Catalog, faults: FaultList
) -> Catalog:
    """The catalog with what @access says; faults are appended."""
    own = _Written(types, faults)
    for node in nodes:
        if isinstance(node, _Holder):
            own.read(node)
    needed = {
        coordinate: clearance
        for coordinate, clearance in _Clearances(own, types, catalog).all()
        if clearance != FOR_ALL
    }
    datasets = (_with_dimensions_of(dataset, needed) for dataset in catalog.datasets)
    return replace(catalog, datasets=tuple(datasets), clearances=needed)


def _with_dimensions_of(dataset: Dataset, needed: Mapping[str, Clearance]) -> Dataset:
    dimensions = (
        replace(dimension, clearance=needed.get(f"{dataset.name}.{dimension.name}", FOR_ALL))
        for dimension in dataset.dimensions
    )
    return replace(dataset, dimensions=tuple(dimensions))


class _Written:
    """What is written on types and fields, by their coordinates."""

    def __init__(self, types: ModelTypes, faults: FaultList) -> None:
        self.faults = faults
        self._types = types
        self._found: dict[str, tuple[ConstDirectiveNode, Clearance]] = {}

    def of(self, coordinate: str) -> Clearance:
        """What one @access says."""
        return self._found[coordinate][1] if coordinate in self._found else FOR_ALL

    def refuse(self, coordinate: str, message: str, hint: str) -> None:
        """A @access that cannot stand, if there is one."""
        if coordinate in self._found:
            self.faults.add(self._found[coordinate][0], message, hint)

    def read(self, node: _Holder) -> None:
        """Read a type and its fields."""
        name = node.name.value
        is_query = name == self._types.query_type
        is_model = name in self._types.nodes
        if is_model and self._types.nodes[name] is not node:
            return  # a second piece of a type is a fault by itself
        for directive in _access(node.directives):
            if is_model:
                self._add(name, directive)
            elif is_query:
                hint = "put it on its fields, or on the types that they return"
                self.faults.add(directive, f"@access stands on {name}, the root", hint)
            else:
                self._tell_stray(directive, name)
        for field in node.fields or ():
            applied = list(_access(field.directives))
            if applied and not (is_model or is_query):
                self._tell_stray(applied[0], name, field)
                continue
            for directive in applied:
                self._add(f"{name}.{field.name.value}", directive)
            if is_query and len(applied) > 1:
                self.faults.add(applied[1], "@access stands twice", "keep one of them")

    def _tell_stray(
        self, directive: ConstDirectiveNode, owner: str, field: FieldDefinitionNode | None = None
    ) -> None:
        place = owner if field is None else f"{owner}.{field.name.value}"
        self.faults.add(
            directive,
            f"@access stands on {place}, and {owner} has none of @dataset, @records and @entity",
            "put it on the type that the rows are of, on one of its fields, or on a root field",
        )

    def _add(self, coordinate: str, directive: ConstDirectiveNode) -> None:
        roles = read_applied(directive, self.faults)["roles"]
        if roles is None:
            return  # told already
        if not roles or "" in roles:
            what = "names no role" if not roles else "names a role without a name"
            hint = "name those who may see it; what nobody may see has no place in the schema"
            self.faults.add(directive, f"@access {what}", hint)
        if EVERY_ROLE in roles:
            hint = "name roles, or take the directive away: without it everybody may see it"
            self.faults.add(directive, f"@access names '{EVERY_ROLE}', which is no role", hint)
        self._found[coordinate] = directive, Clearance(frozenset({frozenset(roles)}))


def _access(directives: Iterable[ConstDirectiveNode] | None) -> Iterator[ConstDirectiveNode]:
    return (node for node in directives or () if node.name.value == "access")


class _Clearances:
    """What each part of a catalog needs, with all that it rests on."""

    def __init__(self, own: _Written, types: ModelTypes, catalog: Catalog) -> None:
        self._own = own
        self._query_type = types.query_type
        self._catalog = catalog
        # Each root field under its coordinate. One of the subscription type is for those who may
        # see the query type's field of its name.
        self._root_fields = [
            *((f"{types.query_type}.{field.name}", field) for field in catalog.root_fields),
            *((f"{types.subscription_type}.{field.name}", field) for field in catalog.live_fields),
        ]

    def all(self) -> Iterator[tuple[str, Clearance]]:
        """Every coordinate with its clearance, also those that everybody may see."""
        for dataset in self._catalog.datasets:
            yield from self._of_dataset(dataset)
        for rows in _row_types(self._catalog):
            yield from self._of_rows(rows)
        for coordinate, field in self._root_fields:
            written = self._own.of(f"{self._query_type}.{field.name}")
            yield coordinate, written.along_with(self._own.of(field.of))
        yield from self._of_arguments()

    def _of_dataset(self, dataset: Dataset) -> Iterator[tuple[str, Clearance]]:
        name, own = dataset.name, self._own
        whole = own.of(name)
        yield name, whole
        if dataset.time is not None:
            yield f"{name}.{dataset.time.name}", whole
            own.refuse(
                f"{name}.{dataset.time.name}",
                f"the time {name}.{dataset.time.name} has @access, and everybody asks by dateRange",
                "put @access on the type",
            )
        for dimension in dataset.dimensions:
            coordinate = f"{name}.{dimension.name}"
            yield coordinate, whole.along_with(own.of(coordinate))
            if any(
                _columns(dataset.source_named[column.source].time) & _columns(column.expression)
                for column in dimension.columns
                if column.source in dataset.source_named
            ):
                own.refuse(
                    coordinate,
                    f"{coordinate} has @access, and can be found out by dateRange, which reads "
                    "the same column",
                    "put @access on the type, or take it from the field",
                )
        for metric, needed in self._of_metrics(dataset).items():
            yield f"{name}.{metric}", whole.along_with(needed)
        yield from self._of_lookups(name, dataset.lookups)

    def _of_metrics(self, dataset: Dataset) -> dict[str, Clearance]:
        """What each metric needs besides the type."""
        found: dict[str, Clearance] = {}

        def needed(name: str) -> Clearance:
            if name not in found:
                coordinate = f"{dataset.name}.{name}"
                own = self._own.of(coordinate)
                tree = parse_expression(dataset.metric_named[name].sql)
                parts = dict.fromkeys(metric_names(tree))
                for part in parts:
                    self._check_promise(coordinate, own, part, needed(part))
                found[name] = own.along_with(*(needed(part) for part in parts))
            return found[name]

        for metric in dataset.metrics:
            needed(metric.name)
        return found

    def _check_promise(self, metric: str, own: Clearance, part: str, needed: Clearance) -> None:
        """A role that is named as one that sees a metric has to see what it is derived from."""
        blind = sorted(role for role in own.roles if not needed.is_met_by({role}))
        if blind:
            self._own.refuse(
                metric,
                f"@access shows {metric} to '{blind[0]}', who may not see {part}, which it is "
                "derived from",
                f"name the role there as well ({part} is for {needed}), or not here",
            )

    def _of_rows(self, rows: RowType) -> Iterator[tuple[str, Clearance]]:
        whole = self._own.of(rows.name)
        yield rows.name, whole
        for item in rows.fields:
            coordinate = f"{rows.name}.{item.name}"
            yield coordinate, whole.along_with(self._own.of(coordinate))
            if item.name in rows.key:
                self._own.refuse(
                    coordinate,
                    f"{coordinate} is of the key and has @access, and cursors and look-ups are "
                    "made of the key",
                    "put @access on the type",
                )
        yield from self._of_lookups(rows.name, rows.lookups)

    def _of_lookups(
        self, owner: str, lookups: tuple[Lookup, ...]
    ) -> Iterator[tuple[str, Clearance]]:
        for link in lookups:
            coordinate = f"{owner}.{link.name}"
            rests_on = (owner, coordinate, link.entity, *(f"{owner}.{name}" for name in link.by))
            yield coordinate, FOR_ALL.along_with(*(self._own.of(part) for part in rests_on))

    def _of_arguments(self) -> Iterator[tuple[str, Clearance]]:
        """`dateRange` of records and `asOf` compare with columns that a hidden field may show."""
        catalog = self._catalog
        for records in catalog.records:
            needed = self._by_columns(records.rows, records.time)
            for coordinate, field in self._root_fields:
                if field.of == records.name and field.verb.is_paged:
                    yield f"{coordinate}(dateRange:)", needed
        owners = [(dataset.name, dataset.lookups) for dataset in catalog.datasets]
        owners += [(rows.name, rows.lookups) for rows in _row_types(catalog)]
        for entity in catalog.entities:
            needed = self._by_columns(entity.rows, entity.time, entity.available_at)
            for coordinate, field in self._root_fields:
                if field.of == entity.name and not field.verb.is_paged:
                    yield f"{coordinate}(asOf:)", needed
            for owner, lookups in owners:
                for link in lookups:
                    if link.entity == entity.name:
                        yield f"{owner}.{link.name}(asOf:)", needed

    def _by_columns(self, rows: RowType, *compared: exp.Expr | None) -> Clearance:
        """What the fields need that show one of the columns that are compared."""
        columns = frozenset().union(*(_columns(part) for part in compared))
        shown = (item for item in rows.fields if columns & _columns(item.expression))
        return FOR_ALL.along_with(*(self._own.of(f"{rows.name}.{item.name}") for item in shown))


def _row_types(catalog: Catalog) -> Iterator[RowType]:
    """The rows of records and of entities; of a type that is both, twice."""
    yield from (records.rows for records in catalog.records)
    yield from (entity.rows for entity in catalog.entities)


def _columns(expression: exp.Expr | None) -> frozenset[tuple[str, str]]:
    if expression is None:
        return frozenset()
    return frozenset((column.table, column.name) for column in expression.find_all(exp.Column))
