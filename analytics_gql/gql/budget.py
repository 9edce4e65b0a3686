"""How large an operation may be once its fragments are written out; counted without doing so.

A fragment that spreads another one twice, which does the same, doubles with every fragment: a
kilobyte of text can stand for millions of fields. The count of a fragment is a number, found once.
"""

from __future__ import annotations

from collections.abc import Iterable

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)

from analytics_gql.errors import DocumentTooLargeError

MAX_FIELDS = 5_000
"""Fields of an operation. A document without fragments reaches its limit of tokens first."""

MAX_DEPTH = 20
"""Levels of an operation: the usual introspection has 15, and each level of links is a statement
that waits for the one above."""

_Size = tuple[int, int]
"""Fields and levels."""


def check_size(document: DocumentNode) -> None:
    """Raise DocumentTooLargeError for an operation that is too large. The document is valid."""
    fragments = {
        node.name.value: node
        for node in document.definitions
        if isinstance(node, FragmentDefinitionNode)
    }
    known: dict[str, _Size] = {}

    def of_fragment(name: str) -> _Size:
        if name not in known:
            known[name] = of_selections(fragments[name].selection_set.selections)
        return known[name]

    def of_selections(selections: Iterable[SelectionNode]) -> _Size:
        fields = depth = 0
        for selection in selections:
            match selection:
                case FieldNode(selection_set=below):
                    size = of_selections(below.selections) if below else (0, 0)
                    size = (1 + size[0], 1 + size[1])
                case InlineFragmentNode():
                    size = of_selections(selection.selection_set.selections)
                case FragmentSpreadNode():
                    size = of_fragment(selection.name.value)
                case _:  # there are no other selections
                    raise AssertionError(selection.kind)
            fields, depth = fields + size[0], max(depth, size[1])
        return fields, depth

    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        fields, depth = of_selections(node.selection_set.selections)
        if fields > MAX_FIELDS:
            raise DocumentTooLargeError(
                f"the operation selects more than {MAX_FIELDS:,} fields, its fragments written out",
                hint="select each field once, or split the operation into several requests",
            )
        if depth > MAX_DEPTH:
            raise DocumentTooLargeError(
                f"the operation has {depth:,} levels of fields, and {MAX_DEPTH} are allowed",
                hint="ask for what lies deeper in a request of its own",
            )
