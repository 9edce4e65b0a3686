"""The fields of a type with @records or @entity: columns, and links to entities."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode

from analytics_gql.model.kinds import FieldType
from analytics_gql.sdl.applied import check_repeats, read_applied
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.fields import check_no_arguments, read_type
from analytics_gql.sdl.model_types import ModelTypes, key_names
from analytics_gql.sdl.read_lookups import Link
from analytics_gql.sdl.syntax import directive_of, named_type, type_text
from analytics_gql.sdl.vocabulary import FIELD_TYPES, ROW_DIRECTIVES


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A field that is a column. `type` is None where it is at fault.

    `sql` is None where it is the column of its name.
    """

    node: FieldDefinitionNode
    type: FieldType | None
    sql: str | None

    @property
    def name(self) -> str:
        """The field's name."""
        return self.node.name.value

    @property
    def description(self) -> str | None:
        """What clients are told about it."""
        return self.node.description.value if self.node.description else None


def read_row_fields(
    node: ObjectTypeDefinitionNode, types: ModelTypes, faults: FaultList
) -> tuple[tuple[RowColumn, ...], list[Link]]:
    """The columns and the links of a row type. Faults are appended."""
    columns: list[RowColumn] = []
    links: list[Link] = []
    keys = [key_names(d) for d in node.directives or () if d.name.value in ROW_DIRECTIVES]
    names = {field.name.value for field in node.fields or ()}
    required = {name for key in keys for name in key}
    is_key_told = () not in keys and required <= names
    for field in node.fields or ():
        title = f"{node.name.value}.{field.name.value}"
        check_repeats(tuple(field.directives or ()), faults)
        column, link = directive_of(field, "column"), directive_of(field, "lookup")
        if column and link:
            faults.add(field, f"{title} has more than one meaning", "keep @column or @lookup")
        elif link:
            links.append(Link(field, read_applied(link, faults)))
        elif named_type(field.type) in types.objects:
            _tell_no_lookup(field, title, types, faults)
        else:
            check_no_arguments(field, title, faults)
            # Fields of a key are never missing; where a key is at fault, any may be meant.
            may_be_required = field.name.value in required or not is_key_told
            field_type = read_type(field, title, faults, may_be_required=may_be_required)
            sql = read_applied(column, faults)["sql"] if column else None
            columns.append(RowColumn(field, field_type, sql))
    return tuple(columns), links


def _tell_no_lookup(
    field: FieldDefinitionNode, title: str, types: ModelTypes, faults: FaultList
) -> None:
    name = named_type(field.type)
    entity = types.entities.get(name)
    key = ", ".join(node.name.value for node in entity.key) if entity else ""
    faults.add(
        field,
        f"{title} is of type {type_text(field.type)}, and has no @lookup",
        f'add @lookup(by: ["…"]) with the fields of this type that hold {key}'
        if key
        else f"use one of {', '.join(FIELD_TYPES)}, or link it by @lookup to a type with @entity",
    )
