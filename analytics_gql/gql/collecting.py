"""CollectFields: what is selected below a field, by response key (GraphQL, section 6.3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    InlineFragmentNode,
    SelectionNode,
    VariableNode,
)

Info = GraphQLResolveInfo[Any]


def collected(nodes: Iterable[FieldNode], info: Info) -> dict[str, list[FieldNode]]:
    """The fields selected below the nodes of one field, in response order.

    Validation has seen to it that the nodes of one key are the same field, with equal arguments;
    what they select is merged.
    """
    found: dict[str, list[FieldNode]] = {}
    for node in nodes:
        if node.selection_set is None:
            continue
        for field in _fields(node.selection_set.selections, info, set()):
            key = field.alias.value if field.alias else field.name.value
            known = found.get(key)
            if known is None:
                found[key] = [field]
            else:
                known.append(field)
    return found


def _fields(
    selections: Iterable[SelectionNode], info: Info, visited: set[str]
) -> Iterator[FieldNode]:
    for selection in selections:
        if selection.directives and not _included(selection, info):
            continue
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                # The model's types implement no interface: a valid type condition is the type.
                yield from _fields(selection.selection_set.selections, info, visited)
            case FragmentSpreadNode():
                name = selection.name.value
                if name not in visited:
                    visited.add(name)
                    fragment = info.fragments[name]
                    yield from _fields(fragment.selection_set.selections, info, visited)


def _included(selection: SelectionNode, info: Info) -> bool:
    for directive in selection.directives or ():
        if directive.name.value in ("skip", "include"):
            (argument,) = directive.arguments or ()
            value = argument.value
            if isinstance(value, VariableNode):
                holds = info.variable_values.coerced[value.name.value]
            else:
                assert isinstance(value, BooleanValueNode)
                holds = value.value
            if holds == (directive.name.value == "skip"):
                return False
    return True
