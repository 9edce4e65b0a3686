"""The tables of a model as the warehouse has them: columns, kinds, keys, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from analytics_gql.errors import (
    EngineError,
    Fault,
    StatementTimeoutError,
    ValueOutOfRangeError,
    WarehouseError,
    suggest,
)
from analytics_gql.model.dataset import Source
from analytics_gql.model.kinds import READABLE_AS, ColumnKind, FieldType
from analytics_gql.model.relation import Place, Relation, TableName
from analytics_gql.sql.expressions import as_text, at_zone, column, text
from analytics_gql.sql.probes import duplicate_probe, missing_key_probe, type_probe
from analytics_gql.warehouses.table_keys import TableKeys
from analytics_gql.warehouses.warehouse import Warehouse

REFUSALS = (WarehouseError, ValueOutOfRangeError)
"""How an engine says no to an expression; the latter when it folds a constant."""

TIMES = (ColumnKind.DATE, ColumnKind.TIMESTAMP, ColumnKind.INSTANT)
"""What can be the time of a source, of records or of an entity."""


@dataclass(frozen=True, slots=True)
class Key:
    """What must tell the rows of a relation apart, for one tenant.

    `conditions` narrow the rows that count; columns are qualified by `alias`. With `times` a key
    has several rows, one at each of them; rows without one are held apart from others as well.
    """

    relation: Relation
    alias: str
    expressions: tuple[exp.Expr, ...]
    times: tuple[exp.Expr, ...] = ()
    conditions: tuple[exp.Expr, ...] = ()

    @property
    def parts(self) -> tuple[exp.Expr, ...]:
        """All that tells rows apart."""
        return (*self.expressions, *self.times)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of those expressions that are bare columns."""
        return tuple(item.name for item in self.expressions if isinstance(item, exp.Column))

    @property
    def text(self) -> str:
        """For people: `org_id, id`."""
        return ", ".join(
            item.name if isinstance(item, exp.Column) else item.sql() for item in self.parts
        )


