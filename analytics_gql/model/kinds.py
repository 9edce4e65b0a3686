"""The types of the two worlds: what clients see (FieldType) and what the warehouse stores."""

from __future__ import annotations

from enum import Enum


class FieldType(Enum):
    """The GraphQL type of a dimension or metric."""

    STRING = "String"
    ID = "ID"
    BOOLEAN = "Boolean"
    INT = "Int"
    BIG_INT = "BigInt"
    DECIMAL = "Decimal"
    FLOAT = "Float"
    DATE = "Date"
    DATE_TIME = "DateTime"

    @property
    def is_text(self) -> bool:
        """Compared and ordered as text, by code point on every engine."""
        return self in (FieldType.STRING, FieldType.ID)


class ColumnKind(Enum):
    """What kind of column an expression of the warehouse is; widths and names do not matter."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    FLOAT = "float"
    DATE = "date"
    TIMESTAMP = "timestamp without time zone"
    INSTANT = "timestamp with time zone"
    UUID = "uuid"
    OTHER = "another type"


READABLE_AS: dict[FieldType, frozenset[ColumnKind]] = {
    FieldType.STRING: frozenset({ColumnKind.TEXT, ColumnKind.UUID, ColumnKind.OTHER}),
    FieldType.ID: frozenset({ColumnKind.TEXT, ColumnKind.INTEGER, ColumnKind.UUID}),
    FieldType.BOOLEAN: frozenset({ColumnKind.BOOLEAN}),
    FieldType.INT: frozenset({ColumnKind.INTEGER}),
    FieldType.BIG_INT: frozenset({ColumnKind.INTEGER}),
    FieldType.DECIMAL: frozenset({ColumnKind.DECIMAL, ColumnKind.INTEGER}),
    FieldType.FLOAT: frozenset({ColumnKind.FLOAT, ColumnKind.DECIMAL, ColumnKind.INTEGER}),
    FieldType.DATE: frozenset({ColumnKind.DATE}),
    FieldType.DATE_TIME: frozenset({ColumnKind.TIMESTAMP, ColumnKind.INSTANT}),
}
"""Which columns can be sent as which type without a loss. OTHER as String: enums and the like."""
