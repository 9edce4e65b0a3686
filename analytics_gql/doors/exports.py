"""Exports: the rows of a GraphQL document as a file."""

from __future__ import annotations

import math
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from analytics_gql.doors.documents import Question
from analytics_gql.doors.encodings import IDENTITY
from analytics_gql.doors.export_response import ExportResponse, Refuse
from analytics_gql.doors.media_types import EXPORT_TYPES, RESPONSE_JSON
from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import AnalyticsError, BadRequestError, LimitError
from analytics_gql.gql.execution import GraphQLEngine
from analytics_gql.gql.formatting import bug_error, shown_error
from analytics_gql.guards.toll import Toll
from analytics_gql.observe.asked import note_code
from analytics_gql.service.exports import ExportFormat, Exports

_LINES = (ExportFormat.CSV, ExportFormat.NDJSON)
_BY_NAME = {format.value: format for format in ExportFormat}


def named_format(request: Request) -> ExportFormat | None:
    """The format that `?format=` names; it counts for more than Accept. Raises BadRequestError."""
    query: bytes = request.scope["query_string"]
    if b"format" not in query and b"%" not in query:  # nor is the name written otherwise
        return None
    name = request.query_params.get("format")
    if name is None or name == "json":
        return None
    if name not in _BY_NAME:
        raise BadRequestError(
            f"there is no format '{name[:60]}'", hint=f"it is json, {', '.join(_BY_NAME)}"
        )
    return _BY_NAME[name]


class ExportDoor:
    """Answers a resolved request with a file."""

    def __init__(self, engine: GraphQLEngine, *, stall_timeout_s: float) -> None:
        self._engine = engine
        self._exports = Exports(engine.service)
        self._stall_timeout_s = stall_timeout_s

    async def respond(
        self,
        question: Question,
        toll: Toll,
        format: ExportFormat,
        headers: dict[str, str],
        *,
        encoding: str,
        is_head: bool = False,
    ) -> Response:
        """The file of the one list of rows that a document asks for; `headers` go with any reply.

        Lines are sent in the encoding; the columnar formats are compact as they are.

        What is wrong with the document comes as a reply in GraphQL's own media type, as what goes
        wrong before the first byte does. Raises AnalyticsError.
        """
        found = await self._engine.exported(
            question.document,
            question.caller,
            variables=question.variables,
            operation_name=question.operation_name,
            is_registered=question.registered is not None,
            toll=toll,
        )
        if isinstance(found, list):
            return refusal(found, headers)
        headers = headers | {
            "content-type": EXPORT_TYPES[format],
            "content-disposition": f'attachment; filename="{found.name}.{format.value}"',
        }
        if is_head:
            return Response(headers=headers)

        return ExportResponse(
            self._exports.chunks(found.export, format, question.caller),
            headers,
            refuse_with(headers),
            shows_errors=format is ExportFormat.NDJSON,
            stall_timeout_s=self._stall_timeout_s,
            encoding=encoding if format in _LINES else IDENTITY,
        )


def refuse_with(headers: dict[str, str]) -> Refuse:
    """How an error that came before the first byte is told, with those headers that still hold."""
    kept = {name: value for name, value in headers.items() if not name.startswith("content-")}

    def refuse(error: Exception) -> Response:
        shown = shown_error(error) if isinstance(error, AnalyticsError) else bug_error(error)
        return refusal([shown], kept | retry_after(error))

    return refuse


def retry_after(error: Exception) -> dict[str, str]:
    """The header that says when asking again may help, if anything is known of that."""
    if isinstance(error, LimitError) and error.retry_after_ms is not None:
        return {"retry-after": str(math.ceil(error.retry_after_ms / 1_000))}
    return {}


def refusal(errors: list[dict[str, Any]], headers: dict[str, str]) -> Response:
    """The reply to a request for a file that cannot be made."""
    code = errors[0]["extensions"]["code"]
    note_code(code)
    return Response(
        orjson.dumps({"errors": errors}),
        HTTP_STATUS[code],
        headers,
        media_type=f"{RESPONSE_JSON}; charset=utf-8",
    )
