"""Directives in places where nobody would read them: told, so that none is overlooked."""

from __future__ import annotations

from graphql import (
    ConstDirectiveNode,
    FieldDefinitionNode,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
)

from analytics_gql.sdl.faults import FaultList
from analytics_gql.sdl.files import place
from analytics_gql.sdl.model_types import ModelTypes
from analytics_gql.sdl.syntax import directive_of
from analytics_gql.sdl.vocabulary import (
    DATASET_DIRECTIVES,
    FIELD_DIRECTIVES,
    ROW_DIRECTIVES,
    ROW_FIELD_DIRECTIVES,
)

_ADD_DATASET = 'add @dataset(table: "…")'
_ADD_ROWS = 'add @records(table: "…", key: ["…"]) or @entity(…)'
_VERBS = ROW_DIRECTIVES | {"dataset"}


def is_mixed(node: ObjectTypeDefinitionNode) -> bool:
    """Whether a type has @dataset beside @records or @entity, which goes for none of them."""
    names = {directive.name.value for directive in node.directives or ()}
    return "dataset" in names and not names.isdisjoint(ROW_DIRECTIVES)


def check_strays(
    node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode, types: ModelTypes, faults: FaultList
) -> None:
    """Report the directives of a type and of its fields that stand where they mean nothing."""
    name = node.name.value
    if isinstance(node, ObjectTypeExtensionNode) and name in types.nodes:
        file, line = place(types.nodes[name])
        faults.add(
            node,
            f"the {_verb_of(name, types)} {name} is extended here, and is read in one piece",
            f"move this into the type at {file}:{line}",
        )
        return
    for directive in node.directives or ():
        found = _on_type(directive.name.value, node, types)
        if found is not None:
            what, hint = found
            faults.add(directive, f"@{directive.name.value} stands on {what}", hint)
    for field in node.fields or ():
        for directive in field.directives or ():
            _check_field(node, field, directive, types, faults)


def _verb_of(name: str, types: ModelTypes) -> str:
    if name in types.datasets:
        return "dataset"
    return "records type" if name in types.records else "entity"


def _on_type(
    directive: str, node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode, types: ModelTypes
) -> tuple[str, str] | None:
    """Where a directive of a type stands, if it means nothing there, and how to mend it."""
    name = node.name.value
    if isinstance(node, ObjectTypeExtensionNode):
        if directive in _VERBS:
            return f"an extension of {name}", "move it to the type itself"
    elif directive_of(node, "dataset"):
        if directive in ROW_DIRECTIVES:
            return f"{name} beside @dataset", "part it: one type for its metrics, one for its rows"
        return None
    elif directive in DATASET_DIRECTIVES and name in types.nodes:
        hint = "take it away: rows are read from one table, and reach others by @lookup"
        return f"{name}, which has no @dataset", hint
    if directive in DATASET_DIRECTIVES:
        return f"{name}, which has no @dataset", f"{_ADD_DATASET} to the type"
    return None


def _check_field(
    node: ObjectTypeDefinitionNode | ObjectTypeExtensionNode,
    field: FieldDefinitionNode,
    directive: ConstDirectiveNode,
    types: ModelTypes,
    faults: FaultList,
) -> None:
    """Report a directive of a field whose type is of no verb that reads it."""
    name, written = node.name.value, directive.name.value
    if written not in FIELD_DIRECTIVES | ROW_FIELD_DIRECTIVES or name in types.datasets:
        return  # the fields of a dataset are read with their directives
    is_rows = name in types.records or name in types.entities
    if is_rows and written in ROW_FIELD_DIRECTIVES:
        return
    lacking, hint = "no @dataset", f"{_ADD_DATASET} to {name}, or take the directive away"
    if is_rows:
        hint = "take it away: a field of rows is a column, or has @lookup"
    elif written == "column":
        lacking = "neither @records nor @entity"
        hint = f"{_ADD_ROWS} to {name}, or take the directive away"
    elif written == "lookup":
        lacking = "none of @dataset, @records and @entity"
        hint = f"{_ADD_ROWS} to {name}, or take the directive away"
    faults.add(field, f"{name}.{field.name.value} has @{written}, and {name} has {lacking}", hint)
