"""Records and entities: the kinds of their fields, and that their keys tell rows apart."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from analytics_gql.binding.sources import SourceBinder
from analytics_gql.binding.tables import TIMES, Key, Tables, alone
from analytics_gql.model.entity import Entity
from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.records import Records
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.sql.probes import type_name_probe

KEY_KINDS = (ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID, ColumnKind.DATE)
"""What a key can be of: kinds whose values have one text each, which is the same everywhere."""

_WIDER_THAN_KEYS = ("UBIGINT", "HUGEINT", "UHUGEINT")
"""DuckDB's whole numbers that 64 bits with a sign do not hold."""


class RowBinder:
    """Binds the records and entities of one catalog."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    async def records(self, records: Records) -> Records:
        """Records with every kind filled in; their key is unique and never missing."""
        what = f"@records of {records.name}"
        rows = await self._rows(records.rows, what)
        time_kind = await self._time(rows, records.time, f"the time of {records.name}")
        if self._is_known(rows):
            for item in rows.key_fields:
                relation = rows.relation
                await self.tables.prove_present(relation, rows.alias, item.expression, what)
            await self._prove_unique(rows, (), what)
        return replace(records, rows=rows, time_kind=time_kind)

    async def entity(self, entity: Entity) -> Entity:
        """An entity with every kind filled in; of each version of each key there is one row."""
        what = f"@entity of {entity.name}"
        rows = await self._rows(entity.rows, what)
        time_kind = await self._time(rows, entity.time, f"the time of {entity.name}")
        available_kind = await self._time(
            rows, entity.available_at, f"availableAt of {entity.name}"
        )
        times = tuple(time for time in (entity.time, entity.available_at) if time is not None)
        if self._is_known(rows) and None not in (
            *((time_kind,) if entity.time is not None else ()),
            *((available_kind,) if entity.available_at is not None else ()),
        ):
            await self._prove_unique(rows, times, what)
        return replace(entity, rows=rows, time_kind=time_kind, available_kind=available_kind)

    async def _rows(self, rows: RowType, what: str) -> RowType:
        binder = SourceBinder(self.tables, alone(rows.relation))
        fields = tuple([await self._field(item, rows, binder) for item in rows.fields])
        relation = await binder.relation(rows.relation)
        await self.tables.check_zone(rows.stored_in, relation.place)
        for item in fields:
            if item.name in rows.key and item.kind not in (None, *KEY_KINDS):
                self.tables.fault(
                    item.place,
                    f"{what}: the key's field {item.name} is {item.kind.value}",
                    "a key is made of texts, whole numbers, UUIDs and dates",
                )
            elif item.name in rows.key and item.kind is ColumnKind.INTEGER:
                await self._check_width(item, rows, what)
        return replace(rows, relation=relation, fields=fields)

    async def _check_width(self, item: RowField, rows: RowType, what: str) -> None:
        """Report a key of whole numbers that do not fit into 64 bits with a sign."""
        warehouse = self.tables.warehouse
        probe = type_name_probe(rows.relation, rows.alias, item.expression, warehouse.dialect)
        row = await warehouse.first_row(probe)
        if row is not None and row[0] in _WIDER_THAN_KEYS:
            self.tables.fault(
                item.place,
                f"{what}: the key's field {item.name} is {row[0]}, wider than a key can be",
                'store it as BIGINT or as text, or convert it: @column(sql: "CAST(… AS TEXT)")',
            )

    async def _field(self, item: RowField, rows: RowType, binder: SourceBinder) -> RowField:
        what = f"the field {rows.name}.{item.name}"
        kind = await binder.kind(item.expression, item.place, what)
        if self.tables.check_kind(kind, item.type, item.place, what):
            await binder.check_text(item.expression, kind, item.type, item.place, what)
        never_null = await self.tables.is_never_null(rows.relation, item.expression)
        return replace(item, kind=kind, is_nullable=not never_null or self._can_be_nan(item))

    async def _time(self, rows: RowType, time: exp.Expr | None, what: str) -> ColumnKind | None:
        if time is None:
            return None
        binder = SourceBinder(self.tables, alone(rows.relation))
        kind = await binder.kind(time, rows.relation.place, what)
        if kind is not None and kind not in TIMES:
            self.tables.fault(
                rows.relation.place,
                f"{what} is {kind.value}",
                "name a date or timestamp; cast text with CAST(column AS DATE)",
            )
            return None
        return kind

    def _can_be_nan(self, item: RowField) -> bool:
        """Whether a value may be NaN or infinite, which is sent, and so sorted, as NULL."""
        if item.type is FieldType.DECIMAL:
            return self.tables.warehouse.dialect.decimals_can_be_nan
        return item.type is FieldType.FLOAT

    async def _prove_unique(self, rows: RowType, times: tuple[exp.Expr, ...], what: str) -> None:
        expressions = tuple(item.expression for item in rows.key_fields)
        await self.tables.prove_unique(
            Key(rows.relation, rows.alias, expressions, times),
            f"{what}: its key",
            hint="keep one row of each key, `time` and `availableAt`"
            if times
            else "name fields in `key` that tell rows apart",
        )

    def _is_known(self, rows: RowType) -> bool:
        """Whether the key can be asked for: what it is made of has no fault."""
        return rows.relation.table in self.tables.columns and all(
            item.kind in KEY_KINDS for item in rows.key_fields
        )
