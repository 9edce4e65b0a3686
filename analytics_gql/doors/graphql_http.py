"""GraphQL over HTTP: POST and GET /graphql.

Statuses are those of the draft whose audits are published as `graphql-http`: a document that does
not parse, does not validate, whose variables cannot be read or whose operation cannot be determined
is 400 in `application/graphql-response+json`, and 200 in `application/json`, which clients of old
read so; neither has `data`.
"""

from __future__ import annotations

from typing import Any

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analytics_gql.access.caller import Caller
from analytics_gql.doors.admission import Admission
from analytics_gql.doors.graphql_request import GraphQLRequest, read_body, read_url
from analytics_gql.doors.media_types import JSON, RESPONSE_JSON, negotiate
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

    def __init__(self, engine: GraphQLEngine, admission: Admission, *, max_body_bytes: int) -> None:
        self._engine = engine
        self._admission = admission
        self._max_body_bytes = max_body_bytes

    async def respond(self, request: Request) -> Response:
        """Answer one GraphQL request: POST, or GET for queries."""
        request_id = begin_request(request.headers.get("x-request-id"))
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        media_type = JSON
        try:
            media_type = negotiate(_accept(request))
            host = request.client.host if request.client else None
            caller = self._admission.caller(request.headers, host)
            asked = (
                read_url(request)
                if request.method in ("GET", "HEAD")
                else await read_body(request, self._max_body_bytes)
            )
            body = await self._executed(request, asked, caller)
            status = 200 if "data" in body or media_type == JSON else 400
        except OperationError as error:
            body = {"errors": [shown_error(error)]}
            status = 200 if media_type == JSON else HTTP_STATUS[error.code]
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

    async def _executed(
        self, request: Request, asked: GraphQLRequest, caller: Caller
    ) -> dict[str, Any]:
        if request.method != "POST":
            self._check_reads(asked)
        return await self._engine.execute(
            asked.query, caller, variables=asked.variables, operation_name=asked.operation_name
        )

    def _check_reads(self, asked: GraphQLRequest) -> None:
        """A GET must not change anything. Raises MethodNotAllowedError."""
        document = self._engine.documents.prepare(asked.query)
        if document.ast is None:
            return
        operation = document.operation(asked.operation_name)
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
