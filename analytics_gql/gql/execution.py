"""Executes a document for a caller: the one way from GraphQL text to a GraphQL response."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import ariadne
from graphql import GraphQLError, GraphQLSchema

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import BY_VERSION, Reading, Reuse
from analytics_gql.gql.context import RequestContext
from analytics_gql.gql.deprecations import DeprecatedUses
from analytics_gql.gql.document import Document, DocumentStore
from analytics_gql.gql.executor import SplicingExecutor
from analytics_gql.gql.formatting import execution_error, parse_error, validation_error
from analytics_gql.service.pages import Pages
from analytics_gql.service.service import Service
from analytics_gql.service.session import Session

# Ariadne logs every error with its stack; ours are logged in `formatting`, once.
_silent = logging.getLogger("analytics_gql.ariadne")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@dataclass(frozen=True, slots=True)
class Executed:
    """A response, as `GraphQLEngine.execute` has it, and what its statements have read."""

    response: dict[str, Any]
    readings: tuple[Reading, ...]


class GraphQLEngine:
    """A schema with its documents and the service that answers it."""

    def __init__(
        self, schema: GraphQLSchema, documents: DocumentStore, service: Service, pages: Pages
    ) -> None:
        self.schema = schema
        self.documents = documents
        self.service = service
        self.pages = pages
        self.deprecated_uses = DeprecatedUses()

    def over(self, service: Service) -> GraphQLEngine:
        """The same schema and documents over another service of the same model."""
        return GraphQLEngine(self.schema, self.documents, service, self.pages.over(service))

    def session(self, caller: Caller, reuse: Reuse) -> Session:
        """What answers one operation."""
        return Session(self.service, self.pages, caller, reuse)

    async def execute(
        self,
        text: str,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> dict[str, Any]:
        """The response as a dict that only orjson can encode; without `data` if nothing ran.

        Raises OperationError and DocumentTooLargeError.
        """
        document = self.documents.prepare(text)
        return await self.execute_document(
            document, caller, variables=variables, operation_name=operation_name
        )

    async def execute_document(
        self,
        document: Document,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> dict[str, Any]:
        """The response to a document that was prepared before, as `execute` has it.

        Raises OperationError.
        """
        executed = await self.executed(
            document, caller, variables=variables, operation_name=operation_name
        )
        return executed.response

    async def executed(
        self,
        document: Document,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        reuse: Reuse = BY_VERSION,
    ) -> Executed:
        """The response, and which data it shows. Raises OperationError."""
        if document.errors:
            catalog = self.service.catalog
            wrong = [
                validation_error(error, catalog) if document.parsed else parse_error(error)
                for error in document.errors
            ]
            return Executed({"errors": wrong}, ())
        document.operation(operation_name)
        self.deprecated_uses.count(document.deprecated)
        assert document.ast is not None
        async with self.session(caller, reuse) as session:
            _, response = await ariadne.graphql(
                self.schema,
                {
                    "query": document.text,
                    "variables": variables,
                    "operationName": operation_name or None,
                },
                context_value=RequestContext(session),
                query_document=document.ast,
                query_validator=_validated_already,
                execution_context_class=SplicingExecutor,
                error_formatter=self._format,
                logger=_silent,
            )
        errors = response.get("errors")
        if errors and response.get("data") is None and not any("path" in e for e in errors):
            response.pop("data", None)  # nothing ran: variables could not be read
        return Executed(dict(response), session.readings)

    def _format(self, error: GraphQLError, debug: bool = False) -> dict[str, Any]:
        return execution_error(error, self.service.catalog)


def _validated_already(*_args: Any, **_kwargs: Any) -> list[GraphQLError]:
    return []
