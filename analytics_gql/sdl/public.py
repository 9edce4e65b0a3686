"""The public SDL: what clients may know of a schema, without the tables behind it."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    DirectiveDefinitionNode,
    DirectiveLocation,
    DirectiveNode,
    NamedTypeNode,
    Node,
    Visitor,
    parse,
    print_ast,
    visit,
)
from graphql.language import (
    REMOVE,
    TypeDefinitionNode,
    TypeExtensionNode,
    VisitorAction,
    is_type_system_definition_node,
    is_type_system_extension_node,
)

from analytics_gql.sdl.files import SchemaFile, definitions
from analytics_gql.sdl.model_types import query_type_name
from analytics_gql.sdl.narrowed import narrowed
from analytics_gql.sdl.vocabulary import VOCABULARY

CLIENT_DIRECTIVES = frozenset({"deprecated", "specifiedBy", "oneOf", "sunset"})
"""The applied directives that tell clients something; all others may name tables or SQL."""

_VOCABULARY_TYPES = frozenset(
    node.name.value
    for node in parse(VOCABULARY).definitions
    if isinstance(node, TypeDefinitionNode)
)
_EXECUTABLE_LOCATIONS = frozenset(
    location.name
    for location in (
        DirectiveLocation.QUERY,
        DirectiveLocation.MUTATION,
        DirectiveLocation.SUBSCRIPTION,
        DirectiveLocation.FIELD,
        DirectiveLocation.FRAGMENT_DEFINITION,
        DirectiveLocation.FRAGMENT_SPREAD,
        DirectiveLocation.INLINE_FRAGMENT,
        DirectiveLocation.VARIABLE_DEFINITION,
    )
)


def public_sdl(files: tuple[SchemaFile, ...], hidden: frozenset[str] = frozenset()) -> str:
    """Print the schema for code generators and for execution, in the order of the files.

    Descriptions and `CLIENT_DIRECTIVES` stay. Every other applied directive goes, and so do the
    directive definitions that neither what stays nor a document of a client can use, the
    vocabulary types that nothing else refers to, and comments. The same files always give the
    same text; without the coordinates that are `hidden`, that of files in which they never stood.
    """
    visible = narrowed(list(definitions(files)), hidden, query_type_name(files))
    nodes: list[Node] = []
    shown = _ClientDirectives()
    for definition in visible:
        visit(definition, shown)
    for definition in visible:
        if _is_for_clients(definition, shown.found):
            node: Node = visit(definition, _WithoutMeaning())
            if not _is_empty_extension(node):
                nodes.append(node)
    unused = _VOCABULARY_TYPES
    while found := unused & _types_in(node for node in nodes if _name(node) not in unused):
        unused -= found
    return "\n\n".join(print_ast(node) for node in nodes if _name(node) not in unused) + "\n"


class _WithoutMeaning(Visitor):
    """Takes away the applied directives that are not for clients. The given tree stays whole."""

    def enter_directive(self, node: DirectiveNode, *_: object) -> VisitorAction:
        return None if node.name.value in CLIENT_DIRECTIVES else REMOVE


class _ClientDirectives(Visitor):
    """Collects the names of the applied directives that are for clients."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        if node.name.value in CLIENT_DIRECTIVES:
            self.found.add(node.name.value)


class _TypeNames(Visitor):
    """Collects the names of the types that nodes refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.found.add(node.name.value)


def _types_in(nodes: Iterable[Node]) -> frozenset[str]:
    names = _TypeNames()
    for node in nodes:
        visit(node, names)
    return frozenset(names.found)


def _is_for_clients(node: Node, applied: set[str]) -> bool:
    if isinstance(node, DirectiveDefinitionNode):
        usable = any(location.value in _EXECUTABLE_LOCATIONS for location in node.locations)
        return usable or node.name.value in applied
    return is_type_system_definition_node(node) or is_type_system_extension_node(node)


def _is_empty_extension(node: Node) -> bool:
    """Whether an extension only carried directives that are gone."""
    parts = ("fields", "values", "types", "interfaces", "operation_types", "directives")
    return is_type_system_extension_node(node) and not any(
        getattr(node, part, None) for part in parts
    )


def _name(node: Node) -> str | None:
    """The name of the type that a node defines or extends."""
    if isinstance(node, TypeDefinitionNode | TypeExtensionNode):
        return node.name.value
    return None
