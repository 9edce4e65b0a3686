"""What a request asks, resolved: an identifier, a name or a text → a document that may be asked."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from graphql.pyutils import suggestion_list

from analytics_gql.access.caller import Caller, DocumentMode
from analytics_gql.doors.graphql_request import GraphQLRequest
from analytics_gql.errors import (
    ForbiddenError,
    NotRegisteredError,
    PersistedQueryMismatchError,
    PersistedQueryNotFoundError,
    suggest,
)
from analytics_gql.gql.context import Signing
from analytics_gql.gql.document import Document
from analytics_gql.gql.variables import canonical_variables
from analytics_gql.gql.views import Views
from analytics_gql.persisted.automatic import AutomaticDocuments
from analytics_gql.persisted.live import LiveRegistry
from analytics_gql.persisted.registry import Registered, normal_form, sha_256

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """A document, what it is asked with, and who asks. `registered` if it is a registered one.

    `signed_until`: the Unix time until which the URL stands for the caller; `admitted_until`:
    until which their credential does, if it ends. `client` names whose share it is of what a
    client may have. `signing` signs URLs for them.
    `wants_columns`: what is told of the answer's columns belongs to it.
    """

    document: Document
    registered: Registered | None
    variables: dict[str, Any] | None
    operation_name: str | None
    caller: Caller
    signed_until: int | None = None
    admitted_until: float | None = None
    client: str = ""
    signing: Signing | None = None
    wants_columns: bool = False

    @property
    def until(self) -> float | None:
        """The Unix time until which it may be answered so, if that ends."""
        return self.admitted_until if self.signed_until is None else self.signed_until

    def canonical_variables(self) -> bytes | None:
        """See `gql.variables.canonical_variables`."""
        return canonical_variables(self.document, self.variables, self.operation_name)


class DocumentDesk:
    """Finds the documents that requests name, and says who may bring their own."""

    def __init__(
        self,
        views: Views,
        registry: LiveRegistry,
        automatic: AutomaticDocuments,
        *,
        mode: DocumentMode,
        all_may_register: bool,
    ) -> None:
        self._views = views
        self._registry = registry
        self._automatic = automatic
        self._mode = mode
        self._all_may_register = all_may_register

    async def resolve(self, asked: GraphQLRequest, caller: Caller) -> Question:
        """The question of a request.

        Raises PersistedQueryNotFoundError, PersistedQueryMismatchError, NotRegisteredError,
        ForbiddenError or DocumentTooLargeError.
        """
        if asked.document_id is None:
            assert asked.query is not None
            return self._brought(asked.query, asked, caller)
        registered = self._registry.current.find(asked.document_id)
        if registered is not None:
            if asked.query is not None and not self._is_text_of(registered, asked.query):
                raise _mismatch()
            return self._registered(registered, asked, caller)
        return await self._automatically_persisted(asked.document_id, asked, caller)

    def named(self, name: str, caller: Caller | None) -> Registered:
        """The registered document of a name or an identifier.

        Raises PersistedQueryNotFoundError, which suggests what the caller may ask.
        """
        registry = self._registry.current
        registered = registry.named(name)
        if registered is None:
            near = suggestion_list(name[:100], registry.names)
            known = [other for other in near if self._may_ask(other, caller)]
            raise PersistedQueryNotFoundError(
                f"no document '{name[:100]}' is registered",
                hint=suggest(name[:100], known, _REGISTER),
            )
        return registered

    def _may_ask(self, name: str, caller: Caller | None) -> bool:
        registered = self._registry.current.named(name)
        if caller is None or registered is None:
            return False
        try:
            self.allowed(registered, caller)
        except ForbiddenError:
            return False
        return True

    def allowed(self, registered: Registered, caller: Caller) -> Document:
        """A registered document as a caller may ask it. Raises ForbiddenError."""
        return self._views.of(caller).fitting(registered.document)

    def _registered(
        self, registered: Registered, asked: GraphQLRequest, caller: Caller
    ) -> Question:
        return _question(self.allowed(registered, caller), registered, asked, caller)

    def _mode_of(self, caller: Caller) -> DocumentMode:
        return caller.documents or self._mode

    def _brought(self, text: str, asked: GraphQLRequest, caller: Caller) -> Question:
        """The question of a text that comes with the request, or came with an earlier one."""
        document = self._views.of(caller).documents.prepare(text)
        mode = self._mode_of(caller)
        if mode == "open":
            return _question(document, None, asked, caller)
        # The text of a registered document is as good as its identifier.
        registered = self._registry.current.meaning(text) if document.parsed else None
        if registered is not None:
            return self._registered(registered, asked, caller)
        if mode == "safelist":
            raise NotRegisteredError("only registered documents are answered", hint=_REGISTER)
        logger.warning(
            "not registered: sha256:%s of tenant %s, operations %s",
            sha_256(text),
            caller.tenant,
            ", ".join(document.operation_names) or "without names",
        )
        return _question(document, None, asked, caller)

    async def _automatically_persisted(
        self, identifier: str, asked: GraphQLRequest, caller: Caller
    ) -> Question:
        """The question of a hash that no registered document has."""
        digest = identifier.removeprefix("sha256:")
        may_register = self._mode_of(caller) != "safelist" and (
            self._all_may_register or caller.may_register
        )
        if asked.query is None:
            text = await self._automatic.get(digest) if may_register else None
            if text is None:
                # Apollo's and urql's clients look for this very message, or for its code, and
                # send the document along.
                raise PersistedQueryNotFoundError("PersistedQueryNotFound", hint=_REGISTER)
            return self._brought(text, asked, caller)
        if sha_256(asked.query) != digest:
            raise _mismatch()
        question = self._brought(asked.query, asked, caller)
        if may_register and not question.document.errors:
            await self._automatic.put(digest, asked.query)
        return question

    def _is_text_of(self, registered: Registered, text: str) -> bool:
        """Whether a text that came with an identifier is the document's.

        Where the identifier is a hash, it is to the letter. Others say nothing of blanks.
        """
        known = registered.document.text
        if text == known:
            return True
        if registered.identifier.removeprefix("sha256:") == sha_256(known):
            return False
        return self._views.whole.documents.prepare(text).parsed and normal_form(
            text
        ) == normal_form(known)


_REGISTER = (
    "have it registered: a file in the server's persisted_queries, or a manifest beside them"
)


def _mismatch() -> PersistedQueryMismatchError:
    return PersistedQueryMismatchError(
        "the hash is not that of the document that came with it",
        hint="send the SHA-256 of the exact text, or the hash alone",
    )


def _question(
    document: Document, registered: Registered | None, asked: GraphQLRequest, caller: Caller
) -> Question:
    return Question(
        document,
        registered,
        asked.variables,
        asked.operation_name,
        caller,
        wants_columns=asked.wants_columns,
    )
