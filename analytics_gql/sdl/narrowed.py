"""A schema without some of its members: as if they had never been written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphql import (
    DirectiveDefinitionNode,
    EnumValueDefinitionNode,
    EnumValueNode,
    FieldDefinitionNode,
    InputObjectTypeDefinitionNode,
    InputObjectTypeExtensionNode,
    InputValueDefinitionNode,
    ListValueNode,
    NamedTypeNode,
    Node,
    ObjectValueNode,
    OperationTypeDefinitionNode,
    SchemaDefinitionNode,
    SchemaExtensionNode,
    ValueNode,
    Visitor,
    visit,
)
from graphql.language import REMOVE, TypeDefinitionNode, TypeExtensionNode, VisitorAction

from analytics_gql.sdl.syntax import named_type, used_types

_MEMBERS = ("fields", "values", "types")


def narrowed(nodes: list[Node], hidden: frozenset[str], query_type: str) -> list[Node]:
    """The definitions without the coordinates that are hidden, and without what goes with them.

    A type goes with its last member, and where nothing that can be asked leads to it any more; a
    field or an argument goes with its type, a default with what it names. The query type stays,
    be it empty.
    """
    if not hidden:
        return nodes
    inputs = dict(_input_types(nodes))
    before, had_members = _reachable(nodes, query_type), _with_members(nodes)
    gone = {name for name in hidden if "." not in name}
    while True:
        left = [
            visit(node, _Narrowing(name, hidden, gone, inputs))
            for node in nodes
            if (name := _name(node)) not in gone
        ]
        lost = before - _reachable(left, query_type)
        lost |= had_members - _with_members(left) - {query_type}
        if lost <= gone:
            return left
        gone |= lost


class _Narrowing(Visitor):
    """Takes members out of one definition. The given tree stays whole."""

    def __init__(
        self,
        owner: str | None,
        hidden: frozenset[str],
        gone: set[str],
        inputs: dict[str, str],
    ) -> None:
        super().__init__()
        self._owner = owner
        self._hidden = hidden
        self._gone = gone
        self._inputs = inputs
        self._field: str | None = None

    def enter_field_definition(self, node: FieldDefinitionNode, *_: object) -> VisitorAction:
        self._field = f"{self._owner}.{node.name.value}"
        return REMOVE if self._is_gone(self._field, node) else None

    def leave_field_definition(self, *_: object) -> VisitorAction:
        self._field = None
        return None

    def enter_input_value_definition(
        self, node: InputValueDefinitionNode, *_: object
    ) -> VisitorAction | InputValueDefinitionNode:
        name = node.name.value
        coordinate = f"{self._owner}.{name}" if self._field is None else f"{self._field}({name}:)"
        if self._is_gone(coordinate, node):
            return REMOVE
        default = node.default_value
        if default is None or self._hidden.isdisjoint(self._named(default, named_type(node.type))):
            return None
        return InputValueDefinitionNode(
            **{key: getattr(node, key) for key in node.keys if key != "default_value"}
        )

    def enter_enum_value_definition(
        self, node: EnumValueDefinitionNode, *_: object
    ) -> VisitorAction:
        return REMOVE if f"{self._owner}.{node.name.value}" in self._hidden else None

    def enter_operation_type_definition(
        self, node: OperationTypeDefinitionNode, *_: object
    ) -> VisitorAction:
        return REMOVE if node.type.name.value in self._gone else None

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> VisitorAction:
        """What is left of an `implements` and of a union."""
        return REMOVE if node.name.value in self._gone else None

    def _is_gone(
        self, coordinate: str, node: FieldDefinitionNode | InputValueDefinitionNode
    ) -> bool:
        return coordinate in self._hidden or named_type(node.type) in self._gone

    def _named(self, value: ValueNode, of_type: str) -> Iterator[str]:
        """The coordinates of the members that a default names."""
        match value:
            case ListValueNode():
                for item in value.values:
                    yield from self._named(item, of_type)
            case EnumValueNode():
                yield f"{of_type}.{value.value}"
            case ObjectValueNode():
                for entry in value.fields:
                    coordinate = f"{of_type}.{entry.name.value}"
                    yield coordinate
                    yield from self._named(entry.value, self._inputs.get(coordinate, ""))


def _input_types(nodes: Iterable[Node]) -> Iterator[tuple[str, str]]:
    """The name of the type of each field of an input."""
    for node in nodes:
        if isinstance(node, InputObjectTypeDefinitionNode | InputObjectTypeExtensionNode):
            for field in node.fields or ():
                yield f"{node.name.value}.{field.name.value}", named_type(field.type)


def _with_members(nodes: Iterable[Node]) -> set[str]:
    """The names of the types that have a member in any of their pieces."""
    return {
        name
        for node in nodes
        if (name := _name(node)) is not None
        and any(getattr(node, members, None) for members in _MEMBERS)
    }


def _reachable(nodes: Iterable[Node], query_type: str) -> set[str]:
    """The names of the types that an operation leads to, or a directive."""
    uses: dict[str, set[str]] = {}
    pending = {query_type, "Mutation", "Subscription"}
    for node in nodes:
        if isinstance(node, SchemaDefinitionNode | SchemaExtensionNode | DirectiveDefinitionNode):
            pending |= used_types(node)
        elif (name := _name(node)) is not None:
            uses.setdefault(name, set()).update(used_types(node))
    found: set[str] = set()
    while pending:
        name = pending.pop()
        found.add(name)
        pending |= uses.get(name, set()) - found
    return found


def _name(node: Node) -> str | None:
    """The name of the type that a node defines or extends."""
    if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
        return node.name.value
    return None
