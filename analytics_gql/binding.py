"""Catalog + live warehouse → a catalog that knows its physical types, or every fault.

What only the warehouse can tell: whether tables and columns exist, of what kind each expression
is, and that the right side of each join has one row for each key. A duplicate key would double
revenue silently, so nothing is served over one. Whatever a statement will be made of is described
here first: what an engine refuses stops the start, not a request.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from analytics_gql.errors import (
    Fault,
    ModelError,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    suggest,
)
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
from analytics_gql.sql.expressions import as_text, at_zone, column, text
from analytics_gql.sql.probes import aggregate_probe, duplicate_probe, type_probe
from analytics_gql.warehouses.warehouse import Warehouse

_REFUSALS = (WarehouseError, ValueOutOfRangeError)
"""How an engine says no to an expression; the latter when it folds a constant."""

_TIMES = (ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.INSTANT)


async def bind_catalog(catalog: Catalog, warehouse: Warehouse) -> Catalog:
    """The same catalog with every kind filled in. Raises ModelError with all faults at once."""
    binder = _Binder(warehouse)
    await binder.read_tables(catalog.relations())
    datasets = tuple([await binder.dataset(dataset) for dataset in catalog.datasets])
    if binder.faults:
        raise ModelError(tuple(binder.faults))
    return replace(catalog, datasets=datasets)


class _Binder:
    """Binds the datasets of one catalog and collects what is wrong."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse
        self.faults: list[Fault] = []
        self.columns: dict[TableName, Mapping[str, ColumnKind]] = {}
        """Of the tables that can be read."""
        self._proven: set[tuple[TableName, tuple[str, ...], str]] = set()
        self._accepted: dict[tuple[TableName, str], bool] = {}
        self._zones: dict[str, str | None] = {}

    def fault(self, place: Place, message: str, hint: str) -> None:
        self.faults.append(Fault(place.file, place.line, message, hint))

    async def dataset(self, dataset: Dataset) -> Dataset:
        binders = {source.name: _SourceBinder(self, source) for source in dataset.sources}
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

    # --- tables and columns ------------------------------------------------------------------

    async def read_tables(self, relations: Iterable[Relation]) -> None:
        """Find out the columns of every table; those that cannot be read become faults."""
        for relation in relations:
            if relation.table in self.columns:
                continue
            try:
                found = await self.warehouse.table_columns((relation.table,))
                if relation.table in found:
                    await self.warehouse.first_row(_empty_scan(relation.table, self._dialect))
                    self.columns[relation.table] = found[relation.table]
                    continue
            except _REFUSALS as error:
                self.fault(
                    relation.place,
                    f"the table {relation.table} cannot be read: {_complaint(error)}",
                    "let the warehouse's user read it",
                )
                continue
            self.fault(
                relation.place,
                f"there is no table {relation.table} in {self.warehouse.label}",
                "check the name and the warehouse; double quotes keep capitals",
            )

    @property
    def _dialect(self) -> str:
        return self.warehouse.dialect.name

    async def column_kind(
        self, relation: Relation, name: str, place: Place, what: str
    ) -> ColumnKind | None:
        """The kind of a column; None, with a fault, if there is none. Its table can be read."""
        columns = self.columns[relation.table]
        if name in columns:
            return columns[name]
        spelt = next((known for known in columns if known.lower() == name.lower()), None)
        if spelt is not None and await self._accepts(relation, name):
            return columns[spelt]
        self.fault(
            place,
            f"{what}: the table {relation.table} has no column '{name}'",
            f'it has capitals: write \\"{spelt}\\", with the quotes'
            if spelt is not None
            else suggest(name, list(columns), f"it has {', '.join(list(columns)[:20])}"),
        )
        return None

    async def _accepts(self, relation: Relation, name: str) -> bool:
        """Whether a column is found under a name in other letters: some engines ignore case."""
        case = (relation.table, name)
        if case not in self._accepted:
            try:
                await self.warehouse.kinds(
                    type_probe(_alone(relation), (column(name),), self.warehouse.dialect)
                )
                self._accepted[case] = True
            except _REFUSALS:
                self._accepted[case] = False
        return self._accepted[case]

    async def described(
        self, source: Source, expression: exp.Expr, place: Place, what: str
    ) -> ColumnKind | None:
        """The kind of an expression whose columns exist; None, with a fault, if it is refused."""
        try:
            kinds = await self.warehouse.kinds(
                type_probe(source, (expression,), self.warehouse.dialect)
            )
        except _REFUSALS as error:
            self._refused(place, what, error)
            return None
        return kinds[0]

    def _refused(self, place: Place, what: str, error: Exception) -> None:
        self.fault(
            place,
            f"{what}: the warehouse refuses it: {_complaint(error)}",
            "look at the types of its columns; CAST(column AS …) converts them",
        )

    async def check_zone(self, zone: str, place: Place) -> None:
        """Report a time zone that the warehouse does not know, as it may be older than we are."""
        if zone == "UTC":
            return
        if zone not in self._zones:
            moment = exp.cast(text("2000-01-01"), exp.DType.TIMESTAMP)
            select = exp.Select(expressions=[as_text(at_zone(moment, zone))])
            try:
                await self.warehouse.first_row(select.sql(dialect=self._dialect))
                self._zones[zone] = None
            except _REFUSALS as error:
                self._zones[zone] = _complaint(error)
        if self._zones[zone] is not None:
            self.fault(
                place,
                f"the warehouse does not know the time zone '{zone}': {self._zones[zone]}",
                "use an older name of the zone, or bring the warehouse's time zones up to date",
            )

    # --- joins -------------------------------------------------------------------------------

    async def prove_unique(self, join: Join) -> None:
        """Report a key that stands on several rows of a join's right side, for one tenant."""
        conditions = " AND ".join(part.sql() for part in join.conditions)
        case = (join.relation.table, tuple(sorted(join.keys)), conditions)
        if case in self._proven:
            return
        self._proven.add(case)
        what = f"@join '{join.name}'"
        place = join.relation.place
        try:
            row = await self.warehouse.first_row(duplicate_probe(join, self.warehouse.dialect))
        except _REFUSALS as error:
            self.fault(
                place,
                f"{what}: the warehouse cannot count its keys: {_complaint(error)}",
                "join by columns that can be compared and grouped",
            )
            return
        except StatementTimeoutError:
            self.fault(
                place,
                f"{what}: whether {', '.join(join.keys)} is unique in {join.relation.table} could "
                "not be counted in time",
                "give the server more time (statement_timeout_s), or put an index on the key",
            )
            return
        if row is None:
            return
        names = [*([join.relation.tenant] if join.relation.tenant else []), *join.keys]
        pairs = dict(zip(names, row, strict=False))
        key = ", ".join(f"{name} = {_shown(value)}" for name, value in pairs.items())
        self.fault(
            place,
            f"{what} is not many-to-one: {row[-1]} rows of {join.relation.table} have {key}",
            "join by a unique key; a duplicate would count what joins it twice",
        )

    # --- fields ------------------------------------------------------------------------------

    async def _dimension(
        self, dimension: Dimension, binders: Mapping[str, _SourceBinder]
    ) -> Dimension:
        columns = []
        for written in dimension.columns:
            binder = binders[written.source]
            what = f"the dimension {dimension.name}"
            if len(dimension.columns) > 1:
                what += f" in '{written.source}'"
            kind = await binder.kind(written.expression, dimension.place, what)
            if self._check_kind(kind, dimension.type, dimension.place, what):
                await self._check_text(written.expression, kind, dimension, binder, what)
            columns.append(replace(written, kind=kind))
        return replace(dimension, columns=tuple(columns))

    async def _check_text(
        self,
        expression: exp.Expr,
        kind: ColumnKind | None,
        dimension: Dimension,
        binder: _SourceBinder,
        what: str,
    ) -> None:
        """Report what is sent as text and is not: documents (jsonb), arrays, records."""
        if not dimension.type.is_text or kind not in (ColumnKind.TEXT, ColumnKind.OTHER):
            return
        if kind is ColumnKind.TEXT:
            # Text is compared and sorted by code point, which a document has no order for.
            sorted_text = self.warehouse.dialect.by_code_point(expression.copy())
            if sorted_text == expression or await binder.is_accepted(sorted_text):
                return
        elif await binder.is_accepted(
            # Scalars of any type can be put together with text; arrays take in what follows.
            exp.DPipe(this=expression.copy(), expression=as_text(text(""))),
            as_kind=ColumnKind.TEXT,
        ):
            return
        self.fault(
            dimension.place,
            f"{what} is declared {dimension.type.value}, and the warehouse has no plain text",
            'choose a part of it, or write it as text: sql: "CAST(column AS TEXT)"',
        )

    async def _components(
        self, dataset: Dataset, binders: Mapping[str, _SourceBinder]
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
                        self.fault(
                            metric.place,
                            f"{what}: the condition of its filter is {condition.value}",
                            "compare something, as in filter (where status = 'paid')",
                        )
                bound[component] = replace(component, kind=kind)
        return bound

    async def _argument_kind(
        self, component: Component, binder: _SourceBinder, place: Place, what: str
    ) -> ColumnKind | None:
        assert component.argument is not None
        argument = component.argument.copy()
        aggregate = aggregate_probe(component)
        if component.accumulate is Accumulate.COUNT_DISTINCT:
            aggregate = exp.Count(this=exp.Distinct(expressions=[argument]), big_int=True)
        kind = await binder.kind(aggregate, place, what)
        if kind is ColumnKind.TEXT and component.accumulate in (Accumulate.MIN, Accumulate.MAX):
            aggregate.set("this", self.warehouse.dialect.by_code_point(argument))
            return await binder.kind(aggregate, place, what)
        if kind is ColumnKind.DECIMAL and component.accumulate is Accumulate.SUM:
            # PostgreSQL sums integers of 64 bits as numerics: the argument tells what they are.
            summed = await binder.kind(argument, place, what)
            return summed if summed is ColumnKind.INTEGER else ColumnKind.DECIMAL
        return kind

    async def _metric(self, metric: Metric, bound: Mapping[Component, Component]) -> Metric:
        components = tuple(bound[component] for component in metric.components)
        what = f"the metric {metric.name}"
        kinds = {component.name: component.kind for component in components}
        if None not in kinds.values():
            kind = await self._finished_kind(metric, kinds, what)
            self._check_kind(kind, metric.type, metric.place, what)
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
            return (await self.warehouse.kinds(select.sql(dialect=self._dialect)))[0]
        except _REFUSALS as error:
            self._refused(metric.place, what, error)
            return None

    def _check_kind(
        self, kind: ColumnKind | None, declared: FieldType, place: Place, what: str
    ) -> bool:
        """Whether a known kind can be sent as declared; a fault if it cannot."""
        if kind is None or kind in READABLE_AS[declared]:
            return kind is not None
        fitting = [name.value for name in FieldType if kind in READABLE_AS[name]]
        self.fault(
            place,
            f"{what} is declared {declared.value}, and the warehouse has {kind.value}",
            f"declare it {_any_of(fitting)}, or cast it in `sql`"
            if fitting
            else "cast it in `sql`",
        )
        return False

    def _check_time(self, dataset: Dataset, own: Source) -> None:
        assert dataset.time is not None
        if dataset.time.type is FieldType.DATE_TIME and own.time_kind is ColumnKind.DATE:
            self.fault(
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
            self.fault(
                metric.place,
                f"the metric {metric.name} is a DateTime made of parts of several kinds",
                "take the min or max of one time, or of times of one kind and zone",
            )


class _SourceBinder:
    """Binds one source. Its tables may be missing: that is told already."""

    def __init__(self, binder: _Binder, source: Source) -> None:
        self.binder = binder
        self.source = source
        self.relations = {source.name: source.relation} | {
            join.name: join.relation for join in source.joins
        }
        self.broken: set[str] = set()
        """The names of joins that cannot be described."""

    async def bind(self) -> Source:
        source = self.source
        joins: list[Join] = []
        for join in source.joins:
            place, what = join.relation.place, f"@join '{join.name}'"
            kind = await self.kind(join.on, place, what)
            if kind is None or not await self._compares_alike(join):
                self.broken.add(join.name)
            else:
                await self.binder.prove_unique(join)
            joins.append(replace(join, relation=await self._relation(join.relation)))
        relation = await self._relation(source.relation)
        place = relation.place
        time_kind = None
        if source.time is not None:
            for zone in (source.timezone, source.stored_in):
                await self.binder.check_zone(zone, place)
            what = f"the time of '{source.name}'"
            time_kind = await self.kind(source.time, place, what)
            if time_kind is not None and time_kind not in _TIMES:
                self.binder.fault(
                    place,
                    f"{what} is {time_kind.value}",
                    "name a date or timestamp; cast text with CAST(column AS DATE)",
                )
        return replace(source, relation=relation, joins=tuple(joins), time_kind=time_kind)

    async def _compares_alike(self, join: Join) -> bool:
        """Whether both sides of each equality are of one kind; a fault where they are not.

        An engine would convert one side, and keys that are unique as they are stored ('1' and
        '01') may be equal as they are compared.
        """
        place, what = join.relation.place, f"@join '{join.name}'"
        for part in join.on.flatten() if isinstance(join.on, exp.And) else [join.on]:
            equality = part.unnest()
            if not isinstance(equality, exp.EQ) or not (
                equality.this.find(exp.Column) and equality.expression.find(exp.Column)
            ):
                continue
            probed = _SourceBinder(self.binder, self.source)
            left = await probed.kind(equality.this, place, what)
            right = await probed.kind(equality.expression, place, what)
            if left is None or right is None:
                return False
            if left is not right and not {left, right} <= _EXACT_NUMBERS:
                self.binder.fault(
                    place,
                    f"{what} compares {left.value} with {right.value}",
                    "join columns of one type, or CAST the side that the key is not on",
                )
                return False
        return True

    async def _relation(self, relation: Relation) -> Relation:
        """The relation with its tenant's kind; its own expressions are checked."""
        if relation.table not in self.binder.columns:
            return relation
        place, alone = relation.place, _SourceBinder(self.binder, _alone(relation))
        if relation.where is not None:
            kind = await alone.kind(relation.where, place, "`where`")
            if kind not in (None, ColumnKind.BOOLEAN):
                self.binder.fault(
                    place, f"`where` is {kind.value}", "compare something: where: \"status = 'x'\""
                )
        if relation.version is not None:
            await alone.kind(relation.version, place, "`version`")
        if relation.tenant is None:
            return relation
        kind = await self.binder.column_kind(relation, relation.tenant, place, "the tenant")
        if kind not in (ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID, None):
            self.binder.fault(
                place,
                f"the tenant column {relation.table}.{relation.tenant} is {kind.value}",
                "a tenant is text, an integer or a UUID",
            )
        return replace(relation, tenant_kind=kind)

    async def kind(self, expression: exp.Expr, place: Place, what: str) -> ColumnKind | None:
        """The kind of an expression; None where it, or what it stands on, has a fault."""
        kinds: list[ColumnKind | None] = []
        for part in expression.find_all(exp.Column):
            relation = self.relations[part.table or self.source.name]
            if relation.table in self.binder.columns:
                kinds.append(await self.binder.column_kind(relation, part.name, place, what))
            else:
                kinds.append(None)
        if None in kinds or self.source.relation.table not in self.binder.columns:
            return None
        if isinstance(expression, exp.Column):
            return kinds[0]
        needed = self._needed(expression)
        if self.broken & {join.name for join in needed}:
            return None
        probed = replace(self.source, joins=needed)
        return await self.binder.described(probed, expression, place, what)

    async def is_accepted(self, expression: exp.Expr, as_kind: ColumnKind | None = None) -> bool:
        """Whether the warehouse takes an expression whose columns exist, without a fault if not.

        Where a join is at fault, nothing is held against what uses it.
        """
        needed = self._needed(expression)
        if self.broken & {join.name for join in needed}:
            return True
        probed = replace(self.source, joins=needed)
        warehouse = self.binder.warehouse
        try:
            kinds = await warehouse.kinds(type_probe(probed, (expression,), warehouse.dialect))
        except _REFUSALS:
            return False
        return as_kind in (None, kinds[0])

    def _needed(self, expression: exp.Expr) -> tuple[Join, ...]:
        """The joins that an expression needs, in their order."""
        names = {part.table for part in expression.find_all(exp.Column)}
        for join in reversed(self.source.joins):
            if join.name in names:
                names |= set(join.needs)
        return tuple(join for join in self.source.joins if join.name in names)


_EXACT_NUMBERS = {ColumnKind.INTEGER, ColumnKind.DECIMAL}

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


def _alone(relation: Relation) -> Source:
    """A table as a source of its own, for describing expressions over its own columns."""
    return Source(relation.table.parts[-1], relation, None, "UTC", "UTC", ())


def _empty_scan(table: TableName, dialect: str) -> str:
    """A SELECT of no row, which is refused where a SELECT of rows would be."""
    names = [exp.to_identifier(part, quoted=True) for part in table.parts]
    scanned = exp.Table(**dict(zip(("this", "db", "catalog"), reversed(names), strict=False)))
    select = exp.Select(
        expressions=[exp.Literal.number(1)],
        from_=exp.From(this=scanned),
        where=exp.Where(this=exp.false()),
    )
    return select.sql(dialect=dialect)


def _complaint(error: Exception) -> str:
    """What the engine itself says, in one line."""
    lines = str(error.__cause__ or error).strip().splitlines()
    return lines[0] if lines else type(error.__cause__).__name__


def _any_of(names: list[str]) -> str:
    """`Int, Float or Decimal`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shown(value: object) -> str:
    """A value of a key, as SQL would write it."""
    return str(value) if isinstance(value, int | float) else f"'{value}'"
