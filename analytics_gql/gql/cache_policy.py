"""How long the answer of an operation may be reused: `@cacheControl` by Apollo's rules.

The lowest maxAge of all selected fields wins. A root field, and a field of objects that are looked
up, has 0 unless it or its type says otherwise; so an answer is reused only where every part of it
may be. A field of scalars adds nothing unless it has a hint of its own. What a connection is made
of (edges, nodes, pageInfo) goes with the connection, as these types are derived, not written.
"""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
)
from graphql.execution.values import get_directive_values

from analytics_gql.model.caching import (
    NO_HINT,
    CacheHint,
    CacheHints,
    CachePolicy,
    CacheScope,
)
from analytics_gql.sdl.catalog_types import CATALOG_TYPE_NAMES


def cache_policy(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    schema: GraphQLSchema,
    hints: CacheHints,
) -> CachePolicy:
    """The policy of an operation of a valid document, without what it says of itself."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    walk = _Walk(document, schema, hints)
    walk.selections(root, operation.selection_set)
    if not walk.found:  # nothing but fragments that are empty of fields cannot be: `__typename`
        return CachePolicy()
    return CachePolicy(
        min(hint.max_age_s or 0 for hint in walk.found),
        min(hint.stale_while_revalidate_s or 0 for hint in walk.found),
        CacheScope.PRIVATE
        if any(hint.scope is CacheScope.PRIVATE for hint in walk.found)
        else CacheScope.PUBLIC,
    )


def hint_of_operation(operation: OperationDefinitionNode, schema: GraphQLSchema) -> CacheHint:
    """What an operation says of itself; only of registered documents does it count."""
    directive = schema.get_directive("cacheControl")
    values: dict[str, Any] | None = (
        get_directive_values(directive, operation) if directive is not None else None
    )
    if values is None:
        return NO_HINT
    scope = values.get("scope")
    return CacheHint(
        _age(values.get("maxAge")),
        _age(values.get("staleWhileRevalidate")),
        None if scope is None else CacheScope(scope),
    )


def _age(seconds: int | None) -> int | None:
    return None if seconds is None else max(seconds, 0)


class _Walk:
    """Collects the hints of every field that an operation selects."""

    def __init__(self, document: DocumentNode, schema: GraphQLSchema, hints: CacheHints) -> None:
        self.found: list[CacheHint] = []
        self._schema = schema
        self._hints = hints
        self._fragments = {
            node.name.value: node
            for node in document.definitions
            if isinstance(node, FragmentDefinitionNode)
        }
        self._seen: set[str] = set()

    def selections(self, parent: GraphQLObjectType, node: SelectionSetNode) -> None:
        for selection in node.selections:
            match selection:
                case FieldNode():
                    self._field(parent, selection)
                case InlineFragmentNode():
                    self.selections(parent, selection.selection_set)
                case FragmentSpreadNode():
                    name = selection.name.value
                    if name not in self._seen:  # fragments of one type give the same hints again
                        self._seen.add(name)
                        self.selections(parent, self._fragments[name].selection_set)

    def _field(self, parent: GraphQLObjectType, node: FieldNode) -> None:
        name = node.name.value
        field = self._schema.get_field(parent, name)
        assert field is not None
        of_type = get_named_type(field.type)
        hint = self._hints.of_fields.get((parent.name, name), NO_HINT)
        if isinstance(of_type, GraphQLObjectType):
            hint = hint.over(self._hints.of_types.get(of_type.name, NO_HINT))
            is_root = parent is self._schema.query_type
            if is_root and hint == NO_HINT:
                hint = self._of_connection(of_type)
            if hint.max_age_s is not None or is_root or not _is_derived(parent, of_type):
                self.found.append(_whole(hint))
            elif hint != NO_HINT:
                self.found.append(CacheHint(_FOREVER_S, _FOREVER_S, hint.scope))
            assert node.selection_set is not None
            self.selections(of_type, node.selection_set)
        elif hint.max_age_s is not None:
            self.found.append(_whole(hint))
        elif hint.scope is not None:
            self.found.append(CacheHint(_FOREVER_S, _FOREVER_S, hint.scope))

    def _of_connection(self, of_type: GraphQLObjectType) -> CacheHint:
        """The hint of the rows of a connection, which say it for all that is around them."""
        nodes = of_type.fields.get("nodes")
        if nodes is None or not _is_connection(of_type):
            return NO_HINT
        return self._hints.of_types.get(get_named_type(nodes.type).name, NO_HINT)


_FOREVER_S = 2**31
"""An age that lowers nothing."""


def _whole(hint: CacheHint) -> CacheHint:
    """A hint that says everything: nothing said is no age at all."""
    return CacheHint(hint.max_age_s or 0, hint.stale_while_revalidate_s or 0, hint.scope)


def _is_connection(of_type: GraphQLObjectType) -> bool:
    return of_type.name.endswith("Connection") and "pageInfo" in of_type.fields


def _is_derived(parent: GraphQLObjectType, of_type: GraphQLObjectType) -> bool:
    """Whether a field is a part of a connection, or of the catalog, which says it for its parts."""
    if parent.name in CATALOG_TYPE_NAMES and of_type.name in CATALOG_TYPE_NAMES:
        return True
    return _is_connection(parent) or (parent.name.endswith("Edge") and "cursor" in parent.fields)
