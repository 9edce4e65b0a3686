"""The registered documents, found by what clients send in their place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graphql import OperationDefinitionNode, strip_ignored_characters

from analytics_gql.gql.document import Document

_SHA_256 = "sha256:"


@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True)
class Registered:
    """A document that fits the schema and has one operation, a query.

    `example` is what its author says that it may be asked with; `file` is where it stands.
    """

    identifier: str
    name: str
    document: Document
    file: str
    is_authored: bool = False
    example: dict[str, object] | None = None

    @property
    def operation(self) -> OperationDefinitionNode:
        """Its operation."""
        return self.document.operation(None)

    @property
    def operation_name(self) -> str:
        """The operation's own name; the document's where it has none."""
        name = self.operation.name
        return self.name if name is None else name.value


class Registry:
    """An immutable set of documents. No two have one identifier; see `load_documents`."""

    def __init__(self, documents: Iterable[Registered] = ()) -> None:
        self.documents = tuple(sorted(documents, key=lambda found: (found.name, found.identifier)))
        self._by_identifier = {
            spelling: document
            for document in self.documents
            for spelling in spellings(document.identifier, document.document.text)
        }
        self._by_name = dict(_names(self.documents))
        self._by_meaning = {normal_form(item.document.text): item for item in self.documents}

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def names(self) -> tuple[str, ...]:
        """What `named` finds, but for identifiers."""
        return tuple(self._by_name)

    def find(self, identifier: str) -> Registered | None:
        """The document of an identifier, as given.

        What is a SHA-256 is found with and without `sha256:`.
        """
        return self._by_identifier.get(identifier)

    def named(self, name: str) -> Registered | None:
        """The document of a name or of an identifier.

        A name is an authored document's file name, or an operation's. Where manifests have several
        documents of one name, as those of two releases have, none is found by it.
        """
        return self._by_name.get(name) or self.find(name)

    def meaning(self, text: str) -> Registered | None:
        """The document that a text is, whatever its blanks and comments.

        The text must be one that parses.
        """
        return self._by_meaning.get(normal_form(text))


def sha_256(text: str) -> str:
    """The hash of a text as clients and `sha256sum` have it: lower case, of its UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def identifier_of(text: str) -> str:
    """The identifier of a document by its exact text (GraphQL over HTTP, Appendix A)."""
    return _SHA_256 + sha_256(text)


def is_sha_256(identifier: str) -> bool:
    """Whether an identifier has the prefix whose meaning the appendix fixes."""
    return identifier.startswith(_SHA_256)


def is_well_formed(identifier: str) -> bool:
    """Whether it is one at all: `sha256:` and 64 lower case digits, `x-…:`, or without a colon.

    "Every other prefix is reserved" (GraphQL over HTTP, Appendix A).
    """
    if is_sha_256(identifier):
        return re.fullmatch(r"sha256:[0-9a-f]{64}", identifier) is not None
    return bool(identifier) and (":" not in identifier or identifier.startswith("x-"))


def spellings(identifier: str, text: str) -> Iterator[str]:
    """An identifier as given and, if it is the text's SHA-256, with and without the prefix."""
    yield identifier
    digest = sha_256(text)
    if identifier.removeprefix(_SHA_256) == digest:
        yield digest if is_sha_256(identifier) else _SHA_256 + digest


def normal_form(text: str) -> str:
    """The tokens of a document alone: equal for texts that mean the same to GraphQL."""
    return strip_ignored_characters(text)


def _names(documents: tuple[Registered, ...]) -> Iterator[tuple[str, Registered]]:
    """Later pairs stand above earlier ones: what people wrote by hand above what tools did."""
    seen: dict[str, set[str]] = {}
    others = [found for found in documents if not found.is_authored]
    for document in others:
        for name in {document.name, document.operation_name}:
            seen.setdefault(name, set()).add(document.document.text)
    for document in others:
        for name in (document.operation_name, document.name):
            if len(seen[name]) == 1:
                yield name, document
    authored = [found for found in documents if found.is_authored]
    yield from ((found.operation_name, found) for found in authored)
    yield from ((found.name, found) for found in authored)
