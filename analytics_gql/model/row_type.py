"""Rows of one table as clients see them: what records and entities have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from sqlglot import exp

from analytics_gql.model.kinds import ColumnKind, FieldType
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.relation import Place, Relation


@dataclass(frozen=True, slots=True)
class RowField:
    """One field of a row: an expression over the table's own columns.

    Columns are qualified by the row type's `alias`. `kind` and `is_nullable` are known once the
    model is bound to a warehouse: a column that it declares NOT NULL has a value in every row.
    """

    name: str
    type: FieldType
    expression: exp.Expr
    place: Place = field(compare=False)
    description: str | None = None
    kind: ColumnKind | None = None
    is_nullable: bool = True


@dataclass(frozen=True, eq=False)
class RowType:
    """A table's rows: their fields, their links, and the names of the fields that identify one.

    `stored_in` is the zone of its timestamps without zone. Compared by identity: a catalog has one
    of each name and verb.
    """

    name: str
    relation: Relation
    key: tuple[str, ...]
    fields: tuple[RowField, ...]
    lookups: tuple[Lookup, ...]
    place: Place
    description: str | None = None
    stored_in: str = "UTC"

    @property
    def alias(self) -> str:
        """What its columns are qualified by."""
        return self.relation.table.parts[-1]

    @cached_property
    def field_named(self) -> dict[str, RowField]:
        """Fields by name."""
        return {item.name: item for item in self.fields}

    @cached_property
    def lookup_named(self) -> dict[str, Lookup]:
        """Links by the field's name."""
        return {item.name: item for item in self.lookups}

    @property
    def key_fields(self) -> tuple[RowField, ...]:
        """The fields of the key, in its order."""
        return tuple(self.field_named[name] for name in self.key)
