"""How large an operation may be once its fragments are written out; counted without doing so.

A fragment whose fields spread another one twice, which does the same, doubles with every fragment:
a kilobyte of text can stand for millions of fields. The count of a field is a number, found once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def check_size(document: DocumentNode) -> None:
    """Raise DocumentTooLargeError for an operation that is too large. The document is valid."""
    count = _Count(document)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        _, depth = count.of_selections(node.selection_set.selections)
        if depth > MAX_DEPTH:
            raise DocumentTooLargeError(
                f"the operation has {depth:,} levels of fields, and {MAX_DEPTH} are allowed",
                hint="ask for what lies deeper in a request of its own",
            )


class _Count:
    """Counts fields and levels below each field of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._known: dict[int, tuple[int, int]] = {}

    def of_selections(self, selections: Iterable[SelectionNode]) -> tuple[int, int]:
        """Fields and levels. Raises DocumentTooLargeError where fields are too many."""
        fields = depth = 0
        for field in self._fields(selections, set()):
            size = self._of_field(field)
            fields, depth = fields + size[0], max(depth, size[1])
            if fields > MAX_FIELDS:
                raise DocumentTooLargeError(
                    f"the operation selects more than {MAX_FIELDS:,} fields, its fragments "
                    "written out",
                    hint="select each field once, or split the operation into several requests",
                )
        return fields, depth

    def _of_field(self, field: FieldNode) -> tuple[int, int]:
        if field.selection_set is None:
            return 1, 1
        size = self._known.get(id(field))
        if size is None:
            fields, depth = self.of_selections(field.selection_set.selections)
            size = self._known[id(field)] = fields + 1, depth + 1
        return size

    def _fields(
        self, selections: Iterable[SelectionNode], visited: set[str]
    ) -> Iterator[FieldNode]:
        """The fields of one selection set: a fragment counts once in it, as when it is executed."""
        for selection in selections:
            match selection:
                case FieldNode():
                    yield selection
                case InlineFragmentNode():
                    yield from self._fields(selection.selection_set.selections, visited)
                case FragmentSpreadNode():
                    name = selection.name.value
                    if name not in visited:
                        visited.add(name)
                        fragment = self._fragments[name]
                        yield from self._fields(fragment.selection_set.selections, visited)