class Tables:
    """What is known of a model's tables, and the faults found so far.

    `is_start`: what cannot be found out in time is a fault; later, StatementTimeoutError is
    raised, since a warehouse that is slow at the moment does not unfit its data.
    """

    def __init__(self, warehouse: Warehouse, *, is_start: bool = True) -> None:
        self.warehouse = warehouse
        self._is_start = is_start
        self.faults: list[Fault] = []
        self.columns: dict[TableName, Mapping[str, ColumnKind]] = {}
        """Of the tables that can be read."""
        self._keys: dict[TableName, TableKeys] = {}
        self._proven: set[tuple[str, ...]] = set()
        self._accepted: dict[tuple[TableName, str], bool] = {}
        self._zones: dict[str, str | None] = {}

    def fault(self, place: Place, message: str, hint: str) -> None:
        """Note what is wrong."""
        self.faults.append(Fault(place.file, place.line, message, hint))

    async def read_tables(self, relations: Iterable[Relation]) -> None:
        """Find out the columns of every table; those that cannot be read become faults."""
        for relation in relations:
            if relation.table in self.columns:
                continue
            try:
                found = await self.warehouse.table_columns((relation.table,))
                if relation.table in found:
                    await self.warehouse.first_row(_empty_scan(relation.table, self.dialect))
                    self.columns[relation.table] = found[relation.table]
                    continue
            except REFUSALS as error:
                self.fault(
                    relation.place,
                    f"the table {relation.table} cannot be read: {complaint(error)}",
                    "let the warehouse's user read it",
                )
                continue
            self.fault(
                relation.place,
                f"there is no table {relation.table} in {self.warehouse.label}",
                "check the name and the warehouse; double quotes keep capitals",
            )

    @property
    def dialect(self) -> str:
        """sqlglot's name of the warehouse's dialect."""
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
                    type_probe(alone(relation), (column(name),), self.warehouse.dialect)
                )
                self._accepted[case] = True
            except REFUSALS:
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
        except REFUSALS as error:
            self.refused(place, what, error)
            return None
        return kinds[0]

    def refused(self, place: Place, what: str, error: EngineError) -> None:
        """Note that the warehouse refuses an expression, in its own words."""
        self.fault(
            place,
            f"{what}: the warehouse refuses it: {complaint(error)}",
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
                await self.warehouse.first_row(select.sql(dialect=self.dialect))
                self._zones[zone] = None
            except REFUSALS as error:
                self._zones[zone] = complaint(error)
        if self._zones[zone] is not None:
            self.fault(
                place,
                f"the warehouse does not know the time zone '{zone}': {self._zones[zone]}",
                "use an older name of the zone, or bring the warehouse's time zones up to date",
            )

    # --- keys --------------------------------------------------------------------------------

    async def keys_of(self, table: TableName) -> TableKeys:
        """What the warehouse promises of a table's rows."""
        if table not in self._keys:
            self._keys[table] = await self.warehouse.table_keys(table)
        return self._keys[table]

    async def is_never_null(self, relation: Relation, expression: exp.Expr) -> bool:
        """Whether an expression is a column that the warehouse declares NOT NULL."""
        if not isinstance(expression, exp.Column) or relation.table not in self.columns:
            return False
        keys = await self.keys_of(relation.table)
        return self._spelt(relation, expression.name) in keys.not_null

    async def prove_unique(
        self, key: Key, what: str, *, hint: str, is_fault: str = "is not unique"
    ) -> None:
        """Report a key that stands on several rows of one tenant.

        A primary key or a unique index is proof; else duplicates are counted.
        """
        relation, place = key.relation, key.relation.place
        case = (
            str(relation.table),
            str(relation.tenant),
            relation.where.sql() if relation.where is not None else "",
            ", ".join(sorted(item.sql() for item in key.parts)),
            " AND ".join(part.sql() for part in key.conditions),
        )
        if case in self._proven:
            return
        self._proven.add(case)
        if await self._is_enforced(key):
            return
        if await self._is_hidden(relation, f"{what}: that {key.text} is unique"):
            return
        try:
            row = await self.warehouse.first_row(
                duplicate_probe(
                    relation,
                    key.alias,
                    key.expressions,
                    self.warehouse.dialect,
                    times=key.times,
                    conditions=key.conditions,
                )
            )
        except REFUSALS as error:
            self.fault(
                place,
                f"{what}: the warehouse cannot count its keys: {complaint(error)}",
                "use columns that can be compared and grouped",
            )
            return
        except StatementTimeoutError:
            if not self._is_start:
                raise
            self.fault(
                place,
                f"{what}: whether {key.text} is unique in {relation.table} could not be counted in "
                "time",
                "put a primary key or a unique index on it, or give the server more time "
                "(statement_timeout_s)",
            )
            return
        if row is None:
            return
        shown_names = [
            *([relation.tenant] if relation.tenant else []),
            *(item.name if isinstance(item, exp.Column) else item.sql() for item in key.parts),
        ]
        pairs = dict(zip(shown_names, row, strict=False))  # the tenant may be part of the key
        columns = self.columns.get(relation.table, {})
        shown = ", ".join(
            f"{name} = {_shown(value, columns.get(self._spelt(relation, name)))}"
            for name, value in pairs.items()
        )
        self.fault(
            place, f"{what} {is_fault}: {row[-1]} rows of {relation.table} have {shown}", hint
        )

    async def _is_enforced(self, key: Key) -> bool:
        """Whether the warehouse itself holds the rows of a key apart."""
        names = [*([key.relation.tenant] if key.relation.tenant else []), *key.columns]
        for time in key.times:  # an index does not hold NULLs apart, and here they are values
            if isinstance(time, exp.Column) and await self.is_never_null(key.relation, time):
                names.append(time.name)
        keys = await self.keys_of(key.relation.table)
        return keys.prove_unique({self._spelt(key.relation, name) for name in names})

    async def prove_present(
        self, relation: Relation, alias: str, expression: exp.Expr, what: str
    ) -> None:
        """Report rows in which a part of a key has no value."""
        if await self.is_never_null(relation, expression):
            return
        name = expression.name if isinstance(expression, exp.Column) else expression.sql()
        if await self._is_hidden(relation, f"{what}: that every row has {name}"):
            return
        probe = missing_key_probe(relation, alias, expression, self.warehouse.dialect)
        try:
            row = await self.warehouse.first_row(probe)
        except (*REFUSALS, StatementTimeoutError) as error:
            if isinstance(error, StatementTimeoutError) and not self._is_start:
                raise
            self.fault(
                relation.place,
                f"{what}: whether {name} has a value in every row of {relation.table} could not "
                f"be found out: {complaint(error)}",
                "declare it NOT NULL",
            )
            return
        if row is not None:
            self.fault(
                relation.place,
                f"{what}: there are rows of {relation.table} without {name}",
                "choose a key that every row has, or leave those rows out with `where`",
            )

    async def _is_hidden(self, relation: Relation, claim: str) -> bool:
        """Report a claim of rows that cannot be seen without a tenant."""
        is_hidden = (await self.keys_of(relation.table)).are_rows_hidden
        if is_hidden:
            self.fault(
                relation.place,
                f"{claim} cannot be seen: row-level security hides the rows of {relation.table}",
                "declare it there: a primary key, a unique index or NOT NULL",
            )
        return is_hidden

    def _spelt(self, relation: Relation, name: str) -> str:
        """A column's name in the warehouse's own letters."""
        columns = self.columns[relation.table]
        if name in columns:
            return name
        return next((known for known in columns if known.lower() == name.lower()), name)

    # --- fields ------------------------------------------------------------------------------

    def check_kind(
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


def alone(relation: Relation) -> Source:
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


def complaint(error: EngineError) -> str:
    """What the engine itself says, in one line."""
    return error.detail.splitlines()[0]


def _any_of(names: list[str]) -> str:
    """`Int, Float or Decimal`."""
    return " or ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _shown(value: str | None, kind: ColumnKind | None) -> str:
    """A value of a key, as SQL would write it."""
    if value is None:
        return "NULL"
    return value if kind in _NUMBERS else f"'{value}'"


_NUMBERS = (ColumnKind.INTEGER, ColumnKind.DECIMAL, ColumnKind.FLOAT)
