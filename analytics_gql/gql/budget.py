"""How large a document, its operations and its variables may be.

What stands in the text is counted before it is validated, since validation compares fields with
one another. What an operation has once its fragments are written out is counted without doing so: a
fragment whose fields spread another one twice, which does the same, doubles with every fragment:
a kilobyte of text can stand for millions of fields. The count of a field is a number, found once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
)

from analytics_gql.errors import DocumentTooLargeError, VariablesTooLargeError

MAX_FIELDS = 5_000
"""Fields of an operation. A document without fragments reaches its limit of tokens first."""

MAX_DEPTH = 20
"""Levels of an operation: the usual introspection has 15, and each level of links is a statement
that waits for the one above."""


@dataclass(frozen=True, slots=True)
class DocumentLimits:
    """What a document may have at most, and a list among its variables.

    Root fields are those of one operation with its fragments written out; the others are counted
    in the text.
    """

    operations: int = 10
    aliases: int = 500
    directives: int = 200
    root_fields: int = 50
    list_items: int = 10_000


DEFAULT_LIMITS = DocumentLimits()


def check_text(document: DocumentNode, limits: DocumentLimits) -> None:
    """Raise DocumentTooLargeError for a text with too much in it. It need not be valid."""
    operations = sum(isinstance(node, OperationDefinitionNode) for node in document.definitions)
    aliases = directives = 0
    pending: list[Any] = list(document.definitions)
    while pending:
        node = pending.pop()
        directives += len(getattr(node, "directives", None) or ())
        aliases += getattr(node, "alias", None) is not None
        selections = getattr(node, "selection_set", None)
        if selections is not None:
            pending += selections.selections
        pending += getattr(node, "variable_definitions", None) or ()
    for count, allowed, noun, hint in (
        (operations, limits.operations, "operations", "send the one that is asked"),
        (aliases, limits.aliases, "aliases", "select fields under their own names"),
        (directives, limits.directives, "directives", "write @skip and @include on fragments"),
    ):
        if count > allowed:
            raise DocumentTooLargeError(
                f"the document has {count:,} {noun}, and {allowed:,} are allowed",
                hint=f"{hint}, or send several requests",
            )


def check_lists(variables: Mapping[str, Any], most: int) -> None:
    """Raise VariablesTooLargeError for a list with more than `most` items."""
    pending: list[tuple[str, Any]] = list(variables.items())
    while pending:
        name, value = pending.pop()
        if isinstance(value, dict):
            pending += ((name, member) for member in value.values())
        elif isinstance(value, list):
            if len(value) > most:
                raise VariablesTooLargeError(
                    f"a list in the variable '{name[:100]}' has {len(value):,} items, and "
                    f"{most:,} are allowed",
                    hint="send shorter lists, in several requests",
                )
            pending += ((name, item) for item in value if isinstance(item, dict | list))


def check_size(document: DocumentNode, limits: DocumentLimits) -> None:
    """Raise DocumentTooLargeError for an operation that is too large. The document is valid."""
    count = _Count(document)
    for node in document.definitions:
        if not isinstance(node, OperationDefinitionNode):
            continue
        root_fields = count.of_keys(node.selection_set.selections)
        if root_fields > limits.root_fields:
            raise DocumentTooLargeError(
                f"the operation has {root_fields:,} root fields, and {limits.root_fields:,} are "
                "allowed",
                hint="split it into several requests, or ask for more in each root field",
            )
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

    def of_keys(self, selections: Iterable[SelectionNode]) -> int:
        """The fields of one selection set in the response: those of one key are one."""
        keys = {
            field.alias.value if field.alias else field.name.value
            for field in self._fields(selections, set())
        }
        return len(keys)

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
