"""GraphQL over HTTP: POST /graphql."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from analytics_gql.doors.admission import Admission
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import AnalyticsError, BadRequestError, RequestTooLargeError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.observe.request_id import begin_request

_JSON = "application/json; charset=utf-8"


class GraphQLDoor:
    """Reads a request, hands it to the engine, writes the response."""

    def __init__(self, engine: GraphQLEngine, admission: Admission, *, max_body_bytes: int) -> None:
        self._engine = engine
        self._admission = admission
        self._max_body_bytes = max_body_bytes

    async def post(self, request: Request) -> Response:
        """Answer one GraphQL request."""
        request_id = begin_request(request.headers.get("x-request-id"))
        headers = {"x-request-id": request_id, "cache-control": "no-store"}
        try:
            host = request.client.host if request.client else None
            caller = self._admission.caller(request.headers, host)
            text, variables, operation_name = await self._read(request)
            body = await self._engine.execute(
                text, caller, variables=variables, operation_name=operation_name
            )
            status = 200
        except AnalyticsError as error:
            body, status = {"errors": [shown_error(error)]}, HTTP_STATUS[error.code]
            if status == 401:
                headers["www-authenticate"] = 'Bearer realm="analytics-gql"'
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:
            body, status = {"errors": [bug_error(error)]}, 500
        return Response(orjson.dumps(body), status, headers, media_type=_JSON)

    async def _read(self, request: Request) -> tuple[str, dict[str, Any] | None, str | None]:
        """Query, variables and operation name. Raises BadRequestError or RequestTooLargeError."""
        content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if content_type != "application/json":
            raise BadRequestError(
                f"the Content-Type is '{content_type[:60]}'", hint="send application/json"
            )
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._max_body_bytes:
                raise RequestTooLargeError(
                    f"the body has more than {self._max_body_bytes:,} bytes",
                    hint="send less; values belong into variables",
                )
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise BadRequestError(
                f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}",
                hint=_FORM,
            ) from None
        if not isinstance(content, dict):
            raise BadRequestError("the body is not a JSON object", hint=_FORM)
        query = content.get("query")
        if not isinstance(query, str):
            raise BadRequestError("`query` is missing or not a string", hint=_FORM)
        for name, of_type in (("variables", dict), ("operationName", str), ("extensions", dict)):
            if not isinstance(content.get(name), of_type | None):
                raise BadRequestError(f"`{name}` is of the wrong type", hint=_FORM)
        return query, content.get("variables"), content.get("operationName")


_FORM = 'send {"query": "…", "variables": {…}, "operationName": "…"}'
