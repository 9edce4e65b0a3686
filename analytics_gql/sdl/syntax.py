"""Reading a syntax tree: the types, directives and source text that its nodes stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphql import (
    ConstDirectiveNode,
    DirectiveDefinitionNode,
    FieldDefinitionNode,
    InputValueDefinitionNode,
    ListTypeNode,
    NamedTypeNode,
    Node,
    NonNullTypeNode,
    ObjectTypeDefinitionNode,
    Token,
    TokenKind,
    TypeNode,
    ValueNode,
    print_ast,
)

from analytics_gql.sdl.edits import location


def directive_of(
    node: ObjectTypeDefinitionNode | FieldDefinitionNode, name: str
) -> ConstDirectiveNode | None:
    """The first application of a directive; None where there is none."""
    return next((d for d in node.directives or () if d.name.value == name), None)


def named_type(node: TypeNode) -> str:
    """`Int` of `[Int!]!`."""
    return re.sub(r"\W", "", type_text(node))


def listed_type(node: TypeNode) -> str | None:
    """The name of T in `[T]`, whatever is required; None for anything but such a list."""
    found = re.fullmatch(r"\[(\w+)!?]!?", type_text(node))
    return found[1] if found else None


def type_text(node: TypeNode) -> str:
    """A type as it is written, without blanks and comments."""
    if isinstance(node, NonNullTypeNode):
        return f"{type_text(node.type)}!"
    if isinstance(node, ListTypeNode):
        return f"[{type_text(node.type)}]"
    assert isinstance(node, NamedTypeNode)
    return node.name.value


def optional(node: TypeNode) -> str:
    """A type as it is written, without its last `!`."""
    return type_text(node).removesuffix("!")


def typed(node: InputValueDefinitionNode | FieldDefinitionNode) -> str:
    """Type and default of an argument or field, in one line."""
    text, default = type_text(node.type), default_of(node)
    return f"{text} = {source_text(default)}" if default else text


def default_of(node: InputValueDefinitionNode | FieldDefinitionNode) -> ValueNode | None:
    """The default that is written; a field that is asked for has none."""
    return node.default_value if isinstance(node, InputValueDefinitionNode) else None


def mentions(node: Node) -> Iterator[NamedTypeNode]:
    """Every mention of a type below a node."""
    if isinstance(node, NamedTypeNode):
        yield node
    for key in node.keys:
        value = getattr(node, key)
        for child in value if isinstance(value, tuple) else (value,):
            if isinstance(child, Node):
                yield from mentions(child)


def used_types(node: Node) -> set[str]:
    """The names of the types that are mentioned below a node."""
    return {mention.name.value for mention in mentions(node)}


def signature(node: DirectiveDefinitionNode) -> tuple[object, ...]:
    """All that two definitions of a directive must have in common: not descriptions, not order."""
    arguments = frozenset(
        (
            argument.name.value,
            type_text(argument.type),
            # Printed to be compared, never to be written.
            print_ast(argument.default_value) if argument.default_value else None,
        )
        for argument in node.arguments or ()
    )
    return arguments, node.repeatable, frozenset(name.value for name in node.locations)


def keyword(node: Node) -> Token:
    """The token behind the description of a definition."""
    token = location(node).start_token
    while token.kind is not TokenKind.NAME and token.next is not None:
        token = token.next
    return token


def source_text(node: Node) -> str:
    """The text of a node, as it stands in its source."""
    span = location(node)
    return span.source.body[span.start : span.end]
