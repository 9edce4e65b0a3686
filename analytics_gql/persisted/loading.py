"""A folder of documents → a Registry, with every fault told at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationType

from analytics_gql.errors import DocumentTooLargeError, Fault, PersistedDocumentsError
from analytics_gql.gql.budget import DEFAULT_LIMITS, DocumentLimits
from analytics_gql.gql.document import Document, prepare
from analytics_gql.gql.formatting import parse_error, validation_error
from analytics_gql.model.catalog import Catalog
from analytics_gql.persisted.manifest import Listed, read_folder
from analytics_gql.persisted.registry import Registered, Registry, spellings
from analytics_gql.sdl.derived_names import derived_coordinates


def load_documents(
    folder: Path,
    schema: GraphQLSchema,
    catalog: Catalog,
    *,
    max_tokens: int,
    limits: DocumentLimits = DEFAULT_LIMITS,
) -> Registry:
    """Read and validate what a folder lists.

    Each document is parsed and validated: work for a thread, not for the event loop. Raises
    PersistedDocumentsError with everything that is wrong.
    """
    try:
        listing = read_folder(folder)
    except OSError as error:
        fault = Fault(str(folder), 0, f"cannot be read: {error.strerror}", _FOLDER)
        raise PersistedDocumentsError((fault,)) from error
    faults = list(listing.faults)
    listed = list(_distinct(listing.documents, faults))
    found = [_registered(item, schema, catalog, max_tokens, limits, faults) for item in listed]
    documents = [document for document in found if document is not None]
    faults += _name_faults(documents)
    if faults:
        raise PersistedDocumentsError(tuple(faults))
    return Registry(documents)


_FOLDER = "name a folder with --persisted-queries"


def _distinct(listed: tuple[Listed, ...], faults: list[Fault]) -> Iterator[Listed]:
    """Each document once. The same one may be in two manifests, as releases follow each other.

    Authored ones come first, so that it is they that stay.
    """
    known: dict[str, Listed] = {}
    for document in listed:
        others = [
            other
            for spelling in spellings(document.identifier, document.text)
            if (other := known.setdefault(spelling, document)) is not document
        ]
        if not others:
            yield document
        elif document.is_authored:
            hint = "keep one of them; it has one name"
            faults.append(document.fault(0, f"the same document is in {others[0].file}", hint))
        elif any(other.text != document.text for other in others):
            faults.append(
                document.fault(
                    0,
                    f"another document has this identifier in {others[0].file}",
                    "an identifier means one document for ever; give this one its own",
                )
            )


def _registered(
    listed: Listed,
    schema: GraphQLSchema,
    catalog: Catalog,
    max_tokens: int,
    limits: DocumentLimits,
    faults: list[Fault],
) -> Registered | None:
    """The document if it is in order."""
    try:
        document = prepare(
            listed.text,
            schema,
            max_tokens=max_tokens,
            derived=derived_coordinates(catalog),
            limits=limits,
        )
    except DocumentTooLargeError as error:
        faults.append(listed.fault(0, error.message, error.hint or ""))
        return None
    faults_before = len(faults)
    faults += _operation_faults(listed, document)
    # What else such a document does not fit follows from that.
    if len(faults) == faults_before:
        for wrong in document.errors:
            shown = validation_error(wrong, catalog) if document.parsed else parse_error(wrong)
            hint = shown["extensions"]["hint"]
            faults.append(listed.fault(_line(wrong), shown["message"], hint))
    example = _example(listed, faults)
    if len(faults) > faults_before:
        return None
    return Registered(
        listed.identifier,
        listed.name or _operation_name(document) or listed.identifier,
        document,
        listed.file,
        listed.is_authored,
        example,
    )


def _operation_faults(listed: Listed, document: Document) -> Iterator[Fault]:
    if document.ast is None:
        return
    nodes = document.ast.definitions
    operations = [node for node in nodes if isinstance(node, OperationDefinitionNode)]
    if len(operations) != 1:
        yield listed.fault(
            0,
            f"the document has {len(operations)} operations",
            "a registered document has one; write each into a document of its own",
        )
        return
    (operation,) = operations
    line = operation.loc.start_token.line if operation.loc else 0
    if operation.operation is OperationType.MUTATION:
        yield listed.fault(
            line,
            f"the operation is a {operation.operation.value}",
            "registered documents are queries and subscriptions",
        )
    elif operation.name is None:
        kind = operation.operation.value
        yield listed.fault(line, "the operation has no name", f"write `{kind} Name`")
    elif not listed.is_authored and listed.name not in (None, operation.name.value):
        yield listed.fault(
            line,
            f"the operation's name is {operation.name.value}",
            "generate the manifest anew",
        )


def _example(listed: Listed, faults: list[Fault]) -> dict[str, object] | None:
    if listed.example is None:
        return None
    try:
        example: dict[str, object] = orjson.loads(listed.example)
    except orjson.JSONDecodeError:
        line = listed.text[: listed.text.index(listed.example)].count("\n") + 1
        hint = 'write # example: {"start": "2026-04-01"} on one line'
        faults.append(listed.fault(line, "the example is not a JSON object", hint))
        return None
    return example


def _name_faults(documents: list[Registered]) -> Iterator[Fault]:
    """Names of authored documents that would stand for two.

    Those of manifests repeat from release to release; see `Registry.named`.
    """
    seen: dict[str, Registered] = {}
    identifiers = {
        spelling: document
        for document in documents
        for spelling in spellings(document.identifier, document.document.text)
    }
    for document in documents:
        if not document.is_authored:
            continue
        for name in dict.fromkeys((document.name, document.operation_name)):
            other = seen.setdefault(name, document)
            if other is not document:
                yield _taken(document, f"'{name}' is that of another document in {other.file}")
            if identifiers.get(name, document) is not document:
                yield _taken(document, f"'{name}' is the identifier of another document")


def _taken(document: Registered, message: str) -> Fault:
    hint = "give the operation, or the file, a name of its own"
    return Fault(document.file, 0, f"the name {message}", hint)


def _line(error: GraphQLError) -> int:
    return error.locations[0].line if error.locations else 0


def _operation_name(document: Document) -> str | None:
    name = document.operation(None).name
    return None if name is None else name.value
