"""Which members of a schema a document uses, by their schema coordinates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

_Selected = tuple[GraphQLNamedType, FieldNode]
"""A field, and the type that it is of."""


@dataclass(frozen=True, slots=True)
class RootUse:
    """A field of an operation, and everything that is used by it and below it.

    Fields are `Type.field`, arguments `Type.field(argument:)`, then enum values, input fields and
    the names of the types that fields return.
    """

    field: str
    coordinates: frozenset[str]


def uses_of(document: DocumentNode, schema: GraphQLSchema) -> tuple[RootUse, ...]:
    """What each root field of a valid document uses; in no order.

    Of variables the defaults are looked at; what clients send in them is not known here.
    """
    return tuple(
        RootUse(node.name.value, frozenset(walk.used_by(parent, node, set())))
        for walk in _walks(document, schema)
        for parent, node in walk.root_fields()
    )


def members_used(document: DocumentNode, schema: GraphQLSchema) -> frozenset[str]:
    """The same of all root fields together, in time that grows with the document's length."""
    found: set[str] = set()
    for walk in _walks(document, schema):
        seen: set[tuple[int, str]] = set()
        for parent, node in walk.root_fields():
            found |= walk.used_by(parent, node, seen)
    return frozenset(found)


def _walks(document: DocumentNode, schema: GraphQLSchema) -> Iterator[_Walk]:
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            yield _Walk(schema, fragments, operation)


class _Walk:
    """Walks one operation, fragments in their places."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._operation = operation
        self._variables = {
            node.variable.name.value: node for node in operation.variable_definitions or ()
        }

    def root_fields(self) -> Iterator[_Selected]:
        """The fields of the operation itself."""
        root = self._schema.get_root_type(self._operation.operation)
        if root is not None:
            yield from self._fields(self._operation.selection_set, root)

    def used_by(
        self, parent: GraphQLNamedType, node: FieldNode, seen: set[tuple[int, str]]
    ) -> set[str]:
        """What a field uses, and everything below it.

        `seen` are selection sets with the types they were walked for, and grows: a fragment may
        stand in so many places that walking it in each would take for ever.
        """
        found: set[str] = set()
        pending: list[_Selected] = [(parent, node)]
        while pending:
            parent, node = pending.pop()
            if node.name.value.startswith("__") or not isinstance(
                parent, GraphQLObjectType | GraphQLInterfaceType
            ):
                continue
            definition = parent.fields[node.name.value]
            coordinate = f"{parent.name}.{node.name.value}"
            returned = get_named_type(definition.type)
            found |= {coordinate, returned.name}
            for argument in node.arguments or ():
                name = argument.name.value
                found.add(f"{coordinate}({name}:)")
                found.update(
                    self._value(argument.value, get_named_type(definition.args[name].type))
                )
            below = node.selection_set
            if below is not None and (id(below), returned.name) not in seen:
                seen.add((id(below), returned.name))
                pending += self._fields(below, returned)
        return found

    def _fields(self, selections: SelectionSetNode, parent: GraphQLNamedType) -> list[_Selected]:
        """The fields of a selection set with the types that they are of, in no order."""
        found: list[_Selected] = []
        seen: set[tuple[str, str]] = set()
        pending = [(selections, parent)]
        while pending:
            selections, parent = pending.pop()
            for node in selections.selections:
                match node:
                    case FieldNode():
                        found.append((parent, node))
                    case InlineFragmentNode():
                        pending.append((node.selection_set, self._narrowed(node, parent)))
                    case FragmentSpreadNode() if (node.name.value, parent.name) not in seen:
                        seen.add((node.name.value, parent.name))
                        fragment = self._fragments[node.name.value]
                        pending.append((fragment.selection_set, self._narrowed(fragment, parent)))
        return found

    def _narrowed(
        self, fragment: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLNamedType
    ) -> GraphQLNamedType:
        condition = fragment.type_condition
        return parent if condition is None else self._schema.type_map[condition.name.value]

    def _value(self, node: ValueNode, kind: GraphQLNamedType) -> Iterator[str]:
        """What a value of a type, or of lists of it, uses."""
        match node:
            case VariableNode():
                definition = self._variables.get(node.name.value)
                if definition is not None and definition.default_value is not None:
                    yield from self._value(definition.default_value, kind)
            case ListValueNode():
                for item in node.values:
                    yield from self._value(item, kind)
            case EnumValueNode() if isinstance(kind, GraphQLEnumType):
                yield f"{kind.name}.{node.value}"
            case ObjectValueNode() if isinstance(kind, GraphQLInputObjectType):
                for entry in node.fields:
                    name = entry.name.value
                    yield f"{kind.name}.{name}"
                    yield from self._value(entry.value, get_named_type(kind.fields[name].type))
