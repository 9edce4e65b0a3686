"""How many bytes a request's line and headers may have, for every door."""

from __future__ import annotations

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from analytics_gql.doors.problem import HTTP_STATUS
from analytics_gql.errors import HeadersTooLargeError
from analytics_gql.gql.formatting import shown_error
from analytics_gql.observe.asked import note_code
from analytics_gql.observe.request_id import begin_request


class HeaderLimit:
    """ASGI middleware: refuses requests whose line and headers are too large.

    uvicorn has no such limit where httptools reads for it.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the ASGI specification, HTTP and WebSocket."""
        if scope["type"] == "lifespan" or _size(scope) <= self._max_bytes:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it is accepted: 403
        else:
            await self._refusal(scope)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response:
        request_id = begin_request(Headers(scope=scope).get("x-request-id"))
        error = HeadersTooLargeError(
            f"the request's line and headers have more than {self._max_bytes:,} bytes",
            hint="send less; a long query goes into the body of a POST",
        )
        note_code(error.code)
        return Response(
            orjson.dumps({"errors": [shown_error(error)]}),
            HTTP_STATUS[error.code],
            {"x-request-id": request_id, "cache-control": "no-store"},
            media_type="application/json; charset=utf-8",
        )


def _size(scope: Scope) -> int:
    headers = sum([len(name) + len(value) for name, value in scope["headers"]])
    return headers + len(scope["path"]) + len(scope["query_string"])
