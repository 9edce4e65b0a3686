"""GraphQL over HTTP: POST and GET /graphql, and GET /graphql/p/NAME.

Statuses are those of the draft whose audits are published as `graphql-http`: a document that does
not parse, does not validate, whose variables cannot be read or whose operation cannot be determined
is 400 in `application/graphql-response+json`, and 200 in `application/json`, which clients of old
read so; neither has `data`. `/graphql/p/NAME` is for those that speak no GraphQL: there, it is 400.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analytics_gql.access.caller import Caller
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.documents import DocumentDesk, Question
from analytics_gql.doors.graphql_request import read_body, read_url, url_parameters
from analytics_gql.doors.media_types import JSON, RESPONSE_JSON, negotiate
from analytics_gql.doors.parameters import read_parameters
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import (
    AnalyticsError,
    MethodNotAllowedError,
    NotAcceptableError,
    OperationError,
)
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.observe.request_id import begin_request


class GraphQLDoor:
    """Reads a request, hands it to the engine, writes the response."""

    def __init__(
        self,
        engine: GraphQLEngine,
        admission: Admission,
        documents: DocumentDesk,
        *,
        max_body_bytes: int,
    ) -> None:
        self._engine = engine
        self._admission = admission
        self._documents = documents
        self._max_body_bytes = max_body_bytes

    async def respond(self, request: Request) -> Response:
        """Answer one GraphQL request: POST, or GET for queries."""
        return await self._respond(request, self._asked, is_graphql=True)

    async def respond_to_name(self, request: Request) -> Response:
        """Answer the registered document that the path names, with the URL's parameters."""
        return await self._respond(request, self._asked_by_name, is_graphql=False)

    async def _respond(
        self, request: Request, understand: _Understand, *, is_graphql: bool
    ) -> Response:
        request_id = begin_request(request.headers.get("x-request-id"))
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        media_type = JSON
        try:
            media_type = negotiate(_accept(request))
            is_lenient = is_graphql and media_type == JSON
            host = request.client.host if request.client else None
            caller = self._admission.caller(request.headers, host)
            question = await understand(request, caller)
            if request.method != "POST":
                _check_reads(question)
            body = await self._answer(question)
            status = 200 if "data" in body or is_lenient else 400
        except OperationError as error:
            body = {"errors": [shown_error(error)]}
            status = 200 if is_lenient else HTTP_STATUS[error.code]
        except AnalyticsError as error:
            body, status = {"errors": [shown_error(error)]}, HTTP_STATUS[error.code]
            headers |= _headers_of(error, status)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            body, status = {"errors": [bug_error(error)]}, 500
        return Response(
            orjson.dumps(body), status, headers, media_type=f"{media_type}; charset=utf-8"
        )

    async def _asked(self, request: Request, caller: Caller) -> Question:
        asked = (
            read_url(request)
            if request.method in ("GET", "HEAD")
            else await read_body(request, self._max_body_bytes)
        )
        return await self._documents.resolve(asked, caller)

    async def _asked_by_name(self, request: Request, caller: Caller) -> Question:
        registered = self._documents.named(request.path_params["name"])
        variables = read_parameters(url_parameters(request), registered, self._engine.schema)
        return Question(registered.document, registered, variables, None, caller)

    async def _answer(self, question: Question) -> dict[str, Any]:
        """The response to a question: the one place that all of them come to.

        What may be kept of an answer, and how it is to be shown, is decided here: by
        `question.registered`, its canonical variables and its caller.
        """
        return await self._engine.execute_document(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
        )


_Understand = Callable[[Request, Caller], Awaitable[Question]]


def _check_reads(question: Question) -> None:
    """A GET must not change anything. Raises MethodNotAllowedError or OperationError."""
    if question.document.ast is None:
        return
    operation = question.document.operation(question.operation_name)
    if operation.operation is OperationType.MUTATION:
        raise MethodNotAllowedError("a mutation cannot be sent by GET", hint="send it by POST")


def _accept(request: Request) -> str | None:
    values = request.headers.getlist("accept")
    return ",".join(values) if values else None


def _headers_of(error: AnalyticsError, status: int) -> dict[str, str]:
    if status == 401:
        return {"www-authenticate": 'Bearer realm="analytics-gql"'}
    if isinstance(error, MethodNotAllowedError):
        return {"allow": "POST"}
    if isinstance(error, NotAcceptableError):
        return {"accept": f"{RESPONSE_JSON}, {JSON}"}
    return {}
