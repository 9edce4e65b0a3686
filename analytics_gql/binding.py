"""Catalog + live warehouse → a catalog that knows its physical types, or every fault.

What only the warehouse can tell: whether tables and columns exist, of what kind each expression
is, and that the right side of each join has one row for each key. A duplicate key would double
revenue silently, so nothing is served over one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlglot import exp

from analytics_gql.errors import Fault, ModelError, WarehouseError, suggest
from analytics_gql.model.catalog import Catalog
from analytics_gql.model.components import Accumulate, Component
from analytics_gql.model.dataset import (
    Dataset,
    Dimension,
    Join,
    Metric,
    Place,
    Relation,
    Source,
    TableName,
)
from analytics_gql.model.kinds import READABLE_AS, ColumnKind, FieldType
from analytics_gql.sql.probes import aggregate_probe, duplicate_probe, type_probe
from analytics_gql.warehouses.warehouse import Warehouse

Columns = Mapping[TableName, Mapping[str, ColumnKind]]


async def bind_catalog(catalog: Catalog, warehouse: Warehouse) -> Catalog:
    """The same catalog with every kind filled in. Raises ModelError with all faults at once."""
    tables = dict.fromkeys(relation.table for relation in catalog.relations())
    columns = await warehouse.table_columns(tables)
    binder = _Binder(warehouse, columns)
    datasets = tuple([await binder.dataset(dataset) for dataset in catalog.datasets])
    if binder.faults:
        raise ModelError(tuple(binder.faults))
    return Catalog(datasets, catalog.root_fields)


class _Binder:
    """Binds the datasets of one catalog and collects what is wrong."""

    def __init__(self, warehouse: Warehouse, columns: Columns) -> None:
        self.warehouse = warehouse
        self.columns = columns
        self.faults: list[Fault] = []
        self._proven: set[tuple[TableName, tuple[str, ...], str]] = set()

    def fault(self, place: Place, message: str, hint: str) -> None:
        self.faults.append(Fault(place.file, place.line, message, hint))

    async def dataset(self, dataset: Dataset) -> Dataset:
        sources = tuple(
            [await self._source(source) for source in dataset.sources if self._exists(source)]
        )
        known = {source.name: source for source in sources}
        dimensions = tuple(
            [await self._dimension(dimension, known) for dimension in dataset.dimensions]
        )
        components = await self._components(dataset, known)
        metrics = tuple([self._metric(metric, components) for metric in dataset.metrics])
        if dataset.time is not None and sources and sources[0].time_kind is not None:
            self._check_time(dataset, sources[0])
        return replace(dataset, sources=sources, dimensions=dimensions, metrics=metrics)

    # --- tables and columns ------------------------------------------------------------------

    def _exists(self, source: Source) -> bool:
        """Whether all tables of a source exist; those that do not become faults."""
        whole = True
        for relation in (source.relation, *(join.relation for join in source.joins)):
            if relation.table not in self.columns:
                whole = False
                self.fault(
                    relation.place,
                    f"there is no table {relation.table} in {self.warehouse.label}",
                    "check the name, the warehouse, and that its user may read the table",
                )
        return whole

    async def _source(self, source: Source) -> Source:
        joins: list[Join] = []
        for join in source.joins:
            if self._known(join.on, source, join.relation.place, f"@join '{join.name}'"):
                await self._prove_unique(join)
            joins.append(replace(join, relation=self._relation(join.relation)))
        bound = replace(source, relation=self._relation(source.relation), joins=tuple(joins))
        if source.time is None:
            return bound
        what = f"the time of '{source.name}'"
        kind = await self._kind(source.time, bound, source.relation.place, what)
        if kind is None:
            return bound
        if kind not in (ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.INSTANT):
            self.fault(
                source.relation.place,
                f"{what} is {kind.value}",
                "name a date or timestamp; cast text with CAST(column AS DATE)",
            )
        return replace(bound, time_kind=kind)

    def _relation(self, relation: Relation) -> Relation:
        """The relation with its tenant's kind; its own columns are checked."""
        columns = self.columns[relation.table]
        if relation.where is not None:
            for column in relation.where.find_all(exp.Column):
                self._column(column.name, relation, "`where`")
        if relation.tenant is None or not self._column(relation.tenant, relation, "the tenant"):
            return relation
        kind = _look_up(columns, relation.tenant)
        if kind not in (ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID):
            self.fault(
                relation.place,
                f"the tenant column {relation.table}.{relation.tenant} is {kind and kind.value}",
                "a tenant is text, an integer or a UUID",
            )
        return replace(relation, tenant_kind=kind)

    def _column(self, name: str, relation: Relation, what: str, place: Place | None = None) -> bool:
        columns = self.columns[relation.table]
        if _look_up(columns, name) is not None:
            return True
        self.fault(
            place or relation.place,
            f"{what}: the table {relation.table} has no column '{name}'",
            suggest(name, list(columns), f"it has {', '.join(list(columns)[:20])}"),
        )
        return False

    def _known(self, expression: exp.Expr, source: Source, place: Place, what: str) -> bool:
        """Whether every column of an expression exists; those that do not become faults."""
        relations = {source.name: source.relation} | {
            join.name: join.relation for join in source.joins
        }
        found = [
            self._column(column.name, relations[column.table], what, place)
            for column in expression.find_all(exp.Column)
            if relations[column.table].table in self.columns
        ]
        return all(found)

    async def _kind(
        self, expression: exp.Expr, source: Source, place: Place, what: str
    ) -> ColumnKind | None:
        """The kind of an expression over a source; None where it has a fault."""
        columns = [*expression.find_all(exp.Column)]
        if not self._known(expression, source, place, what):
            return None
        if not all(
            self._known(join.on, source, join.relation.place, f"@join '{join.name}'")
            for join in source.joins
        ):
            return None
        if isinstance(expression, exp.Column):  # the catalog says it already
            relations = {source.name: source.relation} | {
                join.name: join.relation for join in source.joins
            }
            return _look_up(self.columns[relations[columns[0].table].table], expression.name)
        try:
            kinds = await self.warehouse.kinds(
                type_probe(source, (expression,), self.warehouse.dialect)
            )
        except WarehouseError as error:
            complaint = str(error.__cause__).strip().splitlines()[0]
            self.fault(place, f"{what}: the warehouse refuses it: {complaint}", "mend the SQL")
            return None
        return kinds[0]

    # --- joins -------------------------------------------------------------------------------

    async def _prove_unique(self, join: Join) -> None:
        conditions = " AND ".join(part.sql() for part in join.conditions)
        case = (join.relation.table, tuple(sorted(join.keys)), conditions)
        if case in self._proven:
            return
        self._proven.add(case)
        row = await self.warehouse.first_row(duplicate_probe(join, self.warehouse.dialect))
        if row is None:
            return
        names = [*([join.relation.tenant] if join.relation.tenant else []), *join.keys]
        key = ", ".join(f"{name} = {value!r}" for name, value in zip(names, row, strict=False))
        self.fault(
            join.relation.place,
            f"@join '{join.name}' is not many-to-one: {row[-1]} rows of "
            f"{join.relation.table} have {key}",
            "join by a unique key; a duplicate would count its orders twice",
        )

    # --- fields ------------------------------------------------------------------------------

    async def _dimension(self, dimension: Dimension, known: Mapping[str, Source]) -> Dimension:
        columns = []
        for written in dimension.columns:
            source = known.get(written.source)
            kind = None
            if source is not None:
                what = f"the dimension {dimension.name}"
                kind = await self._kind(written.expression, source, dimension.place, what)
                self._check_kind(kind, dimension.type, dimension.place, what)
            columns.append(replace(written, kind=kind))
        return replace(dimension, columns=tuple(columns))

    async def _components(
        self, dataset: Dataset, known: Mapping[str, Source]
    ) -> dict[Component, Component]:
        """Every component of a dataset with its kind; the kind of what it accumulates."""
        bound: dict[Component, Component] = {}
        for metric in dataset.metrics:
            what = f"the metric {metric.name}"
            for component in metric.components:
                source = known.get(component.source)
                if component in bound or source is None:
                    continue
                kind: ColumnKind | None = ColumnKind.INTEGER
                if component.argument is not None:
                    kind = await self._argument_kind(component, source, metric.place, what)
                if component.where is not None:
                    condition = await self._kind(component.where, source, metric.place, what)
                    if condition not in (None, ColumnKind.BOOLEAN):
                        self.fault(
                            metric.place,
                            f"{what}: the condition of its filter is no condition",
                            "compare something, as in filter (where status = 'paid')",
                        )
                bound[component] = replace(component, kind=kind)
        return bound

    async def _argument_kind(
        self, component: Component, source: Source, place: Place, what: str
    ) -> ColumnKind | None:
        assert component.argument is not None
        if not self._known(component.argument, source, place, what):
            return None
        try:
            kinds = await self.warehouse.kinds(
                type_probe(source, (aggregate_probe(component),), self.warehouse.dialect)
            )
        except WarehouseError as error:
            complaint = str(error.__cause__).strip().splitlines()[0]
            self.fault(place, f"{what}: the warehouse refuses it: {complaint}", "mend the SQL")
            return None
        if kinds[0] is ColumnKind.DECIMAL and component.accumulate is Accumulate.SUM:
            # PostgreSQL sums integers of 64 bits as numerics: the argument tells what they are.
            argument = await self._kind(component.argument, source, place, what)
            return argument if argument is ColumnKind.INTEGER else ColumnKind.DECIMAL
        return kinds[0]

    def _metric(self, metric: Metric, bound: Mapping[Component, Component]) -> Metric:
        components = tuple(bound.get(component, component) for component in metric.components)
        # An expression's type follows from its components where it is one of them, as most are;
        # arithmetic over several is judged by the least exact.
        kinds = {component.kind for component in components} - {None}
        what = f"the metric {metric.name}"
        if metric.type in (FieldType.DECIMAL, FieldType.INT, FieldType.BIG_INT):
            for kind in sorted(kinds, key=lambda kind: kind.value if kind else ""):
                self._check_kind(kind, metric.type, metric.place, what)
        elif len(components) == 1:
            self._check_kind(components[0].kind, metric.type, metric.place, what)
        return replace(metric, components=components)

    def _check_kind(
        self, kind: ColumnKind | None, declared: FieldType, place: Place, what: str
    ) -> None:
        if kind is None or kind in READABLE_AS[declared]:
            return
        fitting = [name.value for name in FieldType if kind in READABLE_AS[name]]
        self.fault(
            place,
            f"{what} is declared {declared.value}, and the warehouse has {kind.value}",
            f"declare it {' or '.join(fitting)}" if fitting else "cast it in `sql`",
        )

    def _check_time(self, dataset: Dataset, own: Source) -> None:
        assert dataset.time is not None
        if dataset.time.type is FieldType.DATE_TIME and own.time_kind is ColumnKind.DATE:
            self.fault(
                dataset.time.place,
                f"the time {dataset.time.name} is declared DateTime, and the warehouse has days",
                "declare it Date",
            )


def _look_up(columns: Mapping[str, ColumnKind], name: str) -> ColumnKind | None:
    """A column's kind; folded names meet a warehouse that keeps the spelling but ignores case."""
    if name in columns:
        return columns[name]
    return {spelt.lower(): kind for spelt, kind in columns.items()}.get(name.lower())
