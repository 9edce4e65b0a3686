"""Executes a document for a caller: the one way from GraphQL text to a GraphQL response."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from inspect import isawaitable
from typing import Any

import ariadne
from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType, execute

from analytics_gql.access.caller import Caller
from analytics_gql.cache.reuse import BY_VERSION, Reading, Reuse
from analytics_gql.errors import NotAcceptableError, NotExportableError
from analytics_gql.gql.budget import check_lists
from analytics_gql.gql.capture import Capture
from analytics_gql.gql.columns import columns_of
from analytics_gql.gql.context import RequestContext, Signing
from analytics_gql.gql.document import Document
from analytics_gql.gql.executor import SplicingExecutor
from analytics_gql.gql.formatting import execution_error, parse_error, validation_error
from analytics_gql.gql.known_selections import (
    KnownSelections,
    Selected,
    Told,
    data_of,
    key_of,
    outcomes_of,
)
from analytics_gql.gql.views import View, Views
from analytics_gql.guards.budget import UNLIMITED, Budgets, check_budget
from analytics_gql.guards.price import Price
from analytics_gql.guards.toll import Toll
from analytics_gql.model.catalog import Catalog
from analytics_gql.observe.asked import note_cost
from analytics_gql.observe.request_counts import FieldUses
from analytics_gql.service.exports import Export, export_of
from analytics_gql.service.long_lists import LongLists, Rest
from analytics_gql.service.pages import Pages
from analytics_gql.service.pricing import price_of
from analytics_gql.service.requests import Request
from analytics_gql.service.service import Service
from analytics_gql.service.session import Session

# Ariadne logs every error with its stack; ours are logged in `formatting`, once.
_silent = logging.getLogger("analytics_gql.ariadne")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False


@dataclass(frozen=True, slots=True)
class Executed:
    """A response that only orjson can encode, what its statements have read, and its price.

    With a `rest` most of the rows are still in the warehouse, and have to be read or closed.
    `columns` is what is told of them, if it was wanted.
    """

    response: dict[str, Any]
    readings: tuple[Reading, ...]
    price: Price
    rest: Rest | None = None
    columns: list[dict[str, Any]] | None = None

    @property
    def told(self) -> dict[str, Any]:
        """The response as doors send it: with its price, if anything was asked, and its columns.

        `requested` is a function of the question alone, so stored answers may have it as well.
        """
        extensions: dict[str, Any] = {}
        if self.price.parts:
            extensions["cost"] = {"requested": self.price.requested}
        if self.columns is not None:
            extensions["columns"] = self.columns
        return self.response | {"extensions": extensions} if extensions else self.response


_HOW_TO_SUBSCRIBE = (
    "subscribe over WebSocket (graphql-transport-ws), or send `Accept: text/event-stream`"
)
HOW_TO_EXPORT = "select one dataset or one list of records, or ask for JSON"


def has_many_answers() -> NotAcceptableError:
    """What is told to who asks a subscription by a way of one answer."""
    return NotAcceptableError(
        "a subscription has many answers, and this way leads to one", hint=_HOW_TO_SUBSCRIBE
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """What is to be exported, and a name for it: the operation's, else the root field's."""

    export: Export
    name: str


class GraphQLEngine:
    """What callers see of a model, and the service that answers it."""

    takes_subscriptions = False
    """Whether `executed` takes them without being told that more answers will follow."""

    def __init__(
        self,
        views: Views,
        service: Service,
        pages: Pages,
        budgets: Budgets = UNLIMITED,
        uses: FieldUses | None = None,
    ) -> None:
        self.views = views
        self.service = service
        self.pages = pages
        self.long_lists = LongLists(service)
        self.budgets = budgets
        self.uses = uses or FieldUses()
        self.known = KnownSelections()

    @property
    def schema(self) -> GraphQLSchema:
        """The whole schema, of which nothing is hidden."""
        return self.views.whole.schema

    def over(self, service: Service) -> GraphQLEngine:
        """The same schema and documents over another service of the same model."""
        pages = self.pages.over(service)
        return GraphQLEngine(self.views, service, pages, self.budgets)

    def prepare(self, text: str, caller: Caller) -> Document:
        """A text as a document of what the caller sees. Raises DocumentTooLargeError."""
        return self.views.of(caller).documents.prepare(text)

    def session(
        self,
        caller: Caller,
        reuse: Reuse,
        *,
        is_registered: bool = False,
        may_stream: bool = False,
        toll: Toll | None = None,
    ) -> Session:
        """What answers one operation; of a registered document, whatever it costs."""
        budget = None if is_registered else self.budgets.of(caller)
        long_lists = self.long_lists if may_stream else None
        return Session(self.service, self.pages, caller, reuse, budget, long_lists, toll)

    def context(self, session: Session, caller: Caller, signing: Signing | None) -> RequestContext:
        """What resolvers see."""
        return RequestContext(session, self.service.catalog, caller.max_rows, signing)

    async def execute(
        self,
        text: str,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> dict[str, Any]:
        """The response as a dict that only orjson can encode; without `data` if nothing ran.

        Raises OperationError, DocumentTooLargeError and QueryTooComplexError.
        """
        document = self.prepare(text, caller)
        executed = await self.executed(
            document, caller, variables=variables, operation_name=operation_name
        )
        return executed.response

    async def execute_document(
        self,
        document: Document,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        is_registered: bool = False,
    ) -> dict[str, Any]:
        """The response to a document that was prepared before, as `execute` has it.

        It is read as the caller may ask it. See `executed`, whose response it is.
        """
        executed = await self.executed(
            document,
            caller,
            variables=variables,
            operation_name=operation_name,
            is_registered=is_registered,
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
        is_registered: bool = False,
        may_stream: bool = False,
        signing: Signing | None = None,
        wants_columns: bool = False,
        toll: Toll | None = None,
        is_live: bool = False,
    ) -> Executed:
        """The response, which data it shows, and the price of what it took; the `toll` pays it.

        `signing`: what signs URLs for the caller. `may_stream`: a list that is alone and too long
        to be held comes as a `rest`. `wants_columns`: what is told of its columns comes along.
        `is_live`: it is one of the answers to a subscription, as its data is at the moment.

        Raises OperationError, ForbiddenError, NotAcceptableError, VariablesTooLargeError and,
        unless the document is registered, QueryTooComplexError; with a toll RateLimitedError or
        QuotaExceededError; and the LimitError because of which the warehouse was not asked, if
        there is nothing else to answer and it is not live.
        """
        view = self.views.of(caller)
        document = view.fitting(document)
        if document.errors:
            return Executed({"errors": _errors_of(document, view)}, (), Price(()))
        operation = document.operation(operation_name)
        is_subscription = operation.operation is OperationType.SUBSCRIPTION
        if is_subscription and not (is_live or self.takes_subscriptions):
            raise has_many_answers()
        if variables:
            check_lists(variables, view.documents.limits.list_items)
        self.uses.count(document.used)
        async with self.session(
            caller, reuse, is_registered=is_registered, may_stream=may_stream, toll=toll
        ) as session:
            context = self.context(session, caller, signing)
            key = key_of(document, variables, operation_name, caller)
            known = None if key is None else self.known.find(key, context.catalog)
            if known is None:
                response = await _run(document, view, context, variables, operation_name)
                if key is not None:
                    self.known.learn(key, response, context)
            else:
                response = await _run_again(
                    known, document, view, context, variables, operation_name
                )
        if session.refusal is not None:  # the operation as a whole, not some fields of it
            raise session.refusal
        session.settle()
        note_cost(session.price.requested)
        # A subscription goes on: an answer that follows has the rows.
        if session.turned_away is not None and not is_live and _has_nothing(response):
            raise session.turned_away
        columns = columns_of(context.asked, context.catalog) if wants_columns else None
        return Executed(response, session.readings, session.price, session.rest, columns)

    async def requests(
        self,
        document: Document,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
    ) -> tuple[Request, ...]:
        """What a valid document asks of a session; none where it cannot be read.

        Raises OperationError or ForbiddenError.
        """
        view = self.views.of(caller)
        asked = Capture()
        context = RequestContext(asked, self.service.catalog, caller.max_rows)
        await _run(view.fitting(document), view, context, variables, operation_name)
        return tuple(asked.requests)

    async def exported(
        self,
        document: Document,
        caller: Caller,
        *,
        variables: dict[str, Any] | None = None,
        operation_name: str | None = None,
        is_registered: bool = False,
        toll: Toll | None = None,
    ) -> Exported | list[dict[str, Any]]:
        """The one list of rows that an operation asks for, or why it cannot be read.

        It is read as it is executed, up to where it would be answered. Raises
        NotExportableError, PageArgumentError, OperationError, ForbiddenError,
        VariablesTooLargeError and, unless the document is registered, QueryTooComplexError.
        """
        view = self.views.of(caller)
        document = view.fitting(document)
        if document.errors:
            return _errors_of(document, view)
        operation = document.operation(operation_name)
        name = operation.name.value if operation.name else None
        if operation.operation is not OperationType.QUERY:
            raise NotExportableError("only a query can be exported", hint=HOW_TO_EXPORT)
        if variables:
            check_lists(variables, view.documents.limits.list_items)
        self.uses.count(document.used)
        asked = Capture()
        context = RequestContext(asked, self.service.catalog, caller.max_rows)
        response = await _run(document, view, context, variables, operation_name)
        if response.get("errors"):
            errors: list[dict[str, Any]] = response["errors"]
            return errors
        assert self.schema.query_type is not None
        fields = [
            key
            for key, value in response["data"].items()
            if value != self.schema.query_type.name  # `__typename`, which Apollo Client adds
        ]
        if len(fields) != 1 or len(asked.requests) != 1:
            raise NotExportableError(
                f"the operation has {len(fields)} root fields, and a file has the rows of one"
                if len(fields) != 1
                else f"'{fields[0]}' is no list of rows",
                hint=HOW_TO_EXPORT,
            )
        price = price_of(asked.requests, self.service.catalog)
        note_cost(price.requested)
        budget = None if is_registered else self.budgets.of(caller)
        if budget is not None:
            check_budget(price, budget)
        if toll is not None:
            await toll.reserve(price)
        return Exported(export_of(asked.requests[0]), name or fields[0])


def _has_nothing(response: dict[str, Any]) -> bool:
    """Whether no field has a value."""
    return not any(value is not None for value in (response.get("data") or {}).values())


def _errors_of(document: Document, view: View) -> list[dict[str, Any]]:
    return [
        validation_error(error, _hinting(view)) if document.parsed else parse_error(error)
        for error in document.errors
    ]


async def _run(
    document: Document,
    view: View,
    context: RequestContext,
    variables: dict[str, Any] | None,
    operation_name: str | None,
) -> dict[str, Any]:
    """The response to a document of what a view shows."""
    assert document.ast is not None
    if document.operation(operation_name).operation is OperationType.SUBSCRIPTION:
        response = await _run_once(document, view, context, variables, operation_name)
        return _without_nothing(response)
    _, response = await ariadne.graphql(
        view.schema,
        {
            "query": document.text,
            "variables": variables,
            "operationName": operation_name or None,
        },
        context_value=context,
        query_document=document.ast,
        query_validator=_validated_already,
        execution_context_class=SplicingExecutor,
        error_formatter=partial(_format, _hinting(view)),
        logger=_silent,
    )
    return _without_nothing(dict(response))


async def _run_again(
    known: Selected,
    document: Document,
    view: View,
    context: RequestContext,
    variables: dict[str, Any] | None,
    operation_name: str | None,
) -> dict[str, Any]:
    """The response to an operation that was run before: as `_run` would give it."""
    context.asked.extend((name, part) for name, part in known if not isinstance(part, str))
    outcomes = await outcomes_of(known, context.session)
    data = data_of(known, outcomes)
    if data is not None:
        return {"data": data}
    told = replace(context, session=Told(outcomes), asked=[])
    return await _run(document, view, told, variables, operation_name)


async def _run_once(
    document: Document,
    view: View,
    context: RequestContext,
    variables: dict[str, Any] | None,
    operation_name: str | None,
) -> dict[str, Any]:
    """One answer to a subscription (GraphQL, section 6.2.3.2, ExecuteSubscriptionEvent).

    By graphql-core itself: Ariadne leads subscriptions to an event stream of its own.
    """
    assert document.ast is not None
    result = execute(
        view.schema,
        document.ast,
        context_value=context,
        variable_values=variables,
        operation_name=operation_name or None,
        executor_class=SplicingExecutor,
    )
    if isawaitable(result):
        result = await result
    assert isinstance(result, ExecutionResult)
    response: dict[str, Any] = {"data": result.data}
    if result.errors:
        response["errors"] = [_format(_hinting(view), error) for error in result.errors]
    return response


def _without_nothing(response: dict[str, Any]) -> dict[str, Any]:
    """A response without `data` where nothing ran: variables could not be read."""
    errors = response.get("errors")
    if errors and response.get("data") is None and not any("path" in e for e in errors):
        response.pop("data", None)
    return response


def _hinting(view: View) -> Catalog | None:
    """What hints may speak of: nothing that only introspection would tell."""
    return view.catalog if view.documents.introspection else None


def _format(catalog: Catalog | None, error: GraphQLError, debug: bool = False) -> dict[str, Any]:
    return execution_error(error, catalog)


def _validated_already(*_args: Any, **_kwargs: Any) -> list[GraphQLError]:
    return []
