"""What all of a model shares: the types that are used, and the vocabulary of its directives."""

from __future__ import annotations

from collections.abc import Collection

from graphql import DirectiveDefinitionNode

from analytics_gql.sdl.catalog_types import CATALOG_TYPES
from analytics_gql.sdl.derived import Expected, directives_in, types_in
from analytics_gql.sdl.draft import SHARED, VOCABULARY_HEADING, Draft
from analytics_gql.sdl.edits import location, replacement
from analytics_gql.sdl.files import SchemaFile, place
from analytics_gql.sdl.model_types import CATALOG, ModelTypes
from analytics_gql.sdl.plan_members import plan_members
from analytics_gql.sdl.syntax import keyword, signature, source_text, used_types
from analytics_gql.sdl.vocabulary import SHARED_TYPES, VOCABULARY


def plan_shared_definitions(draft: Draft, types: ModelTypes) -> None:
    """Plan the vocabulary, and the shared types that are used; last, when all uses are known."""
    home, line = _home(draft, types)
    directives, vocabulary = directives_in(VOCABULARY), types_in(VOCABULARY)
    shared = {node.name.value: node for node in types_in(SHARED_TYPES)}
    used = draft.used | draft.used_outside()
    if types.has_catalog:
        of_catalog = {node.name.value: node for node in types_in(CATALOG_TYPES)}
        _find_namesakes(draft, types, of_catalog.keys())
        shared |= {name: node for name, node in of_catalog.items() if name not in types.nodes}
    for node in (*directives, *vocabulary):
        used |= used_types(node)
    # A filter uses its scalar, a range its day: until there is nothing new.
    pending = used & shared.keys()
    while pending:
        pending = {use for name in pending for use in used_types(shared[name])} - used
        used |= pending
        pending &= shared.keys()
    needed = [(SHARED, node) for name, node in shared.items() if name in used]
    for directive in directives:
        _plan_directive(draft, directive, home, line)
    for heading, wanted in (*needed, *((VOCABULARY_HEADING, node) for node in vocabulary)):
        expected = Expected(wanted)
        if expected.name in draft.types:
            plan_members(draft, expected)
        else:
            draft.append(home, heading, line, wanted, f"{expected.kind} {expected.name}")


def _find_namesakes(draft: Draft, types: ModelTypes, of_catalog: Collection[str]) -> None:
    """Tell the types of the model that have the name of a part of the catalog."""
    for name, node in types.nodes.items():
        if name in of_catalog:
            draft.fault(
                node.name,
                f"{name} has the name of a part of the catalog",
                f"rename it, or do without the catalog: leave the field of {types.query_type} out "
                f"that returns {CATALOG}",
            )


def _home(draft: Draft, types: ModelTypes) -> tuple[SchemaFile, int]:
    """The file for what the whole model shares, and the line that stands for it."""
    for name in (types.query_type, *types.nodes):
        candidates = (draft.types.get(name), *draft.extensions.get(name, ()))
        for node in candidates:
            if node is not None:
                return draft.file_of(node), place(node.name)[1]
    return next(iter(draft.files.values())), 1


def _plan_directive(
    draft: Draft, wanted: DirectiveDefinitionNode, home: SchemaFile, line: int
) -> None:
    title = f"directive @{wanted.name.value}"
    node = draft.directives.get(wanted.name.value)
    if node is None:
        draft.append(home, VOCABULARY_HEADING, line, wanted, title)
    elif signature(node) != signature(wanted):
        # A person's description stays; where there is none, ours comes along.
        first, text = location(node).start_token, source_text(wanted)
        if node.description:
            first = keyword(node)
            text = text[keyword(wanted).start - location(wanted).start :]
        text = replacement(draft.layout_of(node), first, location(node).end_token, text)
        reason = f"{title} is not defined as the server reads it"
        draft.edit(node.name, first.start, location(node).end, text, reason)
