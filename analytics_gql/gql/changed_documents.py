"""Which documents fail, or give other values than before, once a schema has changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse

from analytics_gql.gql.document import validation_errors
from analytics_gql.gql.schema import executable_schema
from analytics_gql.gql.uses import RootUse, uses_of
from analytics_gql.model.catalog import Catalog
from analytics_gql.sdl.changes import Change, Level
from analytics_gql.sdl.derived_names import derived_coordinates
from analytics_gql.sdl.diff import GROUPING_REMOVED, Version
from analytics_gql.sdl.public import public_sdl

_DEFAULTS = frozenset(
    {
        "ARG_DEFAULT_VALUE_CHANGE",
        "INPUT_FIELD_DEFAULT_VALUE_CHANGE",
        "OPTIONAL_ARG_ADDED",
        "OPTIONAL_INPUT_FIELD_ADDED",
    }
)


class Fate(Enum):
    """What becomes of a document."""

    FAILS = "fails"
    FAILED_BEFORE = "failed before"
    """It fits neither schema: no change is to blame."""
    CHANGES_MEANING = "changes its meaning"


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document by its name, what becomes of it, and why: each reason a sentence."""

    name: str
    fate: Fate
    reasons: tuple[str, ...]


def changed_documents(
    documents: Iterable[tuple[str, str]], old: Version, new: Version, changes: tuple[Change, ...]
) -> tuple[ChangedDocument, ...]:
    """Those of the documents (name, text) that the changes touch, in their order.

    What clients send in variables is not known, so a document may use more than is seen here.
    """
    before, after = _executable(old), _executable(new)
    found: list[ChangedDocument] = []
    for name, text in documents:
        try:
            document = parse(text)
        except GraphQLError as error:
            found.append(ChangedDocument(name, Fate.FAILED_BEFORE, (error.message,)))
            continue
        errors = _messages(after, document)
        earlier = _messages(before, document)
        if earlier:
            # A document that is written for the new schema is in order.
            if errors:
                found.append(ChangedDocument(name, Fate.FAILED_BEFORE, errors))
            continue
        uses = [_meant(use, old.catalog) for use in uses_of(document, before)]
        errors += tuple(dict.fromkeys(_lost_groupings(uses, changes)))
        if errors:
            found.append(ChangedDocument(name, Fate.FAILS, errors))
        elif reasons := _reasons(uses, changes):
            found.append(ChangedDocument(name, Fate.CHANGES_MEANING, reasons))
    return tuple(found)


def _executable(version: Version) -> GraphQLSchema:
    """The schema that the server would validate against: it also looks at dates and numbers."""
    sdl = public_sdl(version.files)
    return executable_schema(sdl, version.query_type, version.catalog)


def _messages(schema: GraphQLSchema, document: DocumentNode) -> tuple[str, ...]:
    return tuple(dict.fromkeys(error.message for error in validation_errors(schema, document)))


def _meant(use: RootUse, catalog: Catalog) -> frozenset[str]:
    """What a root field uses, derived members as those that they stand for.

    The rows of a type are used by its name; a connection that only counts uses them too.
    """
    derived = derived_coordinates(catalog)
    counted = {f.of for f in catalog.root_fields if f.name == use.field}
    return use.coordinates | counted | {derived[c] for c in use.coordinates if c in derived}


def _reasons(uses: list[frozenset[str]], changes: tuple[Change, ...]) -> tuple[str, ...]:
    found = (*_changed_meanings(uses, changes), *_changed_defaults(uses, changes))
    return tuple(dict.fromkeys(found))


def _lost_groupings(uses: list[frozenset[str]], changes: tuple[Change, ...]) -> Iterable[str]:
    for change in changes:
        if change.kind != GROUPING_REMOVED:
            continue
        metric, *dimensions = change.members
        if any(metric in used and used & set(dimensions) for used in uses):
            yield change.message


def _changed_defaults(uses: list[frozenset[str]], changes: tuple[Change, ...]) -> Iterable[str]:
    """What is left out, and means something else now."""
    for change in changes:
        if change.level is not Level.DANGEROUS or change.kind not in _DEFAULTS:
            continue
        (coordinate,) = change.members
        # Of an argument the field that has it, of an input field the others of its type.
        owner = coordinate.partition("(")[0] if "(" in coordinate else coordinate.partition(".")[0]
        for used in uses:
            inputs = {name.partition(".")[0] for name in used if "(" not in name and "." in name}
            if coordinate not in used and owner in used | inputs:
                yield f"{coordinate} is left out ({change.message})"


def _changed_meanings(uses: list[frozenset[str]], changes: tuple[Change, ...]) -> Iterable[str]:
    for change in changes:
        touched = {member for used in uses for member in used & set(change.members)}
        if change.level is Level.MEANING and touched:
            # The rows of a type are a reason only where none of its fields is.
            named = [member for member in change.members if member in touched and "." in member]
            yield f"{', '.join(named or sorted(touched))} ({change.message})"
