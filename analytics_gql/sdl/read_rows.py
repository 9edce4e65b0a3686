"""One type with @records or @entity → Records, Entity: its key, its columns, its look-ups."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import ObjectTypeDefinitionNode
from sqlglot import exp

from analytics_gql.errors import suggest
from analytics_gql.model.entity import Entity
from analytics_gql.model.kinds import FieldType
from analytics_gql.model.lookup import Lookup
from analytics_gql.model.records import Records
from analytics_gql.model.relation import Place
from analytics_gql.model.row_type import RowField, RowType
from analytics_gql.sdl.applied import Applied, check_repeats, read_applied
from analytics_gql.sdl.expressions import ExpressionError, parse_expression, quoted, shortened
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import place
from analytics_gql.sdl.model_types import ModelTypes
from analytics_gql.sdl.read_lookups import KeyHolders, read_lookups
from analytics_gql.sdl.read_relation import check_zone, given, read_relation, table_word
from analytics_gql.sdl.read_sources import row_expression
from analytics_gql.sdl.row_fields import RowColumn, read_row_fields
from analytics_gql.sdl.scope import Scope
from analytics_gql.sdl.syntax import directive_of
from analytics_gql.sdl.vocabulary import snake_case


@dataclass(frozen=True, slots=True)
class _Declared:
    """What @records and @entity of one type have in common."""

    node: ObjectTypeDefinitionNode
    columns: tuple[RowColumn, ...]
    lookups: tuple[Lookup, ...]
    others: tuple[str, ...]
    """The names of the fields that are no columns."""


def read_rows(
    node: ObjectTypeDefinitionNode, types: ModelTypes, faults: FaultList
) -> tuple[Records | None, Entity | None]:
    """Read a type with @records, @entity or both; None for what is not there, or at fault."""
    check_repeats(tuple(node.directives or ()), faults)
    columns, links = read_row_fields(node, types, faults)
    names = tuple(column.name for column in columns)
    lookups = read_lookups(node.name.value, links, KeyHolders("column", names), types, faults)
    others = tuple(field.name.value for field in node.fields or () if field.name.value not in names)
    declared = _Declared(node, columns, lookups, others)
    records, entity = directive_of(node, "records"), directive_of(node, "entity")
    return (
        _records(declared, read_applied(records, faults), faults) if records else None,
        _entity(declared, read_applied(entity, faults), faults) if entity else None,
    )


def _records(declared: _Declared, applied: Applied, faults: FaultList) -> Records | None:
    rows = _row_type(declared, applied, faults)
    time = _moment(applied, "time", faults)
    return Records(rows, time) if rows else None


def _entity(declared: _Declared, applied: Applied, faults: FaultList) -> Entity | None:
    rows = _row_type(declared, applied, faults)
    time = _moment(applied, "time", faults)
    available_at = _moment(applied, "availableAt", faults)
    if "availableAt" in given(applied) and "time" not in given(applied):
        faults.add(
            applied.node,
            "@entity: there is an availableAt and no time",
            'add time: "column", from which on a row is valid',
        )
    if "asOf" in (applied["key"] or ()):
        faults.add(
            applied.node,
            "@entity: the key names 'asOf', which is an argument of every look-up",
            "rename the field; @column(sql: …) keeps its column",
        )
    return Entity(rows, time, available_at) if rows else None


def _row_type(declared: _Declared, applied: Applied, faults: FaultList) -> RowType | None:
    """The rows of one table; None if the table or the key cannot be told."""
    node = declared.node
    relation = read_relation(applied, faults)
    check_zone(applied, "storedIn", faults)
    key = _key(declared, applied, faults)
    fields = tuple(
        row_field
        for column in declared.columns
        if (row_field := _row_field(column, table_word(applied), faults)) is not None
    )
    sound = {row_field.name for row_field in fields}
    if relation is None or key is None or not sound.issuperset(key):
        return None
    return RowType(
        node.name.value,
        relation,
        key,
        fields,
        declared.lookups,
        Place(*place(node)),
        node.description.value if node.description else None,
        applied["storedIn"],
    )


def _row_field(column: RowColumn, alias: str, faults: FaultList) -> RowField | None:
    with faults.told_at(column.node, f"the column {column.name}"):
        return RowField(
            column.name,
            column.type or FieldType.STRING,
            exp.column(quoted(snake_case(column.name)), table=quoted(alias, fold=False))
            if column.sql is None
            else _own_expression(column.sql, alias),
            Place(*place(column.node)),
            column.description,
        )
    return None


def _moment(applied: Applied, argument: str, faults: FaultList) -> exp.Expr | None:
    sql = applied[argument]
    if sql is None:
        return None
    with faults.told_at(applied.node, f"@{applied.name}, {argument}"):
        return _own_expression(sql, table_word(applied))
    return None


def _own_expression(sql: str, alias: str) -> exp.Expr:
    """An expression over the table's own columns, qualified by its alias."""
    for column in parse_expression(sql).find_all(exp.Column):
        if column.table and column.table.lower() != alias.lower():
            raise ExpressionError(
                f"`{shortened(sql)}` speaks of '{column.table}', but sees the table's own columns "
                "alone",
                f"write {column.name} if it is a column of the table; a row of another one is "
                "reached by @lookup",
            )
    return row_expression(sql, alias, Scope({alias: alias}))


def _key(declared: _Declared, applied: Applied, faults: FaultList) -> tuple[str, ...] | None:
    """The names of the columns that tell one row from another; None where they are at fault."""
    if applied["key"] is None:
        return None  # told already
    key = tuple(applied["key"])
    found = list(_key_faults(declared, key))
    for message, hint in found:
        faults.add(applied.node, f"@{applied.name}: {message}", hint)
    return None if found else key


def _key_faults(declared: _Declared, key: tuple[str, ...]) -> list[tuple[str, str]]:
    columns = [column.name for column in declared.columns]
    known = f"its columns are {', '.join(columns)}"
    found = [] if key else [("the key is empty", "name the fields that tell one row from another")]
    for name in dict.fromkeys(key):
        if name in declared.others:
            found.append((f"the key names '{name}', which is no column", known))
        elif name not in columns:
            message = f"the key names '{name}', which is no field of {declared.node.name.value}"
            found.append((message, suggest(name, columns, known)))
        elif key.count(name) > 1:
            found.append((f"the key names '{name}' twice", "name each field once"))
    return found
