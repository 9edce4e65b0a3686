"""The fields of a type with @dataset: each has a type, and one meaning."""

from __future__ import annotations

from dataclasses import dataclass

from graphql import FieldDefinitionNode, ObjectTypeDefinitionNode

from analytics_gql.errors import suggest
from analytics_gql.model.kinds import FieldType
from analytics_gql.sdl.applied import Applied, check_repeats, read_applied
from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.syntax import type_text
from analytics_gql.sdl.vocabulary import FIELD_DIRECTIVES, FIELD_TYPES


@dataclass(frozen=True, slots=True)
class DatasetField:
    """A field with its one meaning. `type` is None where it is at fault, and of a look-up."""

    node: FieldDefinitionNode
    type: FieldType | None
    applied: Applied

    @property
    def name(self) -> str:
        """The field's name."""
        return self.node.name.value

    @property
    def description(self) -> str | None:
        """What clients are told about it."""
        return self.node.description.value if self.node.description else None


def read_fields(node: ObjectTypeDefinitionNode, faults: FaultList) -> list[DatasetField]:
    """The fields that have one meaning; the others are faults."""
    found: list[DatasetField] = []
    for field in node.fields or ():
        name = f"{node.name.value}.{field.name.value}"
        directives = tuple(field.directives or ())
        check_repeats(directives, faults)
        meanings = {d.name.value: d for d in directives if d.name.value in FIELD_DIRECTIVES}
        field_type = None
        if "lookup" not in meanings:
            check_no_arguments(field, name, faults)
            field_type = read_type(field, name, faults)
        if any(d.name.value == "column" for d in directives):
            faults.add(
                field,
                f"{name} has @column, and {node.name.value} has neither @records nor @entity",
                "write the `sql` of a @dimension or @metric instead",
            )
        elif len(meanings) == 1:
            applied = read_applied(next(iter(meanings.values())), faults)
            found.append(DatasetField(field, field_type, applied))
        else:
            faults.add(
                field,
                f"{name} has {'more than one' if meanings else 'no'} meaning",
                _which_meaning([d.name.value for d in directives]),
            )
    return found


def _which_meaning(directives: list[str]) -> str:
    known = sorted(FIELD_DIRECTIVES)
    near = [suggest(name, known) for name in directives if name not in known]
    return next(
        filter(None, near),
        "give it one of @time, @dimension(…), @metric(sql: …), @lookup(by: …)",
    )


def check_no_arguments(field: FieldDefinitionNode, name: str, faults: FaultList) -> None:
    """Report arguments, of which only root fields and look-ups have some."""
    if field.arguments:
        faults.add(field, f"{name} takes arguments", "take them away; no verb reads them")


def read_type(
    field: FieldDefinitionNode, name: str, faults: FaultList, *, may_be_required: bool = False
) -> FieldType | None:
    """The type of a dimension, a metric or a column; None, with a fault, for any other."""
    text = type_text(field.type)
    if may_be_required:
        text = text.removesuffix("!")
    if text in FIELD_TYPES:
        return FieldType(text)
    faults.add(
        field,
        f"{name} is of type {type_text(field.type)}",
        f"use one of {', '.join(FIELD_TYPES)}, without `!`: any of them can be missing",
    )
    return None
